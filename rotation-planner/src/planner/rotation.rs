//! Rotation: trust the new anchors, serve the new identities, drop the old anchors.

use std::collections::HashSet;

use crate::anchor_set::AnchorSet;
use crate::bundle::Bundle;
use crate::cluster::Mutability;
use crate::error::{Error, ErrorKind, Unfinished};
use crate::goal::{Dropped, Goal};
use crate::label::Identity;
use crate::mode::{InternodeMode, Transport};
use crate::model::{Model, Table};
use crate::plan::{Action, Event, Gate, Optimality, Plan, WaitsFor};
use crate::preference::{Batching, Order, Preference};
use crate::refusal::Refusal;
use crate::safety::{IDENTITIES, Relation};
use crate::semantics::Activation;
use crate::state::{NodeState, State};
use crate::tally::Tally;
use crate::trust::Trust;

use super::builder::{self, Builder};
use super::repair::Transports;
use super::schedule::{Due, Job, Pending, Problem, Schedule};
use super::waiting::{Naming, Waits};
use super::waves::Waves;
use super::{foreign, frozen, repair};

/// The maximum number of nodes for which a rotation's steps list the awaited nodes.
const MAX_LISTED: usize = 64;

pub(super) fn plan(state: State, goal: &Goal, preference: &Preference, waves: &Waves<'_>) -> Result<Plan, Refusal> {
    match waves.units().filter(|_| !state.model.several_nodes_in_a_group() && !state.model.has_clients()) {
        // In some half-done states, nodes of one unit wait for each other through a third node.
        Some(units) => in_units(state.clone(), goal, preference, waves, Some(&Table(units)))
            .or_else(|_| in_units(state, goal, preference, waves, None)),
        None => in_units(state, goal, preference, waves, None),
    }
}

/// Plans the rotation; `units`, if given, contains the unit of each node.
///
/// The nodes of a unit are stopped and started together, so they need not wait for each other.
fn in_units(
    mut state: State,
    goal: &Goal,
    preference: &Preference,
    waves: &Waves<'_>,
    units: Option<&Table<usize>>,
) -> Result<Plan, Refusal> {
    refuse_plaintext(&state)?;
    let wanted = Wanted::of(&mut state, goal)?;
    frozen::refuse_untrusting(&state, &wanted)?;
    foreign::refuse_targets(&mut state, &wanted)?;
    // In every order, each node with an event that is due is activated at least once.
    let least = wanted.pending(&mut state, Order::FewestActivations, units);
    let is_mixed = state.model.places.is_mixed();
    let is_needed = |due: Due| if is_mixed { due.is_for_the_goal() } else { due.any() };
    let needed = least.0.iter().filter(|node| is_needed(node.due)).count();
    let mut builder = Builder::new(state);
    repair::repair(&mut builder, Some(&wanted), Transports::Stay)?;
    let repaired = builder.activations();
    let least =
        if builder.is_empty() { least } else { wanted.pending(builder.state_mut(), Order::FewestActivations, units) };
    let documented = match preference.order {
        Order::FewestActivations => None,
        Order::AsDocumented => Some(wanted.pending(builder.state_mut(), Order::AsDocumented, units)),
    };
    let bundles = builder.state().model.bundles.clone();
    let least = Problem { bundles: &bundles, nodes: least };
    let schedule = least.schedule();
    let (problem, schedule) = match documented {
        None => (least, schedule),
        Some(nodes) => {
            let problem = Problem { bundles: &bundles, nodes };
            let schedule = problem.every_event_alone(&schedule);
            (problem, schedule)
        }
    };
    let is_proven = repaired == 0
        && !is_mixed
        && waves.batching == Batching::OneNode
        && !wanted.drops_in_part(builder.state())
        && !wanted.drops_of_several(builder.state())
        && !problem.may_accept_and_refuse_at_once()
        && !kinds_differ(builder.state(), &problem)
        && !builder.state().nodes.0.iter().any(NodeState::verifies_for_clients_alone);
    let schedule = if is_proven { schedule } else { schedule.bounded_by(repaired, needed) };
    let may_reload = match preference.order {
        Order::FewestActivations => may_reload_in_part(builder.state(), &problem),
        // The documented order has only restarts.
        Order::AsDocumented => builder.state().nodes.0.iter().any(NodeState::may_reload),
    };
    let schedule = if may_reload && !schedule.phases.is_empty() { schedule.without_proof() } else { schedule };
    let naming = if problem.nodes.0.len() > MAX_LISTED { Naming::Together } else { Naming::Each };
    let waits = Waits::new(&problem, &schedule, naming);
    let emitter = Emitter { order: preference.order, wanted: &wanted, problem: &problem, waits, waves, builder };
    Ok(emitter.emit(&schedule)?)
}

