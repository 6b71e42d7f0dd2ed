//! Rotation: trust the new anchors, serve the new identities, drop the old anchors.

use std::collections::HashMap;

use crate::anchor_set::{AnchorSet, Bundle};
use crate::cluster::Mutability;
use crate::error::{Error, ErrorKind, Unfinished};
use crate::goal::{Dropped, Goal};
use crate::mode::{InternodeMode, Transport};
use crate::model::Table;
use crate::plan::{Action, Event, Plan, Waiting, WaitsFor};
use crate::preference::{Batching, Order, Preference};
use crate::refusal::Refusal;
use crate::semantics::Activation;
use crate::state::State;

use super::builder::Builder;
use super::schedule::{Due, Job, Pending, Problem, Schedule};
use super::waves::Waves;
use super::{foreign, frozen, repair};

/// Lists of nodes that a step waits for are written out in clusters up to this size.
const MAX_LISTED: usize = 64;

pub(super) fn plan(state: State, goal: &Goal, preference: &Preference, waves: &Waves<'_>) -> Result<Plan, Refusal> {
    match waves.units().filter(|_| !state.model.several_nodes_in_a_group()) {
        // From some half-done states nodes of one unit wait for each other through a third.
        Some(units) => in_units(state.clone(), goal, preference, waves, Some(&Table(units)))
            .or_else(|_| in_units(state, goal, preference, waves, None)),
        None => in_units(state, goal, preference, waves, None),
    }
}

/// `units`: nodes that are stopped and started together, so that they need not wait for each other.
fn in_units(
    mut state: State,
    goal: &Goal,
    preference: &Preference,
    waves: &Waves<'_>,
    units: Option<&Table<usize>>,
) -> Result<Plan, Refusal> {
    refuse_plaintext(&state)?;
    let wanted = Wanted::of(&mut state, goal)?;
    frozen::refuse_untrusting(&mut state, &wanted)?;
    foreign::refuse_targets(&mut state, &wanted)?;
    let mut pending = wanted.pending(&mut state, preference.order, units);
    let needed = pending.0.iter().filter(|node| node.due.any()).count();
    let mut builder = Builder::new(state);
    repair::repair(&mut builder, Some(&wanted))?;
    let repaired = builder.activations();
    if !builder.is_empty() {
        pending = wanted.pending(builder.state_mut(), preference.order, units);
    }
    let bundles = builder.state().model.bundles.clone();
    let problem = Problem { bundles: &bundles, nodes: pending };
    let schedule = match preference.order {
        Order::FewestActivations => problem.schedule(),
        Order::AsDocumented => problem.every_event_alone(),
    };
    let schedule = if repaired > 0 || waves.batching != Batching::OneNode || wanted.drops_in_part(builder.state()) {
        schedule.bounded_by(repaired, needed)
    } else {
        schedule
    };
    let emitter = Emitter { order: preference.order, wanted: &wanted, problem: &problem, waves, builder };
    Ok(emitter.emit(&schedule)?)
}

/// What is wanted, in numbers.
pub(super) struct Wanted {
    /// The identity that each node is to serve.
    pub(super) targets: Table<usize>,
    /// The anchors of all of them.
    pub(super) anchors: Bundle,
    /// The anchors to drop.
    pub(super) dropped: Bundle,
    /// Whether a node is down and is to be started.
    starts: Table<bool>,
    /// The anchors of all that is served now: a node that starts must trust them, too.
    served: Bundle,
    /// The group that alone is to serve an anchor; `None`: several are.
    groups: HashMap<usize, Option<usize>>,
}

