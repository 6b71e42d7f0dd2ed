//! Every state of a small cluster, and the least cost from each to the goal. This module shares no code with the
//! planner.
//!
//! A node's trust in an anchor has one of four statuses: nowhere, loaded only, on disk only, or both. Staging changes
//! the disk and makes the loaded state uncertain (a crash may have come between two stagings); a load (a restart or a
//! reload) loads what is on disk. A node's identity has four statuses, too: old, new, and either one loaded with the
//! other on disk.
//!
//! A state is split into factors that the rule of safety judges one by one (an anchor, the nodes that serve it, and
//! those that must trust it), so that only safe states are numbered.

use std::collections::HashMap;

/// The rule of safety in terms of statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// An anchor that may be served is trusted both by the loaded truststore and by the one on disk.
    Loaded,
    /// 3.x with client authentication, both stores in place. Outbound connections use the truststore and the keystore
    /// on disk.
    DiskWithAuth,
    /// 3.x without client authentication, truststore in place. Outbound connections use the truststore on disk and
    /// offer nothing.
    Disk,
}

/// The stores that a load of one node loads, and its cost.
#[derive(Clone, Copy, Debug)]
pub struct LoadMove {
    pub trust: bool,
    pub identity: bool,
    pub cost: u16,
}

/// The cost of a restart: more than that of all reloads of a plan together.
pub const RESTART: u16 = 64;

pub const RESTART_ONLY: &[LoadMove] = &[LoadMove { trust: true, identity: true, cost: RESTART }];
pub const RELOAD_ONLY: &[LoadMove] = &[LoadMove { trust: true, identity: true, cost: 1 }];
pub const RELOAD_TRUST: &[LoadMove] =
    &[LoadMove { trust: true, identity: true, cost: RESTART }, LoadMove { trust: true, identity: false, cost: 1 }];
pub const RELOAD_IDENTITY: &[LoadMove] =
    &[LoadMove { trust: true, identity: true, cost: RESTART }, LoadMove { trust: false, identity: true, cost: 1 }];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Every node that rotates serves the new identity, loaded and on disk.
    Switch,
    /// The same, and no node trusts an old anchor. The loaded truststore counts only if it is used.
    Drop,
}

/// The nodes, the pairs that talk, and the identities that change.
#[derive(Clone, Debug)]
pub struct Shape {
    /// The group of each node; nodes of one group do not talk.
    pub groups: Vec<usize>,
    /// The numbers of the anchors of each node's old and new identity; equal for a node that does not rotate.
    pub anchors: Vec<(usize, usize)>,
}

impl Shape {
    /// Self-signed nodes: each has an old and a new anchor of its own. The first `rotating` nodes rotate.
    pub fn self_signed(sizes: &[usize], rotating: usize) -> Self {
        let groups = groups(sizes);
        let anchors = (0..groups.len()).map(|node| (2 * node, 2 * node + usize::from(node < rotating))).collect();
        Self { groups, anchors }
    }

    /// Nodes with one old authority and one new one for all.
    pub fn one_anchor(sizes: &[usize]) -> Self {
        let groups = groups(sizes);
        Self { anchors: vec![(0, 1); groups.len()], groups }
    }

    pub fn talk(&self, a: usize, b: usize) -> bool {
        self.groups[a] != self.groups[b]
    }

    pub fn rotates(&self, node: usize) -> bool {
        self.anchors[node].0 != self.anchors[node].1
    }

    fn len(&self) -> usize {
        self.groups.len()
    }
}

fn groups(sizes: &[usize]) -> Vec<usize> {
    sizes.iter().enumerate().flat_map(|(group, size)| vec![group; *size]).collect()
}

pub const OLD: u8 = 0;
pub const NEW: u8 = 1;
/// The new identity is loaded, and the old one is on disk.
pub const NEW_OLD: u8 = 2;
/// The old identity is loaded, and the new one is on disk.
pub const OLD_NEW: u8 = 3;

pub const NOWHERE: u8 = 0;
pub const LOADED: u8 = 1;
pub const ON_DISK: u8 = 2;
pub const BOTH: u8 = 3;

/// The part of a state that concerns servers with the same anchors.
///
/// It contains the identities that they serve, and the trust in these identities.
struct Factor {
    servers: Vec<usize>,
    /// Each node that may have to trust an anchor, with that anchor.
    verdicts: Vec<(usize, usize)>,
    /// The safe states: a status for each server, then one for each of `verdicts`.
    states: Vec<Vec<u8>>,
    /// For each state, the states that one staging leads to.
    staged: Vec<Vec<usize>>,
    /// The state that a load leads to, by kind of load, node and state.
    loaded: Vec<Vec<Vec<usize>>>,
}

