//! Plans from every state of two nodes, with every set of foreign anchors.
//!
//! No plan makes a node trust a foreign anchor that it did not trust at the start, and a goal is refused only if it
//! needs such an anchor or an independent search finds no repair without one.

use std::collections::HashSet;

use rotation_planner::{
    Action, AnchorId, Checker, Cluster, ErrorKind, Goal as Wanted, NodeName, Origin, Plan, Preference, Step, Trust,
    plan,
};

use crate::against_planner::LOADED_STORES;
use crate::broken::{Digit, Space, anchor, identity};
use crate::space::{Goal, NEW, NOWHERE, OLD};
use crate::world::World;

/// The node and the age (0 old, 1 new) of each anchor. Each is one bit of a mask.
const ANCHORS: [(usize, usize); 4] = [(0, 0), (0, 1), (1, 0), (1, 1)];

/// A state, and the anchors that are foreign in it.
struct Case<'a> {
    space: &'a Space,
    state: usize,
    foreign: usize,
}

impl Case<'_> {
    fn is_foreign(&self, node: usize, age: usize) -> bool {
        self.foreign >> (2 * node + age) & 1 == 1
    }

    /// Whether the other node must not be made to trust this anchor.
    fn is_closed(&self, server: usize, age: usize) -> bool {
        let digit =
            |digit: &Digit| matches!(digit, Digit::Trusted { server: of, age: at, .. } if (*of, *at) == (server, age));
        let position = self.space.digits.iter().position(digit).unwrap();
        self.is_foreign(server, age) && Space::digit(self.state, position) == NOWHERE
    }

    fn cluster(&self) -> Cluster {
        let mut cluster = self.space.cluster(self.state, crate::broken::conservative());
        for (node, age) in ANCHORS.into_iter().filter(|(node, age)| self.is_foreign(*node, *age)) {
            cluster.set_origin(anchor(node, age), Origin::Foreign);
        }
        cluster
    }

    /// Whether staging trust and loading can repair the cluster.
    ///
    /// This must not need new trust in a foreign anchor, nor cut a pair that was not cut before.
    fn can_be_made_whole(&self) -> bool {
        let is_open = |position: &usize| match self.space.digits[*position] {
            Digit::Served { .. } => false,
            Digit::Trusted { server, age, .. } => !self.is_closed(server, age),
        };
        let open: Vec<usize> = (0..self.space.digits.len()).filter(is_open).collect();
        let (mut met, mut next) = (HashSet::from([self.state]), vec![self.state]);
        while let Some(state) = next.pop() {
            let broken = self.space.broken(state);
            if broken == 0 {
                return true;
            }
            let staged = open.iter().map(|position| self.space.staged(state, *position));
            let loaded = (0..self.space.groups.len()).map(|node| self.space.loaded(state, node));
            next.extend(
                staged.chain(loaded).filter(|then| self.space.broken(*then) & !broken == 0 && met.insert(*then)),
            );
        }
        false
    }

    fn judge_refusal(&self, cluster: &Cluster, (anchor, node): (&AnchorId, &NodeName)) {
        assert_eq!(cluster.origin(anchor), Origin::Foreign);
        let (server, age) =
            ANCHORS.into_iter().find(|(node, age)| crate::broken::anchor(*node, *age) == *anchor).unwrap();
        assert!(
            self.is_closed(server, age) && node.as_str() == format!("node{}", 1 - server),
            "{anchor} {node}: {cluster:?}"
        );
        let shown = Space::digit(self.state, self.space.served_by(server));
        let is_needed = age == 1 || shown != if age == 0 { NEW } else { OLD };
        assert!(is_needed, "{anchor} is neither served nor to be: {cluster:?}");
        assert!(
            [0, 1].iter().any(|node| self.is_closed(*node, 1)) || !self.can_be_made_whole(),
            "{anchor}: {cluster:?}"
        );
        // The checker refuses the step by itself.
        let observed = cluster.get(node).unwrap().observed();
        let more: Trust = observed.disk().trust().iter().chain([anchor]).collect();
        let error = Checker::never_worse(cluster).unwrap().apply(&Step::new(node.clone(), Action::StageTrust(more)));
        assert!(matches!(error.unwrap_err().kind(), ErrorKind::ForeignAnchor { .. }), "{cluster:?}");
    }
}

fn judge_plan(cluster: &Cluster, found: &Plan, dropped: &[AnchorId]) {
    for step in found.steps() {
        let Action::StageTrust(trust) = step.action() else { continue };
        let observed = cluster.get(step.node()).unwrap().observed();
        let had = |anchor: &AnchorId| {
            observed.disk().trust().contains(anchor)
                || observed.loaded().unwrap().trust.candidates()[0].contains(anchor)
        };
        let is_new = |anchor: &AnchorId| cluster.origin(anchor) == Origin::Foreign && !had(anchor);
        assert!(!trust.iter().any(is_new), "{step}: {cluster:?}\n{found}");
    }
    let target = |name: &str| identity(name.strip_prefix("node").unwrap().parse().unwrap(), 1);
    let crashes = (0..=found.steps().count()).flat_map(|step| (0..2).map(move |node| Some((step, node))));
    for crash in crashes.chain([None]) {
        let world = World::of(cluster, LOADED_STORES);
        assert!(world.never_worsens(found, crash, target, dropped), "{crash:?} {cluster:?}\n{found}");
    }
}

/// The numbers of plans and of refusals.
fn judged(goal: Goal, stride: usize) -> (usize, usize) {
    let space = Space::new(&[0, 1]);
    let olds = [anchor(0, 0), anchor(1, 0)];
    let dropped = if goal == Goal::Drop { &olds[..] } else { &[] };
    let wanted = Wanted::rotate((0..2).map(|node| (format!("node{node}"), identity(node, 1))));
    let wanted = wanted.dropping(dropped.iter().collect());
    let (mut planned, mut refused) = (0, 0);
    for (state, foreign) in
        (0..space.len()).flat_map(|state| (1..16).map(move |foreign| (state, foreign))).step_by(stride)
    {
        let case = Case { space: &space, state, foreign };
        let cluster = case.cluster();
        match plan(&cluster, &wanted, &Preference::default()) {
            Ok(found) => {
                judge_plan(&cluster, &found, dropped);
                planned += 1;
            }
            Err(refusal) => {
                let ErrorKind::ForeignAnchor { anchor, node } = refusal.error().kind() else { panic!("{refusal}") };
                case.judge_refusal(&cluster, (anchor, node));
                refused += 1;
            }
        }
    }
    (planned, refused)
}

#[test]
fn no_plan_gives_new_trust_to_a_foreign_anchor() {
    let stride = if cfg!(debug_assertions) { 97 } else { 1 };
    for goal in [Goal::Switch, Goal::Drop] {
        let (planned, refused) = judged(goal, stride);
        println!("[1, 1], {goal:?}: every state, every set of foreign anchors: {planned} planned, {refused} refused");
        assert_eq!(planned + refused, (4096 * 15_usize).div_ceil(stride));
        assert!(stride > 1 || (planned, refused) == (41_470, 19_970), "{planned} {refused}");
        assert!(planned > 0 && refused > 0);
    }
}
