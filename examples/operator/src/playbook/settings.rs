//! What a plan's steps change in a node's `cassandra.properties`.

use std::path::Path;

use anyhow::{Context as _, ensure};
use bridge::settings;
use cassandra_props::{Family, InternodeEncryption, InternodeTls, Properties, Release, Store, TlsSettings};
use rotation_planner::{ClientAuth, InternodeMode};

use crate::input::Digest;
use crate::reading::{self, MAX_SETTINGS, Root};
use crate::state::OnDisk;

/// How settings are written for a cluster.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    /// None: the names that the file has; where it has none, those that the release reads.
    pub(super) family: Option<Family>,
    pub(super) pairs: InternodeEncryption,
    pub(super) release: Release,
}

/// A node's file, as it will be after the steps so far.
pub(super) struct Settings {
    file: Properties,
    tls: InternodeTls,
    /// What `internode_encryption` says where there is TLS.
    pairs: InternodeEncryption,
    release: Release,
}

impl Settings {
    /// Reads the file in a copy of the node's tree.
    ///
    /// # Errors
    /// If it is not the one that was seen there, or cannot be read.
    pub(super) fn read(tree: &Path, seen: &OnDisk, names: Names) -> anyhow::Result<Self> {
        let path = seen.path.as_ref().context("the settings were not observed")?.as_path();
        let root = Root::Copy(tree.to_owned());
        let bytes = root.read(path, MAX_SETTINGS)?.bytes;
        let path = root.place(path);
        ensure!(Digest::of(&bytes) == seen.sha256, "{} is not the file that was observed", path.display());
        let file = reading::properties(&path, &bytes)?;
        let family = settings::family(&file, names.family, Some(names.release));
        let tls = InternodeTls::new(family.with_context(|| path.display().to_string())?);
        Ok(Self { file, tls, pairs: names.pairs, release: names.release })
    }

    /// What the file holds now.
    pub(super) fn bytes(&self) -> &[u8] {
        self.file.as_bytes()
    }

    /// The keystore that is named.
    pub(super) fn keystore(&self) -> anyhow::Result<Option<Store>> {
        Ok(self.tls.read(&self.file).keystore()?)
    }

    /// The truststore that is named.
    pub(super) fn truststore(&self) -> anyhow::Result<Option<Store>> {
        Ok(self.tls.read(&self.file).truststore()?)
    }

    /// Names a keystore where none is named.
    pub(super) fn name_keystore(&mut self, store: &Store) -> anyhow::Result<()> {
        if self.keystore()?.is_none() {
            self.tls.switch_keystore(store).apply(&mut self.file)?;
        }
        Ok(())
    }

    /// Names a truststore where none is named.
    pub(super) fn name_truststore(&mut self, store: &Store) -> anyhow::Result<()> {
        if self.truststore()?.is_none() {
            self.tls.switch_truststore(store).apply(&mut self.file)?;
        }
        Ok(())
    }

    /// Sets what is dialled and taken in.
    pub(super) fn set_mode(&mut self, mode: InternodeMode) -> anyhow::Result<()> {
        let pairs = self.pairs;
        let completed = |tls: TlsSettings| tls.internode_encryption(pairs);
        settings::set_mode(&mut self.file, self.tls, mode, settings::optional(self.release), completed)?;
        Ok(())
    }

    /// Sets whether certificates are demanded.
    pub(super) fn set_client_auth(&mut self, client_auth: ClientAuth) -> anyhow::Result<()> {
        self.tls.set_client_auth(settings::require_client_auth(client_auth)).apply(&mut self.file)?;
        Ok(())
    }
}
