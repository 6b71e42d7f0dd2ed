//! Repairs a cluster in which pairs are cut, or may be, before the goal is planned as usual.
//!
//! More trust never cuts a pair. So on every changeable node that rejects an identity of a peer, the missing trust is staged. A
//! node that rejects a transport is made to accept both transports. Then nodes are activated, as long as an activation repairs
//! something: first those that cut least, and of these the ones that repair most. A repair stages a node's new identity only if
//! every peer already accepts that identity. Otherwise, the step could cut off a peer.

use crate::anchor_set::AnchorSet;
use crate::bundle::Bundle;
use crate::cluster::Mutability;
use crate::error::Error;
use crate::mode::{InternodeMode, Transport};
use crate::plan::{Action, Event};
use crate::safety::{self, Broken, IDENTITIES, Relation};
use crate::semantics::{Activation, OptionalSupport};
use crate::state::{NodeState, State};

use super::builder::Builder;
use super::foreign;
use super::prospects::Prospects;
use super::rotation::Wanted;

fn accepting_both(mode: InternodeMode) -> InternodeMode {
    match mode.dials() {
        Transport::Plaintext => InternodeMode::PlaintextAcceptingTls,
        Transport::Tls => InternodeMode::TlsAcceptingPlaintext,
    }
}

/// Whether the goal changes the transports of nodes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Transports {
    Stay,
    AreChanged,
}

const REPAIR: &[Event] = &[Event::Repair];

/// Adds steps that repair the pairs that are or may be cut.
///
/// `wanted`: the identities to serve; `None` if TLS is to be disabled. If transports change, a pair whose nodes use
/// different transports may be left to that change.
pub(super) fn repair(builder: &mut Builder, wanted: Option<&Wanted>, change: Transports) -> Result<(), Error> {
    if !builder.checker().is_broken() {
        return Ok(());
    }
    let refused = refused_transports(builder);
    let (anchors, dropped) =
        wanted.map_or((Bundle::NOTHING, Bundle::NOTHING), |wanted| (wanted.anchors, wanted.dropped));
    widen(builder, anchors, dropped)?;
    accept_both(builder, &refused, change)?;
    builder.end_wave();
    let is_trust_alone = refused.is_empty();
    let kind_of = |node: &NodeState| node.trust_activation().filter(|_| is_trust_alone).unwrap_or(Activation::Restart);
    let mut prospects = Prospects::new(builder.checker(), &kind_of);
    while let Some(node) = prospects.best() {
        let before = builder.node(node).clone();
        let kind = kind_of(&before);
        if kind == Activation::Restart || prospects.is_late(node) {
            builder.end_wave();
            prospects.start_wave();
        }
        if let Some(wanted) = wanted
            && before.identity_activation() <= Some(kind)
            && let Some(target) = wanted.targets[node]
            && before.identity_on_disk != Some(target)
            && builder.checker().is_accepted(node, target)
        {
            // The peers may accept the target only since earlier activations in this wave, which the end of the wave confirms.
            builder.end_wave();
            prospects.start_wave();
            builder.stage_identity(node, target, &[Event::Repair, Event::Use], &[])?;
        }
        builder.activate(node, kind, REPAIR, &[])?;
        if kind == Activation::Restart {
            builder.end_wave();
        }
        prospects.activated(builder.checker(), node, &before);
    }
    builder.end_wave();
    refuse_left(builder, change)
}

/// Refuses pairs that no activation repairs.
///
/// Transports that the plan changes later are not considered.
fn refuse_left(builder: &Builder, change: Transports) -> Result<(), Error> {
    let checker = builder.checker();
    let is_cut = |relation: &Relation| checker.is_broken_in(*relation);
    if change == Transports::AreChanged && !IDENTITIES.iter().any(is_cut) {
        return Ok(());
    }
    let Some(first) = checker.first_broken() else { return Ok(()) };
    let is_foreign_shown = IDENTITIES.iter().any(|relation| {
        let mut shown = checker.tally(*relation).shown().iter();
        shown.any(|what| builder.state().model.is_foreign(what))
    });
    let mut in_the_way =
        safety::broken(builder.state()).filter(|broken| foreign::is_in_the_way(builder.state(), *broken));
    let foreign = if is_foreign_shown { in_the_way.next() } else { None };
    Err(builder.witness(foreign.unwrap_or(first)))
}

