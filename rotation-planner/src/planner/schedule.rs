//! The order of activations, and a bound on its distance from the minimum.
//!
//! A node accepts before its peers use, and uses before its peers refuse. Two events of one node can share an
//! activation. The order is found in three steps:
//!
//! 1. [`Problem::choose`] decides which events share an activation: accept with use on a set of nodes without a cycle of
//!    waiting ([`acyclic`] cuts the cycles), use with refuse within one group.
//! 2. [`Problem::schedule`] orders the activations in phases: accept, accept and use, use, use and refuse, refuse,
//!    start.
//! 3. [`waves`](super::waves) packs the activations of each phase into waves, each after those that it waits for.
//!
//! [`Schedule::gap`] is a bound on the number of activations that another order would save; 0 means that the schedule is
//! minimal. At first, the gap is due to searches that are ended by a limit, for example in [`acyclic`].
//! [`Schedule::bounded_by`] raises the gap if the argument for the minimum does not hold: for example after a repair, if
//! several nodes are restarted together, if only some old anchors are dropped, or if a node might accept and refuse at
//! once. Plans that need no schedule (client authentication, quarantine, the fallbacks of enabling) activate each node at
//! most once, and are called minimal, except for a quarantine if scopes are mixed.

use std::cmp::Reverse;

use crate::anchor_set::AnchorSet;
use crate::bundle::{Bundle, Bundles, Lacking};
use crate::cluster::Role;
use crate::model::Table;
use crate::number_map::NumberMap;
use crate::plan::{Event, Optimality};
use crate::tally::Census;

use super::acyclic;

/// The maximum number of groups that are each tried as the last one.
///
/// Each trial is one search for a largest acyclic set. If all nodes wait for each other, three trials are enough.
const MAX_CANDIDATES: usize = 16;

/// The pending events of each node, which determine the nodes that wait for each other.
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
    /// The bundle that the node certainly accepts without another activation.
    pub(super) accepted: Bundle,
    /// The number of the anchor or transport that peers must accept before this node may use it. It is `None`
    /// if the anchor or transport is on the node's disk already.
    pub(super) new: Option<usize>,
    /// Whether the node still shows something that its peers are to refuse.
    pub(super) shows_old: bool,
}

/// The events for which a node must still be activated.
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

/// One activation of one node, and the events that share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) node: usize,
    pub(super) events: &'static [Event],
}

impl Job {
    /// Whether the job both accepts and uses. Only such jobs wait for each other within a phase.
    pub(super) fn accepts_and_uses(&self) -> bool {
        self.events.contains(&Event::Accept) && self.events.contains(&Event::Use)
    }
}

/// Jobs by phase. Within a phase, only jobs that accept and use wait for each other; these jobs are in order.
pub(super) struct Schedule {
    pub(super) phases: Vec<Vec<Job>>,
    /// The maximum number of activations that another order would save.
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

    /// Whether the node must still use its new identity or transport.
    ///
    /// Use without an activation (`uses_at_once`) is included.
    pub(super) fn uses_the_new(self) -> bool {
        self.uses || self.uses_at_once
    }

    /// Whether an activation for another event can also drop the old anchors.
    fn refuses_on_the_way(self) -> bool {
        self.refuse_is_free && (self.accept || self.uses)
    }

    /// Whether refusing needs a place of its own in the order.
    fn refuses(self) -> bool {
        self.refuse && !self.refuses_on_the_way()
    }
}

impl Schedule {
    /// The distance from the fewest activations, as a plan reports it.
    pub(super) fn optimality(&self) -> Optimality {
        Optimality::of_gap(self.gap)
    }

    /// The same schedule, with a gap of at least 1 because its cost is not proven minimal.
    pub(super) fn without_proof(self) -> Self {
        Self { gap: self.gap.max(1), ..self }
    }

    /// The same schedule after `before` activations. The only lower bound is then one activation for each of `needed`
    /// nodes.
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

    /// Whether `by` may refuse something old only once `of` uses something new.
    pub(super) fn must_not_refuse_before(&self, by: usize, of: usize) -> bool {
        let (refusing, user) = (&self.nodes[by], &self.nodes[of]);
        user.due.uses_the_new() && user.shows_old && user.group != refusing.group
    }

    fn numbers(&self, filter: impl Fn(&Pending) -> bool) -> Vec<usize> {
        self.nodes.0.iter().enumerate().filter(|(_, node)| filter(node)).map(|(number, _)| number).collect()
    }

