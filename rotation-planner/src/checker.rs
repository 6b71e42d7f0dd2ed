//! Judges steps one by one.
//!
//! The checker uses no code of the module `planner`.

use std::collections::BTreeSet;

use crate::bundle::Bundle;
use crate::cluster::Cluster;
use crate::error::Error;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::few::Few;
use crate::label::{Identity, NodeName};
use crate::model::Model;
use crate::moment::{moment, step_moment};
use crate::plan::{Action, Plan, Step};
use crate::refusal::{Shown, When, Witness};
use crate::safety::{self, Broken, IDENTITIES, RELATIONS, Relation};
use crate::state::{NodeState, State};
use crate::tally::Tally;
use crate::transports;

/// Follows a cluster through steps and determines whether each step is safe.
///
/// A safe step cuts no pair of nodes that must talk, even if nodes crash. A rejection that existed before a step does not
/// make the step unsafe.
///
/// To judge a safe step, the checker does not visit the other nodes.
#[derive(Clone)]
pub struct Checker {
    state: State,
    tallies: [Tally; 3],
}

impl std::fmt::Debug for Checker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checker").field("nodes", &self.state.model.len()).finish_non_exhaustive()
    }
}

impl Checker {
    /// A checker for a cluster in which every pair that must talk can do so.
    ///
    /// # Errors
    /// [`ErrorKind::Unsafe`] with a pair that is cut or may be; [`ErrorKind::UnknownServedIdentity`],
    /// [`ErrorKind::NoIdentity`], [`ErrorKind::TwoAnchors`] for an observation that cannot be judged.
    pub fn safe(cluster: &Cluster) -> Result<Self, Error> {
        let checker = Self::never_worse(cluster)?;
        match checker.first_broken() {
            Some(broken) => {
                let when = moment(cluster, &checker.state, broken);
                Err(Error::cut(witness(&checker.state, broken, when)))
            }
            None => Ok(checker),
        }
    }

    /// A checker for a cluster that may be broken already.
    ///
    /// # Errors
    /// As [`Checker::safe`], except [`ErrorKind::Unsafe`].
    pub fn never_worse(cluster: &Cluster) -> Result<Self, Error> {
        Ok(Self::of_state(State::observe(cluster)?))
    }

