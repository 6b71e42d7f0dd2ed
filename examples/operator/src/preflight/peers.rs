//! Reads the peers of a node from copies of their trees or from bundles, or probes them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use bridge::{JavaRelease, Judges, Locked, NodeSettings, Peer, open_keystore, open_truststore};
use cassandra_props::{Release, Store};
use keystore_core::Password;
use keystore_core::rustls_pki_types::CertificateDer;

use super::Node;
use super::acceptance::{asking, judges_of};
use crate::bundle::{MANIFEST, Manifest};
use crate::pem_stores::read_checkable;
use crate::probe::{TIMEOUT, probe_all};
use crate::reading::{MAX_BYTES, MAX_SETTINGS, Root};
use crate::settings;

pub(super) struct Known {
    pub(super) peer: Peer,
    /// The judges that the peer uses; `None` if only the chain that it serves is known.
    pub(super) judges: Option<Judges>,
}

type Result = std::result::Result<Known, (String, anyhow::Error)>;

pub(super) fn all(node: &Node<'_>, default: &Judges) -> Vec<Result> {
    let (folders, addresses): (Vec<&String>, Vec<&String>) =
        node.peers.iter().partition(|peer| Path::new(peer).is_dir());
    let mut peers: Vec<Result> =
        folders.into_iter().flat_map(|folder| in_folder(node, default, Path::new(folder))).collect();
    let (targets, others): (Vec<String>, Vec<String>) =
        addresses.into_iter().cloned().partition(|peer| peer.contains(':'));
    for (target, answer) in targets.iter().zip(probe_all(&targets, TIMEOUT, &|| ())) {
        let known = answer.and_then(|served| asked(target, &served.chain));
        peers.push(known.map_err(|error| (target.clone(), error)));
    }
    let unknown = |other: String| -> Result { Err((other, anyhow!("neither a folder nor host:port"))) };
    peers.extend(others.into_iter().map(unknown));
    peers
}

