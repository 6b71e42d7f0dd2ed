//! There is a checked rollback from every wave of a plan.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say what they expect by panicking")]

use rotation_planner::{
    Action, ClientAuth, Cluster, Consistency, ErrorKind, Goal, Identity, Keyspace, Known, Observed, Origin, Plaintext,
    Preference, Role, Scope, Semantics, Staging, TlsConfig, Trust, check, plan, rollback,
};

fn identity(node: usize, age: &str) -> Identity {
    Identity::self_signed(&format!("node{node}-{age}"))
}

/// Three nodes. Each truststore also contains an anchor that no node ever serves.
fn three(semantics: Semantics, config: impl Fn(Identity, Trust) -> TlsConfig) -> Cluster {
    let anchors = (0..3).map(|node| identity(node, "old").anchor().clone()).chain(["other".into()]);
    let trust: Trust = anchors.collect();
    (0..3).fold(Cluster::new(Scope::All, semantics), |mut cluster, node| {
        let observed = Observed::settled(config(identity(node, "old"), trust.clone()));
        cluster.add_node(format!("node{node}"), "dc1", "r1", observed).unwrap();
        cluster
    })
}

fn tls(semantics: Semantics) -> Cluster {
    three(semantics, TlsConfig::tls)
}

fn rotation() -> Goal {
    Goal::rotate((0..3).map(|node| (format!("node{node}"), identity(node, "new"))))
}

/// The parts of a cluster that a rollback must restore. `Files` includes the modes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Back {
    Modes,
    Files,
}

fn leads_back(start: &Cluster, goal: &Goal, back_to: Back) {
    let there = plan(start, goal, &Preference::default()).unwrap();
    assert!(!there.is_empty());
    let mut reached = start.clone();
    for waves in 0..=there.waves().len() {
        let back = rollback(start, &there, waves).unwrap();
        check(&reached, &back).unwrap();
        let mut returned = reached.clone();
        back.steps().for_each(|step| returned.apply(step).unwrap());
        for ((_, was), (name, is)) in start.nodes().zip(returned.nodes()) {
            let (was, is) = (was.observed(), is.observed());
            let (before, after) = (was.loaded().unwrap(), is.loaded().unwrap());
            let demanded = |of: &Known<Option<ClientAuth>>| of.candidates()[0].unwrap_or(ClientAuth::Off);
            assert_eq!(
                (before.mode, demanded(&before.client_auth)),
                (after.mode, demanded(&after.client_auth)),
                "{name} after {waves} waves"
            );
            if back_to == Back::Files {
                assert_eq!(was.disk(), is.disk(), "{name} after {waves} waves");
                assert_eq!(was.serves(), is.serves());
                let trusts = |observed: &Observed| observed.loaded().unwrap().trust.clone();
                assert!(
                    start.semantics() == Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap()
                        || trusts(was) == trusts(is)
                );
            }
        }
        if let Some(wave) = there.waves().get(waves) {
            wave.steps().iter().for_each(|step| reached.apply(step).unwrap());
        }
    }
}

#[test]
fn a_rotation_leads_back_to_the_same_files() {
    for semantics in [
        Semantics::cassandra(2, 1, 22, ClientAuth::On).unwrap(),
        Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap(),
        Semantics::cassandra(3, 11, 19, ClientAuth::On).unwrap(),
        Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap(),
        Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap().with_staging(Staging::IN_PLACE),
    ] {
        leads_back(&tls(semantics), &rotation(), Back::Files);
        let dropping = (0..3).map(|node| identity(node, "old").anchor().clone()).collect();
        leads_back(&tls(semantics), &rotation().dropping(dropping), Back::Files);
    }
}

#[test]
fn enabling_leads_back_to_plaintext() {
    let semantics = Semantics::cassandra(4, 0, 17, ClientAuth::Off).unwrap();
    let goal = Goal::enable((0..3).map(|node| (format!("node{node}"), identity(node, "new"))), Plaintext::Refused);
    leads_back(&three(semantics, |_, _| TlsConfig::plaintext()), &goal, Back::Modes);
}

