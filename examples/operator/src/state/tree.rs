//! What lies in a copy of one node's tree.

use std::path::Path;

use anyhow::{Context as _, ensure};
use bridge::{Error, Locked, open_keystore, open_truststore, settings};
use cassandra_props::{Family, InternodeEncryption, InternodeTls, Release, Store};
use keystore_core::Password;
use keystore_core::rustls_pki_types::CertificateDer;
use rotation_planner::{ClientAuth, InternodeMode, KeystoreFile};

use super::{Facts, OnDisk};
use crate::input::{Digest, HostPath};
use crate::reading::{self, MAX_BYTES, MAX_SETTINGS, Root};

/// The facts beside the files, in a copy that was collected.
pub(crate) const FACTS: &str = ".observed.json";

/// One node's tree.
pub(super) struct Tree {
    pub(super) settings: OnDisk,
    pub(super) encryption: InternodeEncryption,
    pub(super) mode: InternodeMode,
    pub(super) client_auth: ClientAuth,
    pub(super) keystore: Option<(OnDisk, Vec<CertificateDer<'static>>)>,
    pub(super) truststore: Option<(OnDisk, Vec<CertificateDer<'static>>)>,
    /// None: they were not collected.
    pub(super) facts: Option<Facts>,
}

/// How the settings are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'a> {
    pub(super) properties: &'a HostPath,
    /// None: the names that the file has.
    pub(super) family: Option<Family>,
    pub(super) release: Release,
}

impl Tree {
    /// Looks at the tree below `root`.
    ///
    /// # Errors
    /// If the settings cannot be read or contradict each other, or a store that they name and that is there does not open.
    pub(super) fn read(root: &Root, reading: Reading<'_>) -> anyhow::Result<Self> {
        let path = root.place(reading.properties.as_path());
        let bytes = root.read(reading.properties.as_path(), MAX_SETTINGS)?.bytes;
        let file = reading::properties(&path, &bytes)?;
        let family = settings::family(&file, reading.family, Some(reading.release));
        let names = InternodeTls::new(family.with_context(|| path.display().to_string())?);
        let tls = names.read(&file);
        let keystore = store(root, tls.keystore()?, |locked| Ok(open_keystore(locked)?.1))?;
        let truststore = store(root, tls.truststore()?, open_truststore)?;
        let encryption = tls.internode_encryption()?;
        let there = if keystore.is_some() { KeystoreFile::Present } else { KeystoreFile::Absent };
        let mode = settings::mode(&file, names, there, settings::optional(reading.release));
        let mode = mode.with_context(|| path.display().to_string())?;
        ensure!(
            keystore.is_none() || truststore.is_some() || mode == InternodeMode::PlaintextOnly,
            "{}: a keystore is named that is there, and no such truststore",
            path.display()
        );
        let client_auth = settings::client_auth(tls.client_auth()?);
        let settings = on_disk(reading.properties, &bytes);
        Ok(Self { settings, encryption, mode, client_auth, keystore, truststore, facts: facts(root)? })
    }
}

type Opened = (OnDisk, Vec<CertificateDer<'static>>);

fn store(
    root: &Root,
    named: Option<Store>,
    open: impl Fn(Locked<'_>) -> Result<Vec<CertificateDer<'static>>, Error>,
) -> anyhow::Result<Option<Opened>> {
    let Some(named) = named else { return Ok(None) };
    // Cassandra's default is a path in its own folder, which is not collected.
    if !named.path().starts_with('/') {
        return Ok(None);
    }
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
