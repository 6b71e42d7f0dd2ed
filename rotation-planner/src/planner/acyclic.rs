//! The largest set of nodes that can each accept and use in one activation.
//!
//! In the waiting graph, an arc leads from each node to every node that it waits for. The set must contain no cycle.
//!
//! If no node accepts a new anchor of a peer yet, all nodes that talk to each other wait for each other, and the set is the
//! largest group. In general, the nodes outside of the set are a minimum feedback vertex set, and to find such a set is NP-hard
//! (R. Karp, "Reducibility among combinatorial problems", 1972). The graph is never built in full: an arc leads from a node to a
//! class of nodes with the same truststore, because such nodes are waited for by the same nodes. Each strongly connected
//! component is solved separately: exactly up to [`MAX_EXACT`] classes, and otherwise by a heuristic with a bound on its gap.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::anchor_set::AnchorSet;
use crate::bundle::{Bundle, Lacking};
use crate::cluster::Role;
use crate::model::Table;
use crate::number_map::NumberMap;

use super::schedule::Problem;

/// The maximum number of classes in a component that is solved exactly (2^16 subsets).
const MAX_EXACT: usize = 16;

/// An acyclic set of nodes, in topological order.
pub(super) struct Acyclic {
    pub(super) order: Vec<usize>,
    /// The maximum number of nodes by which a larger acyclic set may exceed this one.
    pub(super) gap: usize,
}

