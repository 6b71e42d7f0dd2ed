//! The fewest restarts and reloads that a rotation takes.
//!
//! Each node accepts (trusts what its peers are to serve), uses (serves the new identity) and refuses (trusts no old anchor).
//! Each of these events that a node lacks happens at one of its loads (restarts or reloads). A node accepts before its peers use,
//! and uses before its peers refuse what it served. Accept and refuse of one node never share a load. So the number of loads is
//! the number of events minus the largest number of pairs of events that can share a load without a cycle of waiting.

use rotation_planner::Activation;

use crate::case::{Age, Case, Rule};

/// The nodes that lack each event.
struct Events {
    accept: Vec<usize>,
    using: Vec<usize>,
    refuse: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Drops {
    Nothing,
    Old,
}

/// The least number of restarts and of reloads.
pub fn least(case: &Case, drops: Drops) -> (usize, usize) {
    let events = Events::of(case, drops);
    let uses = events.using.len();
    if case.rule == Rule::Disk {
        // The truststore is read for every connection.
        return (uses, 0);
    }
    let loads = events.accept.len() + uses + events.refuse.len() - events.most_shared(case);
    match (case.semantics.identity_activation(), case.semantics.trust_activation()) {
        (Some(Activation::Reload), _) => (0, loads),
        (_, Some(Activation::Reload)) => (uses, loads - uses),
        _ => (loads, 0),
    }
}

impl Events {
    fn of(case: &Case, drops: Drops) -> Self {
        let lack = |event: &dyn Fn(usize) -> bool| (0..case.len()).filter(|node| event(*node)).collect();
        Self {
            accept: lack(&|node| case.peers(node).any(|peer| case.certainly_trusts(node) & case.new_bit(peer) == 0)),
            using: lack(&|node| case.may_serve(node) != case.new_bit(node)),
            refuse: lack(&|node| drops == Drops::Old && case.possibly_trusts(node) & case.old_bits() != 0),
        }
    }

    /// The most events that can share a load with another. Accept and use can share one on any set of nodes without a cycle, use
    /// and refuse on nodes that do not talk to each other. No load has all three.
    fn most_shared(&self, case: &Case) -> usize {
        let (accepting, using, refusing) = (set(&self.accept), set(&self.using), set(&self.refuse));
        let groups: Vec<u32> = case.nodes.iter().map(|node| set_of_group(case, node.group)).collect();
        let waits: Vec<u32> = (0..case.len()).map(|node| waits_for(case, node)).collect();
        let most_refusing = |taken: u32| {
            groups.iter().map(|group| group & using & refusing & !(taken & refusing)).map(u32::count_ones).max()
        };
        let mut most = 0;
        for shared in subsets(accepting & using) {
            let gain = shared.count_ones() + most_refusing(shared).unwrap_or_default();
            if gain > most && is_acyclic(shared, &waits) {
                most = gain;
            }
        }
        usize::try_from(most).unwrap()
    }
}

fn set(nodes: &[usize]) -> u32 {
    nodes.iter().map(|node| 1 << node).sum()
}

fn set_of_group(case: &Case, group: usize) -> u32 {
    (0..case.len()).filter(|node| case.nodes[*node].group == group).map(|node| 1 << node).sum()
}

/// The nodes that `node` waits for before it uses: peers that do not certainly trust its new identity.
fn waits_for(case: &Case, node: usize) -> u32 {
    let untrusting = case.peers(node).filter(|peer| case.certainly_trusts(*peer) & case.new_bit(node) == 0);
    if case.nodes[node].disk.identity == Age::New { 0 } else { untrusting.map(|peer| 1 << peer).sum() }
}

/// Every subset of `of`, beginning with `of` itself.
fn subsets(of: u32) -> impl Iterator<Item = u32> {
    std::iter::successors(Some(of), move |subset| subset.checked_sub(1).map(|less| less & of))
}

fn is_acyclic(mut rest: u32, waits: &[u32]) -> bool {
    while rest != 0 {
        let free = (0..waits.len()).filter(|node| rest >> node & 1 == 1 && waits[*node] & rest == 0);
        let free: u32 = free.map(|node| 1 << node).sum();
        if free == 0 {
            return false;
        }
        rest &= !free;
    }
    true
}
