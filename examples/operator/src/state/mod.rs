//! An observed cluster in one file.
//!
//! The file contains each node's loaded state, the digests of its files, and every certificate by digest.

mod algorithm;
mod certificates;
mod chains;
mod foreign;
mod marker;
mod observe;
mod tree;
mod trusted;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use certgen::path::TrustManager;
use rotation_planner::{AnchorId, Cluster, Identity, Observed, TlsConfig, Trust};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bundle::Manifest;
use crate::description::{Build, Builds, Description, Protocol, StagingChoice};
use crate::document::Schema;
use crate::input::{Digest, HostPath, Line, Name};
use crate::reading::read_text;
use trusted::{Held, judges};

pub use certificates::{Certificate, Certificates, Place, Seen, Source};
pub(crate) use chains::FirstEnds;
pub use foreign::{About, Foreign, Stranger};
pub(crate) use marker::process_id;
pub use marker::{Facts, FilesAge, Loaded, Marker};
pub use observe::{Observation, ObserveOptions, RefusedNode, Row, Unknown, observe};

/// The state of a cluster, as it was observed or as it follows from bundles.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct State {
    /// The build of Cassandra, unless a node's [`Disk::cassandra`] gives another.
    pub cassandra: Build,
    /// The cluster for the planner.
    pub cluster: Cluster,
    /// The TLS files on each node's disk.
    pub disks: BTreeMap<Name, Disk>,
    /// The certificates.
    pub certificates: Certificates,
}

/// The TLS files of a node.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Disk {
    /// The build that the node runs; `None` for [`State::cassandra`].
    pub cassandra: Option<Build>,
    /// The node's address, if it is known.
    pub address: Option<IpAddr>,
    /// The settings file, a `cassandra.properties` or a `cassandra.yaml`, if it was read.
    pub settings: Option<OnDisk>,
    /// The keystore that the settings name or a bundle contains, if it exists.
    pub keystore: Option<OnDisk>,
    /// The truststore that the settings name or a bundle contains, if it exists.
    pub truststore: Option<OnDisk>,
    /// Whether the node may serve clients with one of these stores (`client_encryption_options`).
    ///
    /// If so, a load also affects applications. `false` if the settings were not read.
    pub serves_clients: bool,
    /// The algorithm of the node's trust managers, if the settings name it.
    #[serde(with = "algorithm")]
    pub trust_manager: Option<TrustManager>,
    /// Whether it is only assumed that the node has loaded these files.
    ///
    /// See [`Unknown::HasLoadedItsFiles`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assumed_loaded: bool,
}

/// A file on a node's disk.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct OnDisk {
    /// The path, if it was observed.
    pub path: Option<HostPath>,
    /// The SHA-256 of the file.
    pub sha256: Digest,
}

