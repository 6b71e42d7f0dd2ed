//! Plans for clusters of several sizes.

use std::cell::LazyCell;

use rand::RngExt;
use rotation_planner::{
    AnchorId, ClientAuth, Cluster, Goal, Identity, Known, Loaded, Observed, Plaintext, Plan, Preference, Scope,
    Semantics, TlsConfig, Trust, check, plan,
};

use crate::fixture::rng;
use crate::operation::{Effort, Operation, concerns};

pub(crate) fn operations(effort: Effort, filter: &str) -> Vec<Operation> {
    if !concerns("plan", filter) {
        return Vec::new();
    }
    let sizes: &[usize] = match effort {
        Effort::Quick => &[3, 100, 1_000],
        Effort::Full => &[3, 100, 1_000, 10_000],
    };
    let each = sizes.iter().flat_map(|nodes| [clean(*nodes), half_done(*nodes)]).chain([json(1_000)]);
    each.chain(first_looks(effort)).collect()
}

fn first_looks(effort: Effort) -> Vec<Operation> {
    let (few, many) = match effort {
        Effort::Quick => (100, 1_000),
        Effort::Full => (1_000, 10_000),
    };
    vec![
        growth("all loads unknown", few, many, unknown_loads),
        growth("each truststore lacks one anchor", few, many, one_anchor_missing),
        growth("16 random truststores", few, many, random_truststores),
        growth("refused", few, many, refused),
    ]
}

fn growth(name: &str, few: usize, many: usize, cluster: fn(usize) -> (Cluster, Goal)) -> Operation {
    let name = format!("plan and check, {many} nodes beside {few}, {name}");
    let [few, many] = [few, many].map(|nodes| LazyCell::new(move || cluster(nodes)));
    Operation::new(name, move || planned_or_fallback(&many)).limit(MOST_GROWTH, move || planned_or_fallback(&few))
}

/// The maximum growth of the time for ten times the nodes.
///
/// This limit allows ten times the work, and half as much again because the data does not fit into the caches.
const MOST_GROWTH: f64 = 15.0;

fn planned_or_fallback((cluster, goal): &(Cluster, Goal)) -> Plan {
    match plan(cluster, goal, &Preference::default()) {
        Ok(plan) => {
            check(cluster, &plan).unwrap();
            plan
        }
        Err(refusal) => refusal.fallback().unwrap().plan().clone(),
    }
}

fn unknown_loads(nodes: usize) -> (Cluster, Goal) {
    let trust: Trust = anchors(nodes, "2025").collect();
    rotation(nodes, |node| {
        let disk = TlsConfig::tls(Identity::self_signed(&label(node, "2025")), trust.clone());
        let mut loaded = Loaded::from(disk.clone());
        loaded.trust = Known::Unknown;
        Observed::running(loaded, disk)
    })
}

/// Each node trusts all anchors except one, a random new anchor.
fn one_anchor_missing(nodes: usize) -> (Cluster, Goal) {
    let mut rng = rng();
    let all: Vec<AnchorId> = anchors(nodes, "2025").chain(anchors(nodes, "2026")).collect();
    rotation(nodes, |node| {
        let missing = nodes + rng.random_range(0..nodes);
        let trust = all.iter().enumerate().filter(|(number, _)| *number != missing).map(|(_, anchor)| anchor);
        Observed::settled(TlsConfig::tls(Identity::self_signed(&label(node, "2025")), trust.collect()))
    })
}

/// Each node has one of 16 truststores, which contain all old anchors and some new ones.
fn random_truststores(nodes: usize) -> (Cluster, Goal) {
    let mut rng = rng();
    let new: Vec<AnchorId> = anchors(nodes, "2026").collect();
    let truststores: Vec<Trust> =
        (0..16).map(|_| anchors(nodes, "2025").chain(new.iter().filter(|_| rng.random()).cloned()).collect()).collect();
    rotation(nodes, |node| {
        let trust = truststores[rng.random_range(0..truststores.len())].clone();
        Observed::settled(TlsConfig::tls(Identity::self_signed(&label(node, "2025")), trust))
    })
}

fn refused(nodes: usize) -> (Cluster, Goal) {
    let (cluster, _) = rotation(nodes, |_| Observed::settled(TlsConfig::plaintext()));
    (cluster, Goal::enable((0..nodes).map(target), Plaintext::Refused))
}

fn rotation(nodes: usize, mut observed: impl FnMut(usize) -> Observed) -> (Cluster, Goal) {
    let mut cluster = Cluster::new(Scope::All, Semantics::cassandra(3, 11, 0, ClientAuth::On).unwrap());
    for node in 0..nodes {
        cluster.add_node(format!("node{node:05}"), "dc1", format!("r{}", node % 3), observed(node)).unwrap();
    }
    (cluster, Goal::rotate((0..nodes).map(target)).dropping_unused())
}

fn label(node: usize, age: &str) -> String {
    format!("node{node:05}-{age}")
}

fn anchors(nodes: usize, age: &str) -> impl Iterator<Item = AnchorId> {
    (0..nodes).map(move |node| AnchorId::from(label(node, age)))
}

fn target(node: usize) -> (String, Identity) {
    (format!("node{node:05}"), Identity::self_signed(&label(node, "2026")))
}

fn clean(nodes: usize) -> Operation {
    of(nodes, "clean", move || cluster(nodes, |_| false))
}

fn half_done(nodes: usize) -> Operation {
    let make = move || {
        let mut rng = rng();
        let staged: Vec<bool> = (0..nodes).map(|_| rng.random()).collect();
        cluster(nodes, |node| staged[node])
    };
    of(nodes, "half done", make)
}

fn of(nodes: usize, name: &str, make: impl FnOnce() -> (Cluster, Goal) + 'static) -> Operation {
    let input = LazyCell::new(move || {
        let (cluster, goal) = make();
        assert_eq!(planned(&cluster, &goal), planned(&cluster, &goal));
        (cluster, goal)
    });
    let work = move || {
        let (cluster, goal) = &*input;
        planned(cluster, goal)
    };
    Operation::new(format!("plan and check, {nodes} nodes, {name}, per node"), work)
        .times(u32::try_from(nodes).unwrap())
}

fn json(nodes: usize) -> Operation {
    let (cluster, goal) = cluster(nodes, |_| false);
    let plan = planned(&cluster, &goal);
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    let times = u32::try_from(nodes).unwrap();
    Operation::new(format!("plan to JSON, {nodes} nodes, per node"), move || serde_json::to_string(&plan).unwrap())
        .times(times)
}

fn planned(cluster: &Cluster, goal: &Goal) -> Plan {
    let plan = plan(cluster, goal, &Preference::default()).unwrap();
    check(cluster, &plan).unwrap();
    plan
}

/// A rotation of all certificates.
///
/// The `staged` nodes already have the new anchors on disk.
fn cluster(nodes: usize, staged: impl Fn(usize) -> bool) -> (Cluster, Goal) {
    let old: Trust = anchors(nodes, "2025").collect();
    let both: Trust = anchors(nodes, "2025").chain(anchors(nodes, "2026")).collect();
    rotation(nodes, |node| {
        let setup = |trust: &Trust| TlsConfig::tls(Identity::self_signed(&label(node, "2025")), trust.clone());
        Observed::running(setup(&old), setup(if staged(node) { &both } else { &old }))
    })
}
