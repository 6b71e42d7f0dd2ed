//! Determines the state of a cluster from copies of its nodes' trees.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use bridge::Unaccepted;
use cassandra_props::{Family, InternodeEncryption, Release};
use keystore_core::rustls_pki_types::CertificateDer;
use rotation_planner::{
    ClientAuth, Evidence, Identity, InternodeMode, LoadRecord, Observed, ProcessId, SinceLoad, TlsConfig, Trust,
};
use serde::Serialize;

use super::tree::{Reading, Tree};
use super::trusted::{Held, Trusted, judges};
use super::{About, Certificates, Disk, Facts, FilesAge, Place, Source, State, Stranger};
use crate::bundle::Manifest;
use crate::description::{Description, Encryption, Node, StagingChoice};
use crate::input::{Digest, HostPath, Name};
use crate::reading::Root;

/// The input of an observation.
#[derive(Debug)]
pub struct ObserveOptions<'a> {
    /// The nodes of the cluster.
    pub description: &'a Description,
    /// A folder with a copy of each node's tree, under the node's name.
    pub trees: &'a Path,
    /// The path of the settings file on each node.
    ///
    /// `None` for the one of [`settings::PLACES`](crate::settings::PLACES) that exists.
    pub settings: Option<&'a HostPath>,
    /// The family of names in the settings; `None` if it is not given.
    pub family: Option<Family>,
    /// The folders of the generations that label certificates and vouch for them.
    pub generations: &'a [PathBuf],
    /// The assumption about a process if no facts were collected from its host.
    pub unknown: Unknown,
    /// The chain that each node served, if the node was probed and answered.
    pub served: &'a BTreeMap<Name, Vec<CertificateDer<'static>>>,
    /// SHA-256 of certificates for which the operator vouches.
    pub vouched: &'a [Digest],
}

/// The result of an observation.
#[derive(Debug)]
pub struct Observation {
    /// The state of the cluster.
    ///
    /// If there are strangers, do not plan from the state, because it may describe other servers instead of the nodes.
    pub state: State,
    /// One line for each node.
    pub rows: Vec<Row>,
    /// The served certificates that are neither those of the nodes' keystores nor vouched for.
    pub strangers: Vec<Stranger>,
    /// The nodes whose certificates may be refused with every truststore of the cluster.
    pub refused: Vec<RefusedNode>,
}

/// A node whose certificate may be refused with every truststore of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedNode {
    /// The node.
    pub node: Name,
    /// The place where the certificate was seen: the keystore on disk, or a handshake.
    pub place: Place,
    /// The reason for the refusal.
    pub why: String,
}

/// The assumption about a process if no facts were collected from its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// A process is running, and it may have loaded anything.
    CanBeAnything,
    /// The operator says that every node has been restarted since its files were last changed.
    HasLoadedItsFiles,
}

/// The observed state of one node, in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The name of the node.
    pub node: Name,
    /// The internode mode of the process; `None` if the node is stopped.
    pub mode: Option<String>,
    /// The labels of the certificates that the node may serve; `nothing` if it has none.
    ///
    /// Empty if the certificates are unknown, or if the node is stopped.
    pub serves: Vec<String>,
    /// The number of certificates in each truststore that the node may have loaded.
    ///
    /// Empty if the truststores are unknown, or if the node is stopped.
    pub trusts: Vec<usize>,
    /// Whether the process is known or assumed to have loaded exactly what is on the disk.
    pub settled: bool,
    /// The reason why `settled` is false; `None` if it is true, or if the node is stopped.
    pub doubt: Option<String>,
}

