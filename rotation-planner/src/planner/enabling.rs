//! Enables and disables TLS, and sets client authentication.
//!
//! A change of the transport has up to three events on each node: the node accepts the new transport, uses the new transport,
//! and refuses the old one.

use std::collections::BTreeSet;

use crate::bundle::Bundle;
use crate::checker::Checker;
use crate::cluster::{Role, Scope};
use crate::error::{Error, ErrorKind, Unfinished};
use crate::goal::{Goal, Plaintext};
use crate::label::NodeName;
use crate::mode::{InternodeMode, Transport};
use crate::model::Table;
use crate::plan::{Action, Event, Gate, Optimality, Plan, Step};
use crate::preference::Order;
use crate::refusal::{Fallback, Impact, Refusal, Rule, Shown, When, Witness};
use crate::semantics::{Activation, ClientAuth, OptionalSupport};
use crate::state::State;

use super::builder::Builder;
use super::repair::Transports;
use super::rotation::Wanted;
use super::schedule::{Due, Job, Pending, Problem};
use super::waiting::{Naming, Waits};
use super::waves::Waves;
use super::{foreign, repair};

/// A change from one transport to the other.
struct Direction {
    new: Transport,
    old: Transport,
    /// The mode that dials the old transport and accepts both.
    accepting: InternodeMode,
    /// The mode that dials the new transport and accepts both.
    using: InternodeMode,
    /// The mode that dials and accepts only the new transport.
    refusing: InternodeMode,
    old_in_the_end: Old,
    widest: Scope,
    order: Order,
}

/// What nodes do with the old transport in the end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Old {
    Refuse,
    /// They accept it as far as they do so now.
    Leave,
    Accept,
}

impl From<Plaintext> for Old {
    fn from(plaintext: Plaintext) -> Self {
        match plaintext {
            Plaintext::Refused => Self::Refuse,
            Plaintext::Accepted => Self::Leave,
        }
    }
}

pub(super) fn enable(
    mut state: State,
    widest: Scope,
    goal: &Goal,
    old_in_the_end: Old,
    order: Order,
    waves: &Waves<'_>,
) -> Result<Plan, Refusal> {
    let wanted = Wanted::of(&mut state, goal)?;
    let direction = Direction {
        new: Transport::Tls,
        old: Transport::Plaintext,
        accepting: InternodeMode::PlaintextAcceptingTls,
        using: InternodeMode::TlsAcceptingPlaintext,
        refusing: InternodeMode::TlsOnly,
        old_in_the_end,
        widest,
        order,
    };
    let mut builder = Builder::new(state);
    refuse_other_identities(builder.checker(), &wanted)?;
    foreign::refuse_targets(builder.state_mut(), &wanted)?;
    direction.plan(builder, Some(&wanted), waves)
}

pub(super) fn disable(
    state: State,
    widest: Scope,
    old_in_the_end: Old,
    order: Order,
    waves: &Waves<'_>,
) -> Result<Plan, Refusal> {
    let direction = Direction {
        new: Transport::Plaintext,
        old: Transport::Tls,
        accepting: InternodeMode::TlsAcceptingPlaintext,
        using: InternodeMode::PlaintextAcceptingTls,
        refusing: InternodeMode::PlaintextOnly,
        old_in_the_end,
        widest,
        order,
    };
    direction.plan(Builder::new(state), None, waves)
}

/// Refuses a target that differs from the identity in use or on disk, if TLS is in use.
///
/// A target that every peer already accepts is not refused. For any other target, enabling and a rotation need two plans. A
/// client always uses TLS, and enabling does not change it.
fn refuse_other_identities(checker: &Checker, wanted: &Wanted) -> Result<(), Error> {
    let state = checker.state();
    let in_use = state.nodes.0.iter().any(|node| node.up && !node.is_client() && node.dials.contains(Transport::Tls));
    let other = |number: &usize| {
        let node = &state.nodes[*number];
        let Some(target) = wanted.targets[*number] else { return false };
        let is_other = node.shown_or_on_disk().any(|identity| identity != target);
        is_other && (node.is_client() || in_use && !checker.is_accepted(*number, target))
    };
    match (0..state.model.len()).find(other) {
        Some(node) => Err(Error::new(ErrorKind::Unfinished {
            node: state.model.name(node).clone(),
            reason: Unfinished::Rotation,
        })),
        None => Ok(()),
    }
}