/// The way back ends in the mode in which it began, also where nodes accept both transports.
#[test]
fn a_change_of_the_transport_leads_back_to_the_mode_before() {
    use rotation_planner::InternodeMode::{PlaintextAcceptingTls, TlsAcceptingPlaintext};
    let semantics = Semantics::cassandra(4, 0, 17, ClientAuth::Off).unwrap();
    let in_mode = |mode| three(semantics, move |identity, trust| TlsConfig::tls(identity, trust).with_mode(mode));
    let old = (0..3).map(|node| (format!("node{node}"), identity(node, "old")));
    let refused = Goal::enable(old.clone(), Plaintext::Refused);
    for mode in [PlaintextAcceptingTls, TlsAcceptingPlaintext] {
        leads_back(&in_mode(mode), &refused, Back::Files);
        leads_back(&in_mode(mode), &Goal::disable(), Back::Files);
    }
    leads_back(&in_mode(PlaintextAcceptingTls), &Goal::enable(old, Plaintext::Accepted), Back::Files);
}

/// The plan started a node that holds data. The way back stops that node again, so its replicas are missing.
#[test]
fn a_node_that_was_stopped_counts_as_a_missing_replica_on_the_way_back() {
    let mut cluster = tls(Semantics::cassandra(3, 11, 19, ClientAuth::On).unwrap());
    let disk = cluster.get(&"node2".into()).unwrap().observed().disk().clone();
    cluster.observe("node2", Observed::stopped(disk.clone())).unwrap();
    let there = plan(&cluster, &rotation(), &Preference::default()).unwrap();
    assert_eq!(there.steps().filter(|step| *step.action() == Action::Start).count(), 1);
    let waves = there.waves().len();
    let back = rollback(&cluster, &there, waves).unwrap();
    let mut reached = cluster.clone();
    there.steps().chain(back.steps()).for_each(|step| reached.apply(step).unwrap());
    let node2 = reached.get(&"node2".into()).unwrap().observed();
    assert!(node2.loaded().is_none() && node2.disk() == &disk, "{back}");
    for node in ["node0", "node1"] {
        let start = cluster.get(&node.into()).unwrap().observed();
        assert_eq!(reached.get(&node.into()).unwrap().observed().serves(), start.serves());
    }
    cluster.add_keyspace(Keyspace::network_topology("k", [("dc1", 3)], Consistency::LocalQuorum));
    let refusal = rollback(&cluster, &there, waves).unwrap_err();
    assert!(matches!(refusal.error().kind(), ErrorKind::TooFewReplicas { .. }), "{refusal}");
    let fallback = refusal.fallback().unwrap().plan();
    assert_eq!(*fallback.steps().next().unwrap().action(), Action::Stop, "{fallback}");
}

/// A client never trusted an authority that the nodes trust, and need again on the way back.
#[test]
fn a_client_does_not_trust_a_foreign_anchor_on_the_way_back() {
    let mut cluster = Cluster::new(Scope::All, Semantics::cassandra(5, 0, 6, ClientAuth::On).unwrap());
    let trust = || ["node0-old", "node1-old", "stranger"].into_iter().collect::<Trust>();
    for node in 0..2 {
        let config = TlsConfig::tls(identity(node, "old"), trust());
        cluster.add_node(format!("node{node}"), "dc1", "r1", Observed::settled(config)).unwrap();
    }
    let app = TlsConfig::tls(Identity::self_signed("stranger"), trust());
    cluster.add_node("app", "dc1", "r1", Observed::settled(app)).unwrap().set_role("app", Role::Client).unwrap();
    let other = TlsConfig::client(["node0-old", "node1-old"].into_iter().collect());
    cluster.add_node("other", "dc1", "r1", Observed::settled(other)).unwrap().set_role("other", Role::Client).unwrap();
    cluster.set_origin("stranger", Origin::Foreign);
    let goal = Goal::rotate([("app", Identity::self_signed("app")), ("node0", identity(0, "new"))]).dropping_unused();
    let there = plan(&cluster, &goal, &Preference::default()).unwrap();
    let back = rollback(&cluster, &there, there.waves().len()).unwrap();
    let grants = |node: &str| {
        let of_node = back.steps().filter(|step| step.node().as_str() == node);
        let is_granted = |step: &rotation_planner::Step| matches!(step.action(), Action::StageTrust(trust) if trust.contains(&"stranger".into()));
        of_node.filter(|step| is_granted(step)).count()
    };
    assert!(grants("node0") > 0 && grants("node1") > 0, "{back}");
    assert_eq!(grants("other"), 0, "{back}");
}

