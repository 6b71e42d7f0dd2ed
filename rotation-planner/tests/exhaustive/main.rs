//! An independent search over every safe state of small clusters finds the least cost to the goal.
//!
//! Every plan has exactly that cost. Every plan is carried out on processes and disks with every possible crash.
//!
//! `cargo test --release -p rotation-planner --test exhaustive -- --nocapture` searches every safe state of up to four nodes. It
//! plans from each state of the clusters that have up to 100,000 states (nearly all of up to three nodes), and from a fixed
//! sample of the others. With `--ignored`, it plans from every state of all of them, which takes about an hour. In a debug build,
//! only small clusters are tested.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::struct_excessive_bools,
    unreachable_pub,
    reason = "a search over states that it numbers itself; a test says what it expects by panicking"
)]

mod against_planner;
mod broken;
mod crash;
mod differing;
mod enabling;
mod foreign;
#[path = "../orders/mod.rs"]
mod orders;
mod space;
mod world;

use against_planner::{CASES, Case, compare};
use space::{Goal, Rule, Shape, Space};

/// The most states of a space that a debug build tests.
const SMALL: usize = 1_000;

/// The most states of a space for which plans are made from each state.
const EACH: usize = 100_000;

/// The number of states of a larger space from which plans are made.
const SAMPLE: usize = 20_000;

/// The stride of the sample. It is a prime, so that the sample meets every kind of state.
const STRIDE: usize = 1_000_003;

/// The states of a space from which plans are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    /// Each state if there are few, otherwise a sample.
    EachOrSample,
    /// Each state.
    Each,
}

impl From {
    fn states(self, space: &Space) -> Vec<usize> {
        let all = space.len();
        if self == Self::Each || all <= EACH {
            return (0..all).collect();
        }
        (0..SAMPLE).map(|number| number * STRIDE % all).collect()
    }
}

fn is_run(states: usize) -> bool {
    !cfg!(debug_assertions) || states <= SMALL
}

fn histogram(costs: &[u16], unit: u16) -> Vec<usize> {
    let mut counts = Vec::new();
    for cost in costs {
        assert_ne!(*cost, u16::MAX, "every safe state reaches the goal");
        let index = usize::from(cost / unit);
        counts.resize(counts.len().max(index + 1), 0);
        counts[index] += 1;
    }
    counts
}

