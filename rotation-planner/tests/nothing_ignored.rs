//! No part of an input is ignored in silence: each call changes the plan where it must, or leads to an error.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use rotation_planner::{
    Action, Activation, Checker, ClientAuth, Cluster, Consistency, ErrorKind, Goal, Identity, Impact, InternodeMode,
    Keyspace, Mutability, Observed, Origin, Plaintext, Plan, Preference, Refusal, Role, Scope, Semantics, Staging,
    TlsConfig, Trust, check, plan,
};

const NODES: [&str; 3] = ["n0", "n1", "n2"];

fn next(name: &str) -> Identity {
    Identity::self_signed(&format!("{name}-2"))
}

/// Each node trusts the others and an anchor that no node needs.
fn stores(name: &str) -> TlsConfig {
    let trust: Trust = NODES.into_iter().chain(["stale"]).collect();
    TlsConfig::tls(Identity::self_signed(name), trust)
}

fn cluster(semantics: Semantics, mode: InternodeMode) -> Cluster {
    let mut cluster = Cluster::new(Scope::All, semantics);
    for (place, name) in NODES.into_iter().enumerate() {
        let observed = Observed::settled(stores(name).with_mode(mode));
        cluster.add_node(name, "dc1", format!("r{place}"), observed).unwrap();
    }
    cluster
}

fn v4() -> Semantics {
    Semantics::cassandra(4, 0, 17, ClientAuth::Off).unwrap()
}

fn v3() -> Semantics {
    Semantics::cassandra(3, 11, 19, ClientAuth::On).unwrap()
}

/// Every kind of goal, with a cluster that does not fulfil it.
fn goals() -> Vec<(&'static str, Cluster, Goal)> {
    let tls = || cluster(v4(), InternodeMode::TlsOnly);
    let plain = |semantics| cluster(semantics, InternodeMode::PlaintextOnly);
    let all = || NODES.map(|name| (name, Identity::self_signed(name)));
    let mut rotated = tls();
    for name in NODES {
        let trust: Trust =
            NODES.into_iter().map(|name| next(name).anchor().clone()).chain(trusted(&stores(name))).collect();
        rotated.observe(name, Observed::settled(TlsConfig::tls(next(name), trust))).unwrap();
    }
    vec![
        ("rotate", tls(), Goal::rotate(NODES.map(|name| (name, next(name))))),
        ("rollback_to", rotated, Goal::rollback_to(&tls())),
        ("enable", plain(v4()), Goal::enable(all(), Plaintext::Refused)),
        ("enable, accepted", plain(v4()), Goal::enable(all(), Plaintext::Accepted)),
        ("enable on 3.11", plain(v3()), Goal::enable(all(), Plaintext::Refused)),
        ("disable", tls(), Goal::disable()),
        ("disable on 3.11", cluster(v3(), InternodeMode::TlsOnly), Goal::disable()),
        ("client_auth", tls(), Goal::client_auth(ClientAuth::On)),
        ("quarantine", tls(), Goal::quarantine([("n1", next("n1"))])),
    ]
}

fn trusted(config: &TlsConfig) -> Vec<rotation_planner::AnchorId> {
    config.trust().iter().cloned().collect()
}

/// The plan, or the fallback of the refusal.
fn found(cluster: &Cluster, goal: &Goal, preference: &Preference) -> Result<Plan, Box<ErrorKind>> {
    match plan(cluster, goal, preference) {
        Ok(plan) => {
            check(cluster, &plan).unwrap();
            Ok(plan)
        }
        Err(refusal) => {
            let kind = || Box::new(refusal.error().kind().clone());
            refusal.fallback().map(|fallback| fallback.plan().clone()).ok_or_else(kind)
        }
    }
}

fn reached(cluster: &Cluster, plan: &Plan) -> Cluster {
    let mut reached = cluster.clone();
    plan.steps().for_each(|step| reached.apply(step).unwrap());
    reached
}