#[test]
fn disabling_leads_back_to_tls() {
    leads_back(&tls(Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap()), &Goal::disable(), Back::Files);
}

#[test]
fn client_authentication_leads_back_to_none() {
    leads_back(
        &tls(Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap()),
        &Goal::client_auth(ClientAuth::On),
        Back::Modes,
    );
}

/// The goal that leads back from a finished rotation, with the anchors that the truststores have in the end.
fn anchors_after(goal: impl Fn(Goal) -> Goal) -> Vec<Trust> {
    let start = tls(Semantics::cassandra(4, 0, 17, ClientAuth::On).unwrap().with_staging(Staging::IN_PLACE));
    let mut reached = start.clone();
    let there = plan(&start, &rotation(), &Preference::default()).unwrap();
    there.steps().for_each(|step| reached.apply(step).unwrap());
    let back = plan(&reached, &goal(Goal::rollback_to(&start)), &Preference::default()).unwrap();
    check(&reached, &back).unwrap();
    back.steps().for_each(|step| reached.apply(step).unwrap());
    for ((_, was), (name, is)) in start.nodes().zip(reached.nodes()) {
        assert_eq!(was.observed().serves(), is.observed().serves(), "{name}");
    }
    reached.nodes().map(|(_, node)| node.observed().disk().trust().clone()).collect()
}

#[test]
fn a_rollback_drops_its_own_anchors_and_those_that_are_named_besides() {
    let old: Trust = (0..3).map(|node| identity(node, "old").anchor().clone()).collect();
    let with_other: Trust = old.iter().cloned().chain(["other".into()]).collect();
    let (other, more): (Trust, Trust) = (["other"].into_iter().collect(), ["more"].into_iter().collect());
    assert_eq!(anchors_after(|back| back), vec![with_other.clone(); 3]);
    assert_eq!(anchors_after(|back| back.dropping(more.clone())), vec![with_other; 3]);
    assert_eq!(anchors_after(|back| back.dropping(other.clone())), vec![old.clone(); 3]);
    assert_eq!(anchors_after(|back| back.dropping(more.clone()).dropping(other.clone())), vec![old.clone(); 3]);
    assert_eq!(anchors_after(Goal::dropping_unused), vec![old.clone(); 3]);
    assert_eq!(anchors_after(|back| back.dropping(other.clone()).dropping_unused()), vec![old.clone(); 3]);
    assert_eq!(anchors_after(|back| back.dropping_unused().dropping(other.clone())), vec![old; 3]);
}

#[test]
fn an_anchor_that_a_rollback_needs_is_not_dropped_in_silence() {
    let start = tls(Semantics::cassandra(4, 0, 17, ClientAuth::On).unwrap().with_staging(Staging::IN_PLACE));
    let needed: Trust = [identity(1, "old").anchor().clone()].into_iter().collect();
    for goal in [
        Goal::rollback_to(&start).dropping(needed.clone()),
        Goal::rollback_to(&start).dropping(needed.clone()).dropping_unused(),
        Goal::rollback_to(&start).dropping_unused().dropping(needed),
    ] {
        let refusal = plan(&start, &goal, &Preference::default()).unwrap_err().to_string();
        assert!(refusal.contains("anchor node1-old cannot be dropped"), "{refusal}");
    }
}
