//! What can be wrong with a cluster, a goal or a step.

use crate::label::{AnchorId, IdentityId, NodeName};
use crate::plan::Action;
use crate::refusal::Witness;

/// Why a cluster, a goal or a step is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    kind: Box<ErrorKind>,
}

impl Error {
    /// What is wrong, with the names that it is about.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The pair that cannot talk, if that is what is wrong.
    pub fn witness(&self) -> Option<&Witness> {
        match &*self.kind {
            ErrorKind::Unsafe(witness) => Some(witness),
            _ => None,
        }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self { kind: Box::new(kind) }
    }
}

impl From<Witness> for Error {
    fn from(witness: Witness) -> Self {
        ErrorKind::Unsafe(witness).into()
    }
}

/// The kinds of [`Error`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Two nodes have one name.
    #[error("The cluster has two nodes named {0}.")]
    DuplicateNode(NodeName),
    /// A node is named that the cluster does not have.
    #[error("The cluster has no node named {0}.")]
    UnknownNode(NodeName),
    /// One identity is named with two anchors.
    #[error("Identity {identity} is given with two anchors, {first} and {second}; it has one.")]
    TwoAnchors {
        /// The identity.
        identity: IdentityId,
        /// One of its anchors.
        first: AnchorId,
        /// The other.
        second: AnchorId,
    },
    /// A pair that must talk cannot, or may not be able to.
    #[error("{0}")]
    Unsafe(Witness),
    /// The goal keeps an identity in use and drops its anchor.
    #[error("Anchor {anchor} cannot be dropped: node {node} is to serve identity {identity}, which is trusted by it.")]
    DropsWhatIsServed {
        /// The anchor that the goal drops.
        anchor: AnchorId,
        /// The node that needs it.
        node: NodeName,
        /// The identity that the node is to serve.
        identity: IdentityId,
    },
    /// Nobody knows what a node serves.
    #[error(
        "What node {0} serves is not known, so nobody can say who must trust what: make a handshake with it and \
         give its certificate."
    )]
    UnknownServed(NodeName),
    /// A node that takes part in TLS has no identity, neither on disk nor as a target.
    #[error("Node {0} has no identity on disk and the goal gives it none.")]
    NoIdentity(NodeName),
    /// The action does not fit the node as it is, or the version.
    #[error("Node {node} cannot {action}: the node's state or its Cassandra version does not allow it.")]
    NotApplicable {
        /// The node.
        node: NodeName,
        /// What was to be done.
        action: Action,
    },
    /// The goal asks for a change of a node that is marked as [`Change::Frozen`](crate::Change::Frozen).
    #[error(
        "Node {0} cannot be changed, and the goal asks for a change of it: leave it out, or make it changeable first."
    )]
    Frozen(NodeName),
    /// While a node is restarted, a keyspace has too few replicas.
    #[error(
        "While {node} is down, keyspace {keyspace} has fewer replicas than its consistency level asks for: raise its \
         replication factor (then repair), or accept the outage."
    )]
    TooFewReplicas {
        /// The node.
        node: NodeName,
        /// The keyspace.
        keyspace: String,
    },
    /// Nodes are to be restarted together, and nobody says what must go on meanwhile.
    #[error("Which nodes may be down together depends on the keyspaces: name those that count.")]
    NoKeyspaces,
    /// The goal asks for a change that can only be planned once another is finished.
    #[error("Node {node} is {reason}; finish that first, then plan this goal.")]
    Unfinished {
        /// The node.
        node: NodeName,
        /// What is not finished.
        reason: Unfinished,
    },
}

/// What must be finished before another goal can be planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfinished {
    /// The node does not run: what changes on the others meanwhile would cut it off when it comes back.
    #[error("down")]
    Down,
    /// The cluster is between plaintext and TLS.
    #[error("between plaintext and TLS")]
    Enabling,
    /// TLS is in use with another identity than the one asked for.
    #[error("serving another identity over TLS")]
    Rotation,
}
