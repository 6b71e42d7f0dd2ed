//! Plans.

use rand::RngExt;
use rotation_planner::{
    AnchorId, ClientAuth, Cluster, Goal, Identity, Observed, Plan, Preference, Scope, Semantics, TlsConfig, Trust,
    check, plan,
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
    sizes.iter().flat_map(|nodes| [clean(*nodes), half_done(*nodes)]).chain([json(1_000)]).collect()
}

fn clean(nodes: usize) -> Operation {
    of(&format!("plan and check, {nodes} nodes, clean"), cluster(nodes, |_| false))
}

fn half_done(nodes: usize) -> Operation {
    let mut rng = rng();
    let staged: Vec<bool> = (0..nodes).map(|_| rng.random()).collect();
    of(&format!("plan and check, {nodes} nodes, half done"), cluster(nodes, |node| staged[node]))
}

fn of(name: &str, (cluster, goal): (Cluster, Goal)) -> Operation {
    assert_eq!(planned(&cluster, &goal), planned(&cluster, &goal));
    let nodes = u32::try_from(cluster.nodes().count()).unwrap();
    Operation::new(format!("{name}, per node"), move || planned(&cluster, &goal)).times(nodes)
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

/// Every node is to serve a new certificate, and the old ones go. Where `staged`, the new trust lies on disk already.
fn cluster(nodes: usize, staged: impl Fn(usize) -> bool) -> (Cluster, Goal) {
    let label = |node: usize, age: &str| format!("node{node:05}-{age}");
    let old: Trust = (0..nodes).map(|node| AnchorId::from(label(node, "2025"))).collect();
    let both: Trust =
        (0..nodes).flat_map(|node| ["2025", "2026"].map(|age| AnchorId::from(label(node, age)))).collect();
    let mut cluster = Cluster::new(Scope::All, Semantics::cassandra(3, 11, 0, ClientAuth::On).unwrap());
    for node in 0..nodes {
        let setup = |trust: &Trust| TlsConfig::tls(Identity::self_signed(&label(node, "2025")), trust.clone());
        let observed = Observed::running(setup(&old), setup(if staged(node) { &both } else { &old }));
        cluster.add_node(format!("node{node:05}"), "dc1", format!("r{}", node % 3), observed).unwrap();
    }
    let target = |node: usize| (format!("node{node:05}"), Identity::self_signed(&label(node, "2026")));
    (cluster, Goal::rotate((0..nodes).map(target)).dropping_unused())
}
