//! Plans with a step left out, or two that changed places: the checker catches each that is unsafe, and passes each that
//! is not.
//!
//! What is unsafe is said here once more, by carrying the steps out on processes and disks: a node's process may be any
//! that a crash could have started since its last load.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say what they expect by panicking")]

use rotation_planner::{
    Action, AnchorId, Checker, ClientAuth, Cluster, Goal, Identity, Observed, Preference, Scope, Semantics, Setup,
    Staging, Step, Trust, Version, plan,
};

/// How processes read their stores.
#[derive(Clone, Copy)]
struct Reads {
    dials_trust_disk: bool,
    demands: bool,
}

#[derive(Clone, PartialEq, Eq)]
struct Stores {
    identity: AnchorId,
    trust: Trust,
}

#[derive(Clone)]
struct Node {
    group: usize,
    disk: Stores,
    processes: Vec<Stores>,
}

fn identity(node: usize, age: &str) -> Identity {
    Identity::self_signed(&format!("node{node}-{age}"))
}

fn cluster(groups: &[usize], semantics: Semantics) -> Cluster {
    let trust: Trust = (0..groups.len()).map(|node| identity(node, "old").anchor().clone()).collect();
    groups.iter().enumerate().fold(Cluster::new(Scope::Dc, semantics), |cluster, (node, group)| {
        let observed = Observed::settled(Setup::tls(identity(node, "old"), trust.clone()));
        cluster.node(format!("node{node}"), format!("dc{group}"), "r1", observed).unwrap()
    })
}

/// Whether every pair can talk after each of `steps`, whatever crashes came.
fn is_safe(groups: &[usize], reads: Reads, steps: &[Step]) -> bool {
    let trust: Trust = (0..groups.len()).map(|node| identity(node, "old").anchor().clone()).collect();
    let node = |(node, group): (usize, &usize)| {
        let disk = Stores { identity: identity(node, "old").anchor().clone(), trust: trust.clone() };
        Node { group: *group, processes: vec![disk.clone()], disk }
    };
    let mut nodes: Vec<Node> = groups.iter().enumerate().map(node).collect();
    steps.iter().all(|step| {
        let number: usize = step.node().as_str().strip_prefix("node").unwrap().parse().unwrap();
        let node = &mut nodes[number];
        match step.action() {
            Action::StageTrust(trust) => node.disk.trust = trust.clone(),
            Action::StageIdentity(identity) => node.disk.identity = identity.anchor().clone(),
            // What is reloaded here is reloaded in place: everything is loaded anew, as by a restart.
            Action::Load(_) => node.processes.clear(),
            _ => return false,
        }
        if !node.processes.contains(&node.disk) {
            node.processes.push(node.disk.clone());
        }
        all_talk(&nodes, reads)
    })
}

fn all_talk(nodes: &[Node], reads: Reads) -> bool {
    let talks = |dialler: &Node, server: &Node| {
        dialler.processes.iter().all(|dialling| {
            let trust = if reads.dials_trust_disk { &dialler.disk.trust } else { &dialling.trust };
            server.processes.iter().all(|serving| {
                trust.contains(&serving.identity) && (!reads.demands || serving.trust.contains(&dialling.identity))
            })
        })
    };
    nodes.iter().all(|a| nodes.iter().filter(|b| b.group != a.group).all(|b| talks(a, b)))
}

fn passes(cluster: &Cluster, steps: &[Step]) -> bool {
    let mut checker = Checker::safe(cluster).unwrap();
    steps.iter().all(|step| checker.apply(step).is_ok())
}

/// Every plan with one step less, and with any two in each other's place.
fn mutants(steps: &[Step]) -> Vec<Vec<Step>> {
    let without = (0..steps.len()).map(|left_out| {
        steps.iter().enumerate().filter(|(place, _)| *place != left_out).map(|(_, step)| step.clone()).collect()
    });
    let pairs = (0..steps.len()).flat_map(|a| (a + 1..steps.len()).map(move |b| (a, b)));
    let swapped = pairs.map(|(a, b)| {
        let mut swapped = steps.to_vec();
        swapped.swap(a, b);
        swapped
    });
    without.chain(swapped).collect()
}

/// How many mutants of the plans for these groups are unsafe, and how many are not.
fn judged(semantics: Semantics, reads: Reads) -> (usize, usize) {
    let (mut caught, mut passed) = (0, 0);
    for groups in [&[0, 1][..], &[0, 1, 2], &[0, 0, 1], &[0, 0, 1, 1], &[0, 1, 2, 3]] {
        let cluster = cluster(groups, semantics);
        let goal = Goal::rotate((0..groups.len()).map(|node| (format!("node{node}"), identity(node, "new"))));
        for goal in [goal.clone(), goal.dropping_unused()] {
            let found = plan(&cluster, &goal, &Preference::default()).unwrap();
            let steps: Vec<Step> = found.steps().cloned().collect();
            assert!(is_safe(groups, reads, &steps));
            for mutant in mutants(&steps) {
                let safe = is_safe(groups, reads, &mutant);
                assert_eq!(passes(&cluster, &mutant), safe, "{groups:?}\n{mutant:?}");
                if safe {
                    passed += 1;
                } else {
                    caught += 1;
                }
            }
        }
    }
    (caught, passed)
}

#[test]
fn conservative_plans() {
    let reads = Reads { dials_trust_disk: false, demands: true };
    assert_eq!(judged(Semantics::of(Version::V2_1, ClientAuth::On), reads), (872, 276));
}

#[test]
fn plans_for_dials_that_read_the_disk() {
    let reads = Reads { dials_trust_disk: true, demands: false };
    assert_eq!(judged(Semantics::of(Version::V3_11, ClientAuth::Off), reads), (504, 227));
    let reads = Reads { dials_trust_disk: true, demands: true };
    assert_eq!(judged(Semantics::of(Version::V3_11, ClientAuth::On), reads), (872, 276));
}

#[test]
fn plans_of_reloads() {
    let reads = Reads { dials_trust_disk: false, demands: true };
    let semantics = Semantics::of(Version::V5_0, ClientAuth::On).staging(Staging::IN_PLACE);
    assert_eq!(judged(semantics, reads), (872, 276));
}
