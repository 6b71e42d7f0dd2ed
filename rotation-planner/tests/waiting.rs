//! The events that a step waits for: each of them is needed and comes earlier, and nothing else has to.
//!
//! Clusters with more than 64 nodes are included, because their steps do not list the awaited nodes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what they expect by panicking"
)]

mod draw;

use std::collections::BTreeSet;

use draw::{Draw, semantics};
use proptest::prelude::*;
use rotation_planner::{
    Action, Checker, ClientAuth, Cluster, Event, Goal, Identity, InternodeMode, NodeName, Observed, Plaintext, Plan,
    Preference, Scope, Semantics, Staging, Step, TlsConfig, Transport, Trust, Waiting, plan,
};

fn name(node: usize) -> String {
    format!("node{node:02}")
}

fn identity(node: usize, age: &str) -> Identity {
    Identity::self_signed(&format!("{}-{age}", name(node)))
}

/// Every old anchor, and the new ones of `nodes`.
fn trust(count: usize, nodes: impl Iterator<Item = usize>) -> Trust {
    let old = (0..count).map(|node| identity(node, "old"));
    old.chain(nodes.map(|node| identity(node, "new"))).map(|identity| identity.anchor().clone()).collect()
}

fn rotation(count: usize) -> Goal {
    Goal::rotate((0..count).map(|node| (name(node), identity(node, "new"))))
}

/// A step, with its wave.
struct Placed<'a> {
    wave: usize,
    step: &'a Step,
}

fn placed(plan: &Plan) -> Vec<Placed<'_>> {
    let waves = plan.waves().iter().enumerate();
    waves.flat_map(|(wave, steps)| steps.steps().iter().map(move |step| Placed { wave, step })).collect()
}

/// For each step, the steps that it waits for, as its list of events says.
///
/// Each event must come in an earlier wave, and must be needed for some node.
fn awaited(cluster: &Cluster, plan: &Plan) -> Vec<Vec<usize>> {
    let steps = placed(plan);
    let dc = |name: &NodeName| cluster.get(name).unwrap().dc();
    let talk = |a: &NodeName, b: &NodeName| a != b && (cluster.scope() == Scope::All || dc(a) != dc(b));
    let of_one = |one: &Placed<'_>| {
        let own = one.step.node();
        let mut all = Vec::new();
        for waits_for in one.step.waits_for() {
            let has_event = |other: &Placed<'_>| other.step.purpose().contains(&waits_for.event);
            let is_awaited = |other: &Placed<'_>| match &waits_for.on {
                Waiting::EveryPeer => talk(own, other.step.node()) && other.wave < one.wave,
                Waiting::Nodes(nodes) => nodes.contains(other.step.node()),
                _ => panic!("there is no other way to wait"),
            };
            let awaited: Vec<usize> =
                (0..steps.len()).filter(|other| has_event(&steps[*other]) && is_awaited(&steps[*other])).collect();
            for other in awaited.iter().map(|other| &steps[*other]) {
                assert!(other.wave < one.wave, "{} waits for {} in\n{plan}", one.step, other.step);
            }
            let nodes: BTreeSet<&NodeName> = awaited.iter().map(|other| steps[*other].step.node()).collect();
            if let Waiting::Nodes(named) = &waits_for.on {
                assert_eq!(nodes, named.iter().collect(), "{} in\n{plan}", one.step);
            }
            let is_needed = |other: &&NodeName| is_needed(cluster, own, other, waits_for.event);
            assert!(nodes.into_iter().any(|other| is_needed(&other)), "{} in\n{plan}", one.step);
            all.extend(awaited);
        }
        all
    };
    steps.iter().map(of_one).collect()
}

/// Whether a change of `node` needs this event on its peer `other`, judged by the start.
fn is_needed(cluster: &Cluster, node: &NodeName, other: &NodeName, event: Event) -> bool {
    let peer = cluster.get(other).unwrap().observed();
    let Some(loaded) = peer.loaded() else { return false };
    let modes = [loaded.mode, peer.disk().mode()];
    match event {
        Event::Accept => {
            let new = identity(number(node), "new");
            let trusts = [&loaded.trust.candidates()[0], peer.disk().trust()];
            trusts.iter().any(|trust| !trust.contains(new.anchor())) || modes.contains(&InternodeMode::PlaintextOnly)
        }
        Event::Use => {
            let new = identity(number(other), "new");
            let uses = [peer.serves(), peer.disk().identity()];
            let is_plain = |mode: &InternodeMode| mode.dials() == Transport::Plaintext;
            uses.iter().any(|identity| *identity != Some(&new)) || modes.iter().any(is_plain)
        }
        other => panic!("no step waits for {other}"),
    }
}

