//! The largest set of nodes that can accept and use in one activation each: a maximum acyclic induced subgraph of the
//! graph of waiting.
//!
//! If every node accepts either all of the new or none of it, waiting is mutual between nodes that talk, and the largest
//! group is the answer. In general the nodes left out are a minimum feedback vertex set, which is NP-hard (R. Karp,
//! "Reducibility among combinatorial problems", 1972). Each strongly connected component is solved by itself: exactly up
//! to [`MAX_EXACT`] nodes, by a heuristic with a bound on its gap above.

use std::collections::{BTreeMap, HashMap};

use crate::anchor_set::AnchorSet;
use crate::model::Table;

use super::schedule::Problem;

/// Components up to this size are solved exactly: 2^16 subsets.
const MAX_EXACT: usize = 16;

/// An acyclic set of nodes, in topological order.
pub(super) struct Acyclic {
    pub(super) order: Vec<usize>,
    /// How many more nodes there might be in the largest one.
    pub(super) gap: usize,
}

pub(super) fn largest(problem: &Problem<'_>, nodes: &[usize]) -> Acyclic {
    let (mut order, waiting): (Vec<usize>, Vec<usize>) =
        nodes.iter().partition(|node| problem.nodes[**node].new.is_none());
    let found = if is_uniform(problem, &waiting) {
        Acyclic { order: largest_group(problem, &waiting), gap: 0 }
    } else {
        Graph::new(problem, &waiting).largest()
    };
    order.extend(found.order);
    Acyclic { order, gap: found.gap }
}

/// Whether each of `nodes` accepts nothing yet of what the nodes that it talks to are to use.
pub(super) fn is_uniform(problem: &Problem<'_>, nodes: &[usize]) -> bool {
    let mut groups_of: HashMap<usize, Vec<usize>> = HashMap::new();
    for node in nodes.iter().map(|node| &problem.nodes[*node]) {
        let Some(new) = node.new else { continue };
        let groups = groups_of.entry(new).or_default();
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

/// The graph of waiting among the nodes that may be chosen.
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

    fn largest(&self) -> Acyclic {
        let mut rest: AnchorSet = (0..self.nodes.len()).collect();
        let mut chosen = AnchorSet::default();
        let mut gap = 0;
        loop {
            let Some(first) = rest.iter().next() else { break };
            let component = self.strongly_connected_component(first, &rest);
            rest = rest.without(&component);
            let members: Vec<usize> = component.iter().collect();
            let (kept, missed) = self.largest_in_component(&members);
            for position in kept {
                chosen.insert(position);
            }
            gap += missed;
        }
        Acyclic { order: self.topological_order(chosen), gap }
    }

    /// The strongly connected component of `node` within `rest`: what it reaches and is reached from (L. Fleischer,
    /// B. Hendrickson, A. Pinar, "On identifying strongly connected components in parallel", 2000).
    fn strongly_connected_component(&self, node: usize, rest: &AnchorSet) -> AnchorSet {
        reach(&self.waiting, node, rest).and(&reach(&self.awaited, node, rest))
    }

    /// A large acyclic set within one component, and how much larger the largest might be.
    fn largest_in_component(&self, component: &[usize]) -> (Vec<usize>, usize) {
        if component.len() <= MAX_EXACT {
            return (self.exact(component), 0);
        }
        let kept = self.greedy(component);
        let gap = self.upper_bound(component) - kept.len();
        (kept, gap)
    }

    /// Dynamic programming over subsets: one is acyclic iff some member waits for no other and the rest is acyclic
    /// (M. Held, R. Karp, "A dynamic programming approach to sequencing problems", 1962).
    fn exact(&self, component: &[usize]) -> Vec<usize> {
        let bit = |position: usize| 1_usize << position;
        let awaited: Vec<usize> = component
            .iter()
            .map(|node| (0..component.len()).zip(component).filter(|(_, other)| self.awaited[*node].contains(**other)))
            .map(|others| others.map(|(position, _)| bit(position)).sum())
            .collect();
        let mut acyclic = Table(vec![true]);
        let mut best = 0_usize;
        for subset in 1..bit(component.len()) {
            let free = |(position, awaited): (usize, &usize)| {
                subset & bit(position) != 0 && awaited & subset == 0 && acyclic[subset ^ bit(position)]
            };
            let ok = awaited.iter().enumerate().any(free);
            acyclic.0.push(ok);
            if ok && subset.count_ones() > best.count_ones() {
                best = subset;
            }
        }
        component.iter().enumerate().filter(|(position, _)| best & bit(*position) != 0).map(|(_, node)| *node).collect()
    }

    /// Leaves out the node with the largest product of in-degree and out-degree among those on cycles until no cycle is
    /// left, then takes back what fits (P. Pardalos, T. Qian, M. Resende, "A greedy randomized adaptive search procedure
    /// for the feedback vertex set problem", 1998).
    fn greedy(&self, component: &[usize]) -> Vec<usize> {
        let mut kept: AnchorSet = component.iter().copied().collect();
        let mut left_out = Vec::new();
        loop {
            let cycles = self.cyclic_part(kept.clone());
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
            if self.cyclic_part(with.clone()).iter().next().is_none() {
                kept = with;
            }
        }
        kept.iter().collect()
    }

    /// What is left once nodes that wait for none of the rest are removed again and again: empty iff there is no cycle
    /// (A. Kahn, "Topological sorting of large networks", 1962).
    fn cyclic_part(&self, mut rest: AnchorSet) -> AnchorSet {
        loop {
            let free: AnchorSet = rest.iter().filter(|node| !self.awaited[*node].meets(&rest)).collect();
            if free.iter().next().is_none() {
                return rest;
            }
            rest = rest.without(&free);
        }
    }

    /// An upper bound for the size of an acyclic set: disjoint cycles of two nodes (a cycle packing) cost one node each.
    fn upper_bound(&self, component: &[usize]) -> usize {
        let mut rest: AnchorSet = component.iter().copied().collect();
        let mut most = component.len();
        for node in component {
            let mutual = self.waiting[*node].and(&self.awaited[*node]).and(&rest);
            let Some(other) = mutual.iter().next().filter(|_| rest.contains(*node)) else { continue };
            rest = rest.without(&[*node, other].into_iter().collect());
            most -= 1;
        }
        // A component of several nodes has a cycle, so at least one node is left out.
        most.min(component.len() - 1)
    }

    /// The chosen nodes, each after those that it waits for (Kahn 1962).
    fn topological_order(&self, mut rest: AnchorSet) -> Vec<usize> {
        let mut order = Vec::new();
        loop {
            let Some(next) = rest.iter().find(|node| !self.awaited[*node].meets(&rest)) else { break };
            rest = rest.without(&std::iter::once(next).collect());
            order.extend(self.nodes.get(next).copied());
        }
        order
    }
}

/// The nodes within `within` that `from` reaches along `edges`, itself included: breadth-first search.
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
