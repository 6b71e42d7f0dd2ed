//! Plans with one step left out or two swapped. The checker refuses each that is unsafe and passes each that is safe.
//! For the safe ones, planning again shows which have not reached the goal.
//!
//! Safety is judged here independently, by carrying out the steps on processes and disks: a node's process may be any that a
//! crash could have started since its last restart or reload.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what they expect by panicking"
)]

use rotation_planner::{
    Action, Activation, AnchorId, Checker, ClientAuth, Cluster, Goal, Identity, Observed, Optimality, Preference,
    Scope, Semantics, Staging, Step, TlsConfig, Trust, plan,
};

/// How processes read their stores.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "four facts of a version and its settings")]
struct Reads {
    dials_trust_disk: bool,
    dials_offer_disk: bool,
    demands: bool,
    reloads_identity: bool,
}

const LOADED: Reads =
    Reads { dials_trust_disk: false, dials_offer_disk: false, demands: true, reloads_identity: false };

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
    groups.iter().enumerate().fold(Cluster::new(Scope::Dc, semantics), |mut cluster, (node, group)| {
        let observed = Observed::settled(TlsConfig::tls(identity(node, "old"), trust.clone()));
        cluster.add_node(format!("node{node}"), format!("dc{group}"), "r1", observed).unwrap();
        cluster
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Some pair cannot talk after some step and some crash.
    Unsafe,
    /// Safe, but some node still serves its old identity, or trusts an anchor that was to be dropped.
    Unfinished,
    Reached,
}

/// Carries out `steps` with every possible crash.
fn judge(groups: &[usize], reads: Reads, steps: &[Step], drops: Drops) -> Verdict {
    let trust: Trust = (0..groups.len()).map(|node| identity(node, "old").anchor().clone()).collect();
    let node = |(node, group): (usize, &usize)| {
        let disk = Stores { identity: identity(node, "old").anchor().clone(), trust: trust.clone() };
        Node { group: *group, processes: vec![disk.clone()], disk }
    };
    let mut nodes: Vec<Node> = groups.iter().enumerate().map(node).collect();
    let is_safe = steps.iter().all(|step| {
        let number: usize = step.node().as_str().strip_prefix("node").unwrap().parse().unwrap();
        nodes[number].take(step.action(), reads);
        all_talk(&nodes, reads)
    });
    let is_reached = || nodes.iter().enumerate().all(|(number, node)| node.is_through(number, &trust, reads, drops));
    match is_safe {
        false => Verdict::Unsafe,
        true if is_reached() => Verdict::Reached,
        true => Verdict::Unfinished,
    }
}

impl Node {
    fn take(&mut self, action: &Action, reads: Reads) {
        match action {
            Action::StageTrust(trust) => self.disk.trust = trust.clone(),
            Action::StageIdentity(identity) => self.disk.identity = identity.anchor().clone(),
            Action::Activate(Activation::Restart) => self.processes.clear(),
            Action::Activate(Activation::Reload) => {
                for process in &mut self.processes {
                    process.trust = self.disk.trust.clone();
                    if reads.reloads_identity {
                        process.identity = self.disk.identity.clone();
                    }
                }
            }
            other => panic!("a rotation does not {other}"),
        }
        if !self.processes.contains(&self.disk) {
            self.processes.push(self.disk.clone());
        }
    }

    fn is_through(&self, number: usize, old: &Trust, reads: Reads, drops: Drops) -> bool {
        let trusts_old = |stores: &Stores| old.iter().any(|anchor| stores.trust.contains(anchor));
        let is_used = reads.demands || !reads.dials_trust_disk;
        let still_trusts = trusts_old(&self.disk) || is_used && self.processes.iter().any(trusts_old);
        self.processes.iter().all(|process| process.identity == *identity(number, "new").anchor())
            && (drops == Drops::Nothing || !still_trusts)
    }
}

fn all_talk(nodes: &[Node], reads: Reads) -> bool {
    let talks = |client: &Node, server: &Node| {
        client.processes.iter().all(|dialling| {
            let trust = if reads.dials_trust_disk { &client.disk.trust } else { &dialling.trust };
            let offered = if reads.dials_offer_disk { &client.disk.identity } else { &dialling.identity };
            let is_taken = |serving: &Stores| !reads.demands || serving.trust.contains(offered);
            server.processes.iter().all(|serving| trust.contains(&serving.identity) && is_taken(serving))
        })
    };
    nodes.iter().all(|a| nodes.iter().filter(|b| b.group != a.group).all(|b| talks(a, b)))
}

/// The verdict of the checker and, if the steps are safe, of the planner.
fn verdict(cluster: &Cluster, goal: &Goal, steps: &[Step]) -> Verdict {
    let mut checker = Checker::safe(cluster).unwrap();
    if let Some(error) = steps.iter().find_map(|step| checker.apply(step).err()) {
        assert!(error.witness().is_some(), "{error}");
        return Verdict::Unsafe;
    }
    let mut reached = cluster.clone();
    for step in steps {
        reached.apply(step).unwrap();
    }
    let rest = plan(&reached, goal, &Preference::default()).unwrap();
    if rest.is_empty() { Verdict::Reached } else { Verdict::Unfinished }
}

/// The steps without one of them, once for each step.
fn shortened(steps: &[Step]) -> impl Iterator<Item = Vec<Step>> {
    (0..steps.len()).map(|left_out| [&steps[..left_out], &steps[left_out + 1..]].concat())
}

/// The steps with two of them swapped, once for each pair.
fn swapped(steps: &[Step]) -> impl Iterator<Item = Vec<Step>> {
    let pairs = (0..steps.len()).flat_map(|a| (a + 1..steps.len()).map(move |b| (a, b)));
    pairs.map(|(a, b)| {
        let mut swapped = steps.to_vec();
        swapped.swap(a, b);
        swapped
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Drops {
    Nothing,
    Old,
}

/// The numbers of mutants that are unsafe, do not reach the goal, and reach the goal.
///
/// The mutants are those of the plans for several groupings.
fn judged(semantics: Semantics, reads: Reads, preference: &Preference) -> (usize, usize, usize) {
    let mut verdicts = Vec::new();
    for groups in [&[0, 1][..], &[0, 1, 2], &[0, 0, 1], &[0, 0, 1, 1], &[0, 1, 2, 3]] {
        let cluster = cluster(groups, semantics);
        let goal = Goal::rotate((0..groups.len()).map(|node| (format!("node{node}"), identity(node, "new"))));
        for (goal, drops) in [(goal.clone(), Drops::Nothing), (goal.dropping_unused(), Drops::Old)] {
            let found = plan(&cluster, &goal, preference).unwrap();
            let steps: Vec<Step> = found.steps().cloned().collect();
            assert_eq!(judge(groups, reads, &steps, drops), Verdict::Reached);
            let is_reached = |mutant: Vec<Step>| judge(groups, reads, &mutant, drops) == Verdict::Reached;
            let claims_least = found.optimality() == Optimality::Minimum;
            assert!(!claims_least || !shortened(&steps).any(is_reached), "a step can be left out of\n{found}");
            for mutant in shortened(&steps).chain(swapped(&steps)) {
                let judged = judge(groups, reads, &mutant, drops);
                assert_eq!(verdict(&cluster, &goal, &mutant), judged, "{groups:?}\n{mutant:?}");
                verdicts.push(judged);
            }
        }
    }
    let count = |of| verdicts.iter().filter(|verdict| **verdict == of).count();
    (count(Verdict::Unsafe), count(Verdict::Unfinished), count(Verdict::Reached))
}

#[test]
fn conservative_plans() {
    let semantics = Semantics::cassandra(2, 1, 22, ClientAuth::On).unwrap();
    assert_eq!(judged(semantics, LOADED, &Preference::default()), (872, 148, 128));
}

#[test]
fn plans_for_dials_that_read_the_disk() {
    let semantics = |client_auth| Semantics::cassandra(3, 11, 19, client_auth).unwrap();
    let reads = Reads { dials_trust_disk: true, ..LOADED };
    assert_eq!(judged(semantics(ClientAuth::On), reads, &Preference::default()), (872, 148, 128));
    let reads = Reads { demands: false, ..reads };
    assert_eq!(judged(semantics(ClientAuth::Off), reads, &Preference::default()), (504, 132, 95));
    let reads = Reads { dials_trust_disk: true, dials_offer_disk: true, ..LOADED };
    let in_place = semantics(ClientAuth::On).with_staging(Staging::IN_PLACE);
    assert_eq!(judged(in_place, reads, &Preference::default()), (872, 148, 128));
}

#[test]
fn plans_of_reloads() {
    let semantics = Semantics::cassandra(5, 0, 6, ClientAuth::On).unwrap();
    let reads = Reads { reloads_identity: true, ..LOADED };
    let in_place = semantics.with_staging(Staging::IN_PLACE);
    assert_eq!(judged(in_place, reads, &Preference::default()), (872, 148, 128));
    assert_eq!(judged(semantics, LOADED, &Preference::default()), (891, 157, 100));
}

#[test]
fn plans_as_documented() {
    let semantics = Semantics::cassandra(2, 1, 22, ClientAuth::On).unwrap();
    assert_eq!(judged(semantics, LOADED, &Preference::as_documented()), (917, 262, 305));
}
