//! Distrusts the keys of named nodes immediately.
//!
//! The named nodes are down until all other nodes are changed.

use crate::anchor_set::AnchorSet;
use crate::bundle::Bundle;
use crate::cluster::{Mutability, Role};
use crate::error::{Error, ErrorKind};
use crate::goal::Goal;
use crate::plan::{Action, Event, Gate, Optimality, Plan};
use crate::refusal::{Fallback, Impact, Refusal, Rule, Shown, When, Witness};
use crate::safety;
use crate::semantics::Activation;
use crate::state::State;

use super::builder::Builder;
use super::foreign;
use super::rotation::{refuse_new_client, refuse_without_tls};

const AT_ONCE: &[Event] = &[Event::Accept, Event::Refuse];

/// Plans the quarantine.
///
/// If a pair would be cut, the plan is the fallback of a refusal that names the first such pair.
pub(super) fn plan(mut state: State, goal: &Goal) -> Result<Plan, Refusal> {
    refuse_without_tls(&state)?;
    let quarantine = Quarantine::of(&mut state, goal)?;
    let witness = quarantine.witness(&state);
    let nodes: Vec<_> = quarantine.nodes.iter().map(|(node, _)| state.model.name(*node).clone()).collect();
    let plan = quarantine.isolate(Builder::new(state))?;
    match witness {
        Some(witness) => Err(Refusal {
            error: Error::cut(witness),
            fallback: Some(Fallback { plan, impact: vec![Impact::NodesDown(nodes)] }),
        }),
        None => Ok(plan),
    }
}

struct Quarantine {
    /// Each named node whose quarantine is not finished, with its next identity.
    nodes: Vec<(usize, usize)>,
    /// The other nodes, seeds last.
    others: Vec<usize>,
    /// Each named node, with the anchor of its next identity.
    successors: Vec<(usize, usize)>,
    stolen: Bundle,
    /// The stolen anchors and, if the goal drops them, those that no node will need.
    dropped: Bundle,
}

impl Quarantine {
    fn of(state: &mut State, goal: &Goal) -> Result<Self, Error> {
        let model = &mut state.model;
        let named = goal.targets.iter().map(|(name, identity)| Ok((model.node(name)?, model.identity(identity)?)));
        let named = named.collect::<Result<Vec<_>, Error>>()?;
        named.iter().try_for_each(|(node, _)| refuse_new_client(state, *node))?;
        let stolen = named.iter().flat_map(|(node, next)| stolen_identities(state, *node, *next));
        let mut stolen = state.model.members_of_all(stolen.map(|identity| state.model.anchor_of(identity)));
        let model = &mut state.model;
        if let Some(anchors) = goal.dropped_by_name() {
            let dropped = model.bundle(anchors);
            stolen = stolen.or(&model.anchors_in(dropped));
        }
        let stolen = model.bundles.intern(stolen);
        let successors = named.iter().map(|(node, next)| (*node, model.anchor_of(*next))).collect();
        let mut quarantine = Self { nodes: named, others: Vec::new(), successors, stolen, dropped: stolen };
        quarantine.refuse_same_anchor(state)?;
        if goal.drops_unused() {
            let unused = quarantine.unused(state);
            let unused = state.model.bundles.intern(unused);
            quarantine.dropped = state.model.bundles.unite(stolen, unused);
        }
        let is_through = |(node, next): &(usize, usize)| {
            let one = &state.nodes[*node];
            one.up && one.shown() == [*next] && !state.model.bundles.meets(one.possibly, stolen)
        };
        quarantine.nodes.retain(|named| !is_through(named));
        let is_in_quarantine = |node: &usize| quarantine.nodes.iter().any(|(quarantined, _)| quarantined == node);
        let mut others: Vec<usize> = (0..state.model.len()).filter(|node| !is_in_quarantine(node)).collect();
        others.sort_by_key(|other| state.nodes[*other].role == Role::Seed);
        quarantine.others = others;
        Ok(quarantine)
    }

    /// The nodes that the goal does not name, each with the identities that it goes on showing.
    fn staying<'s>(&'s self, state: &'s State) -> impl Iterator<Item = (usize, usize)> + 's {
        let is_named = |node: &usize| self.successors.iter().any(|(named, _)| named == node);
        let unnamed = (0..state.model.len()).filter(move |node| !is_named(node) && !state.nodes[*node].empty);
        unnamed.flat_map(|node| state.nodes[node].shown().iter().map(move |shown| (node, *shown)))
    }

    /// The anchors that no node needs once the quarantine is over.
    fn unused(&self, state: &mut State) -> AnchorSet {
        let on_disk = state.nodes.0.iter().filter(|node| !node.empty).filter_map(|node| node.identity_on_disk);
        let on_disk: Vec<usize> = on_disk.map(|identity| state.model.anchor_of(identity)).collect();
        let stay = self.staying(state).map(|(_, shown)| state.model.anchor_of(shown));
        let ways: Vec<usize> = stay.chain(self.successors.iter().map(|(_, next)| *next)).chain(on_disk).collect();
        let used = state.model.members_of_all(ways);
        let met = state.model.everything_met();
        state.model.anchors_in(met).without(&used)
    }