/// Whether merging two activations may save more on one node than on another.
///
/// A schedule with the fewest activations may then not have the fewest restarts.
fn kinds_differ(state: &State, problem: &Problem<'_>) -> bool {
    let nodes = state.nodes.0.iter().zip(&problem.nodes.0);
    let merging = nodes.filter(|(_, pending)| pending.due.uses && (pending.due.accept || pending.due.refuse));
    let kinds: HashSet<_> = merging.map(|(node, _)| (node.trust_activation(), node.identity_activation())).collect();
    kinds.len() > 1
}

/// Whether a reload might be enough on some node for which a restart is planned.
///
/// For example, if only clients show a new identity to a node, the node needs new trust only as a server.
fn may_reload_in_part(state: &State, problem: &Problem<'_>) -> bool {
    let mut nodes = state.nodes.0.iter().zip(&problem.nodes.0);
    state.model.has_clients() && nodes.any(|(node, pending)| pending.due.any() && node.is_activated_in_parts())
}

/// The identities and anchors of a goal, as numbers.
pub(super) struct Wanted {
    /// The identity that each node is to show; a client may have none.
    pub(super) targets: Table<Option<usize>>,
    /// The anchors or ways that nodes must trust in the end, one for each served identity.
    pub(super) anchors: Bundle,
    pub(super) dropped: Bundle,
    /// The anchors to drop, and each way that contains one of them.
    refused: Bundle,
    /// For each node, whether the node is down and the plan starts it.
    starts: Table<bool>,
    /// For each node, whether the node is up, frozen and not named by the goal.
    ///
    /// Such a node keeps serving what it may serve now.
    stays: Table<bool>,
    /// The groups that are to show each anchor or way.
    groups: Table<Groups>,
    /// If scopes are mixed: the nodes that are to show each anchor or way, by relation.
    shown_in_the_end: Option<[Tally; 2]>,
}

impl Wanted {
    pub(super) fn of(state: &mut State, goal: &Goal) -> Result<Self, Error> {
        let named = named(state, goal)?;
        let targets = targets(state, &named)?;
        let nodes = || state.nodes.0.iter().zip(named.0.iter().map(Option::is_some));
        let stays =
            |(node, is_named): (&NodeState, bool)| node.mutability == Mutability::Frozen && node.up && !is_named;
        let stays: Table<bool> = nodes().map(stays).collect();
        let starts: Table<bool> = nodes().map(|(node, is_named)| !node.up && is_named).collect();
        let served = used(state, &targets, &stays, &starts);
        let used = state.model.members_of_all(served.iter().map(|(_, identity)| state.model.anchor_of(*identity)));
        let dropped = dropped(&mut state.model, goal, &used);
        refuse_contradiction(state, &served, &dropped)?;
        let model = &mut state.model;
        // In the end, peers accept the identity through an anchor that is not dropped.
        let mut needed = |identity: usize| {
            let way = model.anchor_of(identity);
            model.way_without(way, &dropped)
        };
        let needed: Vec<(usize, usize)> = served.iter().map(|(node, identity)| (*node, needed(*identity))).collect();
        let anchors = model.bundles.intern(needed.iter().map(|(_, way)| *way).collect());
        let groups = groups_of(needed.iter().map(|(node, way)| (*way, model.group(*node))));
        let shown_in_the_end =
            model.places.is_mixed().then(|| IDENTITIES.map(|relation| shown_by(state, relation, &needed)));
        let model = &mut state.model;
        let refused = model.truststore(dropped.clone());
        let dropped = model.bundles.intern(dropped);
        Ok(Self { targets, anchors, dropped, refused, starts, stays, groups, shown_in_the_end })
    }

    /// Whether `bundle` lacks an anchor that the node must trust in the end.
    pub(super) fn lacks(&self, state: &State, bundle: Bundle, node: usize) -> bool {
        let (needed, held) = (state.model.bundles.set(self.anchors), state.model.bundles.set(bundle));
        bundle != Bundle::EVERYTHING
            && !needed.is_within(held)
            && needed.beyond(held).any(|anchor| self.is_needed(state, anchor, node))
    }

