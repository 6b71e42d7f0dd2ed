//! The largest set of nodes that can accept and use in one load each: nobody in it may wait in a cycle.
//!
//! Where every node accepts all of the new or none of it, waiting is mutual between nodes that talk, so it is the
//! largest group. In general it is a minimum feedback vertex set, which is hard: exact in small cores of mutual
//! waiting, with an honest gap in large ones.

use std::collections::{BTreeMap, HashMap};

use crate::anchor_set::AnchorSet;
use crate::model::Table;

use super::schedule::Problem;

/// Cores up to this size are searched exactly: 2^16 subsets.
const EXACT: usize = 16;

/// A set without a cycle, in an order that respects the waiting.
pub(super) struct Found {
    pub(super) order: Vec<usize>,
    /// How many nodes more there might be.
    pub(super) gap: usize,
}

pub(super) fn largest(problem: &Problem<'_>, nodes: &[usize]) -> Found {
    let (mut order, waiting): (Vec<usize>, Vec<usize>) =
        nodes.iter().partition(|node| problem.nodes[**node].new.is_none());
    let found = if is_uniform(problem, &waiting) {
        Found { order: largest_group(problem, &waiting), gap: 0 }
    } else {
        Graph::new(problem, &waiting).largest()
    };
    order.extend(found.order);
    Found { order, gap: found.gap }
}

/// Whether each of `nodes` accepts nothing yet of what the nodes that it talks to are to use.
pub(super) fn is_uniform(problem: &Problem<'_>, nodes: &[usize]) -> bool {
    let mut groups_of: HashMap<usize, Vec<usize>> = HashMap::new();
    for node in nodes.iter().map(|node| &problem.nodes[*node]) {
        let groups = groups_of.entry(node.new.unwrap_or_default()).or_default();
        if !groups.contains(&node.group) && groups.len() < 2 {
            groups.push(node.group);
        }
    }
    let news: AnchorSet = groups_of.keys().copied().collect();
    let mut accepted_news = HashMap::new();
    nodes.iter().map(|node| &problem.nodes[*node]).all(|node| {
        let accepted: &Vec<usize> = accepted_news
            .entry(node.accepted)
            .or_insert_with(|| news.iter().filter(|new| problem.bundles.contains(node.accepted, *new)).collect());
        accepted.iter().all(|new| groups_of.get(new).is_some_and(|groups| *groups == [node.group]))
    })
}

fn largest_group(problem: &Problem<'_>, nodes: &[usize]) -> Vec<usize> {
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for node in nodes {
        groups.entry(problem.nodes[*node].group).or_default().push(*node);
    }
    // Of groups of one size, the one whose first node has the first name.
    let best = groups.into_values().max_by_key(|group| (group.len(), std::cmp::Reverse(group.first().copied())));
    best.unwrap_or_default()
}

/// Who waits for whom, among the nodes that may be chosen.
struct Graph {
    nodes: Vec<usize>,
    /// Row by row, the positions that wait for this one.
    waiting: Table<AnchorSet>,
    /// Row by row, the positions that this one waits for.
    awaited: Table<AnchorSet>,
}

impl Graph {
    fn new(problem: &Problem<'_>, nodes: &[usize]) -> Self {
        let row = |waits: &dyn Fn(usize) -> bool| -> AnchorSet {
            nodes.iter().enumerate().filter(|(_, other)| waits(**other)).map(|(position, _)| position).collect()
        };
        let waiting = nodes.iter().map(|node| row(&|other| problem.waits(other, *node))).collect();
        let awaited = nodes.iter().map(|node| row(&|other| problem.waits(*node, other))).collect();
        Self { nodes: nodes.to_vec(), waiting, awaited }
    }

    fn largest(&self) -> Found {
        let mut rest: AnchorSet = (0..self.nodes.len()).collect();
        let mut chosen = AnchorSet::default();
        let mut gap = 0;
        loop {
            let Some(first) = rest.iter().next() else { break };
            let core = reach(&self.waiting, first, &rest).and(&reach(&self.awaited, first, &rest));
            rest = rest.without(&core);
            let members: Vec<usize> = core.iter().collect();
            let (kept, missed) = self.largest_in_core(&members);
            for position in kept {
                chosen.insert(position);
            }
            gap += missed;
        }
        Found { order: self.in_order(chosen), gap }
    }

