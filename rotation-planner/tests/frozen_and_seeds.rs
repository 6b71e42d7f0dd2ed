//! Nodes that cannot be changed, seeds, and the claims of plans whose cost is not proven minimal.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use rotation_planner::{
    Action, AnchorId, ClientAuth, Cluster, ErrorKind, Goal, Identity, Mutability, Observed, Optimality, Plaintext,
    Preference, Role, Rule, Scope, Semantics, TlsConfig, Trust, plan,
};

fn identity(node: usize, age: &str) -> Identity {
    Identity::self_signed(&format!("node{node}-{age}"))
}

fn anchors(age: &str) -> Vec<AnchorId> {
    (0..3).map(|node| identity(node, age).anchor().clone()).collect()
}

fn cluster((major, minor, patch): (u32, u32, u32), client_auth: ClientAuth, trust: &[AnchorId]) -> Cluster {
    let trust: Trust = trust.iter().collect();
    (0..3).fold(
        Cluster::new(Scope::All, Semantics::cassandra(major, minor, patch, client_auth).unwrap()),
        |mut cluster, node| {
            let config = TlsConfig::tls(identity(node, "old"), trust.clone());
            cluster.add_node(format!("node{node}"), "dc1", "r1", Observed::settled(config)).unwrap();
            cluster
        },
    )
}

fn rotate(nodes: &[usize]) -> Goal {
    Goal::rotate(nodes.iter().map(|node| (format!("node{node}"), identity(*node, "new"))))
}

#[test]
fn a_frozen_node_that_does_not_trust_the_new_is_the_witness() {
    let mut cluster = cluster((3, 11, 19), ClientAuth::Off, &anchors("old"));
    cluster.set_mutability("node2", Mutability::Frozen).unwrap();
    let refusal = plan(&cluster, &rotate(&[0, 1]), &Preference::default()).unwrap_err();
    let witness = refusal.witness().unwrap();
    assert_eq!((witness.client.as_str(), witness.server.as_str()), ("node2", "node0"));
    assert_eq!(witness.rule, Rule::ClientTrustsServer);
    assert!(witness.to_string().contains("node0-new"), "{witness}");
}

#[test]
fn a_frozen_node_that_trusts_the_new_already_is_left_alone() {
    let everything = [anchors("old"), anchors("new")].concat();
    for (release, client_auth) in
        [((3, 11, 19), ClientAuth::Off), ((3, 11, 19), ClientAuth::On), ((5, 0, 6), ClientAuth::On)]
    {
        let mut cluster = cluster(release, client_auth, &everything);
        cluster.set_mutability("node2", Mutability::Frozen).unwrap();
        let plan = plan(&cluster, &rotate(&[0, 1]).dropping_unused(), &Preference::default()).unwrap();
        assert!(plan.steps().all(|step| step.node().as_str() != "node2"), "{plan}");
        assert!(plan.steps().any(|step| matches!(step.action(), Action::StageTrust(_))), "the others drop the old");
    }
}

#[test]
fn a_goal_that_asks_for_a_change_of_a_frozen_node_is_refused_by_its_name() {
    let everything = [anchors("old"), anchors("new")].concat();
    let mut cluster = cluster((4, 0, 17), ClientAuth::Off, &everything);
    cluster.set_mutability("node1", Mutability::Frozen).unwrap();
    for goal in [rotate(&[1]), Goal::client_auth(ClientAuth::On), Goal::disable()] {
        let refusal = plan(&cluster, &goal, &Preference::default()).unwrap_err();
        assert_eq!(refusal.error().kind(), &ErrorKind::Frozen("node1".into()), "{refusal}");
    }
    let mut plain = Cluster::new(Scope::All, Semantics::cassandra(4, 0, 17, ClientAuth::Off).unwrap());
    for node in 0..3 {
        plain.add_node(format!("node{node}"), "dc1", "r1", Observed::settled(TlsConfig::plaintext())).unwrap();
    }
    plain.set_mutability("node0", Mutability::Frozen).unwrap();
    let goal = Goal::enable((0..3).map(|node| (format!("node{node}"), identity(node, "new"))), Plaintext::Accepted);
    let refusal = plan(&plain, &goal, &Preference::default()).unwrap_err();
    assert_eq!(refusal.error().kind(), &ErrorKind::Frozen("node0".into()));
}

/// The first node that is restarted is not a seed, and seeds cost nothing more.
#[test]
fn seeds_come_last_where_the_order_is_free() {
    for (release, client_auth) in [((3, 11, 19), ClientAuth::Off), ((3, 11, 19), ClientAuth::On)] {
        let mut cluster = cluster(release, client_auth, &anchors("old"));
        let without = plan(&cluster, &rotate(&[0, 1, 2]).dropping_unused(), &Preference::default()).unwrap();
        cluster.set_role("node0", Role::Seed).unwrap();
        let with = plan(&cluster, &rotate(&[0, 1, 2]).dropping_unused(), &Preference::default()).unwrap();
        let first = with.steps().find(|step| matches!(step.action(), Action::Activate(_))).unwrap();
        assert_ne!(first.node().as_str(), "node0");
        assert_eq!(with.cost(), without.cost(), "a preference among plans of equal cost");
    }
}

/// If only one of three old anchors is dropped, the plan must not be called minimal.
///
/// A node might do everything in one activation.
#[test]
fn a_partial_drop_claims_no_minimum() {
    let cluster = cluster((3, 11, 19), ClientAuth::On, &anchors("old"));
    let partly = rotate(&[0, 1, 2]).dropping([identity(0, "old").anchor()].into_iter().collect());
    let planned = plan(&cluster, &partly, &Preference::default()).unwrap();
    assert!(matches!(planned.optimality(), Optimality::Within(gap) if gap > 0), "{planned}");
    let whole = plan(&cluster, &rotate(&[0, 1, 2]).dropping_unused(), &Preference::default()).unwrap();
    assert_eq!(whole.optimality(), Optimality::Minimum);
}