impl Wanted {
    pub(super) fn of(state: &mut State, goal: &Goal) -> Result<Self, Error> {
        let targets = targets(state, goal)?;
        let model = &mut state.model;
        let set: AnchorSet = targets.0.iter().map(|target| model.anchor_of(*target)).collect();
        let anchors = model.bundles.intern(set);
        let dropped = match &goal.dropped {
            Dropped::Nothing => Bundle::NOTHING,
            Dropped::These(trust) => model.bundle(trust),
            Dropped::AllExcept(kept) => {
                let (kept, met) = (model.bundle(kept), model.everything_met());
                let added = model.bundles.subtract(met, kept);
                model.bundles.subtract(added, anchors)
            }
            Dropped::Unused => {
                let met = model.everything_met();
                model.bundles.subtract(met, anchors)
            }
        };
        let mut groups = HashMap::new();
        for (node, target) in targets.0.iter().enumerate() {
            let group = model.group(node);
            let only = groups.entry(model.anchor_of(*target)).or_insert(Some(group));
            *only = only.filter(|only| *only == group);
        }
        refuse_contradiction(state, &targets, dropped)?;
        let starts = (0..state.model.len())
            .map(|node| !state.nodes[node].up && goal.targets.contains_key(state.model.name(node)))
            .collect();
        let running = state.nodes.0.iter().filter(|node| node.up);
        let served: AnchorSet =
            running.flat_map(|node| &node.serves).map(|identity| state.model.anchor_of(*identity)).collect();
        let served = state.model.bundles.intern(served);
        Ok(Self { targets, anchors, dropped, starts, served, groups })
    }

    /// Whether `bundle` lacks an anchor that a node outside `group` is to serve.
    pub(super) fn lacks(&self, state: &mut State, bundle: Bundle, group: usize) -> bool {
        if bundle == Bundle::EVERYTHING {
            return false;
        }
        let missing = state.model.bundles.subtract(self.anchors, bundle);
        let mut missing = state.model.bundles.set(missing).iter();
        missing.any(|anchor| self.groups.get(&anchor) != Some(&Some(group)))
    }

    /// The anchors that `node` must trust in the end: those of the targets of its peers, and where it starts those of what
    /// they serve until then.
    pub(super) fn needed_by(&self, state: &mut State, node: usize) -> Bundle {
        let group = state.model.group(node);
        let peers = |anchor: &usize| self.groups.get(anchor) != Some(&Some(group));
        let needed = state.model.bundles.set(self.anchors).iter().filter(peers).collect();
        let needed = state.model.bundles.intern(needed);
        let served = if self.starts[node] { self.served } else { Bundle::NOTHING };
        state.model.bundles.unite(needed, served)
    }

    /// Whether something that is served and is no target stays trusted. Then a node might accept, use and refuse in one
    /// activation, which the schedule never does: its cost is not proven to be the least.
    fn drops_in_part(&self, state: &State) -> bool {
        let model = &state.model;
        let served = state.nodes.0.iter().flat_map(|node| &node.serves).map(|identity| model.anchor_of(*identity));
        let is_left = |anchor: usize| {
            !model.bundles.contains(self.dropped, anchor) && !model.bundles.contains(self.anchors, anchor)
        };
        self.dropped != Bundle::NOTHING && served.into_iter().any(is_left)
    }

    fn pending(&self, state: &mut State, order: Order, units: Option<&Table<usize>>) -> Table<Pending> {
        let nodes = 0..state.model.len();
        let pending = |node| {
            let pending = self.pending_on(state, order, node);
            Pending { group: units.map_or(pending.group, |units| units[node]), ..pending }
        };
        nodes.map(pending).collect()
    }

