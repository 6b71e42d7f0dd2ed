//! The order of activations, and a bound on its distance from the minimum.
//!
//! A node accepts before its peers use, and uses before its peers refuse. Several events of one node can share an
//! activation. The order is found in three steps:
//!
//! 1. [`Problem::choose`] chooses nodes that accept and use in one activation, and nodes that use and refuse in one
//!    activation. The nodes that accept and use must not wait for each other in a cycle ([`acyclic`]).
//! 2. [`Problem::schedule`] orders the activations in phases: accept, accept and use, use, use and refuse, refuse,
//!    start.
//! 3. [`waves`](super::waves) packs the activations of each phase into waves, each after those that it waits for.
//!
//! [`Schedule::gap`] is a bound on the number of activations that another order would save; 0 means that the schedule is
//! minimal. A search that ends at a limit, for example in [`acyclic`], leaves a gap. [`Schedule::bounded_by`] raises the
//! gap if the argument for the minimum does not hold, for example after a repair, or if several nodes are restarted
//! together.

use std::cmp::Reverse;

use crate::anchor_set::AnchorSet;
use crate::bundle::{Bundle, Bundles, Lacking, by_bundle};
use crate::cluster::Role;
use crate::model::Table;
use crate::number_map::NumberMap;
use crate::plan::{Event, Optimality};
use crate::tally::Census;

use super::acyclic;

/// The maximum number of groups that [`Problem::choose`] tries one by one.
///
/// Each trial is a search for a largest acyclic set.
const MAX_CANDIDATES: usize = 16;

/// The pending events of each node, from which a schedule is made.
pub(super) struct Problem<'a> {
    pub(super) bundles: &'a Bundles,
    pub(super) nodes: Table<Pending>,
}

#[derive(Clone, Copy)]
pub(super) struct Pending {
    pub(super) role: Role,
    pub(super) group: usize,
    pub(super) due: Due,
    /// The bundle that the node certainly accepts without another activation.
    pub(super) accepted: Bundle,
    /// The anchor that the node may use once its peers accept it, or 0 for the new transport.
    ///
    /// `None` if the node waits for no peer, for example because its new identity is on its disk already.
    pub(super) new: Option<usize>,
    /// Whether the node may still show an anchor that is to be dropped, or the old transport.
    pub(super) shows_old: bool,
}

#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is an event that is due or not")]
pub(super) struct Due {
    pub(super) accept: bool,
    pub(super) uses: bool,
    /// The node uses the new identity as soon as it is on disk, without an activation.
    pub(super) uses_at_once: bool,
    pub(super) refuse: bool,
    /// The node is down and the plan starts it.
    pub(super) start: bool,
    /// No peer shows the anchors that the node is to drop, so any activation may drop them.
    pub(super) refuse_is_free: bool,
}

/// Events of one node that share an activation, or need none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) node: usize,
    pub(super) events: &'static [Event],
}

impl Job {
    pub(super) fn accepts_and_uses(&self) -> bool {
        self.events.contains(&Event::Accept) && self.events.contains(&Event::Use)
    }
}

/// Jobs by phase.
///
/// Within a phase, only jobs that accept and use wait for each other; these jobs are in order.
pub(super) struct Schedule {
    pub(super) phases: Vec<Vec<Job>>,
    /// The number of jobs that need no activation.
    at_once: usize,
    /// A bound on the number of activations that another order could save.
    pub(super) gap: usize,
}

impl Due {
    pub(super) fn any(self) -> bool {
        self.accept || self.uses || self.refuse || self.start
    }

    /// Whether the goal needs an activation of the node, even if the node has nothing to accept.
    pub(super) fn is_for_the_goal(self) -> bool {
        self.uses || self.refuse || self.start
    }

    pub(super) fn uses_the_new(self) -> bool {
        self.uses || self.uses_at_once
    }

    /// Whether an activation for another event can also drop the old anchors.
    fn refuses_on_the_way(self) -> bool {
        self.refuse_is_free && (self.accept || self.uses)
    }

    fn refuses(self) -> bool {
        self.refuse && !self.refuses_on_the_way()
    }
}

impl Schedule {
    pub(super) fn optimality(&self) -> Optimality {
        Optimality::of_gap(self.gap)
    }

    fn activations(&self) -> usize {
        self.phases.iter().map(Vec::len).sum::<usize>() - self.at_once
    }

    pub(super) fn without_proof(self) -> Self {
        Self { gap: self.gap.max(1), ..self }
    }

    /// The same schedule, planned after `before` activations.
    ///
    /// Of the earlier and the scheduled activations, only `needed` are proven necessary.
    pub(super) fn bounded_by(self, before: usize, needed: usize) -> Self {
        let jobs = before + self.phases.iter().map(Vec::len).sum::<usize>();
        Self { gap: self.gap.max(jobs.saturating_sub(needed)), ..self }
    }
}

