//! Plaintext and TLS between nodes: what a node connects with, and what it accepts.

use std::fmt;

/// What a node speaks to its peers. A node always accepts what it dials itself, so there are four modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum InternodeMode {
    /// Dials plaintext, accepts plaintext only: `internode_encryption: none`, and no keystore or `optional: false`.
    PlaintextOnly,
    /// Dials plaintext, accepts both: `internode_encryption: none`, `optional: true`, a keystore. Cassandra 4.0+.
    PlaintextAcceptingTls,
    /// Dials TLS, accepts both: `internode_encryption: all`, `optional: true`. Cassandra 4.0+.
    TlsAcceptingPlaintext,
    /// Dials TLS, accepts TLS only: `internode_encryption: all`, `optional: false` or unset.
    TlsOnly,
}

/// The setting `internode_encryption`, reduced to what matters between two nodes that are subject to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// `none`.
    Off,
    /// `all`, `dc` or `rack`, towards the peers that the [`Scope`](crate::Scope) covers.
    On,
}

/// The setting `optional` of Cassandra 4.0+.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionalSetting {
    /// Absent: with `none`, as if `true` where a keystore is present; with TLS on, as if `false`.
    Unset,
    /// `optional: true`.
    True,
    /// `optional: false`.
    False,
}

/// Whether the keystore file that the settings name existed when the process started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeystoreFile {
    /// It existed.
    Present,
    /// It did not.
    Absent,
}

impl InternodeMode {
    /// The mode that Cassandra 4.0+ derives from the settings (`EncryptionOptions`; on 5.0.6, with TLS on and
    /// `optional` unset, the log says `optionally encrypted`, yet plaintext is refused). `None` if TLS is on without a
    /// keystore: such a node does not start.
    pub fn from_settings(encryption: Encryption, optional: OptionalSetting, keystore: KeystoreFile) -> Option<Self> {
        match (encryption, keystore, optional) {
            (Encryption::Off, KeystoreFile::Absent, _)
            | (Encryption::Off, KeystoreFile::Present, OptionalSetting::False) => Some(Self::PlaintextOnly),
            (Encryption::Off, KeystoreFile::Present, _) => Some(Self::PlaintextAcceptingTls),
            (Encryption::On, KeystoreFile::Absent, _) => None,
            (Encryption::On, KeystoreFile::Present, OptionalSetting::True) => Some(Self::TlsAcceptingPlaintext),
            (Encryption::On, KeystoreFile::Present, _) => Some(Self::TlsOnly),
        }
    }

    /// The settings to write for this mode, unambiguous in every release that has `optional`.
    pub fn settings(self) -> (Encryption, OptionalSetting) {
        match self {
            Self::PlaintextOnly => (Encryption::Off, OptionalSetting::False),
            Self::PlaintextAcceptingTls => (Encryption::Off, OptionalSetting::True),
            Self::TlsAcceptingPlaintext => (Encryption::On, OptionalSetting::True),
            Self::TlsOnly => (Encryption::On, OptionalSetting::False),
        }
    }

    /// What the node dials: the transport of its outbound connections.
    pub fn dials(self) -> Transport {
        match self {
            Self::PlaintextOnly | Self::PlaintextAcceptingTls => Transport::Plaintext,
            Self::TlsAcceptingPlaintext | Self::TlsOnly => Transport::Tls,
        }
    }

    /// Whether the node accepts inbound connections over `transport`.
    pub fn accepts(self, transport: Transport) -> bool {
        match self {
            Self::PlaintextOnly => transport == Transport::Plaintext,
            Self::PlaintextAcceptingTls | Self::TlsAcceptingPlaintext => true,
            Self::TlsOnly => transport == Transport::Tls,
        }
    }
}

impl fmt::Display for InternodeMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PlaintextOnly => "plaintext only",
            Self::PlaintextAcceptingTls => "plaintext, TLS accepted",
            Self::TlsAcceptingPlaintext => "TLS, plaintext accepted",
            Self::TlsOnly => "TLS only",
        })
    }
}

/// How two nodes are connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Transport {
    /// Unencrypted.
    Plaintext,
    /// TLS.
    Tls,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plaintext => "plaintext",
            Self::Tls => "TLS",
        })
    }
}
