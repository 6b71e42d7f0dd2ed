//! Clusters in which pairs are already cut, or may be. They are repaired first, and no other pair is cut.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

mod draw;

use draw::semantics;
use proptest::prelude::*;
use rotation_planner::{
    Action, Checker, ClientAuth, Cluster, ErrorKind, Event, Goal, Identity, InternodeMode, Known, Loaded, Mutability,
    Observed, Optimality, Plaintext, Preference, Rule, Scope, Semantics, Staging, Step, TlsConfig, Trust, When, check,
    plan,
};

fn identity(node: usize, age: &str) -> Identity {
    Identity::self_signed(&format!("node{node}-{age}"))
}

fn trust(ages: &[&str]) -> Trust {
    (0..3).flat_map(|node| ages.iter().map(move |age| identity(node, age).anchor().clone())).collect()
}

fn three(semantics: Semantics, observed: impl Fn(usize) -> Observed) -> Cluster {
    (0..3).fold(Cluster::new(Scope::All, semantics), |mut cluster, node| {
        cluster.add_node(format!("node{node}"), "dc1", "r1", observed(node)).unwrap();
        cluster
    })
}

fn rotation() -> Goal {
    Goal::rotate((0..3).map(|node| (format!("node{node}"), identity(node, "new")))).dropping_unused()
}

/// A cluster in which node1 was restarted with its new keystore before any node trusted it.
fn key_before_trust(semantics: Semantics) -> Cluster {
    three(semantics, |node| {
        let age = if node == 1 { "new" } else { "old" };
        Observed::settled(TlsConfig::tls(identity(node, age), trust(&["old"])))
    })
}

#[test]
fn a_key_that_came_before_the_trust_is_repaired_first() {
    let cluster =
        key_before_trust(Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap().with_staging(Staging::IN_PLACE));
    let found = plan(&cluster, &rotation(), &Preference::default()).unwrap();
    check(&cluster, &found).unwrap();
    let repairs = found.repairs().unwrap();
    assert_eq!(repairs.pairs, 2);
    assert_eq!((repairs.first.when.clone(), repairs.first.rule), (When::Now, Rule::ClientTrustsServer));
    assert_eq!(
        repairs.to_string(),
        "Before: the 2 pairs of nodes that are cut, or may be, are repaired. node0 cannot connect to node1, at the \
         next handshake: node1 may serve identity node1-new (anchor node1-new), which node0 does not certainly trust (a \
         client must trust whatever the server may serve)."
    );
    let mut repair = Checker::never_worse(&cluster).unwrap();
    let pairs = [("node0", "node1"), ("node1", "node2")].map(|(one, other)| (one.into(), other.into()));
    assert_eq!(repair.broken_pairs(), pairs.into());
    let mut broken_after = Vec::new();
    for wave in found.waves() {
        wave.steps().iter().for_each(|step| repair.apply(step).unwrap());
        broken_after
            .push((wave.steps().iter().any(|step| step.purpose().contains(&Event::Repair)), repair.is_broken()));
    }
    assert_eq!(broken_after.iter().take(2).collect::<Vec<_>>(), [&(true, true), &(true, false)]);
    assert!(broken_after.iter().skip(2).all(|(repairs, broken)| !repairs && !broken));
    assert!(matches!(found.optimality(), Optimality::Within(_)));
}

/// On 3.11 without client authentication, files alone repair the cluster.
///
/// Outbound connections read the truststore on disk.
#[test]
fn where_outbound_connections_read_the_disk_files_repair() {
    let cluster = key_before_trust(Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap());
    let found = plan(&cluster, &rotation(), &Preference::default()).unwrap();
    check(&cluster, &found).unwrap();
    assert_eq!(found.cost().restarts, 2, "node1 serves what it is to serve already");
}

