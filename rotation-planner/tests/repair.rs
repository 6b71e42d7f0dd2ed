//! Clusters in which pairs are cut already, or may be: mended first, never made worse.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use proptest::prelude::*;
use rotation_planner::{
    Change, Checker, ClientAuth, Cluster, ErrorKind, Event, Goal, Identity, InternodeMode, Known, Loaded, Observed,
    Optimality, Plaintext, Preference, Rule, Scope, Semantics, Setup, Staging, Trust, Version, When, check, plan,
};

fn identity(node: usize, age: &str) -> Identity {
    Identity::self_signed(&format!("node{node}-{age}"))
}

fn trust(ages: &[&str]) -> Trust {
    (0..3).flat_map(|node| ages.iter().map(move |age| identity(node, age).anchor().clone())).collect()
}

fn three(semantics: Semantics, observed: impl Fn(usize) -> Observed) -> Cluster {
    (0..3).fold(Cluster::new(Scope::All, semantics), |cluster, node| {
        cluster.node(format!("node{node}"), "dc1", "r1", observed(node)).unwrap()
    })
}

fn rotation() -> Goal {
    Goal::rotate((0..3).map(|node| (format!("node{node}"), identity(node, "new")))).dropping_unused()
}

/// node1 was given its new keystore, and was restarted, before anybody trusted it.
fn key_before_trust(semantics: Semantics) -> Cluster {
    three(semantics, |node| {
        let age = if node == 1 { "new" } else { "old" };
        Observed::settled(Setup::tls(identity(node, age), trust(&["old"])))
    })
}

#[test]
fn a_key_that_came_before_the_trust_is_mended_first() {
    let cluster = key_before_trust(Semantics::of(Version::V5_0, ClientAuth::Off).staging(Staging::IN_PLACE));
    let found = plan(&cluster, &rotation(), &Preference::default()).unwrap();
    check(&cluster, &found).unwrap();
    let mends = found.mends().unwrap();
    assert_eq!(mends.pairs, 2);
    assert_eq!((mends.first.when.clone(), mends.first.rule), (When::Now, Rule::DiallerTrustsServer));
    assert_eq!(
        mends.to_string(),
        "Before: the 2 pairs of nodes that are cut, or may be, are mended first. node0 cannot dial node1, at the next \
         handshake: node1 may serve identity node1-new (anchor node1-new), which node0 does not surely trust (a \
         dialler must trust whatever the server may serve)."
    );
    let mut mending = Checker::never_worse(&cluster).unwrap();
    let mut broken_after = Vec::new();
    for wave in found.waves() {
        wave.steps().iter().for_each(|step| mending.apply(step).unwrap());
        broken_after.push((wave.steps().iter().any(|step| step.purpose().contains(&Event::Mend)), mending.is_broken()));
    }
    assert_eq!(broken_after.iter().take(2).collect::<Vec<_>>(), [&(true, true), &(true, false)]);
    assert!(broken_after.iter().skip(2).all(|(mends, broken)| !mends && !broken));
    assert!(matches!(found.optimality(), Optimality::Within(_)));
}

/// On 3.11 without client authentication dials read the truststore on disk: files alone mend it.
#[test]
fn where_dials_read_the_disk_files_mend() {
    let cluster = key_before_trust(Semantics::of(Version::V3_11, ClientAuth::Off));
    let found = plan(&cluster, &rotation(), &Preference::default()).unwrap();
    check(&cluster, &found).unwrap();
    assert_eq!(found.cost().restarts, 2, "node1 serves what it is to serve already");
}

/// Nobody knows what the nodes were started with: they are loaded until everybody does.
#[test]
fn what_is_not_known_is_made_sure_first() {
    let setup = |node: usize| Setup::tls(identity(node, "old"), trust(&["old"]));
    let semantics = Semantics::of(Version::V4_0, ClientAuth::On).staging(Staging::IN_PLACE);
    let cluster = three(semantics, |node| {
        let loaded = Loaded { trust: Known::Unknown, ..setup(node).into() };
        Observed::running(loaded, setup(node))
    });
    let found = plan(&cluster, &rotation(), &Preference::default()).unwrap();
    check(&cluster, &found).unwrap();
    assert_eq!(found.mends().unwrap().first.when, When::Unknown("node0".into()));
    assert_eq!(found.cost().restarts, 0);
}

#[test]
fn a_frozen_node_that_trusts_too_little_is_the_witness() {
    let mut cluster = key_before_trust(Semantics::of(Version::V3_11, ClientAuth::On));
    cluster.set_change("node2", Change::Frozen).unwrap();
    let refusal = plan(&cluster, &rotation(), &Preference::default()).unwrap_err();
    let witness = refusal.witness().unwrap();
    assert_eq!((witness.dialler.as_str(), witness.server.as_str()), ("node2", "node0"));
}

