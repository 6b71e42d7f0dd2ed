//! Presents a certificate to a server, to find out whether the server accepts it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use bridge::{Locked, open_keystore};
use keystore_core::Password;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::CertifiedKey;
use rustls::version::TLS12;

use super::addresses_of;
use super::dial::Dial;
use super::rustls_dial::{connection, shake_hands};
use crate::bundle::read_keystore;

/// A key and its chain that can be presented to servers.
pub struct Credential(Arc<CertifiedKey>);

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credential { [elided] }")
    }
}

impl Credential {
    /// The key and chain of the keystore in a bundle's folder, which has the name of the node.
    ///
    /// # Errors
    /// If the keystore or its password cannot be read, if the keystore does not open or does not have exactly one private
    /// key, or if rustls cannot sign with the key.
    pub fn of_bundle(folder: &Path) -> anyhow::Result<Self> {
        let place = || folder.display().to_string();
        let node = folder.file_name().and_then(|name| name.to_str()).with_context(place)?;
        let above = folder.parent().with_context(place)?;
        let (keystore, password) = read_keystore(above, node)?;
        let password = Password::new(password.as_str());
        let (key, chain) = open_keystore(Locked { bytes: &keystore, password: &password }).with_context(place)?;
        let provider = ring::default_provider();
        let signing = provider.key_provider.load_private_key(PrivateKeyDer::Pkcs8(key.secret_pkcs8()).clone_key());
        Ok(Self(Arc::new(CertifiedKey::new(chain, signing.with_context(place)?))))
    }
}

/// The result of presenting a certificate to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// The server requested a certificate, and the handshake was completed.
    Accepted,
    /// The server requested a certificate, and the handshake then failed with this error.
    Refused(String),
    /// The handshake was completed, and the server did not request a certificate.
    NotAsked,
}

/// Presents a certificate to the server at `target` (`host:port`) over TLS 1.2.
///
/// In TLS 1.2, the server sends its last message after it has verified the client's certificate. In TLS 1.3, the client
/// completes the handshake before that.
///
/// # Errors
/// If `target` has no address or no server answers there, if the handshake fails before the server requests a certificate,
/// or if the time is up or the server's answer is too long.
pub fn present(target: &str, credential: &Credential, timeout: Duration) -> anyhow::Result<Acceptance> {
    let addresses = addresses_of(target)?;
    let mut dial = Dial::new(timeout);
    let mut stream = dial.connect(&addresses)?;
    let address = stream.address;
    let presenter = Arc::new(Presenter { key: Arc::clone(&credential.0), asked: AtomicBool::new(false) });
    let mut connection = connection(&[&TLS12], Arc::<Presenter>::clone(&presenter), address.ip())?;
    let outcome = shake_hands(&mut connection, &mut stream);
    drop(stream);
    match (outcome, presenter.asked.load(Ordering::SeqCst)) {
        (Ok(()), true) => Ok(Acceptance::Accepted),
        (Ok(()), false) => Ok(Acceptance::NotAsked),
        (Err(error), true) if !dial.is_over() => Ok(Acceptance::Refused(format!("{error:#}"))),
        (Err(error), _) => Err(error),
    }
}

/// Presents the certificate, whatever authorities the server names.
///
/// The server may trust authorities that it does not name.
#[derive(Debug)]
struct Presenter {
    key: Arc<CertifiedKey>,
    asked: AtomicBool,
}

impl ResolvesClientCert for Presenter {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::SeqCst);
        Some(Arc::clone(&self.key))
    }

    fn has_certs(&self) -> bool {
        true
    }
}