    /// The largest set without a cycle within one core, and how much larger it might be.
    fn largest_in_core(&self, core: &[usize]) -> (Vec<usize>, usize) {
        if core.len() <= EXACT {
            return (self.exact(core), 0);
        }
        let kept = self.greedy(core);
        let gap = self.bound(core) - kept.len();
        (kept, gap)
    }

    /// Tries every subset: one has no cycle iff some member waits for none of it and the others have none.
    fn exact(&self, core: &[usize]) -> Vec<usize> {
        let bit = |position: usize| 1_usize << position;
        let awaited: Vec<usize> = core
            .iter()
            .map(|node| (0..core.len()).zip(core).filter(|(_, other)| self.awaited[*node].contains(**other)))
            .map(|others| others.map(|(position, _)| bit(position)).sum())
            .collect();
        let mut without_circle = Table(vec![true]);
        let mut best = 0_usize;
        for subset in 1..bit(core.len()) {
            let free = |(position, awaited): (usize, &usize)| {
                subset & bit(position) != 0 && awaited & subset == 0 && without_circle[subset ^ bit(position)]
            };
            let ok = awaited.iter().enumerate().any(free);
            without_circle.0.push(ok);
            if ok && subset.count_ones() > best.count_ones() {
                best = subset;
            }
        }
        core.iter().enumerate().filter(|(position, _)| best & bit(*position) != 0).map(|(_, node)| *node).collect()
    }

    /// Leaves out the node with most waiting through it until no cycle is left, then takes back what fits.
    fn greedy(&self, core: &[usize]) -> Vec<usize> {
        let mut kept: AnchorSet = core.iter().copied().collect();
        let mut left_out = Vec::new();
        loop {
            let cycles = self.stripped(kept.clone());
            let through = |node: &usize| {
                self.waiting[*node].and(&cycles).iter().count() * self.awaited[*node].and(&cycles).iter().count()
            };
            let Some(worst) = cycles.iter().max_by_key(|node| (through(node), std::cmp::Reverse(*node))) else {
                break;
            };
            kept = kept.without(&std::iter::once(worst).collect());
            left_out.push(worst);
        }
        for node in left_out {
            let mut with = kept.clone();
            with.insert(node);
            if self.stripped(with.clone()).iter().next().is_none() {
                kept = with;
            }
        }
        kept.iter().collect()
    }

    /// What is left once nodes that wait for none of the rest are taken away again and again: empty iff no cycle.
    fn stripped(&self, mut rest: AnchorSet) -> AnchorSet {
        loop {
            let free: AnchorSet = rest.iter().filter(|node| !self.awaited[*node].meets(&rest)).collect();
            if free.iter().next().is_none() {
                return rest;
            }
            rest = rest.without(&free);
        }
    }

    /// Each of a set of disjoint pairs that wait for each other leaves out at least one node.
    fn bound(&self, core: &[usize]) -> usize {
        let mut rest: AnchorSet = core.iter().copied().collect();
        let mut most = core.len();
        for node in core {
            let mutual = self.waiting[*node].and(&self.awaited[*node]).and(&rest);
            let Some(other) = mutual.iter().next().filter(|_| rest.contains(*node)) else { continue };
            rest = rest.without(&[*node, other].into_iter().collect());
            most -= 1;
        }
        // A core has a cycle, so at least one node is left out.
        most.min(core.len() - 1)
    }

    /// The chosen nodes, each after those that it waits for.
    fn in_order(&self, mut rest: AnchorSet) -> Vec<usize> {
        let mut order = Vec::new();
        loop {
            let Some(next) = rest.iter().find(|node| !self.awaited[*node].meets(&rest)) else { break };
            rest = rest.without(&std::iter::once(next).collect());
            order.extend(self.nodes.get(next).copied());
        }
        order
    }
}

fn reach(edges: &Table<AnchorSet>, from: usize, within: &AnchorSet) -> AnchorSet {
    let mut reached: AnchorSet = std::iter::once(from).collect();
    let mut frontier = reached.clone();
    while frontier.iter().next().is_some() {
        let next = frontier.iter().fold(AnchorSet::default(), |all, node| all.or(&edges[node]));
        frontier = next.and(within).without(&reached);
        reached = reached.or(&frontier);
    }
    reached
}
