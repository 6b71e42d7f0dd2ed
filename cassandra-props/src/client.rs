//! What a node accepts from clients.

use crate::error::Error;
use crate::facts::Facts;
use crate::release::Release;
use crate::section::Section;
use crate::setting::Setting;
use crate::view::{DEFAULT_FACTORY, DISABLED_FACTORY, PEM_FACTORY, Source};
use crate::yaml::CassandraYaml;

/// The connections that a node accepts from clients, by its `client_encryption_options`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientEncryption {
    /// Only plaintext.
    Off,
    /// TLS and plaintext if the keystore exists when the node starts, otherwise only plaintext.
    OptionalWithKeystore,
    /// TLS and plaintext.
    Optional,
    /// Only TLS.
    Required,
}

impl CassandraYaml {
    /// The connections that a node of this release accepts from clients.
    ///
    /// From 4.0 on, `enabled: false` alone does not turn TLS off: if `optional` is true, or if it is not set and the
    /// keystore exists, the node accepts TLS. If `native_transport_port_ssl` names a port of its own, the answer is about
    /// that port, and the other port accepts plaintext only.
    ///
    /// ```
    /// use cassandra_props::{CassandraYaml, ClientEncryption, Release};
    ///
    /// let file = CassandraYaml::parse(b"client_encryption_options:\n  enabled: false\n  keystore: /k\n")?;
    /// assert_eq!(file.client_encryption(Release::V3_11)?, ClientEncryption::Off);
    /// assert_eq!(file.client_encryption(Release::V4_0)?, ClientEncryption::OptionalWithKeystore);
    /// # Ok::<(), cassandra_props::Error>(())
    /// ```
    ///
    /// Source: `EncryptionOptions.tlsEncryptionPolicy` of 4.0 and later, and `NativeTransportService` of 3.11.
    ///
    /// # Errors
    /// [`UnknownValue`](crate::ErrorKind::UnknownValue) if this release refuses the value of `enabled` or `optional`. The
    /// error has a line and a column.
    pub fn client_encryption(&self, release: Release) -> Result<ClientEncryption, Error> {
        for setting in [Setting::Enabled, Setting::Optional] {
            self.check(Section::Client, setting.name(), release)?;
        }
        Ok(client_encryption(Facts(Source::Yaml(self)), release))
    }
}

/// Unreadable values count as absent.
pub(crate) fn client_encryption(facts: Facts<'_>, release: Release) -> ClientEncryption {
    let truth = |setting: Setting| facts.truth(Section::Client, setting.name());
    let (is_enabled, optional) = (truth(Setting::Enabled) == Some(true), truth(Setting::Optional));
    let has_optional = release.is_at_least(Release::V4_0);
    match (is_enabled, optional) {
        (false, _) if !has_optional => ClientEncryption::Off,
        (_, Some(true)) => ClientEncryption::Optional,
        (true, _) => ClientEncryption::Required,
        (false, Some(false)) => ClientEncryption::Off,
        (false, None) => with_keystore(facts),
    }
}

/// The connections if TLS depends on `ISslContextFactory.hasKeystore`.
fn with_keystore(facts: Facts<'_>) -> ClientEncryption {
    let factory = facts.factory(Section::Client);
    let factory = factory.as_deref().unwrap_or(DEFAULT_FACTORY);
    let inline = || facts.parameter(Section::Client, Setting::SslContextFactory.name(), "private_key");
    let has_inline_key = || inline().is_some_and(|key| !key.is_empty());
    match factory {
        DEFAULT_FACTORY => ClientEncryption::OptionalWithKeystore,
        PEM_FACTORY if !has_inline_key() => ClientEncryption::OptionalWithKeystore,
        DISABLED_FACTORY => ClientEncryption::Off,
        // The method returns true unless a class overrides it.
        _ => ClientEncryption::Optional,
    }
}