fn asked(target: &str, chain: &[CertificateDer<'static>]) -> anyhow::Result<Known> {
    let host = target.rsplit_once(':').map_or(target, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    Ok(Known { peer: Peer::new(target, chain, &[])?.at(Some(host)), judges: None })
}

fn in_folder(node: &Node<'_>, default: &Judges, folder: &Path) -> Vec<Result> {
    let failed = |error: anyhow::Error| vec![Err((folder.display().to_string(), error))];
    if folder.join(MANIFEST).exists() {
        return match Manifest::read(folder) {
            Ok(manifest) => of_bundles(node, default, folder, &manifest),
            Err(error) => failed(error),
        };
    }
    if has_settings(node, folder) {
        return vec![of_tree(node, default, folder)];
    }
    match trees(node, folder) {
        Ok(trees) => trees.iter().map(|tree| of_tree(node, default, tree)).collect(),
        Err(error) => failed(error),
    }
}

fn of_bundles(node: &Node<'_>, default: &Judges, folder: &Path, manifest: &Manifest) -> Vec<Result> {
    let others = manifest.nodes.keys().filter(|name| Some(name.as_str()) != node.name.as_deref());
    let read = |name: &crate::input::Name| {
        let root = Root::Bundles(folder.join(name.as_str()));
        let file = manifest.bundle(name.as_str())?.settings_file(name.as_str())?;
        let bytes = root.read(Path::new(&file), MAX_SETTINGS)?.bytes;
        let settings = NodeSettings::parse(&bytes, node.family, release_of(node, name.as_str()))?;
        known(node, default, name.as_str(), &root, &settings, |kind, _| PathBuf::from(format!("{kind}.{name}")))
    };
    others.map(|name| read(name).map_err(|error| (name.to_string(), error))).collect()
}

fn has_settings(node: &Node<'_>, tree: &Path) -> bool {
    let root = Root::Copy(tree.to_owned());
    // Settings that cannot be read count, too: the reason is reported when they are read.
    let there = |path: &Path| !matches!(root.find(path, MAX_SETTINGS), Ok(None));
    match &node.settings {
        Some(path) => there(path),
        None => settings::PLACES.iter().any(|place| there(Path::new(place))),
    }
}

/// The folders in a folder of trees, sorted by path, without the node's own tree.
///
/// Folders without settings are included, so that the report names them; but at least one folder must have settings.
fn trees(node: &Node<'_>, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let is_own = |tree: &Path| match &node.root {
        Root::Copy(own) | Root::Bundles(own) => {
            matches!((own.canonicalize(), tree.canonicalize()), (Ok(own), Ok(tree)) if own == tree)
        }
        Root::Host => tree.file_name().and_then(|name| name.to_str()) == node.name.as_deref(),
    };
    let (mut trees, mut is_there) = (Vec::new(), false);
    for entry in fs::read_dir(folder)? {
        let tree = entry?.path();
        if tree.is_dir() {
            is_there |= has_settings(node, &tree);
            trees.extend((!is_own(&tree)).then_some(tree));
        }
    }
    if !is_there {
        bail!(
            "it holds neither {MANIFEST} of a generation of bundles, nor copies of nodes' trees (NODE{})",
            node.settings.as_deref().unwrap_or(Path::new(settings::EDGE)).display()
        );
    }
    trees.sort();
    Ok(trees)
}

fn of_tree(node: &Node<'_>, default: &Judges, tree: &Path) -> Result {
    let name = tree.file_name().unwrap_or(tree.as_os_str()).to_string_lossy().into_owned();
    let read = || {
        let root = Root::Copy(tree.to_owned());
        let (found, pem) = read_checkable(&root, node.settings.as_deref(), node.family, release_of(node, &name))?;
        match pem {
            Some(pem) => {
                let [chain, trusted] = pem.open(&root)?;
                peer(node, default, &name, &found.settings, &chain, &trusted)
            }
            None => known(node, default, &name, &root, &found.settings, |_, store| PathBuf::from(store.path())),
        }
    };
    read().context("its settings, keystore and truststore are needed").map_err(|error| (name.clone(), error))
}

/// Opens the stores that a peer's settings name.
///
/// `path` gets `keystore` or `truststore`, and returns the path of that store in `root`.
fn known(
    node: &Node<'_>,
    default: &Judges,
    name: &str,
    root: &Root,
    settings: &NodeSettings,
    path: impl Fn(&str, &Store) -> PathBuf,
) -> anyhow::Result<Known> {
    let read = |kind: &str, store: Option<Store>| -> anyhow::Result<_> {
        let store = store.context("its settings do not name both stores, with passwords")?;
        let path = path(kind, &store);
        let bytes = root.read(&path, MAX_BYTES)?.bytes;
        Ok((bytes, Password::new(store.secret_password()), root.place(&path).display().to_string()))
    };
    let (bytes, password, place) = read("keystore", settings.keystore()?)?;
    let chain = open_keystore(Locked { bytes: &bytes, password: &password }).context(place)?.1;
    let (bytes, password, place) = read("truststore", settings.truststore()?)?;
    let trusted = open_truststore(Locked { bytes: &bytes, password: &password }).context(place)?;
    peer(node, default, name, settings, &chain, &trusted)
}

fn peer(
    node: &Node<'_>,
    default: &Judges,
    name: &str,
    settings: &NodeSettings,
    chain: &[CertificateDer<'static>],
    trusted: &[CertificateDer<'static>],
) -> anyhow::Result<Known> {
    let peer = asking(Peer::new(name, chain, trusted)?, settings)?.at(node.hosts.get(name).cloned());
    Ok(Known { peer, judges: Some(judges_of(&usual_judges(node, default, name), settings)?) })
}

fn release_of(node: &Node<'_>, name: &str) -> Option<Release> {
    node.releases.get(name).copied().or(node.release)
}

/// The judges for a peer whose settings name no trust manager.
///
/// These are `default` if the peer runs the node's release.
fn usual_judges(node: &Node<'_>, default: &Judges, name: &str) -> Judges {
    let Some(release) = node.releases.get(name).filter(|release| Some(**release) != node.release) else {
        return default.clone();
    };
    let possible = JavaRelease::of_cassandra(*release);
    match node.java.filter(|java| possible.contains(java)) {
        Some(java) => Judges::of(*release, &[java]),
        None => Judges::of(*release, possible),
    }
}
