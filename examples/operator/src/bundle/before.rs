//! What nodes had before: its passwords stay, and its certificates are trusted a while longer.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use bridge::Named;
use bridge::settings::family;
use cassandra_props::{InternodeTls, Release, Store};
use keystore_core::Password;
use zeroize::Zeroizing;

use super::manifest::Manifest;
use crate::input::{HostPath, Name};
use crate::reading::{self, MAX_BYTES, MAX_SETTINGS, Root};

/// What the nodes had before a generation.
#[derive(Clone, Debug)]
pub enum PreviousState {
    /// No TLS, or nothing that is to stay.
    Nothing,
    /// The generation in this folder.
    Generation(PathBuf),
    /// What others made: copies of the nodes' trees, each under the node's name, and where the properties lie in them.
    Trees {
        /// The folder.
        folder: PathBuf,
        /// The properties file, as the node knows it.
        properties: PathBuf,
    },
}

/// What one node had.
#[derive(Default)]
pub(super) struct PreviousFiles {
    /// What opens its stores.
    pub(super) password: Option<Zeroizing<String>>,
    /// What it trusts at the end of everything that was begun.
    pub(super) trusted: Option<Vec<Named>>,
}

/// All of it, read once.
pub(super) struct PreviousGenerations<'a> {
    before: &'a PreviousState,
    release: Release,
    manifest: Option<Manifest>,
}

impl<'a> PreviousGenerations<'a> {
    pub(super) fn read(before: &'a PreviousState, release: Release) -> anyhow::Result<Self> {
        let manifest = match before {
            PreviousState::Generation(folder) => Some(Manifest::read(folder)?),
            PreviousState::Nothing | PreviousState::Trees { .. } => None,
        };
        Ok(Self { before, release, manifest })
    }

    /// The name of the generation.
    pub(super) fn generation(&self) -> Option<Name> {
        self.manifest.as_ref().map(|manifest| manifest.generation.clone())
    }

    /// What a node had.
    pub(super) fn of(&self, node: &str) -> anyhow::Result<PreviousFiles> {
        match (self.before, &self.manifest) {
            (PreviousState::Generation(folder), Some(manifest)) => of_generation(folder, manifest, node),
            (PreviousState::Trees { folder, properties }, _) => {
                of_tree(&Root::Copy(folder.join(node)), properties, self.release).with_context(|| node.to_owned())
            }
            _ => Ok(PreviousFiles::default()),
        }
    }
}

fn of_generation(folder: &Path, manifest: &Manifest, node: &str) -> anyhow::Result<PreviousFiles> {
    let is_known = manifest.nodes.contains_key(node);
    // A node that joins trusts what any other does.
    let like = if is_known { Some(node) } else { manifest.nodes.keys().next().map(Name::as_str) };
    let like = like.context("the previous generation has no nodes")?;
    let file = manifest.bundle(like)?.last_truststore(like);
    let password = Manifest::password(folder, like)?;
    let bundle = Root::Copy(folder.join(like));
    let trusted = read_truststore(&bundle, Path::new(&file), &Password::new(password.as_str()))?;
    Ok(PreviousFiles { password: is_known.then_some(password), trusted: Some(trusted) })
}

fn of_tree(root: &Root, properties: &Path, release: Release) -> anyhow::Result<PreviousFiles> {
    let path = root.place(properties);
    let bytes = root.read(properties, MAX_SETTINGS)?.bytes;
    let file = reading::properties(&path, &bytes)?;
    let tls = InternodeTls::new(family(&file, None, Some(release)).with_context(|| path.display().to_string())?);
    let (keystore, truststore) = (tls.read(&file).keystore()?, tls.read(&file).truststore()?);
    let (Some(keystore), Some(truststore)) = (keystore, truststore) else { return Ok(PreviousFiles::default()) };
    let password = |store: &Store| Zeroizing::new(store.secret_password().to_owned());
    ensure!(
        *password(&keystore) == *password(&truststore),
        "its keystore and its truststore have different passwords: bundles have one for both"
    );
    let held: HostPath = truststore.path().parse()?;
    let trusted = read_truststore(root, held.as_path(), &Password::new(truststore.secret_password()))?;
    Ok(PreviousFiles { password: Some(password(&keystore)), trusted: Some(trusted) })
}

/// What Java trusts of a truststore, by alias: its trusted certificates, and the own certificate of each of its keys.
pub(crate) fn read_truststore(root: &Root, file: &Path, password: &Password) -> anyhow::Result<Vec<Named>> {
    let bytes = root.read(file, MAX_BYTES)?.bytes;
    let store = keystore_core::decode(&bytes, password).with_context(|| root.place(file).display().to_string())?;
    let view = store.view();
    let anchors = view.trust_anchors();
    Ok(anchors.iter().map(|anchor| (anchor.alias.to_owned(), anchor.certificate.clone().into_owned())).collect())
}
