//! The moment at which a connection that a step would cut fails.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by panicking")]

use rotation_planner::{
    Action, Checker, ClientAuth, Cluster, Identity, Known, Loaded, Observed, Scope, Semantics, Staging, Step,
    TlsConfig, Trust, When,
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
