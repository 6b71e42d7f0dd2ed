//! The TLS files on one node's disk: `cassandra.properties`, the keystore and the truststore.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;
use bridge::settings::KeystoreFile;
use bridge::{Format, Identities, Locked, Stores, random_password, settings};
use cassandra_props::{
    Family, InternodeEncryption, InternodeTls, OptionalTls, Properties, Setting, Store, TlsSettings,
};
use keystore_core::Password;
use rotation_planner::{ClientAuth, Identity, InternodeMode, OptionalSupport, Placement, Trust};

use super::configuration::YamlSetting;
use super::distribution::Distribution;
use crate::files;

/// Lines of a `cassandra.properties` that are not about TLS. None of them may change.
const FOREIGN: &str = "# Site settings\nconf_cassandra_num_tokens=4\n\
    conf_jvm_options_g1_gc_setting_lines=-XX:+UseG1GC\\n-XX:G1RSetUpdatingPauseTimePercent=5\n";

#[derive(Clone, Debug)]
pub(super) struct Host {
    folder: PathBuf,
    distribution: Distribution,
}

pub(super) struct Kept {
    path: PathBuf,
    truststore: Vec<u8>,
    properties: Vec<u8>,
}

impl Host {
    pub(super) fn new(folder: PathBuf, distribution: Distribution) -> Self {
        Self { folder, distribution }
    }

    /// Writes the settings of a new host, which has no stores and no TLS.
    pub(super) fn prepare(&self, client_auth: ClientAuth) -> anyhow::Result<()> {
        let mut file = Properties::parse(FOREIGN.as_bytes())?;
        if self.distribution.has_one_port() {
            self.tls().set_optional(OptionalTls::Required).apply(&mut file)?;
        }
        self.tls().set_client_auth(settings::require_client_auth(client_auth)).apply(&mut file)?;
        self.write(&file)
    }

    pub(super) fn stage_trust(
        &self,
        trust: &Trust,
        placement: Placement,
        identities: &Identities,
    ) -> anyhow::Result<()> {
        let store = self.place(StoreKind::Trust, placement, identities.format())?;
        let bytes = identities.truststore(
            trust,
            &Password::new(store.secret_password()),
            SystemTime::now(),
            &mut rand::rng(),
        )?;
        files::install(Path::new(store.path()), &bytes)?;
        self.edit(|tls| tls.switch_truststore(&store))
    }

    pub(super) fn stage_identity(
        &self,
        identity: &Identity,
        placement: Placement,
        identities: &Identities,
    ) -> anyhow::Result<()> {
        let store = self.place(StoreKind::Identity, placement, identities.format())?;
        let bytes = identities.keystore(
            identity,
            &Password::new(store.secret_password()),
            SystemTime::now(),
            &mut rand::rng(),
        )?;
        files::install(Path::new(store.path()), &bytes)?;
        self.edit(|tls| tls.switch_keystore(&store))
    }

    /// Replaces the truststore in place under a new password.
    ///
    /// The planner refuses such a change.
    pub(super) fn change_truststore_password(&self, trust: &Trust, identities: &Identities) -> anyhow::Result<()> {
        let file = self.properties()?;
        let now = self.store(&file, StoreKind::Trust)?.context("the settings name no truststore")?;
        let next = Store::new(now.path(), &random_password(&mut rand::rng()))?;
        let bytes = identities.truststore(
            trust,
            &Password::new(next.secret_password()),
            SystemTime::now(),
            &mut rand::rng(),
        )?;
        files::install(Path::new(next.path()), &bytes)?;
        self.edit(|tls| tls.switch_truststore(&next))
    }

    pub(super) fn keep_truststore(&self) -> anyhow::Result<Kept> {
        let file = self.properties()?;
        let store = self.store(&file, StoreKind::Trust)?.context("the settings name no truststore")?;
        let path = PathBuf::from(store.path());
        Ok(Kept { truststore: fs::read(&path)?, path, properties: file.as_bytes().to_vec() })
    }

    pub(super) fn put_back(&self, kept: &Kept) -> anyhow::Result<()> {
        files::install(&kept.path, &kept.truststore)?;
        Ok(files::install(&self.properties_path(), &kept.properties)?)
    }

    pub(super) fn stage_mode(&self, mode: InternodeMode, format: Format) -> anyhow::Result<()> {
        let mut file = self.properties()?;
        let completed =
            |tls: TlsSettings| tls.internode_encryption(InternodeEncryption::All).store_type(format.store_type());
        settings::set_mode(&mut file, self.tls(), mode, self.optional(), completed)?;
        self.write(&file)
    }

    pub(super) fn stage_client_auth(&self, client_auth: ClientAuth) -> anyhow::Result<()> {
        self.edit(|tls| tls.set_client_auth(settings::require_client_auth(client_auth)))
    }

    /// The settings for `cassandra.yaml`, as Edge's template would copy them.
    pub(super) fn encryption(&self) -> anyhow::Result<Vec<YamlSetting>> {
        let file = self.properties()?;
        let mut settings = Vec::new();
        for name in Setting::ALL {
            if let Some(value) = file.get(&self.family().key(*name))? {
                settings.push((name.name().to_owned(), value.into_owned()));
            }
        }
        Ok(settings)
    }

    pub(super) fn mode(&self) -> anyhow::Result<InternodeMode> {
        let file = self.properties()?;
        let named = self.store(&file, StoreKind::Identity)?;
        let keystore = match named.filter(|store| Path::new(store.path()).is_file()) {
            Some(_) => KeystoreFile::Present,
            None => KeystoreFile::Absent,
        };
        Ok(settings::mode(&file, self.tls(), keystore, self.optional())?)
    }

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

