//! The repairs and cuts that the activation of each node would cause.
//!
//! Broken pairs are not listed. At the start, the repairs of each node are counted from the checker's tallies. After each
//! activation, only the counts of the affected nodes are updated.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::anchor_set::AnchorSet;
use crate::bundle::{Bundle, Lacking, by_bundle};
use crate::checker::Checker;
use crate::cluster::Mutability;
use crate::model::Table;
use crate::number_map::NumberMap;
use crate::safety::{IDENTITIES, RELATIONS, Relation};
use crate::semantics::Activation;
use crate::state::{NodeState, State};
use crate::transports;

/// The effect of the activation of one node.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Prospect {
    /// The number of rejections that would end.
    ///
    /// A pair may be counted several times: for each relation, direction, and anchor or transport.
    repairs: usize,
    /// The number of connections that work now and would be cut.
    ///
    /// The number is 0 if the activation never repaired anything.
    cuts: usize,
}

type KindOf<'a> = &'a dyn Fn(&NodeState) -> Activation;

pub(super) struct Prospects<'a> {
    kind_of: KindOf<'a>,
    of: Table<Prospect>,
    /// The changeable nodes whose activation repairs something.
    ///
    /// The order is fewest cuts, most repairs, name.
    ranked: BTreeSet<(usize, Reverse<usize>, usize)>,
    /// Of the nodes with repairs at the start, those that stop showing something once activated.
    outdated: Vec<usize>,
    /// Of the nodes with repairs at the start, those that reject an anchor, by relation.
    rejecting: [Rejecting; 2],
    /// Of the nodes with repairs at the start, those whose activation might cut something.
    cutting: Vec<usize>,
    /// The nodes that would cut a connection if activated before a node of the current wave.
    late: BTreeSet<usize>,
}

impl<'a> Prospects<'a> {
    pub(super) fn new(checker: &Checker, kind_of: KindOf<'a>) -> Self {
        let state = checker.state();
        let nodes = 0..state.model.len();
        let mut counts = Counts::new(checker, kind_of);
        let of: Table<Prospect> = nodes
            .clone()
            .map(|node| {
                let repairs = counts.repairs(node);
                Prospect { repairs, cuts: if repairs == 0 { 0 } else { cuts(state, node, kind_of) } }
            })
            .collect();
        let repairs = |node: &usize| of[*node].repairs > 0;
        let outdated = nodes.clone().filter(repairs).filter(|node| shows_outdated(state, *node, kind_of)).collect();
        let cutting = nodes.clone().filter(repairs).filter(|node| changes(state, *node, kind_of).is_some()).collect();
        let rejecting = IDENTITIES.map(|relation| Rejecting::of(checker, relation, nodes.clone().filter(repairs)));
        let (ranked, late) = (BTreeSet::new(), BTreeSet::new());
        let mut prospects = Self { kind_of, of, ranked, outdated, rejecting, cutting, late };
        nodes.for_each(|node| prospects.rank(state, node));
        prospects
    }

    pub(super) fn best(&self) -> Option<usize> {
        self.ranked.first().map(|(_, _, node)| *node)
    }

    pub(super) fn is_late(&self, node: usize) -> bool {
        self.late.contains(&node)
    }

    pub(super) fn start_wave(&mut self) {
        self.late.clear();
    }

    /// Updates the counts that changed with the activation of `node`.
    ///
    /// `before` is the earlier state of `node`.
    pub(super) fn activated(&mut self, checker: &Checker, node: usize, before: &NodeState) {
        let state = checker.state();
        self.replace(state, node, Prospect::default());
        let after = &state.nodes[node];
        for other in self.affected(state, before, after).into_iter().filter(|other| state.model.talk(*other, node)) {
            let repaired = |peer| repaired_between(state, other, (node, peer), self.kind_of);
            let was = self.of[other];
            let repairs = was.repairs.saturating_sub(repaired(before).saturating_sub(repaired(after)));
            self.replace(state, other, Prospect { repairs, ..was });
        }
        if before.running == after.running && before.trust_on_disk == after.trust_on_disk {
            return;
        }
        for other in self.cutting.clone().into_iter().filter(|other| state.model.talk(*other, node)) {
            let Some(then) = changes(state, other, self.kind_of) else { continue };
            let cut = |peer| cut_between(state, other, &then, (node, peer));
            let was = self.of[other];
            let cuts = (was.cuts + cut(after)).saturating_sub(cut(before));
            self.replace(state, other, Prospect { cuts, ..was });
            if depends_on(state, other, &then, before, after) {
                self.late.insert(other);
            }
        }
    }