    /// Whether a peer will show `anchor` to the node.
    fn is_needed(&self, state: &State, anchor: usize, node: usize) -> bool {
        let Some(shown) = &self.shown_in_the_end else {
            return self.groups.0.get(anchor) != Some(&Groups::Only(state.model.group(node)));
        };
        IDENTITIES.into_iter().zip(shown).any(|(relation, shown)| {
            let is_verified = relation == Relation::Serving || state.nodes[node].may_verify_clients();
            is_verified && shown.shown_outside(anchor, relation.accepted_in(&state.model, node))
        })
    }

    /// The anchors that `node` must trust in the end: those of its peers' identities.
    pub(super) fn needed_by(&self, state: &mut State, node: usize) -> Bundle {
        let anchors = state.model.bundles.set(self.anchors).iter();
        let needed = anchors.filter(|anchor| self.is_needed(state, *anchor, node)).collect();
        state.model.bundles.intern(needed)
    }

    /// Whether anchors are dropped, but the anchor of an old identity stays trusted.
    ///
    /// A node might then accept, use and refuse in one activation where the schedule uses more, so the schedule's cost is not
    /// proven minimal.
    fn drops_in_part(&self, state: &State) -> bool {
        let model = &state.model;
        let served = state.nodes.0.iter().flat_map(NodeState::shown).map(|identity| model.anchor_of(*identity));
        let is_left = |anchor: usize| {
            !model.bundles.contains(self.refused, anchor) && !model.bundles.contains(self.anchors, anchor)
        };
        self.dropped != Bundle::NOTHING && served.into_iter().any(is_left)
    }

    fn pending(&self, state: &mut State, order: Order, units: Option<&Table<usize>>) -> Table<Pending> {
        let nodes = 0..state.model.len();
        let shown = self.old_shown(state);
        let pending = |node| {
            let pending = self.pending_on(state, order, node, &shown);
            Pending { group: units.map_or(pending.group, |units| units[node]), ..pending }
        };
        nodes.map(pending).collect()
    }

    /// Whether an activation makes the node drop anything; its last anchors may have to stay.
    fn can_drop(&self, state: &mut State, number: usize) -> bool {
        if self.lacks(state, state.nodes[number].trust_on_disk, number) {
            return true;
        }
        let left = builder::bundle_without(state, number, self.dropped, self.targets[number]);
        let bundles = &mut state.model.bundles;
        if !bundles.meets(left, self.dropped) {
            return true;
        }
        let gone = bundles.subtract(state.nodes[number].possibly, left);
        bundles.meets(gone, self.dropped)
    }

    /// Whether an identity has an anchor that is dropped and an anchor that is not.
    ///
    /// A node might then drop the former anchor earlier than the schedule does.
    fn drops_of_several(&self, state: &State) -> bool {
        let model = &state.model;
        let served = state.nodes.0.iter().flat_map(NodeState::shown).chain(self.targets.0.iter().flatten());
        let dropped = model.bundles.set(self.dropped);
        served.into_iter().any(|identity| model.is_partly_within(model.anchor_of(*identity), dropped))
    }

    fn old_shown(&self, state: &State) -> OldShown {
        let up = state.nodes.0.iter().enumerate().filter(|(_, node)| node.up);
        let dropped = state.model.bundles.set(self.dropped);
        let shown = up.flat_map(|(number, node)| {
            let ways = node.shown().iter().map(|identity| state.model.anchor_of(*identity));
            let anchors = ways.flat_map(|way| state.model.anchors_of(way));
            anchors.filter(|anchor| dropped.contains(*anchor)).map(move |anchor| (anchor, state.model.group(number)))
        });
        let groups = groups_of(shown);
        let is_shown = |(_, groups): &(usize, &Groups)| **groups != Groups::None;
        let anchors = groups.0.iter().enumerate().filter(is_shown).map(|(anchor, _)| anchor).collect();
        OldShown { anchors, groups }
    }