pub struct Space {
    pub shape: Shape,
    pub rule: Rule,
    pub loads: &'static [LoadMove],
    factors: Vec<Factor>,
}

impl Space {
    pub fn new(shape: Shape, rule: Rule, loads: &'static [LoadMove]) -> Self {
        let mut sharing: Vec<Vec<usize>> = Vec::new();
        for node in (0..shape.len()).filter(|node| shape.rotates(*node)) {
            match sharing.iter_mut().find(|servers| shape.anchors[servers[0]] == shape.anchors[node]) {
                Some(servers) => servers.push(node),
                None => sharing.push(vec![node]),
            }
        }
        let factors = sharing.into_iter().map(|servers| Factor::new(&shape, rule, loads, servers)).collect();
        Self { shape, rule, loads, factors }
    }

    /// The number of safe states.
    pub fn len(&self) -> usize {
        self.factors.iter().map(|factor| factor.states.len()).product()
    }

    /// The least cost from every safe state to the goal, `u16::MAX` if it cannot be reached. Costs are lowered along
    /// every move until nothing changes.
    pub fn costs(&self, goal: Goal) -> Vec<u16> {
        let reached = |state| if self.is_goal(state, goal) { 0 } else { u16::MAX };
        let mut costs: Vec<u16> = (0..self.len()).map(reached).collect();
        let mut changed = true;
        while changed {
            changed = false;
            for state in 0..costs.len() {
                let best = self.best_move(&costs, state);
                if best < costs[state] {
                    costs[state] = best;
                    changed = true;
                }
            }
        }
        costs
    }

    fn best_move(&self, costs: &[u16], state: usize) -> u16 {
        let mut best = u16::MAX;
        let mut radix = 1;
        for factor in &self.factors {
            let local = state / radix % factor.states.len();
            for next in &factor.staged[local] {
                best = best.min(costs[state - local * radix + next * radix]);
            }
            radix *= factor.states.len();
        }
        for (kind, load) in self.loads.iter().enumerate() {
            for node in 0..self.shape.len() {
                best = best.min(costs[self.load(state, kind, node)].saturating_add(load.cost));
            }
        }
        best
    }

    fn load(&self, state: usize, kind: usize, node: usize) -> usize {
        let (mut radix, mut next) = (1, 0);
        for factor in &self.factors {
            let local = state / radix % factor.states.len();
            next += factor.loaded[kind][node][local] * radix;
            radix *= factor.states.len();
        }
        next
    }

    fn is_goal(&self, state: usize, goal: Goal) -> bool {
        let mut rest = state;
        self.factors.iter().all(|factor| {
            let local = &factor.states[rest % factor.states.len()];
            rest /= factor.states.len();
            factor.is_goal(&self.shape, self.rule, goal, local)
        })
    }

    /// The status of each node's identity and, for each node, the status of each anchor that it may have to trust.
    pub fn statuses(&self, state: usize) -> (Vec<u8>, Vec<Vec<(usize, u8)>>) {
        let mut served = vec![OLD; self.shape.len()];
        let mut trusted = vec![Vec::new(); self.shape.len()];
        let mut rest = state;
        for factor in &self.factors {
            let local = &factor.states[rest % factor.states.len()];
            rest /= factor.states.len();
            let (servers, verdicts) = local.split_at(factor.servers.len());
            for (node, status) in factor.servers.iter().zip(servers) {
                served[*node] = *status;
            }
            for ((node, anchor), status) in factor.verdicts.iter().zip(verdicts) {
                trusted[*node].push((*anchor, *status));
            }
        }
        for node in (0..self.shape.len()).filter(|node| !self.shape.rotates(*node)) {
            for other in (0..self.shape.len()).filter(|other| self.shape.talk(*other, node)) {
                trusted[other].push((self.shape.anchors[node].0, BOTH));
            }
        }
        (served, trusted)
    }
}

