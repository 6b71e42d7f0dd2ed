//! The settings of `server_encryption_options`, and their values.

use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::release::Release;
use crate::section::Section;
use crate::wiped::Wiped;

macro_rules! settings {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// A setting of `server_encryption_options` in `cassandra.yaml`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Setting {
            $($(#[$doc])* $variant,)+
        }

        impl Setting {
            /// All settings, in the order of [`Section::definitions`].
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in `cassandra.yaml`, such as `keystore_password`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

settings! {
    /// The connections between nodes that are encrypted: see [`InternodeEncryption`].
    InternodeEncryption = "internode_encryption",
    /// Whether TLS is used. Between nodes, `internode_encryption` decides instead.
    Enabled = "enabled",
    /// Whether both plaintext and TLS are accepted: see [`OptionalTls`].
    Optional = "optional",
    /// The name of [`LegacySslStoragePortEnabled`](Self::LegacySslStoragePortEnabled) in 4.0.
    EnableLegacySslStoragePort = "enable_legacy_ssl_storage_port",
    /// Whether the node also listens for TLS on `ssl_storage_port`, which 3.x nodes dial.
    LegacySslStoragePortEnabled = "legacy_ssl_storage_port_enabled",
    /// The class that creates TLS contexts, with its parameters.
    SslContextFactory = "ssl_context_factory",
    /// The path of the keystore on the node.
    Keystore = "keystore",
    /// The password of the keystore, and of the key in it.
    KeystorePassword = "keystore_password",
    /// The path of the keystore for outbound connections. Defaults to `keystore`.
    OutboundKeystore = "outbound_keystore",
    /// The password of the outbound keystore.
    OutboundKeystorePassword = "outbound_keystore_password",
    /// The path of the truststore on the node.
    Truststore = "truststore",
    /// The password of the truststore.
    TruststorePassword = "truststore_password",
    /// Whether the server requires a certificate from the client: see [`RequireClientAuth`].
    RequireClientAuth = "require_client_auth",
    /// Whether the peer's certificate must name the peer's address.
    RequireEndpointVerification = "require_endpoint_verification",
    /// The TLS protocol, such as `TLSv1.2`.
    Protocol = "protocol",
    /// The accepted TLS protocols. A `protocol` other than `TLS` is accepted, too.
    AcceptedProtocols = "accepted_protocols",
    /// The stores' type, such as `JKS` or `BCFKS`.
    StoreType = "store_type",
    /// The enabled cipher suites.
    CipherSuites = "cipher_suites",
    /// The algorithm of Java's key and trust managers.
    Algorithm = "algorithm",
}

impl Setting {
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|setting| setting.name() == name)
    }

    /// Whether the value is a password.
    pub fn is_secret(self) -> bool {
        self.name().ends_with("password")
    }

    /// Whether this release has the setting in `server_encryption_options`.
    ///
    /// If not, Cassandra refuses a `cassandra.yaml` with the setting in that section, and does not start.
    pub fn is_known_to(self, release: Release) -> bool {
        Section::Server.definition(self.name()).is_some_and(|definition| definition.is_known_to(release))
    }
}

/// The connections between nodes that are encrypted (`internode_encryption`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InternodeEncryption {
    /// No connections.
    None,
    /// Connections between nodes in different racks or data centres.
    Rack,
    /// Connections between nodes in different data centres.
    Dc,
    /// All connections.
    All,
}

impl InternodeEncryption {
    /// The word in `cassandra.yaml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Rack => "rack",
            Self::Dc => "dc",
            Self::All => "all",
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        [Self::None, Self::Rack, Self::Dc, Self::All].into_iter().find(|known| known.as_str() == word)
    }
}

/// Whether the server requires and verifies the client's certificate (`require_client_auth`).
///
/// The client verifies the server's certificate in both cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequireClientAuth {
    /// `true`: mutual TLS.
    Required,
    /// `false`, which is also Cassandra's default.
    NotRequired,
}

