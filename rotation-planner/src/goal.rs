//! What is wanted.

use std::collections::BTreeMap;

use crate::cluster::Cluster;
use crate::label::{Identity, NodeName};
use crate::semantics::ClientAuth;
use crate::trust::Trust;

/// What is wanted of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Goal {
    pub(crate) kind: Kind,
    pub(crate) targets: BTreeMap<NodeName, Identity>,
    pub(crate) dropped: Dropped,
    /// Where each node has a setting of its own to get.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "BTreeMap::is_empty"))]
    pub(crate) client_auth: BTreeMap<NodeName, ClientAuth>,
    /// A node that was given two identities.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(crate) named_twice: Option<NodeName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub(crate) enum Kind {
    Rotate,
    Enable(Plaintext),
    Disable,
    ClientAuth(ClientAuth),
    ClientAuthOfEach,
    Quarantine,
}

/// Which anchors leave the truststores.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub(crate) enum Dropped {
    Nothing,
    These(Trust),
    /// Every anchor that no node is to serve.
    Unused,
    /// The same, and these: one that is to be served contradicts the goal.
    UnusedAnd(Trust),
    /// Every anchor that is neither among these nor served by any node.
    AllExcept(Trust),
}

/// What becomes of plaintext once TLS is dialled everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Plaintext {
    /// `optional: false`: refused. Where only pairs in different data centres or racks are encrypted
    /// ([`Scope::Dc`](crate::Scope::Dc), [`Scope::Rack`](crate::Scope::Rack)) the others go on in plaintext, so that
    /// every node keeps accepting it.
    Refused,
    /// `optional: true`: still accepted.
    Accepted,
}

impl Goal {
    /// Each named node serves the identity given; every other node keeps what is on its disk. Old anchors stay
    /// trusted unless [`Goal::dropping`] or [`Goal::dropping_unused`] says otherwise.
    ///
    /// A stopped node that is named is started once every other accepts its identity: so a node joins. One that has left
    /// is no longer in the cluster, and [`Goal::dropping_unused`] drops its anchor.
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

    /// No node trusts what the named nodes serve any more, from the next activation of each node on; they come back with
    /// the identities given.
    ///
    /// No order of that is safe: the first node that distrusts them is cut off from them. So the answer is a refusal with
    /// the quarantine as the fallback: they are down meanwhile, and every node is activated once. The safe way for the
    /// successor of a stolen key is [`Goal::rotate`] with [`Goal::dropping`].
    pub fn quarantine<N: Into<NodeName>>(successors: impl IntoIterator<Item = (N, Identity)>) -> Self {
        Self::new(Kind::Quarantine, successors)
    }

    /// These anchors leave every truststore, too, those of an earlier call included.
    #[must_use]
    pub fn dropping(mut self, anchors: Trust) -> Self {
        self.dropped = match self.dropped {
            Dropped::These(before) => Dropped::These(before.iter().chain(anchors.iter()).collect()),
            Dropped::UnusedAnd(before) => Dropped::UnusedAnd(before.iter().chain(anchors.iter()).collect()),
            Dropped::Unused => Dropped::UnusedAnd(anchors),
            Dropped::Nothing | Dropped::AllExcept(_) => Dropped::These(anchors),
        };
        self
    }

    /// Every anchor that no node is to serve leaves every truststore, too.
    #[must_use]
    pub fn dropping_unused(mut self) -> Self {
        self.dropped = match self.dropped {
            Dropped::These(anchors) | Dropped::UnusedAnd(anchors) => Dropped::UnusedAnd(anchors),
            Dropped::Nothing | Dropped::Unused | Dropped::AllExcept(_) => Dropped::Unused,
        };
        self
    }

    /// The anchors that the goal names.
    pub(crate) fn dropped_by_name(&self) -> Option<&Trust> {
        match &self.dropped {
            Dropped::These(anchors) | Dropped::UnusedAnd(anchors) => Some(anchors),
            Dropped::Nothing | Dropped::Unused | Dropped::AllExcept(_) => None,
        }
    }

    pub(crate) fn drops(&self) -> bool {
        self.dropped != Dropped::Nothing
    }

    /// `require_client_auth` as each of these nodes has it here.
    pub(crate) fn client_auth_of_each(client_auth: BTreeMap<NodeName, ClientAuth>) -> Self {
        let none = std::iter::empty::<(NodeName, Identity)>();
        Self { client_auth, ..Self::new(Kind::ClientAuthOfEach, none) }
    }

    /// Back from a rotation to what `cluster` was: every node serves again what it served there (on disk, if that is not
    /// certain), and anchors that no node trusted there are dropped.
    ///
    /// Plan it from any observed state, also in the middle of a wave or after a crash. [`rollback`](crate::rollback) covers
    /// every goal, from the end of a wave.
    pub fn rollback_to(cluster: &Cluster) -> Self {
        let served = |(name, node): (&NodeName, &crate::Node)| {
            node.observed().loaded()?;
            let served = node.observed().serves().or_else(|| node.observed().disk().identity());
            served.map(|identity| (name.clone(), identity.clone()))
        };
        let trusted = cluster.nodes().flat_map(|(_, node)| node.observed().truststores());
        let dropped = Dropped::AllExcept(Trust::all_of(trusted));
        Self { dropped, ..Self::rotate(cluster.nodes().filter_map(served)) }
    }

    fn new<N: Into<NodeName>>(kind: Kind, targets: impl IntoIterator<Item = (N, Identity)>) -> Self {
        let mut goal = Self {
            kind,
            targets: BTreeMap::new(),
            dropped: Dropped::Nothing,
            client_auth: BTreeMap::new(),
            named_twice: None,
        };
        for (name, identity) in targets {
            let name = name.into();
            let before = goal.targets.insert(name.clone(), identity);
            if before.is_some_and(|before| Some(&before) != goal.targets.get(&name)) {
                goal.named_twice = Some(name);
            }
        }
        goal
    }
}
