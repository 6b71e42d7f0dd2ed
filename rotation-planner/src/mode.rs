//! Plaintext and TLS between nodes: what a node dials, and what it takes in.

use std::fmt;

/// What a node speaks to its peers. A node always takes in what it dials itself, so there are four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum InternodeMode {
    /// Dials plaintext, takes in plaintext only: `internode_encryption: none`, and no keystore or `optional: false`.
    Plain,
    /// Dials plaintext, takes in both: `internode_encryption: none`, `optional: true`, a keystore. Cassandra 4.0+.
    PlainAcceptingTls,
    /// Dials TLS, takes in both: `internode_encryption: all`, `optional: true`. Cassandra 4.0+.
    TlsAcceptingPlain,
    /// Dials TLS, takes in TLS only: `internode_encryption: all`, `optional: false` or unset.
    TlsOnly,
}

/// The setting `internode_encryption`, reduced to what counts between two nodes that are subject to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InternodeEncryption {
    /// `none`.
    None,
    /// `all`, `dc` or `rack`, towards the peers that the [`Scope`](crate::Scope) covers.
    On,
}

/// The setting `optional` of Cassandra 4.0+.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Optional {
    /// Not in the file: with `none`, as if `true` where a keystore is present; with TLS on, as if `false`.
    Unset,
    /// `optional: true`.
    True,
    /// `optional: false`.
    False,
}

/// Whether the keystore that the settings name was there when the process started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keystore {
    /// The file was there.
    Present,
    /// It was not.
    Absent,
}

impl InternodeMode {
    /// What Cassandra 4.0+ makes of the settings (`EncryptionOptions`, seen on 5.0.6: with TLS on and `optional`
    /// unset the log says `optionally encrypted`, yet plaintext is refused). `None` if TLS is on without a keystore:
    /// such a node does not start.
    pub fn of_settings(encryption: InternodeEncryption, optional: Optional, keystore: Keystore) -> Option<Self> {
        match (encryption, keystore, optional) {
            (InternodeEncryption::None, Keystore::Absent, _)
            | (InternodeEncryption::None, Keystore::Present, Optional::False) => Some(Self::Plain),
            (InternodeEncryption::None, Keystore::Present, _) => Some(Self::PlainAcceptingTls),
            (InternodeEncryption::On, Keystore::Absent, _) => None,
            (InternodeEncryption::On, Keystore::Present, Optional::True) => Some(Self::TlsAcceptingPlain),
            (InternodeEncryption::On, Keystore::Present, _) => Some(Self::TlsOnly),
        }
    }

    /// The settings to write for this mode, unambiguous in every version that knows `optional`.
    pub fn settings(self) -> (InternodeEncryption, Optional) {
        match self {
            Self::Plain => (InternodeEncryption::None, Optional::False),
            Self::PlainAcceptingTls => (InternodeEncryption::None, Optional::True),
            Self::TlsAcceptingPlain => (InternodeEncryption::On, Optional::True),
            Self::TlsOnly => (InternodeEncryption::On, Optional::False),
        }
    }

    /// What the node dials.
    pub fn dials(self) -> Wire {
        match self {
            Self::Plain | Self::PlainAcceptingTls => Wire::Plain,
            Self::TlsAcceptingPlain | Self::TlsOnly => Wire::Tls,
        }
    }

    /// Whether the node's listener takes in `wire`.
    pub fn accepts(self, wire: Wire) -> bool {
        match self {
            Self::Plain => wire == Wire::Plain,
            Self::PlainAcceptingTls | Self::TlsAcceptingPlain => true,
            Self::TlsOnly => wire == Wire::Tls,
        }
    }
}

impl fmt::Display for InternodeMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plaintext only",
            Self::PlainAcceptingTls => "plaintext, TLS accepted",
            Self::TlsAcceptingPlain => "TLS, plaintext accepted",
            Self::TlsOnly => "TLS only",
        })
    }
}

/// What a connection between two nodes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Wire {
    /// Not encrypted.
    Plain,
    /// TLS.
    Tls,
}

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plaintext",
            Self::Tls => "TLS",
        })
    }
}
