//! What a node reads from its keystore and its truststore.

use anyhow::{Context as _, ensure};
use keystore_core::rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use keystore_core::{Content, Limits, Password};

/// What a keystore and a truststore hold.
#[derive(Debug)]
pub struct Stores {
    /// The one private key of the keystore.
    pub key: PrivatePkcs8KeyDer<'static>,
    /// The key's certificate chain, its own certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The certificates of the truststore.
    pub trusted: Vec<CertificateDer<'static>>,
}

/// A store's content and the password that opens it.
#[derive(Clone, Copy, Debug)]
pub struct Locked<'a> {
    /// The bytes of the file.
    pub bytes: &'a [u8],
    /// Opens the store and the key in it, as Cassandra has one password for both.
    pub password: &'a Password,
}

impl Stores {
    /// Opens both.
    ///
    /// # Errors
    /// If either does not open, the keystore does not hold exactly one private key, or the truststore holds nothing.
    pub fn open(keystore: Locked<'_>, truststore: Locked<'_>) -> anyhow::Result<Self> {
        let (key, chain) = open_keystore(keystore).context("the keystore")?;
        let trusted = open_truststore(truststore).context("the truststore")?;
        Ok(Self { key, chain, trusted })
    }
}

type KeyAndChain = (PrivatePkcs8KeyDer<'static>, Vec<CertificateDer<'static>>);

/// The one private key of a keystore, and its chain.
///
/// # Errors
/// If the store does not open, or does not hold exactly one private key.
pub fn open_keystore(store: Locked<'_>) -> anyhow::Result<KeyAndChain> {
    let decoded = keystore_core::decode(store.bytes, store.password, &Limits::default())?;
    let view = decoded.view();
    let mut keys = view.iter().filter_map(|entry| match entry.content() {
        Content::PrivateKey { key, chain } => Some((key, chain)),
        _ => None,
    });
    let (sealed, chain) = keys.next().context("holds no private key")?;
    ensure!(keys.next().is_none(), "holds more than one private key; Java picks one without regard to dates");
    let key = sealed.open(store.password)?;
    Ok((key.secret_pkcs8().clone_key(), chain.iter().map(|der| der.clone().into_owned()).collect()))
}

/// The certificates of a truststore.
///
/// # Errors
/// If the store does not open, or holds no trusted certificate.
pub fn open_truststore(store: Locked<'_>) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let decoded = keystore_core::decode(store.bytes, store.password, &Limits::default())?;
    let view = decoded.view();
    let trusted: Vec<_> = view
        .iter()
        .filter_map(|entry| match entry.content() {
            Content::TrustedCertificate(certificate) => Some(certificate.clone().into_owned()),
            _ => None,
        })
        .collect();
    ensure!(!trusted.is_empty(), "holds no trusted certificate");
    Ok(trusted)
}
