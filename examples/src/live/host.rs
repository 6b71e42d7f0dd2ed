//! What concerns TLS on one node's disk: `cassandra.properties`, the keystore, the truststore.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cassandra_props::{
    Family, InternodeEncryption, InternodeTls, OptionalTls, Properties, RequireClientAuth, Setting as Name, Store,
    TlsSettings,
};
use keystore_core::Password;
use rotation_planner::{
    ClientAuth as Auth, Identity, InternodeEncryption as Encryption, InternodeMode, Keystore, Optional, Placement,
    Trust,
};

use super::configuration::Setting;
use super::release::Release;
use crate::files::{self, Access};
use crate::material::random_password;
use crate::stores::{Locked, Stores};
use crate::vault::{Format, Vault};

/// What a real file holds beside the TLS settings; not a byte of it may change.
const FOREIGN: &str = "# Site settings\nconf_cassandra_num_tokens=4\n\
    conf_jvm_options_g1_gc_setting_lines=-XX:+UseG1GC\\n-XX:G1RSetUpdatingPauseTimePercent=5\n";

/// One node's TLS files.
#[derive(Clone, Debug)]
pub(super) struct Host {
    folder: PathBuf,
    release: Release,
}

/// What [`Host::keep_truststore`] kept.
pub(super) struct Kept {
    path: PathBuf,
    truststore: Vec<u8>,
    properties: Vec<u8>,
}

impl Host {
    /// The files below `folder`, under the names of the settings that `release` comes with.
    pub(super) fn new(folder: PathBuf, release: Release) -> Self {
        Self { folder, release }
    }

    /// A new host: no stores, no TLS settings.
    pub(super) fn prepare(&self) -> anyhow::Result<()> {
        let mut file = Properties::parse(FOREIGN.as_bytes())?;
        if self.release.is_4_or_later() {
            self.tls().set_optional(OptionalTls::Required).apply(&mut file)?;
        }
        self.write(&file)
    }

    /// Puts a truststore with these anchors where `placement` says, and names it in the settings if they must.
    pub(super) fn stage_trust(&self, trust: &Trust, placement: Placement, vault: &Vault) -> anyhow::Result<()> {
        let store = self.place(StoreKind::Trust, placement, vault.format())?;
        let bytes = vault.truststore(trust, &Password::new(store.secret_password()))?;
        files::install(Path::new(store.path()), &bytes, Access::Owner)?;
        self.edit(|tls| tls.switch_truststore(&store))
    }

    /// Puts a keystore with this identity where `placement` says, and names it in the settings if they must.
    pub(super) fn stage_identity(
        &self,
        identity: &Identity,
        placement: Placement,
        vault: &Vault,
    ) -> anyhow::Result<()> {
        let store = self.place(StoreKind::Identity, placement, vault.format())?;
        let bytes = vault.keystore(identity, &Password::new(store.secret_password()))?;
        files::install(Path::new(store.path()), &bytes, Access::Owner)?;
        self.edit(|tls| tls.switch_keystore(&store))
    }

    /// Puts the truststore back in place under a new password: what the planner refuses.
    pub(super) fn change_truststore_password(&self, trust: &Trust, vault: &Vault) -> anyhow::Result<()> {
        let file = self.properties()?;
        let now = self.store(&file, StoreKind::Trust)?.context("no truststore is named")?;
        let next = Store::new(now.path(), &random_password(&mut rand::rng()))?;
        let bytes = vault.truststore(trust, &Password::new(next.secret_password()))?;
        files::install(Path::new(next.path()), &bytes, Access::Owner)?;
        self.edit(|tls| tls.switch_truststore(&next))
    }

    /// The truststore and the settings as they are, to be put back.
    pub(super) fn keep_truststore(&self) -> anyhow::Result<Kept> {
        let file = self.properties()?;
        let store = self.store(&file, StoreKind::Trust)?.context("no truststore is named")?;
        let path = PathBuf::from(store.path());
        Ok(Kept { truststore: fs::read(&path)?, path, properties: file.as_bytes().to_vec() })
    }

    /// Puts back what was kept.
    pub(super) fn put_back(&self, kept: &Kept) -> anyhow::Result<()> {
        files::install(&kept.path, &kept.truststore, Access::Owner)?;
        Ok(files::install(&self.properties_path(), &kept.properties, Access::Owner)?)
    }

