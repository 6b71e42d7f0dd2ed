//! Nodes that are down: nodes that join or have left, nodes restarted together, and nodes in quarantine.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use rotation_planner::{
    Action, Activation, Checker, ClientAuth, Cluster, Consistency, ErrorKind, Goal, Identity, Impact, InternodeMode,
    Keyspace, Observed, Optimality, Plaintext, Plan, Preference, Rule, Scope, Semantics, Staging, TlsConfig, Trust,
    check, plan,
};

fn identity(node: usize, age: &str) -> Identity {
    Identity::self_signed(&format!("node{node}-{age}"))
}

fn trust(nodes: usize) -> Trust {
    (0..nodes).map(|node| identity(node, "old").anchor().clone()).collect()
}

/// A cluster with a node for each digit: the `n`th digit is the rack of node `n`.
fn racks(racks: &str, semantics: Semantics) -> Cluster {
    let trust = trust(racks.len());
    racks.chars().enumerate().fold(Cluster::new(Scope::All, semantics), |mut cluster, (node, rack)| {
        let observed = Observed::settled(TlsConfig::tls(identity(node, "old"), trust.clone()));
        cluster.add_node(format!("node{node}"), "dc1", format!("r{rack}"), observed).unwrap();
        cluster
    })
}

fn rotation(nodes: usize) -> Goal {
    Goal::rotate((0..nodes).map(|node| (format!("node{node}"), identity(node, "new")))).dropping_unused()
}

fn done(cluster: &Cluster, plan: &Plan) -> Cluster {
    check(cluster, plan).unwrap();
    let mut done = cluster.clone();
    plan.steps().for_each(|step| done.apply(step).unwrap());
    Checker::safe(&done).unwrap();
    done
}

#[test]
fn a_joining_node_starts_once_every_node_trusts_it() {
    for (semantics, restarts) in [
        (Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap(), 1),
        (Semantics::cassandra(3, 11, 19, ClientAuth::On).unwrap(), 4),
        (Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap().with_staging(Staging::IN_PLACE), 1),
    ] {
        let stores = TlsConfig::tls(identity(3, "new"), Trust::none());
        for disk in [TlsConfig::plaintext(), stores.clone(), stores.with_mode(InternodeMode::PlaintextAcceptingTls)] {
            let mut cluster = racks("000", semantics);
            cluster.add_node("node3", "dc1", "r1", Observed::stopped(disk)).unwrap();
            let goal = Goal::rotate([("node3", identity(3, "new"))]);
            let found = plan(&cluster, &goal, &Preference::default()).unwrap();
            assert_eq!(found.cost().restarts, restarts, "{found}");
            let last = found.steps().last().unwrap();
            assert_eq!((last.node().as_str(), last.action()), ("node3", &Action::Start));
            let joined = done(&cluster, &found);
            let node = joined.get(&"node3".into()).unwrap().observed();
            assert_eq!(node.disk().mode(), InternodeMode::TlsOnly);
            assert_eq!(node.disk().trust().len(), 4);
            assert!(plan(&joined, &goal, &Preference::default()).unwrap().is_empty());
        }
    }
}

/// By default, Cassandra refuses that two nodes bootstrap at the same time.
#[test]
fn two_nodes_join_one_after_the_other() {
    let mut cluster =
        racks("012", Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap().with_staging(Staging::IN_PLACE));
    for node in [3, 4] {
        let stores = TlsConfig::tls(identity(node, "new"), Trust::none());
        cluster.add_node(format!("node{node}"), "dc1", "r0", Observed::joining(stores)).unwrap();
    }
    let goal = Goal::rotate([3, 4].map(|node| (format!("node{node}"), identity(node, "new"))));
    let found = plan(&cluster, &goal, &Preference::default()).unwrap();
    let is_start = |step: &&rotation_planner::Step| step.action() == &Action::Start;
    let starts = found.waves().iter().map(|wave| wave.steps().iter().filter(is_start).count());
    assert_eq!(starts.filter(|count| *count > 0).collect::<Vec<_>>(), [1, 1], "{found}");
}

/// A node that joins during a rotation must trust what the others still serve.
#[test]
fn a_node_joins_while_the_others_rotate() {
    for semantics in [
        Semantics::cassandra(2, 1, 22, ClientAuth::On).unwrap(),
        Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap(),
    ] {
        let mut cluster = racks("012", semantics);
        cluster.add_node("node3", "dc1", "r0", Observed::stopped(TlsConfig::plaintext())).unwrap();
        let found = plan(&cluster, &rotation(4), &Preference::default()).unwrap();
        let joined = done(&cluster, &found);
        for (name, node) in joined.nodes() {
            assert_eq!(node.observed().disk().trust().len(), 4, "{name}");
        }
        assert!(plan(&joined, &rotation(4), &Preference::default()).unwrap().is_empty());
    }
}