impl Direction {
    /// Plans the change.
    ///
    /// `wanted` contains the identities and anchors to use; it is `None` if TLS is to be disabled.
    fn plan(&self, mut builder: Builder, wanted: Option<&Wanted>, waves: &Waves<'_>) -> Result<Plan, Refusal> {
        self.refuse_unavailable(builder.state())?;
        let is_mixed = builder.state().model.places.is_mixed();
        let is_needed = |due: Due| if is_mixed { due.is_for_the_goal() } else { due.any() };
        let needed = self.pending(&builder, wanted).0.iter().filter(|node| is_needed(node.due)).count();
        let before = builder.checker().is_broken().then(|| builder.state().clone());
        if let Err(error) = repair::repair(&mut builder, wanted, Transports::AreChanged) {
            let start = before.map_or(builder, Builder::new);
            return Err(self.refusal(error, start, wanted, waves));
        }
        let repaired = builder.activations();
        let nodes = self.pending(&builder, wanted);
        let bundles = builder.state().model.bundles.clone();
        let problem = Problem { bundles: &bundles, nodes };
        if let Some(witness) = self.cut(builder.state(), &problem) {
            // A fallback needs no repairs.
            let start = before.map_or(builder, Builder::new);
            return Err(self.refusal(Error::cut(witness), start, wanted, waves));
        }
        let schedule = match self.order {
            Order::FewestActivations => problem.schedule(),
            Order::AsDocumented => problem.every_event_alone(&problem.schedule()),
        };
        // The minimum is proven only for a change of the transport with the stores in place.
        let pending = problem.nodes.0.iter().zip(&builder.state().nodes.0);
        let mut for_stores = pending.filter(|(pending, node)| pending.due.accept && node.accepts.contains(self.new));
        let is_for_stores = for_stores.clone().next().is_some();
        let is_proven = repaired == 0 && !is_for_stores && !is_mixed;
        let schedule = if is_proven { schedule } else { schedule.bounded_by(repaired, needed) };
        let may_reload = for_stores.any(|(_, node)| node.may_reload());
        let schedule = if may_reload { schedule.without_proof() } else { schedule };
        if let Some(wanted) = wanted {
            Self::stage_trust(&mut builder, &problem, wanted)?;
        }
        let waits = Waits::new(&problem, &schedule, Naming::Together);
        for wave in schedule.phases.iter().flat_map(|phase| waves.pack(phase, Activation::Restart, Some(&problem))) {
            wave.into_iter().try_for_each(|job| self.activate(&mut builder, &problem, &waits, wanted, job))?;
            builder.end_wave();
        }
        if let Some(broken) = builder.checker().first_broken() {
            return Err(builder.witness(broken).into());
        }
        Ok(builder.finish(schedule.optimality()))
    }

    /// A refusal, with a fallback if a transport is the reason and the fallback is possible.
    fn refusal(&self, error: Error, start: Builder, wanted: Option<&Wanted>, waves: &Waves<'_>) -> Refusal {
        let is_transport = |witness: &Witness| matches!(witness.shown, Shown::Transport(_));
        if !error.witness().is_some_and(is_transport) {
            return error.into();
        }
        let fallback = match self.widest {
            Scope::All => self.all_down(start, wanted),
            Scope::Dc | Scope::Rack => self.one_by_one(start, wanted, waves),
        };
        match fallback {
            Ok(fallback) => Refusal { error, fallback: Some(fallback) },
            // The node that cannot be changed is then the reason.
            Err(other) if matches!(other.kind(), ErrorKind::Frozen(_)) => other.into(),
            Err(_) => error.into(),
        }
    }