    fn pending_on(&self, state: &mut State, order: Order, number: usize, shown: &OldShown) -> Pending {
        let group = state.model.group(number);
        let node = &state.nodes[number];
        let target = self.targets[number];
        let at_once = |reads_disk: bool| order == Order::FewestActivations && reads_disk;
        let loaded = |accepted, reads_disk| if at_once(reads_disk) { Bundle::EVERYTHING } else { accepted };
        let as_client = loaded(node.as_client, node.dials_with_trust_on_disk());
        let as_server = loaded(node.as_server, node.verifies_with_trust_on_disk());
        let loaded = state.model.bundles.intersect(as_client, as_server);
        let node = &state.nodes[number];
        let verifies = loaded != Bundle::EVERYTHING;
        let starts = self.starts[number];
        let new = target.filter(|_| starts || node.identity_on_disk != target);
        let new = new.map(|target| state.model.anchor_of(target));
        let stays = self.stays[number];
        let serves_nothing = target.is_some() && node.running.serves.is_empty() && !node.uses_identity_at_once();
        let uses = !stays && node.up && (node.shown() != target.as_slice() || serves_nothing);
        let uses_at_once = uses && at_once(node.uses_identity_at_once());
        // A node that cannot be changed keeps its trust, which cuts off no other node.
        let can_refuse = verifies && node.mutability == Mutability::Changeable;
        let may_refuse = can_refuse && node.up && state.model.bundles.meets(node.possibly, self.dropped);
        let refuse = may_refuse && self.can_drop(state, number);
        let node = &state.nodes[number];
        // If no peer shows the anchors that the node is to drop, the node may drop them at any time.
        let is_shown_to_it = |anchor: usize| shown.groups[anchor] != Groups::Only(group);
        let is_awaited = || state.model.bundles.set(node.possibly).common(&shown.anchors).any(is_shown_to_it);
        let refuse_is_free = refuse && order == Order::FewestActivations && !is_awaited();
        let shows_old = node.up
            && node
                .shown()
                .iter()
                .any(|identity| state.model.bundles.contains(self.refused, state.model.anchor_of(*identity)));
        let role = node.role;
        let accept = !stays && node.up && self.lacks(state, loaded, number);
        let due = Due { accept, uses: uses && !uses_at_once, uses_at_once, refuse, start: starts, refuse_is_free };
        Pending { role, group, due, accepted: loaded, new, shows_old }
    }
}

/// The nodes that show each of these anchors or ways in `relation`.
fn shown_by(state: &State, relation: Relation, shown: &[(usize, usize)]) -> Tally {
    let mut tally = Tally::default();
    for (node, way) in
        shown.iter().filter(|(node, _)| relation == Relation::Offering || !state.nodes[*node].is_client())
    {
        tally.show(*way, relation.shown_in(&state.model, *node, *way));
    }
    tally
}

/// The shown anchors that are to be dropped, with the groups that show each.
struct OldShown {
    anchors: AnchorSet,
    groups: Table<Groups>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Groups {
    #[default]
    None,
    Only(usize),
    Several,
}

/// The identities that are served in the end, each with its node.
///
/// A node serves its target and, if the node `stays`, the identities that it may serve now. A node that has not joined
/// and does not join serves none.
fn used(
    state: &State,
    targets: &Table<Option<usize>>,
    stays: &Table<bool>,
    starts: &Table<bool>,
) -> Vec<(usize, usize)> {
    let own = |(node, target): (usize, &Option<usize>)| {
        let served = if stays[node] { state.nodes[node].shown() } else { &[] };
        target.iter().chain(served).copied().map(move |identity| (node, identity)).collect::<Vec<_>>()
    };
    let takes_part = |(node, _): &(usize, &Option<usize>)| !state.nodes[*node].empty || starts[*node];
    targets.0.iter().enumerate().filter(takes_part).flat_map(own).collect()
}

fn named<'a>(state: &State, goal: &'a Goal) -> Result<Table<Option<&'a Identity>>, Error> {
    let mut named = Table(vec![None; state.model.len()]);
    let mut node = 0;
    for (name, identity) in &goal.targets {
        node = state.model.node_near(node, name)?;
        refuse_new_client(state, node)?;
        named[node] = Some(identity);
    }
    Ok(named)
}

/// Refuses a named client without an identity.
///
/// The nodes are planned as if they did not verify such a client. With an identity on its disk, the client counts as one that
/// they verify.
pub(super) fn refuse_new_client(state: &State, node: usize) -> Result<(), Error> {
    let client = &state.nodes[node];
    if client.is_client() && client.shown_or_on_disk().next().is_none() {
        return Err(Error::new(ErrorKind::NoIdentity(state.model.name(node).clone())));
    }
    Ok(())
}

