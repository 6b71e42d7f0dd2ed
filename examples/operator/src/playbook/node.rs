//! A node's files, while the plan's steps are simulated.

use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::{bail, ensure};
use bridge::{Format, truststore};
use cassandra_props::Store;
use keystore_core::Password;
use rotation_planner::{ClientAuth, Identity, InternodeMode, Trust};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::settings::Settings;
use super::supply::Supply;
use crate::bundle::StorePasswords;
use crate::input::{Digest, HostPath};
use crate::state::{Disk, Loaded};

/// The SHA-256 of each TLS file of a node; `None` if the file does not exist.
///
/// `settings` is also `None` if the settings were not observed, or if the plan changes no settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Stage {
    pub(super) settings: Option<Digest>,
    pub(super) keystore: Option<Digest>,
    pub(super) truststore: Option<Digest>,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |file: Option<Digest>| file.map_or_else(|| "absent".to_owned(), String::from);
        write!(f, "{} {} {}", word(self.settings), word(self.keystore), word(self.truststore))
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Settings,
    Keystore,
    Truststore,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Keystore => "keystore",
            Self::Truststore => "truststore",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Put {
    pub(super) kind: Kind,
    pub(super) sha256: Digest,
    pub(super) source: Source,
}

#[derive(Clone, Debug)]
pub(super) enum Source {
    Bundle(PathBuf),
    /// The content of a file that is written to the playbook's folder.
    Made(Zeroizing<Vec<u8>>),
}

pub(super) struct Node<'a> {
    name: &'a str,
    supply: &'a Supply<'a>,
    stage: Stage,
    /// The settings; `None` if they were not collected.
    ///
    /// A step that sets the mode or client authentication then fails.
    settings: Option<Settings>,
    paths: Paths,
    /// The state that the node would load from these files.
    load: Loaded,
}

#[derive(Clone, Debug)]
pub(super) struct Paths {
    pub(super) keystore: HostPath,
    pub(super) truststore: HostPath,
}

impl<'a> Node<'a> {
    pub(super) fn new(
        name: &'a str,
        supply: &'a Supply<'a>,
        disk: &Disk,
        settings: Option<Settings>,
        paths: Paths,
        load: Loaded,
    ) -> Self {
        let digest = |file: &Option<crate::state::OnDisk>| file.as_ref().map(|file| file.sha256);
        let stage = Stage {
            settings: digest(&disk.settings),
            keystore: digest(&disk.keystore),
            truststore: digest(&disk.truststore),
        };
        Self { name, supply, stage, settings, paths, load }
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage.clone()
    }

    pub(super) fn load(&self) -> Loaded {
        self.load.clone()
    }

    pub(super) fn newly_accepts(&self, before: &[Digest]) -> Option<PathBuf> {
        self.supply.bundle_under(before, &self.load.trusts)
    }

    /// Returns the new stage, or `None` if the node already has the file.
    pub(super) fn take(&mut self, put: &Put) -> Option<Stage> {
        let file = match put.kind {
            Kind::Settings => &mut self.stage.settings,
            Kind::Keystore => &mut self.stage.keystore,
            Kind::Truststore => &mut self.stage.truststore,
        };
        let is_there = *file == Some(put.sha256);
        *file = Some(put.sha256);
        (!is_there).then(|| self.stage.clone())
    }

