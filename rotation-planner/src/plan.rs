//! Plans as data: waves of steps.
//!
//! An executor carries a plan out without knowing the rules of the planner.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

#[cfg(feature = "serde")]
use crate::format;
use crate::label::{Identity, NodeName};
use crate::mode::InternodeMode;
use crate::repair::Repair;
use crate::semantics::{Activation, ClientAuth};
use crate::trust::Trust;

/// One change to one node.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Writes a truststore with exactly these anchors, as [`Staging`](crate::Staging) says.
    StageTrust(Trust),
    /// Writes a keystore with this identity, as [`Staging`](crate::Staging) says.
    StageIdentity(Identity),
    /// Sets the internode mode in the node's configuration file.
    StageMode(InternodeMode),
    /// Sets `require_client_auth` in the node's configuration file.
    StageClientAuth(ClientAuth),
    /// Restarts the process, or makes it reload its stores.
    Activate(Activation),
    /// Stops the process and keeps it from starting by itself.
    ///
    /// For example, the executor masks the systemd unit.
    Stop,
    /// Starts the process, which loads what is on disk.
    Start,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StageTrust(trust) => write!(f, "stage truststore {trust}"),
            Self::StageIdentity(identity) => write!(f, "stage keystore {identity}"),
            Self::StageMode(mode) => write!(f, "set internode mode to {mode}"),
            Self::StageClientAuth(ClientAuth::On) => f.write_str("require client authentication"),
            Self::StageClientAuth(ClientAuth::Off) => f.write_str("stop requiring client authentication"),
            Self::Activate(Activation::Restart) => f.write_str("restart"),
            Self::Activate(Activation::Reload) => f.write_str("reload"),
            Self::Stop => f.write_str("stop"),
            Self::Start => f.write_str("start"),
        }
    }
}

/// The purpose of a step.
///
/// No step of a safe plan makes a node use what a peer does not accept, or refuse what a peer still uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Event {
    /// Repairs pairs that are or may be cut.
    ///
    /// The node accepts what a peer already shows, or stops showing what a peer rejects.
    Repair,
    /// Trusts the new anchors, or accepts the new transport.
    Accept,
    /// Serves the new identity, dials the new transport, or changes client authentication.
    Use,
    /// Drops the old anchors, or refuses the old transport.
    Refuse,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repair => "repair",
            Self::Accept => "accept",
            Self::Use => "use",
            Self::Refuse => "refuse",
        })
    }
}

/// An event that a step waits for, and the nodes on which it must happen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct WaitsFor {
    /// The event.
    pub event: Event,
    /// The nodes.
    pub on: Waiting,
}

/// The nodes of a [`WaitsFor`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Waiting {
    /// Every node that talks to the step's node and has the event in an earlier wave.
    EveryPeer,
    /// These nodes.
    Nodes(Vec<NodeName>),
}

/// One action on one node, with its purpose and the events that it waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    node: NodeName,
    action: Action,
    purpose: Cow<'static, [Event]>,
    waits_for: Arc<[WaitsFor]>,
}

impl Step {
    /// A step without a purpose, for example for a [`Checker`](crate::Checker) to judge.
    pub fn new(node: impl Into<NodeName>, action: Action) -> Self {
        Self { node: node.into(), action, purpose: Cow::default(), waits_for: Arc::default() }
    }

    pub(crate) fn because(self, purpose: Cow<'static, [Event]>, waits_for: Arc<[WaitsFor]>) -> Self {
        Self { purpose, waits_for, ..self }
    }

    /// The node that the step changes.
    pub fn node(&self) -> &NodeName {
        &self.node
    }

    /// The change to the node.
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// The purpose of the step, which may be several events or none.
    pub fn purpose(&self) -> &[Event] {
        &self.purpose
    }

    /// The events of earlier waves that must happen before the step.
    ///
    /// New trust that nodes accept without an activation is not listed. It is staged in an earlier wave, too.
    pub fn waits_for(&self) -> &[WaitsFor] {
        &self.waits_for
    }
}

