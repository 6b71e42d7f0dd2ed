//! A cluster in which pairs are cut, or may be: first all of them are repaired, then the goal is planned as usual.
//!
//! More trust never cuts a pair. So every node that does not accept what it is shown gets it on disk, and nodes are
//! activated, the one that repairs most first, until no pair is left. Nothing new is served until then: a crash may have
//! repaired a pair by chance, and what was planned for the broken pair must not break it again.

use std::cmp::Reverse;

use crate::anchor_set::{AnchorSet, Bundle};
use crate::cluster::Mutability;
use crate::error::Error;
use crate::mode::{InternodeMode, Transport};
use crate::plan::{Action, Event};
use crate::safety::{self, Broken, Relation};
use crate::semantics::{Activation, OptionalSupport};
use crate::state::{NodeState, State};

use super::builder::Builder;
use super::foreign;
use super::rotation::Wanted;

/// The mode that repairs a pair which speaks two transports: it accepts both.
fn accepting_both(mode: InternodeMode) -> InternodeMode {
    match mode.dials() {
        Transport::Plaintext => InternodeMode::PlaintextAcceptingTls,
        Transport::Tls => InternodeMode::TlsAcceptingPlaintext,
    }
}

/// Whether the goal changes what nodes speak.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Transports {
    Stay,
    AreChanged,
}

const REPAIR: &[Event] = &[Event::Repair];

/// Adds the steps after which no pair is cut, whatever crashes come.
///
/// `wanted`: what is to be served; nothing new, on the way to plaintext. Where transports are changed, a pair that speaks
/// two of them and that nothing repairs before is left to that change.
pub(super) fn repair(builder: &mut Builder, wanted: Option<&Wanted>, change: Transports) -> Result<(), Error> {
    if !builder.is_broken() {
        return Ok(());
    }
    let broken = safety::broken(builder.state());
    widen(builder, wanted.map_or(Bundle::NOTHING, |wanted| wanted.anchors), &broken)?;
    let transports: Vec<Broken> = broken.into_iter().filter(|broken| broken.relation == Relation::Transport).collect();
    accept_both(builder, &transports, change)?;
    builder.end_wave();
    let mut broken = safety::broken(builder.state());
    let is_trust_alone = transports.is_empty();
    let kind_of = |node: &NodeState| node.trust_activation().filter(|_| is_trust_alone).unwrap_or(Activation::Restart);
    while let Some(first) = broken.first() {
        let is_left = |broken: &Broken| broken.relation == Relation::Transport && change == Transports::AreChanged;
        let Some(node) = repairs_most(builder, &kind_of, &broken) else {
            if broken.iter().all(is_left) {
                break;
            }
            let foreign = broken.iter().find(|broken| foreign::is_in_the_way(builder.state(), **broken));
            return Err(builder.witness(*foreign.unwrap_or(first)));
        };
        let kind = kind_of(builder.node(node));
        if kind == Activation::Restart {
            builder.end_wave();
        }
        if let Some(wanted) = wanted
            && builder.node(node).identity_activation() <= Some(kind)
            && let Some(target) = wanted.targets[node]
            && builder.node(node).identity_on_disk != Some(target)
            && safety::is_accepted(builder.state(), node, target)
        {
            // It is accepted by what was activated before, and that is confirmed at the end of a wave.
            builder.end_wave();
            builder.stage_identity(node, target, &[Event::Repair, Event::Use], &[])?;
        }
        builder.activate(node, kind, REPAIR, &[])?;
        if kind == Activation::Restart {
            builder.end_wave();
        }
        let state = builder.state();
        broken.retain(|broken| safety::is_broken(state, *broken));
    }
    builder.end_wave();
    Ok(())
}

