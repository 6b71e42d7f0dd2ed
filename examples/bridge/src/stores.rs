//! Reads a keystore and a truststore as their node does.

use keystore_core::lint::{Finding, Purpose};
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Format, KeyEntry, KeyStore, Password, PrivateKey, Store};

use crate::Error;

/// The content of a keystore and a truststore.
#[derive(Debug)]
pub struct Stores {
    /// The only private key of the keystore.
    pub key: PrivateKey,
    /// The key's certificate chain, its own certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The certificates that Java trusts in the truststore.
    pub trusted: Vec<CertificateDer<'static>>,
}

/// The bytes of a store and its password.
#[derive(Clone, Copy, Debug)]
pub struct Locked<'a> {
    /// The bytes of the file.
    pub bytes: &'a [u8],
    /// The password of the store and of its key: Cassandra uses the same password for both.
    pub password: &'a Password,
}

impl Stores {
    /// Opens a node's keystore and its truststore.
    ///
    /// # Errors
    /// If either store does not open, or if Java does not find exactly one private key in the keystore or finds nothing
    /// to trust in the truststore.
    pub fn open(keystore: Locked<'_>, truststore: Locked<'_>) -> Result<Self, Error> {
        let (key, chain) = open_keystore(keystore).map_err(|error| error.of("the keystore"))?;
        let trusted = open_truststore(truststore).map_err(|error| error.of("the truststore"))?;
        Ok(Self { key, chain, trusted })
    }
}

/// The findings of [`Store::lint`] and, for a BCFKS, those of [`Store::lint_fips`].
pub fn lint_store(store: &Store<'_>, password: Option<&Password>, purpose: Purpose) -> Vec<Finding> {
    let mut findings = store.lint(password, purpose);
    if store.format() == Format::Bcfks {
        findings.extend(store.lint_fips(password));
    }
    findings
}

/// The only private key that Java can offer from a keystore, and its chain.
///
/// # Errors
/// If the store or its key does not open, or Java does not find exactly one private key with a certificate.
pub fn open_keystore(store: Locked<'_>) -> Result<(PrivateKey, Vec<CertificateDer<'static>>), Error> {
    let decoded = keystore_core::decode(store.bytes, store.password)?;
    let view = decoded.view();
    let found = only_key(&view)?;
    Ok((found.key.open(store.password)?, owned(found.chain)))
}

/// The only private key that Java can offer from a keystore.
///
/// # Errors
/// If Java finds no private key with a certificate, or more than one.
pub fn only_key<'s, 'a>(view: &'s KeyStore<'a>) -> Result<KeyEntry<'s, 'a>, Error> {
    match view.private_keys()[..] {
        [found] => Ok(found),
        [] => Err(Error::invalid("holds no private key with a certificate")),
        _ => Err(Error::invalid("holds more than one private key; Java picks one without regard to dates")),
    }
}

/// Copies certificates, so that they do not borrow from a store.
pub fn owned(chain: &[CertificateDer<'_>]) -> Vec<CertificateDer<'static>> {
    chain.iter().map(|der| der.clone().into_owned()).collect()
}

/// The certificates that Java trusts in a truststore (see [`KeyStore::trust_anchors`]).
///
/// # Errors
/// If the store does not open, or Java finds nothing to trust in it.
pub fn open_truststore(store: Locked<'_>) -> Result<Vec<CertificateDer<'static>>, Error> {
    let decoded = keystore_core::decode(store.bytes, store.password)?;
    let view = decoded.view();
    let trusted: Vec<_> = view.trust_anchors().iter().map(|anchor| anchor.certificate.clone().into_owned()).collect();
    if trusted.is_empty() { Err(Error::invalid("holds no trusted certificate")) } else { Ok(trusted) }
}