/// A stopped node that the goal does not name gets its files but is not started.
#[test]
fn a_node_that_is_down_stays_down() {
    let stopped = Observed::stopped(TlsConfig::tls(identity(3, "old"), trust(4)));
    let empty = Cluster::new(Scope::All, Semantics::cassandra(3, 11, 19, ClientAuth::On).unwrap());
    let mut cluster = (0..3).fold(empty, |mut all, node| {
        let observed = Observed::settled(TlsConfig::tls(identity(node, "old"), trust(4)));
        all.add_node(format!("node{node}"), "dc1", "r1", observed).unwrap();
        all
    });
    cluster.add_node("node3", "dc1", "r1", stopped).unwrap();
    let found = plan(&cluster, &rotation(3), &Preference::default()).unwrap();
    let on_node3: Vec<_> = found.steps().filter(|step| step.node().as_str() == "node3").collect();
    assert!(!on_node3.is_empty() && on_node3.iter().all(|step| matches!(step.action(), Action::StageTrust(_))));
    let mut started = done(&cluster, &found);
    started.apply(&rotation_planner::Step::new("node3", Action::Start)).unwrap();
    Checker::safe(&started).unwrap();
}

#[test]
fn what_changes_how_nodes_speak_waits_for_a_node_that_is_down() {
    let stopped = Observed::stopped(TlsConfig::plaintext());
    let mut cluster = racks("012", Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap());
    cluster.add_node("node3", "dc1", "r0", stopped).unwrap();
    let none: [(&str, Identity); 0] = [];
    for goal in [Goal::enable(none, Plaintext::Refused), Goal::disable(), Goal::client_auth(ClientAuth::On)] {
        let refusal = plan(&cluster, &goal, &Preference::default()).unwrap_err();
        assert_eq!(refusal.to_string(), "no safe plan: node node3 is down: start it first, then plan this goal");
    }
}

#[test]
fn the_anchor_of_a_node_that_left_is_dropped() {
    let (semantics, trust) = (Semantics::cassandra(3, 11, 19, ClientAuth::On).unwrap(), trust(4));
    let cluster = (0..3).fold(Cluster::new(Scope::All, semantics), |mut cluster, node| {
        let observed = Observed::settled(TlsConfig::tls(identity(node, "old"), trust.clone()));
        cluster.add_node(format!("node{node}"), "dc1", "r1", observed).unwrap();
        cluster
    });
    let none: [(&str, Identity); 0] = [];
    let found = plan(&cluster, &Goal::rotate(none).dropping_unused(), &Preference::default()).unwrap();
    assert_eq!((found.cost().restarts, found.optimality()), (3, Optimality::Minimum));
    assert!(done(&cluster, &found).nodes().all(|(_, node)| node.observed().disk().trust().len() == 3));
}

fn outages(keyspace: &str, restarts: usize) -> Impact {
    Impact::Outages([(keyspace.to_owned(), restarts)].into())
}

fn orders(consistency: Consistency) -> Keyspace {
    Keyspace::network_topology("orders", [("dc1", 3)], consistency)
}

/// The number of restarted nodes for each wave with restarts.
fn restarted(plan: &Plan) -> Vec<usize> {
    let restarts = plan.waves().iter().map(|wave| {
        wave.steps()
            .iter()
            .filter(|step| matches!(step.action(), Action::Activate(Activation::Restart) | Action::Start))
            .count()
    });
    restarts.filter(|count| *count > 0).collect()
}

#[test]
fn whole_racks_are_restarted_together_when_asked() {
    let cluster = racks("012012", Semantics::cassandra(3, 11, 19, ClientAuth::On).unwrap());
    let alone = plan(&cluster, &rotation(6), &Preference::default()).unwrap();
    assert!(restarted(&alone).iter().all(|count| *count == 1));
    let mut with_keyspace = cluster.clone();
    with_keyspace.add_keyspace(orders(Consistency::LocalQuorum));
    let together = plan(&with_keyspace, &rotation(6), &Preference::default().racks_together()).unwrap();
    assert_eq!((alone.cost().restarts, restarted(&alone).len()), (16, 16));
    assert_eq!((together.cost().restarts, restarted(&together)), (14, vec![2; 7]), "{together}");
    done(&with_keyspace, &together);
    let error = plan(&cluster, &rotation(6), &Preference::default().racks_together()).unwrap_err();
    assert_eq!(error.error().kind(), &ErrorKind::NoKeyspaces);
}

#[test]
fn racks_go_together_on_the_way_to_tls_too() {
    let semantics = Semantics::cassandra(4, 1, 8, ClientAuth::Off).unwrap();
    let mut plain = (0..6).fold(Cluster::new(Scope::All, semantics), |mut cluster, node| {
        let rack = format!("r{}", node % 3);
        cluster.add_node(format!("node{node}"), "dc1", rack, Observed::settled(TlsConfig::plaintext())).unwrap();
        cluster
    });
    plain.add_keyspace(orders(Consistency::LocalQuorum));
    let goal = Goal::enable((0..6).map(|node| (format!("node{node}"), identity(node, "new"))), Plaintext::Refused);
    let found = plan(&plain, &goal, &Preference::default().racks_together()).unwrap();
    assert_eq!(found.cost().restarts, 16);
    assert!(restarted(&found).len() <= 11, "{found}");
    done(&plain, &found);
    let mut tls = racks("012012", semantics);
    tls.add_keyspace(orders(Consistency::LocalQuorum));
    let found = plan(&tls, &Goal::client_auth(ClientAuth::On), &Preference::default().racks_together()).unwrap();
    assert_eq!(restarted(&found), [2, 2, 2]);
}