    fn pending_on(&self, state: &mut State, order: Order, number: usize) -> Pending {
        let group = state.model.group(number);
        let node = &state.nodes[number];
        let target = self.targets[number];
        let loaded = if order == Order::FewestActivations && state.semantics.dials_with_trust_on_disk() {
            node.as_server
        } else {
            state.model.bundles.intersect(node.as_client, node.as_server)
        };
        let verifies = self.starts[number] || loaded != Bundle::EVERYTHING;
        let anchor = state.model.anchor_of(target);
        let starts = self.starts[number];
        let new = (starts || node.identity_on_disk != Some(target)).then_some(anchor);
        let uses = starts || node.up && node.serves != [target];
        // A node that cannot be changed keeps what it trusts: that cuts no other node off.
        let can_refuse = verifies && node.mutability == Mutability::Changeable;
        let meets = |bundle| state.model.bundles.meets(bundle, self.dropped);
        let refuse =
            can_refuse && (node.up && meets(node.possibly) || starts && (meets(node.possibly) || meets(self.served)));
        let shows_old = node.up
            && node
                .serves
                .iter()
                .any(|identity| state.model.bundles.contains(self.dropped, state.model.anchor_of(*identity)));
        let role = node.role;
        let accept = node.up && self.lacks(state, loaded, group);
        Pending { role, group, due: Due { accept, uses, refuse }, accepted: loaded, new, shows_old }
    }
}

fn targets(state: &mut State, goal: &Goal) -> Result<Table<usize>, Error> {
    for name in goal.targets.keys() {
        state.model.node(name)?;
    }
    let State { model, nodes, .. } = state;
    let target = |number: usize| {
        let name = model.name(number).clone();
        match (goal.targets.get(&name), nodes[number].identity_on_disk) {
            (Some(identity), _) => model.identity(identity),
            (None, Some(identity)) => Ok(identity),
            (None, None) => Err(Error::new(ErrorKind::NoIdentity(name))),
        }
    };
    (0..nodes.0.len()).map(target).collect()
}

fn refuse_plaintext(state: &State) -> Result<(), Error> {
    match state.nodes.0.iter().position(|node| node.up && node.dials.contains(Transport::Plaintext)) {
        Some(node) => Err(Error::new(ErrorKind::Unfinished {
            node: state.model.name(node).clone(),
            reason: Unfinished::Enabling,
        })),
        None => Ok(()),
    }
}

fn refuse_contradiction(state: &State, targets: &Table<usize>, dropped: Bundle) -> Result<(), Error> {
    for (node, target) in targets.0.iter().enumerate() {
        let anchor = state.model.anchor_of(*target);
        if state.model.bundles.contains(dropped, anchor) {
            let identity = state.model.identity_label(*target).id().clone();
            let anchor = state.model.anchor_label(anchor).clone();
            return Err(Error::new(ErrorKind::DropsServedAnchor {
                anchor,
                node: state.model.name(node).clone(),
                identity,
            }));
        }
    }
    Ok(())
}

/// Turns a schedule into steps.
struct Emitter<'a> {
    order: Order,
    wanted: &'a Wanted,
    problem: &'a Problem<'a>,
    waves: &'a Waves<'a>,
    builder: Builder,
}