    /// Refuses to make a node accept both transports if the node cannot do so.
    fn refuse_unavailable(&self, state: &State) -> Result<(), Error> {
        let cannot = |node: &usize| {
            self.reopens(state, *node) && state.nodes[*node].semantics.optional_support == OptionalSupport::Unavailable
        };
        match without_clients(state).find(cannot) {
            Some(node) => Err(Error::not_applicable(&Step::new(state.model.name(node), Action::StageMode(self.using)))),
            None => Ok(()),
        }
    }

    /// Whether the goal makes a node accept the old transport, which it may not accept now.
    ///
    /// Without `optional: true`, a node accepts both transports only inside data centres and racks, and then always.
    fn reopens(&self, state: &State, node: usize) -> bool {
        let is_open = || {
            state.nodes[node].semantics.optional_support == OptionalSupport::Unavailable
                && state.model.places.is_met_in_plaintext(node)
        };
        self.old_in_the_end == Old::Accept && !state.nodes[node].accepts.contains(self.old) && !is_open()
    }

    fn pending(&self, builder: &Builder, wanted: Option<&Wanted>) -> Table<Pending> {
        (0..builder.state().model.len()).map(|node| self.pending_on(builder.state(), wanted, node)).collect()
    }

    fn pending_on(&self, state: &State, wanted: Option<&Wanted>, number: usize) -> Pending {
        let group = state.model.group(number);
        let talks = state.model.several_groups();
        let node = &state.nodes[number];
        let has_stores = |wanted: &Wanted| {
            node.shown() == wanted.targets[number].as_slice() && !wanted.lacks(state, node.as_server, number)
        };
        let ready = wanted.is_none_or(has_stores);
        let is_node = !node.is_client();
        let uses = is_node && node.dials.contains(self.old);
        let is_closed = talks && (!node.accepts.contains(self.new) || !ready) || self.reopens(state, number);
        // Without peers, a node still loads the identity that it is to serve.
        let accept = is_node && (is_closed || !ready && !uses);
        let refuse = is_node && self.refuses(state, number) && node.may_accept.contains(self.old);
        let new = (node.mode_on_disk.dials() != self.new).then_some(0);
        let accepted = if accept { Bundle::NOTHING } else { Bundle::EVERYTHING };
        let due = Due { accept, uses, uses_at_once: false, refuse, start: false, refuse_is_free: false };
        Pending { role: node.role, group, due, accepted, new, shows_old: uses }
    }

    /// Whether a node is to refuse the old transport in the end.
    ///
    /// A node keeps accepting plaintext if it belongs to a data centre or rack inside which connections may use plaintext.
    fn refuses(&self, state: &State, node: usize) -> bool {
        let is_met = || state.model.places.is_met_in_plaintext(node);
        self.old_in_the_end == Old::Refuse && (self.old == Transport::Tls || !is_met())
    }

    /// The first pair that would be cut because a node cannot accept both transports.
    fn cut(&self, state: &State, problem: &Problem<'_>) -> Option<Witness> {
        let switches = |node: usize| problem.nodes[node].due.uses;
        let accepts_one = |node: &usize| state.nodes[*node].semantics.optional_support == OptionalSupport::Unavailable;
        let nodes = without_clients(state);
        let servers: Vec<usize> = nodes.clone().filter(accepts_one).collect();
        let peer_of = |client: usize| servers.iter().copied().find(|server| state.model.talk(client, *server));
        let mut clients = nodes.clone().filter_map(|client| Some((client, peer_of(client)?)));
        // Either the client switches first, or the server does.
        let (client, server) = clients.find(|(client, _)| switches(*client)).or_else(|| {
            let mut servers = servers.iter().filter(|server| switches(**server));
            let server = *servers.next()?;
            nodes.clone().find(|client| state.model.talk(*client, server)).map(|client| (client, server))
        })?;
        let name = |node: usize| state.model.name(node).clone();
        let (first, transport) = if switches(client) { (client, self.new) } else { (server, self.old) };
        let when = When::AfterRestart(name(first));
        let shown = Shown::Transport(transport);
        // With `dc` or `rack`, a node accepts both transports, so only its outbound connections are cut.
        let is_all = self.widest == Scope::All;
        let rule = if is_all { Rule::AcceptsBothTransports } else { Rule::ServerAcceptsTransport };
        Some(Witness { client: name(client), server: name(server), shown, when, rule })
    }