/// Reads every tree, and determines the state of the cluster.
///
/// # Errors
/// If the description has no nodes, has clients or contradicts itself, if the release of a node is unknown, if a generation
/// or a tree cannot be read, if the settings contradict the description or each other, or if a certificate for which the
/// operator vouches is unknown.
pub fn observe(look: &ObserveOptions<'_>) -> anyhow::Result<Observation> {
    look.description.refuse_what_files_do_not_show()?;
    let mut certificates = Certificates::default();
    let read = |folder: &PathBuf| Manifest::read(folder);
    let manifests: Vec<Manifest> = look.generations.iter().map(read).collect::<anyhow::Result<_>>()?;
    let generations: Vec<_> = look.generations.iter().map(PathBuf::as_path).zip(&manifests).collect();
    certificates.add_generations(&generations)?;
    let trees = look.description.each(|node| {
        let build = look.description.build_of(node);
        let read_names = look.family.map_or_else(|| build.family(), |_| None);
        let reading = Reading { settings: look.settings, family: look.family, read_names, release: build.release()? };
        let folder = look.trees.join(node.name.as_str());
        ensure!(
            folder.exists(),
            "no settings: {} does not exist; collect it with observe.yml or, if the host is lost, remove the node from the ring \
             and from the description",
            folder.display()
        );
        let tree = Tree::read(&Root::Copy(folder), reading)?;
        agrees(look.description, node, &tree)?;
        Ok((&node.name, tree))
    })?;
    let trees: BTreeMap<&Name, Tree> = trees.into_iter().collect();
    is_described(look.description, &trees)?;
    let mut held = take_in(&mut certificates, &trees, look.served);
    manifests.iter().try_for_each(|manifest| held.add_generation(manifest, &certificates))?;
    let named: Vec<_> = look
        .description
        .nodes
        .iter()
        .map(|node| (look.description.build_of(node), trees.get(&node.name).and_then(|tree| tree.trust_manager)))
        .collect();
    let trusted = held.judged_by(judges(&named)?);
    let refused = judge(&mut certificates, &trusted, &trees, look.served)?;
    for (folder, manifest) in generations {
        trusted.judge_generation(&mut certificates, folder, manifest)?;
    }
    for marker in trees.values().filter_map(|tree| tree.facts.as_ref()?.marker()) {
        marker.judge(&mut certificates)?;
    }
    look.vouched.iter().try_for_each(|digest| certificates.vouch(*digest))?;
    let strangers = strangers(&certificates, &trees, look.served);
    let mut description = look.description.clone();
    // A playbook only replaces stores in place.
    description.staging = Some(StagingChoice::InPlace);
    read_encryption(&mut description, &trees);
    let mut description = description.checked().context("internode_encryption in the settings")?;
    description.client_auth = Some(trees.values().any(|tree| tree.client_auth == ClientAuth::On));
    let (mut disks, mut rows) = (BTreeMap::new(), Vec::new());
    let mut cluster = description.cluster_of(|node| {
        let tree = trees.get(&node.name).context("a node without a tree")?;
        let observed = observed(look, node, tree, &certificates).with_context(|| node.name.to_string())?;
        disks.insert(node.name.clone(), disk(node, tree, look.unknown));
        let served = look.served.get(&node.name).and_then(|chain| chain.first());
        rows.push(row(node, &observed, || doubt(tree, served, &certificates)));
        Ok(observed)
    })?;
    certificates.mark(&mut cluster);
    let state = State { cassandra: description.cassandra, cluster, disks, certificates };
    Ok(Observation { state, rows, strangers, refused })
}

/// The served certificates that another server may have shown at a node's address.
fn strangers(
    certificates: &Certificates,
    trees: &BTreeMap<&Name, Tree>,
    served: &BTreeMap<Name, Vec<CertificateDer<'static>>>,
) -> Vec<Stranger> {
    let own = served.iter().filter_map(|(node, chain)| Some((node, chain.first()?)));
    let is_stranger = |(node, certificate): &(&Name, &CertificateDer<'_>)| {
        let on_disk = trees.get(node).and_then(|tree| tree.keystore.as_ref()?.1.first());
        let known = certificates.get(Digest::of(certificate)).is_some_and(|known| known.source != Source::Foreign);
        !known && on_disk != Some(*certificate)
    };
    let strangers = own.filter(is_stranger);
    strangers.map(|(node, certificate)| Stranger { node: node.clone(), about: About::of(certificate) }).collect()
}

fn judge(
    certificates: &mut Certificates,
    trusted: &Trusted,
    trees: &BTreeMap<&Name, Tree>,
    served: &BTreeMap<Name, Vec<CertificateDer<'static>>>,
) -> anyhow::Result<Vec<RefusedNode>> {
    let on_disk = trees.iter().filter_map(|(node, tree)| Some((*node, Place::Keystore, &tree.keystore.as_ref()?.1)));
    let shown = served.iter().map(|(node, chain)| (node, Place::Handshake, chain));
    let mut refused = Vec::new();
    for (node, place, chain) in on_disk.chain(shown) {
        let own = own(chain).with_context(|| node.to_string())?;
        let through = trusted.through(chain);
        if let Err(Unaccepted::Refused(why)) = &through {
            refused.push(RefusedNode { node: node.clone(), place, why: why.to_string() });
        }
        certificates.accept(own, through.unwrap_or_else(|_| vec![trusted.by_name(chain).unwrap_or(own)]))?;
    }
    Ok(refused)
}

