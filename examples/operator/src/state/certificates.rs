//! The certificates of a cluster, by SHA-256, with their labels in plans and their origins.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use certgen::{CertificateInfo, Time};
use keystore_core::Password;
use keystore_core::rustls_pki_types::CertificateDer;
use rotation_planner::{AnchorId, Cluster, Identity, Origin, Trust};
use serde::{Deserialize, Serialize};

use bridge::Named;

use crate::bundle::{Bundle, Manifest, StorePasswords, read_truststore};
use crate::input::{Digest, Name};
use crate::reading::{MAX_SETTINGS, Root};

/// The certificates of a cluster, by SHA-256. Labels are unique.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(try_from = "BTreeMap<Digest, Certificate>", into = "BTreeMap<Digest, Certificate>")]
pub struct Certificates(BTreeMap<Digest, Certificate>);

/// A certificate of a cluster.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// The label in plans.
    pub label: Name,
    /// The certificate in PEM.
    pub pem: String,
    /// The reason to trust the certificate.
    pub source: Source,
    /// The places in the cluster where the certificate was seen.
    pub seen: BTreeSet<Seen>,
    /// The anchors of this certificate; a peer must trust one of them.
    ///
    /// Each anchor suffices alone, or is assumed to suffice if no known certificate does. Plans add the first anchor to the
    /// trust of a peer that trusts none of them. Empty unless the certificate is the first of a node's chain.
    pub anchors: Vec<Digest>,
}

/// The reason to trust a certificate.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A generation was made with the certificate.
    Generation,
    /// The operator named the certificate's SHA-256 (`--trust`).
    Trusted,
    /// No reason is known. No plan makes a node newly trust the certificate.
    Foreign,
}

/// A place where a certificate was seen.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Seen {
    /// The place on the node.
    pub place: Place,
    /// The node.
    pub node: Name,
}

/// The place on a node where a certificate was seen.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The keystore on disk.
    Keystore,
    /// The truststore on disk.
    Truststore,
    /// A handshake at the node's address.
    Handshake,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Keystore => "keystore",
            Self::Truststore => "truststore",
            Self::Handshake => "handshake",
        })
    }
}

impl Certificate {
    pub(crate) fn read(&self) -> anyhow::Result<CertificateDer<'static>> {
        let mut certificates = certgen::pem::decode_certificates(self.pem.as_bytes())?;
        let certificate = certificates.pop().filter(|_| certificates.is_empty());
        certificate.with_context(|| format!("{} is not one certificate in PEM", self.label))
    }
}

impl TryFrom<BTreeMap<Digest, Certificate>> for Certificates {
    type Error = anyhow::Error;

