//! The changes that a plan's steps make to a node's settings.

use std::path::Path;

use anyhow::{Context as _, ensure};
use bridge::settings::require_client_auth;
use bridge::{Format, JavaRelease, NodeSettings};
use cassandra_props::{Family, InternodeEncryption, Release, Setting, Store, TlsSettings};
use rotation_planner::{ClientAuth, InternodeMode};

use crate::input::Digest;
use crate::reading::Root;
use crate::settings;
use crate::state::OnDisk;

/// The parameters for reading and writing a node's settings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    /// The family of names, if the operator gives it.
    pub(super) family: Option<Family>,
    pub(super) pairs: InternodeEncryption,
    pub(super) release: Release,
}

/// A node's settings after the steps so far.
pub(super) struct Settings {
    node: NodeSettings,
    /// The value of `internode_encryption` that turns TLS on.
    pairs: InternodeEncryption,
    release: Release,
}

impl Settings {
    pub(super) fn read(tree: &Path, seen: &OnDisk, names: Names) -> anyhow::Result<Self> {
        let path = seen.path.as_ref().context("the settings were not observed")?.as_path();
        let root = Root::Copy(tree.to_owned());
        let read = settings::read(&root, Some(path), names.family, Some(names.release))?;
        let is_seen = Digest::of(&read.found.bytes) == seen.sha256;
        ensure!(is_seen, "{} is not the file that was observed", root.place(path).display());
        Ok(Self { node: read.settings, pairs: names.pairs, release: names.release })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.node.file().as_bytes()
    }

    pub(super) fn keystore(&self) -> anyhow::Result<Option<Store>> {
        Ok(self.node.keystore()?)
    }

    pub(super) fn truststore(&self) -> anyhow::Result<Option<Store>> {
        Ok(self.node.truststore()?)
    }

    /// The `store_type` or its default, if no Java of the release opens this format with it.
    ///
    /// Returns `None` also if the type is unknown, or if the settings name no keystore.
    pub(super) fn wrong_store_type(&self, format: Format) -> anyhow::Result<Option<String>> {
        let mut javas = JavaRelease::of_cassandra(self.release).iter();
        let opens = javas.any(|java| self.node.lint_store_type(content(format), *java).is_none());
        if opens || self.keystore()?.is_none() {
            return Ok(None);
        }
        let named = self.node.view().value(Setting::StoreType)?;
        Ok(Some(match named {
            Some(named) => format!("the store_type {named}"),
            None => format!("no store_type, which means {}", Format::Jks.store_type()),
        }))
    }

    pub(super) fn name_keystore(&mut self, store: &Store) -> anyhow::Result<()> {
        if self.keystore()?.is_none() {
            self.node.apply(|tls| tls.switch_keystore(store))?;
        }
        Ok(())
    }

    pub(super) fn name_truststore(&mut self, store: &Store) -> anyhow::Result<()> {
        if self.truststore()?.is_none() {
            self.node.apply(|tls| tls.switch_truststore(store))?;
        }
        Ok(())
    }

    /// Sets the mode.
    ///
    /// If the mode dials TLS, the `store_type` of a known format other than JKS is also written.
    pub(super) fn set_mode(&mut self, mode: InternodeMode, format: Option<Format>) -> anyhow::Result<()> {
        let pairs = self.pairs;
        let completed = |tls: TlsSettings| {
            let tls = tls.internode_encryption(pairs);
            match format {
                Some(format) if format != Format::Jks => tls.store_type(format.store_type()),
                _ => tls,
            }
        };
        self.node.set_mode(mode, self.release, completed)?;
        Ok(())
    }

    pub(super) fn set_client_auth(&mut self, client_auth: ClientAuth) -> anyhow::Result<()> {
        self.node.apply(|tls| tls.set_client_auth(require_client_auth(client_auth)))?;
        Ok(())
    }
}

fn content(format: Format) -> keystore_core::Format {
    match format {
        Format::Jks => keystore_core::Format::Jks,
        Format::Jceks => keystore_core::Format::Jceks,
        Format::Pkcs12 | Format::Pkcs12Java8 | Format::Pkcs12OpenSsl => keystore_core::Format::Pkcs12,
        Format::Bcfks | Format::BcfksBcprov => keystore_core::Format::Bcfks,
    }
}