    fn stage_trust(builder: &mut Builder, problem: &Problem<'_>, wanted: &Wanted) -> Result<(), Error> {
        for node in 0..problem.nodes.0.len() {
            let on_disk = builder.node(node).trust_on_disk;
            if !builder.node(node).is_client() && wanted.lacks(builder.state(), on_disk, node) {
                let bundle = builder.bundle_with(node, wanted.anchors);
                builder.stage_trust(node, bundle, &[Event::Accept])?;
            }
        }
        builder.end_wave();
        Ok(())
    }

    fn activate(
        &self,
        builder: &mut Builder,
        problem: &Problem<'_>,
        waits: &Waits<'_>,
        wanted: Option<&Wanted>,
        job: &Job,
    ) -> Result<(), Error> {
        let Job { node, events } = *job;
        let waits_for = waits.of(&builder.state().model, node, events);
        if let Some(target) = wanted.and_then(|wanted| wanted.targets[node]) {
            builder.stage_identity(node, target, events, &waits_for)?;
        }
        let on_disk = builder.node(node).mode_on_disk;
        let dials_new = on_disk.dials() == self.new;
        // A node that is restarted only for its stores keeps refusing the old transport, because no later step would refuse
        // it.
        let refuses =
            self.refuses(builder.state(), node) && on_disk == self.refusing && !problem.nodes[node].due.refuse;
        let mode = match (refuses || events.contains(&Event::Refuse), events.contains(&Event::Use) || dials_new) {
            (true, _) => self.refusing,
            (false, true) => self.using,
            (false, false) => self.accepting,
        };
        if on_disk != mode {
            builder.step(node, Action::StageMode(mode), events, &waits_for)?;
        }
        builder.activate(node, Activation::Restart, events, &waits_for)
    }

    /// Changes one node after the other.
    ///
    /// Only connections between data centres or racks use TLS, so no other connections are cut.
    ///
    /// Seeds come last in their data centre.
    fn one_by_one(&self, mut builder: Builder, wanted: Option<&Wanted>, waves: &Waves<'_>) -> Result<Fallback, Error> {
        let mut nodes: Vec<usize> = without_clients(builder.state()).collect();
        if let Some(wanted) = wanted {
            for node in nodes.iter().copied() {
                let bundle = builder.bundle_with(node, wanted.anchors);
                builder.stage_trust(node, bundle, &[Event::Accept])?;
            }
            builder.end_wave();
        }
        nodes.sort_by_key(|node| (waves.availability.dc(*node), builder.node(*node).role == Role::Seed));
        let events: &[Event] = &[Event::Accept, Event::Use];
        for node in nodes {
            let mode = if self.refuses(builder.state(), node) { self.refusing } else { self.using };
            if !self.pending_on(builder.state(), wanted, node).due.any() {
                continue;
            }
            if let Some(target) = wanted.and_then(|wanted| wanted.targets[node]) {
                builder.stage_identity(node, target, events, &[])?;
            }
            if builder.node(node).mode_on_disk != mode {
                builder.step_unjudged(node, Action::StageMode(mode), events)?;
            }
            builder.step_unjudged(node, Action::Activate(Activation::Restart), events)?;
            builder.gate_on_handshakes(node);
            builder.end_wave();
        }
        if let Some(broken) = builder.checker().first_broken() {
            return Err(builder.witness(broken));
        }
        let none_down = BTreeSet::new();
        let cut = waves.availability.lost_without(&none_down, Some(self.widest));
        let cut = cut.map(|keyspace| keyspace.name().to_owned()).collect();
        Ok(Fallback { plan: builder.finish(Optimality::Minimum), impact: vec![Impact::Divided(cut)] })
    }