#[test]
fn without_replicas_to_spare_restarts_are_refused_with_their_price() {
    let with_sessions = |racks_of: &str, semantics| {
        let mut cluster = racks(racks_of, semantics);
        cluster.add_keyspace(Keyspace::simple("sessions", 1, Consistency::One));
        cluster
    };
    let cluster = with_sessions("012", Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap());
    let refusal = plan(&cluster, &rotation(3), &Preference::default()).unwrap_err();
    assert!(matches!(refusal.error().kind(), ErrorKind::TooFewReplicas { node, keyspace }
        if node.as_str() == "node0" && keyspace == "sessions"));
    assert_eq!(refusal.fallback().unwrap().impact(), [outages("sessions", 3)]);
    assert_eq!(
        refusal.to_string(),
        "no safe plan: while node0 is down, keyspace sessions has fewer replicas than its consistency level requires: \
         raise its replication factor (then repair), or accept the outage; the fallback takes 3 restarts: sessions cannot be \
         read and written during 3 of the restarts"
    );
    // A reload takes no node down.
    let in_place = Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap().with_staging(Staging::IN_PLACE);
    plan(&with_sessions("012", in_place), &rotation(3), &Preference::default()).unwrap();
    // In a cluster of one node, too.
    let one = with_sessions("0", Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap());
    assert!(plan(&one, &rotation(1), &Preference::default()).unwrap_err().fallback().is_some());
}

#[test]
fn a_stolen_key_distrusted_at_once_is_a_quarantine() {
    for (semantics, restarts, reloads) in [
        (Semantics::cassandra(3, 11, 19, ClientAuth::On).unwrap(), 3, 0),
        (Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap(), 1, 0),
        (Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap().with_staging(Staging::IN_PLACE), 1, 2),
    ] {
        let cluster = racks("012", semantics);
        let goal = Goal::quarantine([("node1", identity(1, "new"))]);
        let refusal = plan(&cluster, &goal, &Preference::default()).unwrap_err();
        let witness = refusal.witness().unwrap();
        assert_eq!((witness.client.as_str(), witness.server.as_str()), ("node0", "node1"));
        assert_eq!(witness.rule, Rule::ClientTrustsServer);
        let fallback = refusal.fallback().unwrap();
        assert_eq!(fallback.impact(), [Impact::NodesDown(vec!["node1".into()])]);
        let cost = fallback.plan().cost();
        assert_eq!((cost.restarts, cost.reloads), (restarts, reloads), "{}", fallback.plan());
        let after = done(&cluster, fallback.plan());
        let stolen = identity(1, "old");
        assert!(after.nodes().all(|(_, node)| !node.observed().disk().trust().contains(stolen.anchor())));
    }
}

#[test]
fn what_goes_on_being_served_cannot_be_quarantined() {
    let cluster = racks("01", Semantics::cassandra(3, 11, 19, ClientAuth::On).unwrap());
    let same = Goal::quarantine([("node1", Identity::new("node1-again", "node1-old"))]);
    let refusal = plan(&cluster, &same, &Preference::default()).unwrap_err();
    assert!(matches!(refusal.error().kind(), ErrorKind::DropsServedAnchor { .. }));
}

/// Dropping anchors after the goal is reached causes outages, too. The fallback is the whole plan, from the current state of the
/// cluster.
#[test]
fn the_outages_of_a_goal_that_drops_are_those_of_the_whole_plan() {
    let mut cluster = Cluster::new(Scope::All, Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap());
    cluster.add_keyspace(Keyspace::network_topology("k", [("dc1", 1)], Consistency::One));
    for node in 0..2 {
        let trust = trust(2).iter().cloned().chain(["stale".into()]).collect();
        let observed = Observed::settled(TlsConfig::tls(identity(node, "old"), trust));
        cluster.add_node(format!("node{node}"), "dc1", "r1", observed).unwrap();
    }
    let goal = Goal::client_auth(ClientAuth::On).dropping(["stale"].into_iter().collect());
    let refusal = plan(&cluster, &goal, &Preference::default()).unwrap_err();
    assert!(matches!(refusal.error().kind(), ErrorKind::TooFewReplicas { .. }), "{refusal}");
    let fallback = refusal.fallback().unwrap();
    let restarts = fallback.plan().cost().restarts;
    assert_eq!(fallback.impact(), [outages("k", restarts)]);
    let sets = |step: &rotation_planner::Step| *step.action() == Action::StageClientAuth(ClientAuth::On);
    assert_eq!(fallback.plan().steps().filter(|step| sets(step)).count(), 2);
    done(&cluster, fallback.plan());
}
