//! Reads the nodes' previous files.
//!
//! Nodes keep their passwords unless new ones are given, and trust the previous certificates until the end of the rotation.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use bridge::{EndpointVerification, Locked, Named, NodeSettings, open_keystore};
use cassandra_props::{Release, Store};
use certgen::KeyPair;
use certgen::path::TrustManager;
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{ErrorKind, Password};
use zeroize::Zeroizing;

use super::manifest::Manifest;
use super::passwords::StorePasswords;
use super::settings::SettingsFormat;
use crate::description::{Description, Node};
use crate::input::{HostPath, Name};
use crate::reading::{MAX_BYTES, MAX_SETTINGS, Root};
use crate::settings;

/// The source of the nodes' previous files.
#[derive(Clone, Debug)]
pub enum PreviousState {
    /// There are no previous files, or nothing in them is to be kept.
    Nothing,
    /// The generation in this folder.
    Generation(PathBuf),
    /// The stores in copies of the nodes' file trees. Each copy has the name of its node.
    Trees {
        /// The folder of the copies.
        folder: PathBuf,
        /// The settings file on the node; `None` for the one of [`settings::PLACES`] that exists.
        settings: Option<PathBuf>,
    },
}

/// The passwords, certificates and settings that one node had before a generation.
pub(super) struct PreviousFiles {
    pub(super) passwords: Option<StorePasswords>,
    /// The certificates that the node trusts; for a generation, those of its final truststore.
    ///
    /// A node that is new in the description gets those of another node of the generation.
    pub(super) trusted: Option<Vec<Named>>,
    /// Whether the node verifies the names of its peers; `Off` for a generation.
    pub(super) names: EndpointVerification,
    /// The algorithm of the node's trust managers; `None` for the default, or for a generation.
    pub(super) trust_manager: Option<TrustManager>,
    /// The kinds of the node's settings files; empty if they are unknown.
    pub(super) settings: Vec<SettingsFormat>,
    pub(super) places: Option<Places>,
}

#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) keystore: String,
    pub(super) truststore: String,
}

impl Places {
    fn of(keystore: &Store, truststore: &Store) -> Self {
        Self { keystore: keystore.path().to_owned(), truststore: truststore.path().to_owned() }
    }

    pub(super) fn in_folder(folder: &str, node: &str) -> Self {
        Self { keystore: format!("{folder}/keystore.{node}"), truststore: format!("{folder}/truststore.{node}") }
    }
}

impl Default for PreviousFiles {
    fn default() -> Self {
        Self {
            passwords: None,
            trusted: None,
            names: EndpointVerification::Off,
            trust_manager: None,
            settings: Vec::new(),
            places: None,
        }
    }
}

/// A reader of the nodes' previous files, which reads the manifest of a generation only once.
pub(super) struct PreviousGenerations<'a> {
    before: &'a PreviousState,
    description: &'a Description,
    manifest: Option<Manifest>,
}

impl<'a> PreviousGenerations<'a> {
    pub(super) fn read(before: &'a PreviousState, description: &'a Description) -> anyhow::Result<Self> {
        let manifest = match before {
            PreviousState::Generation(folder) => Some(Manifest::read(folder)?),
            PreviousState::Nothing | PreviousState::Trees { .. } => None,
        };
        Ok(Self { before, description, manifest })
    }

    pub(super) fn generation(&self) -> Option<Name> {
        self.manifest.as_ref().map(|manifest| manifest.generation.clone())
    }

    pub(super) fn of_all(&self) -> anyhow::Result<Vec<PreviousFiles>> {
        self.description.each(|node| self.of(node))
    }

    fn of(&self, node: &Node) -> anyhow::Result<PreviousFiles> {
        let name = node.name.as_str();
        match (self.before, &self.manifest) {
            (PreviousState::Generation(folder), Some(manifest)) => {
                of_generation(folder, manifest, name, self.description.build_of(node).release()?)
            }
            (PreviousState::Trees { folder, settings }, _) => {
                let release = self.description.build_of(node).release()?;
                of_tree(&Root::Copy(folder.join(name)), settings.as_deref(), release)
            }
            _ => Ok(PreviousFiles::default()),
        }
    }

    pub(super) fn identity(&self, node: &Node) -> anyhow::Result<(KeyPair, CertificateDer<'static>)> {
        let name = node.name.as_str();
        let (keystore, password) = match self.before {
            PreviousState::Generation(folder) => read_keystore(folder, name)?,
            PreviousState::Trees { folder, settings } => {
                let root = Root::Copy(folder.join(name));
                let release = self.description.build_of(node).release()?;
                let keystore =
                    named(&root, settings.as_deref(), release)?.1.context("the settings name no stores")?.keystore;
                let path: HostPath = keystore.path().parse()?;
                let password = Zeroizing::new(keystore.secret_password().to_owned());
                (root.read(path.as_path(), MAX_BYTES)?.bytes, password)
            }
            PreviousState::Nothing => bail!("has no previous key: give --previous or --trees"),
        };
        let (key, chain) = open_keystore(Locked { bytes: &keystore, password: &Password::new(password.as_str()) })?;
        let certificate = chain.into_iter().next().context("the key has no certificate")?;
        Ok((KeyPair::from_pkcs8(&key.secret_pkcs8())?, certificate))
    }
}

