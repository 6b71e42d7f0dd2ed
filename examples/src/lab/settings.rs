//! What `cassandra.properties` says of internode TLS.

use anyhow::{Context as _, bail};
use cassandra_props::{ClientAuth, Family, Properties, Setting, Store};

/// Whether a node encrypts what it dials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Internode {
    /// `internode_encryption` is `none` or not there.
    None,
    /// `all`.
    All,
}

/// A node's internode TLS settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether the node encrypts what it dials.
    pub internode: Internode,
    /// `optional`, where it is set.
    pub optional: Option<bool>,
    /// Whether the node demands a certificate of whoever dials it.
    pub client_auth: ClientAuth,
    /// The keystore, where one is named.
    pub keystore: Option<Store>,
    /// The truststore, where one is named.
    pub truststore: Option<Store>,
}

impl Settings {
    /// Reads the settings as Cassandra gets them from Edge's template.
    ///
    /// # Errors
    /// If a value means nothing to Cassandra.
    pub fn read(file: &Properties, family: Family) -> anyhow::Result<Self> {
        let value = |setting: Setting| file.get(&family.key(setting));
        let switch = |setting: Setting| truth(setting, value(setting)?.as_deref());
        let store = |path: Setting, password: Setting| match (value(path)?, value(password)?) {
            (Some(path), Some(password)) => Store::new(&path, &password).map(Some),
            _ => Ok(None),
        };
        Ok(Self {
            internode: internode(value(Setting::InternodeEncryption)?.as_deref())?,
            optional: switch(Setting::Optional)?,
            client_auth: match switch(Setting::RequireClientAuth)? {
                Some(true) => ClientAuth::Required,
                Some(false) | None => ClientAuth::NotRequired,
            },
            keystore: store(Setting::Keystore, Setting::KeystorePassword)?,
            truststore: store(Setting::Truststore, Setting::TruststorePassword)?,
        })
    }

    /// Both stores.
    ///
    /// # Errors
    /// If one is not named.
    pub fn stores(&self) -> anyhow::Result<(&Store, &Store)> {
        let keystore = self.keystore.as_ref().context("the settings name no keystore")?;
        Ok((keystore, self.truststore.as_ref().context("the settings name no truststore")?))
    }
}

fn internode(value: Option<&str>) -> anyhow::Result<Internode> {
    match value {
        None | Some("none") => Ok(Internode::None),
        Some("all") => Ok(Internode::All),
        Some(other) => bail!("internode_encryption is {other}: this lab knows none and all"),
    }
}

fn truth(setting: Setting, value: Option<&str>) -> anyhow::Result<Option<bool>> {
    match value {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(other) => bail!("{} is {other}, neither true nor false", setting.name()),
    }
}