    pub(crate) fn of_state(mut state: State) -> Self {
        let everything = state.model.everything_met();
        let anchors = state.model.bundles.set(everything).clone();
        let tallies = [Tally::new(anchors.clone()), Tally::new(anchors), Tally::new(state.model.transports.numbers())];
        let mut checker = Self { state, tallies };
        let State { model, nodes, .. } = &checker.state;
        for (number, node) in nodes.0.iter().enumerate() {
            for (relation, tally) in RELATIONS.into_iter().zip(&mut checker.tallies) {
                tally.accept(&model.bundles, relation.accepted(model, node), relation.accepted_in(model, number));
                for what in relation.shown(model, node) {
                    tally.show(what, relation.shown_in(model, number, what));
                }
            }
        }
        checker
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The state, for adding labels and bundles. Only steps change the nodes.
    pub(crate) fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    /// Judges `step` and, if it is safe, applies it. After an error, all nodes are unchanged.
    ///
    /// # Errors
    /// [`ErrorKind::Unsafe`] with the pair that the step would cut; [`ErrorKind::ForeignAnchor`] for a truststore with
    /// an anchor that the node may not newly trust; [`ErrorKind::UnknownNode`]; [`ErrorKind::TwoAnchors`];
    /// [`ErrorKind::NotApplicable`] for an action that the node's state or release does not allow.
    pub fn apply(&mut self, step: &Step) -> Result<(), Error> {
        let (number, next) = self.state.after(step)?;
        if matches!(step.action(), Action::StageTrust(_))
            && let Some(anchor) = safety::newly_trusted(&mut self.state, number, next.trust_on_disk)
        {
            return Err(Error::foreign(&self.state, number, anchor));
        }
        let changes = self.changes(number, &next);
        if let Some(broken) = changes.iter().find_map(|change| self.newly_broken(number, change)) {
            let when = step_moment(&self.state, step, number, broken);
            return Err(Error::cut(witness(&self.state, broken, when)));
        }
        self.take(number, next, &changes);
        Ok(())
    }

    pub(crate) fn take_unjudged(&mut self, step: &Step) -> Result<(), Error> {
        let (number, next) = self.state.after(step)?;
        let changes = self.changes(number, &next);
        self.take(number, next, &changes);
        Ok(())
    }

    fn changes(&self, number: usize, next: &NodeState) -> [Change; 3] {
        let State { model, nodes, .. } = &self.state;
        RELATIONS.map(|relation| Change::between(model, relation, &nodes[number], next))
    }

    fn take(&mut self, number: usize, next: NodeState, changes: &[Change; 3]) {
        let State { model, nodes, .. } = &mut self.state;
        for (change, tally) in changes.iter().zip(&mut self.tallies) {
            change.count(model, number, tally);
        }
        nodes[number] = next;
    }

    /// Whether some pair of nodes that must talk is or may be cut.
    pub fn is_broken(&self) -> bool {
        !(0..self.state.model.len()).all(|number| self.accepts_everything(number))
    }

    /// The pairs of nodes that must talk and are or may be cut.
    ///
    /// The names in each pair are in ascending order. The search takes time quadratic in the number of nodes.
    pub fn broken_pairs(&self) -> BTreeSet<(NodeName, NodeName)> {
        let name = |number: usize| self.state.model.name(number).clone();
        let pair = |broken: Broken| {
            let (one, other) = (name(broken.by), name(broken.to));
            if one < other { (one, other) } else { (other, one) }
        };
        safety::broken(&self.state).map(pair).collect()
    }

    pub(crate) fn first_broken(&self) -> Option<Broken> {
        if self.is_broken() { safety::broken(&self.state).next() } else { None }
    }

    pub(crate) fn tally(&self, relation: Relation) -> &Tally {
        tally(&self.tallies, relation)
    }

    pub(crate) fn is_accepted(&self, node: usize, identity: usize) -> bool {
        let model = &self.state.model;
        let anchor = model.anchor_of(identity);
        let refuse = |relation: Relation| {
            self.tally(relation).refused_outside(&model.bundles, anchor, relation.shown_in(model, node, anchor))
        };
        !IDENTITIES.into_iter().any(refuse)
    }

    fn accepts_everything(&self, number: usize) -> bool {
        RELATIONS.into_iter().all(|relation| self.accepts_everything_in(relation, number))
    }

    pub(crate) fn accepts_everything_in(&self, relation: Relation, number: usize) -> bool {
        let State { model, nodes, .. } = &self.state;
        let accepted = relation.accepted(model, &nodes[number]);
        self.tally(relation).accepts_outside(&model.bundles, accepted, relation.accepted_in(model, number))
    }

    pub(crate) fn is_broken_in(&self, relation: Relation) -> bool {
        !(0..self.state.model.len()).all(|number| self.accepts_everything_in(relation, number))
    }

    fn newly_broken(&self, number: usize, change: &Change) -> Option<Broken> {
        let model = &self.state.model;
        let (relation, tally) = (change.relation, self.tally(change.relation));
        let is_refused =
            |what: &usize| tally.refused_outside(&model.bundles, *what, relation.shown_in(model, number, *what));
        if let Some(what) = change.newly_shown().find(is_refused) {
            return Some(self.refused(relation, number, what));
        }
        let ([before, after], groups) = (change.accepted, relation.accepted_in(model, number));
        if before == after || tally.accepts_outside(&model.bundles, after, groups) {
            return None;
        }
        let mut unaccepted = tally.shown().beyond(model.bundles.set(after));
        let was_accepted = |what: usize| model.bundles.contains(before, what);
        let what = unaccepted.find(|what| was_accepted(*what) && tally.shown_outside(*what, groups))?;
        self.unaccepted(relation, number, what)
    }

    fn refused(&self, relation: Relation, by: usize, what: usize) -> Broken {
        let State { model, nodes, .. } = &self.state;
        let to = (0..model.len()).find(|to| {
            let accepted = relation.accepted(model, &nodes[*to]);
            relation.reaches(model, by, *to, what) && !model.bundles.contains(accepted, what)
        });
        Broken { relation, by, to: to.unwrap_or(by), what }
    }

    fn unaccepted(&self, relation: Relation, to: usize, what: usize) -> Option<Broken> {
        let State { model, nodes, .. } = &self.state;
        let shows = |by: &usize| relation.shown(model, &nodes[*by]).contains(&what);
        let by = (0..model.len()).filter(|by| relation.reaches(model, *by, to, what)).find(shows)?;
        Some(Broken { relation, by, to, what })
    }
}

/// What a node shows and accepts in one relation, before and after a step.
struct Change {
    relation: Relation,
    shown: [Few; 2],
    accepted: [Bundle; 2],
}

impl Change {
    fn between(model: &Model, relation: Relation, now: &NodeState, next: &NodeState) -> Self {
        let shown = [now, next].map(|node| relation.shown(model, node));
        Self { relation, shown, accepted: [now, next].map(|node| relation.accepted(model, node)) }
    }