    /// The files that give a node this trust on its disk.
    ///
    /// The truststore is made if no bundle of the node has one with exactly these certificates.
    pub(super) fn put_truststore(&mut self, trust: &Trust) -> anyhow::Result<Vec<Put>> {
        let password = self.passwords()?.truststore;
        self.must_read(self.supply.format(self.name)?)?;
        let wanted = self.supply.certificates_of(trust)?;
        self.load.trusts = wanted.iter().map(|(digest, _)| *digest).collect();
        let (sha256, source) = if let Some((path, digest)) = self.supply.truststore(self.name, &self.load.trusts)? {
            (digest, Source::Bundle(path))
        } else {
            let named = wanted.iter().map(|(_, (label, certificate))| (label.as_str(), certificate.clone()));
            let password = Password::new(password.as_str());
            let bytes =
                truststore(named, self.supply.format(self.name)?, &password, SystemTime::now(), &mut rand::rng())?;
            (Digest::of(&bytes), Source::Made(Zeroizing::new(bytes)))
        };
        let store = Store::new(self.paths.truststore.as_str(), &password)?;
        let mut puts = vec![Put { kind: Kind::Truststore, sha256, source }];
        puts.extend(self.edited(|settings| settings.name_truststore(&store))?);
        Ok(puts)
    }

    pub(super) fn put_keystore(&mut self, identity: &Identity) -> anyhow::Result<Vec<Put>> {
        let (own, anchor) = self.supply.digests_of(identity)?;
        let (path, sha256) = self.supply.keystore(self.name, identity)?;
        self.must_read(self.supply.format(self.name)?)?;
        self.load.identity = Some((own, anchor));
        let store = Store::new(self.paths.keystore.as_str(), &self.passwords()?.keystore)?;
        let mut puts = vec![Put { kind: Kind::Keystore, sha256, source: Source::Bundle(path) }];
        puts.extend(self.edited(|settings| settings.name_keystore(&store))?);
        Ok(puts)
    }

    pub(super) fn set_mode(&mut self, mode: InternodeMode) -> anyhow::Result<Vec<Put>> {
        self.load.mode = mode;
        self.must_be_collected()?;
        let format = self.supply.format(self.name).ok();
        self.edited(|settings| settings.set_mode(mode, format))
    }

    pub(super) fn set_client_auth(&mut self, client_auth: ClientAuth) -> anyhow::Result<Vec<Put>> {
        self.load.client_auth = Some(client_auth);
        self.must_be_collected()?;
        self.edited(|settings| settings.set_client_auth(client_auth))
    }

    /// Fails if the `store_type` in the settings is wrong for this format.
    ///
    /// A store that is replaced in place is opened with the `store_type` in the settings.
    fn must_read(&self, format: Format) -> anyhow::Result<()> {
        let named = self.settings.as_ref().map(|settings| settings.wrong_store_type(format)).transpose()?.flatten();
        if let Some(named) = named {
            bail!("its settings have {named}, but its bundle has {format} stores: prepare with --store");
        }
        Ok(())
    }

    fn must_be_collected(&self) -> anyhow::Result<()> {
        if self.settings.is_none() {
            bail!("the plan changes its settings: observe the cluster, then plan with --state and --trees");
        }
        Ok(())
    }

    fn edited(&mut self, edit: impl FnOnce(&mut Settings) -> anyhow::Result<()>) -> anyhow::Result<Vec<Put>> {
        let Some(settings) = &mut self.settings else { return Ok(Vec::new()) };
        edit(settings)?;
        let bytes = Zeroizing::new(settings.bytes().to_vec());
        Ok(vec![Put { kind: Kind::Settings, sha256: Digest::of(&bytes), source: Source::Made(bytes) }])
    }

    /// The passwords of the stores in the node's bundle.
    ///
    /// Passwords in the node's settings must be the same. For each outbound connection, Cassandra 2.1 to 3.11 reads the
    /// truststore from disk, with the password that the process loaded at its start.
    fn passwords(&self) -> anyhow::Result<StorePasswords> {
        let bundled = self.supply.passwords(self.name)?;
        let Some(settings) = &self.settings else { return Ok(bundled) };
        let pairs = [(settings.keystore()?, &bundled.keystore), (settings.truststore()?, &bundled.truststore)];
        for (store, password) in pairs {
            let Some(store) = store else { continue };
            ensure!(
                store.secret_password() == password.as_str(),
                "the password for {} in its settings differs from that of its bundle: prepare it with --trees, without \
                 --password-file and --truststore-password-file",
                store.path()
            );
        }
        Ok(bundled)
    }
}
