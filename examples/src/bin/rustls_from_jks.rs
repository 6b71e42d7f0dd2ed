//! A JKS or PKCS#12 into rustls: a client that shows and trusts what Java's would.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anstream::{eprintln, println};
use anyhow::{Context as _, bail};
use cassandra_props::RequireClientAuth;
use clap::Parser;
use examples::lab::Context;
use examples::secret::PasswordSource;
use examples::stores::{Locked, Stores};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

/// Connects over TLS with the key of one store and the trust of another, as a Java client would, and shows what came of
/// it: the ten lines that turn a store into a rustls configuration stand on keystore-core's front page.
///
/// Exit status: 0 if both sides accept each other, 1 if not.
#[derive(Parser)]
#[command(name = "rustls_from_jks", version, after_help = EXAMPLE)]
struct Arguments {
    /// JKS or PKCS#12 with the key.
    keystore: PathBuf,
    /// JKS or PKCS#12 with the trust, under the same password.
    truststore: PathBuf,
    /// host:port.
    listener: String,
    #[command(flatten)]
    password: PasswordSource,
}

const EXAMPLE: &str = "Example:
  rustls_from_jks --password-file /root/store-password keystore.node0 truststore.node0 192.0.2.12:7001";

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rustls_from_jks: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let password = arguments.password.password("both stores")?;
    let read = |path: &PathBuf| std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()));
    let (keystore, truststore) = (read(&arguments.keystore)?, read(&arguments.truststore)?);
    let locked = |bytes| Locked { bytes, password: &password };
    let stores = Stores::open(locked(&keystore), locked(&truststore))?;
    let config = Context::new(stores, RequireClientAuth::Required)?.client;

    let stream = TcpStream::connect(&arguments.listener).with_context(|| arguments.listener.clone())?;
    stream.set_read_timeout(Some(std::time::Duration::from_secs(2)))?;
    let name = ServerName::IpAddress(stream.peer_addr()?.ip().into());
    let mut stream = StreamOwned::new(ClientConnection::new(Arc::clone(&config), name)?, stream);
    stream.flush()?;
    // In TLS 1.3 a server that does not like us says so after our half of the handshake.
    match stream.read(&mut [0]) {
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => return Err(error).context("turned away"),
        _ => {}
    }
    let (version, suite) = (stream.conn.protocol_version(), stream.conn.negotiated_cipher_suite());
    let (Some(version), Some(suite)) = (version, suite) else { bail!("the handshake did not end") };
    println!("{}: accepted, {version:?}, {:?}", arguments.listener, suite.suite());
    Ok(())
}