    /// Sets the internode mode.
    pub(super) fn stage_mode(&self, mode: InternodeMode, format: Format) -> anyhow::Result<()> {
        let mut file = self.properties()?;
        let (encryption, optional) = mode.settings();
        match encryption {
            Encryption::None => self.tls().disable().apply(&mut file)?,
            Encryption::On => self.tls().enable(&self.settings(&file, format)?).apply(&mut file)?,
        };
        if self.release.is_4_or_later() {
            let optional = match optional {
                Optional::True => OptionalTls::Accepted,
                Optional::False | Optional::Unset => OptionalTls::Required,
            };
            self.tls().set_optional(optional).apply(&mut file)?;
        }
        self.write(&file)
    }

    /// Sets `require_client_auth`.
    pub(super) fn stage_client_auth(&self, client_auth: Auth) -> anyhow::Result<()> {
        let client_auth = match client_auth {
            Auth::On => RequireClientAuth::Required,
            Auth::Off => RequireClientAuth::NotRequired,
        };
        self.edit(|tls| tls.set_client_auth(client_auth))
    }

    /// The settings for `cassandra.yaml`, as Edge's template would carry them over.
    pub(super) fn encryption(&self) -> anyhow::Result<Vec<Setting>> {
        let file = self.properties()?;
        let mut settings = Vec::new();
        for name in Name::ALL {
            if let Some(value) = file.get(&self.family().key(*name))? {
                settings.push((name.name().to_owned(), value.into_owned()));
            }
        }
        Ok(settings)
    }

    /// What the settings and files on disk would make a process dial and take in.
    pub(super) fn mode(&self) -> anyhow::Result<InternodeMode> {
        let file = self.properties()?;
        let value = |name: Name| file.get(&self.family().key(name));
        let encryption = match value(Name::InternodeEncryption)?.as_deref() {
            None | Some("none") => Encryption::None,
            Some(_) => Encryption::On,
        };
        let optional = match value(Name::Optional)?.as_deref() {
            Some("true") => Optional::True,
            None if self.release.is_4_or_later() => Optional::Unset,
            // Before 4.0 there is no such setting, and nothing is optional.
            Some(_) | None => Optional::False,
        };
        let named = self.store(&file, StoreKind::Identity)?;
        let keystore = match named.filter(|store| Path::new(store.path()).is_file()) {
            Some(_) => Keystore::Present,
            None => Keystore::Absent,
        };
        InternodeMode::of_settings(encryption, optional, keystore).context("TLS is on and there is no keystore")
    }

    /// The stores on disk, if the settings name both.
    pub(super) fn stores(&self) -> anyhow::Result<Option<Stores>> {
        let file = self.properties()?;
        let (keystore, truststore) = (self.store(&file, StoreKind::Identity)?, self.store(&file, StoreKind::Trust)?);
        let (Some(keystore), Some(truststore)) = (keystore, truststore) else { return Ok(None) };
        let (key_bytes, trust_bytes) = (read(&keystore)?, read(&truststore)?);
        let stores = Stores::open(
            Locked { bytes: &key_bytes, password: &Password::new(keystore.secret_password()) },
            Locked { bytes: &trust_bytes, password: &Password::new(truststore.secret_password()) },
        )?;
        Ok(Some(stores))
    }

    fn settings(&self, file: &Properties, format: Format) -> anyhow::Result<TlsSettings> {
        let store = |kind| self.store(file, kind)?.context("TLS is to be on, and a store is not named");
        let settings = TlsSettings::new(store(StoreKind::Identity)?, store(StoreKind::Trust)?)
            .internode_encryption(InternodeEncryption::All)
            .store_type(format.store_type());
        Ok(settings)
    }

    /// Where the next store goes: in place under the same password, or under a name and a password of its own. The
    /// file that a running process names stays where it is then.
    fn place(&self, kind: StoreKind, placement: Placement, format: Format) -> anyhow::Result<Store> {
        let now = self.store(&self.properties()?, kind)?;
        if let Some(now) = now.filter(|_| placement == Placement::InPlace) {
            return Ok(now);
        }
        let path = (1..1000)
            .map(|number| self.folder.join(format!("tls/{}.{number}.{}", kind.file_name(), format.extension())))
            .find(|path| !path.exists())
            .context("every name is taken")?;
        Ok(Store::new(&path.to_string_lossy(), &random_password(&mut rand::rng()))?)
    }

