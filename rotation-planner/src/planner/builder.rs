//! Builds waves.
//!
//! The checker judges each step when the step is added, except steps of a fallback that may cut pairs.

use std::sync::Arc;

use crate::bundle::Bundle;
use crate::checker::{self, Checker};
use crate::error::Error;
use crate::plan::{Action, Event, Gate, Optimality, Plan, Step, WaitsFor, Wave};
use crate::refusal::When;
use crate::safety::Broken;
use crate::semantics::Activation;
use crate::state::{NodeState, State};

use super::{foreign, frozen};

pub(super) struct Builder {
    checker: Checker,
    waves: Vec<Wave>,
    open: Wave,
    /// The events that the last judged step waits for.
    ///
    /// The next step shares this list if it waits for the same events.
    waits_for: Arc<[WaitsFor]>,
}

impl Builder {
    pub(super) fn new(state: State) -> Self {
        Self { checker: Checker::of_state(state), waves: Vec::new(), open: empty(), waits_for: Arc::default() }
    }

    pub(super) fn state(&self) -> &State {
        self.checker.state()
    }

    pub(super) fn state_mut(&mut self) -> &mut State {
        self.checker.state_mut()
    }

    pub(super) fn checker(&self) -> &Checker {
        &self.checker
    }

    /// An error that names the cut pair, or the foreign anchor that would repair the pair.
    pub(super) fn witness(&self, broken: Broken) -> Error {
        if foreign::is_in_the_way(self.state(), broken) {
            return Error::foreign(self.state(), broken.to, broken.what);
        }
        Error::cut(checker::witness(self.state(), broken, When::Now))
    }

    pub(super) fn node(&self, node: usize) -> &NodeState {
        &self.state().nodes[node]
    }

    pub(super) fn step(
        &mut self,
        node: usize,
        action: Action,
        purpose: &'static [Event],
        waits_for: &[WaitsFor],
    ) -> Result<(), Error> {
        frozen::refuse_change(self.state(), node)?;
        let name = self.state().model.name(node).clone();
        if *self.waits_for != *waits_for {
            self.waits_for = waits_for.into();
        }
        let step = Step::new(name, action).because(purpose.into(), self.waits_for.clone());
        self.checker.state_mut().expect_step_of(node);
        self.checker.apply(&step)?;
        self.open.steps.push(step);
        Ok(())
    }

    pub(super) fn step_unjudged(
        &mut self,
        node: usize,
        action: Action,
        purpose: &'static [Event],
    ) -> Result<(), Error> {
        frozen::refuse_change(self.state(), node)?;
        let name = self.state().model.name(node).clone();
        let step = Step::new(name, action).because(purpose.into(), Arc::default());
        self.checker.take_unjudged(&step)?;
        self.open.steps.push(step);
        Ok(())
    }

    pub(super) fn stage_trust(&mut self, node: usize, bundle: Bundle, purpose: &'static [Event]) -> Result<(), Error> {
        self.stage_trust_after(node, bundle, purpose, &[])
    }

    pub(super) fn stage_trust_after(
        &mut self,
        node: usize,
        bundle: Bundle,
        purpose: &'static [Event],
        waits_for: &[WaitsFor],
    ) -> Result<(), Error> {
        if self.node(node).trust_on_disk == bundle {
            return Ok(());
        }
        let trust = self.checker.state_mut().model.trust(bundle);
        self.step(node, Action::StageTrust(trust), purpose, waits_for)
    }

    pub(super) fn stage_identity(
        &mut self,
        node: usize,
        identity: usize,
        purpose: &'static [Event],
        waits_for: &[WaitsFor],
    ) -> Result<(), Error> {
        if self.node(node).identity_on_disk == Some(identity) {
            return Ok(());
        }
        let identity = self.state().model.identity_label(identity).clone();
        self.step(node, Action::StageIdentity(identity), purpose, waits_for)
    }

    pub(super) fn activate(
        &mut self,
        node: usize,
        kind: Activation,
        purpose: &'static [Event],
        waits_for: &[WaitsFor],
    ) -> Result<(), Error> {
        self.step(node, Action::Activate(kind), purpose, waits_for)?;
        self.gate_on_handshakes(node);
        Ok(())
    }

