//! Refusals: the reason why there is no safe plan, and a fallback.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::Error;
use crate::label::{Identity, NodeName};
use crate::mode::Transport;
use crate::plan::Plan;

/// The reason why there is no safe plan, and the fallback if there is one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no safe plan: {error}{}", price(.fallback.as_ref()))]
pub struct Refusal {
    // Not a `source`: the refusal's message contains the error's message.
    pub(crate) error: Error,
    pub(crate) fallback: Option<Fallback>,
}

impl Refusal {
    /// The reason for the refusal.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The connection that fails or may fail, if that is the reason.
    pub fn witness(&self) -> Option<&Witness> {
        self.error.witness()
    }

    /// The fallback: a plan that reaches the goal, and the plan's impact.
    pub fn fallback(&self) -> Option<&Fallback> {
        self.fallback.as_ref()
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, fallback: None }
    }
}

/// A plan for a goal that has no safe plan, and the plan's impact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fallback {
    pub(crate) plan: Plan,
    pub(crate) impact: Vec<Impact>,
}

impl Fallback {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The impact of the plan, in addition to its restarts. There may be several kinds.
    pub fn impact(&self) -> &[Impact] {
        &self.impact
    }
}

/// The impact of a [`Fallback`], in addition to its restarts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Impact {
    /// The whole cluster is down once, from the last stop to the first start.
    ClusterDown,
    /// These nodes are down from the first wave on. Each is started in one of the last waves.
    NodesDown(Vec<NodeName>),
    /// From first to last restart, some nodes cannot connect across data centres or racks.
    ///
    /// So these keyspaces cannot be read and written at their consistency level during that time.
    /// [`Consistency::LocalQuorum`](crate::Consistency::LocalQuorum) counts as `LOCAL_QUORUM`, not as `EACH_QUORUM`.
    Divided(Vec<String>),
    /// During some restarts, these keyspaces are not available at their consistency level.
    ///
    /// Each keyspace has the number of those restarts. A stop and the start after it count as one restart. If the cluster is
    /// also [`Divided`](Self::Divided) meanwhile, a keyspace may be lost by both together. The keyspaces named there are left
    /// out here.
    Outages(BTreeMap<String, usize>),
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClusterDown => f.write_str("the whole cluster is down once, while every node is stopped"),
            Self::NodesDown(nodes) => {
                let names = nodes.iter().map(NodeName::as_str).collect::<Vec<_>>().join(" and ");
                write!(f, "{names} must stay down until every other node is changed")
            }
            Self::Divided(keyspaces) => {
                f.write_str(
                    "from the first restart to the last, some nodes cannot connect across data centres or racks",
                )?;
                match keyspaces.as_slice() {
                    [] => Ok(()),
                    lost => write!(f, ", and {} cannot be read and written", lost.join(" and ")),
                }
            }
            Self::Outages(keyspaces) => keyspaces.iter().enumerate().try_for_each(|(place, (keyspace, restarts))| {
                let and = if place == 0 { "" } else { ", and " };
                write!(f, "{and}{keyspace} cannot be read and written during {restarts} of the restarts")
            }),
        }
    }
}

/// A connection that must work, but fails or may fail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Witness {
    /// The node that opens the connection.
    pub client: NodeName,
    /// The node that accepts the connection.
    pub server: NodeName,
    /// The identity or transport that is shown and rejected.
    pub shown: Shown,
    /// The moment from which the connection fails.
    pub when: When,
    /// The rule that is broken.
    pub rule: Rule,
}

/// An identity or transport that one side shows and the other rejects.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Shown {
    /// An identity.
    Identity(Identity),
    /// A transport: plaintext or TLS.
    Transport(Transport),
}

/// The moment from which a connection fails.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum When {
    /// At the next handshake.
    Now,
    /// Once this node restarts, planned or not.
    AfterRestart(NodeName),
    /// Once this node is restarted or reloaded.
    AfterActivation(NodeName),
    /// Perhaps now: it is not known what the node has loaded.
    Unknown(NodeName),
}

/// A rule by which a pair of nodes is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Rule {
    /// The client certainly trusts every identity that the server may serve.
    ClientTrustsServer,
    /// A server that verifies clients certainly trusts every identity that a client may offer.
    ServerTrustsClient,
    /// The server certainly accepts every transport over which the client may connect.
    ServerAcceptsTransport,
    /// No store is replaced in place with a new password.
    ///
    /// No running process could read such a store.
    PasswordInPlace,
    /// To enable or disable TLS, a node must be able to accept both transports at the same time.
    AcceptsBothTransports,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientTrustsServer => "a client must trust whatever the server may serve",
            Self::ServerTrustsClient => {
                "a server that requires client certificates must trust whatever the client may offer"
            }
            Self::ServerAcceptsTransport => "a server must accept whatever transport the client may use",
            Self::PasswordInPlace => {
                "a running process opens its stores with the passwords it was started with, so a new password \
                 needs a new path"
            }
            Self::AcceptsBothTransports => {
                "without `optional: true` no node accepts plaintext and TLS at once, so the first node that \
                 switches is cut off in both directions"
            }
        })
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity(identity) => write!(f, "identity {identity} (anchor {})", identity.anchor()),
            Self::Transport(transport) => write!(f, "{transport}"),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("at the next handshake"),
            Self::AfterRestart(node) => write!(f, "once {node} restarts, planned or not"),
            Self::AfterActivation(node) => write!(f, "once {node} is restarted or reloaded"),
            Self::Unknown(node) => write!(f, "perhaps already: what {node} has loaded is not known"),
        }
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, server, shown, when, rule } = self;
        match rule {
            Rule::ClientTrustsServer => {
                write!(f, "{client} cannot connect to {server}, {when}: {server} may serve {shown}, ")?;
                write!(f, "which {client} does not certainly trust ({rule})")
            }
            Rule::ServerTrustsClient => {
                write!(f, "{client} cannot connect to {server}, {when}: {client} may offer {shown}, ")?;
                write!(f, "which {server} does not certainly trust ({rule})")
            }
            Rule::ServerAcceptsTransport | Rule::AcceptsBothTransports => {
                write!(f, "{client} cannot connect to {server}, {when}: {client} may use {shown}, ")?;
                write!(f, "which {server} does not certainly accept ({rule})")
            }
            Rule::PasswordInPlace => write!(f, "{client} cannot connect to {server}, {when}: {rule}"),
        }
    }
}

fn price(fallback: Option<&Fallback>) -> String {
    fallback.map_or_else(String::new, |Fallback { plan, impact }| {
        let restarts = plan.cost().restarts;
        let plural = if restarts == 1 { "" } else { "s" };
        let impact = impact.iter().map(Impact::to_string).collect::<Vec<_>>().join("; ");
        format!("; the fallback takes {restarts} restart{plural}: {impact}")
    })
}