    fn try_from(read: BTreeMap<Digest, Certificate>) -> anyhow::Result<Self> {
        let mut labels = BTreeMap::new();
        for (digest, certificate) in &read {
            let found = Digest::of(&certificate.read()?);
            ensure!(found == *digest, "the certificate {} has the SHA-256 {found}, not {digest}", certificate.label);
            let other = labels.insert(&certificate.label, digest);
            ensure!(other.is_none(), "two certificates have the label {}", certificate.label);
            if let Some(unknown) = certificate.anchors.iter().find(|anchor| !read.contains_key(anchor)) {
                bail!("{} is trusted through {unknown}, which is not among the certificates", certificate.label);
            }
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
    /// Adds the nodes' own certificates in generations, and those in the truststores.
    ///
    /// A known certificate keeps its label. A node's own certificate and its anchor get labels from the generation, unless
    /// another certificate has the label. Other labels are made from digests. A generation vouches only for each node's own
    /// certificate and its anchor.
    ///
    /// # Errors
    /// If a file cannot be read, if a truststore does not match the manifest or lacks the anchor of its node, or if a label is
    /// not a valid [`Name`].
    pub fn add_generations(&mut self, generations: &[(&Path, &Manifest)]) -> anyhow::Result<()> {
        generations.iter().try_for_each(|(folder, manifest)| self.add_own(folder, manifest))?;
        generations.iter().try_for_each(|(folder, manifest)| self.add_held(folder, manifest))
    }

    /// Adds the certificates of one generation.
    ///
    /// # Errors
    /// Those of [`add_generations`](Self::add_generations).
    pub fn add_generation(&mut self, folder: &Path, manifest: &Manifest) -> anyhow::Result<()> {
        self.add_generations(&[(folder, manifest)])
    }

    fn add_held(&mut self, folder: &Path, manifest: &Manifest) -> anyhow::Result<()> {
        for (node, bundle) in &manifest.nodes {
            for certificate in trusted(folder, node, bundle)? {
                // Aliases in stores that others made are not labels: they may say anything.
                if bundle.anchor != bundle.identity && Digest::of(&certificate) == bundle.anchor {
                    self.entry(bundle.anchor, manifest.label("authority")?, &certificate);
                } else {
                    self.unnamed(&certificate);
                }
            }
            for digest in [bundle.identity, bundle.anchor] {
                self.get_mut(digest)?.source = Source::Generation;
            }
        }
        Ok(())
    }

    fn add_own(&mut self, folder: &Path, manifest: &Manifest) -> anyhow::Result<()> {
        for node in manifest.nodes.keys() {
            let bundle = Root::Copy(folder.join(node.as_str()));
            let own = bundle.read(Path::new(&format!("{node}.cer")), MAX_SETTINGS)?.bytes;
            self.entry(Digest::of(&own), manifest.label(node.as_str())?, &CertificateDer::from(own.as_slice()));
        }
        Ok(())
    }

    fn entry(&mut self, digest: Digest, wanted: Name, certificate: &CertificateDer<'_>) -> &mut Certificate {
        let is_free = self.0.contains_key(&digest) || self.0.values().all(|known| known.label != wanted);
        self.0.entry(digest).or_insert_with(|| Certificate {
            label: if is_free { wanted } else { digest.into() },
            pem: certgen::pem::encode_certificate(certificate),
            source: Source::Foreign,
            seen: BTreeSet::new(),
            anchors: Vec::new(),
        })
    }

    /// Adds a certificate if it is new, with the start of its digest as the label.
    ///
    /// If another certificate has that label, as an attacker can arrange, the label is the whole digest.
    fn unnamed(&mut self, certificate: &CertificateDer<'_>) -> &mut Certificate {
        let digest = Digest::of(certificate);
        self.entry(digest, digest.brief(), certificate)
    }

    /// Adds a certificate and the place where it was seen.
    pub fn see(&mut self, node: &Name, place: Place, certificate: &CertificateDer<'_>) {
        self.unnamed(certificate).seen.insert(Seen { place, node: node.clone() });
    }

    /// Records that peers accept the certificate `served` if they trust one of `anchors`.
    ///
    /// If nodes have the certificate with different chains, only the anchors that suffice for every chain are kept. If no
    /// anchor remains, the certificate is its own anchor.
    pub(super) fn accept(&mut self, served: Digest, anchors: Vec<Digest>) -> anyhow::Result<()> {
        let known = &mut self.get_mut(served)?.anchors;
        if known.is_empty() {
            *known = anchors;
            return Ok(());
        }
        known.retain(|anchor| anchors.contains(anchor));
        if known.is_empty() {
            known.push(served);
        }
        Ok(())
    }

    /// Vouches for the certificate with this SHA-256, which the operator named.
    ///
    /// # Errors
    /// If the certificate is unknown.
    pub fn vouch(&mut self, digest: Digest) -> anyhow::Result<()> {
        let certificate = self.get_mut(digest)?;
        if certificate.source == Source::Foreign {
            certificate.source = Source::Trusted;
        }
        Ok(())
    }

    /// The certificate with this digest; `None` if it is unknown.
    pub fn get(&self, digest: Digest) -> Option<&Certificate> {
        self.0.get(&digest)
    }

    pub(crate) fn certificate(&self, digest: Digest) -> anyhow::Result<CertificateDer<'static>> {
        self.get(digest).with_context(|| unknown(digest))?.read()
    }

    fn get_mut(&mut self, digest: Digest) -> anyhow::Result<&mut Certificate> {
        self.0.get_mut(&digest).with_context(|| unknown(digest))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Digest, &Certificate)> {
        self.0.iter().map(|(digest, certificate)| (*digest, certificate))
    }

    /// The certificates whose source is [`Source::Foreign`].
    pub fn foreign(&self) -> impl Iterator<Item = &Certificate> {
        self.0.values().filter(|certificate| certificate.source == Source::Foreign)
    }

    /// The certificate with this label; `None` if there is none.
    pub fn labelled(&self, label: &AnchorId) -> Option<&Certificate> {
        self.0.values().find(|certificate| certificate.label.as_str() == label.as_str())
    }

    /// The SHA-256 of each certificate, by label.
    pub fn digests(&self) -> BTreeMap<&str, Digest> {
        self.0.iter().map(|(digest, known)| (known.label.as_str(), *digest)).collect()
    }

    /// The last moment at which a certificate is valid, if it is known and readable.
    pub fn ends(&self, digest: Digest) -> Option<Time> {
        let info = CertificateInfo::read(&self.get(digest)?.read().ok()?).ok()?;
        Some(info.validity().not_after())
    }

    /// Sets the origin of each certificate in the planner's cluster.
    pub fn mark(&self, cluster: &mut Cluster) {
        for certificate in self.0.values() {
            let origin = if certificate.source == Source::Foreign { Origin::Foreign } else { Origin::Vouched };
            cluster.set_origin(certificate.label.as_str(), origin);
        }
    }

    /// Every label.
    pub fn labels(&self) -> impl Iterator<Item = &Name> {
        self.0.values().map(|certificate| &certificate.label)
    }

    /// The label of a certificate.
    ///
    /// # Errors
    /// If the certificate is unknown.
    pub fn label(&self, digest: Digest) -> anyhow::Result<&Name> {
        let known = self.0.get(&digest).with_context(|| unknown(digest))?;
        Ok(&known.label)
    }

    /// The planner's identity for a certificate that nodes serve or are to serve.
    ///
    /// # Errors
    /// If the certificate or its anchors are unknown.
    pub fn identity(&self, certificate: Digest) -> anyhow::Result<Identity> {
        let label = self.label(certificate)?.as_str();
        let mut anchors = self.0.get(&certificate).into_iter().flat_map(|known| &known.anchors);
        let first = anchors.next().with_context(|| format!("the anchors of {label} are not known"))?;
        let identity = Identity::new(label, self.label(*first)?.as_str());
        anchors.try_fold(identity, |identity, other| Ok(identity.or_through(self.label(*other)?.as_str())))
    }

    pub(super) fn is_judged(&self, certificate: Digest) -> bool {
        self.0.get(&certificate).is_some_and(|known| !known.anchors.is_empty())
    }

    /// The planner's trust for a truststore with these certificates.
    ///
    /// # Errors
    /// If a certificate is unknown.
    pub fn trust(&self, certificates: &[Digest]) -> anyhow::Result<Trust> {
        certificates.iter().map(|digest| Ok(self.label(*digest)?.as_str())).collect()
    }

    /// Digests and certificates by label.
    ///
    /// # Errors
    /// None in practice.
    pub fn by_label(&self) -> anyhow::Result<BTreeMap<&str, (Digest, Named)>> {
        let parsed = self.0.iter().map(|(digest, known)| {
            let label = known.label.as_str();
            Ok((label, (*digest, (label.to_owned(), known.read()?))))
        });
        parsed.collect()
    }
}

fn unknown(digest: Digest) -> String {
    format!("the certificate {digest} is not known")
}

fn trusted(folder: &Path, node: &Name, bundle: &Bundle) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let passwords = StorePasswords::read(folder, node.as_str())?;
    let (root, file) = (Root::Bundles(folder.join(node.as_str())), format!("truststore.{node}"));
    let held = read_truststore(&root, Path::new(&file), &Password::new(passwords.truststore.as_str()))?;
    let file = root.place(Path::new(&file));
    let held: Vec<_> = held.into_iter().map(|(_, certificate)| certificate).collect();
    let mut digests: [Vec<Digest>; 2] = [held.iter().map(|der| Digest::of(der)).collect(), bundle.trusts.clone()];
    for digests in &mut digests {
        digests.sort_unstable();
    }
    let [found, said] = digests;
    ensure!(found == said, "{} does not hold the certificates that the manifest lists", crate::shown::path(&file));
    ensure!(found.contains(&bundle.anchor), "{} does not contain its node's anchor", crate::shown::path(&file));
    Ok(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_chains_what_is_enough_for_each_counts() {
        let digest = |number: u8| Digest::of(&[number]);
        let mut certificates = Certificates::default();
        certificates.entry(digest(1), "node0".parse().unwrap(), &CertificateDer::from(vec![1]));
        certificates.accept(digest(1), vec![digest(2), digest(3)]).unwrap();
        certificates.accept(digest(1), vec![digest(3), digest(4)]).unwrap();
        assert_eq!(certificates.get(digest(1)).unwrap().anchors, [digest(3)]);
        // A node that trusts the certificate itself accepts it with any chain.
        certificates.accept(digest(1), vec![digest(2)]).unwrap();
        assert_eq!(certificates.get(digest(1)).unwrap().anchors, [digest(1)]);
        let unknown = certificates.accept(digest(9), Vec::new()).unwrap_err().to_string();
        assert!(unknown.ends_with("is not known"), "{unknown}");
    }
}