    /// The store that the settings name.
    fn store(&self, file: &Properties, kind: StoreKind) -> anyhow::Result<Option<Store>> {
        let (path, password) = match kind {
            StoreKind::Identity => (Name::Keystore, Name::KeystorePassword),
            StoreKind::Trust => (Name::Truststore, Name::TruststorePassword),
        };
        let value = |name: Name| file.get(&self.family().key(name));
        match (value(path)?, value(password)?) {
            (Some(path), Some(password)) => Ok(Some(Store::new(&path, &password)?)),
            _ => Ok(None),
        }
    }

    fn edit(&self, operation: impl FnOnce(InternodeTls) -> cassandra_props::Operation) -> anyhow::Result<()> {
        let mut file = self.properties()?;
        if operation(self.tls()).apply(&mut file)?.is_empty() {
            return Ok(());
        }
        self.write(&file)
    }

    fn tls(&self) -> InternodeTls {
        InternodeTls::new(self.family())
    }

    fn family(&self) -> Family {
        if self.release == Release::V2_1 { Family::Legacy } else { Family::ServerEncryption }
    }

    fn properties(&self) -> anyhow::Result<Properties> {
        let path = self.properties_path();
        let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
        Ok(Properties::parse(&bytes)?)
    }

    fn write(&self, file: &Properties) -> anyhow::Result<()> {
        Ok(files::install(&self.properties_path(), file.as_bytes(), Access::Owner)?)
    }

    fn properties_path(&self) -> PathBuf {
        self.folder.join("tls/cassandra.properties")
    }
}

fn read(store: &Store) -> anyhow::Result<Vec<u8>> {
    fs::read(store.path()).with_context(|| store.path().to_owned())
}

#[derive(Clone, Copy)]
enum StoreKind {
    Identity,
    Trust,
}

impl StoreKind {
    fn file_name(self) -> &'static str {
        match self {
            Self::Identity => "keystore",
            Self::Trust => "truststore",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn host(folder: &Path, release: Release) -> (Host, Vault, Identity) {
        let host = Host::new(folder.to_owned(), release);
        host.prepare().unwrap();
        let mut vault = Vault::new(Format::Jks);
        let identity = vault.generate("node1", Ipv4Addr::LOCALHOST.into()).unwrap();
        let trust: Trust = [identity.anchor()].into_iter().collect();
        host.stage_trust(&trust, Placement::InPlace, &vault).unwrap();
        host.stage_identity(&identity, Placement::InPlace, &vault).unwrap();
        (host, vault, identity)
    }

    fn keystore(host: &Host) -> (String, String) {
        let store = host.store(&host.properties().unwrap(), StoreKind::Identity).unwrap().unwrap();
        (store.path().to_owned(), store.secret_password().to_owned())
    }

    #[test]
    fn in_place_keeps_path_and_password_and_a_new_path_keeps_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let (host, vault, identity) = host(folder.path(), Release::V5_0);
        let first = keystore(&host);
        host.stage_identity(&identity, Placement::InPlace, &vault).unwrap();
        assert_eq!(keystore(&host), first);
        host.stage_identity(&identity, Placement::NewPath, &vault).unwrap();
        let second = keystore(&host);
        assert!(second.0 != first.0 && second.1 != first.1);
        assert!(Path::new(&first.0).is_file());
        let stores = host.stores().unwrap().unwrap();
        assert_eq!(vault.label_of(&stores.chain[0]), Some(identity));
        assert_eq!(stores.trusted, stores.chain);
    }

    #[test]
    fn each_mode_is_read_as_it_was_staged_and_nothing_else_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (host, ..) = host(folder.path(), Release::V4_0);
        for mode in [
            InternodeMode::TlsOnly,
            InternodeMode::TlsAcceptingPlain,
            InternodeMode::PlainAcceptingTls,
            InternodeMode::Plain,
        ] {
            host.stage_mode(mode, Format::Jks).unwrap();
            assert_eq!(host.mode().unwrap(), mode);
            assert!(host.properties().unwrap().as_bytes().starts_with(FOREIGN.as_bytes()));
        }
    }

    #[test]
    fn a_new_password_in_place_can_be_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let (host, vault, identity) = host(folder.path(), Release::V3_11);
        let kept = host.keep_truststore().unwrap();
        host.change_truststore_password(&[identity.anchor()].into_iter().collect(), &vault).unwrap();
        assert_ne!(fs::read(&kept.path).unwrap(), kept.truststore);
        host.put_back(&kept).unwrap();
        assert_eq!(fs::read(&kept.path).unwrap(), kept.truststore);
        assert!(host.stores().unwrap().is_some());
    }
}
