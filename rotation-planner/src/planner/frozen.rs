//! Nodes that cannot be changed (frozen nodes). Such a node blocks a plan in three cases:
//!
//! 1. A peer is to show an identity that the frozen node does not trust: [`refuse_untrusting`].
//! 2. A pair is already cut, and only a change of the frozen node would repair it: [`repair`](super::repair) leaves
//!    that node as it is, and the refusal names the pair.
//! 3. The goal needs a change of the frozen node: [`refuse_change`], on every step, also of a fallback.
//!
//! In every other case, the plan does not change the frozen node. Anchors that the node does not need stay in its
//! truststore, which is safe because trust cuts off no other node.

use crate::anchor_set::AnchorSet;
use crate::bundle::Bundle;
use crate::cluster::Mutability;
use crate::error::{Error, ErrorKind};
use crate::refusal::{Rule, Shown, When, Witness};
use crate::safety::{IDENTITIES, Relation};
use crate::state::State;

use super::rotation::Wanted;

pub(super) fn refuse_change(state: &State, node: usize) -> Result<(), Error> {
    match state.nodes[node].mutability {
        Mutability::Frozen => Err(Error::new(ErrorKind::Frozen(state.model.name(node).clone()))),
        Mutability::Changeable => Ok(()),
    }
}

/// Refuses a target that a frozen peer does not trust.
///
/// The plan does not change the peer's trust, so the peer would be cut off.
pub(super) fn refuse_untrusting(state: &State, wanted: &Wanted) -> Result<(), Error> {
    let targets: AnchorSet = wanted.targets.0.iter().flatten().map(|target| state.model.anchor_of(*target)).collect();
    for client in 0..state.model.len() {
        let node = &state.nodes[client];
        if node.mutability == Mutability::Changeable {
            continue;
        }
        let accepted =
            |relation: Relation| if node.up { relation.accepted(&state.model, node) } else { node.trust_on_disk };
        let accepted = IDENTITIES.map(|relation| (relation, accepted(relation)));
        let trusts_all = |bundle| bundle == Bundle::EVERYTHING || targets.is_within(state.model.bundles.set(bundle));
        if accepted.iter().all(|(_, bundle)| trusts_all(*bundle)) {
            continue;
        }
        let untrusted = |server: usize| {
            let target = wanted.targets[server]?;
            let anchor = state.model.anchor_of(target);
            let is_refused = |(relation, bundle): &(Relation, Bundle)| {
                relation.reaches(&state.model, server, client, anchor) && !state.model.bundles.contains(*bundle, anchor)
            };
            accepted.iter().any(is_refused).then_some((server, target))
        };
        let Some((server, target)) = (0..state.model.len()).find_map(untrusted) else { continue };
        let name = |node: usize| state.model.name(node).clone();
        let shown = Shown::Identity(state.model.identity_label(target).clone());
        let (client, server) = (name(client), name(server));
        let when = When::AfterActivation(server.clone());
        return Err(Error::cut(Witness { client, server, shown, when, rule: Rule::ClientTrustsServer }));
    }
    Ok(())
}