    /// A schedule with as many shared activations as [`choose`](Self::choose) finds.
    pub(super) fn schedule(&self) -> Schedule {
        // A node that shows nothing old may use and refuse in one activation, after all other nodes have used.
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
        let at_once = self.numbers(|node| node.due.uses_at_once).into_iter();
        let refuse = self.numbers(|node| node.due.refuses()).into_iter().filter(|node| !late[*node]);
        let start = self.numbers(|node| node.due.start).into_iter();
        let seeds_last = |jobs: Vec<Job>| self.seeds_last(jobs);
        let phases = vec![
            seeds_last(accept.map(|node| job(node, &[Event::Accept])).collect()),
            choice.early.iter().map(|node| job(*node, &[Event::Accept, Event::Use])).collect(),
            at_once.map(|node| Job { node, events: &[Event::Use] }).collect(),
            seeds_last(uses.map(|node| job(node, &[Event::Use])).collect()),
            choice.late.iter().map(|node| job(*node, &[Event::Use, Event::Refuse])).collect(),
            last.iter().map(|node| job(*node, &[Event::Use, Event::Refuse])).collect(),
            seeds_last(refuse.map(|node| job(node, &[Event::Refuse])).collect()),
            seeds_last(start.map(|node| job(node, &[Event::Use])).collect()),
        ];
        Schedule { phases: phases.into_iter().filter(|phase: &Vec<Job>| !phase.is_empty()).collect(), gap: choice.gap }
    }

    /// Puts seeds last, for jobs in free order. A seed whose TLS is broken starts alone without an error, so other
    /// nodes should show first that TLS works.
    fn seeds_last(&self, mut jobs: Vec<Job>) -> Vec<Job> {
        jobs.sort_by_key(|job| self.nodes[job.node].role == Role::Seed);
        jobs
    }

    /// Whether some node might accept and refuse in one activation where the schedule uses two. This is possible if no
    /// node that waits for that node still shows something old.
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

    /// A schedule with an activation for each event: every node accepts, then uses, then refuses. `least`: the schedule
    /// with the fewest activations.
    pub(super) fn every_event_alone(&self, least: &Schedule) -> Schedule {
        let phase = |events: &'static [Event], filter: fn(&Pending) -> bool| -> Vec<Job> {
            self.seeds_last(self.numbers(filter).into_iter().map(|node| Job { node, events }).collect())
        };
        let phases = vec![
            phase(&[Event::Accept], |node| node.due.accept),
            phase(&[Event::Use], |node| node.due.uses),
            phase(&[Event::Refuse], |node| node.due.refuse),
            phase(&[Event::Use], |node| node.due.start),
        ];
        let jobs = |phases: &[Vec<Job>]| phases.iter().map(Vec::len).sum::<usize>();
        let gap = (jobs(&phases) + least.gap).saturating_sub(jobs(&least.phases));
        Schedule { phases: phases.into_iter().filter(|phase| !phase.is_empty()).collect(), gap }
    }

    /// Chooses two sets of nodes so that many activations are shared. The nodes of the first set accept and use in one
    /// activation; this set must be acyclic. The nodes of the second set use and refuse in one activation; they must not
    /// talk to each other (one group), because each still shows the old identity.
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

    /// The best choice with one of these groups as the last one. If `tried` is empty, so is the last group.
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

    /// The nodes that use and refuse, by group, ordered by the first node of each group.
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

    /// Whether a node is not certain to accept and use in one activation.
    ///
    /// Such a node has nothing to accept, or may have to wait for others.
    fn is_free(&self, node: usize) -> bool {
        !(self.nodes[node].due.accept && self.nodes[node].new.is_none())
    }

    /// The groups worth trying as the last one if nodes wait for each other.
    ///
    /// These groups are the two that gain most by themselves, and the one that gains most together with its own
    /// accepting nodes.
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

    /// Chooses the largest acyclic set first, then the last group that adds most to it.
    fn choose_late_after_early(&self, both: &[usize], last: &[Vec<usize>]) -> Choice {
        let found = acyclic::largest(self, both);
        let mut is_early = Table(vec![false; self.nodes.0.len()]);
        mark(&mut is_early, &found.order);
        // The nodes of a last group that are not free fit into any acyclic set. So a choice shares at most as many
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

/// The waves of the nodes that other nodes wait for. Nodes with the same truststore are examined together.
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
        let mut class_of = NumberMap::default();
        let mut bundles = Vec::new();
        for job in jobs.iter().filter(|job| problem.nodes[job.node].due.accept) {
            class_of.entry(problem.nodes[job.node].accepted).or_insert_with_key(|bundle| {
                bundles.push(*bundle);
                bundles.len() - 1
            });
        }
        let news = jobs.iter().filter_map(|job| problem.nodes[job.node].new).collect();
        let latest = Table(vec![[None; 2]; bundles.len()]);
        Self { problem, class_of, lacking: Lacking::of(problem.bundles, bundles, &news), latest }
    }

    /// The first wave after the waves of all nodes that `node` waits for.
    pub(super) fn first_wave(&self, node: usize) -> usize {
        let Pending { group, new, .. } = self.problem.nodes[node];
        let classes = new.into_iter().flat_map(|new| self.lacking.at(new));
        let of_others = classes.filter_map(|class| {
            let latest = self.latest[class].into_iter().flatten();
            latest.filter(|(_, other)| *other != group).map(|(wave, _)| wave).max()
        });
        of_others.max().map_or(0, |wave| wave + 1)
    }

    /// Whether some node that `node` waits for has a wave.
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

/// The same events, followed by [`Event::Refuse`].
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
