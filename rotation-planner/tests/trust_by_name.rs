//! New trust is granted by name. No goal makes a node newly trust an anchor that was only seen in files or a handshake.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by panicking")]

use rotation_planner::{
    Action, AnchorId, Checker, ClientAuth, Cluster, Error, ErrorKind, Goal, Identity, Known, Loaded, Observed, Origin,
    Plaintext, Preference, Scope, Semantics, Staging, Step, TlsConfig, Trust, check, plan, rollback,
};

const NODES: [&str; 3] = ["node0", "node1", "node2"];

fn semantics() -> Semantics {
    Semantics::cassandra(4, 0, 17, ClientAuth::Off).unwrap().with_staging(Staging::IN_PLACE)
}

fn trust(more: &[&str]) -> Trust {
    NODES.iter().chain(more).copied().collect()
}

fn own(node: &str) -> TlsConfig {
    TlsConfig::tls(Identity::self_signed(node), trust(&[]))
}

/// Three nodes; the observation of node0 is given. The anchor `stranger` is foreign.
fn cluster(node0: Observed) -> Cluster {
    let mut cluster = Cluster::new(Scope::All, semantics());
    cluster.add_node("node0", "dc1", "r1", node0).unwrap();
    for node in ["node1", "node2"] {
        cluster.add_node(node, "dc1", "r1", Observed::settled(own(node))).unwrap();
    }
    cluster.set_origin("stranger", Origin::Foreign);
    cluster
}

fn strangers() -> TlsConfig {
    TlsConfig::tls(Identity::new("leaf", "stranger"), trust(&["stranger"]))
}