    /// Stops every node, then changes all of them, then starts them, seeds first.
    fn all_down(&self, mut builder: Builder, wanted: Option<&Wanted>) -> Result<Fallback, Error> {
        if builder.state().model.has_clients() {
            // The pairs of nodes and clients are not changed by the stop.
            repair::widen(&mut builder, Bundle::NOTHING, Bundle::NOTHING)?;
            builder.end_wave();
        }
        let nodes: Vec<usize> = without_clients(builder.state()).collect();
        for node in nodes.iter().copied() {
            builder.step(node, Action::Stop, &[], &[])?;
            let name = builder.state().model.name(node).clone();
            builder.gate(Gate::Stopped(name));
        }
        builder.end_wave();
        for node in nodes.iter().copied() {
            if let Some(wanted) = wanted {
                let bundle = builder.bundle_with(node, wanted.anchors);
                let left = builder.state_mut().model.without(bundle, wanted.dropped);
                builder.stage_trust(node, if left == Bundle::NOTHING { bundle } else { left }, &[Event::Accept])?;
                if let Some(target) = wanted.targets[node] {
                    builder.stage_identity(node, target, &[Event::Accept], &[])?;
                }
            }
            let mode = if self.refuses(builder.state(), node) { self.refusing } else { self.using };
            let can_accept_both = builder.node(node).semantics.optional_support == OptionalSupport::Available
                || builder.state().model.places.is_met_in_plaintext(node);
            let action = Action::StageMode(mode);
            if mode == self.using && !can_accept_both {
                return Err(Error::not_applicable(&Step::new(builder.state().model.name(node), action)));
            }
            builder.step(node, action, &[Event::Use], &[])?;
        }
        builder.end_wave();
        // Without a running seed, other nodes may not start.
        let (seeds, others): (Vec<usize>, Vec<usize>) =
            nodes.into_iter().partition(|node| builder.node(*node).role == Role::Seed);
        for nodes in [seeds, others] {
            for node in nodes {
                builder.start(node, &[Event::Accept, Event::Use, Event::Refuse], &[])?;
            }
            builder.end_wave();
        }
        Ok(Fallback { plan: builder.finish(Optimality::Minimum), impact: vec![Impact::ClusterDown] })
    }
}

fn without_clients(state: &State) -> impl Iterator<Item = usize> + Clone {
    (0..state.model.len()).filter(move |node| !state.nodes[*node].is_client())
}

/// Plans to set `require_client_auth` to what `wanted` returns for each node.
///
/// A node is restarted if its setting on disk differs, or if that of its process may differ.
pub(super) fn client_auth(
    state: State,
    waves: &Waves<'_>,
    wanted: impl Fn(&NodeName) -> Option<ClientAuth>,
) -> Result<Plan, Refusal> {
    let mut builder = Builder::new(state);
    let wanted: Table<Option<ClientAuth>> =
        (0..builder.state().model.len()).map(|node| wanted(builder.state().model.name(node))).collect();
    let differs = |node: &usize| {
        let now = builder.node(*node);
        !now.is_client()
            && wanted[*node].is_some_and(|wanted| now.auth_set != wanted || !now.demands.is_certainly(wanted))
    };
    let job = |node| Job { node, events: &[Event::Use] };
    let mut phase: Vec<Job> = (0..builder.state().model.len()).filter(differs).map(job).collect();
    phase.sort_by_key(|job| builder.node(job.node).role == Role::Seed);
    for wave in waves.pack(&phase, Activation::Restart, None) {
        for &Job { node, events } in wave {
            if let Some(client_auth) = wanted[node].filter(|wanted| builder.node(node).auth_set != *wanted) {
                builder.step(node, Action::StageClientAuth(client_auth), events, &[])?;
            }
            builder.activate(node, Activation::Restart, events, &[])?;
        }
        builder.end_wave();
    }
    Ok(builder.finish(Optimality::Minimum))
}
