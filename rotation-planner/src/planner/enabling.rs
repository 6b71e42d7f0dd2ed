//! On the way to TLS, and back: the same three events, with "accept the new transport", "use it", "refuse the old".

use crate::anchor_set::Bundle;
use crate::cluster::Scope;
use crate::error::{Error, ErrorKind, Unfinished};
use crate::goal::{Goal, Plaintext};
use crate::label::NodeName;
use crate::mode::{InternodeMode, Transport};
use crate::model::Table;
use crate::plan::{Action, Event, Gate, Optimality, Plan, Waiting, WaitsFor};
use crate::refusal::{Fallback, Impact, Refusal, Rule, Shown, When, Witness};
use crate::safety;
use crate::semantics::{Activation, ClientAuth, OptionalSupport};
use crate::state::State;

use super::builder::Builder;
use super::repair::Transports;
use super::rotation::Wanted;
use super::schedule::{Due, Job, Pending, Problem};
use super::waves::Waves;
use super::{foreign, repair};

/// From one transport to the other.
struct Direction {
    new: Transport,
    old: Transport,
    /// Dials the old, accepts both.
    accepting: InternodeMode,
    /// Dials the new, accepts both.
    using: InternodeMode,
    /// Dials the new, accepts the new only.
    refusing: InternodeMode,
    plaintext: Plaintext,
    scope: Scope,
}

pub(super) fn enable(
    mut state: State,
    scope: Scope,
    goal: &Goal,
    plaintext: Plaintext,
    waves: &Waves<'_>,
) -> Result<Plan, Refusal> {
    let wanted = Wanted::of(&mut state, goal)?;
    let direction = Direction {
        new: Transport::Tls,
        old: Transport::Plaintext,
        accepting: InternodeMode::PlaintextAcceptingTls,
        using: InternodeMode::TlsAcceptingPlaintext,
        refusing: InternodeMode::TlsOnly,
        plaintext,
        scope,
    };
    refuse_other_identities(&state, &wanted)?;
    foreign::refuse_targets(&mut state, &wanted)?;
    direction.plan(state, Some(&wanted), waves)
}

pub(super) fn disable(state: State, scope: Scope, waves: &Waves<'_>) -> Result<Plan, Refusal> {
    let direction = Direction {
        new: Transport::Plaintext,
        old: Transport::Tls,
        accepting: InternodeMode::TlsAcceptingPlaintext,
        using: InternodeMode::PlaintextAcceptingTls,
        refusing: InternodeMode::PlaintextOnly,
        plaintext: Plaintext::Refused,
        scope,
    };
    direction.plan(state, None, waves)
}

/// While a node dials TLS already, a node can only change what it serves if its peers trust both: two changes at once are
/// two plans.
fn refuse_other_identities(state: &State, wanted: &Wanted) -> Result<(), Error> {
    let in_use = state.nodes.0.iter().any(|node| node.up && node.dials.contains(Transport::Tls));
    let other = |number: &usize| {
        let (node, target) = (&state.nodes[*number], wanted.targets[*number]);
        let mut served = node.shown().iter().copied().chain(node.identity_on_disk);
        served.any(|identity| identity != target) && !safety::is_accepted(state, *number, target)
    };
    match (0..state.model.len()).find(other).filter(|_| in_use) {
        Some(node) => Err(Error::new(ErrorKind::Unfinished {
            node: state.model.name(node).clone(),
            reason: Unfinished::Rotation,
        })),
        None => Ok(()),
    }
}

