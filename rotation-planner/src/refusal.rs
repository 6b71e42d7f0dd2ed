//! A no that explains itself.

use std::fmt;

use crate::error::Error;
use crate::label::{Identity, NodeName};
use crate::mode::Wire;
use crate::plan::Plan;

/// Why there is no safe plan, and the least bad one if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub(crate) error: Error,
    pub(crate) least_bad: Option<LeastBad>,
}

impl Refusal {
    /// What is wrong.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The pair that would be cut, if that is why.
    pub fn witness(&self) -> Option<&Witness> {
        self.error.witness()
    }

    /// The least bad plan: it reaches the goal, at a price that it names.
    pub fn least_bad(&self) -> Option<&LeastBad> {
        self.least_bad.as_ref()
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, least_bad: None }
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// A plan that is not safe, or needs nodes down, and what it costs beyond restarts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeastBad {
    pub(crate) plan: Plan,
    pub(crate) price: Price,
}

impl LeastBad {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What it costs.
    pub fn price(&self) -> &Price {
        &self.price
    }
}

/// What a [`LeastBad`] plan costs beyond its restarts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Price {
    /// The whole cluster is down once, from the last stop to the first start.
    ClusterDown,
    /// These nodes are down from the first step to the last.
    NodesDown(Vec<NodeName>),
    /// So many restarts take ranges of a keyspace below its consistency level, each for as long as it lasts.
    Outages(usize),
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClusterDown => f.write_str("the whole cluster is down once, while every node is stopped"),
            Self::NodesDown(nodes) => {
                let names = nodes.iter().map(NodeName::as_str).collect::<Vec<_>>().join(" and ");
                write!(f, "until the last step {names} must stay down")
            }
            Self::Outages(restarts) => write!(f, "during {restarts} of them some data cannot be read or written"),
        }
    }
}

/// A connection that must work and would not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Witness {
    /// The node that opens the connection.
    pub dialler: NodeName,
    /// The node that takes it.
    pub server: NodeName,
    /// What is shown and not accepted.
    pub shown: Shown,
    /// When the connection fails.
    pub when: When,
    /// The rule that is broken.
    pub rule: Rule,
}

/// What one side shows and the other does not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Shown {
    /// An identity.
    Identity(Identity),
    /// Plaintext, or TLS at all.
    Wire(Wire),
}

/// When a connection fails.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum When {
    /// At the next handshake.
    Now,
    /// Once this node restarts, planned or not.
    AfterRestart(NodeName),
    /// Once this node is loaded (restarted or reloaded).
    AfterLoad(NodeName),
    /// Nobody can say that it does not fail already: what the node has loaded is not known.
    Unknown(NodeName),
}

/// The rules that a pair of nodes is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Rule {
    /// Whatever the server may serve, the dialler surely trusts.
    DiallerTrustsServer,
    /// Whatever the dialler may offer, a server that demands client authentication surely trusts.
    ServerTrustsDialler,
    /// However the dialler may dial, the server surely takes it in.
    ServerTakesWire,
    /// A store is not put in place under a new password: no running process could read it.
    PasswordInPlace,
    /// On the way to TLS a node must take in both: this cluster's nodes cannot.
    OptionalTls,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DiallerTrustsServer => "a dialler must trust whatever the server may serve",
            Self::ServerTrustsDialler => {
                "a server that demands client authentication must trust whatever the dialler may offer"
            }
            Self::ServerTakesWire => "a server must take in whatever the dialler may dial",
            Self::PasswordInPlace => {
                "a running process opens its stores with the passwords it was started with, so a new password \
                 needs a new path"
            }
            Self::OptionalTls => {
                "without `optional: true` no node takes in plaintext and TLS at once, so the first node that \
                 switches is cut off in both directions"
            }
        })
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity(identity) => write!(f, "identity {identity} (anchor {})", identity.anchor()),
            Self::Wire(wire) => write!(f, "{wire}"),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("at the next handshake"),
            Self::AfterRestart(node) => write!(f, "once {node} restarts, planned or not"),
            Self::AfterLoad(node) => write!(f, "once {node} is loaded"),
            Self::Unknown(node) => write!(f, "perhaps already: what {node} has loaded is not known"),
        }
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dialler, server, shown, when, rule } = self;
        match rule {
            Rule::DiallerTrustsServer => {
                write!(f, "{dialler} cannot dial {server}, {when}: {server} may serve {shown}, ")?;
                write!(f, "which {dialler} does not surely trust ({rule}).")
            }
            Rule::ServerTrustsDialler => {
                write!(f, "{dialler} cannot dial {server}, {when}: {dialler} may offer {shown}, ")?;
                write!(f, "which {server} does not surely trust ({rule}).")
            }
            Rule::ServerTakesWire | Rule::OptionalTls => {
                write!(f, "{dialler} cannot dial {server}, {when}: {dialler} may dial {shown}, ")?;
                write!(f, "which {server} does not surely take in ({rule}).")
            }
            Rule::PasswordInPlace => write!(f, "{dialler} cannot dial {server}, {when}: {rule}."),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "No safe plan: {}", self.error)?;
        match &self.least_bad {
            Some(least_bad) => {
                let cost = least_bad.plan.cost();
                write!(f, " The least bad plan takes {} restarts; {}.", cost.restarts, least_bad.price)
            }
            None => Ok(()),
        }
    }
}