    /// The nodes whose repairs may change when a peer goes from `before` to `after`.
    fn affected(&self, state: &State, before: &NodeState, after: &NodeState) -> BTreeSet<usize> {
        let shown = |relation: Relation| [before, after].map(|node| relation.shown(&state.model, node));
        let [transports_before, transports_after] = shown(Relation::Transport);
        if transports_before != transports_after {
            return self.ranked.iter().map(|(_, _, other)| *other).collect();
        }
        let mut others: BTreeSet<usize> = self.outdated.iter().copied().collect();
        for (relation, rejecting) in IDENTITIES.into_iter().zip(&self.rejecting) {
            let [before, after] = shown(relation);
            let gone = before.iter().filter(|what| !after.contains(what));
            let new = after.iter().filter(|what| !before.contains(what));
            others.extend(gone.chain(new).flat_map(|what| rejecting.nodes(*what)));
        }
        others
    }

    fn replace(&mut self, state: &State, node: usize, prospect: Prospect) {
        let was = self.of[node];
        if was != prospect {
            self.ranked.remove(&(was.cuts, Reverse(was.repairs), node));
            self.of[node] = prospect;
            self.rank(state, node);
        }
    }

    fn rank(&mut self, state: &State, node: usize) {
        let Prospect { repairs, cuts } = self.of[node];
        if repairs > 0 && state.nodes[node].mutability == Mutability::Changeable {
            self.ranked.insert((cuts, Reverse(repairs), node));
        }
    }
}

/// For one relation, the nodes that do not accept an anchor.
///
/// Nodes that accept with the same truststore form a class.
struct Rejecting {
    classes: Vec<Vec<usize>>,
    lacking: Lacking,
}

impl Rejecting {
    /// Groups `nodes` by the anchors they lack, of those that some node shows or has on disk.
    fn of(checker: &Checker, relation: Relation, nodes: impl Iterator<Item = usize>) -> Self {
        let State { model, nodes: states, .. } = checker.state();
        let on_disk =
            states.0.iter().filter_map(|node| node.identity_on_disk).map(|identity| model.anchor_of(identity));
        let anchors = checker.tally(relation).shown().or(&on_disk.collect());
        let accepting = nodes.map(|node| (node, relation.accepted(model, &states[node])));
        let (bundles, classes): (Vec<Bundle>, Vec<Vec<usize>>) = by_bundle(accepting).into_iter().unzip();
        Self { classes, lacking: Lacking::of(&model.bundles, bundles, &anchors) }
    }

    fn nodes(&self, anchor: usize) -> impl Iterator<Item = usize> {
        self.lacking.at(anchor).filter_map(|class| self.classes.get(class)).flatten().copied()
    }
}

fn will_accept(state: &State, relation: Relation, node: &NodeState, what: usize) -> bool {
    match relation {
        Relation::Transport => node.mode_on_disk.accepts(transports::transport(what)),
        _ => state.model.bundles.contains(node.trust_on_disk, what),
    }
}

fn will_hide(state: &State, relation: Relation, node: &NodeState, what: usize, kind_of: KindOf<'_>) -> bool {
    if relation == Relation::Transport {
        return !transports::is_inside(what) && node.mode_on_disk.dials() != transports::transport(what);
    }
    let on_disk = node.identity_on_disk.map(|identity| state.model.anchor_of(identity));
    node.identity_activation() <= Some(kind_of(node)) && on_disk != Some(what)
}