/// Whether a node accepts both plaintext and TLS (`optional`, Cassandra 4.0 and later).
///
/// If `internode_encryption` is `dc` or `rack`, a node always accepts plaintext from its own data centre or rack. Source:
/// `EncryptionOptions` and `InboundConnectionInitiator` of 4.0.19, 4.1.10 and 5.0.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OptionalTls {
    /// Not set: like `false`, except with `internode_encryption: none`.
    ///
    /// With `none`, a node also accepts TLS if its keystore exists and `enabled` is not `true`.
    Unset,
    /// `true`: both are accepted.
    Accepted,
    /// `false`: only TLS is accepted, or only plaintext with `internode_encryption: none`.
    Required,
}

/// A keystore or truststore as the settings name it: a path on the node and a password.
///
/// The password is wiped from memory when the value is dropped; `Debug` does not show it.
#[derive(Clone)]
pub struct Store {
    pub(crate) path: String,
    pub(crate) password: Wiped<String>,
}

impl Store {
    /// A store with this path and this password.
    ///
    /// The path should be absolute: Cassandra resolves a relative path against a directory that depends on how Cassandra
    /// is started.
    ///
    /// # Errors
    /// [`EmptyValue`](ErrorKind::EmptyValue) if the path or the password is empty.
    pub fn new(path: &str, password: &str) -> Result<Self, Error> {
        let given = |setting, text: &str| match text {
            "" => Err(Error::new(ErrorKind::EmptyValue { setting })),
            text => Ok(text.to_owned()),
        };
        let (path, password) = (given("the store's path", path)?, given("the store's password", password)?);
        Ok(Self { path, password: Wiped::new(password) })
    }

    /// The path on the node.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The password.
    pub fn secret_password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The settings that [`enable`](crate::InternodeTls::enable) writes.
#[derive(Clone, Debug)]
pub struct TlsSettings {
    pub(crate) internode_encryption: InternodeEncryption,
    pub(crate) keystore: Store,
    pub(crate) truststore: Store,
    pub(crate) client_auth: Option<RequireClientAuth>,
    pub(crate) optional: Option<OptionalTls>,
    pub(crate) protocol: Option<String>,
    pub(crate) store_type: Option<String>,
}

impl TlsSettings {
    /// Settings that encrypt all connections between nodes, with these stores.
    pub fn new(keystore: Store, truststore: Store) -> Self {
        Self {
            internode_encryption: InternodeEncryption::All,
            keystore,
            truststore,
            client_auth: None,
            optional: None,
            protocol: None,
            store_type: None,
        }
    }

    /// Sets `internode_encryption`. Without this call, it is `all`.
    #[must_use]
    pub fn internode_encryption(mut self, which: InternodeEncryption) -> Self {
        self.internode_encryption = which;
        self
    }

    /// Sets `require_client_auth`. Without this call, the setting is left unchanged.
    #[must_use]
    pub fn client_auth(mut self, client_auth: RequireClientAuth) -> Self {
        self.client_auth = Some(client_auth);
        self
    }

    /// Sets `optional`, or removes it for [`Unset`](OptionalTls::Unset).
    ///
    /// Without this call, the setting is left unchanged.
    #[must_use]
    pub fn optional(mut self, optional: OptionalTls) -> Self {
        self.optional = Some(optional);
        self
    }

    /// Sets `protocol`, such as `TLSv1.2` on FIPS systems.
    ///
    /// Without this call, the setting is left unchanged.
    #[must_use]
    pub fn protocol(mut self, protocol: &str) -> Self {
        self.protocol = Some(protocol.to_owned());
        self
    }

    /// Sets `store_type`, such as `BCFKS` on FIPS systems.
    ///
    /// Without this call, the setting is left unchanged.
    #[must_use]
    pub fn store_type(mut self, store_type: &str) -> Self {
        self.store_type = Some(store_type.to_owned());
        self
    }
}