#[test]
fn client_authentication_waits_until_the_cluster_is_whole() {
    let cluster = key_before_trust(Semantics::of(Version::V5_0, ClientAuth::Off));
    let refusal = plan(&cluster, &Goal::client_auth(ClientAuth::On), &Preference::default()).unwrap_err();
    assert_eq!(refusal.witness().unwrap().server.as_str(), "node1");
}

/// Enabled in the wrong order: node0 speaks plaintext, the others TLS.
fn half_enabled(semantics: Semantics, node0: impl Fn(Setup) -> Setup) -> Cluster {
    three(semantics, |node| {
        let setup = Setup::tls(identity(node, "old"), trust(&["old"]));
        Observed::settled(if node == 0 { node0(setup) } else { setup })
    })
}

#[test]
fn pairs_that_are_cut_by_their_modes_are_mended_on_the_way_to_tls_and_back() {
    let plain = |setup: Setup| setup.in_mode(InternodeMode::Plain);
    let cluster = half_enabled(Semantics::of(Version::V5_0, ClientAuth::Off), plain);
    let enable = Goal::enable([("node0", identity(0, "old"))], Plaintext::Refused);
    for goal in [enable.clone(), Goal::disable()] {
        let found = plan(&cluster, &goal, &Preference::default()).unwrap();
        check(&cluster, &found).unwrap();
        assert_eq!((found.mends().unwrap().pairs, found.mends().unwrap().first.rule), (4, Rule::ServerTakesWire));
    }
    let rotate = plan(&cluster, &rotation(), &Preference::default()).unwrap_err();
    assert!(matches!(rotate.error().kind(), ErrorKind::Unfinished { .. }));
    // Where no node can take in both, or there is no keystore to take in TLS with, somebody has to decide.
    let old = half_enabled(Semantics::of(Version::V3_11, ClientAuth::Off), plain);
    let bare = half_enabled(Semantics::of(Version::V5_0, ClientAuth::Off), |_| Setup::plain());
    for cluster in [old, bare] {
        let refusal = plan(&cluster, &enable, &Preference::default()).unwrap_err();
        assert_eq!(refusal.witness().unwrap().rule, Rule::ServerTakesWire);
    }
}

fn semantics() -> impl Strategy<Value = Semantics> {
    let of = |version, auth, staging| Semantics::of(version, auth).staging(staging);
    prop::sample::select(vec![
        of(Version::V2_1, ClientAuth::On, Staging::DOCUMENTED),
        of(Version::V3_11, ClientAuth::Off, Staging::DOCUMENTED),
        of(Version::V3_11, ClientAuth::On, Staging::DOCUMENTED),
        of(Version::V3_11, ClientAuth::On, Staging::IN_PLACE),
        of(Version::V4_0, ClientAuth::Off, Staging::IN_PLACE),
        of(Version::V5_0, ClientAuth::On, Staging::DOCUMENTED),
    ])
}

fn stores() -> impl Strategy<Value = (bool, u8)> {
    (any::<bool>(), 0..64_u8)
}

proptest! {
    /// From any state in any semantics: never worse, and done when it is done.
    #[test]
    fn any_state_is_mended(semantics in semantics(), nodes in prop::collection::vec((stores(), stores()), 3)) {
        let setup = |node: usize, (is_new, trusted): (bool, u8)| {
            let anchors = (0..6).filter(|bit| trusted >> bit & 1 == 1);
            let label = |bit: usize| identity(bit / 2, if bit.is_multiple_of(2) { "old" } else { "new" });
            let trust = anchors.map(|bit| label(bit).anchor().clone()).collect();
            Setup::tls(identity(node, if is_new { "new" } else { "old" }), trust)
        };
        let cluster = three(semantics, |node| {
            let (loaded, disk) = nodes[node];
            Observed::running(setup(node, loaded), setup(node, disk))
        });
        let found = plan(&cluster, &rotation(), &Preference::default()).unwrap();
        prop_assert_eq!(check(&cluster, &found), Ok(()));
        prop_assert_eq!(found.mends().is_some(), Checker::safe(&cluster).is_err());
        let mut done = cluster.clone();
        for step in found.steps() {
            done.apply(step).unwrap();
        }
        prop_assert!(Checker::safe(&done).is_ok());
        prop_assert!(plan(&done, &rotation(), &Preference::default()).unwrap().is_empty());
        prop_assert!(found.cost().restarts + found.cost().reloads <= 9, "{}", found);
    }
}