impl Direction {
    /// `wanted`: the stores; none are needed on the way to plaintext.
    fn plan(&self, state: State, wanted: Option<&Wanted>, waves: &Waves<'_>) -> Result<Plan, Refusal> {
        let mut builder = Builder::new(state);
        let needed = self.pending(&mut builder, wanted).0.iter().filter(|node| node.due.any()).count();
        repair::repair(&mut builder, wanted, Transports::AreChanged)?;
        let repaired = builder.activations();
        let nodes = self.pending(&mut builder, wanted);
        let bundles = builder.state().model.bundles.clone();
        let problem = Problem { bundles: &bundles, nodes };
        if let Some(witness) = self.cut(builder.state(), &problem) {
            let fallback = self.all_down(builder.state().clone(), wanted)?;
            return Err(Refusal { error: Error::cut(witness), fallback: Some(fallback) });
        }
        let schedule = problem.schedule();
        // What is proven is the way from one transport to the other, with the stores in place.
        let mut pending = problem.nodes.0.iter().zip(&builder.state().nodes.0);
        let for_stores = pending.any(|(pending, node)| pending.due.accept && node.accepts.contains(self.new));
        let is_proven = repaired == 0 && !for_stores;
        let schedule = if is_proven { schedule } else { schedule.bounded_by(repaired, needed) };
        if let Some(wanted) = wanted {
            Self::stage_trust(&mut builder, &problem, wanted)?;
        }
        for wave in schedule
            .phases
            .iter()
            .flat_map(|phase| waves.pack(phase, Activation::Restart, |by, to| problem.waits(by, to)))
        {
            wave.into_iter().try_for_each(|job| self.activate(&mut builder, &problem, wanted, job))?;
            builder.end_wave();
        }
        if builder.is_broken()
            && let Some(broken) = safety::broken(builder.state()).first()
        {
            return Err(builder.witness(*broken).into());
        }
        Ok(builder.finish(schedule.optimality()))
    }

    fn pending(&self, builder: &mut Builder, wanted: Option<&Wanted>) -> Table<Pending> {
        (0..builder.state().model.len()).map(|node| self.pending_on(builder.state_mut(), wanted, node)).collect()
    }

    fn pending_on(&self, state: &mut State, wanted: Option<&Wanted>, number: usize) -> Pending {
        let group = state.model.group(number);
        let talks = state.model.several_groups();
        let node = state.nodes[number].clone();
        let mut has_stores =
            |wanted: &Wanted| node.shown() == [wanted.targets[number]] && !wanted.lacks(state, node.as_server, group);
        let ready = wanted.is_none_or(&mut has_stores);
        let accept = talks && (!node.accepts.contains(self.new) || !ready);
        let uses = node.dials.contains(self.old);
        let refuse = self.refuses() && node.may_accept.contains(self.old);
        let new = (node.mode_on_disk.dials() != self.new).then_some(0);
        let accepted = if accept { Bundle::NOTHING } else { Bundle::EVERYTHING };
        let due = Due { accept, uses, uses_at_once: false, refuse, start: false, refuse_is_free: false };
        Pending { role: node.role, group, due, accepted, new, shows_old: uses }
    }

    /// Nodes of one group talk plaintext among themselves, so only with every pair in scope can it be refused.
    fn refuses(&self) -> bool {
        self.plaintext == Plaintext::Refused && (self.scope == Scope::All || self.old == Transport::Tls)
    }

    /// If no node can accept both, the first that dials the new is cut off.
    fn cut(&self, state: &State, problem: &Problem<'_>) -> Option<Witness> {
        let switches = |node: usize| problem.nodes[node].due.uses;
        let accepts_one = |node: &usize| state.nodes[*node].semantics.optional_support == OptionalSupport::Unavailable;
        let nodes = 0..state.model.len();
        let servers: Vec<usize> = nodes.clone().filter(accepts_one).collect();
        let peer_of = |client: usize| servers.iter().copied().find(|server| state.model.talk(client, *server));
        let clients = nodes.filter_map(|client| Some((client, peer_of(client)?)));
        // The peer switches first, or is switched to.
        let (client, server) = clients.clone().find(|(client, _)| switches(*client)).or_else(|| {
            let mut servers = servers.iter().filter(|server| switches(**server));
            let server = *servers.next()?;
            (0..state.model.len()).find(|client| state.model.talk(*client, server)).map(|client| (client, server))
        })?;
        let name = |node: usize| state.model.name(node).clone();
        let (first, transport) = if switches(client) { (client, self.new) } else { (server, self.old) };
        let when = When::AfterRestart(name(first));
        let shown = Shown::Transport(transport);
        Some(Witness { client: name(client), server: name(server), shown, when, rule: Rule::AcceptsBothTransports })
    }