fn shows_outdated(state: &State, node: usize, kind_of: KindOf<'_>) -> bool {
    let node = &state.nodes[node];
    RELATIONS.into_iter().any(|relation| {
        let mut shown = relation.shown(&state.model, node).into_iter();
        shown.any(|what| will_hide(state, relation, node, what, kind_of))
    })
}

/// The number of rejections between a node and `peer` that end when the node is activated.
///
/// `number` is the number of the node, and `its` is the state of `peer`.
fn repaired_between(state: &State, number: usize, (peer, its): (usize, &NodeState), kind_of: KindOf<'_>) -> usize {
    let (model, node) = (&state.model, &state.nodes[number]);
    let of = |relation: Relation| {
        let refused = |to: &NodeState, what: usize| !model.bundles.contains(relation.accepted(model, to), what);
        let to = relation.shown(model, its).into_iter().filter(|what| {
            relation.reaches(model, peer, number, *what)
                && refused(node, *what)
                && will_accept(state, relation, node, *what)
        });
        let by = relation.shown(model, node).into_iter().filter(|what| {
            relation.reaches(model, number, peer, *what)
                && refused(its, *what)
                && will_hide(state, relation, node, *what, kind_of)
        });
        to.count() + by.count()
    };
    RELATIONS.into_iter().map(of).sum()
}

/// Counts what the activation of each node repairs, without visiting each peer.
struct Counts<'a> {
    checker: &'a Checker,
    kind_of: KindOf<'a>,
    /// The shown anchors that are only in the truststore on disk, and how often they are shown.
    ///
    /// The key is the relation, the truststore in use and the truststore on disk.
    gained: NumberMap<(Relation, Bundle, Bundle), (AnchorSet, usize)>,
    /// The part of the count in `gained` that comes from the node's own groups.
    ///
    /// The key also contains the group or, if scopes are mixed, the node.
    within: NumberMap<(Relation, Bundle, Bundle, usize), usize>,
}

impl<'a> Counts<'a> {
    fn new(checker: &'a Checker, kind_of: KindOf<'a>) -> Self {
        Self { checker, kind_of, gained: NumberMap::default(), within: NumberMap::default() }
    }

    fn repairs(&mut self, node: usize) -> usize {
        let mut repairs = 0;
        for relation in RELATIONS {
            repairs += self.hidden(relation, node);
            repairs += match relation {
                Relation::Transport => self.accepted_transports(node),
                _ => self.accepted_anchors(relation, node),
            };
        }
        repairs
    }

    /// The number of rejections that end because the node stops showing what is rejected.
    fn hidden(&self, relation: Relation, number: usize) -> usize {
        let State { model, nodes, .. } = self.checker.state();
        let node = &nodes[number];
        let shown = relation.shown(model, node).into_iter();
        let hidden = shown.filter(|what| will_hide(self.checker.state(), relation, node, *what, self.kind_of));
        let tally = self.checker.tally(relation);
        let refusing = |what| tally.refusing_outside(&model.bundles, what, relation.shown_in(model, number, what));
        hidden.map(refusing).sum()
    }

    /// The number of connections whose transport the node would newly accept once activated.
    fn accepted_transports(&self, number: usize) -> usize {
        let State { model, nodes, .. } = self.checker.state();
        let accepted = Relation::Transport.accepted(model, &nodes[number]);
        let tally = self.checker.tally(Relation::Transport);
        let refused = tally.shown().iter().filter(|what| !model.bundles.contains(accepted, *what));
        let gained =
            refused.filter(|what| will_accept(self.checker.state(), Relation::Transport, &nodes[number], *what));
        gained.map(|what| tally.showing_outside(what, Relation::Transport.accepted_in(model, number))).sum()
    }