fn holders(cluster: &Cluster, anchor: &str) -> usize {
    // A process without TLS uses no truststore.
    let holds = |observed: &Observed| {
        let is_used = observed.disk().mode() != InternodeMode::PlaintextOnly;
        let loaded = observed.loaded().map_or(&[][..], |loaded| loaded.trust.candidates());
        loaded.iter().filter(|_| is_used).chain([observed.disk().trust()]).any(|trust| trust.contains(&anchor.into()))
    };
    cluster.nodes().filter(|(_, node)| holds(node.observed())).count()
}

/// An anchor that is to be dropped is dropped by the plan, or by the fallback if there is no safe plan.
#[test]
fn what_a_goal_drops_is_dropped_whatever_else_it_does() {
    let stale = || ["stale"].into_iter().collect();
    for (name, cluster, goal) in goals() {
        for (call, goal) in
            [("dropping", goal.clone().dropping(stale())), ("dropping_unused", goal.clone().dropping_unused())]
        {
            let plan = found(&cluster, &goal, &Preference::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
            let reached = reached(&cluster, &plan);
            assert_eq!(holders(&reached, "stale"), 0, "{name}.{call}: {plan}");
            Checker::safe(&reached).unwrap();
        }
        let without = reached(&cluster, &found(&cluster, &goal, &Preference::default()).unwrap());
        assert_eq!(holders(&without, "stale"), 3, "{name}");
    }
}

/// A quarantine that names no node still drops what it is to drop.
#[test]
fn a_quarantine_of_no_node_drops_anchors() {
    let cluster = cluster(v4(), InternodeMode::TlsOnly);
    let none: [(&str, Identity); 0] = [];
    for goal in [
        Goal::quarantine(none.clone()).dropping(["stale"].into_iter().collect()),
        Goal::quarantine(none.clone()).dropping_unused(),
    ] {
        let plan = plan(&cluster, &goal, &Preference::default()).unwrap();
        assert_eq!(holders(&reached(&cluster, &plan), "stale"), 0, "{plan}");
    }
    assert!(plan(&cluster, &Goal::quarantine(none), &Preference::default()).unwrap().is_empty());
}

/// Anchors that a node still needs stay, and a quarantine that is over drops anchors without another stop.
#[test]
fn a_quarantine_drops_unused_anchors_on_every_node() {
    let cluster = cluster(v4().with_staging(Staging::IN_PLACE), InternodeMode::TlsOnly);
    let goal = Goal::quarantine([("n1", next("n1"))]).dropping_unused();
    let plan_of = |cluster: &Cluster, goal: &Goal| found(cluster, goal, &Preference::default()).unwrap();
    let over = reached(&cluster, &plan_of(&cluster, &goal));
    for (name, node) in over.nodes() {
        let left: Trust = if name.as_str() == "n1" {
            ["n0", "n2"].into_iter().collect()
        } else {
            ["n0", "n1-2", "n2"].into_iter().collect()
        };
        assert_eq!(*node.observed().disk().trust(), left, "{name}");
    }
    assert!(plan_of(&over, &goal).is_empty());
    let alone = Goal::quarantine([("n1", next("n1"))]);
    let over = reached(&cluster, &plan_of(&cluster, &alone));
    let plan = plan(&over, &goal, &Preference::default()).unwrap();
    assert!(plan.steps().all(|step| *step.action() != Action::Stop), "{plan}");
    assert_eq!((plan.cost().restarts, plan.cost().reloads), (0, 3), "{plan}");
    assert_eq!(holders(&reached(&over, &plan), "stale"), 0);
}

/// Each event has an activation of its own.
#[test]
fn the_documented_order_applies_to_every_change_with_several_events() {
    for (name, cluster, goal) in goals() {
        let [usual, documented] = [Preference::default(), Preference::as_documented()]
            .map(|preference| found(&cluster, &goal, &preference).unwrap().cost());
        let activations = |cost: rotation_planner::Cost| cost.restarts + cost.reloads;
        let is_longer = match name {
            "rotate" | "rollback_to" | "enable" | "enable, accepted" | "disable" => true,
            // One event on each node, or a fallback.
            "client_auth" | "quarantine" | "enable on 3.11" | "disable on 3.11" => false,
            other => panic!("{other}"),
        };
        assert_eq!(activations(documented) > activations(usual), is_longer, "{name}: {documented:?} {usual:?}");
    }
}

/// A data centre without replicas to spare is lost at each restart, so each plan with restarts names its keyspace.
#[test]
fn keyspaces_count_for_every_goal() {
    let says_outages = |refusal: &Refusal| {
        let impact = refusal.fallback().unwrap().impact();
        impact.iter().any(|impact| matches!(impact, Impact::Outages(keyspaces) if keyspaces.contains_key("one")))
            || impact == [Impact::ClusterDown]
    };
    for (name, mut cluster, goal) in goals() {
        cluster.add_keyspace(Keyspace::network_topology("one", [("dc1", 1)], Consistency::One));
        let refusal = plan(&cluster, &goal, &Preference::default()).unwrap_err();
        assert!(says_outages(&refusal), "{name}: {refusal}");
        let together = plan(&cluster, &goal, &Preference::default().racks_together()).unwrap_err();
        assert!(says_outages(&together), "{name}: {together}");
    }
    for (name, cluster, goal) in goals() {
        for preference in [Preference::default().racks_together(), Preference::default().data_centres_together()] {
            let error = plan(&cluster, &goal, &preference).unwrap_err();
            assert_eq!(error.error().kind(), &ErrorKind::NoKeyspaces, "{name}");
        }
    }
}

/// While the key's node is down, a restart of another node would be one too many.
#[test]
fn a_node_that_a_quarantine_keeps_down_counts_as_a_missing_replica() {
    let mut cluster = cluster(v4().with_staging(Staging::IN_PLACE), InternodeMode::TlsOnly);
    cluster.add_keyspace(Keyspace::network_topology("all", [("dc1", 3)], Consistency::All));
    let refusal = plan(&cluster, &Goal::quarantine([("n1", next("n1"))]), &Preference::default()).unwrap_err();
    // The other nodes only reload, but n1 is down meanwhile.
    let outages = Impact::Outages([("all".to_owned(), 1)].into());
    assert_eq!(refusal.fallback().unwrap().impact(), [Impact::NodesDown(vec!["n1".into()]), outages]);
}

#[test]
fn a_frozen_node_is_never_changed() {
    for (name, mut cluster, goal) in goals() {
        cluster.set_mutability("n1", Mutability::Frozen).unwrap();
        for goal in [goal.clone(), goal.dropping_unused()] {
            match found(&cluster, &goal, &Preference::default()) {
                Ok(plan) => assert!(plan.steps().all(|step| step.node().as_str() != "n1"), "{name}: {plan}"),
                Err(kind) => assert!(matches!(*kind, ErrorKind::Frozen(_) | ErrorKind::Unsafe(_)), "{name}: {kind}"),
            }
        }
    }
}

/// A seed with broken TLS starts alone without an error, so another node is restarted first. If all nodes are stopped, other
/// nodes may not start before a seed.
#[test]
fn seeds_are_restarted_last_and_started_first() {
    for (name, mut cluster, goal) in goals() {
        cluster.set_role("n0", Role::Seed).unwrap();
        let plan = found(&cluster, &goal, &Preference::default()).unwrap();
        let is_up = |action: &Action| matches!(action, Action::Activate(Activation::Restart) | Action::Start);
        let wave = plan.waves().iter().position(|wave| wave.steps().iter().any(|step| is_up(step.action()))).unwrap();
        let mut nodes =
            plan.waves()[wave].steps().iter().filter(|step| is_up(step.action())).map(|step| step.node().as_str());
        let first = nodes.next().unwrap();
        let is_stop = name.ends_with("3.11");
        assert_eq!(first == "n0", is_stop, "{name}: {plan}");
        assert!(!is_stop || nodes.next().is_none(), "{name}: the other nodes start in a later wave: {plan}");
    }
}

#[test]
fn a_foreign_anchor_is_granted_for_no_goal() {
    for (name, mut cluster, goal) in goals() {
        for node in NODES {
            cluster.set_origin(next(node).anchor().clone(), Origin::Foreign);
            cluster.set_origin(node, Origin::Foreign);
        }
        match found(&cluster, &goal, &Preference::default()) {
            Ok(plan) => check(&cluster, &plan).unwrap(),
            Err(kind) => assert!(matches!(*kind, ErrorKind::ForeignAnchor { .. }), "{name}: {kind}"),
        }
    }
}

/// Enabling does not change clients, so it cannot give one another identity.
#[test]
fn a_client_that_enabling_names_with_another_identity_is_refused() {
    let mut cluster = cluster(v4(), InternodeMode::PlaintextOnly);
    let app = TlsConfig::tls(Identity::self_signed("app"), NODES.into_iter().collect());
    cluster.add_node("app", "dc1", "r0", Observed::settled(app)).unwrap().set_role("app", Role::Client).unwrap();
    for node in NODES {
        let trust: Trust = NODES.into_iter().chain(["app", "app-2"]).collect();
        let config = TlsConfig::tls(Identity::self_signed(node), trust).with_mode(InternodeMode::PlaintextOnly);
        cluster.observe(node, Observed::settled(config)).unwrap();
    }
    let nodes = NODES.map(|name| (name, Identity::self_signed(name)));
    let goal = |app| Goal::enable(nodes.clone().into_iter().chain([("app", app)]), Plaintext::Refused);
    let refusal = plan(&cluster, &goal(next("app")), &Preference::default()).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "no safe plan: node app is serving another identity over TLS: finish its rotation, then plan this goal"
    );
    assert!(!plan(&cluster, &goal(Identity::self_signed("app")), &Preference::default()).unwrap().is_empty());
}

