//! Plans of large clusters are as good as those of small ones, legible, and without repetition.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say what they expect by panicking")]

mod draw;

use draw::Draw;
use rotation_planner::{
    AnchorId, ClientAuth, Cluster, Goal, Identity, Known, Loaded, Observed, Optimality, Plan, Preference, Scope,
    Semantics, TlsConfig, Trust, check, plan,
};

fn label(node: usize, age: &str) -> String {
    format!("node{node:04}-{age}")
}

fn anchors(nodes: usize, age: &str) -> impl Iterator<Item = AnchorId> {
    (0..nodes).map(move |node| AnchorId::from(label(node, age)))
}

fn serving(node: usize, trust: Trust) -> TlsConfig {
    TlsConfig::tls(Identity::self_signed(&label(node, "old")), trust)
}

fn cluster(scope: Scope, nodes: usize, mut observed: impl FnMut(usize) -> Observed) -> Cluster {
    let mut cluster = Cluster::new(scope, Semantics::conservative(ClientAuth::On));
    for node in 0..nodes {
        let (dc, rack) = (format!("dc{}", node % 3), format!("r{}", node % 2));
        cluster.add_node(format!("node{node:04}"), dc, rack, observed(node)).unwrap();
    }
    cluster
}

fn rotation(nodes: usize) -> Goal {
    Goal::rotate((0..nodes).map(|node| (format!("node{node:04}"), Identity::self_signed(&label(node, "new")))))
        .dropping_unused()
}

fn planned(cluster: &Cluster) -> Plan {
    let goal = rotation(cluster.nodes().count());
    let found = plan(cluster, &goal, &Preference::default()).unwrap();
    check(cluster, &found).unwrap();
    let mut done = cluster.clone();
    found.steps().for_each(|step| done.apply(step).unwrap());
    assert!(plan(&done, &goal, &Preference::default()).unwrap().is_empty());
    found
}

fn unknown_loads(scope: Scope, nodes: usize) -> Cluster {
    let trust: Trust = anchors(nodes, "old").collect();
    cluster(scope, nodes, |node| {
        let disk = serving(node, trust.clone());
        let mut loaded = Loaded::from(disk.clone());
        loaded.trust = Known::Unknown;
        Observed::running(loaded, disk)
    })
}

/// Every node trusts all anchors except one, drawn from those of one age.
fn one_missing(nodes: usize, age: &str) -> Cluster {
    let mut draw = Draw(7);
    let all: Vec<AnchorId> = anchors(nodes, "old").chain(anchors(nodes, "new")).collect();
    cluster(Scope::All, nodes, |node| {
        let missing = AnchorId::from(label(draw.below(nodes), age));
        let trust = all.iter().filter(|anchor| **anchor != missing).collect();
        Observed::settled(serving(node, trust))
    })
}

/// Every node has one of `count` truststores with all old anchors and a random half of the new ones.
fn random_truststores(scope: Scope, nodes: usize, count: usize) -> Cluster {
    let mut draw = Draw(11);
    let (old, new): (Vec<AnchorId>, Vec<AnchorId>) = (anchors(nodes, "old").collect(), anchors(nodes, "new").collect());
    let truststores: Vec<Trust> =
        (0..count).map(|_| old.iter().chain(new.iter().filter(|_| draw.below(2) == 0)).collect()).collect();
    cluster(scope, nodes, |node| {
        let trust = truststores[node % count].clone();
        Observed::settled(serving(node, trust))
    })
}

#[test]
fn unknown_loads_cost_one_activation_more_for_each_node() {
    for (scope, pairs) in [(Scope::All, 300 * 299), (Scope::Dc, 300 * 200), (Scope::Rack, 300 * 250)] {
        let found = planned(&unknown_loads(scope, 300));
        assert_eq!(found.repairs().unwrap().pairs, pairs);
        assert!(found.cost().restarts < 3 * 300, "{scope:?}: {:?}", found.cost());
    }
}

#[test]
fn a_node_that_lacks_an_anchor_in_use_is_repaired_first() {
    let cluster = one_missing(200, "old");
    let found = planned(&cluster);
    let is_cut = |node: &rotation_planner::Node, server: usize| {
        !node.observed().disk().trust().contains(&label(server, "old").as_str().into())
    };
    let nodes: Vec<_> = cluster.nodes().map(|(_, node)| node).collect();
    let cut = |client: usize, server: usize| client != server && is_cut(nodes[client], server);
    let directed = (0..200).flat_map(|one| (0..200).map(move |other| (one, other)));
    // With client authentication, a server that does not trust its client cuts the connection, too.
    let pairs = directed.filter(|(one, other)| cut(*one, *other) || cut(*other, *one)).count();
    assert_eq!(found.repairs().unwrap().pairs, pairs);
}

#[test]
fn of_up_to_sixteen_truststores_the_least_is_found() {
    for count in [1, 2, 16] {
        let found = planned(&random_truststores(Scope::All, 200, count));
        assert_eq!(found.optimality(), Optimality::Minimum, "{count}");
    }
    // Nodes in one data centre do not wait for each other, so truststores are counted for each data centre.
    assert_eq!(planned(&random_truststores(Scope::Dc, 200, 5)).optimality(), Optimality::Minimum);
    assert_eq!(planned(&one_missing(200, "new")).optimality(), Optimality::Minimum);
}

#[test]
fn of_many_random_truststores_the_bounds_are_near() {
    let found = planned(&random_truststores(Scope::All, 800, 800));
    let gap = if let Optimality::Within(gap) = found.optimality() { gap } else { 0 };
    assert!(gap * 100 <= found.cost().restarts * 15, "{gap} of {}", found.cost().restarts);
}

#[test]
fn long_plans_say_once_what_many_nodes_have_in_common() {
    for cluster in [unknown_loads(Scope::All, 300), one_missing(300, "new")] {
        let found = planned(&cluster);
        let text = found.to_string();
        assert!(text.lines().count() < 80, "{text}");
        let whole = format!("{found:#}");
        assert!(found.steps().all(|step| whole.contains(&format!("\n  {step}\n"))));
        assert!(whole.contains(&format!("Wave {}\n", found.waves().len())));
    }
}

#[cfg(feature = "serde")]
#[test]
fn a_cluster_as_data_holds_each_truststore_once() {
    for cluster in [unknown_loads(Scope::All, 300), one_missing(300, "new")] {
        let text = serde_json::to_string(&cluster).unwrap();
        assert!(text.len() < 150_000, "{}", text.len());
        let read: Cluster = serde_json::from_str(&text).unwrap();
        assert_eq!(read, cluster);
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }
    let text = serde_json::to_string(&unknown_loads(Scope::All, 2)).unwrap();
    let wrong = text.replacen("\"trust\":[\"0\"]", "\"trust\":[\"7\"]", 1);
    let error = serde_json::from_str::<Cluster>(&wrong).unwrap_err().to_string();
    assert!(error.starts_with("node0000 has truststore {7}, but there are only 1"), "{error}");
    for labels in [r#"["x"]"#, r#"["0","1"]"#, "[]"] {
        let wrong = text.replacen("\"trust\":[\"0\"]", &format!("\"trust\":{labels}"), 1);
        let error = serde_json::from_str::<Cluster>(&wrong).unwrap_err().to_string();
        let said = ", which is not a position in the list of truststores, as [\"0\"] is";
        assert!(error.starts_with("node0000 has truststore {") && error.contains(said), "{error}");
    }
}