fn number(name: &NodeName) -> usize {
    name.as_str().strip_prefix("node").unwrap().parse().unwrap()
}

/// Carries the plan out in an order that obeys nothing but the awaited events and the order of each node's own steps.
///
/// Truststores with new anchors come first: no step lists them.
fn carry_out(cluster: &Cluster, plan: &Plan, draw: &mut Draw) {
    let steps: Vec<&Step> = plan.steps().collect();
    let awaited = awaited(cluster, plan);
    let mut after = vec![Vec::new(); steps.len()];
    let mut missing = vec![0; steps.len()];
    for (step, awaited) in awaited.iter().enumerate() {
        let own = (0..step).rev().find(|earlier| steps[*earlier].node() == steps[step].node());
        for earlier in awaited.iter().copied().chain(own) {
            after[earlier].push(step);
            missing[step] += 1;
        }
    }
    let is_new_trust = |step: &usize| {
        steps[*step].purpose() == [Event::Accept] && matches!(steps[*step].action(), Action::StageTrust(_))
    };
    let (mut first, mut ready): (Vec<usize>, Vec<usize>) =
        (0..steps.len()).filter(|step| missing[*step] == 0).partition(is_new_trust);
    let mut checker = Checker::safe(cluster).unwrap();
    for _ in 0..steps.len() {
        assert!(!first.is_empty() || !ready.is_empty(), "the steps wait for each other:\n{plan}");
        let next = first.pop().unwrap_or_else(|| ready.swap_remove(draw.below(ready.len())));
        checker.apply(steps[next]).unwrap_or_else(|error| panic!("{} in\n{plan:#}\n{error}", steps[next]));
        for step in std::mem::take(&mut after[next]) {
            missing[step] -= 1;
            if missing[step] == 0 {
                ready.push(step);
            }
        }
    }
}

/// 70 nodes, of which each half trusts the new anchors of the other half alone.
#[test]
fn a_step_of_a_large_cluster_waits_for_no_more_than_it_needs() {
    let semantics = Semantics::cassandra(4, 0, 17, ClientAuth::Off).unwrap().with_staging(Staging::IN_PLACE);
    let mut cluster = Cluster::new(Scope::All, semantics);
    for node in 0..70 {
        let others = if node < 35 { 35..70 } else { 0..35 };
        let config = TlsConfig::tls(identity(node, "old"), trust(70, others));
        cluster.add_node(name(node), "dc1", "r1", Observed::settled(config)).unwrap();
    }
    let found = plan(&cluster, &rotation(70), &Preference::default()).unwrap();
    carry_out(&cluster, &found, &mut Draw(3));
    // One node of each half accepts and uses in one activation: neither waits for the other.
    let both = |step: &&Step| step.purpose() == [Event::Accept, Event::Use];
    let nodes: BTreeSet<_> = found.steps().filter(both).map(Step::node).collect();
    assert_eq!(nodes.len(), 2, "{found}");
    let said = found.steps().find(both).unwrap().to_string();
    assert!(said.ends_with(", after every peer that accepts in an earlier wave has done so"), "{said}");
}

/// Two nodes have the new settings on disk, which their peers accept already.
#[test]
fn enabling_waits_for_no_peer_that_accepts_already() {
    let mut cluster = Cluster::new(Scope::All, Semantics::cassandra(4, 0, 17, ClientAuth::Off).unwrap());
    let trust = trust(3, 0..3);
    let config = |node, age, mode| TlsConfig::tls(identity(node, age), trust.clone()).with_mode(mode);
    for node in 0..3 {
        let loaded = config(node, "old", InternodeMode::PlaintextAcceptingTls);
        let disk = config(node, "new", InternodeMode::TlsAcceptingPlaintext);
        cluster.add_node(name(node), "dc1", "r1", Observed::running(loaded, disk)).unwrap();
    }
    let goal = Goal::enable((0..3).map(|node| (name(node), identity(node, "new"))), Plaintext::Refused);
    let found = plan(&cluster, &goal, &Preference::default()).unwrap();
    carry_out(&cluster, &found, &mut Draw(3));
}

