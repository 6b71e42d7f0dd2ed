//! Goals: the changes that can be planned.

use std::collections::BTreeMap;

use crate::cluster::Cluster;
use crate::label::{Identity, NodeName};
use crate::mode::Transport;
use crate::semantics::ClientAuth;
use crate::trust::Trust;

/// A change that is to be planned for a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Goal {
    pub(crate) kind: Kind,
    pub(crate) targets: BTreeMap<NodeName, Identity>,
    pub(crate) dropped: Dropped,
    /// The `require_client_auth` of each node, for [`Kind::ClientAuthOfEach`].
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "BTreeMap::is_empty"))]
    pub(crate) client_auth: BTreeMap<NodeName, ClientAuth>,
    /// A node that was given two different identities.
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
    /// Every node dials this transport and accepts both.
    AcceptBoth(Transport),
    ClientAuth(ClientAuth),
    ClientAuthOfEach,
    Quarantine,
}

/// The anchors that a plan removes from the truststores.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub(crate) enum Dropped {
    Nothing,
    These(Trust),
    /// Every anchor, except those of identities that are served in the end.
    Unused,
    /// Every anchor that `Unused` removes, and these anchors.
    UnusedAnd(Trust),
    /// What `UnusedAnd(named)` removes, except anchors in `kept` that are not in `named`.
    UnusedExcept {
        kept: Trust,
        named: Trust,
    },
}

/// Whether nodes still accept plaintext once every node dials TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Plaintext {
    /// Nodes refuse plaintext (`optional: false`).
    ///
    /// If only pairs in different data centres or racks are encrypted ([`Scope::Dc`](crate::Scope::Dc),
    /// [`Scope::Rack`](crate::Scope::Rack)), the other pairs still use plaintext, so every node keeps accepting it.
    Refused,
    /// Nodes still accept plaintext (`optional: true`). A node that refuses plaintext already stays as it is.
    Accepted,
}

impl Goal {
    /// Replaces identities: each named node serves the identity given for it.
    ///
    /// Other nodes serve the identity on their disk. Old anchors stay trusted unless [`Goal::dropping`] or
    /// [`Goal::dropping_unused`] says otherwise.
    ///
    /// A stopped node that is named starts once every other node accepts its identity; this is how a node joins. A node
    /// that has left is no longer in the cluster, and [`Goal::dropping_unused`] drops its anchor if no other node needs that
    /// anchor.
    ///
    /// This goal covers a self-signed rotation, a move to an authority or from one authority to another, one identity for
    /// all nodes, a change of some nodes only, and the replacement of a stolen key.
    pub fn rotate<N: Into<NodeName>>(targets: impl IntoIterator<Item = (N, Identity)>) -> Self {
        Self::new(Kind::Rotate, targets)
    }

    /// Enables internode TLS (Cassandra 4.0 and later).
    ///
    /// Each named node serves the identity given for it; other nodes serve the identity on their disk.
    pub fn enable<N: Into<NodeName>>(targets: impl IntoIterator<Item = (N, Identity)>, plaintext: Plaintext) -> Self {
        Self::new(Kind::Enable(plaintext), targets)
    }

    /// Disables internode TLS in favour of plaintext (Cassandra 4.0 and later). The stores stay on disk.
    pub fn disable() -> Self {
        Self::new(Kind::Disable, std::iter::empty::<(NodeName, Identity)>())
    }

    /// Sets `require_client_auth` on every node.
    pub fn client_auth(client_auth: ClientAuth) -> Self {
        Self::new(Kind::ClientAuth(client_auth), std::iter::empty::<(NodeName, Identity)>())
    }

    /// Distrusts the named nodes' current identities immediately.
    ///
    /// The named nodes return with the identities given. If a named node runs with another identity than the given one and
    /// must talk to a running node that is not named, no order of steps is safe: the first node that distrusts the named
    /// node is cut off from it. The goal is then refused, with the quarantine as the fallback: the named nodes are down while
    /// the other nodes are changed. The safe way to replace a stolen key is [`Goal::rotate`] with [`Goal::dropping`].
    pub fn quarantine<N: Into<NodeName>>(successors: impl IntoIterator<Item = (N, Identity)>) -> Self {
        Self::new(Kind::Quarantine, successors)
    }

    /// Removes these anchors from the truststores.
    ///
    /// The anchors of earlier calls and of [`Goal::rollback_to`] are removed too.
    #[must_use]
    pub fn dropping(mut self, anchors: Trust) -> Self {
        let with = |before: &Trust| Trust::all_of([before, &anchors]);
        self.dropped = match self.dropped {
            Dropped::Nothing => Dropped::These(anchors),
            Dropped::These(before) => Dropped::These(with(&before)),
            Dropped::Unused => Dropped::UnusedAnd(anchors),
            Dropped::UnusedAnd(before) => Dropped::UnusedAnd(with(&before)),
            Dropped::UnusedExcept { kept, named } => Dropped::UnusedExcept { kept, named: with(&named) },
        };
        self
    }

    /// Also removes from the truststores each anchor that no node will need.
    ///
    /// For a goal of [`Goal::rollback_to`], that includes anchors that nodes of the earlier cluster trusted.
    #[must_use]
    pub fn dropping_unused(mut self) -> Self {
        self.dropped = match self.dropped {
            Dropped::These(named) | Dropped::UnusedAnd(named) | Dropped::UnusedExcept { named, .. } => {
                Dropped::UnusedAnd(named)
            }
            Dropped::Nothing | Dropped::Unused => Dropped::Unused,
        };
        self
    }

    pub(crate) fn dropped_by_name(&self) -> Option<&Trust> {
        match &self.dropped {
            Dropped::These(named) | Dropped::UnusedAnd(named) | Dropped::UnusedExcept { named, .. } => Some(named),
            Dropped::Nothing | Dropped::Unused => None,
        }
    }

    pub(crate) fn drops_unused(&self) -> bool {
        !matches!(self.dropped, Dropped::Nothing | Dropped::These(_))
    }

    pub(crate) fn drops(&self) -> bool {
        self.dropped != Dropped::Nothing
    }

    pub(crate) fn accept_both(dialled: Transport, targets: impl IntoIterator<Item = (NodeName, Identity)>) -> Self {
        Self::new(Kind::AcceptBoth(dialled), targets)
    }

    pub(crate) fn client_auth_of_each(client_auth: BTreeMap<NodeName, ClientAuth>) -> Self {
        let none = std::iter::empty::<(NodeName, Identity)>();
        Self { client_auth, ..Self::new(Kind::ClientAuthOfEach, none) }
    }

    /// Returns from a rotation to the state of `cluster`.
    ///
    /// Every node that ran in `cluster` serves the identity that it served, or that it had on disk if the served identity is
    /// not certain. Anchors that were in no truststore of `cluster` are dropped, unless a node needs them.
    ///
    /// This goal can also be planned in the middle of a wave or after a crash. [`rollback`](crate::rollback) covers
    /// every goal, but starts at the end of a wave.
    pub fn rollback_to(cluster: &Cluster) -> Self {
        let served = |(name, node): (&NodeName, &crate::Node)| {
            node.observed().loaded()?;
            let served = node.observed().serves().or_else(|| node.observed().disk().identity());
            served.map(|identity| (name.clone(), identity.clone()))
        };
        let trusted = cluster.nodes().flat_map(|(_, node)| node.observed().truststores());
        let dropped = Dropped::UnusedExcept { kept: Trust::all_of(trusted), named: Trust::none() };
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