/// For each node that may reject the transport of a peer, the first such rejection.
fn refused_transports(builder: &Builder) -> Vec<Broken> {
    let (checker, state) = (builder.checker(), builder.state());
    if !checker.is_broken_in(Relation::Transport) {
        return Vec::new();
    }
    let is_whole = |to: &usize| checker.accepts_everything_in(Relation::Transport, *to);
    let refusing = (0..state.model.len()).filter(|to| !is_whole(to));
    refusing.filter_map(|to| safety::broken_to(state, Relation::Transport, to).next()).collect()
}

/// Makes each node that rejects a peer's transport accept both transports.
///
/// The plan is refused if a node cannot do so, because the node is frozen, has no keystore or does not support
/// `optional: true`. If transports change later, only the last of these reasons counts.
fn accept_both(builder: &mut Builder, refused: &[Broken], change: Transports) -> Result<(), Error> {
    for broken in refused {
        let node = builder.node(broken.to);
        let (now, then) = (node.mode_on_disk, accepting_both(node.mode_on_disk));
        let can = node.semantics.optional_support == OptionalSupport::Available && node.identity_on_disk.is_some();
        if node.mutability == Mutability::Frozen || !can {
            if change == Transports::AreChanged && node.semantics.optional_support == OptionalSupport::Available {
                continue;
            }
            return Err(builder.witness(*broken));
        }
        if now != then {
            builder.step(broken.to, Action::StageMode(then), REPAIR, &[])?;
        }
    }
    Ok(())
}

/// Stages the missing trust on each changeable node that rejects an identity.
///
/// The file also contains the trust that the goal needs. It lacks the anchors to drop that no node shows, unless no other
/// anchor would remain.
pub(super) fn widen(builder: &mut Builder, anchors: Bundle, dropped: Bundle) -> Result<(), Error> {
    let unshown = unshown(builder, dropped);
    for node in 0..builder.state().model.len() {
        let is_whole = |relation: &Relation| builder.checker().accepts_everything_in(*relation, node);
        if builder.node(node).mutability == Mutability::Frozen || IDENTITIES.iter().all(is_whole) {
            continue;
        }
        let [served, offered] = IDENTITIES.map(|relation| lacked_by(builder, relation, node));
        let lacked = served.or(&offered);
        let bundles = &mut builder.state_mut().model.bundles;
        let lacked = bundles.intern(lacked);
        let more = bundles.unite(lacked, anchors);
        let with = builder.bundle_with(node, more);
        let bundle = match builder.state_mut().model.without(with, unshown) {
            Bundle::NOTHING => with,
            without => without,
        };
        builder.stage_trust(node, bundle, REPAIR)?;
    }
    Ok(())
}

fn unshown(builder: &mut Builder, dropped: Bundle) -> Bundle {
    let [served, offered] = IDENTITIES.map(|relation| builder.checker().tally(relation));
    let shown = served.shown().or(offered.shown());
    let model = &mut builder.state_mut().model;
    let shown = model.members_of_all(shown.iter());
    let unshown = model.bundles.set(dropped).without(&shown);
    model.bundles.intern(unshown)
}

/// The anchors shown by peers that `node` neither accepts nor has on its disk.
fn lacked_by(builder: &Builder, relation: Relation, node: usize) -> AnchorSet {
    let State { model, nodes, .. } = builder.state();
    let accepted = relation.accepted(model, &nodes[node]);
    if accepted == Bundle::EVERYTHING {
        return AnchorSet::default();
    }
    let on_disk = model.bundles.set(nodes[node].trust_on_disk);
    let tally = builder.checker().tally(relation);
    let mut lacked = tally.shown().without(model.bundles.set(accepted)).without(on_disk);
    let groups = relation.accepted_in(model, node);
    for (what, _) in tally.shown_inside(groups).filter(|(what, _)| !tally.shown_outside(*what, groups)) {
        lacked.remove(what);
    }
    lacked
}
