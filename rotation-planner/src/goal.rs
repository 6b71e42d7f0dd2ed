//! What is wanted.

use std::collections::BTreeMap;

use crate::cluster::Cluster;
use crate::label::{Identity, NodeName, Trust};
use crate::semantics::ClientAuth;

/// What is wanted of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Goal {
    pub(crate) kind: Kind,
    pub(crate) targets: BTreeMap<NodeName, Identity>,
    pub(crate) dropped: Dropped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub(crate) enum Kind {
    Rotate,
    Enable(Plaintext),
    Disable,
    ClientAuth(ClientAuth),
}

/// Which anchors leave the truststores.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub(crate) enum Dropped {
    Nothing,
    These(Trust),
    /// Whatever no node is to serve.
    Unused,
}

/// What becomes of plaintext once TLS is dialled everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Plaintext {
    /// `optional: false`: refused. Where only pairs in different data centres or racks are encrypted
    /// ([`Scope::Dc`](crate::Scope::Dc), [`Scope::Rack`](crate::Scope::Rack)) the others go on in plaintext, so that
    /// every node keeps taking it in.
    Refused,
    /// `optional: true`: still taken in.
    Accepted,
}

impl Goal {
    /// Each named node serves the identity given; every other node stays with what lies on its disk. Old anchors stay
    /// trusted unless [`Goal::dropping`] or [`Goal::dropping_unused`] says otherwise.
    ///
    /// The one goal covers self-signed rotation, moving to an authority or to a new one, one identity for all, some of
    /// the nodes only, and the successor of a stolen key.
    pub fn rotate<N: Into<NodeName>>(targets: impl IntoIterator<Item = (N, Identity)>) -> Self {
        Self::new(Kind::Rotate, targets)
    }

    /// Internode TLS where there was none (Cassandra 4.0+): each named node serves the identity given.
    pub fn enable<N: Into<NodeName>>(targets: impl IntoIterator<Item = (N, Identity)>, plaintext: Plaintext) -> Self {
        Self::new(Kind::Enable(plaintext), targets)
    }

    /// Plaintext where there was TLS (Cassandra 4.0+). Stores stay on disk.
    pub fn disable() -> Self {
        Self::new(Kind::Disable, std::iter::empty::<(NodeName, Identity)>())
    }

    /// `require_client_auth` on or off, on every node.
    pub fn client_auth(client_auth: ClientAuth) -> Self {
        Self::new(Kind::ClientAuth(client_auth), std::iter::empty::<(NodeName, Identity)>())
    }

    /// These anchors leave every truststore, too.
    #[must_use]
    pub fn dropping(mut self, anchors: Trust) -> Self {
        self.dropped = Dropped::These(anchors);
        self
    }

    /// Every anchor that no node is to serve leaves every truststore, too.
    #[must_use]
    pub fn dropping_unused(mut self) -> Self {
        self.dropped = Dropped::Unused;
        self
    }

    /// The way back to what `cluster` was: every node serves again what it served there (on disk, where that is not
    /// sure), and what was added since is dropped.
    pub fn back_out(cluster: &Cluster) -> Self {
        let served = |(name, node): (&NodeName, &crate::Node)| {
            let served = node.observed().serves().or_else(|| node.observed().disk().identity());
            served.map(|identity| (name.clone(), identity.clone()))
        };
        Self::rotate(cluster.nodes().filter_map(served)).dropping_unused()
    }

    fn new<N: Into<NodeName>>(kind: Kind, targets: impl IntoIterator<Item = (N, Identity)>) -> Self {
        let targets = targets.into_iter().map(|(name, identity)| (name.into(), identity)).collect();
        Self { kind, targets, dropped: Dropped::Nothing }
    }
}
