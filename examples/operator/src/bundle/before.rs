//! What nodes had before: its passwords stay, and its certificates are trusted a while longer.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use bridge::Named;
use cassandra_props::{Release, Store};
use keystore_core::Password;
use zeroize::Zeroizing;

use super::manifest::Manifest;
use crate::input::{HostPath, Name};
use crate::reading::{MAX_BYTES, Root};
use crate::settings;

/// What the nodes had before a generation.
#[derive(Clone, Debug)]
pub enum PreviousState {
    /// No TLS, or nothing that is to stay.
    Nothing,
    /// The generation in this folder.
    Generation(PathBuf),
    /// What others made: copies of the nodes' trees, each under the node's name.
    Trees {
        /// The folder.
        folder: PathBuf,
        /// The settings file, as the node knows it; none: the one of [`settings::PLACES`] that is there.
        settings: Option<PathBuf>,
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
            (PreviousState::Trees { folder, settings }, _) => {
                let root = Root::Copy(folder.join(node));
                of_tree(&root, settings.as_deref(), self.release).with_context(|| node.to_owned())
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

fn of_tree(root: &Root, named: Option<&Path>, release: Release) -> anyhow::Result<PreviousFiles> {
    let settings::OnNode { path, settings, .. } = settings::read(root, named, None, Some(release))?;
    let place = || root.place(&path).display().to_string();
    settings.is_plannable().with_context(place)?;
    let (keystore, truststore) = (settings.keystore().with_context(place)?, settings.truststore().with_context(place)?);
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