impl State {
    /// Reads a file that contains the text of [`State::json`].
    ///
    /// # Errors
    /// If the file cannot be read, and the errors of [`parse`](Self::parse).
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        Self::parse(&read_text(file)?).with_context(|| file.display().to_string())
    }

    /// Reads the text of a state.
    ///
    /// # Errors
    /// If the text has another schema or does not follow it, if a certificate has a wrong digest, a label that is not unique or
    /// an unknown anchor, if a text of the cluster has invisible characters, if the cluster and the files have different nodes,
    /// or if a label has no certificate.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let state: Self = Schema::STATE.read(text)?;
        names_are_seen(&serde_json::to_value(&state.cluster)?)?;
        let nodes: BTreeSet<&str> = state.cluster.nodes().map(|(name, _)| name.as_str()).collect();
        ensure!(
            nodes.into_iter().eq(state.disks.keys().map(Name::as_str)),
            "the cluster has other nodes than those with files"
        );
        let known: BTreeSet<&str> = state.certificates.labels().map(Name::as_str).collect();
        for (name, node) in state.cluster.nodes() {
            let unknown = labels(node.observed()).find(|label| !known.contains(label));
            ensure!(unknown.is_none(), "{name}: no certificate has the label {}", unknown.unwrap_or_default());
        }
        Ok(state)
    }

    /// The builds that the nodes run.
    pub fn builds(&self) -> Builds<'_> {
        Builds::new(&self.cassandra, self.disks.iter().map(|(node, disk)| (node.as_str(), self.build_on(disk))))
    }

    pub(crate) fn build_on<'a>(&'a self, disk: &'a Disk) -> &'a Build {
        disk.cassandra.as_ref().unwrap_or(&self.cassandra)
    }

    /// The known addresses, by node.
    pub fn addresses(&self) -> BTreeMap<String, IpAddr> {
        self.disks.iter().filter_map(|(node, disk)| Some((node.to_string(), disk.address?))).collect()
    }

    /// The paths of the nodes' settings, as far as they were read.
    pub fn settings(&self) -> impl Iterator<Item = &HostPath> {
        self.disks.values().filter_map(|disk| disk.settings.as_ref()?.path.as_ref())
    }

    /// The nodes that are known to use an internode store for applications, too.
    pub fn serve_clients(&self) -> impl Iterator<Item = &Name> {
        self.disks.iter().filter(|(_, disk)| disk.serves_clients).map(|(name, _)| name)
    }

    pub(crate) fn assumed_loaded(&self) -> usize {
        self.disks.values().filter(|disk| disk.assumed_loaded).count()
    }

    /// The state as JSON.
    ///
    /// # Errors
    /// None in practice.
    pub fn json(&self) -> anyhow::Result<String> {
        Schema::STATE.write(self)
    }

    /// The cluster after a rotation to a generation.
    ///
    /// Each node has loaded the keystore and the [last truststore](crate::bundle::Bundle::last_truststore) of its bundle.
    ///
    /// # Errors
    /// If the generation cannot be read, contradicts itself or has no bundle for a node; if the description has no nodes, has
    /// clients or nodes that speak plaintext, contradicts itself or has a `staging` other than `in_place`.
    pub fn of_generation(description: &Description, folder: &Path) -> anyhow::Result<Self> {
        description.refuse_what_files_do_not_show()?;
        if let Some(plain) = description.nodes.iter().find(|node| node.speaks == Some(Protocol::Plain)) {
            bail!(
                "{} speaks plaintext (`speaks`), but a node that has loaded its bundle speaks TLS: observe the nodes, and give --state",
                plain.name
            );
        }
        let manifest = Manifest::read(folder)?;
        let mut certificates = Certificates::default();
        certificates.add_generation(folder, &manifest)?;
        let mut held = Held::default();
        held.add_generation(&manifest, &certificates)?;
        let builds: Vec<_> = description.nodes.iter().map(|node| (description.build_of(node), None)).collect();
        held.judged_by(judges(&builds)?).judge_generation(&mut certificates, folder, &manifest)?;
        let mut disks = BTreeMap::new();
        let mut description = description.clone();
        // A playbook only replaces stores in place.
        ensure!(
            description.staging.is_none_or(|staging| staging == StagingChoice::InPlace),
            "bundles replace the old files in place: the description needs staging = \"in_place\""
        );
        description.staging = Some(StagingChoice::InPlace);
        let mut cluster = description.cluster_of(|node| {
            let bundle = manifest.bundle(node.name.as_str())?;
            let at_last = bundle.trusts_after.as_ref().unwrap_or(&bundle.trusts);
            let disk = Disk {
                cassandra: node.cassandra.clone(),
                address: node.address,
                settings: None,
                keystore: Some(OnDisk { path: None, sha256: bundle.file(&format!("keystore.{}", node.name))? }),
                truststore: Some(OnDisk {
                    path: None,
                    sha256: bundle.file(&bundle.last_truststore(node.name.as_str()))?,
                }),
                // No settings were read.
                serves_clients: false,
                trust_manager: None,
                assumed_loaded: false,
            };
            disks.insert(node.name.clone(), disk);
            let setup = TlsConfig::tls(certificates.identity(bundle.identity)?, certificates.trust(at_last)?);
            Ok(Observed::settled(match node.client_auth(description.client_auth) {
                Some(client_auth) => setup.with_client_auth(client_auth),
                None => setup,
            }))
        })?;
        certificates.mark(&mut cluster);
        Ok(Self { cassandra: description.cassandra, cluster, disks, certificates })
    }

    /// Adds the certificates of a generation, and judges the chains that its nodes are to serve.
    ///
    /// # Errors
    /// Those of [`Certificates::add_generations`]; also if a keystore cannot be read.
    pub fn add_generation(&mut self, folder: &Path, manifest: &Manifest) -> anyhow::Result<()> {
        self.certificates.add_generation(folder, manifest)?;
        self.certificates.mark(&mut self.cluster);
        let mut held = self.held()?;
        held.add_generation(manifest, &self.certificates)?;
        let named = |disk| (self.build_on(disk), disk.trust_manager);
        let named: Vec<_> = self.disks.values().map(named).collect();
        held.judged_by(judges(&named)?).judge_generation(&mut self.certificates, folder, manifest)
    }

    fn held(&self) -> anyhow::Result<Held> {
        let known = self.certificates.by_label()?;
        let mut held = Held::default();
        let mut add = |nodes: usize, trust: &Trust| {
            for (digest, (_, certificate)) in trust.iter().filter_map(|anchor| known.get(anchor.as_str())) {
                held.add(nodes, *digest, certificate);
            }
        };
        let observed: Vec<&Observed> = self.cluster.nodes().map(|(_, node)| node.observed()).collect();
        // Most nodes have the same truststore.
        for same in observed.chunk_by(|one, other| one.disk().trust() == other.disk().trust()) {
            same.first().into_iter().for_each(|first| add(same.len(), first.disk().trust()));
        }
        let loaded =
            observed.iter().filter_map(|observed| observed.loaded()).flat_map(|loaded| loaded.trust.candidates());
        let mut last = None;
        for trust in loaded {
            if last.replace(trust) != Some(trust) {
                add(0, trust);
            }
        }
        Ok(held)
    }

    /// Vouches for the certificates with these SHA-256, because the operator named them.
    ///
    /// # Errors
    /// If a certificate is not among those of the cluster.
    pub fn vouch(&mut self, digests: &[Digest]) -> anyhow::Result<()> {
        digests.iter().try_for_each(|digest| self.certificates.vouch(*digest))?;
        self.certificates.mark(&mut self.cluster);
        Ok(())
    }

    /// The identity that each node serves in a generation.
    ///
    /// # Errors
    /// If the generation has no bundle for a node, or was not added to the state.
    pub fn targets(&self, manifest: &Manifest) -> anyhow::Result<Vec<(&str, Identity)>> {
        let nodes = self.disks.keys();
        nodes
            .map(|node| Ok((node.as_str(), self.certificates.identity(manifest.bundle(node.as_str())?.identity)?)))
            .collect()
    }
}

/// Refuses invisible characters in a cluster, because the planner accepts any text as a name.
fn names_are_seen(cluster: &Value) -> anyhow::Result<()> {
    match cluster {
        Value::String(text) => Ok(text.parse::<Line>().map(|_| ())?),
        Value::Array(items) => items.iter().try_for_each(names_are_seen),
        Value::Object(fields) => fields.iter().try_for_each(|(key, value)| {
            key.parse::<Line>()?;
            names_are_seen(value)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// The labels of all certificates that a node's observed state names.
pub(crate) fn labels(observed: &Observed) -> impl Iterator<Item = &str> {
    let loaded = observed.loaded();
    let identities = loaded.into_iter().flat_map(|loaded| loaded.identity.candidates()).flatten();
    let trusts = loaded.into_iter().flat_map(|loaded| loaded.trust.candidates());
    let identities = identities.chain(observed.disk().identity());
    let anchors = trusts.chain([observed.disk().trust()]).flat_map(Trust::iter);
    identities
        .flat_map(|identity| std::iter::once(identity.id().as_str()).chain(identity.anchors().map(AnchorId::as_str)))
        .chain(anchors.map(AnchorId::as_str))
}