pub(super) fn largest(problem: &Problem<'_>, nodes: &[usize]) -> Acyclic {
    let nodes = problem.seeds_last(nodes.to_vec(), |node| *node);
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

/// Whether no node of `nodes` accepts anything yet that its peers in `nodes` are to use.
pub(super) fn is_uniform(problem: &Problem<'_>, nodes: &[usize]) -> bool {
    let mut groups_of: NumberMap<usize, Vec<usize>> = NumberMap::default();
    for node in nodes.iter().map(|node| &problem.nodes[*node]) {
        let Some(new) = node.new else { continue };
        let groups = groups_of.entry(new).or_default();
        if !groups.contains(&node.group) && groups.len() < 2 {
            groups.push(node.group);
        }
    }
    let news: AnchorSet = groups_of.keys().copied().collect();
    let mut accepted_news = NumberMap::default();
    nodes.iter().map(|node| &problem.nodes[*node]).all(|node| {
        let accepted = accepted_news.entry(node.accepted).or_insert_with(|| {
            if node.accepted == Bundle::EVERYTHING {
                news.clone()
            } else {
                news.and(problem.bundles.set(node.accepted))
            }
        });
        accepted.iter().all(|new| groups_of.get(&new).is_some_and(|groups| *groups == [node.group]))
    })
}

fn largest_group(problem: &Problem<'_>, nodes: &[usize]) -> Vec<usize> {
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for node in nodes {
        groups.entry(problem.nodes[*node].group).or_default().push(*node);
    }
    // Of several groups of the same size, take one without a seed, and of these the one whose first node comes first by name.
    let has_seed = |group: &Vec<usize>| group.iter().any(|node| problem.nodes[*node].role == Role::Seed);
    let best =
        groups.into_values().max_by_key(|group| (group.len(), !has_seed(group), Reverse(group.first().copied())));
    best.unwrap_or_default()
}

/// The waiting graph among the candidate nodes, which are numbered by position.
struct Graph {
    nodes: Vec<usize>,
    class_of: Table<usize>,
    /// The positions of the nodes of each class.
    ///
    /// The nodes of a class accept with the same bundle. If the group of a candidate has several candidates, the class of that
    /// candidate contains only nodes of the group.
    classes: Table<Vec<usize>>,
    /// For each position, the classes that its node waits for.
    ///
    /// A node whose own class is among them waits for the other nodes of that class.
    awaited: Table<AnchorSet>,
}

impl Graph {
    fn new(problem: &Problem<'_>, nodes: &[usize]) -> Self {
        let pending = |node: &usize| &problem.nodes[*node];
        let mut sizes: NumberMap<usize, usize> = NumberMap::default();
        for node in nodes {
            *sizes.entry(pending(node).group).or_default() += 1;
        }
        let mut numbers = NumberMap::default();
        let (mut bundles, mut classes, mut class_of) = (Vec::new(), Vec::<Vec<usize>>::new(), Vec::new());
        let mut of_group: NumberMap<usize, AnchorSet> = NumberMap::default();
        for (position, node) in nodes.iter().map(pending).enumerate() {
            let several = sizes.get(&node.group).is_some_and(|size| *size > 1);
            let class = *numbers.entry((node.accepted, several.then_some(node.group))).or_insert_with(|| {
                bundles.push(node.accepted);
                classes.push(Vec::new());
                classes.len() - 1
            });
            if several {
                of_group.entry(node.group).or_default().insert(class);
            }
            class_of.push(class);
            classes.get_mut(class).into_iter().for_each(|members| members.push(position));
        }
        let news = nodes.iter().filter_map(|node| pending(node).new).collect();
        let lacking = Lacking::of(problem.bundles, bundles, &news);
        let awaited = |node: &usize| {
            let row = pending(node).new.map(|new| lacking.row(new)).unwrap_or_default();
            match of_group.get(&pending(node).group) {
                Some(own) => row.without(own),
                None => row,
            }
        };
        let awaited = nodes.iter().map(awaited).collect();
        Self { nodes: nodes.to_vec(), class_of: Table(class_of), classes: Table(classes), awaited }
    }

    fn waits(&self, by: usize, to: usize) -> bool {
        by != to && self.awaited[by].contains(self.class_of[to])
    }

    fn largest(&self) -> Acyclic {
        let mut chosen = Vec::new();
        let mut gap = 0;
        for component in self.strongly_connected_components() {
            let (kept, missed) = self.largest_in_component(&component);
            chosen.extend(kept);
            gap += missed;
        }
        let order =
            self.topological_order(&chosen).into_iter().filter_map(|position| self.nodes.get(position).copied());
        Acyclic { order: order.collect(), gap }
    }

    /// The strongly connected components.
    ///
    /// Classes are vertices too, numbered after the nodes, but are not part of the result. Source: R. Tarjan, "Depth-first
    /// search and linear graph algorithms", 1972.
    fn strongly_connected_components(&self) -> Vec<Vec<usize>> {
        let count = self.nodes.len();
        let successors = |vertex: usize| -> Box<dyn Iterator<Item = usize> + '_> {
            match vertex.checked_sub(count) {
                Some(class) => Box::new(self.classes[class].iter().copied()),
                None => Box::new(self.awaited[vertex].iter().map(move |class| count + class)),
            }
        };
        let vertices = count + self.classes.0.len();
        // `met`: the order in which vertices were met, from 1. `least`: the least `met` of the open vertices that each vertex is
        // known to reach.
        let (mut met, mut least) = (Table(vec![0; vertices]), Table(vec![0; vertices]));
        let mut is_open = Table(vec![false; vertices]);
        let (mut open, mut components, mut last_met) = (Vec::new(), Vec::new(), 0);
        for root in 0..count {
            let mut path: Vec<(usize, Box<dyn Iterator<Item = usize> + '_>)> = Vec::new();
            let mut next = Some(root).filter(|root| met[*root] == 0);
            loop {
                if let Some(vertex) = next.take() {
                    last_met += 1;
                    (met[vertex], least[vertex], is_open[vertex]) = (last_met, last_met, true);
                    open.push(vertex);
                    path.push((vertex, successors(vertex)));
                }
                let Some((vertex, rest)) = path.last_mut() else { break };
                let vertex = *vertex;
                match rest.next() {
                    Some(other) if met[other] == 0 => next = Some(other),
                    Some(other) if is_open[other] => least[vertex] = least[vertex].min(met[other]),
                    Some(_) => {}
                    None => {
                        path.pop();
                        if let Some((parent, _)) = path.last() {
                            least[*parent] = least[*parent].min(least[vertex]);
                        }
                        if least[vertex] == met[vertex] {
                            let start = open.iter().rposition(|other| *other == vertex).unwrap_or_default();
                            let component = open.split_off(start);
                            for closed in &component {
                                is_open[*closed] = false;
                            }
                            components.push(component.into_iter().filter(|closed| *closed < count).collect());
                        }
                    }
                }
            }
        }
        components.retain(|component: &Vec<usize>| !component.is_empty());
        for component in &mut components {
            component.sort_unstable();
        }
        components
    }

    /// A large acyclic set within one component, and its gap as in [`Acyclic::gap`].
    fn largest_in_component(&self, component: &[usize]) -> (Vec<usize>, usize) {
        if let [_] = component {
            return (component.to_vec(), 0);
        }
        let classes: AnchorSet = component.iter().map(|position| self.class_of[*position]).collect();
        if classes.len() <= MAX_EXACT {
            return (self.exact(component, &classes.iter().collect::<Vec<_>>()), 0);
        }
        let kept = Greedy::new(self, component).largest();
        let gap = self.upper_bound(component).saturating_sub(kept.len());
        (kept, gap)
    }

    /// A largest acyclic set, by dynamic programming over sets of classes.
    ///
    /// In an order of an acyclic set, each class is open until its last node. The best place of a node is just before its class
    /// is closed. The node must not wait for a class that is open then, except that the last node of a class may wait for that
    /// class. Source: M. Held, R. Karp, "A dynamic programming approach to sequencing problems", 1962.
    fn exact(&self, component: &[usize], classes: &[usize]) -> Vec<usize> {
        let members: Vec<Vec<(usize, usize)>> =
            classes.iter().map(|class| self.masked(component, *class, classes)).collect();
        let all = (1_usize << classes.len()) - 1;
        let gains: Vec<Table<usize>> =
            members.iter().enumerate().map(|(own, members)| gains(members, 1 << own, all)).collect();
        // For each set of open classes, the maximum number of nodes that can follow, and the class that is closed first.
        let mut best = Table(vec![(0_usize, 0_usize)]);
        for open in 1..=all {
            let closed = gains.iter().enumerate().filter(|(own, _)| open & (1 << own) != 0);
            let following = closed.map(|(own, gains)| (gains[open] + best[open & !(1 << own)].0, own));
            let most = following.max_by_key(|(nodes, own)| (*nodes, Reverse(*own)));
            best.0.push(most.unwrap_or_default());
        }
        let (mut chosen, mut open) = (Vec::new(), all);
        while open != 0 {
            let own = best[open].1;
            let members = members.get(own).map_or(&[][..], Vec::as_slice);
            let free = |(_, awaited): &&(usize, usize)| awaited & open == 0;
            let last = |(_, awaited): &&(usize, usize)| awaited & open == 1 << own;
            chosen.extend(members.iter().filter(free).chain(members.iter().find(last)).map(|(position, _)| *position));
            open &= !(1 << own);
        }
        chosen
    }

    /// The nodes of `component` that are in `class`, each with the classes that it waits for.
    ///
    /// The classes are bits: bit `n` is the class `classes[n]`.
    fn masked(&self, component: &[usize], class: usize, classes: &[usize]) -> Vec<(usize, usize)> {
        let bits = |position: usize| {
            let awaited = classes.iter().enumerate().filter(|(_, class)| self.awaited[position].contains(**class));
            awaited.map(|(place, _)| 1_usize << place).sum()
        };
        let members = component.iter().filter(|position| self.class_of[**position] == class);
        members.map(|position| (*position, bits(*position))).collect()
    }

    /// An upper bound on the size of an acyclic set.
    ///
    /// Such a set contains at most one node of each clique (nodes that all wait for each other). So the number of cliques that
    /// cover the component is a bound. The cover is found greedily, in the order of the nodes.
    fn upper_bound(&self, component: &[usize]) -> usize {
        let mut cliques: Vec<Vec<usize>> = Vec::new();
        for node in component {
            let is_mutual = |other: &usize| self.waits(*node, *other) && self.waits(*other, *node);
            match cliques.iter_mut().find(|clique| clique.iter().all(is_mutual)) {
                Some(clique) => clique.push(*node),
                None => cliques.push(vec![*node]),
            }
        }
        // A component of several nodes has a cycle, so at least one node is left out.
        cliques.len().min(component.len() - 1)
    }

    /// The chosen nodes, each after the nodes that it waits for.
    ///
    /// The order consists of passes over the positions, each in ascending order and with every node that is free when the pass
    /// comes to it. So a plan goes through the nodes in their order as often as it must, and does not jump between them.
    ///
    /// Source: A. Kahn, "Topological sorting of large networks", 1962.
    fn topological_order(&self, chosen: &[usize]) -> Vec<usize> {
        let mut left = Table(vec![0_usize; self.classes.0.len()]);
        let mut is_left = Table(vec![false; self.nodes.len()]);
        for position in chosen {
            left[self.class_of[*position]] += 1;
            is_left[*position] = true;
        }
        // The number of classes with other nodes left that each node waits for, and the nodes that wait for each class.
        let mut blocked = Table(vec![0_usize; self.nodes.len()]);
        let mut waiting = Table(vec![Vec::new(); self.classes.0.len()]);
        for position in chosen {
            for class in self.awaited[*position].iter().filter(|class| left[*class] > 0) {
                waiting[class].push(*position);
                blocked[*position] += usize::from(left[class] > 1 || self.class_of[*position] != class);
            }
        }
        let mut free: BinaryHeap<Reverse<usize>> =
            chosen.iter().filter(|position| blocked[**position] == 0).map(|position| Reverse(*position)).collect();
        let mut next_pass = BinaryHeap::new();
        let mut order = Vec::new();
        loop {
            if free.is_empty() {
                std::mem::swap(&mut free, &mut next_pass);
            }
            let Some(Reverse(next)) = free.pop() else { break };
            order.push(next);
            is_left[next] = false;
            let class = self.class_of[next];
            left[class] -= 1;
            let freed: Vec<usize> = match left[class] {
                0 => waiting[class].iter().copied().filter(|position| is_left[*position]).collect(),
                // The last node of a class does not wait for itself.
                1 => {
                    let last = self.classes[class].iter().copied().find(|position| is_left[*position]);
                    last.filter(|last| self.awaited[*last].contains(class)).into_iter().collect()
                }
                _ => Vec::new(),
            };
            for position in freed {
                blocked[position] -= 1;
                if blocked[position] == 0 {
                    let pass = if position > next { &mut free } else { &mut next_pass };
                    pass.push(Reverse(position));
                }
            }
        }
        order
    }
}

/// The number of `members` that can come just before `own` is closed.
///
/// The table is indexed by the set of open classes.
fn gains(members: &[(usize, usize)], own: usize, all: usize) -> Table<usize> {
    // Each index is a set of other classes that may be waited for. `free`: the number of nodes that wait only for these
    // classes. `last`: 1 if some node waits for its own class and otherwise only for these classes.
    let mut free = Table(vec![0_usize; all + 1]);
    let mut last = Table(vec![0_usize; all + 1]);
    for (_, awaited) in members {
        if awaited & own == 0 {
            free[*awaited] += 1;
        } else {
            last[awaited & !own] = 1;
        }
    }
    let mut bit = 1;
    while bit <= all {
        for allowed in (0..=all).filter(|allowed| allowed & bit != 0) {
            free[allowed] += free[allowed & !bit];
            last[allowed] |= last[allowed & !bit];
        }
        bit <<= 1;
    }
    (0..=all).map(|open| free[all & !open] + last[all & !open]).collect()
}

/// A heuristic for the largest acyclic set.
///
/// Of the nodes that may be on cycles, removes the one with the largest product of in-degree and out-degree, until no cycle is
/// left. Then adds removed nodes back where they fit. Source: P. Pardalos, T. Qian, M. Resende, "A greedy randomized adaptive
/// search procedure for the feedback vertex set problem", 1998.
struct Greedy<'a> {
    graph: &'a Graph,
    cyclic: Vec<usize>,
    /// For each node of `cyclic`, the number of other nodes of `cyclic` that it waits for.
    awaited: Table<usize>,
    /// For each class, the number of nodes of `cyclic` that are in the class.
    members: Table<usize>,
    /// For each class, the number of nodes of `cyclic` that wait for the class.
    waiting: Table<usize>,
}

