//! Makes a TLS connection with a Java keystore and truststore, as a Java client does.
//!
//! The stores may have any format that this crate reads, such as JKS or PKCS#12.
//!
//! `cargo run --example rustls_from_jks -- keystore.jks truststore.jks passwords.txt 192.0.2.12:7001 [ALIAS]`
//!
//! The passwords are in a file, because the arguments of a process are not secret. The lines of this file are the passwords
//! of the keystore, of the truststore and of the key. If one of the last two is missing, the keystore's password is used. The
//! alias is required if there are several keys.

use keystore_core::{Password, decode};
use rustls::{ClientConfig, ClientConnection, RootCertStore, Stream};
use std::error::Error;
use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (files, alias) = match &arguments[..] {
        [files @ .., alias] if files.len() == 4 => (files, Some(alias.as_str())),
        files => (files, None),
    };
    let [keystore, truststore, passwords, address] = files else {
        return Err("usage: rustls_from_jks KEYSTORE TRUSTSTORE PASSWORDS_FILE HOST:PORT [ALIAS]".into());
    };
    let lines = std::fs::read_to_string(passwords)?;
    let mut lines = lines.lines();
    let first = lines.next().ok_or("the password file is empty")?;
    let [own, trust, key] = [first, lines.next().unwrap_or(first), lines.next().unwrap_or(first)].map(Password::new);
    let roots = roots(&std::fs::read(truststore)?, &trust).map_err(|error| format!("{truststore}: {error}"))?;
    let keystore_bytes = std::fs::read(keystore)?;
    let config = client(roots, &keystore_bytes, &own, alias, &key).map_err(|error| format!("{keystore}: {error}"))?;

    let mut tcp = TcpStream::connect(address)?;
    let mut tls = ClientConnection::new(Arc::new(config), tcp.peer_addr()?.ip().into())?;
    while tls.is_handshaking() {
        tls.complete_io(&mut tcp)?;
    }
    // In TLS 1.3 a server refuses the client's certificate only after the client has finished its handshake.
    tcp.set_read_timeout(Some(Duration::from_secs(2)))?;
    let answer = Stream::new(&mut tls, &mut tcp).read(&mut [0]);
    answer.map(drop).or_else(|error| if error.kind() == ErrorKind::InvalidData { Err(error) } else { Ok(()) })?;
    println!("{address}: {:?}, {:?}", tls.protocol_version(), tls.negotiated_cipher_suite().map(|suite| suite.suite()));
    Ok(())
}

/// The certificates that Java trusts with this truststore.
fn roots(truststore: &[u8], password: &Password) -> Result<RootCertStore, Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    let trusted = decode(truststore, password)?;
    for anchor in trusted.view().trust_anchors() {
        let added = roots.add(anchor.certificate.clone());
        added.map_err(|error| format!("entry {:?}: {error}", anchor.alias))?;
    }
    Ok(roots)
}

/// A client configuration with the key of this alias or, without an alias, the only key.
fn client(
    roots: RootCertStore,
    keystore: &[u8],
    password: &Password,
    alias: Option<&str>,
    key_password: &Password,
) -> Result<ClientConfig, Box<dyn Error>> {
    let store = decode(keystore, password)?;
    let view = store.view();
    let keys = view.private_keys();
    let entry = match (alias, &keys[..]) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(alias), keys) => keys.iter().find(|key| key.alias.eq_ignore_ascii_case(alias)),
    };
    let entry = entry.ok_or_else(|| {
        let aliases: Vec<&str> = keys.iter().map(|key| key.alias).collect();
        format!("the alias must be one of {aliases:?}")
    })?;
    let chain = entry.chain.iter().map(|certificate| certificate.clone().into_owned()).collect();
    let key = entry.open(key_password)?.secret_pkcs8().clone_key();
    Ok(ClientConfig::builder().with_root_certificates(roots).with_client_auth_cert(chain, key.into())?)
}
