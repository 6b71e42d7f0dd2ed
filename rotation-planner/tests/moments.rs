//! The moment at which a connection that a step would cut fails.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by panicking")]

use rotation_planner::{
    Action, Checker, ClientAuth, Cluster, Identity, InternodeMode, Known, Loaded, Observed, Scope, Semantics, Staging,
    Step, TlsConfig, Trust, When,
};

fn cluster(staging: Staging) -> Cluster {
    let semantics = Semantics::cassandra(3, 11, 19, ClientAuth::On).unwrap().with_staging(Staging::IN_PLACE);
    let mut cluster = Cluster::new(Scope::All, semantics);
    let trust: Trust = ["a", "b"].into_iter().collect();
    for name in ["a", "b"] {
        let config = TlsConfig::tls(Identity::self_signed(name), trust.clone());
        cluster.add_node(name, "d", "r", Observed::settled(config).with_staging(staging)).unwrap();
    }
    cluster
}

/// 3.11 without client authentication dials with the truststore on disk, whatever the process has loaded.
#[test]
fn a_truststore_on_disk_without_the_peers_anchor_cuts_the_next_handshake() {
    let both = |name: &str| TlsConfig::tls(Identity::self_signed(name), ["a", "b"].into_iter().collect());
    let own = TlsConfig::tls(Identity::self_signed("a"), ["a"].into_iter().collect());
    let mut unknown = Loaded::from(both("a"));
    unknown.trust = Known::Unknown;
    for loaded in [Loaded::from(both("a")), unknown] {
        let semantics = Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap();
        let mut cluster = Cluster::new(Scope::All, semantics);
        cluster.add_node("a", "d", "r", Observed::running(loaded, own.clone())).unwrap();
        cluster.add_node("b", "d", "r", Observed::settled(both("b"))).unwrap();
        let error = Checker::safe(&cluster).unwrap_err();
        assert_eq!(error.witness().unwrap().when, When::Now);
    }
}

fn observed_moment(semantics: Semantics, nodes: [(&str, Observed); 2]) -> When {
    let mut cluster = Cluster::new(Scope::All, semantics);
    for (name, observed) in nodes {
        cluster.add_node(name, "d", "r", observed).unwrap();
    }
    Checker::safe(&cluster).unwrap_err().witness().unwrap().when.clone()
}

fn tls(identity: &str, trusted: &[&str]) -> TlsConfig {
    TlsConfig::tls(Identity::self_signed(identity), trusted.iter().copied().collect())
}

/// What decides is what the process uses at its next handshake: a store on disk, a loaded store, or its mode.
#[test]
fn the_moment_is_that_of_what_the_process_uses() {
    let cassandra =
        |major, minor, auth| Semantics::cassandra(major, minor, 19, auth).unwrap().with_staging(Staging::IN_PLACE);
    let (v3, v4) = (cassandra(3, 11, ClientAuth::Off), cassandra(4, 0, ClientAuth::Off));
    let both = || Observed::settled(tls("b", &["a", "b"]));
    let half = Observed::running(tls("a", &["a"]), tls("a", &["a", "b"]));
    let lost = Observed::running(tls("a", &["a", "b"]), tls("a", &["a"]));
    assert_eq!(observed_moment(v3, [("a", lost.clone()), ("b", both())]), When::Now);
    assert_eq!(observed_moment(v4, [("a", lost.clone()), ("b", both())]), When::AfterRestart("a".into()));
    assert_eq!(observed_moment(v4, [("a", half.clone()), ("b", both())]), When::Now);
    // 3.11 offers the identity on disk, but listens with what it has loaded.
    let v3_auth = cassandra(3, 11, ClientAuth::On);
    let offers = Observed::running(tls("a", &["a", "b"]), tls("a2", &["a", "b"]));
    let forgot = Observed::running(tls("b", &["a", "b"]), tls("b", &["a", "a2", "b"]));
    assert_eq!(observed_moment(v3_auth, [("a", offers.clone()), ("b", both())]), When::AfterRestart("a".into()));
    assert_eq!(observed_moment(v3_auth, [("a", offers), ("b", forgot)]), When::Now);
    // A build whose readings are unknown may use either store.
    let unknown = Semantics::conservative(ClientAuth::Off).with_staging(Staging::IN_PLACE);
    assert_eq!(observed_moment(unknown, [("a", lost), ("b", both())]), When::Unknown("a".into()));
    assert_eq!(observed_moment(unknown, [("a", half), ("b", both())]), When::Unknown("a".into()));
    // A process that dials plaintext verifies no server, and one that does not require certificates verifies no client.
    let accepting = |config: TlsConfig| config.with_mode(InternodeMode::TlsAcceptingPlaintext);
    let plain = tls("a", &["a"]).with_mode(InternodeMode::PlaintextAcceptingTls);
    let dials_later = Observed::running(plain, accepting(tls("a", &["a"])));
    let open = Observed::settled(accepting(tls("b", &["a", "b"])));
    assert_eq!(observed_moment(v4, [("a", dials_later), ("b", open)]), When::AfterRestart("a".into()));
    let alone = |auth| tls("b", &["b"]).with_mode(InternodeMode::PlaintextAcceptingTls).with_client_auth(auth);
    let demands_later = Observed::running(alone(ClientAuth::Off), alone(ClientAuth::On));
    assert_eq!(
        observed_moment(v4, [("a", Observed::settled(accepting(tls("a", &["a", "b"])))), ("b", demands_later)]),
        When::AfterRestart("b".into())
    );
    // Perhaps the other identity is served.
    let mut one_of = Loaded::from(tls("b", &["a", "b"]));
    one_of.identity = Known::OneOf(vec![Some(Identity::self_signed("b")), Some(Identity::self_signed("b2"))]);
    let perhaps = Observed::running(one_of, tls("b", &["a", "b"]));
    let a = Observed::settled(tls("a", &["a", "b"]));
    assert_eq!(observed_moment(v4, [("a", a), ("b", perhaps)]), When::Unknown("b".into()));
}

fn when(staging: Staging, action: Action) -> When {
    let error = Checker::safe(&cluster(staging)).unwrap().apply(&Step::new("a", action)).unwrap_err();
    error.witness().unwrap().when.clone()
}

/// 3.11 dials with the files on disk, unless the settings named other paths at the start.
#[test]
fn a_process_that_was_started_with_other_paths_is_cut_by_its_restart() {
    let trust = || Action::StageTrust(["a"].into_iter().collect());
    let identity = || Action::StageIdentity(Identity::self_signed("new"));
    assert_eq!(when(Staging::IN_PLACE, trust()), When::Now);
    assert_eq!(when(Staging::NEW_PATHS, trust()), When::AfterRestart("a".into()));
    assert_eq!(when(Staging::DOCUMENTED, identity()), When::AfterRestart("a".into()));
}