fn targets(state: &mut State, named: &Table<Option<&Identity>>) -> Result<Table<Option<usize>>, Error> {
    let State { model, nodes, .. } = state;
    let target = |(number, node): (usize, &NodeState)| match (named[number], node.identity_on_disk) {
        (Some(identity), _) => model.identity(identity).map(Some),
        (None, None) if node.is_client() => Ok(None),
        (None, own @ Some(_)) => Ok(own),
        (None, None) => Err(Error::new(ErrorKind::NoIdentity(model.name(number).clone()))),
    };
    nodes.0.iter().enumerate().map(target).collect()
}

fn refuse_plaintext(state: &State) -> Result<(), Error> {
    refuse_without_tls(state)?;
    let is_plain = |node: &NodeState| node.up && node.dials.contains(Transport::Plaintext);
    match state.nodes.0.iter().position(is_plain).filter(|_| !is_plaintext(state)) {
        Some(node) => Err(Error::new(ErrorKind::Unfinished {
            node: state.model.name(node).clone(),
            reason: Unfinished::Enabling,
        })),
        None => Ok(()),
    }
}

/// Refuses to change certificates that are not in use.
///
/// Clients see the served identities, whatever transport the nodes use among themselves.
pub(super) fn refuse_without_tls(state: &State) -> Result<(), Error> {
    match running_nodes(state).next().filter(|_| is_plaintext(state) && !state.model.has_clients()) {
        Some(node) => Err(Error::new(ErrorKind::Unfinished {
            node: state.model.name(node).clone(),
            reason: Unfinished::NotEnabled,
        })),
        None => Ok(()),
    }
}

/// Whether nodes run, and none of them dials TLS.
fn is_plaintext(state: &State) -> bool {
    let mut running = running_nodes(state).peekable();
    running.peek().is_some() && running.all(|node| !state.nodes[node].dials.contains(Transport::Tls))
}

fn running_nodes(state: &State) -> impl Iterator<Item = usize> {
    (0..state.model.len()).filter(|node| state.nodes[*node].up && !state.nodes[*node].is_client())
}

/// The anchors to drop; `used` are those of the identities that are served in the end.
fn dropped(model: &mut Model, goal: &Goal, used: &AnchorSet) -> AnchorSet {
    let named = |model: &mut Model, trust: &Trust| {
        let bundle = model.bundle(trust);
        model.anchors_in(bundle)
    };
    let unused = |model: &mut Model| {
        let met = model.everything_met();
        model.anchors_in(met).without(used)
    };
    match &goal.dropped {
        Dropped::Nothing => AnchorSet::default(),
        Dropped::These(trust) => named(model, trust),
        Dropped::Unused => unused(model),
        Dropped::UnusedAnd(trust) => unused(model).or(&named(model, trust)),
        Dropped::UnusedExcept { kept, named: also } => {
            unused(model).without(&named(model, kept)).or(&named(model, also))
        }
    }
}

fn refuse_contradiction(state: &State, served: &[(usize, usize)], dropped: &AnchorSet) -> Result<(), Error> {
    for (node, identity) in served {
        let anchor = state.model.anchor_of(*identity);
        if state.model.is_within(anchor, dropped) {
            let identity = state.model.identity_label(*identity).id().clone();
            let anchor = state.model.anchor_label(anchor).clone();
            return Err(Error::new(ErrorKind::DropsServedAnchor {
                anchor,
                node: state.model.name(*node).clone(),
                identity,
            }));
        }
    }
    Ok(())
}

pub(super) fn drop_on_disk(mut state: State, goal: &Goal) -> Result<Plan, Error> {
    let wanted = Wanted::of(&mut state, goal)?;
    let mut builder = Builder::new(state);
    stage_last_trust(&mut builder, &wanted, |_, _| Vec::new())?;
    Ok(builder.finish(Optimality::Minimum))
}

/// Stages truststores without the dropped anchors on changeable nodes, without an activation.
fn stage_last_trust(
    builder: &mut Builder,
    wanted: &Wanted,
    waits_for: impl Fn(&Model, usize) -> Vec<WaitsFor>,
) -> Result<(), Error> {
    for node in 0..builder.state().model.len() {
        if builder.node(node).mutability == Mutability::Changeable {
            let bundle = builder.bundle_without(node, wanted.dropped, wanted.targets[node]);
            let waits_for = waits_for(&builder.state().model, node);
            builder.stage_trust_after(node, bundle, &[Event::Refuse], &waits_for)?;
        }
    }
    builder.end_wave();
    Ok(())
}