/// The sizes of the groups, and the numbers of safe states: in all, and by loads to each goal.
///
/// The goals are `Switch` and `Drop`.
type Pin = (&'static [usize], usize, &'static [usize], &'static [usize]);

const CONSERVATIVE: [Pin; 5] = [
    (&[1, 1], 100, &[16, 24, 51, 9], &[1, 6, 33, 51, 9]),
    (&[2, 1], 3_400, &[256, 432, 840, 1305, 567], &[1, 21, 195, 711, 1140, 873, 459]),
    (&[1, 1, 1], 39_304, &[4096, 2304, 5904, 15849, 10422, 729], &[1, 45, 675, 5679, 5904, 15849, 10422, 729]),
    (
        &[3, 1],
        130_000,
        &[4096, 9408, 18000, 32508, 39015, 26973],
        &[1, 72, 1170, 7488, 22629, 36648, 13284, 30969, 17739],
    ),
    (
        &[2, 2],
        1_336_336,
        &[65536, 49152, 130_560, 295_488, 394_191, 366_498, 34_911],
        &[1, 60, 1350, 16572, 107_457, 163_584, 453_303, 292_608, 301_401],
    ),
];

/// The search without the planner reproduces the counts that are known for one kind of load.
#[test]
fn counts_of_the_conservative_rule_are_the_known_ones() {
    for (sizes, states, switch, drop) in CONSERVATIVE.into_iter().filter(|pin| is_run(pin.1)) {
        let nodes = sizes.iter().sum();
        let space = Space::new(Shape::self_signed(sizes, nodes), Rule::Loaded, space::RESTART_ONLY);
        assert_eq!(space.len(), states);
        for (goal, pinned) in [(Goal::Switch, switch), (Goal::Drop, drop)] {
            let counts = histogram(&space.costs(goal), space::RESTART);
            println!("conservative {sizes:?} {goal:?}: {states} states, by loads {counts:?}");
            assert_eq!(counts, pinned);
        }
    }
}

/// Larger clusters, by the search without the planner.
#[test]
#[ignore = "19,536,400 states and 5,140,000; four nodes apart have 285,610,000 and take an hour and 1 GB"]
fn counts_of_larger_clusters() {
    for (sizes, states) in [(&[4, 1][..], 5_140_000), (&[2, 1, 1], 19_536_400), (&[1; 4], 285_610_000)] {
        let space = Space::new(Shape::self_signed(sizes, sizes.iter().sum()), Rule::Loaded, space::RESTART_ONLY);
        assert_eq!(space.len(), states);
        for goal in [Goal::Switch, Goal::Drop] {
            let counts = histogram(&space.costs(goal), space::RESTART);
            println!("conservative {sizes:?} {goal:?}: {states} states, by loads {counts:?}");
            assert!(sizes.len() < 4 || counts.ends_with(&[108_288_576, 24_568_272, 531_441]));
        }
    }
}

/// Plans for both goals in one space, which must have `states` safe states.
fn run(case: &Case, shape: Shape, states: usize, from: From) {
    let space = Space::new(shape, case.rule, case.loads);
    assert_eq!(space.len(), states, "{} {:?}", case.name, space.shape);
    if !is_run(states) {
        return;
    }
    for goal in [Goal::Switch, Goal::Drop] {
        let costs = space.costs(goal);
        let plans = compare(case, &space, goal, &costs, &from.states(&space));
        let groups = &space.shape.groups;
        println!("{} {groups:?} {goal:?}: {plans} plans of {states}, each of least cost and safe", case.name);
    }
}

fn states_of(rule: Rule, sizes: &[usize]) -> usize {
    let nodes: usize = sizes.iter().sum();
    let node = |size: &usize| {
        let peers = u32::try_from(nodes - size).unwrap();
        match rule {
            Rule::Loaded => 2 * 4_usize.pow(peers) + 2,
            Rule::DiskWithAuth => 2 * 4_usize.pow(peers) + 2 * 2_usize.pow(peers),
            Rule::Disk => 2 * 8_usize.pow(peers) + 2 * 4_usize.pow(peers),
        }
    };
    sizes.iter().map(|size| node(size).pow(u32::try_from(*size).unwrap())).product()
}

/// Every grouping of one case. There is one test for each case, so that they share the cores.
fn every_grouping(case: &Case, from: From) {
    for sizes in [&[1, 1][..], &[2, 1], &[1, 1, 1], &[3, 1], &[2, 2]] {
        let nodes: usize = sizes.iter().sum();
        if case.rule == Rule::Disk && nodes > 3 {
            continue;
        }
        run(case, Shape::self_signed(sizes, nodes), states_of(case.rule, sizes), from);
    }
}

#[test]
fn conservative() {
    every_grouping(&CASES[0], From::EachOrSample);
}

#[test]
fn v3_with_client_auth_and_keystore_under_a_new_path() {
    every_grouping(&CASES[1], From::EachOrSample);
}

#[test]
fn v3_with_client_auth_in_place() {
    every_grouping(&CASES[2], From::EachOrSample);
}

#[test]
fn v3_without_client_auth() {
    every_grouping(&CASES[3], From::EachOrSample);
}

#[test]
fn v4_in_place() {
    every_grouping(&CASES[4], From::EachOrSample);
}

#[test]
fn v4_with_keystore_under_a_new_path() {
    every_grouping(&CASES[5], From::EachOrSample);
}

#[test]
fn v4_with_truststore_under_a_new_path() {
    every_grouping(&CASES[6], From::EachOrSample);
}

#[test]
fn one_authority_for_all() {
    for (sizes, states) in
        [(&[1, 1][..], 100), (&[2, 1], 748), (&[1, 1, 1], 244), (&[2, 2], 2_116), (&[2, 1, 1], 1_252), (&[1; 4], 838)]
    {
        run(&CASES[0], Shape::one_anchor(sizes), states, From::EachOrSample);
    }
}

#[test]
fn some_of_the_nodes() {
    for (nodes, rotating, states) in [(3, 1, 34), (3, 2, 1_156), (4, 1, 130), (4, 2, 16_900), (4, 3, 2_197_000)] {
        run(&CASES[0], Shape::self_signed(&vec![1; nodes], rotating), states, From::EachOrSample);
    }
}

#[test]
#[ignore = "an hour on two cores"]
fn every_state_of_four_nodes() {
    for case in &CASES {
        every_grouping(case, From::Each);
    }
}