    fn optional(&self) -> OptionalSupport {
        settings::optional(self.distribution.release())
    }

    /// The path and password of the next store: the current ones, or new ones.
    ///
    /// With a new path, the file that a running process uses is not replaced.
    fn place(&self, kind: StoreKind, placement: Placement, format: Format) -> anyhow::Result<Store> {
        let now = self.store(&self.properties()?, kind)?;
        if let Some(now) = now.filter(|_| placement == Placement::InPlace) {
            return Ok(now);
        }
        let path = (1..1000)
            .map(|number| self.folder.join(format!("tls/{}.{number}.{}", kind.file_name(), format.extension())))
            .find(|path| !path.exists())
            .context("no file name is free for the new store")?;
        Ok(Store::new(&path.to_string_lossy(), &random_password(&mut rand::rng()))?)
    }

    fn store(&self, file: &Properties, kind: StoreKind) -> anyhow::Result<Option<Store>> {
        let view = self.tls().read(file);
        Ok(match kind {
            StoreKind::Identity => view.keystore()?,
            StoreKind::Trust => view.truststore()?,
        })
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
        Family::of_release(self.distribution.release())
    }

    fn properties(&self) -> anyhow::Result<Properties> {
        let path = self.properties_path();
        let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
        Ok(Properties::parse(&bytes)?)
    }

    fn write(&self, file: &Properties) -> anyhow::Result<()> {
        Ok(files::install(&self.properties_path(), file.as_bytes())?)
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

    fn host(folder: &Path, release: Distribution) -> (Host, Identities, Identity) {
        let host = Host::new(folder.to_owned(), release);
        host.prepare(ClientAuth::On).unwrap();
        with_stores(host)
    }

    fn with_stores(host: Host) -> (Host, Identities, Identity) {
        let mut identities = Identities::new(Format::Jks);
        let identity =
            identities.generate("node1", Ipv4Addr::LOCALHOST.into(), SystemTime::now(), &mut rand::rng()).unwrap();
        let trust: Trust = [identity.anchor()].into_iter().collect();
        host.stage_trust(&trust, Placement::InPlace, &identities).unwrap();
        host.stage_identity(&identity, Placement::InPlace, &identities).unwrap();
        (host, identities, identity)
    }

    fn keystore(host: &Host) -> (String, String) {
        let store = host.store(&host.properties().unwrap(), StoreKind::Identity).unwrap().unwrap();
        (store.path().to_owned(), store.secret_password().to_owned())
    }

    #[test]
    fn in_place_keeps_path_and_password_and_a_new_path_keeps_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let (host, identities, identity) = host(folder.path(), Distribution::V5_0);
        let first = keystore(&host);
        host.stage_identity(&identity, Placement::InPlace, &identities).unwrap();
        assert_eq!(keystore(&host), first);
        host.stage_identity(&identity, Placement::NewPath, &identities).unwrap();
        let second = keystore(&host);
        assert!(second.0 != first.0 && second.1 != first.1);
        assert!(Path::new(&first.0).is_file());
        let stores = host.stores().unwrap().unwrap();
        assert_eq!(identities.label_of(&stores.chain[0]), Some(identity));
        assert_eq!(stores.trusted, stores.chain);
    }

    #[test]
    fn each_mode_is_read_as_it_was_staged_and_nothing_else_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (host, ..) = host(folder.path(), Distribution::V4_0);
        for mode in [
            InternodeMode::TlsOnly,
            InternodeMode::TlsAcceptingPlaintext,
            InternodeMode::PlaintextAcceptingTls,
            InternodeMode::PlaintextOnly,
        ] {
            host.stage_mode(mode, Format::Jks).unwrap();
            assert_eq!(host.mode().unwrap(), mode);
            assert!(host.properties().unwrap().as_bytes().starts_with(FOREIGN.as_bytes()));
        }
    }

    #[test]
    fn a_host_without_tls_has_the_client_authentication_that_enabling_keeps() {
        for release in [Distribution::V2_1, Distribution::V3_11, Distribution::V4_0, Distribution::V5_0] {
            for client_auth in [ClientAuth::On, ClientAuth::Off] {
                let folder = tempfile::tempdir().unwrap();
                let new = Host::new(folder.path().to_owned(), release);
                new.prepare(client_auth).unwrap();
                assert_eq!(new.mode().unwrap(), InternodeMode::PlaintextOnly);
                let (enabled, ..) = with_stores(new.clone());
                enabled.stage_mode(InternodeMode::TlsOnly, Format::Jks).unwrap();
                assert_eq!(enabled.mode().unwrap(), InternodeMode::TlsOnly);
                let required = ("require_client_auth".to_owned(), "true".to_owned());
                let settings = enabled.encryption().unwrap();
                assert_eq!(settings.contains(&required), client_auth == ClientAuth::On, "{release:?}: {settings:?}");
            }
        }
    }

    #[test]
    fn a_new_password_in_place_can_be_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let (host, identities, identity) = host(folder.path(), Distribution::V3_11);
        let kept = host.keep_truststore().unwrap();
        host.change_truststore_password(&[identity.anchor()].into_iter().collect(), &identities).unwrap();
        assert_ne!(fs::read(&kept.path).unwrap(), kept.truststore);
        host.put_back(&kept).unwrap();
        assert_eq!(fs::read(&kept.path).unwrap(), kept.truststore);
        assert!(host.stores().unwrap().is_some());
    }
}
