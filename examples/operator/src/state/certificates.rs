//! Every certificate that a cluster's stores hold, by its SHA-256, under the label that plans call it by.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, ensure};
use keystore_core::Password;
use keystore_core::rustls_pki_types::CertificateDer;
use rotation_planner::{Identity, Trust};
use serde::{Deserialize, Serialize};

use bridge::Named;

use crate::bundle::{Bundle, Manifest, read_truststore};
use crate::input::{Digest, Name};
use crate::reading::{MAX_SETTINGS, Root};

/// The certificates. Each stands under its own digest, and no two have one label.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(try_from = "BTreeMap<Digest, Certificate>", into = "BTreeMap<Digest, Certificate>")]
pub struct Certificates(BTreeMap<Digest, Certificate>);

/// One of them.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// What plans call it.
    pub label: Name,
    /// Itself, in PEM.
    pub pem: String,
}

impl Certificate {
    fn read(&self) -> anyhow::Result<CertificateDer<'static>> {
        let mut certificates = certgen::pem::decode_certificates(self.pem.as_bytes())?;
        let certificate = certificates.pop().filter(|_| certificates.is_empty());
        certificate.with_context(|| format!("{} is not one certificate in PEM", self.label))
    }
}

impl TryFrom<BTreeMap<Digest, Certificate>> for Certificates {
    type Error = anyhow::Error;

    /// Takes what was read if each certificate has its own digest and a label of its own.
    fn try_from(read: BTreeMap<Digest, Certificate>) -> anyhow::Result<Self> {
        let mut labels = BTreeMap::new();
        for (digest, certificate) in &read {
            let found = Digest::of(&certificate.read()?);
            ensure!(found == *digest, "the certificate {} has the SHA-256 {found}, not {digest}", certificate.label);
            let other = labels.insert(&certificate.label, digest);
            ensure!(other.is_none(), "two certificates have the label {}", certificate.label);
        }
        Ok(Self(read))
    }
}

impl From<Certificates> for BTreeMap<Digest, Certificate> {
    fn from(certificates: Certificates) -> Self {
        certificates.0
    }
}

impl Certificates {
    /// Takes in what the stores of a generation hold: what it made under its own labels, what it took over under digests.
    ///
    /// # Errors
    /// If a store cannot be read, or does not hold what the manifest says.
    pub fn add_generation(&mut self, folder: &Path, manifest: &Manifest) -> anyhow::Result<()> {
        self.add_own(folder, manifest)?;
        for (node, bundle) in &manifest.nodes {
            for certificate in trusted(folder, node, bundle)? {
                // Aliases of stores that others made are no labels: they may say anything.
                if bundle.anchor != bundle.identity && Digest::of(&certificate) == bundle.anchor {
                    self.add(&manifest.label("authority")?, &certificate);
                } else {
                    self.add_unnamed(&certificate);
                }
            }
        }
        Ok(())
    }

    /// Takes in what a generation made, alone: of several, each calls its own by its name before another took them over.
    ///
    /// # Errors
    /// If a certificate cannot be read.
    pub fn add_own(&mut self, folder: &Path, manifest: &Manifest) -> anyhow::Result<()> {
        for node in manifest.nodes.keys() {
            let bundle = Root::Copy(folder.join(node.as_str()));
            let own = bundle.read(Path::new(&format!("{node}.cer")), MAX_SETTINGS)?.bytes;
            self.add(&manifest.label(node.as_str())?, &CertificateDer::from(own.as_slice()));
        }
        Ok(())
    }

    /// Takes in a certificate, and says under which label. One that is there keeps its own; a new one gets
    /// `wanted`, or its digest if another has that already.
    pub fn add(&mut self, wanted: &Name, certificate: &CertificateDer<'_>) -> &Name {
        let digest = Digest::of(certificate);
        let is_free = |label: &Name| self.0.values().all(|known| known.label != *label);
        let label = if is_free(wanted) { wanted.clone() } else { digest.into() };
        let fresh = || Certificate { label, pem: certgen::pem::encode_certificate(certificate) };
        &self.0.entry(digest).or_insert_with(fresh).label
    }

    /// Takes in a certificate that has no name except its own digest: the start of it, the whole if another begins with
    /// that, which can be arranged.
    pub fn add_unnamed(&mut self, certificate: &CertificateDer<'_>) -> &Name {
        self.add(&Digest::of(certificate).brief(), certificate)
    }

    /// Every label.
    pub fn labels(&self) -> impl Iterator<Item = &Name> {
        self.0.values().map(|certificate| &certificate.label)
    }

    /// The label of a certificate.
    ///
    /// # Errors
    /// If it is not there.
    pub fn label(&self, digest: Digest) -> anyhow::Result<&Name> {
        let known = self.0.get(&digest).with_context(|| format!("the certificate {digest} is not known"))?;
        Ok(&known.label)
    }

    /// The planner's identity of a certificate that is trusted through another, or through itself.
    ///
    /// # Errors
    /// If one of them is not there.
    pub fn identity(&self, certificate: Digest, anchor: Digest) -> anyhow::Result<Identity> {
        Ok(Identity::new(self.label(certificate)?.as_str(), self.label(anchor)?.as_str()))
    }

    /// The planner's trust of a truststore that holds these certificates.
    ///
    /// # Errors
    /// If one of them is not there.
    pub fn trust(&self, certificates: &[Digest]) -> anyhow::Result<Trust> {
        certificates.iter().map(|digest| Ok(self.label(*digest)?.as_str())).collect()
    }

    /// Digests and certificates by label.
    ///
    /// # Errors
    /// None: what was read is certificates.
    pub fn by_label(&self) -> anyhow::Result<BTreeMap<&str, (Digest, Named)>> {
        let parsed = self.0.iter().map(|(digest, known)| {
            let label = known.label.as_str();
            Ok((label, (*digest, (label.to_owned(), known.read()?))))
        });
        parsed.collect()
    }
}

/// What a bundle's truststore holds, which must be what its manifest says.
fn trusted(folder: &Path, node: &Name, bundle: &Bundle) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let password = Manifest::password(folder, node.as_str())?;
    let (root, file) = (Root::Copy(folder.join(node.as_str())), format!("truststore.{node}"));
    let held = read_truststore(&root, Path::new(&file), &Password::new(password.as_str()))?;
    let file = root.place(Path::new(&file));
    let held: Vec<_> = held.into_iter().map(|(_, certificate)| certificate).collect();
    let mut digests: [Vec<Digest>; 2] = [held.iter().map(|der| Digest::of(der)).collect(), bundle.trusts.clone()];
    digests.iter_mut().for_each(|digests| digests.sort_unstable());
    let [found, said] = digests;
    ensure!(found == said, "{} does not hold what the manifest says", crate::shown::path(&file));
    ensure!(found.contains(&bundle.anchor), "{} does not trust its own node", crate::shown::path(&file));
    Ok(held)
}
