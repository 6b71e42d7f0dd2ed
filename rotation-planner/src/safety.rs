//! The rule of safety, and the rule of trust.
//!
//! **Each side certainly accepts whatever the other may show**, for every pair of nodes that must talk, in both
//! directions, before and after any crash.
//!
//! By the rule of trust, a node newly trusts no foreign anchor ([`newly_trusted`]).

use crate::bundle::Bundle;
use crate::few::Few;
use crate::mode::Transport;
use crate::model::Model;
use crate::refusal::Rule;
use crate::state::{NodeState, State};
use crate::transports;

/// One of the three ways in which a node shows something that its peer must accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Relation {
    /// A server shows its identity to every client that connects over TLS.
    Serving,
    /// A client shows its identity to a server that requires one.
    Offering,
    /// A client uses plaintext or TLS to connect to a server.
    Transport,
}

/// The relations in which nodes show identities.
pub(crate) const IDENTITIES: [Relation; 2] = [Relation::Serving, Relation::Offering];

pub(crate) const RELATIONS: [Relation; 3] = [Relation::Serving, Relation::Offering, Relation::Transport];

impl Relation {
    pub(crate) fn rule(self) -> Rule {
        match self {
            Self::Serving => Rule::ClientTrustsServer,
            Self::Offering => Rule::ServerTrustsClient,
            Self::Transport => Rule::ServerAcceptsTransport,
        }
    }

    /// The anchors or transports that `node` may show.
    pub(crate) fn shown(self, model: &Model, node: &NodeState) -> Few {
        // No node connects to a client, and a client connects to the nodes' listener for clients, whatever their internode mode.
        if !node.up || node.is_client() && self != Self::Offering {
            return Few::NONE;
        }
        if self == Self::Transport {
            return node.inside.shown(node.dials).collect();
        }
        self.identities(node).iter().map(|identity| model.anchor_of(*identity)).collect()
    }

    pub(crate) fn identities(self, node: &NodeState) -> &[usize] {
        match self {
            Self::Transport => &[],
            // A node that never connects over TLS offers nothing.
            Self::Offering if !node.dials.contains(Transport::Tls) => &[],
            Self::Offering => node.offered(),
            Self::Serving if node.is_client() => &[],
            Self::Serving => node.served(),
        }
    }

    /// Whether `node`, as the accepting side, opens the truststore on its disk at each handshake.
    pub(crate) fn accepts_from_disk(self, node: &NodeState) -> bool {
        match self {
            Self::Serving => node.dials_with_trust_on_disk(),
            Self::Offering => node.verifies_with_trust_on_disk(),
            Self::Transport => false,
        }
    }

    /// Whether `node`, as the showing side, opens the keystore on its disk at each handshake.
    pub(crate) fn shows_from_disk(self, node: &NodeState) -> bool {
        match self {
            Self::Serving => node.serves_identity_on_disk(),
            Self::Offering => node.offers_identity_on_disk(),
            Self::Transport => false,
        }
    }

    /// The bundle that `node` certainly accepts; a node that is down rejects nothing.
    pub(crate) fn accepted(self, model: &Model, node: &NodeState) -> Bundle {
        if !node.up || node.is_client() && self != Self::Serving {
            return Bundle::EVERYTHING;
        }
        match self {
            Self::Serving if node.as_client == Bundle::EVERYTHING => Bundle::EVERYTHING,
            Self::Serving if self.accepts_from_disk(node) => node.trust_on_disk,
            Self::Serving => node.as_client,
            Self::Offering if node.as_server == Bundle::EVERYTHING => Bundle::EVERYTHING,
            Self::Offering if self.accepts_from_disk(node) => node.trust_on_disk,
            Self::Offering => node.as_server,
            Self::Transport => model.transports.accepted(node.inside, node.accepts),
        }
    }

    /// The groups whose nodes need not accept `what` if `node` shows it.
    ///
    /// The groups of a peer are those of [`accepted_in`](Self::accepted_in).
    pub(crate) fn shown_in(self, model: &Model, node: usize, what: usize) -> &[usize] {
        match self {
            Self::Serving => model.places.around(node),
            Self::Transport if transports::is_inside(what) => &[],
            Self::Offering | Self::Transport => std::slice::from_ref(model.places.group(node)),
        }
    }

    /// The groups of `node` as the accepting side.
    ///
    /// If `node` opens the connection, its own group is returned, otherwise every group that contains `node`.
    pub(crate) fn accepted_in(self, model: &Model, node: usize) -> &[usize] {
        match self {
            Self::Serving => std::slice::from_ref(model.places.group(node)),
            Self::Offering | Self::Transport => model.places.around(node),
        }
    }

    /// Whether `to` must accept `what` if `by` shows it.
    pub(crate) fn reaches(self, model: &Model, by: usize, to: usize, what: usize) -> bool {
        let apart = self.accepted_in(model, to);
        by != to && !self.shown_in(model, by, what).iter().any(|group| apart.contains(group))
    }
}

pub(crate) fn accepted_of_both(state: &mut State, node: usize) -> Bundle {
    let accepted = |relation: Relation| relation.accepted(&state.model, &state.nodes[node]);
    let [served, offered] = IDENTITIES.map(accepted);
    state.model.bundles.intersect(served, offered)
}

/// An identity or transport that `by` may show and `to` may reject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) relation: Relation,
    pub(crate) by: usize,
    pub(crate) to: usize,
    /// The number of an anchor or a transport.
    pub(crate) what: usize,
}

/// The first foreign anchor of `trust` that `node` did not trust when it was observed.
pub(crate) fn newly_trusted(state: &mut State, node: usize, trust: Bundle) -> Option<usize> {
    let known = state.nodes[node].known;
    let foreign = state.model.foreign_in(trust, known);
    state.model.bundles.set(foreign).iter().next()
}

/// Everything that is or may be rejected, found by examining every pair of nodes.
pub(crate) fn broken(state: &State) -> impl Iterator<Item = Broken> {
    let nodes = 0..state.model.len();
    let into = move |relation| nodes.clone().flat_map(move |to| broken_to(state, relation, to));
    RELATIONS.into_iter().flat_map(into)
}

pub(crate) fn broken_to(state: &State, relation: Relation, to: usize) -> impl Iterator<Item = Broken> {
    let accepted = relation.accepted(&state.model, &state.nodes[to]);
    let nodes = if accepted == Bundle::EVERYTHING { 0 } else { state.model.len() };
    (0..nodes).flat_map(move |by| {
        let shown = relation.shown(&state.model, &state.nodes[by]).into_iter();
        let unknown = shown.filter(move |what| {
            !state.model.bundles.contains(accepted, *what) && relation.reaches(&state.model, by, to, *what)
        });
        unknown.map(move |what| Broken { relation, by, to, what })
    })
}