/// A condition that must hold before the next wave.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Gate {
    /// Every file that the wave staged is complete on its node's disk.
    ///
    /// The process can read each file.
    Staged,
    /// `node` is up, and new handshakes between `node` and its running peers succeed.
    ///
    /// After a reload, both an inbound **and** an outbound handshake are needed: each TLS context is built again at its
    /// first use. Handshakes of pairs that a [`Fallback`](crate::Fallback) has cut still fail.
    Handshakes {
        /// The node whose connections are checked.
        node: NodeName,
        /// The identity that the node certainly serves to its peers, if there is one.
        serves: Option<Identity>,
    },
    /// The node is down and cannot start by itself.
    Stopped(NodeName),
}

/// Steps that are carried out in order, and the gates before the next wave.
///
/// Within a wave, the steps of different nodes do not depend on one another. The nodes can be changed in any order, or at
/// the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wave {
    pub(crate) steps: Vec<Step>,
    pub(crate) gates: Vec<Gate>,
}

impl Wave {
    /// The steps in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The conditions that must hold before the next wave.
    pub fn gates(&self) -> &[Gate] {
        &self.gates
    }
}

/// The cost of a plan. Costs are compared field by field, in the order of the fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Cost {
    /// The number of restarts, and of starts of stopped nodes.
    pub restarts: usize,
    /// The number of reloads.
    pub reloads: usize,
    /// The number of steps that write a truststore, a keystore or a configuration file.
    pub files: usize,
    /// The number of waves.
    pub waves: usize,
}

impl Cost {
    pub(crate) fn of(waves: &[Wave]) -> Self {
        let mut cost = Self { waves: waves.len(), ..Self::default() };
        for step in waves.iter().flat_map(Wave::steps) {
            match step.action() {
                Action::Activate(Activation::Restart) | Action::Start => cost.restarts += 1,
                Action::Activate(Activation::Reload) => cost.reloads += 1,
                Action::Stop => {}
                _ => cost.files += 1,
            }
        }
        cost
    }
}

/// The distance between the cost of a plan and the minimum.
///
/// Only safe plans that take one node down at a time, and only for its restart, are compared. A plan that keeps a node stopped
/// while other nodes are changed, as a quarantine does, may have fewer activations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Optimality {
    /// No safe plan takes fewer restarts, or as many restarts and fewer reloads.
    Minimum,
    /// No safe plan saves more than this many activations (restarts and reloads together).
    Within(usize),
}

impl Optimality {
    pub(crate) fn of_gap(gap: usize) -> Self {
        if gap == 0 { Self::Minimum } else { Self::Within(gap) }
    }
}

/// Waves of steps that lead to a goal. An empty plan means that nothing needs to be done.
///
/// Every step of a plan that [`plan`](crate::plan()) returns has passed the [`Checker`](crate::Checker). The plan of a
/// [`Fallback`](crate::Fallback) may be unsafe, and a deserialized plan has not been checked: see [`check`](crate::check).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "format::WrittenPlan"))]
pub struct Plan {
    pub(crate) waves: Vec<Wave>,
    pub(crate) optimality: Optimality,
    pub(crate) repairs: Option<Repair>,
}

impl Plan {
    /// The waves in order.
    pub fn waves(&self) -> &[Wave] {
        &self.waves
    }

    /// Every step of every wave, in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.waves.iter().flat_map(Wave::steps)
    }

    /// Whether nothing needs to be done.
    pub fn is_empty(&self) -> bool {
        self.waves.is_empty()
    }

    /// The cost of the plan.
    pub fn cost(&self) -> Cost {
        Cost::of(&self.waves)
    }

    /// The distance between the plan's cost and the minimum.
    pub fn optimality(&self) -> Optimality {
        self.optimality
    }

    /// The pairs of nodes that are or may be cut at the start, which the plan repairs.
    pub fn repairs(&self) -> Option<&Repair> {
        self.repairs.as_ref()
    }
}
