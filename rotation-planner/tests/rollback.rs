//! There is a checked rollback from every wave of a plan.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say what they expect by panicking")]

use rotation_planner::{
    ClientAuth, Cluster, Goal, Identity, Known, Observed, Plaintext, Preference, Scope, Semantics, Staging, TlsConfig,
    Trust, check, plan, rollback,
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