/// The fallback would leave plaintext refused.
#[test]
fn a_fallback_that_does_not_reach_the_goal_is_not_given() {
    let goal = Goal::enable(NODES.map(|name| (name, Identity::self_signed(name))), Plaintext::Accepted);
    let plain = cluster(v3(), InternodeMode::PlaintextOnly);
    assert!(plan(&plain, &goal, &Preference::default()).unwrap_err().fallback().is_none());
}

/// Enabling was begun by hand on 3.11: the cluster is divided already.
#[test]
fn a_divided_cluster_has_a_fallback_without_repairs() {
    let enable = Goal::enable(NODES.map(|name| (name, Identity::self_signed(name))), Plaintext::Refused);
    let mut half = cluster(v3(), InternodeMode::PlaintextOnly);
    half.observe("n0", Observed::settled(stores("n0"))).unwrap();
    // A pair is cut by trust: n0 does not trust n1.
    let mut cut = cluster(v3(), InternodeMode::TlsOnly);
    let trust: Trust = ["n0", "n2"].into_iter().collect();
    cut.observe("n0", Observed::settled(TlsConfig::tls(Identity::self_signed("n0"), trust))).unwrap();
    for (start, goal) in [(half.clone(), enable), (half, Goal::disable()), (cut, Goal::disable())] {
        let refusal = plan(&start, &goal, &Preference::default()).unwrap_err();
        let fallback = refusal.fallback().unwrap_or_else(|| panic!("{refusal}"));
        assert_eq!(fallback.impact(), [Impact::ClusterDown]);
        assert_eq!(fallback.plan().cost().restarts, 3, "{}", fallback.plan());
        let reached = reached(&start, fallback.plan());
        Checker::safe(&reached).unwrap();
        assert!(plan(&reached, &goal, &Preference::default()).unwrap().is_empty());
    }
}

/// The refusal names the anchor that would be dropped, not another anchor of the same identity.
#[test]
fn the_anchor_that_cannot_be_dropped_is_named() {
    let cluster = cluster(v4(), InternodeMode::TlsOnly);
    let goal = Goal::quarantine([("n1", Identity::new("n1-2", "root").or_through("n1"))]);
    let refusal = plan(&cluster, &goal, &Preference::default()).unwrap_err();
    let ErrorKind::DropsServedAnchor { anchor, .. } = refusal.error().kind() else { panic!("{refusal}") };
    assert_eq!(anchor.as_str(), "n1");
}
