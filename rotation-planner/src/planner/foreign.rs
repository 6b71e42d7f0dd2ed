//! Foreign anchors: no plan makes a node trust one that it does not trust already.
//!
//! The checker refuses each such step. Here it is refused before a plan is made, with the node that would need the anchor;
//! where a truststore is only made larger than the node needs, the anchor is left out of it instead
//! ([`Builder::bundle_with`](super::builder::Builder::bundle_with)).

use crate::anchor_set::Bundle;
use crate::cluster::Mutability;
use crate::error::Error;
use crate::safety::{self, Broken, Relation};
use crate::state::State;

use super::rotation::Wanted;

/// Refuses targets that a peer must trust and may not.
pub(super) fn refuse_targets(state: &mut State, wanted: &Wanted) -> Result<(), Error> {
    let granted = state.model.grants(wanted.anchors);
    if state.model.foreign_in(granted, Bundle::NOTHING) == Bundle::NOTHING {
        return Ok(());
    }
    for node in 0..state.model.len() {
        let needed = wanted.needed_by(state, node);
        refuse(state, node, needed)?;
    }
    Ok(())
}

/// Refuses that `node` is to accept `needed` if it does not yet, and only by new trust in a foreign anchor would.
pub(super) fn refuse(state: &mut State, node: usize, needed: Bundle) -> Result<(), Error> {
    let known = state.nodes[node].known;
    let lacked = state.model.bundles.subtract(needed, known);
    let granted = state.model.grants(lacked);
    match safety::newly_trusted(state, node, granted) {
        Some(anchor) => Err(Error::foreign(state, node, anchor)),
        None => Ok(()),
    }
}

/// Whether only new trust in a foreign anchor would make `broken.to` accept what it is shown.
pub(super) fn is_in_the_way(state: &State, broken: Broken) -> bool {
    let node = &state.nodes[broken.to];
    node.mutability == Mutability::Changeable
        && broken.relation != Relation::Transport
        && state.model.is_foreign(broken.what)
        && !state.model.bundles.contains(node.known, broken.what)
}
