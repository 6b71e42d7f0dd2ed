//! Errors of clusters, goals and steps.

use crate::label::{AnchorId, IdentityId, NodeName};
use crate::plan::{Action, Step};
use crate::refusal::Witness;
use crate::semantics;
use crate::state::State;

/// The reason why an input, such as a cluster, a goal or a step, is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    kind: Box<ErrorKind>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self { kind: Box::new(kind) }
    }

    pub(crate) fn not_applicable(step: &Step) -> Self {
        Self::new(ErrorKind::NotApplicable { node: step.node().clone(), action: step.action().clone() })
    }

    pub(crate) fn foreign(state: &State, node: usize, anchor: usize) -> Self {
        let (node, anchor) = (state.model.name(node).clone(), state.model.anchor_label(anchor).clone());
        Self::new(ErrorKind::ForeignAnchor { anchor, node })
    }

    pub(crate) fn cut(witness: Witness) -> Self {
        Self::new(ErrorKind::Unsafe(witness))
    }

    /// The kind of the error, with its details.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The connection that is or may be cut, if that is the error.
    pub fn witness(&self) -> Option<&Witness> {
        match &*self.kind {
            ErrorKind::Unsafe(witness) => Some(witness),
            _ => None,
        }
    }
}

/// The kinds of [`Error`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The line of releases (`major.minor`) is not known.
    #[error("unknown Cassandra release {major}.{minor}.{patch}: the known lines are {}", semantics::known_lines())]
    UnknownRelease {
        /// The major version.
        major: u32,
        /// The minor version.
        minor: u32,
        /// The patch level.
        patch: u32,
    },
    /// Two nodes have the same name.
    #[error("the cluster has two nodes named {0}")]
    DuplicateNode(NodeName),
    /// A goal gives one node two different identities.
    #[error("the goal gives {0} two identities: it can have only one")]
    TwoTargets(NodeName),
    /// The cluster has no node with this name.
    #[error("the cluster has no node named {0}")]
    UnknownNode(NodeName),
    /// The same identity is given with different anchors.
    #[error("identity {identity} is given both with and without anchor {anchor}: give the same anchors each time")]
    TwoAnchors {
        /// The identity.
        identity: IdentityId,
        /// An anchor that the identity has in only one of the two places.
        anchor: AnchorId,
    },
    /// A pair of nodes that must talk is or may be cut.
    #[error("{0}")]
    Unsafe(Witness),
    /// The goal drops every anchor of an identity that a node is to serve. In a quarantine, one dropped anchor is
    /// enough.
    #[error(
        "anchor {anchor} cannot be dropped: node {node} is to serve identity {identity}, which is trusted through it"
    )]
    DropsServedAnchor {
        /// The anchor that the goal drops.
        anchor: AnchorId,
        /// The node that needs the anchor.
        node: NodeName,
        /// The identity that the node is to serve.
        identity: IdentityId,
    },
    /// The goal or a step needs new trust in a [foreign](crate::Origin::Foreign) anchor.
    #[error(
        "{node} would have to trust the foreign anchor {anchor}, which it does not trust now: find out where it comes \
         from, and vouch for it by name if it is yours"
    )]
    ForeignAnchor {
        /// The anchor.
        anchor: AnchorId,
        /// The node that does not trust the anchor.
        node: NodeName,
    },
    /// The identity that a node serves is unknown.
    #[error("the identity that node {0} serves is unknown: make a handshake with it and give its certificate")]
    UnknownServedIdentity(NodeName),
    /// A node needs an identity for TLS, but has none on its disk.
    #[error("node {0} needs an identity for TLS, but has none on its disk")]
    NoIdentity(NodeName),
    /// The node's state or release does not allow the action.
    #[error("node {node} cannot {action}: its state or its Cassandra release does not allow it")]
    NotApplicable {
        /// The node.
        node: NodeName,
        /// The action.
        action: Action,
    },
    /// The goal needs a change of a node that is [`Mutability::Frozen`](crate::Mutability::Frozen).
    #[error(
        "node {0} cannot be changed, but the goal needs a change: leave the node out of the goal, or make it changeable \
         first"
    )]
    Frozen(NodeName),
    /// While a node is restarted, a keyspace has too few replicas.
    #[error(
        "while {node} is down, keyspace {keyspace} has fewer replicas than its consistency level requires: raise its \
         replication factor (then repair), or accept the outage"
    )]
    TooFewReplicas {
        /// The node.
        node: NodeName,
        /// The keyspace.
        keyspace: String,
    },
    /// Nodes are to be restarted together, but no keyspace is given that must stay available.
    #[error(
        "nodes are to be restarted together, but no keyspace is given: give the keyspaces that must stay available"
    )]
    NoKeyspaces,
    /// A node is not ready for the goal.
    #[error("node {node} is {reason}")]
    Unfinished {
        /// The node.
        node: NodeName,
        /// The reason why the node is not ready.
        reason: Unfinished,
    },
}

/// The reason why a node is not ready for a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfinished {
    /// The node is stopped: changes on the other nodes could cut it off when it starts.
    #[error("down: start it first, then plan this goal")]
    Down,
    /// Both plaintext and TLS are, or may be, in use between the nodes.
    #[error("between plaintext and TLS: finish enabling or disabling TLS, then plan this goal")]
    Enabling,
    /// No node uses TLS: certificates are not in use, and can be replaced freely.
    #[error("not using TLS, and no node is: replace its stores without a plan, or enable TLS first")]
    NotEnabled,
    /// TLS is in use, and the node is to serve another identity, which a peer may reject.
    #[error("serving another identity over TLS: finish its rotation, then plan this goal")]
    Rotation,
}