impl Problem<'_> {
    /// Whether `by` may use its new anchor or transport only once `to` accepts it.
    pub(super) fn waits(&self, by: usize, to: usize) -> bool {
        let (user, acceptor) = (&self.nodes[by], &self.nodes[to]);
        acceptor.due.accept
            && user.group != acceptor.group
            && user.new.is_some_and(|new| !self.bundles.contains(acceptor.accepted, new))
    }

    /// Whether `by` may refuse the old anchor or transport only once `of` uses the new one.
    pub(super) fn must_not_refuse_before(&self, by: usize, of: usize) -> bool {
        let (refusing, user) = (&self.nodes[by], &self.nodes[of]);
        user.due.uses_the_new() && user.shows_old && user.group != refusing.group
    }

    fn numbers(&self, filter: impl Fn(&Pending) -> bool) -> Vec<usize> {
        self.nodes.0.iter().enumerate().filter(|(_, node)| filter(node)).map(|(number, _)| number).collect()
    }

    pub(super) fn schedule(&self) -> Schedule {
        // A node that shows nothing old may use and refuse in one activation, once no peer shows anything old.
        let is_last = |node: &Pending| node.due.uses && node.due.refuses() && !node.shows_old;
        let last = self.numbers(is_last);
        let both = self.numbers(|node| node.due.accept && node.due.uses && !is_last(node));
        let choice = self.choose(&both);
        let mut early = Table(vec![false; self.nodes.0.len()]);
        let mut late = early.clone();
        mark(&mut early, &choice.early);
        mark(&mut late, &choice.late);
        mark(&mut late, &last);
        let job = |node: usize, events: &'static [Event]| {
            let due = self.nodes[node].due;
            let is_first = events.contains(&Event::Accept) || !due.accept;
            Job { node, events: if due.refuses_on_the_way() && is_first { and_refuse(events) } else { events } }
        };
        let accept = self.numbers(|node| node.due.accept).into_iter().filter(|node| !early[*node]);
        let uses = self.numbers(|node| node.due.uses).into_iter().filter(|node| !early[*node] && !late[*node]);
        let at_once = self.numbers(|node| node.due.uses_at_once);
        let refuse = self.numbers(|node| node.due.refuses()).into_iter().filter(|node| !late[*node]);
        let start = self.numbers(|node| node.due.start).into_iter();
        let seeds_last = |jobs: Vec<Job>| self.seeds_last(jobs, |job| job.node);
        let phases = vec![
            seeds_last(accept.map(|node| job(node, &[Event::Accept])).collect()),
            choice.early.iter().map(|node| job(*node, &[Event::Accept, Event::Use])).collect(),
            at_once.iter().map(|node| Job { node: *node, events: &[Event::Use] }).collect(),
            seeds_last(uses.map(|node| job(node, &[Event::Use])).collect()),
            choice.late.iter().map(|node| job(*node, &[Event::Use, Event::Refuse])).collect(),
            last.iter().map(|node| job(*node, &[Event::Use, Event::Refuse])).collect(),
            seeds_last(refuse.map(|node| job(node, &[Event::Refuse])).collect()),
            seeds_last(start.map(|node| job(node, &[Event::Use])).collect()),
        ];
        let phases = phases.into_iter().filter(|phase: &Vec<Job>| !phase.is_empty()).collect();
        Schedule { phases, at_once: at_once.len(), gap: choice.gap }
    }

    /// Puts the items whose nodes are seeds last.
    ///
    /// A seed whose TLS is broken starts alone without an error, so other nodes should show first that TLS works.
    pub(super) fn seeds_last<T>(&self, mut items: Vec<T>, node_of: impl Fn(&T) -> usize) -> Vec<T> {
        items.sort_by_key(|item| self.nodes[node_of(item)].role == Role::Seed);
        items
    }

    /// Whether some node might accept and refuse in one activation where the schedule uses two.
    ///
    /// A node might do so if no node that waits for it still shows something old.
    pub(super) fn may_accept_and_refuse_at_once(&self) -> bool {
        let (mut users, mut news) = (Census::default(), AnchorSet::default());
        for node in self.nodes.0.iter().filter(|node| node.shows_old) {
            if let Some(new) = node.new {
                users.add(new, &[node.group]);
                news.insert(new);
            }
        }
        let is_awaited = |node: &Pending| {
            let mut lacked = news.beyond(self.bundles.set(node.accepted));
            lacked.any(|new| users.outside(new, &[node.group]) > 0)
        };
        let both = self.nodes.0.iter().filter(|node| node.due.accept && node.due.refuses());
        both.into_iter().any(|node| node.accepted == Bundle::EVERYTHING || !is_awaited(node))
    }

    /// A schedule with one activation for each event.
    ///
    /// The gap is the distance from the lower bound of `least`, a schedule with shared activations.
    pub(super) fn every_event_alone(&self, least: &Schedule) -> Schedule {
        let phase = |events: &'static [Event], filter: fn(&Pending) -> bool| -> Vec<Job> {
            let jobs = self.numbers(filter).into_iter().map(|node| Job { node, events }).collect();
            self.seeds_last(jobs, |job| job.node)
        };
        let phases = vec![
            phase(&[Event::Accept], |node| node.due.accept),
            phase(&[Event::Use], |node| node.due.uses),
            phase(&[Event::Refuse], |node| node.due.refuse),
            phase(&[Event::Use], |node| node.due.start),
        ];
        let phases = phases.into_iter().filter(|phase| !phase.is_empty()).collect();
        let schedule = Schedule { phases, at_once: 0, gap: 0 };
        let gap = (schedule.activations() + least.gap).saturating_sub(least.activations());
        Schedule { gap, ..schedule }
    }

    /// Chooses the early and the late nodes so that many activations are shared.
    ///
    /// An early node accepts and uses in one activation; the set of early nodes is acyclic. A late node uses and refuses
    /// in one activation. The late nodes belong to one group, because each of them may refuse what another still shows.
    fn choose(&self, both: &[usize]) -> Choice {
        let last = self.last_by_group();
        let waiting: Vec<usize> = both.iter().copied().filter(|node| self.nodes[*node].new.is_some()).collect();
        if acyclic::is_uniform(self, &waiting) {
            return self.best_of(both, self.candidates(&waiting, &last));
        }
        if last.len() <= MAX_CANDIDATES {
            return self.best_of(both, last);
        }
        self.choose_late_after_early(both, &last)
    }

    /// The best choice whose late nodes are one of the groups in `tried`.
    ///
    /// If `tried` is empty, the choice has no late nodes.
    fn best_of(&self, both: &[usize], tried: Vec<Vec<usize>>) -> Choice {
        let mut tried = tried.into_iter();
        let mut best = self.choose_early(both, tried.next().unwrap_or_default());
        let mut bound = best.merges() + best.gap;
        for late in tried {
            let choice = self.choose_early(both, late);
            bound = bound.max(choice.merges() + choice.gap);
            if choice.merges() > best.merges() {
                best = choice;
            }
        }
        best.gap = bound - best.merges();
        best
    }

    /// The nodes that may show something old and must use and refuse, by group.
    fn last_by_group(&self) -> Vec<Vec<usize>> {
        let mut position_of = NumberMap::default();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for node in self.numbers(|node| node.due.uses && node.due.refuses() && node.shows_old) {
            let position = *position_of.entry(self.nodes[node].group).or_insert(groups.len());
            match groups.get_mut(position) {
                Some(group) => group.push(node),
                None => groups.push(vec![node]),
            }
        }
        groups
    }

    /// Whether a node has nothing to accept, or may have to wait for other nodes.
    ///
    /// Any other node can certainly accept and use in one activation.
    fn is_free(&self, node: usize) -> bool {
        !(self.nodes[node].due.accept && self.nodes[node].new.is_none())
    }

    /// The groups worth trying as late nodes if [`acyclic::is_uniform`] holds.
    ///
    /// These groups are the two with the most free nodes, and the group that shares the most activations if the early
    /// nodes are also of that group.
    fn candidates(&self, waiting: &[usize], last: &[Vec<usize>]) -> Vec<Vec<usize>> {
        let alone = |group: &Vec<usize>| group.iter().filter(|node| self.is_free(**node)).count();
        let mut accepting = NumberMap::default();
        for node in waiting {
            *accepting.entry(self.nodes[*node].group).or_insert(0) += 1;
        }
        let together = |group: &Vec<usize>| {
            let own = group.first().and_then(|node| accepting.get(&self.nodes[*node].group)).copied().unwrap_or(0);
            own + group.iter().filter(|node| self.is_free(**node) && !self.nodes[**node].due.accept).count()
        };
        let mut sorted: Vec<&Vec<usize>> = last.iter().collect();
        sorted.sort_by_key(|group| Reverse(alone(group)));
        let united = last.iter().max_by_key(|group| (together(group), Reverse(group.first().copied())));
        sorted.into_iter().take(2).chain(united).cloned().collect()
    }

    /// Chooses an acyclic set first, then the group of late nodes that adds most to that set.
    fn choose_late_after_early(&self, both: &[usize], last: &[Vec<usize>]) -> Choice {
        let found = acyclic::largest(self, both);
        let mut is_early = Table(vec![false; self.nodes.0.len()]);
        mark(&mut is_early, &found.order);
        // The nodes of a late group that are not free fit into any acyclic set. So a choice shares at most as many
        // activations as the largest acyclic set has nodes, plus the free nodes of one group.
        let most = last.iter().map(|group| group.iter().filter(|node| self.is_free(**node)).count()).max().unwrap_or(0);
        let mut is_in_one = is_early.clone();
        mark(&mut is_in_one, both);
        for group in last {
            mark(&mut is_in_one, group);
        }
        let all = is_in_one.0.iter().filter(|is_in_one| **is_in_one).count();
        let bound = (found.order.len() + found.gap + most).min(all);
        let added = |group: &Vec<usize>| group.iter().filter(|node| !is_early[**node]).count();
        let late = last.iter().max_by_key(|group| (added(group), Reverse(group.first().copied())));
        let late = late.cloned().unwrap_or_default();
        for node in &late {
            is_early[*node] = false;
        }
        let early: Vec<usize> = found.order.into_iter().filter(|node| is_early[*node]).collect();
        let choice = Choice { early, late, gap: 0 };
        Choice { gap: bound.saturating_sub(choice.merges()), ..choice }
    }

    fn choose_early(&self, both: &[usize], late: Vec<usize>) -> Choice {
        let free: Vec<usize> = both.iter().copied().filter(|node| late.binary_search(node).is_err()).collect();
        let found = acyclic::largest(self, &free);
        Choice { early: found.order, late, gap: found.gap }
    }
}