impl<'a> Greedy<'a> {
    fn new(graph: &'a Graph, component: &[usize]) -> Self {
        let classes = graph.classes.0.len();
        let (mut members, mut waiting) = (Table(vec![0; classes]), Table(vec![0; classes]));
        for position in component {
            members[graph.class_of[*position]] += 1;
            graph.awaited[*position].iter().for_each(|class| waiting[class] += 1);
        }
        let mut awaited = Table(vec![0; graph.nodes.len()]);
        for position in component {
            let own = usize::from(graph.awaited[*position].contains(graph.class_of[*position]));
            awaited[*position] = graph.awaited[*position].iter().map(|class| members[class]).sum::<usize>() - own;
        }
        Self { graph, cyclic: component.to_vec(), awaited, members, waiting }
    }

    /// The number of nodes of `cyclic` that wait for the node at `position`.
    fn waiting_for(&self, position: usize) -> usize {
        let class = self.graph.class_of[position];
        self.waiting[class] - usize::from(self.graph.awaited[position].contains(class))
    }

    fn largest(mut self) -> Vec<usize> {
        let (mut first, mut last, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        while !self.cyclic.is_empty() {
            if let Some(free) = self.cyclic.iter().position(|node| self.awaited[*node] == 0) {
                first.push(self.remove(free));
            } else if let Some(unawaited) = self.cyclic.iter().position(|node| self.waiting_for(*node) == 0) {
                last.push(self.remove(unawaited));
            } else {
                let through = |node: usize| self.awaited[node] * self.waiting_for(node);
                let nodes = self.cyclic.iter().copied().enumerate();
                let worst = nodes.max_by_key(|(_, node)| (through(*node), Reverse(*node)));
                left_out.push(self.remove(worst.map_or(0, |(place, _)| place)));
            }
        }
        last.reverse();
        first.extend(last);
        left_out.into_iter().fold(first, |order, node| self.with(order, node))
    }

    fn remove(&mut self, place: usize) -> usize {
        let node = self.cyclic.swap_remove(place);
        let class = self.graph.class_of[node];
        self.members[class] -= 1;
        self.graph.awaited[node].iter().for_each(|class| self.waiting[class] -= 1);
        for other in &self.cyclic {
            self.awaited[*other] -= usize::from(self.graph.awaited[*other].contains(class));
        }
        node
    }

    /// The order with `node` inserted where it fits; unchanged if it fits nowhere.
    ///
    /// The place is after all nodes that `node` waits for, and before all that wait for `node`.
    fn with(&self, mut order: Vec<usize>, node: usize) -> Vec<usize> {
        let after = order.iter().rposition(|other| self.graph.waits(node, *other)).map_or(0, |place| place + 1);
        let before = order.iter().position(|other| self.graph.waits(*other, node)).unwrap_or(order.len());
        if after <= before {
            order.insert(after, node);
        }
        order
    }
}
