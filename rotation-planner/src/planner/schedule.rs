//! The order of events: everybody accepts before anybody uses, everybody uses before anybody refuses, and two events
//! of one node share a load where no cycle of waiting comes of it.

use std::collections::HashMap;

use crate::anchor_set::{Bundle, Bundles};
use crate::cluster::Role;
use crate::model::Table;
use crate::plan::Event;

use super::acyclic;

/// So many groups are tried as the last ones where no formula says which is best.
const TRIED: usize = 16;

/// Which events are pending on which node, and who waits for whom.
pub(super) struct Problem<'a> {
    pub(super) bundles: &'a Bundles,
    pub(super) nodes: Table<Pending>,
}

/// One node's part in a [`Problem`].
#[derive(Clone, Copy)]
pub(super) struct Pending {
    pub(super) role: Role,
    pub(super) group: usize,
    pub(super) due: Due,
    /// What the node certainly accepts already, without another load.
    pub(super) accepted: Bundle,
    /// What others must accept before this node may use it; `None` where it may already.
    pub(super) new: Option<usize>,
    /// The node still shows something that is to be refused.
    pub(super) shows_old: bool,
}

/// The events that a node must still be loaded for.
#[derive(Clone, Copy)]
pub(super) struct Due {
    pub(super) accept: bool,
    pub(super) uses: bool,
    pub(super) refuse: bool,
}

/// One load of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) node: usize,
    pub(super) events: Vec<Event>,
}

impl Load {
    /// Within a phase none but such loads wait for each other.
    pub(super) fn accepts_and_uses(&self) -> bool {
        self.events.contains(&Event::Accept) && self.events.contains(&Event::Use)
    }
}

/// Loads in order, in phases: within a phase no load waits for another, except in a phase that is `ordered`.
pub(super) struct Schedule {
    pub(super) phases: Vec<Vec<Load>>,
    /// How many loads fewer there might be.
    pub(super) gap: usize,
}

impl Due {
    pub(super) fn any(self) -> bool {
        self.accept || self.uses || self.refuse
    }
}

impl Schedule {
    /// The same behind `before` loads, of which no more is claimed than that `needed` nodes need one each.
    pub(super) fn bounded_by(self, before: usize, needed: usize) -> Self {
        let loads = before + self.phases.iter().map(Vec::len).sum::<usize>();
        Self { gap: self.gap.max(loads.saturating_sub(needed)), ..self }
    }
}