/// It is unknown what the nodes have loaded, so they are reloaded.
#[test]
fn what_is_not_known_is_made_sure_first() {
    let config = |node: usize| TlsConfig::tls(identity(node, "old"), trust(&["old"]));
    let semantics = Semantics::cassandra(4, 0, 17, ClientAuth::On).unwrap().with_staging(Staging::IN_PLACE);
    let cluster = three(semantics, |node| {
        let mut loaded = Loaded::from(config(node));
        loaded.trust = Known::Unknown;
        Observed::running(loaded, config(node))
    });
    let found = plan(&cluster, &rotation(), &Preference::default()).unwrap();
    check(&cluster, &found).unwrap();
    assert_eq!(found.repairs().unwrap().first.when, When::Unknown("node0".into()));
    assert_eq!(found.cost().restarts, 0);
}

/// Every node serves its new identity, and all truststores contain the old anchors alone. One reload of each node is enough.
#[test]
fn a_repair_drops_what_no_node_shows() {
    let semantics = Semantics::cassandra(5, 0, 6, ClientAuth::On).unwrap().with_staging(Staging::IN_PLACE);
    let cluster = three(semantics, |node| Observed::settled(TlsConfig::tls(identity(node, "new"), trust(&["old"]))));
    let found = plan(&cluster, &rotation(), &Preference::default()).unwrap();
    check(&cluster, &found).unwrap();
    assert_eq!((found.cost().restarts, found.cost().reloads), (0, 3), "{found}");
    let mut done = cluster.clone();
    found.steps().for_each(|step| done.apply(step).unwrap());
    Checker::safe(&done).unwrap();
    assert!(plan(&done, &rotation(), &Preference::default()).unwrap().is_empty());
}

/// A reload of y cuts the connection from x that works, unless x was reloaded before. So does a reload of z that from y.
#[test]
fn reloads_whose_order_matters_are_in_different_waves() {
    let semantics = Semantics::cassandra(4, 0, 17, ClientAuth::Off).unwrap().with_staging(Staging::IN_PLACE);
    let trust = |anchors: &[&str]| anchors.iter().copied().collect::<Trust>();
    let config = |identity: &str, anchors: &[&str]| TlsConfig::tls(Identity::self_signed(identity), trust(anchors));
    let mut cluster = Cluster::new(Scope::All, semantics);
    let all = ["x1", "y1", "y2", "z1", "z2"];
    for (name, loaded, disk) in [
        ("x", config("x1", &["x1", "y1", "z1", "z2"]), config("x1", &all)),
        ("y", config("y1", &["x1", "z1"]), config("y2", &["x1", "z1", "z2"])),
        ("z", config("z1", &all), config("z2", &all)),
    ] {
        cluster.add_node(name, "dc1", "r1", Observed::running(loaded, disk)).unwrap();
    }
    let goal = Goal::rotate([("y", "y2"), ("z", "z2")].map(|(name, new)| (name, Identity::self_signed(new))));
    let found = plan(&cluster, &goal, &Preference::default()).unwrap();
    check(&cluster, &found).unwrap();
    let reloaded = |name: &str| {
        let is_reload = |step: &Step| step.node().as_str() == name && matches!(step.action(), Action::Activate(_));
        found.waves().iter().position(|wave| wave.steps().iter().any(is_reload))
    };
    assert!(reloaded("x") < reloaded("y") && reloaded("y") < reloaded("z"), "{found}");
}

#[test]
fn a_frozen_node_that_trusts_too_little_is_the_witness() {
    let mut cluster = key_before_trust(Semantics::cassandra(3, 11, 19, ClientAuth::On).unwrap());
    cluster.set_mutability("node2", Mutability::Frozen).unwrap();
    let refusal = plan(&cluster, &rotation(), &Preference::default()).unwrap_err();
    let witness = refusal.witness().unwrap();
    assert_eq!((witness.client.as_str(), witness.server.as_str()), ("node2", "node0"));
}

