//! Enabling TLS on 3.11 if only pairs in different data centres or racks are encrypted. An encrypted node accepts both
//! transports, so no pair within a part is ever cut, and the cluster need not be stopped as a whole.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use rotation_planner::{
    Action, Checker, ClientAuth, Cluster, Consistency, Goal, Identity, Impact, InternodeMode, Keyspace, Observed,
    Plaintext, Preference, Rule, Scope, Semantics, TlsConfig, Trust, plan,
};

const NODES: [(&str, &str, &str); 5] =
    [("a1", "a", "r1"), ("a2", "a", "r2"), ("a3", "a", "r3"), ("b1", "b", "r1"), ("b2", "b", "r2")];

fn cluster(scope: Scope, config: impl Fn(&str) -> TlsConfig) -> Cluster {
    let mut cluster = Cluster::new(scope, Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap());
    for (name, dc, rack) in NODES {
        cluster.add_node(name, dc, rack, Observed::settled(config(name))).unwrap();
    }
    let replicas = || [("a", 3), ("b", 2)];
    cluster.add_keyspace(Keyspace::network_topology("near", replicas(), Consistency::LocalQuorum));
    cluster.add_keyspace(Keyspace::network_topology("far", replicas(), Consistency::Quorum));
    cluster.add_keyspace(Keyspace::network_topology("one", replicas(), Consistency::One));
    cluster
}

fn part(scope: Scope, node: &str) -> (&'static str, &'static str) {
    let (_, dc, rack) = NODES.into_iter().find(|(name, ..)| *name == node).unwrap();
    if scope == Scope::Rack { (dc, rack) } else { (dc, "") }
}

/// Carries out the fallback, which cuts only pairs in different parts on the way, and none in the end.
fn carried_out(start: &Cluster, goal: &Goal, lost: &[&str], while_restarting: (&str, usize)) -> Cluster {
    let refusal = plan(start, goal, &Preference::default()).unwrap_err();
    let witness = refusal.witness().unwrap();
    assert_eq!(witness.rule, Rule::ServerAcceptsTransport, "{refusal}");
    let part = |node: &str| part(start.scope(), node);
    assert_ne!(part(witness.client.as_str()), part(witness.server.as_str()));
    let fallback = refusal.fallback().unwrap();
    let (keyspace, restarts) = while_restarting;
    let divided = Impact::Divided(lost.iter().copied().map(str::to_owned).collect());
    let outages = Impact::Outages([(keyspace.to_owned(), restarts)].into());
    assert_eq!(fallback.impact(), [divided, outages], "{refusal}");
    assert_eq!(fallback.plan().cost().restarts, NODES.len());

    let mut now = start.clone();
    for step in fallback.plan().steps() {
        assert!(!matches!(step.action(), Action::Stop | Action::Start), "{step}");
        now.apply(step).unwrap();
        for (one, other) in Checker::never_worse(&now).unwrap().broken_pairs() {
            assert_ne!(part(one.as_str()), part(other.as_str()), "after {step}");
        }
    }
    Checker::safe(&now).unwrap();
    now
}

#[test]
fn between_parts_it_costs_the_traffic_between_them_and_no_more() {
    // With `dc`, each of the two nodes of `b` holds a replica that `LOCAL_QUORUM` needs. With `rack`, each node holds the only
    // replica that a coordinator in its rack can reach.
    for (scope, lost, outages) in
        [(Scope::Dc, &["far"][..], ("near", 2)), (Scope::Rack, &["near", "far"], ("one", NODES.len()))]
    {
        let identity = |name: &str| Identity::self_signed(name);
        let goal = Goal::enable(NODES.map(|(name, ..)| (name, identity(name))), Plaintext::Refused);
        let enabled = carried_out(&cluster(scope, |_| TlsConfig::plaintext()), &goal, lost, outages);
        // With `dc` or `rack`, the node dials TLS and accepts both.
        assert!(
            enabled.nodes().all(|(_, node)| { node.observed().disk().mode() == InternodeMode::TlsAcceptingPlaintext })
        );

        let trust: Trust = NODES.into_iter().map(|(name, ..)| name).collect();
        let tls =
            |name: &str| TlsConfig::tls(identity(name), trust.clone()).with_mode(InternodeMode::TlsAcceptingPlaintext);
        let disabled = carried_out(&cluster(scope, tls), &Goal::disable(), lost, outages);
        assert!(disabled.nodes().all(|(_, node)| node.observed().disk().mode() == InternodeMode::PlaintextOnly));
    }
}
