//! A TLS connection with the key of one Java keystore and the trust of another (JKS or PKCS#12), as a Java client makes it.
//!
//! `cargo run --example rustls_from_jks -- keystore.jks truststore.jks password.txt 192.0.2.12:7001`
//!
//! The password, one for both stores, is the first line of a file: the arguments of a process are not secret.

use keystore_core::{Password, decode};
use rustls::{ClientConfig, ClientConnection, RootCertStore, Stream};
use std::error::Error;
use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [keystore, truststore, password, address] = &arguments[..] else {
        return Err("usage: rustls_from_jks KEYSTORE TRUSTSTORE PASSWORD_FILE HOST:PORT".into());
    };
    let password = std::fs::read_to_string(password)?;
    let password = Password::new(password.lines().next().ok_or("the password file is empty")?);
    let config = client(&std::fs::read(keystore)?, &std::fs::read(truststore)?, &password)?;

    let mut tcp = TcpStream::connect(address)?;
    let mut tls = ClientConnection::new(Arc::new(config), tcp.peer_addr()?.ip().into())?;
    while tls.is_handshaking() {
        tls.complete_io(&mut tcp)?;
    }
    // In TLS 1.3 a server that refuses the client's certificate says so after the client's half of the handshake.
    tcp.set_read_timeout(Some(Duration::from_secs(2)))?;
    let answer = Stream::new(&mut tls, &mut tcp).read(&mut [0]);
    answer.map(drop).or_else(|error| if error.kind() == ErrorKind::InvalidData { Err(error) } else { Ok(()) })?;
    println!("{address}: {:?}, {:?}", tls.protocol_version(), tls.negotiated_cipher_suite().map(|suite| suite.suite()));
    Ok(())
}

/// What Java makes of the two stores: it offers the private key of the first and trusts the certificates of the second.
fn client(keystore: &[u8], truststore: &[u8], password: &Password) -> Result<ClientConfig, Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    let trusted = decode(truststore, password)?;
    roots.add_parsable_certificates(trusted.view().trust_anchors().iter().map(|anchor| anchor.certificate.clone()));
    let store = decode(keystore, password)?;
    let view = store.view();
    let entry = *view.private_keys().first().ok_or("the keystore has no private key with a certificate")?;
    let chain = entry.chain.iter().map(|certificate| certificate.clone().into_owned()).collect();
    let key = entry.open(password)?.secret_pkcs8().clone_key();
    Ok(ClientConfig::builder().with_root_certificates(roots).with_client_auth_cert(chain, key.into())?)
}