fn groups_of(pairs: impl Iterator<Item = (usize, usize)>) -> Table<Groups> {
    let mut groups: Table<Groups> = Table::default();
    for (anchor, group) in pairs {
        let known = groups.row(anchor);
        *known = match known {
            Groups::None => Groups::Only(group),
            Groups::Only(only) if *only == group => *known,
            _ => Groups::Several,
        };
    }
    groups
}

/// Turns a schedule into steps.
struct Emitter<'a> {
    order: Order,
    wanted: &'a Wanted,
    problem: &'a Problem<'a>,
    waits: Waits<'a>,
    waves: &'a Waves<'a>,
    builder: Builder,
}

impl Emitter<'_> {
    fn emit(mut self, schedule: &Schedule) -> Result<Plan, Error> {
        self.stage_new_trust()?;
        self.stage_shown_identities()?;
        for phase in &schedule.phases {
            self.phase(phase)?;
        }
        let waits_for = |model: &Model, node| self.waits.of(model, node, &[Event::Refuse]);
        stage_last_trust(&mut self.builder, self.wanted, waits_for)?;
        Ok(self.builder.finish(schedule.optimality()))
    }

    /// Stages the new trust on the disks that lack it.
    ///
    /// More trust cuts no pair, so these steps come first. Nodes that stay as they are, or that are started later, are left out.
    /// If a node may drop anchors at any time, its new truststore lacks those anchors already.
    fn stage_new_trust(&mut self) -> Result<(), Error> {
        for node in 0..self.problem.nodes.0.len() {
            let on_disk = self.builder.node(node).trust_on_disk;
            let is_changed = !self.wanted.stays[node] && !self.wanted.starts[node];
            if is_changed && self.lacks(node, on_disk) {
                let mut bundle = self.builder.bundle_with(node, self.wanted.anchors);
                if self.problem.nodes[node].due.refuse_is_free {
                    bundle = self.builder.state_mut().model.without(bundle, self.wanted.dropped);
                }
                self.builder.stage_trust(node, bundle, &[Event::Accept])?;
            }
        }
        self.builder.end_wave();
        Ok(())
    }

    /// Stages the identities that nodes show already, but do not have on their disks.
    fn stage_shown_identities(&mut self) -> Result<(), Error> {
        for node in 0..self.problem.nodes.0.len() {
            let state = self.builder.node(node);
            if let Some(target) = self.wanted.targets[node].filter(|target| state.up && state.shown() == [*target]) {
                self.builder.stage_identity(node, target, &[Event::Use], &[])?;
            }
        }
        self.builder.end_wave();
        Ok(())
    }

    fn lacks(&self, node: usize, bundle: Bundle) -> bool {
        self.wanted.lacks(self.builder.state(), bundle, node)
    }

    /// Plans a phase.
    ///
    /// If its jobs may wait for each other, they keep their order. Otherwise, the jobs with the cheapest activation come first.
    fn phase(&mut self, phase: &[Job]) -> Result<(), Error> {
        let mut phase: Vec<(Option<Activation>, Job)> = phase.iter().map(|job| (self.kind(job), *job)).collect();
        if !phase.iter().any(|(_, job)| job.accepts_and_uses()) {
            phase.sort_by_key(|(kind, _)| *kind);
        }
        for jobs in phase.chunk_by(|one, next| one.0 == next.0) {
            let kind = jobs.first().and_then(|(kind, _)| *kind);
            let jobs: Vec<Job> = jobs.iter().map(|(_, job)| *job).collect();
            match kind {
                Some(kind) => self.phase_of(&jobs, kind)?,
                None => self.stage_at_once(&jobs)?,
            }
        }
        Ok(())
    }

    fn stage_identity(&mut self, job: &Job) -> Result<(), Error> {
        let Some(target) = self.wanted.targets[job.node] else { return Ok(()) };
        let waits_for = self.everything_it_waits_for(job);
        self.builder.stage_identity(job.node, target, job.events, &waits_for)
    }

    /// Stages identities that are used as soon as they are on disk.
    fn stage_at_once(&mut self, jobs: &[Job]) -> Result<(), Error> {
        for job in jobs {
            self.stage_identity(job)?;
            self.builder.gate_on_handshakes(job.node);
        }
        self.builder.end_wave();
        Ok(())
    }

    fn phase_of(&mut self, jobs: &[Job], kind: Activation) -> Result<(), Error> {
        let problem = self.problem;
        for wave in self.waves.pack(jobs, kind, Some(problem)) {
            let is_unit = |job: &&Job| job.events.len() > 1 && kind == Activation::Restart;
            if wave.len() > 1 && wave.iter().all(is_unit) {
                self.activate_together(&wave)?;
            } else {
                wave.into_iter().try_for_each(|job| self.activate(job, kind))?;
            }
            self.builder.end_wave();
        }
        Ok(())
    }

    /// Restarts nodes of a unit together.
    ///
    /// All of these nodes are stopped in one wave before the first starts again, so that no node is shown anything that it does
    /// not accept yet.
    fn activate_together(&mut self, jobs: &[&Job]) -> Result<(), Error> {
        for job in jobs.iter().filter(|job| self.builder.node(job.node).up).collect::<Vec<_>>() {
            let waits_for = self.everything_it_waits_for(job);
            self.builder.step(job.node, Action::Stop, job.events, &waits_for)?;
            let name = self.builder.state().model.name(job.node).clone();
            self.builder.gate(Gate::Stopped(name));
        }
        self.builder.end_wave();
        jobs.iter().try_for_each(|job| self.activate(job, Activation::Restart))
    }

    fn everything_it_waits_for(&self, job: &Job) -> Vec<WaitsFor> {
        self.waits.of(&self.builder.state().model, job.node, job.events)
    }

    fn activate(&mut self, job: &Job, kind: Activation) -> Result<(), Error> {
        let Job { node, events } = *job;
        let waits_for = self.everything_it_waits_for(job);
        if events.contains(&Event::Use) {
            self.stage_identity(job)?;
        }
        if self.wanted.starts[node] {
            self.stage_trust_for_start(node, events)?;
        } else if events.contains(&Event::Refuse) {
            let bundle = self.builder.bundle_without(node, self.wanted.dropped, self.wanted.targets[node]);
            self.builder.stage_trust_after(node, bundle, events, &waits_for)?;
        }
        if self.builder.node(node).up {
            return self.builder.activate(node, kind, events, &waits_for);
        }
        if self.builder.node(node).mode_on_disk.dials() != Transport::Tls && !is_plaintext(self.builder.state()) {
            let is_met = self.builder.state().model.places.met_in_plaintext(node).next().is_some();
            let mode = if is_met { InternodeMode::TlsAcceptingPlaintext } else { InternodeMode::TlsOnly };
            self.builder.step(node, Action::StageMode(mode), events, &waits_for)?;
        }
        self.builder.start(node, events, &waits_for)
    }

    /// Stages the trust of a stopped node that is about to start.
    ///
    /// The node then trusts the identities that its peers may show, and the identities that nodes are to show in the end.
    fn stage_trust_for_start(&mut self, node: usize, events: &'static [Event]) -> Result<(), Error> {
        let State { model, nodes, .. } = self.builder.state_mut();
        let peers = (0..nodes.0.len()).filter(|peer| nodes[*peer].up && model.talk(*peer, node));
        let served = peers.flat_map(|peer| nodes[peer].shown()).map(|identity| model.anchor_of(*identity)).collect();
        let served = model.bundles.intern(served);
        foreign::refuse(self.builder.state_mut(), node, served)?;
        let with = self.builder.bundle_with(node, self.wanted.anchors);
        let model = &mut self.builder.state_mut().model;
        let left = model.without(with, self.wanted.dropped);
        // The node still needs a dropped anchor if a peer is accepted through no other.
        let lacked = model.bundles.subtract(served, left);
        let granted = model.grants(lacked);
        let bundle = model.bundles.unite(left, granted);
        self.builder.stage_trust(node, bundle, events)
    }

    /// The activation that a job needs; `None` if the staged file is used without an activation.
    ///
    /// A start counts as a restart, so that joining nodes start one after the other. The documented order has only restarts.
    fn kind(&self, job: &Job) -> Option<Activation> {
        let node = self.builder.node(job.node);
        if self.order == Order::AsDocumented || !node.up {
            return Some(Activation::Restart);
        }
        let kind = |event: &Event| match event {
            Event::Use => node.identity_activation(),
            _ => node.trust_activation(),
        };
        job.events.iter().filter_map(kind).max()
    }
}