#[test]
fn client_authentication_waits_until_the_cluster_is_whole() {
    let cluster = key_before_trust(Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap());
    let refusal = plan(&cluster, &Goal::client_auth(ClientAuth::On), &Preference::default()).unwrap_err();
    assert_eq!(refusal.witness().unwrap().server.as_str(), "node1");
}

/// A cluster in which TLS was enabled in the wrong order: node0 uses plaintext, the others TLS.
fn half_enabled(semantics: Semantics, node0: impl Fn(TlsConfig) -> TlsConfig) -> Cluster {
    three(semantics, |node| {
        let config = TlsConfig::tls(identity(node, "old"), trust(&["old"]));
        Observed::settled(if node == 0 { node0(config) } else { config })
    })
}

#[test]
fn pairs_that_are_cut_by_their_modes_are_repaired_on_the_way_to_tls_and_back() {
    let plain = |config: TlsConfig| config.with_mode(InternodeMode::PlaintextOnly);
    let cluster = half_enabled(Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap(), plain);
    let enable = Goal::enable([("node0", identity(0, "old"))], Plaintext::Refused);
    for goal in [enable.clone(), Goal::disable()] {
        let found = plan(&cluster, &goal, &Preference::default()).unwrap();
        check(&cluster, &found).unwrap();
        assert_eq!(
            (found.repairs().unwrap().pairs, found.repairs().unwrap().first.rule),
            (4, Rule::ServerAcceptsTransport)
        );
    }
    let rotate = plan(&cluster, &rotation(), &Preference::default()).unwrap_err();
    assert!(matches!(rotate.error().kind(), ErrorKind::Unfinished { .. }));
    // If no node can accept both, the goal is refused.
    let old = half_enabled(Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap(), plain);
    let refusal = plan(&old, &enable, &Preference::default()).unwrap_err();
    assert_eq!(refusal.witness().unwrap().rule, Rule::ServerAcceptsTransport);
    // A node without a keystore gets one from the goal, or the others return to plaintext.
    let bare = half_enabled(Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap(), |_| TlsConfig::plaintext());
    for goal in [enable, Goal::disable()] {
        let found = plan(&bare, &goal, &Preference::default()).unwrap();
        check(&bare, &found).unwrap();
        let mut done = bare.clone();
        found.steps().for_each(|step| done.apply(step).unwrap());
        Checker::safe(&done).unwrap();
        assert!(plan(&done, &goal, &Preference::default()).unwrap().is_empty());
    }
}

fn stores() -> impl Strategy<Value = (bool, u8)> {
    (any::<bool>(), 0..64_u8)
}

proptest! {
    /// From any state with any semantics, a plan cuts no other pair and reaches the goal.
    #[test]
    fn any_state_is_repaired(semantics in semantics(), nodes in prop::collection::vec((stores(), stores()), 3)) {
        let config = |node: usize, (is_new, trusted): (bool, u8)| {
            let anchors = (0..6).filter(|bit| trusted >> bit & 1 == 1);
            let label = |bit: usize| identity(bit / 2, if bit.is_multiple_of(2) { "old" } else { "new" });
            let trust = anchors.map(|bit| label(bit).anchor().clone()).collect();
            TlsConfig::tls(identity(node, if is_new { "new" } else { "old" }), trust)
        };
        let cluster = three(semantics, |node| {
            let (loaded, disk) = nodes[node];
            Observed::running(config(node, loaded), config(node, disk))
        });
        let found = plan(&cluster, &rotation(), &Preference::default()).unwrap();
        prop_assert_eq!(check(&cluster, &found), Ok(()));
        prop_assert_eq!(found.repairs().is_some(), Checker::safe(&cluster).is_err_and(|error| error.witness().is_some()));
        let mut done = cluster.clone();
        for step in found.steps() {
            done.apply(step).unwrap();
        }
        prop_assert!(Checker::safe(&done).is_ok());
        prop_assert!(plan(&done, &rotation(), &Preference::default()).unwrap().is_empty());
        prop_assert!(found.cost().restarts + found.cost().reloads <= 9, "{}", found);
    }
}