    fn newly_shown(&self) -> impl Iterator<Item = usize> {
        let [before, after] = &self.shown;
        after.iter().copied().filter(|what| !before.contains(what))
    }

    fn no_longer_shown(&self) -> impl Iterator<Item = usize> {
        let [before, after] = &self.shown;
        before.iter().copied().filter(|what| !after.contains(what))
    }

    fn count(&self, model: &Model, node: usize, tally: &mut Tally) {
        let ([before, after], groups) = (self.accepted, self.relation.accepted_in(model, node));
        if before != after {
            tally.accept(&model.bundles, after, groups);
            tally.cease(&model.bundles, before, groups);
        }
        let groups = |what| self.relation.shown_in(model, node, what);
        self.newly_shown().for_each(|what| tally.show(what, groups(what)));
        self.no_longer_shown().for_each(|what| tally.hide(what, groups(what)));
    }
}

fn tally(tallies: &[Tally; 3], relation: Relation) -> &Tally {
    let [serving, offering, transport] = tallies;
    match relation {
        Relation::Serving => serving,
        Relation::Offering => offering,
        Relation::Transport => transport,
    }
}

/// Checks that every step of `plan` is safe if the steps are applied to `cluster` in order.
///
/// For example, the plan comes from a file. In a cluster that is already broken, no step may cut another pair.
///
/// # Errors
/// As [`Checker::never_worse`], or as [`Checker::apply`] for the first step that is not accepted.
pub fn check(cluster: &Cluster, plan: &Plan) -> Result<(), Error> {
    let staged = plan.steps().filter_map(|step| match step.action() {
        Action::StageIdentity(identity) => Some(identity),
        _ => None,
    });
    let mut state = State::observe_with(cluster, staged)?;
    for step in plan.steps() {
        if let Action::StageTrust(trust) = step.action() {
            state.model.bundle(trust);
        }
    }
    let mut checker = Checker::of_state(state);
    plan.steps().try_for_each(|step| checker.apply(step))
}

pub(crate) fn witness(state: &State, broken: Broken, when: When) -> Witness {
    let Broken { relation, by, to, what } = broken;
    let name = |node: usize| state.model.name(node).clone();
    let (client, server) = match relation {
        Relation::Serving => (name(to), name(by)),
        Relation::Offering | Relation::Transport => (name(by), name(to)),
    };
    let shown = match relation {
        Relation::Transport => Shown::Transport(transports::transport(what)),
        _ => Shown::Identity(shown_identity(state, by, what)),
    };
    Witness { client, server, shown, when, rule: relation.rule() }
}

/// The identity with which `node` shows `anchor`.
///
/// If `node` shows no such identity, returns the first known identity with that anchor, or a self-signed identity with the
/// anchor's label.
fn shown_identity(state: &State, node: usize, anchor: usize) -> Identity {
    let model = &state.model;
    let served = state.nodes[node].shown().iter().copied();
    let known = served.chain(model.identity_numbers()).find(|identity| model.anchor_of(*identity) == anchor);
    let label = model.anchor_label(anchor);
    known.map_or_else(|| Identity::new(label.as_str(), label), |identity| model.identity_label(identity).clone())
}
