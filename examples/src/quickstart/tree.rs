//! Carries out the steps of a plan on the files of a host.

use std::net::IpAddr;
use std::time::SystemTime;

use anyhow::{Context as _, bail, ensure};
use bridge::{Format, Identities, random_password, settings};
use cassandra_props::{InternodeEncryption, InternodeTls, Operation, Properties, Release, Store, TlsSettings};
use keystore_core::Password;
use rotation_planner::{Action, ClientAuth, Identity, InternodeMode, Placement, Staging, Trust};

use super::folder::{Access, Folder};
use crate::lab::{DATA, FAMILY, Host, PROPERTIES};

/// A `cassandra.properties` as operators may write it over the years.
///
/// No byte of these lines may change.
const FOREIGN: &str = "\
# Cassandra on this host. Ask before you change anything below.\r
conf_cassandra_num_tokens = 16\r
\r
! Written by an installer, 2019
conf_jvm_options_g1_gc_setting_lines=-XX:+UseG1GC\\n-XX:G1RSetUpdatingPauseTimePercent=5
conf_cassandra_seed_provider_parameters_seeds = 192.0.2.11,\\
    192.0.2.12
#conf_cassandra_cluster_name=old
conf_cassandra_cluster_name=Z\u{00fc}rich
";

#[derive(Debug)]
pub(super) struct Trees {
    folder: Folder,
    identities: Identities,
    release: Release,
    staging: Staging,
    client_auth: ClientAuth,
}

impl Trees {
    pub(super) fn new(
        folder: Folder,
        identities: Identities,
        release: Release,
        staging: Staging,
        client_auth: ClientAuth,
    ) -> Self {
        Self { folder, identities, release, staging, client_auth }
    }

    pub(super) fn identities(&self) -> &Identities {
        &self.identities
    }

    pub(super) fn host(&mut self, name: &str) -> anyhow::Result<Host> {
        let host = self.folder.host(name);
        self.folder.install(&host, PROPERTIES, &foreign(), Access::Editable)?;
        Ok(host)
    }

    pub(super) fn generate(&mut self, name: &str, address: IpAddr) -> anyhow::Result<Identity> {
        Ok(self.identities.generate(name, address, SystemTime::now(), &mut rand::rng())?)
    }

    pub(super) fn stage(&mut self, host: &Host, action: &Action) -> anyhow::Result<()> {
        match action {
            Action::StageTrust(trust) => self.stage_trust(host, trust),
            Action::StageIdentity(identity) => self.stage_identity(host, identity),
            Action::StageMode(mode) => self.stage_mode(host, *mode),
            Action::StageClientAuth(auth) => {
                self.edit(host, |tls| tls.set_client_auth(settings::require_client_auth(*auth)))
            }
            Action::Activate(_) | Action::Stop | Action::Start => Ok(()),
            other => bail!("this program cannot carry out the action `{other}`"),
        }
    }

    fn stage_trust(&mut self, host: &Host, trust: &Trust) -> anyhow::Result<()> {
        let now = host.settings(FAMILY)?.truststore;
        let store = place(host, "truststore", now, self.staging.trust)?;
        let bytes = self.identities.truststore(
            trust,
            &Password::new(store.secret_password()),
            SystemTime::now(),
            &mut rand::rng(),
        )?;
        self.folder.install(host, store.path(), &bytes, Access::Owner)?;
        self.edit(host, |tls| tls.switch_truststore(&store))
    }

    fn stage_identity(&mut self, host: &Host, identity: &Identity) -> anyhow::Result<()> {
        let now = host.settings(FAMILY)?.keystore;
        let store = place(host, "keystore", now, self.staging.identity)?;
        let password = Password::new(store.secret_password());
        let bytes = self.identities.keystore(identity, &password, SystemTime::now(), &mut rand::rng())?;
        self.folder.install(host, store.path(), &bytes, Access::Owner)?;
        self.export(host, identity, &password)?;
        self.edit(host, |tls| tls.switch_keystore(&store))
    }

    /// Writes the files that Apigee's procedure exports from a keystore.
    fn export(&mut self, host: &Host, identity: &Identity, password: &Password) -> anyhow::Result<()> {
        let name = identity.id().as_str();
        let own = self.identities.identity(name)?;
        let p12 = own.keystore(Format::Pkcs12, password, SystemTime::now(), &mut rand::rng())?;
        let files = [
            (format!("{name}.cer"), own.certificate().to_vec(), Access::Everybody),
            (format!("{name}.cer.pem"), own.certificate_pem().into_bytes(), Access::Everybody),
            (format!("{name}.p12"), p12, Access::Owner),
        ];
        for (file, bytes, access) in files {
            self.folder.install(host, &format!("{DATA}/{file}"), &bytes, access)?;
        }
        let key = own.key_pem();
        self.folder.install(host, &format!("{DATA}/{name}.key.pem"), key.secret_text().as_bytes(), Access::Owner)
    }

    fn stage_mode(&mut self, host: &Host, mode: InternodeMode) -> anyhow::Result<()> {
        let optional = settings::optional(self.release);
        let client_auth = settings::require_client_auth(self.client_auth);
        let completed = |tls: TlsSettings| tls.internode_encryption(InternodeEncryption::All).client_auth(client_auth);
        let mut file = host.properties()?;
        settings::set_mode(&mut file, InternodeTls::new(FAMILY), mode, optional, completed)?;
        self.folder.install(host, PROPERTIES, file.as_bytes(), Access::Editable)
    }

    fn edit(&mut self, host: &Host, operation: impl FnOnce(InternodeTls) -> Operation) -> anyhow::Result<()> {
        let mut file: Properties = host.properties()?;
        let change = operation(InternodeTls::new(FAMILY)).apply(&mut file)?;
        if change.is_empty() {
            return Ok(());
        }
        self.folder.install(host, PROPERTIES, file.as_bytes(), Access::Editable)
    }
}

pub(super) fn check_foreign_content(host: &Host) -> anyhow::Result<()> {
    let kept = host.read(PROPERTIES)?.starts_with(&foreign());
    ensure!(kept, "{}: {PROPERTIES} has changed outside the TLS settings", host.name());
    Ok(())
}

/// The path and password of the next store.
///
/// With a new path, the file that a running process uses is not replaced.
fn place(host: &Host, kind: &str, now: Option<Store>, placement: Placement) -> anyhow::Result<Store> {
    if let Some(now) = now.filter(|_| placement == Placement::InPlace) {
        return Ok(now);
    }
    let first = format!("{DATA}/{kind}.{}", host.name());
    let path = std::iter::once(first.clone())
        .chain((2..1000).map(|number| format!("{first}-{number}")))
        .find(|path| !host.file(path).exists())
        .context("every name is taken")?;
    Ok(Store::new(&path, &random_password(&mut rand::rng()))?)
}

/// [`FOREIGN`] in ISO-8859-1, the encoding that `java.util.Properties` reads.
fn foreign() -> Vec<u8> {
    FOREIGN.chars().filter_map(|character| u8::try_from(u32::from(character)).ok()).collect()
}
