//! A connection to a node, and its result.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use certgen::Fingerprint;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::listener::{MAGIC, TIMEOUT};

/// The result of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A TLS handshake completed and the server accepted the client.
    Tls {
        /// SHA-256 of the certificate that the server showed.
        served: Fingerprint,
    },
    /// A connection without TLS was accepted.
    Plain,
    /// The connection failed, for this reason.
    Cut(String),
}

pub(super) fn tls(address: SocketAddr, config: Arc<ClientConfig>) -> Outcome {
    outcome(greet_over_tls(address, config).map(|served| Outcome::Tls { served }))
}

pub(super) fn plain(address: SocketAddr) -> Outcome {
    outcome(connect(address).and_then(|mut stream| greet(&mut stream)).map(|()| Outcome::Plain))
}

fn outcome(result: anyhow::Result<Outcome>) -> Outcome {
    result.unwrap_or_else(|error| Outcome::Cut(format!("{error:#}")))
}

fn greet_over_tls(address: SocketAddr, config: Arc<ClientConfig>) -> anyhow::Result<Fingerprint> {
    let name = ServerName::IpAddress(address.ip().into());
    let mut stream = StreamOwned::new(ClientConnection::new(config, name)?, connect(address)?);
    greet(&mut stream)?;
    let served = stream.conn.peer_certificates().and_then(<[_]>::first).context("the server showed no certificate")?;
    Ok(Fingerprint::of(served))
}

fn connect(address: SocketAddr) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn greet(stream: &mut (impl Read + Write)) -> anyhow::Result<()> {
    stream.write_all(&MAGIC)?;
    stream.flush()?;
    let mut answer = [0; MAGIC.len()];
    stream.read_exact(&mut answer).map_err(refusal)?;
    ensure!(answer == MAGIC, "the server's answer is not the greeting");
    Ok(())
}

fn refusal(error: io::Error) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => {
            anyhow::anyhow!("the server closed the connection")
        }
        _ => error.into(),
    }
}
