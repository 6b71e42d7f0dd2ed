//! The keys and certificates of a run, by the labels under which the planner knows them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use anyhow::Context as _;
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Entry, KeyStore, Password, Profile, jks, pkcs12};
use rotation_planner::{Identity as Label, Trust};

use crate::material::{Identity, Now};

/// The format of the stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Java's own.
    Jks,
    /// PKCS#12, as Java 17 writes it.
    Pkcs12,
}

impl Format {
    /// What `store_type` calls it.
    pub(super) fn store_type(self) -> &'static str {
        match self {
            Self::Jks => "JKS",
            Self::Pkcs12 => "PKCS12",
        }
    }

    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Jks => "jks",
            Self::Pkcs12 => "p12",
        }
    }
}

/// All identities of a run. A label is the node's name and a number, such as `node1-2`; every certificate is its own
/// anchor.
#[derive(Debug)]
pub(super) struct Vault {
    format: Format,
    identities: BTreeMap<String, Identity>,
}

impl Vault {
    pub(super) fn new(format: Format) -> Self {
        Self { format, identities: BTreeMap::new() }
    }

    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// A new key and certificate for the node `name` at `address`, and the label under which they stand.
    pub(super) fn generate(&mut self, name: &str, address: Ipv4Addr) -> anyhow::Result<Label> {
        let number = self.identities.keys().filter(|label| label.starts_with(&format!("{name}-"))).count() + 1;
        let label = format!("{name}-{number}");
        let identity = Identity::generate(&label, address.into(), Now::read(), &mut rand::rng())?;
        self.identities.insert(label.clone(), identity);
        Ok(Label::self_signed(&label))
    }

    /// A keystore with the identity of this label.
    pub(super) fn keystore(&self, label: &Label, password: &Password) -> anyhow::Result<Vec<u8>> {
        let identity = self.identity(label.id().as_str())?;
        match self.format {
            Format::Jks => identity.jks(password, Now::read(), &mut rand::rng()),
            Format::Pkcs12 => identity.pkcs12(password, Now::read(), &mut rand::rng()),
        }
    }

    /// A truststore with these anchors.
    pub(super) fn truststore(&self, trust: &Trust, password: &Password) -> anyhow::Result<Vec<u8>> {
        let mut store = KeyStore::new();
        for anchor in trust.iter() {
            let certificate = self.identity(anchor.as_str())?.certificate.clone();
            store.insert(Entry::trusted_certificate(anchor.as_str(), certificate, Now::read().timestamp()))?;
        }
        Ok(match self.format {
            Format::Jks => jks::encode(&store, password)?,
            Format::Pkcs12 => pkcs12::encode(&store, password, &Profile::JAVA_17, &mut rand::rng())?,
        })
    }

    /// The label of a certificate.
    pub(super) fn label_of(&self, certificate: &CertificateDer<'_>) -> Option<Label> {
        let known = self.identities.iter().find(|(_, identity)| identity.certificate == *certificate);
        known.map(|(label, _)| Label::self_signed(label))
    }

    fn identity(&self, label: &str) -> anyhow::Result<&Identity> {
        self.identities.get(label).with_context(|| format!("no key was made for {label}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_count_up_and_lead_back_from_the_certificate() {
        let mut vault = Vault::new(Format::Jks);
        let address = Ipv4Addr::LOCALHOST;
        let labels: Vec<Label> = (0..2).map(|_| vault.generate("node1", address).unwrap()).collect();
        assert_eq!(labels.iter().map(|label| label.id().as_str()).collect::<Vec<_>>(), ["node1-1", "node1-2"]);
        let certificate = &vault.identity("node1-2").unwrap().certificate;
        assert_eq!(vault.label_of(certificate), Some(labels[1].clone()));
    }

    #[test]
    fn an_unknown_anchor_is_named() {
        let vault = Vault::new(Format::Pkcs12);
        let trust: Trust = ["node9-1"].into_iter().collect();
        let error = vault.truststore(&trust, &Password::new("secret")).unwrap_err();
        assert!(error.to_string().contains("node9-1"));
    }
}
