//! The rule of safety, in its one place: **whatever one side may show, the other surely accepts**, for every pair
//! of nodes that must talk, in both directions, before and after any crash.

use crate::anchor_set::{AnchorSet, Bundle};
use crate::mode::Wire;
use crate::model::Model;
use crate::refusal::Rule;
use crate::semantics::Semantics;
use crate::state::{NodeState, State, Wires};

/// One thing that a side shows and the other must accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// A server shows its identity to whoever dials it over TLS.
    Serving,
    /// A dialler shows its identity to a server that demands one.
    Offering,
    /// A dialler speaks plaintext or TLS to a server.
    Wire,
}

pub(crate) const RELATIONS: [Relation; 3] = [Relation::Serving, Relation::Offering, Relation::Wire];

const PLAIN: usize = 0;
const TLS: usize = 1;

impl Relation {
    pub(crate) fn rule(self) -> Rule {
        match self {
            Self::Serving => Rule::DiallerTrustsServer,
            Self::Offering => Rule::ServerTrustsDialler,
            Self::Wire => Rule::ServerTakesWire,
        }
    }

    /// What `node` may show: anchors of identities, or wires. Each once.
    pub(crate) fn shown(self, model: &Model, semantics: Semantics, node: &NodeState) -> Vec<usize> {
        if !node.up {
            return Vec::new();
        }
        let mut shown: Vec<usize> = match self {
            Self::Wire => wires(node.dials).collect(),
            Self::Offering if semantics.offers_identity_on_disk() => {
                node.identity_on_disk.iter().map(|identity| model.anchor_of(*identity)).collect()
            }
            Self::Serving | Self::Offering => node.serves.iter().map(|identity| model.anchor_of(*identity)).collect(),
        };
        shown.sort_unstable();
        shown.dedup();
        shown
    }

    /// What `node` surely accepts of what the others show.
    pub(crate) fn accepted(self, model: &mut Model, semantics: Semantics, node: &NodeState) -> Bundle {
        if !node.up {
            return Bundle::EVERYTHING;
        }
        match self {
            Self::Serving if node.as_dialler == Bundle::EVERYTHING => Bundle::EVERYTHING,
            Self::Serving if semantics.dials_with_trust_on_disk() => node.trust_on_disk,
            Self::Serving => node.as_dialler,
            Self::Offering => node.as_listener,
            Self::Wire => model.bundles.intern(wires(node.accepts).collect::<AnchorSet>()),
        }
    }
}

fn wires(wires: Wires) -> impl Iterator<Item = usize> {
    let number = |wire| match wire {
        Wire::Plain => PLAIN,
        Wire::Tls => TLS,
    };
    [Wire::Plain, Wire::Tls].into_iter().filter(move |wire| wires.contains(*wire)).map(number)
}

/// The wire that a number of [`Relation::Wire`] stands for.
pub(crate) fn wire(number: usize) -> Wire {
    if number == TLS { Wire::Tls } else { Wire::Plain }
}

/// Something shown by `by` that `to` does not surely accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) relation: Relation,
    pub(crate) by: usize,
    pub(crate) to: usize,
    /// An anchor or a wire.
    pub(crate) what: usize,
}

/// Whether that is still so.
pub(crate) fn is_broken(state: &mut State, broken: Broken) -> bool {
    let Broken { relation, by, to, what } = broken;
    let accepted = relation.accepted(&mut state.model, state.semantics, &state.nodes[to]);
    relation.shown(&state.model, state.semantics, &state.nodes[by]).contains(&what)
        && !state.model.bundles.contains(accepted, what)
}

/// Every pair that is or may be broken, by looking at every pair.
pub(crate) fn broken(state: &mut State) -> Vec<Broken> {
    let mut found = Vec::new();
    for relation in RELATIONS {
        for to in 0..state.model.len() {
            let accepted = relation.accepted(&mut state.model, state.semantics, &state.nodes[to]);
            if accepted == Bundle::EVERYTHING {
                continue;
            }
            for by in (0..state.model.len()).filter(|by| state.model.talk(*by, to)) {
                let shown = relation.shown(&state.model, state.semantics, &state.nodes[by]);
                let unknown = shown.into_iter().filter(|what| !state.model.bundles.contains(accepted, *what));
                found.extend(unknown.map(|what| Broken { relation, by, to, what }));
            }
        }
    }
    found
}
