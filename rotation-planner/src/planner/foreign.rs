//! Refuses goals that need new trust in foreign anchors.
//!
//! The checker would refuse a step that adds such trust; this module finds the need earlier. A foreign anchor that a node
//! does not need is left out of its truststore ([`Builder::bundle_with`](super::builder::Builder::bundle_with)).

use crate::bundle::Bundle;
use crate::cluster::Mutability;
use crate::error::Error;
use crate::safety::{self, Broken, Relation};
use crate::state::State;

use super::rotation::Wanted;

/// Refuses targets that a peer could accept only by new trust in a foreign anchor.
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

pub(super) fn refuse(state: &mut State, node: usize, needed: Bundle) -> Result<(), Error> {
    let known = state.nodes[node].known;
    let lacked = state.model.bundles.subtract(needed, known);
    let granted = state.model.grants(lacked);
    match safety::newly_trusted(state, node, granted) {
        Some(anchor) => Err(Error::foreign(state, node, anchor)),
        None => Ok(()),
    }
}

/// Whether the pair can be repaired only by new trust of `broken.to` in a foreign anchor.
pub(super) fn is_in_the_way(state: &State, broken: Broken) -> bool {
    let node = &state.nodes[broken.to];
    node.mutability == Mutability::Changeable
        && broken.relation != Relation::Transport
        && state.model.is_foreign(broken.what)
        && !state.model.bundles.contains(node.known, broken.what)
}