impl Factor {
    fn new(shape: &Shape, rule: Rule, loads: &[LoadMove], servers: Vec<usize>) -> Self {
        let (old, new) = shape.anchors[servers[0]];
        let judges = |node: &usize| servers.iter().any(|server| shape.talk(*server, *node));
        let judges: Vec<usize> = (0..shape.len()).filter(judges).collect();
        let verdicts = judges.iter().flat_map(|node| [(*node, old), (*node, new)]).collect();
        let mut factor = Self { servers, verdicts, states: Vec::new(), staged: Vec::new(), loaded: Vec::new() };
        let digits = factor.servers.len() + factor.verdicts.len();
        let every = (0..4_usize.pow(u32::try_from(digits).unwrap())).map(|number| digits_of(number, digits));
        factor.states = every.filter(|state| factor.is_safe(shape, rule, state)).collect();
        let numbers: HashMap<&Vec<u8>, usize> = factor.states.iter().zip(0..).collect();
        let staged = |state: &Vec<u8>| factor.stagings(state).filter_map(|next| numbers.get(&next).copied()).collect();
        let after = |load: &LoadMove, node| {
            factor.states.iter().map(|state| numbers[&factor.load(state, *load, node)]).collect::<Vec<_>>()
        };
        let (staged, loaded) = (
            factor.states.iter().map(staged).collect(),
            loads.iter().map(|load| (0..shape.len()).map(|node| after(load, node)).collect()).collect(),
        );
        (factor.staged, factor.loaded) = (staged, loaded);
        factor
    }

    fn is_safe(&self, shape: &Shape, rule: Rule, state: &[u8]) -> bool {
        let (servers, verdicts) = state.split_at(self.servers.len());
        self.servers.iter().zip(servers).all(|(server, served)| {
            let (old, new) = shape.anchors[*server];
            let may_be_served = |anchor| if anchor == old { *served != NEW } else { *served != OLD };
            let on_disk = if matches!(*served, OLD | NEW_OLD) { old } else { new };
            let talking = self.verdicts.iter().zip(verdicts).filter(|((node, _), _)| shape.talk(*server, *node));
            talking.filter(|((_, anchor), _)| may_be_served(*anchor)).all(|((_, anchor), status)| match rule {
                Rule::Loaded => *status == BOTH,
                Rule::Disk => matches!(*status, ON_DISK | BOTH),
                Rule::DiskWithAuth if *anchor == on_disk => *status == BOTH,
                Rule::DiskWithAuth => matches!(*status, ON_DISK | BOTH),
            })
        })
    }

    fn is_goal(&self, shape: &Shape, rule: Rule, goal: Goal, state: &[u8]) -> bool {
        let (servers, verdicts) = state.split_at(self.servers.len());
        let gone = |((_, anchor), status): ((usize, usize), u8)| {
            let is_old = shape.anchors.iter().any(|(old, new)| *old == anchor && new != old);
            !is_old || status == NOWHERE || rule == Rule::Disk && status == LOADED
        };
        servers.iter().all(|served| *served == NEW)
            && (goal == Goal::Switch || self.verdicts.iter().copied().zip(verdicts.iter().copied()).all(gone))
    }

    /// The states after one change of a file: an identity staged, or an anchor added or removed.
    fn stagings(&self, state: &[u8]) -> impl Iterator<Item = Vec<u8>> {
        (0..state.len()).flat_map(move |position| {
            let next: &[u8] = match (position < self.servers.len(), state[position]) {
                (true, OLD | NEW_OLD) => &[OLD_NEW],
                (true, _) => &[NEW_OLD],
                (false, NOWHERE | LOADED) => &[ON_DISK],
                (false, _) => &[LOADED],
            };
            next.iter().map(move |status| {
                let mut state = state.to_vec();
                state[position] = *status;
                state
            })
        })
    }

    fn load(&self, state: &[u8], load: LoadMove, node: usize) -> Vec<u8> {
        let mut state = state.to_vec();
        let (servers, verdicts) = state.split_at_mut(self.servers.len());
        for (_, served) in self.servers.iter().zip(servers).filter(|(server, _)| load.identity && **server == node) {
            *served = if matches!(*served, OLD | NEW_OLD) { OLD } else { NEW };
        }
        for (_, status) in self.verdicts.iter().zip(verdicts).filter(|((judge, _), _)| load.trust && *judge == node) {
            *status = if matches!(*status, ON_DISK | BOTH) { BOTH } else { NOWHERE };
        }
        state
    }
}

fn digits_of(mut number: usize, digits: usize) -> Vec<u8> {
    let digit = |_| {
        let digit = u8::try_from(number % 4).unwrap();
        number /= 4;
        digit
    };
    (0..digits).map(digit).collect()
}