    /// The number of rejections that end because the activated node accepts more anchors.
    ///
    /// Anchors are counted once for all nodes with the same truststores. The anchors that the node's own groups show are then
    /// subtracted.
    fn accepted_anchors(&mut self, relation: Relation, number: usize) -> usize {
        let State { model, nodes, .. } = self.checker.state();
        let (node, groups) = (&nodes[number], relation.accepted_in(model, number));
        let accepted = relation.accepted(model, node);
        if accepted == Bundle::EVERYTHING {
            return 0;
        }
        let key = (relation, accepted, node.trust_on_disk);
        let tally = self.checker.tally(relation);
        let (gained, all) = self.gained.entry(key).or_insert_with(|| {
            let on_disk = tally.shown().and(model.bundles.set(node.trust_on_disk));
            let gained = on_disk.without(model.bundles.set(accepted));
            let all = gained.iter().map(|what| tally.showing(what)).sum();
            (gained, all)
        });
        if *all == 0 {
            return 0;
        }
        let of = if model.places.is_mixed() { number } else { model.group(number) };
        let within = self.within.entry((relation, accepted, node.trust_on_disk, of)).or_insert_with(|| {
            let shown = tally.shown_inside(groups).filter(|(what, _)| gained.contains(*what));
            shown.map(|(_, count)| count).sum()
        });
        *all - *within
    }
}

/// The node after its activation, if the activation may cut a connection.
fn changes(state: &State, node: usize, kind_of: KindOf<'_>) -> Option<NodeState> {
    let now = &state.nodes[node];
    let then = now.activated(kind_of(now));
    let bundles = &state.model.bundles;
    let is_lost = bundles.set(now.running.trusts).beyond(bundles.set(then.running.trusts)).next().is_some();
    (then.running.serves != now.running.serves || is_lost).then_some(then)
}

/// The number of connections that work now and would fail once `node` is activated.
///
/// Only what is known of the running processes is considered.
fn cuts(state: &State, node: usize, kind_of: KindOf<'_>) -> usize {
    let Some(then) = changes(state, node, kind_of) else { return 0 };
    let peers = (0..state.model.len()).filter(|peer| state.model.talk(*peer, node));
    peers.map(|peer| cut_between(state, node, &then, (peer, &state.nodes[peer]))).sum()
}

/// The number of connections between a node and `peer` (0 to 2) that the state `then` cuts.
fn cut_between(state: &State, node: usize, then: &NodeState, (peer, its): (usize, &NodeState)) -> usize {
    let (places, now) = (&state.model.places, &state.nodes[node]);
    let out = places.is_tls(node, peer) && connects(state, now, its) && !connects(state, then, its);
    let back = places.is_tls(peer, node) && connects(state, its, now) && !connects(state, its, then);
    usize::from(out) + usize::from(back)
}

/// Whether the activation of `number` cuts a connection unless a peer is activated first.
///
/// The activation leads to the state `then`; `before` and `after` are the states of the peer.
fn depends_on(state: &State, number: usize, then: &NodeState, before: &NodeState, after: &NodeState) -> bool {
    let now = &state.nodes[number];
    let is_kept = |works: &dyn Fn(&NodeState, &NodeState) -> bool| {
        works(now, before) && !works(then, before) && works(then, after)
    };
    is_kept(&|node, peer| connects(state, node, peer)) || is_kept(&|node, peer| connects(state, peer, node))
}

/// Whether `client` accepts `server` and, if the server requires it, the reverse.
///
/// Only what is known of the running processes is considered.
fn connects(state: &State, client: &NodeState, server: &NodeState) -> bool {
    let holds = |trust: Bundle, served: &[usize]| {
        served.iter().all(|identity| state.model.bundles.contains(trust, state.model.anchor_of(*identity)))
    };
    let reads_disk = client.dials_with_trust_on_disk();
    let trust = if reads_disk { client.trust_on_disk } else { client.running.trusts };
    let demands = server.as_server != Bundle::EVERYTHING;
    holds(trust, &server.running.serves) && (!demands || holds(server.running.trusts, &client.running.serves))
}
