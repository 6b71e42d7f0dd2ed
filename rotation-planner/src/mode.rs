//! The transports between nodes: plaintext and TLS.

use std::fmt;

/// The transports that a node uses with its peers.
///
/// A node always accepts the transport that it dials, so there are four modes. A node of [`Scope::Dc`](crate::Scope::Dc) or
/// [`Scope::Rack`](crate::Scope::Rack) connects to the nodes of its data centre or rack in plaintext, whatever its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum InternodeMode {
    /// Dials plaintext, accepts plaintext only.
    ///
    /// The setting is `internode_encryption: none`. On 4.0 and later, there is also no keystore, or `optional: false`.
    PlaintextOnly,
    /// Dials plaintext, accepts both.
    ///
    /// The setting is `internode_encryption: none`, with a keystore and without `optional: false`, on 4.0 and later.
    PlaintextAcceptingTls,
    /// Dials TLS, accepts both.
    ///
    /// The settings are an `internode_encryption` other than `none` and `optional: true`, on 4.0 and later.
    TlsAcceptingPlaintext,
    /// Dials TLS, accepts TLS only.
    ///
    /// The setting is an `internode_encryption` other than `none`. On 4.0 and later, `optional` is also not `true`.
    TlsOnly,
}

impl InternodeMode {
    /// The transport of the node's outbound connections.
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

/// The transport of a connection between two nodes.
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
