//! What is in a node's keystore and truststore.

use std::fs;

use anyhow::Context as _;
use cassandra_props::Store;
use keystore_core::rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use keystore_core::{Content, Limits, Password};

/// What a keystore and a truststore hold.
#[derive(Debug)]
pub(super) struct Stores {
    pub(super) key: PrivatePkcs8KeyDer<'static>,
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) trusted: Vec<CertificateDer<'static>>,
}

impl Stores {
    /// Reads the files that the settings name.
    pub(super) fn read(keystore: &Store, truststore: &Store) -> anyhow::Result<Self> {
        let (key, chain) = read_keystore(keystore).with_context(|| keystore.path().to_owned())?;
        let trusted = read_truststore(truststore).with_context(|| truststore.path().to_owned())?;
        Ok(Self { key, chain, trusted })
    }
}

type KeyAndChain = (PrivatePkcs8KeyDer<'static>, Vec<CertificateDer<'static>>);

fn read_keystore(store: &Store) -> anyhow::Result<KeyAndChain> {
    let (bytes, password) = (fs::read(store.path())?, Password::new(store.secret_password()));
    let decoded = keystore_core::decode(&bytes, &password, &Limits::default())?;
    let view = decoded.view();
    let mut keys = view.iter().filter_map(|entry| match entry.content() {
        Content::PrivateKey { key, chain } => Some((key, chain)),
        _ => None,
    });
    let (sealed, chain) = keys.next().context("it holds no private key")?;
    let key = sealed.open(&password)?;
    Ok((key.secret_pkcs8().clone_key(), chain.iter().map(|der| der.clone().into_owned()).collect()))
}

fn read_truststore(store: &Store) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let (bytes, password) = (fs::read(store.path())?, Password::new(store.secret_password()));
    let decoded = keystore_core::decode(&bytes, &password, &Limits::default())?;
    let trusted = decoded
        .view()
        .iter()
        .filter_map(|entry| match entry.content() {
            Content::TrustedCertificate(certificate) => Some(certificate.clone().into_owned()),
            _ => None,
        })
        .collect();
    Ok(trusted)
}