fn own(chain: &[CertificateDer<'static>]) -> anyhow::Result<Digest> {
    Ok(Digest::of(chain.first().context("the chain has no certificate")?))
}

/// Checks a node's `internode_encryption` against the description.
///
/// `none` agrees with every description, because TLS may be enabled later.
fn agrees(description: &Description, node: &Node, tree: &Tree) -> anyhow::Result<()> {
    let Some(expected) = node.encryption.or(description.encryption).map(Encryption::setting) else { return Ok(()) };
    let found = tree.encryption;
    ensure!(
        found == expected || found == InternodeEncryption::None,
        "internode_encryption is {}, but the description says {}",
        found.as_str(),
        expected.as_str()
    );
    Ok(())
}

/// Fills in the encrypted pairs that the description does not give, from the settings.
///
/// The value that most nodes have becomes the cluster's.
fn read_encryption(description: &mut Description, trees: &BTreeMap<&Name, Tree>) {
    if description.encryption.is_some() {
        return;
    }
    let found = |node: &Node| node.encryption.or(Encryption::of_setting(trees.get(&node.name)?.encryption));
    let mut counts: BTreeMap<Encryption, usize> = BTreeMap::new();
    for encryption in description.nodes.iter().filter_map(found) {
        *counts.entry(encryption).or_default() += 1;
    }
    let usual = counts.into_iter().rev().max_by_key(|(_, nodes)| *nodes).map(|(encryption, _)| encryption);
    for node in &mut description.nodes {
        node.encryption = found(node).filter(|own| Some(*own) != usual);
    }
    description.encryption = usual;
}

/// Fails if no node agrees with the described client authentication.
///
/// A single node is enough, because nodes differ during a change. A node in plaintext counts as agreeing.
fn is_described(description: &Description, trees: &BTreeMap<&Name, Tree>) -> anyhow::Result<()> {
    let differs = |node: &Node| {
        let tree = trees.get(&node.name).filter(|tree| tree.mode != InternodeMode::PlaintextOnly);
        node.client_auth(description.client_auth)
            .zip(tree)
            .is_some_and(|(described, tree)| described != tree.client_auth)
    };
    ensure!(
        description.nodes.is_empty() || !description.nodes.iter().all(differs),
        "the settings of every node contradict client_auth in the description: omit it, because it is read from the settings"
    );
    Ok(())
}

fn take_in(
    certificates: &mut Certificates,
    trees: &BTreeMap<&Name, Tree>,
    served: &BTreeMap<Name, Vec<CertificateDer<'static>>>,
) -> Held {
    let mut held = Held::default();
    for (node, tree) in trees {
        for certificate in tree.keystore.iter().flat_map(|(_, chain)| chain) {
            certificates.see(node, Place::Keystore, certificate);
        }
        for certificate in tree.truststore.iter().flat_map(|(_, trusted)| trusted) {
            certificates.see(node, Place::Truststore, certificate);
            held.add(1, Digest::of(certificate), certificate);
        }
    }
    for (node, chain) in served {
        for certificate in chain {
            certificates.see(node, Place::Handshake, certificate);
        }
    }
    held
}

fn observed(
    look: &ObserveOptions<'_>,
    node: &Node,
    tree: &Tree,
    certificates: &Certificates,
) -> anyhow::Result<Observed> {
    let disk = setup(tree, certificates)?;
    let facts = match (&tree.facts, look.unknown) {
        (None, Unknown::HasLoadedItsFiles) => return Ok(Observed::settled(disk)),
        (None, Unknown::CanBeAnything) => Facts::default(),
        (Some(facts), _) => facts.clone(),
    };
    // Without facts, an unknown process is assumed to run.
    let unknown = ProcessId { pid: 0, started: 0 };
    let process = if tree.facts.is_some() { facts.process_id() } else { Some(unknown) };
    let served = process.and_then(|_| look.served.get(&node.name));
    let served = served.map(|chain| certificates.identity(own(chain)?)).transpose()?;
    let record = facts.marker().and_then(|marker| marker.record(certificates));
    let record = record.filter(|record| Some(record.process) == process).or_else(|| started_with(tree, &facts, &disk));
    let another = record.as_ref().is_some_and(|record| record.loaded != disk);
    let perhaps_reloaded = another && look.description.build_of(node).release()?.is_at_least(Release::V4_0);
    let mut evidence = Evidence::new(disk);
    (evidence.process, evidence.served, evidence.record) = (process, served, record);
    evidence.since_load = if perhaps_reloaded { SinceLoad::PerhapsReloaded } else { SinceLoad::NoReload };
    Ok(evidence.observed())
}

/// Concludes that a process has loaded the files on disk if they are older than the process.
fn started_with(tree: &Tree, facts: &Facts, disk: &TlsConfig) -> Option<LoadRecord> {
    let is_older = facts.files() == FilesAge::Older && !tree.lacks_deciding_keystore;
    let process = facts.process_id().filter(|_| is_older)?;
    Some(LoadRecord::new(process, disk.clone(), 0))
}

fn setup(tree: &Tree, certificates: &Certificates) -> anyhow::Result<TlsConfig> {
    let setup = match (&tree.keystore, &tree.truststore) {
        (Some((_, chain)), Some((_, held))) => {
            let held: Vec<Digest> = held.iter().map(|certificate| Digest::of(certificate)).collect();
            TlsConfig::tls(certificates.identity(own(chain)?)?, certificates.trust(&held)?)
        }
        _ => TlsConfig::plaintext(),
    };
    Ok(setup.with_mode(tree.mode).with_client_auth(tree.client_auth))
}

fn disk(node: &Node, tree: &Tree, unknown: Unknown) -> Disk {
    Disk {
        cassandra: node.cassandra.clone(),
        address: node.address,
        settings: Some(tree.settings.clone()),
        keystore: tree.keystore.as_ref().map(|(file, _)| file.clone()),
        truststore: tree.truststore.as_ref().map(|(file, _)| file.clone()),
        serves_clients: tree.serves_clients,
        trust_manager: tree.trust_manager,
        assumed_loaded: tree.facts.is_none() && unknown == Unknown::HasLoadedItsFiles,
    }
}

/// The reason to report in [`Row::doubt`] if the node is not settled.
fn doubt(tree: &Tree, served: Option<&CertificateDer<'_>>, certificates: &Certificates) -> String {
    let Some(facts) = &tree.facts else { return "nothing was collected about its process".to_owned() };
    let on_disk = tree.keystore.as_ref().and_then(|(_, chain)| chain.first());
    if served.is_some() && served != on_disk {
        return "a handshake shows a certificate that is not in the keystore on its disk".to_owned();
    }
    let marker = match facts.marker() {
        None if facts.marker.is_empty() => "no marker says what it has loaded",
        None => "its marker cannot be read",
        Some(marker) if marker.process_id() != facts.process_id() => "its marker is that of another process",
        Some(marker) if marker.record(certificates).is_none() => {
            "its marker names certificates that are not known: give the generation that has them (--bundles)"
        }
        Some(_) => return "according to its marker, it has loaded files other than those on its disk".to_owned(),
    };
    let files = match facts.files() {
        FilesAge::Newer => "its files were changed after it started, or less than a minute before",
        FilesAge::Unknown => "it is not known whether its files were changed after it started",
        FilesAge::Older => {
            "the keystore that its settings name does not exist, and may have been deleted after it started"
        }
    };
    format!("{files}, and {marker}")
}

fn row(node: &Node, observed: &Observed, doubt: impl FnOnce() -> String) -> Row {
    let loaded = observed.loaded();
    let settled = loaded.is_some_and(|loaded| *loaded == observed.disk().clone().into());
    let serves = loaded.map_or(&[][..], |loaded| loaded.identity.candidates());
    let trusts = loaded.map_or(&[][..], |loaded| loaded.trust.candidates());
    Row {
        node: node.name.clone(),
        mode: loaded.map(|loaded| loaded.mode.to_string()),
        serves: serves
            .iter()
            .map(|identity| identity.as_ref().map_or("nothing".to_owned(), Identity::to_string))
            .collect(),
        trusts: trusts.iter().map(Trust::len).collect(),
        settled,
        doubt: loaded.filter(|_| !settled).map(|_| doubt()),
    }
}