impl Emitter<'_> {
    fn emit(mut self, schedule: &Schedule) -> Result<Plan, Error> {
        self.stage_new_trust()?;
        for phase in &schedule.phases {
            self.phase(phase)?;
        }
        self.stage_last_trust()?;
        Ok(self.builder.finish(schedule.optimality()))
    }

    /// More trust is always safe, so it goes to every disk first.
    fn stage_new_trust(&mut self) -> Result<(), Error> {
        for node in 0..self.problem.nodes.0.len() {
            let on_disk = self.builder.node(node).trust_on_disk;
            let lacks = self.lacks(node, on_disk);
            if lacks || self.wanted.starts[node] {
                let mut bundle = self.builder.bundle_with(node, self.wanted.anchors);
                if self.wanted.starts[node] {
                    bundle = self.builder.state_mut().model.bundles.unite(bundle, self.wanted.served);
                }
                self.builder.stage_trust(node, bundle, &[Event::Accept])?;
            }
        }
        self.builder.end_wave();
        Ok(())
    }

    fn lacks(&mut self, node: usize, bundle: Bundle) -> bool {
        let group = self.builder.state().model.group(node);
        self.wanted.lacks(self.builder.state_mut(), bundle, group)
    }

    /// All activations of a phase are of one kind.
    fn phase(&mut self, phase: &[Job]) -> Result<(), Error> {
        let kind = phase.first().map_or(Activation::Restart, |job| self.kind(job));
        let problem = self.problem;
        for wave in self.waves.pack(phase, kind, |by, to| problem.waits(by, to)) {
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

    /// While all of a unit are down none of them is shown anything that it does not accept yet.
    fn activate_together(&mut self, jobs: &[&Job]) -> Result<(), Error> {
        for job in jobs.iter().filter(|job| self.builder.node(job.node).up).collect::<Vec<_>>() {
            let waits_for = self.everything_it_waits_for(job);
            self.builder.step(job.node, Action::Stop, &job.events, &waits_for)?;
        }
        jobs.iter().try_for_each(|job| self.activate(job, Activation::Restart))
    }

    fn everything_it_waits_for(&self, job: &Job) -> Vec<WaitsFor> {
        job.events.iter().filter_map(|event| self.waits_for(job.node, *event)).collect()
    }

    fn activate(&mut self, job: &Job, kind: Activation) -> Result<(), Error> {
        let Job { node, events } = job;
        let waits_for = self.everything_it_waits_for(job);
        if events.contains(&Event::Use) {
            self.builder.stage_identity(*node, self.wanted.targets[*node], events, &waits_for)?;
        }
        if events.contains(&Event::Refuse) {
            let bundle = self.builder.bundle_without(*node, self.wanted.dropped);
            self.builder.stage_trust_after(*node, bundle, events, &waits_for)?;
        }
        if self.builder.node(*node).up {
            return self.builder.activate(*node, kind, events, &waits_for);
        }
        if self.builder.node(*node).mode_on_disk.dials() != Transport::Tls {
            self.builder.step(*node, Action::StageMode(InternodeMode::TlsOnly), events, &waits_for)?;
        }
        self.builder.start(*node, events, &waits_for)
    }

    /// Where no process holds the truststore, dropping the old is a matter of files.
    fn stage_last_trust(&mut self) -> Result<(), Error> {
        let nodes = &self.builder.state().nodes.0;
        let changeable: Vec<bool> = nodes.iter().map(|node| node.mutability == Mutability::Changeable).collect();
        for node in (0..self.problem.nodes.0.len()).filter(|node| changeable.get(*node) == Some(&true)) {
            let bundle = self.builder.bundle_without(node, self.wanted.dropped);
            let waits_for: Vec<WaitsFor> = self.waits_for(node, Event::Refuse).into_iter().collect();
            self.builder.stage_trust_after(node, bundle, &[Event::Refuse], &waits_for)?;
        }
        self.builder.end_wave();
        Ok(())
    }

    fn kind(&self, job: &Job) -> Activation {
        if self.order == Order::AsDocumented {
            return Activation::Restart;
        }
        let semantics = self.builder.state().semantics;
        let kind = |event: &Event| match event {
            Event::Use => semantics.identity_activation(),
            _ => semantics.trust_activation(),
        };
        job.events.iter().map(kind).max().unwrap_or(Activation::Restart)
    }

    fn waits_for(&self, node: usize, event: Event) -> Option<WaitsFor> {
        let nodes = &self.problem.nodes;
        let (before, waits): (Event, &dyn Fn(usize) -> bool) = match event {
            Event::Use => (Event::Accept, &|other| self.problem.waits(node, other)),
            Event::Refuse => (Event::Use, &|other| {
                nodes[other].due.uses && nodes[other].shows_old && nodes[other].group != nodes[node].group
            }),
            _ => return None,
        };
        if nodes.0.len() > MAX_LISTED {
            return Some(WaitsFor { event: before, on: Waiting::EveryPeer });
        }
        let awaited: Vec<usize> = (0..nodes.0.len()).filter(|other| waits(*other)).collect();
        let name = |other: &usize| self.builder.state().model.name(*other).clone();
        let on = Waiting::Nodes(awaited.iter().map(name).collect());
        (!awaited.is_empty()).then_some(WaitsFor { event: before, on })
    }
}
