//! Keys that are distrusted at once: no order is safe, so the nodes that have them are out of the way meanwhile.

use crate::anchor_set::{AnchorSet, Bundle};
use crate::error::{Error, ErrorKind};
use crate::goal::Goal;
use crate::plan::{Action, Event, Gate, Optimality, Plan};
use crate::refusal::{Fallback, Impact, Refusal, Rule, Shown, When, Witness};
use crate::semantics::Activation;
use crate::state::State;

use super::builder::Builder;
use super::foreign;

const AT_ONCE: &[Event] = &[Event::Accept, Event::Refuse];

/// A refusal with the pair that would be cut first and the quarantine, unless no pair is cut.
pub(super) fn plan(mut state: State, goal: &Goal) -> Result<Plan, Refusal> {
    let quarantine = Quarantine::of(&mut state, goal)?;
    let witness = quarantine.witness(&state);
    let nodes: Vec<_> = quarantine.nodes.iter().map(|(node, _)| state.model.name(*node).clone()).collect();
    let plan = quarantine.isolate(Builder::new(state))?;
    match witness {
        Some(witness) => Err(Refusal {
            error: Error::cut(witness),
            fallback: Some(Fallback { plan, impact: Impact::NodesDown(nodes) }),
        }),
        None => Ok(plan),
    }
}

struct Quarantine {
    /// Each node with its next identity.
    nodes: Vec<(usize, usize)>,
    others: Vec<usize>,
    new: Bundle,
    stolen: Bundle,
}

impl Quarantine {
    fn of(state: &mut State, goal: &Goal) -> Result<Self, Error> {
        let model = &mut state.model;
        let nodes = goal.targets.iter().map(|(name, identity)| Ok((model.node(name)?, model.identity(identity)?)));
        let nodes = nodes.collect::<Result<Vec<_>, Error>>()?;
        let new: AnchorSet = nodes.iter().map(|(_, identity)| model.anchor_of(*identity)).collect();
        let served = nodes.iter().flat_map(|(node, _)| &state.nodes[*node].serves);
        let stolen: AnchorSet = served.map(|identity| model.anchor_of(*identity)).collect();
        let (new, stolen) = (model.bundles.intern(new), model.bundles.intern(stolen));
        let is_other = |node: &usize| !nodes.is_empty() && !nodes.iter().any(|(quarantined, _)| quarantined == node);
        let others = (0..model.len()).filter(is_other).collect();
        let quarantine = Self { nodes, others, new, stolen };
        quarantine.refuse_same_anchor(state)?;
        Ok(quarantine)
    }

    /// What is distrusted cannot be what a node goes on to serve.
    fn refuse_same_anchor(&self, state: &State) -> Result<(), Error> {
        let stay =
            self.others.iter().flat_map(|other| state.nodes[*other].serves.iter().map(|served| (*other, *served)));
        let mut in_use = stay.chain(self.nodes.iter().copied());
        let is_stolen = |identity: usize| state.model.bundles.contains(self.stolen, state.model.anchor_of(identity));
        let Some((node, identity)) = in_use.find(|(_, identity)| is_stolen(*identity)) else { return Ok(()) };
        let anchor = state.model.anchor_label(state.model.anchor_of(identity)).clone();
        let identity = state.model.identity_label(identity).id().clone();
        Err(Error::new(ErrorKind::DropsServedAnchor { anchor, node: state.model.name(node).clone(), identity }))
    }

    fn witness(&self, state: &State) -> Option<Witness> {
        let pairs = self.others.iter().flat_map(|other| self.nodes.iter().map(move |(node, _)| (*other, *node)));
        let up = |node: usize| state.nodes[node].up;
        let (client, server) = pairs.into_iter().find(|(a, b)| state.model.talk(*a, *b) && up(*a) && up(*b))?;
        let shown = Shown::Identity(state.model.identity_label(*state.nodes[server].serves.first()?).clone());
        let (client, server) = (state.model.name(client).clone(), state.model.name(server).clone());
        let when = When::AfterActivation(client.clone());
        Some(Witness { client, server, shown, when, rule: Rule::ClientTrustsServer })
    }

    /// Stops the nodes, makes every other distrust what they served and trust what they will, and starts them again.
    fn isolate(&self, mut builder: Builder) -> Result<Plan, Error> {
        for (node, _) in self.nodes.iter().filter(|(node, _)| builder.node(*node).up).collect::<Vec<_>>() {
            builder.step(*node, Action::Stop, &[], &[])?;
            let name = builder.state().model.name(*node).clone();
            builder.gate(Gate::Stopped(name));
        }
        builder.end_wave();
        for other in &self.others {
            self.stage_trust(&mut builder, *other)?;
            Self::activate(&mut builder, *other)?;
        }
        builder.end_wave();
        for (node, identity) in &self.nodes {
            self.stage_trust(&mut builder, *node)?;
            builder.stage_identity(*node, *identity, &[Event::Use], &[])?;
            builder.start(*node, &[Event::Use], &[])?;
            builder.end_wave();
        }
        Ok(builder.finish(Optimality::Minimum))
    }

    fn stage_trust(&self, builder: &mut Builder, node: usize) -> Result<(), Error> {
        foreign::refuse(builder.state_mut(), node, self.new)?;
        let with = builder.bundle_with(node, self.new);
        let bundle = builder.state_mut().model.bundles.subtract(with, self.stolen);
        builder.stage_trust(node, bundle, AT_ONCE)
    }

    /// If outbound connections read the disk and this node demands no certificate, its process does not use what was
    /// distrusted.
    fn activate(builder: &mut Builder, node: usize) -> Result<(), Error> {
        let (state, kind) = (builder.state(), builder.state().semantics.trust_activation());
        let unread = state.semantics.dials_with_trust_on_disk() && builder.node(node).as_server == Bundle::EVERYTHING;
        if unread || !builder.node(node).up {
            return Ok(());
        }
        builder.activate(node, kind, AT_ONCE, &[])?;
        if kind == Activation::Restart {
            builder.end_wave();
        }
        Ok(())
    }
}