/// The waves of the nodes that other nodes wait for.
///
/// Nodes that accept with the same bundle form a class.
pub(super) struct Awaited<'a> {
    problem: &'a Problem<'a>,
    class_of: NumberMap<Bundle, usize>,
    lacking: Lacking,
    /// For each class, the latest wave, and the latest wave of nodes of other groups.
    ///
    /// Each wave is stored with the group of its node.
    latest: Table<[Option<(usize, usize)>; 2]>,
}

impl<'a> Awaited<'a> {
    pub(super) fn new(problem: &'a Problem<'a>, jobs: &[Job]) -> Self {
        let accepting = jobs.iter().map(|job| job.node).filter(|node| problem.nodes[*node].due.accept);
        let classes = by_bundle(accepting.map(|node| (node, problem.nodes[node].accepted)));
        let bundles: Vec<Bundle> = classes.into_iter().map(|(bundle, _)| bundle).collect();
        let class_of = bundles.iter().copied().zip(0..).collect();
        let news = jobs.iter().filter_map(|job| problem.nodes[job.node].new).collect();
        let latest = Table(vec![[None; 2]; bundles.len()]);
        Self { problem, class_of, lacking: Lacking::of(problem.bundles, bundles, &news), latest }
    }

    /// The first wave after those of all nodes that `node` waits for.
    ///
    /// The result is 0 if none of those nodes has a wave.
    pub(super) fn first_wave(&self, node: usize) -> usize {
        let Pending { group, new, .. } = self.problem.nodes[node];
        let classes = new.into_iter().flat_map(|new| self.lacking.at(new));
        let of_others = classes.filter_map(|class| {
            let latest = self.latest[class].into_iter().flatten();
            latest.filter(|(_, other)| *other != group).map(|(wave, _)| wave).max()
        });
        of_others.max().map_or(0, |wave| wave + 1)
    }

    pub(super) fn is_any_before(&self, node: usize) -> bool {
        self.first_wave(node) > 0
    }

    pub(super) fn put(&mut self, node: usize, wave: usize) {
        let Pending { group, accepted, .. } = self.problem.nodes[node];
        let Some(class) = self.class_of.get(&accepted) else { return };
        let [first, second] = &mut self.latest[*class];
        match first {
            Some((latest, own)) if *own == group => *latest = wave.max(*latest),
            Some((latest, _)) if wave <= *latest => {
                if second.is_none_or(|(latest, _)| latest < wave) {
                    *second = Some((wave, group));
                }
            }
            _ => (*first, *second) = (Some((wave, group)), *first),
        }
    }
}

fn and_refuse(events: &'static [Event]) -> &'static [Event] {
    match events {
        [Event::Accept] => &[Event::Accept, Event::Refuse],
        [Event::Use] => &[Event::Use, Event::Refuse],
        [Event::Accept, Event::Use] => &[Event::Accept, Event::Use, Event::Refuse],
        _ => events,
    }
}

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

fn mark(flags: &mut Table<bool>, nodes: &[usize]) {
    for node in nodes {
        flags[*node] = true;
    }
}