fn next(nodes: &[&'static str]) -> Vec<(&'static str, Identity)> {
    nodes.iter().map(|node| (*node, Identity::self_signed(&format!("{node}-2")))).collect()
}

fn refused(cluster: &Cluster, goal: &Goal) -> String {
    match plan(cluster, goal, &Preference::default()) {
        Ok(found) => panic!("{found}"),
        Err(refusal) => {
            assert!(refusal.fallback().is_none(), "{refusal}");
            refusal.error().to_string()
        }
    }
}

fn would_have_to_trust(node: &str) -> String {
    format!(
        "{node} would have to trust the foreign anchor stranger, which it does not trust now: find out where it comes \
         from, and vouch for it by name if it is yours"
    )
}

/// Anchors that every node trusted before a rotation are not new after it.
#[test]
fn a_rollback_restores_trust_that_every_node_had() {
    let old: Trust = NODES.iter().map(|node| AnchorId::from(*node)).collect();
    for semantics in [Semantics::cassandra(2, 1, 22, ClientAuth::On).unwrap(), semantics()] {
        let mut cluster = Cluster::new(Scope::All, semantics);
        for node in NODES {
            let config = TlsConfig::tls(Identity::self_signed(node), old.clone());
            cluster.add_node(node, "dc1", "r1", Observed::settled(config)).unwrap();
        }
        old.iter().for_each(|anchor| {
            cluster.set_origin(anchor.clone(), Origin::Foreign);
        });
        let there = plan(&cluster, &Goal::rotate(next(&NODES)).dropping_unused(), &Preference::default()).unwrap();
        for waves in 1..=there.waves().len() {
            let back = rollback(&cluster, &there, waves).unwrap();
            assert!(!back.is_empty(), "from wave {waves}");
        }
    }
}

/// The node's keystore was replaced. The node has loaded the new one, or not yet.
#[test]
fn no_goal_trusts_what_lies_in_one_nodes_keystore() {
    for node0 in [Observed::settled(strangers()), Observed::running(own("node0"), strangers())] {
        let cluster = cluster(node0);
        for goal in [
            Goal::rotate(next(&NODES)),
            Goal::rotate(next(&NODES)).dropping_unused(),
            Goal::rotate(next(&["node1"])),
            Goal::rollback_to(&cluster),
        ] {
            assert_eq!(refused(&cluster, &goal), would_have_to_trust("node1"));
        }
    }
}

/// A plan does not trust an anchor only because a handshake showed it. If the identity on disk is one that peers trust,
/// a load repairs the pairs.
#[test]
fn what_a_handshake_shows_is_replaced_by_what_is_on_disk() {
    let mut loaded = Loaded::from(own("node0"));
    loaded.identity = Known::Certain(Some(Identity::self_signed("stranger")));
    let cluster = cluster(Observed::running(loaded, own("node0")));
    let found = plan(&cluster, &Goal::rotate(next(&NODES)).dropping_unused(), &Preference::default()).unwrap();
    check(&cluster, &found).unwrap();
    let strangers =
        |step: &&Step| matches!(step.action(), Action::StageTrust(trust) if trust.contains(&"stranger".into()));
    assert_eq!(found.steps().find(strangers), None);
}

#[test]
fn who_trusts_it_already_keeps_it() {
    let mut cluster = Cluster::new(Scope::All, semantics());
    let config = |identity| TlsConfig::tls(identity, trust(&["stranger"]));
    let strangers = Identity::new("leaf", "stranger");
    cluster.add_node("node0", "dc1", "r1", Observed::settled(config(strangers))).unwrap();
    for node in ["node1", "node2"] {
        cluster.add_node(node, "dc1", "r1", Observed::settled(config(Identity::self_signed(node)))).unwrap();
    }
    let before = cluster.clone();
    cluster.set_origin("stranger", Origin::Foreign);
    for goal in
        [Goal::rotate(next(&NODES)), Goal::rotate(next(&NODES)).dropping_unused(), Goal::rotate(next(&["node1"]))]
    {
        let found = plan(&cluster, &goal, &Preference::default()).unwrap();
        assert_eq!(found, plan(&before, &goal, &Preference::default()).unwrap());
    }
}

#[test]
fn a_joining_node_does_not_trust_it_either() {
    let mut cluster = Cluster::new(Scope::All, semantics());
    let config = |identity| TlsConfig::tls(identity, trust(&["stranger"]));
    cluster.add_node("node0", "dc1", "r1", Observed::settled(config(Identity::self_signed("stranger")))).unwrap();
    cluster.add_node("node1", "dc1", "r1", Observed::settled(config(Identity::self_signed("node1")))).unwrap();
    cluster.add_node("node2", "dc1", "r1", Observed::stopped(TlsConfig::plaintext())).unwrap();
    cluster.set_origin("stranger", Origin::Foreign);
    let join = Goal::rotate([("node2", Identity::self_signed("node2"))]);
    assert_eq!(refused(&cluster, &join), would_have_to_trust("node2"));
    assert_eq!(cluster.origin(&"stranger".into()), Origin::Foreign);
    cluster.set_origin("stranger", Origin::Vouched);
    assert!(!plan(&cluster, &join, &Preference::default()).unwrap().is_empty());
}

#[test]
fn neither_enabling_nor_quarantine_grants_it() {
    let mut plain = Cluster::new(Scope::All, semantics());
    for node in NODES {
        plain.add_node(node, "dc1", "r1", Observed::settled(TlsConfig::plaintext())).unwrap();
    }
    plain.set_origin("stranger", Origin::Foreign);
    let mut targets = next(&NODES);
    targets[0].1 = Identity::new("leaf", "stranger");
    assert_eq!(refused(&plain, &Goal::enable(targets, Plaintext::Refused)), would_have_to_trust("node1"));
    let cluster = cluster(Observed::settled(own("node0")));
    let quarantine = Goal::quarantine([("node0", Identity::new("leaf", "stranger"))]);
    assert_eq!(refused(&cluster, &quarantine), would_have_to_trust("node1"));
}

#[test]
fn a_node_that_needs_it_not_does_not_get_it_with_the_rest() {
    let mut cluster = Cluster::new(Scope::Dc, semantics());
    let strangers = TlsConfig::tls(Identity::self_signed("stranger"), trust(&["stranger"]));
    cluster.add_node("node0", "dc1", "r1", Observed::settled(strangers)).unwrap();
    cluster.add_node("node1", "dc1", "r1", Observed::settled(own("node1"))).unwrap();
    let far = TlsConfig::tls(Identity::self_signed("node2"), trust(&["stranger"]));
    cluster.add_node("node2", "dc2", "r1", Observed::settled(far)).unwrap();
    cluster.set_origin("stranger", Origin::Foreign);
    let found = plan(&cluster, &Goal::rotate(next(&["node1", "node2"])), &Preference::default()).unwrap();
    let on_node1 = found.steps().filter(|step| step.node().as_str() == "node1");
    let staged: Vec<_> = on_node1.filter(|step| matches!(step.action(), Action::StageTrust(_))).collect();
    assert!(!staged.is_empty());
    for step in staged {
        assert!(matches!(step.action(), Action::StageTrust(trust) if !trust.contains(&"stranger".into())), "{step}");
    }
}

#[test]
fn the_checker_refuses_the_step() {
    let cluster = cluster(Observed::settled(own("node0")));
    let step = Step::new("node1", Action::StageTrust(trust(&["stranger"])));
    let kind = |result: Result<(), Error>| result.unwrap_err().kind().clone();
    let expected = ErrorKind::ForeignAnchor { anchor: "stranger".into(), node: "node1".into() };
    assert_eq!(kind(Checker::safe(&cluster).unwrap().apply(&step)), expected);
    assert_eq!(kind(Checker::never_worse(&cluster).unwrap().apply(&step)), expected);
    let mut vouched = cluster.clone();
    vouched.set_origin("stranger", Origin::Vouched);
    Checker::safe(&vouched).unwrap().apply(&step).unwrap();
}

#[cfg(feature = "serde")]
#[test]
fn where_an_anchor_comes_from_is_written_down() {
    let cluster = cluster(Observed::settled(own("node0")));
    let text = serde_json::to_string(&cluster).unwrap();
    assert!(text.contains(r#""foreign":["stranger"]"#), "{text}");
    assert_eq!(serde_json::from_str::<Cluster>(&text).unwrap(), cluster);
}