    /// Refuses to distrust an anchor of an identity that a node is to serve.
    fn refuse_same_anchor(&self, state: &State) -> Result<(), Error> {
        let stolen = state.model.bundles.set(self.stolen);
        let stolen_of = |identity: usize| {
            let mut anchors = state.model.anchors_of(state.model.anchor_of(identity));
            anchors.find(|anchor| stolen.contains(*anchor))
        };
        let mut in_use = self.staying(state).chain(self.nodes.iter().copied());
        let found = in_use.find_map(|(node, identity)| Some((node, identity, stolen_of(identity)?)));
        let Some((node, identity, anchor)) = found else { return Ok(()) };
        let anchor = state.model.anchor_label(anchor).clone();
        let identity = state.model.identity_label(identity).id().clone();
        Err(Error::new(ErrorKind::DropsServedAnchor { anchor, node: state.model.name(node).clone(), identity }))
    }

    fn witness(&self, state: &State) -> Option<Witness> {
        let stolen = |(node, next): &(usize, usize)| Some((*node, *stolen_identities(state, *node, *next).first()?));
        let stolen: Vec<(usize, usize)> =
            self.nodes.iter().filter(|(node, _)| state.nodes[*node].up).filter_map(stolen).collect();
        let up = self.others.iter().filter(|other| state.nodes[**other].up);
        let mut pairs = up.flat_map(|other| stolen.iter().map(move |(node, identity)| (*other, *node, *identity)));
        let (client, server, identity) = pairs.find(|(a, b, _)| state.model.talk(*a, *b))?;
        let shown = Shown::Identity(state.model.identity_label(identity).clone());
        let (client, server) = (state.model.name(client).clone(), state.model.name(server).clone());
        let when = When::AfterActivation(client.clone());
        Some(Witness { client, server, shown, when, rule: Rule::ClientTrustsServer })
    }

    /// Stops the quarantined nodes, changes the other nodes, then starts the quarantined nodes.
    fn isolate(&self, mut builder: Builder) -> Result<Plan, Error> {
        for (node, _) in self.nodes.iter().filter(|(node, _)| builder.node(*node).up).collect::<Vec<_>>() {
            builder.step(*node, Action::Stop, &[], &[])?;
            let name = builder.state().model.name(*node).clone();
            builder.gate(Gate::Stopped(name));
        }
        builder.end_wave();
        for other in &self.others {
            let needed = self.needed(&mut builder, *other);
            let is_frozen = builder.node(*other).mutability == Mutability::Frozen;
            // A frozen node may keep anchors that no node needs.
            let dropped = if is_frozen { self.stolen } else { self.dropped };
            let is_due = Self::is_due(&mut builder, *other, needed, dropped);
            if !is_due && is_frozen {
                continue;
            }
            let own = builder.node(*other).identity_on_disk;
            self.stage_trust(&mut builder, *other, needed, own)?;
            if is_due {
                Self::activate(&mut builder, *other)?;
            }
        }
        builder.end_wave();
        for (node, identity) in &self.nodes {
            let needed = self.needed(&mut builder, *node);
            self.stage_trust(&mut builder, *node, needed, Some(*identity))?;
            builder.stage_identity(*node, *identity, &[Event::Use], &[])?;
            builder.start(*node, &[Event::Use], &[])?;
            builder.end_wave();
        }
        // If scopes are mixed, a node may be activated for the new identity of a peer that never shows it to the node.
        let gap = if builder.state().model.places.is_mixed() { builder.activations() } else { 0 };
        Ok(builder.finish(Optimality::of_gap(gap)))
    }

    /// The anchors of the next identities of all named nodes that talk to `node`.
    fn needed(&self, builder: &mut Builder, node: usize) -> Bundle {
        let model = &mut builder.state_mut().model;
        let peers = self.successors.iter().filter(|(successor, _)| model.talk(*successor, node));
        let needed: AnchorSet = peers.map(|(_, anchor)| *anchor).collect();
        model.bundles.intern(needed)
    }

    /// Whether a process of the node may trust a dropped anchor, or lack an anchor that it needs.
    fn is_due(builder: &mut Builder, node: usize, needed: Bundle, dropped: Bundle) -> bool {
        let state = builder.state_mut();
        let accepted = safety::accepted_of_both(state, node);
        let lacks = accepted != Bundle::EVERYTHING && state.model.bundles.subtract(needed, accepted) != Bundle::NOTHING;
        lacks || state.model.bundles.meets(state.nodes[node].possibly, dropped)
    }

    fn stage_trust(
        &self,
        builder: &mut Builder,
        node: usize,
        needed: Bundle,
        serves: Option<usize>,
    ) -> Result<(), Error> {
        foreign::refuse(builder.state_mut(), node, needed)?;
        let with = builder.bundle_with(node, needed);
        let left = builder.state_mut().model.without(with, self.dropped);
        let bundle = match serves {
            Some(_) if left == Bundle::NOTHING => builder.bundle_without(node, self.dropped, serves),
            _ => left,
        };
        builder.stage_trust(node, bundle, AT_ONCE)
    }

    /// Activates a node so that its process uses the staged truststore.
    ///
    /// No activation is needed if the node is down, or verifies peers only with the truststore on disk.
    fn activate(builder: &mut Builder, node: usize) -> Result<(), Error> {
        let one = builder.node(node);
        let reads_disk = one.dials_with_trust_on_disk() && one.as_server == Bundle::EVERYTHING;
        let Some(kind) = one.trust_activation().filter(|_| !reads_disk && one.up) else { return Ok(()) };
        builder.activate(node, kind, AT_ONCE, &[])?;
        if kind == Activation::Restart {
            builder.end_wave();
        }
        Ok(())
    }
}

fn stolen_identities(state: &State, node: usize, next: usize) -> Vec<usize> {
    state.nodes[node].shown_or_on_disk().filter(|identity| *identity != next).collect()
}
