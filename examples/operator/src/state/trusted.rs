//! Finds the anchors through which every Java that peers may run accepts a node.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::SystemTime;

use anyhow::Context as _;
use bridge::{Candidates, JavaRelease, Judges, Unaccepted, anchor_of, only_key, owned};
use cassandra_props::Release;
use certgen::path::TrustManager;
use certgen::{Fingerprint, Time};
use keystore_core::Password;
use keystore_core::rustls_pki_types::CertificateDer;

use super::Certificates;
use crate::bundle::{Bundle, Manifest, read_keystore};
use crate::description::Build;
use crate::input::Digest;

/// The certificates in the truststores of a cluster.
#[derive(Default)]
pub(super) struct Held(BTreeMap<Digest, Trusting>);

struct Trusting {
    certificate: CertificateDer<'static>,
    /// The number of nodes whose truststore on disk holds the certificate.
    nodes: usize,
}

impl Held {
    /// Adds a certificate, which `nodes` more nodes have in their truststores on disk.
    ///
    /// `nodes` is 0 for a truststore in memory or in a generation.
    pub(super) fn add(&mut self, nodes: usize, digest: Digest, certificate: &CertificateDer<'static>) {
        let new = || Trusting { certificate: certificate.clone(), nodes: 0 };
        let known = self.0.entry(digest).or_insert_with(new);
        known.nodes = known.nodes.saturating_add(nodes);
    }

    pub(super) fn add_generation(&mut self, manifest: &Manifest, certificates: &Certificates) -> anyhow::Result<()> {
        let digests: BTreeSet<Digest> = manifest.nodes.values().flat_map(|bundle| &bundle.trusts).copied().collect();
        digests.into_iter().try_for_each(|digest| {
            self.add(0, digest, &certificates.certificate(digest)?);
            Ok(())
        })
    }

    pub(super) fn judged_by(self, judges: Judges) -> Trusted {
        let certificates = || self.0.values().map(|trusting| trusting.certificate.clone());
        let by_fingerprint = certificates().map(|certificate| (Fingerprint::of(&certificate), certificate)).collect();
        let candidates = Candidates::new(certificates());
        Trusted { by_fingerprint, candidates, held: self, judges, now: SystemTime::now().into() }
    }
}

pub(super) fn judges(nodes: &[(&Build, Option<TrustManager>)]) -> anyhow::Result<Judges> {
    let mut named: BTreeMap<Release, Vec<Option<TrustManager>>> = BTreeMap::new();
    for (build, manager) in nodes {
        for release in build.releases() {
            named.entry(release).or_default().push(*manager);
        }
    }
    let judges = named.into_iter().map(|(release, managers)| {
        Judges::of(release, JavaRelease::of_cassandra(release)).with_trust_managers(&managers)
    });
    judges.reduce(Judges::and).context("the cluster has no nodes")
}

/// The certificates in truststores, and the judges that decide which suffice for a chain.
pub(super) struct Trusted {
    held: Held,
    by_fingerprint: BTreeMap<Fingerprint, CertificateDer<'static>>,
    candidates: Candidates,
    judges: Judges,
    now: Time,
}

impl Trusted {
    /// The anchors that suffice alone for a chain.
    ///
    /// Anchors that more nodes trust come first.
    pub(super) fn through(&self, chain: &[CertificateDer<'static>]) -> Result<Vec<Digest>, Unaccepted> {
        let places = self.judges.anchors_of(chain, &self.candidates, self.now)?;
        let in_chain = |der: &CertificateDer<'_>| chain.iter().rev().position(|other| other == der);
        let through = places.iter().filter_map(|place| self.candidates.certificates().get(*place)).map(|der| {
            let digest = Digest::of(der);
            (self.held.0.get(&digest).map(|trusting| trusting.nodes), in_chain(der), digest)
        });
        let mut through: Vec<_> = through.collect();
        through.sort_unstable_by(|one, other| other.cmp(one));
        Ok(through.into_iter().map(|(_, _, digest)| digest).collect())
    }

    /// The anchor of a chain as [`anchor_of`] finds it, which need not suffice.
    pub(super) fn by_name(&self, chain: &[CertificateDer<'static>]) -> Option<Digest> {
        anchor_of(chain, &self.by_fingerprint).map(Digest::from)
    }

    pub(super) fn judge_generation(
        &self,
        certificates: &mut Certificates,
        folder: &Path,
        manifest: &Manifest,
    ) -> anyhow::Result<()> {
        let is_new = |bundle: &&Bundle| !certificates.is_judged(bundle.identity);
        let new: BTreeSet<Digest> = manifest.nodes.values().filter(is_new).map(|bundle| bundle.identity).collect();
        for (node, bundle) in manifest.nodes.iter().filter(|(_, bundle)| new.contains(&bundle.identity)) {
            let through = self.through(&chain(folder, node.as_str())?).unwrap_or_else(|_| vec![bundle.anchor]);
            certificates.accept(bundle.identity, through)?;
        }
        Ok(())
    }
}

fn chain(folder: &Path, node: &str) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let place = || folder.join(node).display().to_string();
    let (keystore, password) = read_keystore(folder, node)?;
    let decoded = keystore_core::decode(&keystore, &Password::new(password.as_str())).with_context(place)?;
    let view = decoded.view();
    Ok(owned(only_key(&view).with_context(place)?.chain))
}