impl Problem<'_> {
    /// Whether `by` may use the new only after `to` was loaded to accept it.
    pub(super) fn waits(&self, by: usize, to: usize) -> bool {
        let (user, acceptor) = (&self.nodes[by], &self.nodes[to]);
        acceptor.due.accept
            && user.group != acceptor.group
            && user.new.is_some_and(|new| !self.bundles.contains(acceptor.accepted, new))
    }

    fn numbers(&self, filter: impl Fn(&Pending) -> bool) -> Vec<usize> {
        self.nodes.0.iter().enumerate().filter(|(_, node)| filter(node)).map(|(number, _)| number).collect()
    }

    /// Accept, use, refuse, with as many loads shared as can be.
    pub(super) fn schedule(&self) -> Schedule {
        let both = self.numbers(|node| node.due.accept && node.due.uses);
        let choice = self.choose(&both);
        let mut early = vec![false; self.nodes.0.len()];
        let mut late = early.clone();
        mark(&mut early, &choice.early);
        mark(&mut late, &choice.late);
        let (early, late) = (Table(early), Table(late));
        let load = |node: usize, events: &[Event]| Load { node, events: events.to_vec() };
        let accept = self.numbers(|node| node.due.accept).into_iter().filter(|node| !early[*node]);
        let uses = self.numbers(|node| node.due.uses).into_iter().filter(|node| !early[*node] && !late[*node]);
        let refuse = self.numbers(|node| node.due.refuse).into_iter().filter(|node| !late[*node]);
        let seeds_last = |loads: Vec<Load>| self.seeds_last(loads);
        let phases = vec![
            seeds_last(accept.map(|node| load(node, &[Event::Accept])).collect()),
            choice.early.iter().map(|node| load(*node, &[Event::Accept, Event::Use])).collect(),
            seeds_last(uses.map(|node| load(node, &[Event::Use])).collect()),
            choice.late.iter().map(|node| load(*node, &[Event::Use, Event::Refuse])).collect(),
            seeds_last(refuse.map(|node| load(node, &[Event::Refuse])).collect()),
        ];
        Schedule { phases: phases.into_iter().filter(|phase: &Vec<Load>| !phase.is_empty()).collect(), gap: choice.gap }
    }

    /// Where the order is free: a seed whose TLS is broken starts alone, silently, so others show first that it works.
    fn seeds_last(&self, mut loads: Vec<Load>) -> Vec<Load> {
        loads.sort_by_key(|load| self.nodes[load.node].role == Role::Seed);
        loads
    }

    /// Accept on every node, then use, then refuse, a load for each.
    pub(super) fn every_event_alone(&self) -> Schedule {
        let phase = |event: Event, filter: fn(&Pending) -> bool| -> Vec<Load> {
            self.seeds_last(self.numbers(filter).into_iter().map(|node| Load { node, events: vec![event] }).collect())
        };
        let phases = vec![
            phase(Event::Accept, |node| node.due.accept),
            phase(Event::Use, |node| node.due.uses),
            phase(Event::Refuse, |node| node.due.refuse),
        ];
        let least = self.schedule();
        let loads = |phases: &[Vec<Load>]| phases.iter().map(Vec::len).sum::<usize>();
        let gap = loads(&phases) - loads(&least.phases) + least.gap;
        Schedule { phases, gap }
    }

    /// The pair of sets that shares most loads: accept with use, and use with refuse. The first must wait in no
    /// cycle; the second must be silent among itself (one group), because everyone in it still shows the old.
    fn choose(&self, both: &[usize]) -> Choice {
        let last = self.last_by_group();
        let (tried, untried) = self.candidates(both, &last);
        let choices = tried.into_iter().map(|late| self.choose_early(both, late)).collect::<Vec<_>>();
        let bound = choices.iter().map(|choice| choice.merges() + choice.gap).max().unwrap_or(0).max(untried);
        let best = choices.into_iter().reduce(|best, next| if next.merges() > best.merges() { next } else { best });
        let mut best = best.unwrap_or_default();
        best.gap = bound - best.merges();
        best
    }

    /// The nodes that use and refuse, by group, groups in the order of their first nodes.
    fn last_by_group(&self) -> Vec<Vec<usize>> {
        let mut position_of = HashMap::new();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for node in self.numbers(|node| node.due.uses && node.due.refuse) {
            let position = *position_of.entry(self.nodes[node].group).or_insert(groups.len());
            match groups.get_mut(position) {
                Some(group) => group.push(node),
                None => groups.push(vec![node]),
            }
        }
        groups
    }

    /// The groups worth trying as the last ones, and a bound for the merges of those left untried.
    ///
    /// Where waiting is mutual, the two that gain most by themselves and the one that gains most together with its own
    /// accepting nodes are enough. Elsewhere every group is tried, up to a number.
    fn candidates(&self, both: &[usize], last: &[Vec<usize>]) -> (Vec<Vec<usize>>, usize) {
        let waiting: Vec<usize> = both.iter().copied().filter(|node| self.nodes[*node].new.is_some()).collect();
        let is_uniform = acyclic::is_uniform(self, &waiting);
        if !is_uniform && last.len() <= TRIED {
            return (once_at_least(last.to_vec()), 0);
        }
        let free = |node: &&usize| !(self.nodes[**node].due.accept && self.nodes[**node].new.is_none());
        let alone = |group: &Vec<usize>| group.iter().filter(free).count();
        let mut accepting = HashMap::new();
        for node in &waiting {
            *accepting.entry(self.nodes[*node].group).or_insert(0) += 1;
        }
        let together = |group: &Vec<usize>| {
            let own = group.first().and_then(|node| accepting.get(&self.nodes[*node].group)).copied().unwrap_or(0);
            own + group.iter().filter(free).filter(|node| !self.nodes[**node].due.accept).count()
        };
        let mut sorted: Vec<&Vec<usize>> = last.iter().collect();
        sorted.sort_by_key(|group| std::cmp::Reverse(alone(group)));
        let united = last.iter().max_by_key(|group| (together(group), std::cmp::Reverse(group.first().copied())));
        let kept = if is_uniform { 2 } else { TRIED };
        let untried = match sorted.get(kept).filter(|_| !is_uniform) {
            Some(next) => alone(next) + both.len(),
            None => 0,
        };
        let tried = sorted.into_iter().take(kept).chain(united).cloned().collect();
        (once_at_least(tried), untried)
    }

    fn choose_early(&self, both: &[usize], late: Vec<usize>) -> Choice {
        let free: Vec<usize> = both.iter().copied().filter(|node| late.binary_search(node).is_err()).collect();
        let found = acyclic::largest(self, &free);
        Choice { early: found.order, late, gap: found.gap }
    }
}

#[derive(Default)]
struct Choice {
    early: Vec<usize>,
    late: Vec<usize>,
    gap: usize,
}

impl Choice {
    fn merges(&self) -> usize {
        self.early.len() + self.late.len()
    }
}

/// Without any such group, the empty one is the one to try.
fn once_at_least(mut groups: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    if groups.is_empty() {
        groups.push(Vec::new());
    }
    groups
}

fn mark(flags: &mut [bool], nodes: &[usize]) {
    for node in nodes {
        if let Some(flag) = flags.get_mut(*node) {
            *flag = true;
        }
    }
}
