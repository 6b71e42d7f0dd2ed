//! Keys and certificates, by the planner's labels.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::SystemTime;

use keystore_core::Password;
use keystore_core::rand_core::CryptoRng;
use keystore_core::rustls_pki_types::CertificateDer;
use rotation_planner::{Identity as Label, Trust};

use crate::{Error, Format, Identity, label, truststore};

/// All identities of a cluster.
///
/// The label of a node's first identity is the node's name, and each later label adds a number: `node1`, `node1-2`.
/// Every certificate is its own anchor.
#[derive(Debug)]
pub struct Identities {
    format: Format,
    by_label: BTreeMap<String, Identity>,
}

impl Identities {
    /// An empty set of identities, for stores in this format.
    pub fn new(format: Format) -> Self {
        Self { format, by_label: BTreeMap::new() }
    }

    /// The format of the stores.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Makes a new key and certificate for the node `name` at `address`, and returns their label.
    ///
    /// # Errors
    /// If the node has 1000 identities already, or the key or the certificate cannot be made.
    pub fn generate(
        &mut self,
        name: &str,
        address: IpAddr,
        now: SystemTime,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Label, Error> {
        let mut labels = (1..=1000).map(|number| label(name, number));
        let label = labels.find(|label| !self.by_label.contains_key(label));
        let label = label.ok_or_else(|| Error::invalid(format!("{name} has 1000 keys already")))?;
        let identity = Identity::generate(&label, address, now, rng)?;
        self.by_label.insert(label.clone(), identity);
        Ok(Label::self_signed(&label))
    }

    /// A keystore that contains the identity with this label.
    ///
    /// # Errors
    /// If there is no such identity, or the store cannot be encoded.
    pub fn keystore(
        &self,
        label: &Label,
        password: &Password,
        now: SystemTime,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, Error> {
        self.identity(label.id().as_str())?.keystore(self.format, password, now, rng)
    }

    /// A truststore with these anchors.
    ///
    /// # Errors
    /// If an anchor is not the label of an identity; otherwise as for [`truststore`].
    pub fn truststore(
        &self,
        trust: &Trust,
        password: &Password,
        now: SystemTime,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, Error> {
        let anchors: Result<Vec<_>, Error> = trust
            .iter()
            .map(|anchor| Ok((anchor.as_str(), self.identity(anchor.as_str())?.certificate().clone())))
            .collect();
        truststore(anchors?, self.format, password, now, rng)
    }

    /// The label of a certificate; `None` if no identity has this certificate.
    pub fn label_of(&self, certificate: &CertificateDer<'_>) -> Option<Label> {
        let known = self.by_label.iter().find(|(_, identity)| identity.certificate() == certificate);
        known.map(|(label, _)| Label::self_signed(label))
    }

    /// The identity with this label.
    ///
    /// # Errors
    /// If no identity has this label.
    pub fn identity(&self, label: &str) -> Result<&Identity, Error> {
        self.by_label.get(label).ok_or_else(|| Error::invalid(format!("no key was made for {label}")))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn labels_count_up_and_lead_back_from_the_certificate() {
        let mut identities = Identities::new(Format::Jks);
        let mut generate =
            || identities.generate("node1", Ipv4Addr::LOCALHOST.into(), SystemTime::now(), &mut rand::rng()).unwrap();
        let labels = [generate(), generate()];
        assert_eq!(labels.each_ref().map(|label| label.id().as_str()), ["node1", "node1-2"]);
        let certificate = identities.identity("node1-2").unwrap().certificate();
        assert_eq!(identities.label_of(certificate), Some(labels[1].clone()));
    }

    #[test]
    fn an_unknown_anchor_is_named() {
        let identities = Identities::new(Format::Pkcs12);
        let trust: Trust = ["node9"].into_iter().collect();
        let password = Password::new("secret");
        let error = identities.truststore(&trust, &password, SystemTime::now(), &mut rand::rng()).unwrap_err();
        assert_eq!(error.to_string(), "no key was made for node9");
    }
}
