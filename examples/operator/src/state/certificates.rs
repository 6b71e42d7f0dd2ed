//! Every certificate that a cluster's stores hold, by its SHA-256, under the label that plans call it by.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use keystore_core::Password;
use keystore_core::rustls_pki_types::CertificateDer;
use rotation_planner::{Identity, Trust};
use serde::{Deserialize, Serialize};

use bridge::Named;

use crate::bundle::{Manifest, read_truststore, sha256};
use crate::reading::{MAX_SETTINGS, Root};

/// The certificates.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Certificates(BTreeMap<String, Certificate>);

/// One of them.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// What plans call it.
    pub label: String,
    /// Itself, in PEM.
    pub pem: String,
}

impl Certificates {
    /// Takes in what the stores of a generation hold, under the aliases that they have there.
    ///
    /// # Errors
    /// If a store cannot be read.
    pub fn add_generation(&mut self, folder: &Path, manifest: &Manifest) -> anyhow::Result<()> {
        for node in manifest.nodes.keys() {
            let bundle = Root::Copy(folder.join(node));
            let own = bundle.read(Path::new(&format!("{node}.cer")), MAX_SETTINGS)?.bytes;
            self.add(&manifest.label(node), &CertificateDer::from(own.as_slice()));
            let password = Manifest::password(folder, node)?;
            let truststore = format!("truststore.{node}");
            for (alias, certificate) in
                read_truststore(&bundle, Path::new(&truststore), &Password::new(password.as_str()))?
            {
                self.add(&alias, &certificate);
            }
        }
        Ok(())
    }

    /// Takes in a certificate, and says under which label. One that is there keeps its own; a new one gets
    /// `wanted`, followed by the start of its digest if another has that already.
    pub fn add(&mut self, wanted: &str, certificate: &CertificateDer<'_>) -> &str {
        let digest = sha256(certificate);
        let taken = self.0.iter().any(|(other, known)| known.label == wanted && *other != digest);
        let label = if taken { format!("{wanted}-{}", brief(&digest)) } else { wanted.to_owned() };
        let fresh = || Certificate { label, pem: certgen::pem::encode_certificate(certificate) };
        &self.0.entry(digest).or_insert_with(fresh).label
    }

    /// Takes in a certificate that has no name except its own digest.
    pub fn add_unnamed(&mut self, certificate: &CertificateDer<'_>) -> &str {
        self.add(&brief(&sha256(certificate)), certificate)
    }

    /// The label of a certificate.
    ///
    /// # Errors
    /// If it is not there.
    pub fn label(&self, digest: &str) -> anyhow::Result<&str> {
        let known = self.0.get(digest).with_context(|| format!("the certificate {digest} is not known"))?;
        Ok(&known.label)
    }

    /// The planner's identity of a certificate that is trusted through another, or through itself.
    ///
    /// # Errors
    /// If one of them is not there.
    pub fn identity(&self, certificate: &str, anchor: &str) -> anyhow::Result<Identity> {
        Ok(Identity::new(self.label(certificate)?, self.label(anchor)?))
    }

    /// The planner's trust of a truststore that holds these certificates.
    ///
    /// # Errors
    /// If one of them is not there.
    pub fn trust(&self, certificates: &[String]) -> anyhow::Result<Trust> {
        certificates.iter().map(|digest| self.label(digest)).collect()
    }

    /// Digests and certificates by label.
    ///
    /// # Errors
    /// If one is not a certificate in PEM.
    pub fn by_label(&self) -> anyhow::Result<BTreeMap<&str, (&str, Named)>> {
        let parsed = self.0.iter().map(|(digest, known)| {
            let certificate = certgen::pem::decode_certificates(known.pem.as_bytes())?.pop();
            let certificate = certificate.with_context(|| format!("{} is not a certificate", known.label))?;
            Ok((known.label.as_str(), (digest.as_str(), (known.label.clone(), certificate))))
        });
        parsed.collect()
    }
}

fn brief(digest: &str) -> String {
    digest.chars().take(12).collect()
}
