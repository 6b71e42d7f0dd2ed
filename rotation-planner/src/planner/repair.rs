//! A cluster in which pairs are cut, or may be: first all of them are mended, then it is an ordinary start.
//!
//! More trust never cuts anybody off. So every node that does not accept what it is shown gets it on disk, and nodes are
//! loaded, the one that mends most first, until no pair is left. Nothing new is served until then: a crash may have
//! mended a pair by chance, and what was planned for the broken pair must not break it again.

use crate::anchor_set::Bundle;
use crate::cluster::Change;
use crate::error::Error;
use crate::mode::{InternodeMode, Wire};
use crate::plan::{Action, Event};
use crate::safety::{self, Broken, Relation};
use crate::semantics::{LoadKind, OptionalTls};

use super::builder::Builder;
use super::rotation::Wanted;

/// What a pair that speaks two wires is mended with: a mode that takes in both.
fn taking_both(mode: InternodeMode) -> InternodeMode {
    match mode.dials() {
        Wire::Plain => InternodeMode::PlainAcceptingTls,
        Wire::Tls => InternodeMode::TlsAcceptingPlain,
    }
}

const MEND: &[Event] = &[Event::Mend];

/// Adds the steps after which no pair is cut, whatever crashes come.
///
/// `wanted`: what is to be served; nothing new, on the way to plaintext.
pub(super) fn mend(builder: &mut Builder, wanted: Option<&Wanted>) -> Result<(), Error> {
    if !builder.is_broken() {
        return Ok(());
    }
    let broken = safety::broken(builder.state_mut());
    widen(builder, wanted.map_or(Bundle::NOTHING, |wanted| wanted.anchors), &broken)?;
    let wires: Vec<Broken> = broken.into_iter().filter(|broken| broken.relation == Relation::Wire).collect();
    take_both(builder, &wires)?;
    builder.end_wave();
    let mut broken = safety::broken(builder.state_mut());
    let kind = if wires.is_empty() { builder.state().semantics.trust_load() } else { LoadKind::Restart };
    while let Some(first) = broken.first() {
        let Some(node) = mends_most(builder, kind, &broken) else { return Err(builder.witness(*first)) };
        if let Some(wanted) = wanted
            && builder.state().semantics.identity_load() <= kind
            && is_accepted(builder, node, wanted.targets[node])
        {
            builder.stage_identity(node, wanted.targets[node], &[Event::Mend, Event::Use], &[])?;
        }
        builder.load(node, kind, MEND, &[])?;
        if kind == LoadKind::Restart {
            builder.end_wave();
        }
        let state = builder.state_mut();
        broken.retain(|broken| safety::is_broken(state, *broken));
    }
    builder.end_wave();
    Ok(())
}

/// Who does not take in what it is dialled with is to take in both. That needs a keystore, and a version that can.
fn take_both(builder: &mut Builder, wires: &[Broken]) -> Result<(), Error> {
    for broken in wires {
        let node = builder.node(broken.to);
        let (now, then) = (node.mode_on_disk, taking_both(node.mode_on_disk));
        let can = builder.state().semantics.optional == OptionalTls::Available && node.identity_on_disk.is_some();
        if node.change == Change::Frozen || !can {
            return Err(builder.witness(*broken));
        }
        if now != then {
            builder.step(broken.to, Action::StageMode(then), MEND, &[])?;
        }
    }
    Ok(())
}

/// What a node is shown and does not accept goes to its disk, and what will be served with it: one file, not two.
fn widen(builder: &mut Builder, anchors: Bundle, broken: &[Broken]) -> Result<(), Error> {
    for node in 0..builder.state().model.len() {
        let is_anchor = |broken: &&Broken| broken.to == node && broken.relation != Relation::Wire;
        let lacked = broken.iter().filter(is_anchor).map(|broken| broken.what);
        let mut lacked = lacked.peekable();
        if lacked.peek().is_none() || builder.node(node).change == Change::Frozen {
            continue;
        }
        let lacked = builder.state_mut().model.bundles.intern(lacked.collect());
        let more = builder.state_mut().model.bundles.unite(lacked, anchors);
        let bundle = builder.bundle_with(node, more);
        builder.stage_trust(node, bundle, MEND)?;
    }
    Ok(())
}

/// Whether every peer of `node` surely accepts `identity`, as a server's and, where one is demanded, as a dialler's.
fn is_accepted(builder: &mut Builder, node: usize, identity: usize) -> bool {
    let state = builder.state_mut();
    let anchor = state.model.anchor_of(identity);
    let peers: Vec<usize> = (0..state.model.len()).filter(|peer| state.model.talk(node, *peer)).collect();
    peers.into_iter().all(|peer| {
        [Relation::Serving, Relation::Offering].into_iter().all(|relation| {
            let accepted = relation.accepted(&mut state.model, state.semantics, &state.nodes[peer]);
            state.model.bundles.contains(accepted, anchor)
        })
    })
}

/// The node, by name the first, whose load mends most; `None` if no load mends anything.
fn mends_most(builder: &Builder, kind: LoadKind, broken: &[Broken]) -> Option<usize> {
    let state = builder.state();
    let mut mended = vec![0_usize; state.model.len()];
    let mut count = |node: usize| mended.get_mut(node).into_iter().for_each(|count| *count += 1);
    for Broken { by, to, what, relation } in broken.iter().copied() {
        if relation == Relation::Wire {
            if state.nodes[to].mode_on_disk.accepts(safety::wire(what)) {
                count(to);
            }
            if state.nodes[by].mode_on_disk.dials() != safety::wire(what) {
                count(by);
            }
            continue;
        }
        if state.model.bundles.contains(state.nodes[to].trust_on_disk, what) {
            count(to);
        }
        let on_disk = state.nodes[by].identity_on_disk.map(|identity| state.model.anchor_of(identity));
        if state.semantics.identity_load() <= kind && on_disk != Some(what) {
            count(by);
        }
    }
    let can_be_loaded = |(node, count): &(usize, usize)| *count > 0 && state.nodes[*node].change == Change::Allowed;
    let best = mended.into_iter().enumerate().filter(can_be_loaded);
    best.max_by_key(|(node, count)| (*count, std::cmp::Reverse(*node))).map(|(node, _)| node)
}
