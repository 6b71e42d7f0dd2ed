//! The moment from which a connection fails that a node may reject.

use crate::cluster::{Cluster, Known, Loaded, Observed};
use crate::label::Identity;
use crate::mode::Transport;
use crate::plan::{Action, Step};
use crate::refusal::When;
use crate::safety::{Broken, Relation};
use crate::semantics::{Activation, ClientAuth, Reading};
use crate::state::{NodeState, State, Transports};
use crate::transports;
use crate::trust::Trust;

/// The moment at which the connection in `broken` fails because of `step`.
pub(crate) fn step_moment(state: &State, step: &Step, node: usize, broken: Broken) -> When {
    let node = &state.nodes[node];
    let reads_disk = match step.action() {
        Action::StageTrust(_) => broken.relation.accepts_from_disk(node),
        Action::StageIdentity(_) => broken.relation.shows_from_disk(node),
        _ => false,
    };
    let activation = match step.action() {
        Action::Activate(_) | Action::Start | Action::Stop => None,
        _ if reads_disk => None,
        Action::StageTrust(_) => node.trust_activation(),
        Action::StageIdentity(_) => node.identity_activation(),
        Action::StageMode(_) | Action::StageClientAuth(_) => Some(Activation::Restart),
    };
    match activation {
        None => When::Now,
        Some(Activation::Reload) => When::AfterActivation(step.node().clone()),
        Some(Activation::Restart) => When::AfterRestart(step.node().clone()),
    }
}

/// The moment at which the connection in `broken` fails if no step prevents it.
pub(crate) fn moment(cluster: &Cluster, state: &State, broken: Broken) -> When {
    let side = |node: usize| Side::of(cluster, state, node);
    let name = |node: usize| state.model.name(node).clone();
    let (Some(by), Some(to)) = (side(broken.by), side(broken.to)) else { return When::Now };
    match (by.shows(broken), to.rejects(broken)) {
        (Some(false), _) => When::AfterRestart(name(broken.by)),
        (_, Some(false)) => When::AfterRestart(name(broken.to)),
        (None, _) => When::Unknown(name(broken.by)),
        (_, None) => When::Unknown(name(broken.to)),
        (Some(true), Some(true)) => When::Now,
    }
}

/// A running node on one side of a connection, as it is now: without a crash or a restart.
///
/// The answers are `None` if it is not known what the process uses.
struct Side<'a> {
    state: &'a State,
    node: &'a NodeState,
    observed: &'a Observed,
    loaded: &'a Loaded,
}

impl<'a> Side<'a> {
    fn of(cluster: &'a Cluster, state: &'a State, node: usize) -> Option<Self> {
        let observed = cluster.get(state.model.name(node))?.observed();
        Some(Self { state, node: &state.nodes[node], observed, loaded: observed.loaded()? })
    }

    /// Whether the process shows what may be rejected.
    fn shows(&self, broken: Broken) -> Option<bool> {
        let Broken { relation, what, .. } = broken;
        let mode = self.loaded.mode;
        let (is_shown, reading) = match relation {
            Relation::Transport => {
                return Some(transports::is_inside(what) || mode.dials() == transports::transport(what));
            }
            Relation::Serving => {
                (self.node.shows_identity(Transports::accepted(mode)), self.node.readings().identity_as_server())
            }
            Relation::Offering => (mode.dials() == Transport::Tls, self.node.readings().identity_as_client()),
        };
        let is_it = |identity: &Option<Identity>| {
            identity.as_ref().and_then(|identity| self.state.model.known_anchor_of(identity)) == Some(what)
        };
        let on_disk = self.observed.disk().identity().cloned();
        if is_shown { used(reading, &self.loaded.identity, &on_disk, is_it) } else { Some(false) }
    }

    /// Whether the process rejects what may be shown.
    fn rejects(&self, broken: Broken) -> Option<bool> {
        let Broken { relation, what, .. } = broken;
        let (verifies, reading) = match relation {
            Relation::Transport => return Some(!self.loaded.mode.accepts(transports::transport(what))),
            Relation::Serving => {
                (Some(self.loaded.mode.dials() == Transport::Tls), self.node.readings().trust_as_client())
            }
            Relation::Offering => (self.verifies_clients(), self.node.readings().trust_as_server()),
        };
        let model = &self.state.model;
        let lacks = |trust: &Trust| !model.anchors_of(what).any(|anchor| trust.contains(model.anchor_label(anchor)));
        let lacks = used(reading, &self.loaded.trust, self.observed.disk().trust(), lacks);
        match (verifies, lacks) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (None, _) | (_, None) => None,
            (Some(true), Some(true)) => Some(true),
        }
    }

    fn verifies_clients(&self) -> Option<bool> {
        if self.node.is_asked_by_clients() {
            return Some(true);
        }
        let semantics = self.node.semantics;
        let is_certain =
            |set: &Option<ClientAuth>| set.is_some() || semantics.assumed_auth() == semantics.client_auth();
        let is_on = |set: &Option<ClientAuth>| set.unwrap_or_else(|| semantics.client_auth()) == ClientAuth::On;
        let candidates = self.loaded.client_auth.candidates();
        if candidates.iter().all(is_certain) { agreed(candidates.iter().map(is_on)) } else { None }
    }
}

/// The answer for the store that a process uses, if it reads the store as `reading` says.
fn used<T>(reading: Reading, known: &Known<T>, on_disk: &T, is_it: impl Fn(&T) -> bool) -> Option<bool> {
    let loaded = known.candidates().iter().map(&is_it);
    match reading {
        Reading::AtHandshake => Some(is_it(on_disk)),
        Reading::AtStart | Reading::AtReload => agreed(loaded),
        Reading::Unknown if known.candidates().is_empty() => None,
        Reading::Unknown => agreed(loaded.chain([is_it(on_disk)])),
    }
}

/// The answer if all answers agree, and there is one.
fn agreed(mut answers: impl Iterator<Item = bool>) -> Option<bool> {
    let first = answers.next()?;
    answers.all(|answer| answer == first).then_some(first)
}
