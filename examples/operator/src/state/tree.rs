//! The content of a copy of one node's tree.

use std::path::Path;

use anyhow::{Context as _, ensure};
use bridge::settings::KeystoreFile;
use bridge::{Error, Locked, NodeSettings, open_keystore, open_truststore};
use cassandra_props::{
    AnyFile, CassandraYaml, ClientEncryption, Code, Family, InternodeEncryption, Release, Section, Store,
};
use certgen::path::TrustManager;
use keystore_core::Password;
use keystore_core::rustls_pki_types::CertificateDer;
use rotation_planner::{ClientAuth, InternodeMode};

use super::{Facts, OnDisk};
use crate::input::{Digest, HostPath};
use crate::reading::{MAX_BYTES, MAX_SETTINGS, Root};
use crate::settings;

/// The file with the facts, in a collected copy of a tree.
pub(crate) const FACTS: &str = ".observed.json";

pub(super) struct Tree {
    pub(super) settings: OnDisk,
    pub(super) encryption: InternodeEncryption,
    pub(super) mode: InternodeMode,
    pub(super) client_auth: ClientAuth,
    /// The trust manager that the settings name; `None` for the release's default.
    pub(super) trust_manager: Option<TrustManager>,
    pub(super) keystore: Option<(OnDisk, Vec<CertificateDer<'static>>)>,
    pub(super) truststore: Option<(OnDisk, Vec<CertificateDer<'static>>)>,
    /// Whether the settings name a missing keystore on which the mode depends.
    ///
    /// A process that started before the keystore was deleted may have another mode.
    pub(super) lacks_deciding_keystore: bool,
    pub(super) serves_clients: bool,
    pub(super) facts: Option<Facts>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'a> {
    /// The path of the settings; `None` for the one of [`settings::PLACES`] that exists.
    pub(super) settings: Option<&'a HostPath>,
    pub(super) family: Option<Family>,
    /// The names that the node's version of Edge reads; `None` to accept those of the file.
    pub(super) read_names: Option<Family>,
    pub(super) release: Release,
}

impl Tree {
    pub(super) fn read(root: &Root, reading: Reading<'_>) -> anyhow::Result<Self> {
        let named = reading.settings.map(HostPath::as_path);
        let settings::OnNode { path, found, settings } =
            settings::read_plannable(root, named, reading.family, Some(reading.release))?;
        let place = || root.place(&path).display().to_string();
        if let Some(family) = reading.read_names {
            settings.are_read_under(family).with_context(place)?;
        }
        let named = settings.keystore().with_context(place)?;
        let names_keystore = named.is_some();
        let keystore = store(root, named, |locked| Ok(open_keystore(locked)?.1))?;
        let truststore = store(root, settings.truststore().with_context(place)?, open_truststore)?;
        let encryption = settings.view().internode_encryption().with_context(place)?;
        let there = if keystore.is_some() { KeystoreFile::Present } else { KeystoreFile::Absent };
        let mode = settings.mode(there, reading.release).with_context(place)?;
        let with_keystore = settings.mode(KeystoreFile::Present, reading.release).with_context(place)?;
        ensure!(
            keystore.is_none() || truststore.is_some() || mode == InternodeMode::PlaintextOnly,
            "{}: the keystore that it names exists, but the truststore does not",
            place()
        );
        let client_auth = settings.client_auth().with_context(place)?;
        let trust_manager = settings.trust_manager().with_context(place)?;
        let serves_clients = may_serve_clients(root, &settings, reading.release);
        Ok(Self {
            settings: on_disk(&path.to_string_lossy().parse()?, &found.bytes),
            encryption,
            mode,
            client_auth,
            trust_manager,
            keystore,
            truststore,
            lacks_deciding_keystore: names_keystore && mode != with_keystore,
            serves_clients,
            facts: facts(root)?,
        })
    }
}

/// Whether the node may serve clients with one of its internode stores.
///
/// If TLS for clients depends on whether their keystore exists, the keystore is looked up by its absolute path.
fn may_serve_clients(root: &Root, settings: &NodeSettings, release: Release) -> bool {
    let shares = settings.lint(release).iter().any(|finding| finding.code() == Code::SharedFile);
    let is_missing = |file: &CassandraYaml| {
        let path = file.value(Section::Client, "keystore").filter(|path| path.starts_with('/'));
        file.client_encryption(release) == Ok(ClientEncryption::OptionalWithKeystore)
            && path.is_some_and(|path| matches!(root.find(Path::new(&*path), MAX_BYTES), Ok(None)))
    };
    shares && !matches!(settings.file(), AnyFile::Yaml(file) if is_missing(file))
}

type Opened = (OnDisk, Vec<CertificateDer<'static>>);

fn store(
    root: &Root,
    named: Option<Store>,
    open: impl Fn(Locked<'_>) -> Result<Vec<CertificateDer<'static>>, Error>,
) -> anyhow::Result<Option<Opened>> {
    let Some(named) = named else { return Ok(None) };
    let path: HostPath = named.path().parse()?;
    let Some(found) = root.find(path.as_path(), MAX_BYTES)? else { return Ok(None) };
    let password = Password::new(named.secret_password());
    let held = open(Locked { bytes: &found.bytes, password: &password });
    let held = held.with_context(|| root.place(path.as_path()).display().to_string())?;
    Ok(Some((on_disk(&path, &found.bytes), held)))
}

fn on_disk(path: &HostPath, bytes: &[u8]) -> OnDisk {
    OnDisk { path: Some(path.clone()), sha256: Digest::of(bytes) }
}

fn facts(root: &Root) -> anyhow::Result<Option<Facts>> {
    let path = Path::new(FACTS);
    let Some(found) = root.find(path, MAX_SETTINGS)? else { return Ok(None) };
    let facts = serde_json::from_slice(&found.bytes);
    Ok(Some(facts.with_context(|| root.place(path).display().to_string())?))
}