/// A node that does not accept the transport that its peers use is made to accept both. That needs a keystore, and a
/// release that can.
fn accept_both(builder: &mut Builder, transports: &[Broken], change: Transports) -> Result<(), Error> {
    for broken in transports {
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

/// What a node is shown and does not accept goes to its disk, and what will be served with it: one file, not two.
fn widen(builder: &mut Builder, anchors: Bundle, broken: &[Broken]) -> Result<(), Error> {
    for node in 0..builder.state().model.len() {
        let is_anchor = |broken: &&Broken| broken.to == node && broken.relation != Relation::Transport;
        let lacked = broken.iter().filter(is_anchor).map(|broken| broken.what);
        let mut lacked = lacked.peekable();
        if lacked.peek().is_none() || builder.node(node).mutability == Mutability::Frozen {
            continue;
        }
        let lacked = builder.state_mut().model.bundles.intern(lacked.collect());
        let more = builder.state_mut().model.bundles.unite(lacked, anchors);
        let bundle = builder.bundle_with(node, more);
        builder.stage_trust(node, bundle, REPAIR)?;
    }
    Ok(())
}

/// The node whose activation cuts the fewest connections that work now, among those the one that repairs most, by name
/// the first; `None` if none repairs anything.
fn repairs_most(builder: &Builder, kind_of: &impl Fn(&NodeState) -> Activation, broken: &[Broken]) -> Option<usize> {
    let state = builder.state();
    let mut repaired = vec![0_usize; state.model.len()];
    let mut count = |node: usize| repaired.get_mut(node).into_iter().for_each(|count| *count += 1);
    for Broken { by, to, what, relation } in broken.iter().copied() {
        if relation == Relation::Transport {
            if state.nodes[to].mode_on_disk.accepts(safety::transport(what)) {
                count(to);
            }
            if state.nodes[by].mode_on_disk.dials() != safety::transport(what) {
                count(by);
            }
            continue;
        }
        if state.model.bundles.contains(state.nodes[to].trust_on_disk, what) {
            count(to);
        }
        let on_disk = state.nodes[by].identity_on_disk.map(|identity| state.model.anchor_of(identity));
        let one = &state.nodes[by];
        if one.identity_activation() <= Some(kind_of(one)) && on_disk != Some(what) {
            count(by);
        }
    }
    let can_be_activated =
        |(node, count): &(usize, usize)| *count > 0 && state.nodes[*node].mutability == Mutability::Changeable;
    let best = repaired.into_iter().enumerate().filter(can_be_activated);
    best.min_by_key(|(node, count)| (cuts(state, *node, kind_of(&state.nodes[*node])), Reverse(*count), *node))
        .map(|(node, _)| node)
}

/// How many connections work between the processes that run, as far as these are known, and would not once `node` has
/// loaded what is on its disk.
fn cuts(state: &State, node: usize, kind: Activation) -> usize {
    let now = &state.nodes[node];
    let then = now.activated(kind);
    let bundles = &state.model.bundles;
    let lost = bundles.set(now.running.trusts).without(bundles.set(then.running.trusts));
    if then.running.serves == now.running.serves && lost == AnchorSet::default() {
        return 0;
    }
    let peers = (0..state.model.len()).filter(|peer| state.model.talk(*peer, node));
    let pairs = peers.map(|peer| &state.nodes[peer]).flat_map(|peer| {
        [
            (connects(state, now, peer), connects(state, &then, peer)),
            (connects(state, peer, now), connects(state, peer, &then)),
        ]
    });
    pairs.filter(|(works, will_work)| *works && !will_work).count()
}

/// Whether the process of one node can connect to the other's.
fn connects(state: &State, client: &NodeState, server: &NodeState) -> bool {
    let holds = |trust: Bundle, served: &[usize]| {
        served.iter().all(|identity| state.model.bundles.contains(trust, state.model.anchor_of(*identity)))
    };
    let reads_disk = client.dials_with_trust_on_disk();
    let trust = if reads_disk { client.trust_on_disk } else { client.running.trusts };
    let demands = server.as_server != Bundle::EVERYTHING;
    holds(trust, &server.running.serves) && (!demands || holds(server.running.trusts, &client.running.serves))
}