    fn stage_trust(builder: &mut Builder, problem: &Problem<'_>, wanted: &Wanted) -> Result<(), Error> {
        for node in 0..problem.nodes.0.len() {
            let on_disk = builder.node(node).trust_on_disk;
            if wanted.lacks(builder.state_mut(), on_disk, problem.nodes[node].group) {
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
        wanted: Option<&Wanted>,
        job: &Job,
    ) -> Result<(), Error> {
        let Job { node, events } = job;
        let waits_for = waits_for(problem, *node, events);
        if let Some(wanted) = wanted {
            builder.stage_identity(*node, wanted.targets[*node], events, &waits_for)?;
        }
        let on_disk = builder.node(*node).mode_on_disk;
        let dials_new = on_disk.dials() == self.new;
        // Restarted for its stores alone: no process of it accepts the old transport, and nothing would refuse it again.
        let refuses = self.refuses() && on_disk == self.refusing && !problem.nodes[*node].due.refuse;
        let mode = match (refuses || events.contains(&Event::Refuse), events.contains(&Event::Use) || dials_new) {
            (true, _) => self.refusing,
            (false, true) => self.using,
            (false, false) => self.accepting,
        };
        if on_disk != mode {
            builder.step(*node, Action::StageMode(mode), events, &waits_for)?;
        }
        builder.activate(*node, Activation::Restart, events, &waits_for)
    }

    /// Every node is stopped, then changed, then started: no two nodes that run ever differ.
    fn all_down(&self, state: State, wanted: Option<&Wanted>) -> Result<Fallback, Error> {
        let mut builder = Builder::new(state);
        let nodes = 0..builder.state().model.len();
        for node in nodes.clone() {
            builder.step(node, Action::Stop, &[], &[])?;
            let name = builder.state().model.name(node).clone();
            builder.gate(Gate::Stopped(name));
        }
        builder.end_wave();
        for node in nodes.clone() {
            if let Some(wanted) = wanted {
                let bundle = builder.bundle_with(node, wanted.anchors);
                builder.stage_trust(node, bundle, &[Event::Accept])?;
                builder.stage_identity(node, wanted.targets[node], &[Event::Accept], &[])?;
            }
            builder.step(node, Action::StageMode(self.refusing), &[Event::Use], &[])?;
        }
        builder.end_wave();
        for node in nodes {
            builder.start(node, &[Event::Accept, Event::Use, Event::Refuse], &[])?;
        }
        Ok(Fallback { plan: builder.finish(Optimality::Minimum), impact: Impact::ClusterDown })
    }
}

fn waits_for(problem: &Problem<'_>, node: usize, events: &[Event]) -> Vec<WaitsFor> {
    let peers = |filter: &dyn Fn(&Pending) -> bool| {
        let group = problem.nodes[node].group;
        problem.nodes.0.iter().any(|other| other.group != group && filter(other))
    };
    let mut waits = Vec::new();
    if events.contains(&Event::Use) && peers(&|other| other.due.accept) {
        waits.push(WaitsFor { event: Event::Accept, on: Waiting::EveryPeer });
    }
    if events.contains(&Event::Refuse) && peers(&|other| other.due.uses) {
        waits.push(WaitsFor { event: Event::Use, on: Waiting::EveryPeer });
    }
    waits
}

/// `require_client_auth` as `wanted` says for each node: one restart of each that has it otherwise.
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
        wanted[*node].is_some_and(|wanted| now.auth_set != Some(wanted) || !now.demands.is_certainly(wanted))
    };
    let job = |node| Job { node, events: vec![Event::Use] };
    let phase: Vec<Job> = (0..builder.state().model.len()).filter(differs).map(job).collect();
    for wave in waves.pack(&phase, Activation::Restart, |_, _| false) {
        for Job { node, events } in wave {
            if let Some(client_auth) = wanted[*node].filter(|wanted| builder.node(*node).auth_set != Some(*wanted)) {
                builder.step(*node, Action::StageClientAuth(client_auth), events, &[])?;
            }
            builder.activate(*node, Activation::Restart, events, &[])?;
        }
        builder.end_wave();
    }
    Ok(builder.finish(Optimality::Minimum))
}