    pub(super) fn start(
        &mut self,
        node: usize,
        purpose: &'static [Event],
        waits_for: &[WaitsFor],
    ) -> Result<(), Error> {
        self.step(node, Action::Start, purpose, waits_for)?;
        self.gate_on_handshakes(node);
        Ok(())
    }

    pub(super) fn gate_on_handshakes(&mut self, node: usize) {
        let state = self.checker.state();
        let node_state = &state.nodes[node];
        let serves = match node_state.served() {
            [identity] if !node_state.is_client() && node_state.accepts.contains(crate::Transport::Tls) => {
                Some(state.model.identity_label(*identity).clone())
            }
            _ => None,
        };
        let gate = Gate::Handshakes { node: state.model.name(node).clone(), serves };
        self.open.gates.push(gate);
    }

    pub(super) fn gate(&mut self, gate: Gate) {
        self.open.gates.push(gate);
    }

    pub(super) fn end_wave(&mut self) {
        if self.open.steps.is_empty() {
            return;
        }
        if self.open.gates.is_empty() {
            self.open.gates.push(Gate::Staged);
        }
        let Wave { steps, gates } = &mut self.open;
        self.waves.push(Wave { steps: taken(steps), gates: taken(gates) });
    }

    /// The bundle on the node's disk, and an anchor for each way in `more` that the bundle lacks.
    ///
    /// Foreign anchors that the node may not newly trust are left out.
    pub(super) fn bundle_with(&mut self, node: usize, more: Bundle) -> Bundle {
        let (on_disk, known) = (self.node(node).trust_on_disk, self.node(node).known);
        let model = &mut self.checker.state_mut().model;
        let lacked = model.bundles.subtract(more, on_disk);
        let more = model.grants(lacked);
        let foreign = model.foreign_in(more, known);
        let more = model.without(more, foreign);
        model.bundles.unite(on_disk, more)
    }

    pub(super) fn bundle_without(&mut self, node: usize, dropped: Bundle, serves: Option<usize>) -> Bundle {
        bundle_without(self.state_mut(), node, dropped, serves)
    }

    /// Whether no step has been added yet.
    pub(super) fn is_empty(&self) -> bool {
        self.waves.is_empty() && self.open.steps.is_empty()
    }

    pub(super) fn activations(&self) -> usize {
        let steps = self.waves.iter().chain([&self.open]).flat_map(Wave::steps);
        steps.filter(|step| matches!(step.action(), Action::Activate(_) | Action::Start)).count()
    }

    pub(super) fn finish(mut self, optimality: Optimality) -> Plan {
        self.end_wave();
        Plan { waves: self.waves, optimality, repairs: None }
    }
}

/// The bundle on the node's disk without `dropped`.
///
/// Java does not accept an empty truststore. So if the bundle would lose its last anchor, the result is instead the anchor of
/// the identity that the node `serves`. If there is no such identity, or if the node may not newly trust its anchor, the result
/// is the bundle on disk.
pub(super) fn bundle_without(state: &mut State, node: usize, dropped: Bundle, serves: Option<usize>) -> Bundle {
    let State { model, nodes, .. } = state;
    let (on_disk, known) = (nodes[node].trust_on_disk, nodes[node].known);
    let left = model.without(on_disk, dropped);
    if left != Bundle::NOTHING || on_disk == Bundle::NOTHING {
        return left;
    }
    let Some(serves) = serves else { return on_disk };
    let own = model.bundles.intern(std::iter::once(model.anchor_of(serves)).collect());
    let own = model.grants(own);
    if model.foreign_in(own, known) == Bundle::NOTHING { own } else { on_disk }
}

/// Takes all `items`.
///
/// Up to 64 items are moved into a new vector, so that `items` keeps its space for later use.
fn taken<T>(items: &mut Vec<T>) -> Vec<T> {
    if items.len() > 64 {
        return std::mem::take(items);
    }
    let mut taken = Vec::with_capacity(items.len());
    taken.append(items);
    taken
}

fn empty() -> Wave {
    Wave { steps: Vec::new(), gates: Vec::new() }
}
