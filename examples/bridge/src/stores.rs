//! What a node reads from its keystore and its truststore.

use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Content, Password, PrivateKey};

use crate::Error;

/// What a keystore and a truststore hold.
#[derive(Debug)]
pub struct Stores {
    /// The one private key of the keystore.
    pub key: PrivateKey,
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
    pub fn open(keystore: Locked<'_>, truststore: Locked<'_>) -> Result<Self, Error> {
        let (key, chain) = open_keystore(keystore).map_err(|error| error.of("the keystore"))?;
        let trusted = open_truststore(truststore).map_err(|error| error.of("the truststore"))?;
        Ok(Self { key, chain, trusted })
    }
}

/// The one private key of a keystore, and its chain.
///
/// # Errors
/// If the store does not open, or does not hold exactly one private key.
pub fn open_keystore(store: Locked<'_>) -> Result<(PrivateKey, Vec<CertificateDer<'static>>), Error> {
    let decoded = keystore_core::decode(store.bytes, store.password)?;
    let view = decoded.view();
    let mut keys = view.iter().filter_map(|entry| match entry.content() {
        Content::PrivateKey { key, chain } => Some((key, chain)),
        _ => None,
    });
    let (sealed, chain) = keys.next().ok_or_else(|| Error::invalid("holds no private key"))?;
    if keys.next().is_some() {
        return Err(Error::invalid("holds more than one private key; Java picks one without regard to dates"));
    }
    Ok((sealed.open(store.password)?, chain.iter().map(|der| der.clone().into_owned()).collect()))
}

/// The certificates of a truststore.
///
/// # Errors
/// If the store does not open, or holds no trusted certificate.
pub fn open_truststore(store: Locked<'_>) -> Result<Vec<CertificateDer<'static>>, Error> {
    let decoded = keystore_core::decode(store.bytes, store.password)?;
    let view = decoded.view();
    let trusted: Vec<_> = view
        .iter()
        .filter_map(|entry| match entry.content() {
            Content::TrustedCertificate(certificate) => Some(certificate.clone().into_owned()),
            _ => None,
        })
        .collect();
    if trusted.is_empty() { Err(Error::invalid("holds no trusted certificate")) } else { Ok(trusted) }
}