/// The anchors that each node trusts beyond the old ones, and whether it has its new identity.
#[derive(Clone, Debug)]
struct Drawn {
    dc: usize,
    trusts: [u128; 2],
    ages: [&'static str; 2],
    is_up: bool,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let age = || prop::sample::select(vec!["old", "old", "old", "new"]);
    let often = (any::<u128>(), any::<u128>()).prop_map(|(one, other)| one | other);
    let trusts = prop_oneof![Just(0), Just(u128::MAX), any::<u128>(), often];
    let both = prop_oneof![trusts.clone().prop_map(|same| [same; 2]), [trusts.clone(), trusts]];
    let node = (0..3_usize, both, [age(), age()], prop::bool::weighted(0.97));
    node.prop_map(|(dc, trusts, ages, is_up)| Drawn { dc, trusts, ages, is_up })
}

/// A safe cluster. Every node trusts the anchors that some node may serve.
fn cluster(scope: Scope, semantics: Semantics, nodes: &[Drawn]) -> Cluster {
    let count = nodes.len();
    let is_new = |node: &usize| nodes[*node].ages.contains(&"new");
    let served: u128 = (0..count).filter(is_new).map(|node| 1 << node).sum();
    let mut cluster = Cluster::new(scope, semantics);
    for (node, drawn) in nodes.iter().enumerate() {
        let config = |version: usize| {
            let trusts = drawn.trusts[version] | served;
            let new = (0..count).filter(|other| trusts >> other & 1 == 1);
            TlsConfig::tls(identity(node, drawn.ages[version]), trust(count, new))
        };
        let observed = if drawn.is_up { Observed::running(config(0), config(1)) } else { Observed::stopped(config(1)) };
        cluster.add_node(name(node), format!("dc{}", drawn.dc), "r1", observed).unwrap();
    }
    cluster
}

fn check_waits(scope: Scope, semantics: Semantics, nodes: &[Drawn], seed: u64) {
    let (cluster, goal) = (cluster(scope, semantics, nodes), rotation(nodes.len()));
    for (goal, preference) in [
        (goal.clone(), Preference::default()),
        (goal.clone().dropping_unused(), Preference::default()),
        (goal.dropping_unused(), Preference::as_documented()),
    ] {
        let found = plan(&cluster, &goal, &preference).unwrap();
        carry_out(&cluster, &found, &mut Draw(seed | 1));
    }
}

fn scope() -> impl Strategy<Value = Scope> {
    prop::sample::select(vec![Scope::All, Scope::Dc])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_steps_wait_for_is_needed_and_enough(
        scope in scope(),
        semantics in semantics(),
        nodes in prop::collection::vec(drawn(), 2..8),
        seed in any::<u64>(),
    ) {
        check_waits(scope, semantics, &nodes, seed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_steps_of_large_clusters_wait_for_is_needed_and_enough(
        scope in scope(),
        semantics in semantics(),
        nodes in prop::collection::vec(drawn(), 65..72),
        seed in any::<u64>(),
    ) {
        check_waits(scope, semantics, &nodes, seed);
    }
}

/// Of several possible orders, a plan goes through the nodes in ascending passes.
#[test]
fn nodes_that_wait_for_a_later_node_are_left_to_the_next_pass() {
    // The node whose new anchor each node lacks. So `node00` waits for `node01`, and `node03` for `node00` and `node02`.
    let lacked = [Some(3), Some(0), Some(3), Some(4), None];
    let mut cluster = Cluster::new(Scope::All, Semantics::cassandra(3, 11, 0, ClientAuth::On).unwrap());
    for (node, lacked) in lacked.into_iter().enumerate() {
        let trust = trust(5, (0..5).filter(|new| Some(*new) != lacked));
        cluster
            .add_node(name(node), "dc1", "r1", Observed::settled(TlsConfig::tls(identity(node, "old"), trust)))
            .unwrap();
    }
    let plan = plan(&cluster, &rotation(5), &Preference::default()).unwrap();
    let restarted =
        plan.steps().filter(|step| matches!(step.action(), Action::Activate(_))).map(|step| step.node().as_str());
    assert_eq!(restarted.collect::<Vec<_>>(), ["node01", "node02", "node00", "node03", "node04"]);
}