fn of_generation(folder: &Path, manifest: &Manifest, node: &str, release: Release) -> anyhow::Result<PreviousFiles> {
    let is_known = manifest.nodes.contains_key(node);
    // A node that joins gets the truststore of another node.
    let like = if is_known { Some(node) } else { manifest.nodes.keys().next().map(Name::as_str) };
    let like = like.context("the previous generation has no nodes")?;
    let file = manifest.bundle(like)?.last_truststore(like);
    let passwords = StorePasswords::read(folder, like)?;
    let bundle = Root::Bundles(folder.join(like));
    let trusted = read_truststore(&bundle, Path::new(&file), &Password::new(passwords.truststore.as_str()))?;
    let files = &manifest.bundle(like)?.files;
    let has = |format: &SettingsFormat| files.contains_key(format.file_of(like).as_str());
    let settings: Vec<SettingsFormat> = SettingsFormat::ALL.into_iter().filter(has).collect();
    // If there are two files, they name different places, and it is unknown which of them the node uses.
    let places = match settings[..] {
        [format] if is_known => places_in(&bundle, &format.file_of(node), release)?,
        _ => None,
    };
    let passwords = is_known.then_some(passwords);
    Ok(PreviousFiles { passwords, trusted: Some(trusted), settings, places, ..PreviousFiles::default() })
}

/// The stores' paths in the settings of a bundle; `None` if the settings do not name both.
fn places_in(bundle: &Root, file: &str, release: Release) -> anyhow::Result<Option<Places>> {
    let bytes = bundle.read(Path::new(file), MAX_SETTINGS)?.bytes;
    let settings = NodeSettings::parse(&bytes, None, Some(release)).with_context(|| file.to_owned())?;
    let stores = settings.keystore()?.zip(settings.truststore()?);
    Ok(stores.map(|(keystore, truststore)| Places::of(&keystore, &truststore)))
}

fn of_tree(root: &Root, file: Option<&Path>, release: Release) -> anyhow::Result<PreviousFiles> {
    let (format, stores) = named(root, file, release)?;
    let settings = vec![format];
    let Some(SetStores { place, keystore, truststore, names, trust_manager }) = stores else {
        return Ok(PreviousFiles { settings, ..PreviousFiles::default() });
    };
    let password_is_right = has_its_password(root, &keystore);
    password_is_right.with_context(|| format!("{place}: keystore_password does not open the keystore"))?;
    let held: HostPath = truststore.path().parse()?;
    let trusted = read_truststore(root, held.as_path(), &Password::new(truststore.secret_password()));
    let trusted = trusted.with_context(|| place)?;
    let passwords = StorePasswords::new(keystore.secret_password(), truststore.secret_password());
    let places = Some(Places::of(&keystore, &truststore));
    Ok(PreviousFiles { passwords: Some(passwords), trusted: Some(trusted), names, trust_manager, settings, places })
}

/// Refuses a password in the settings that is wrong for an existing keystore.
///
/// By default, the new keystore gets the password in the settings. A running node that uses another password could not open the
/// new keystore.
fn has_its_password(root: &Root, keystore: &Store) -> anyhow::Result<()> {
    let path: HostPath = keystore.path().parse()?;
    let Some(found) = root.find(path.as_path(), MAX_BYTES)? else { return Ok(()) };
    match keystore_core::decode(&found.bytes, &Password::new(keystore.secret_password())) {
        Err(error) if matches!(error.kind(), ErrorKind::WrongPasswordOrTampered) => {
            Err(error).with_context(|| root.place(path.as_path()).display().to_string())
        }
        _ => Ok(()),
    }
}

/// The stores in a node's settings, and the settings by which the node judges its peers.
struct SetStores {
    /// The path of the settings file, for messages.
    place: String,
    keystore: Store,
    truststore: Store,
    names: EndpointVerification,
    trust_manager: Option<TrustManager>,
}

/// The kind of the settings file, and its stores; `None` if the file does not name both.
fn named(root: &Root, file: Option<&Path>, release: Release) -> anyhow::Result<(SettingsFormat, Option<SetStores>)> {
    let settings::OnNode { path, settings, .. } = settings::read_plannable(root, file, None, Some(release))?;
    let place = || root.place(&path).display().to_string();
    let (keystore, truststore) = (settings.keystore().with_context(place)?, settings.truststore().with_context(place)?);
    let names = settings.endpoint_verification().with_context(place)?;
    let trust_manager = settings.trust_manager().with_context(place)?;
    let stores = keystore.zip(truststore);
    let set = |(keystore, truststore)| SetStores { place: place(), keystore, truststore, names, trust_manager };
    Ok((SettingsFormat::of(settings.file()), stores.map(set)))
}

pub(crate) fn read_keystore(folder: &Path, node: &str) -> anyhow::Result<(Zeroizing<Vec<u8>>, Zeroizing<String>)> {
    let password = StorePasswords::read(folder, node)?.keystore;
    let file = Root::Copy(folder.join(node)).read(Path::new(&format!("keystore.{node}")), MAX_BYTES)?;
    Ok((file.bytes, password))
}

/// The certificates that Java trusts with a truststore, each after its alias.
pub(crate) fn read_truststore(root: &Root, file: &Path, password: &Password) -> anyhow::Result<Vec<Named>> {
    let bytes = root.read(file, MAX_BYTES)?.bytes;
    let store = keystore_core::decode(&bytes, password).with_context(|| root.place(file).display().to_string())?;
    let view = store.view();
    let anchors = view.trust_anchors();
    Ok(anchors.iter().map(|anchor| (anchor.alias.to_owned(), anchor.certificate.clone().into_owned())).collect())
}
