//! The internode TLS settings in `cassandra.properties`.

use anyhow::{Context as _, ensure};
use cassandra_props::{Family, InternodeEncryption, InternodeTls, OptionalTls, Properties, RequireClientAuth, Store};

/// A node's internode TLS settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The outgoing connections that the node encrypts: none or all.
    pub internode: InternodeEncryption,
    /// The value of `optional`: whether the node accepts both plaintext and TLS.
    pub optional: OptionalTls,
    /// Whether the node requires client certificates.
    pub client_auth: RequireClientAuth,
    /// The keystore, if its path and password are set.
    pub keystore: Option<Store>,
    /// The truststore, if its path and password are set.
    pub truststore: Option<Store>,
}

impl Settings {
    /// Reads the settings under the names of `family`.
    ///
    /// # Errors
    /// If a value is invalid, or if only some connections are encrypted, which the lab does not imitate.
    pub fn read(file: &Properties, family: Family) -> anyhow::Result<Self> {
        let tls = InternodeTls::new(family).read(file);
        let internode = tls.internode_encryption()?;
        let known = matches!(internode, InternodeEncryption::None | InternodeEncryption::All);
        ensure!(known, "internode_encryption is {}: the lab supports only none and all", internode.as_str());
        Ok(Self {
            internode,
            optional: tls.optional()?,
            client_auth: tls.client_auth()?,
            keystore: tls.keystore()?,
            truststore: tls.truststore()?,
        })
    }

    /// The keystore and the truststore.
    ///
    /// # Errors
    /// If the path or the password of a store is not set.
    pub fn stores(&self) -> anyhow::Result<(&Store, &Store)> {
        let keystore = self.keystore.as_ref().context("the settings name no keystore")?;
        Ok((keystore, self.truststore.as_ref().context("the settings name no truststore")?))
    }
}
