//! Counterexamples that a random search over clusters and goals found, one for each kind.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use rotation_planner::{
    Action, Activation, Checker, ClientAuth, Cluster, ErrorKind, Goal, Identity, Impact, InternodeMode, Known, Loaded,
    Observed, Optimality, Origin, Plaintext, Plan, Preference, Reading, Readings, Role, Scope, Semantics, Staging,
    Step, TlsConfig, Trust, Unfinished, check, plan, rollback,
};

fn trust(anchors: &[&str]) -> Trust {
    anchors.iter().copied().collect()
}

fn tls(identity: &str, anchors: &[&str]) -> TlsConfig {
    TlsConfig::tls(Identity::self_signed(identity), trust(anchors))
}

fn v4(auth: ClientAuth) -> Semantics {
    Semantics::cassandra(4, 0, 17, auth).unwrap().with_staging(Staging::IN_PLACE)
}

/// Nodes of one rack and data centre.
fn cluster<const N: usize>(semantics: Semantics, nodes: [(&str, Observed); N]) -> Cluster {
    let mut cluster = Cluster::new(Scope::All, semantics);
    for (name, observed) in nodes {
        cluster.add_node(name, "dc1", "r1", observed).unwrap();
    }
    cluster
}

fn usual(cluster: &Cluster, goal: &Goal) -> Plan {
    let found = plan(cluster, goal, &Preference::default()).unwrap();
    check(cluster, &found).unwrap();
    found
}

fn reached(cluster: &Cluster, plan: &Plan) -> Cluster {
    let mut reached = cluster.clone();
    plan.steps().for_each(|step| reached.apply(step).unwrap());
    reached
}

fn refused(cluster: &Cluster, goal: &Goal) -> ErrorKind {
    plan(cluster, goal, &Preference::default()).unwrap_err().error().kind().clone()
}

fn renew(name: &str) -> Goal {
    Goal::rotate([(name, Identity::self_signed(&format!("{name}-2")))])
}

const NO_TARGETS: [(&str, Identity); 0] = [];

/// `b` has the scope `dc`, so it connects to `a` in plaintext, which `a` refuses. It does not matter that an identity has several
/// anchors.
#[test]
fn several_anchors_do_not_hide_a_refused_transport() {
    for several in [false, true] {
        let mut identity = Identity::new("a", "a");
        if several {
            identity = identity.or_through("b");
        }
        let both = trust(&["a", "b", "c"]);
        let mut cluster = cluster(
            v4(ClientAuth::Off),
            [
                ("a", Observed::settled(TlsConfig::tls(identity, both.clone()))),
                ("b", Observed::settled(TlsConfig::tls(Identity::self_signed("b"), both))),
            ],
        );
        cluster.set_scope("b", Scope::Dc).unwrap();
        assert!(Checker::never_worse(&cluster).unwrap().is_broken(), "several anchors: {several}");
        assert_eq!(usual(&cluster, &renew("b")).repairs().unwrap().pairs, 1);
    }
}

/// The process verifies clients, but the settings on disk do not say so. A timer may reload the truststore on disk.
#[test]
fn a_process_that_verifies_may_read_the_disk_although_the_disk_does_not_verify() {
    let both = ["a", "b"];
    let set = |config: TlsConfig, auth| config.with_client_auth(auth);
    for loaded_auth in [Known::Certain(Some(ClientAuth::On)), Known::Unknown] {
        let mut loaded = Loaded::from(set(tls("a", &both), ClientAuth::On));
        loaded.client_auth = loaded_auth;
        // `a` dials plaintext, so it need not trust `b` as a client.
        let plain = InternodeMode::PlaintextAcceptingTls;
        loaded.mode = plain;
        let disk = set(tls("a", &["a"]), ClientAuth::Off).with_mode(plain);
        let b = Observed::settled(tls("b", &both).with_mode(InternodeMode::TlsAcceptingPlaintext));
        let observed = Observed::running(loaded.clone(), disk.clone());
        let start = cluster(v4(ClientAuth::Off), [("a", observed), ("b", b.clone())]);
        assert!(Checker::never_worse(&start).unwrap().is_broken());
        // Where a restart is needed to load a truststore, the file on disk is never used with the loaded settings.
        let observed = Observed::running(loaded, disk).with_staging(Staging::NEW_PATHS);
        let new_path = cluster(v4(ClientAuth::Off).with_staging(Staging::NEW_PATHS), [("a", observed), ("b", b)]);
        assert!(!Checker::never_worse(&new_path).unwrap().is_broken());
    }
    // A staged truststore counts, too.
    let verifying = Observed::running(set(tls("a", &both), ClientAuth::On), set(tls("a", &both), ClientAuth::Off));
    let start = cluster(v4(ClientAuth::Off), [("a", verifying), ("b", Observed::settled(tls("b", &both)))]);
    let step = Step::new("a", Action::StageTrust(trust(&["a"])));
    assert!(Checker::safe(&start).unwrap().apply(&step).unwrap_err().witness().is_some());
}

/// TLS is staged away on disk, but the process still serves, and a timer may load the new keystore.
#[test]
fn a_process_that_serves_may_read_the_disk_although_the_disk_serves_nothing() {
    let both = ["a", "b"];
    let loaded = tls("a", &both).with_mode(InternodeMode::PlaintextAcceptingTls);
    let disk = tls("a-2", &both).with_mode(InternodeMode::PlaintextOnly);
    let b = tls("b", &both).with_mode(InternodeMode::PlaintextAcceptingTls);
    let observed = Observed::running(loaded, disk);
    let cluster = cluster(v4(ClientAuth::Off), [("a", observed), ("b", Observed::settled(b))]);
    let judgement = rotation_planner::Judgement::of(&cluster).unwrap();
    let serves = judgement.facts(&"a".into()).unwrap().serves;
    assert_eq!(serves.iter().map(|identity| identity.id().as_str()).collect::<Vec<_>>(), ["a", "a-2"]);
}

/// What `a` has loaded is unknown, so it may trust an anchor that is named, but in no file.
#[test]
fn an_anchor_that_is_only_named_may_be_loaded() {
    let both = ["a", "b"];
    let mut loaded = Loaded::from(tls("a", &both));
    loaded.trust = Known::Unknown;
    let a = Observed::running(loaded, tls("a", &both));
    // The two need not trust each other, so the cluster is safe.
    let mut start = cluster(v4(ClientAuth::Off), [("a", a), ("b", Observed::settled(tls("b", &both)))]);
    for node in both {
        start.set_scope(node, Scope::Dc).unwrap();
    }
    let found = usual(&start, &Goal::rotate(NO_TARGETS).dropping(trust(&["stolen"])));
    assert_eq!(found.cost().reloads, 1, "{found}");
}

/// A joining node whose anchor is to be dropped would be trusted by no node.
#[test]
fn the_anchor_of_a_joining_node_cannot_be_dropped() {
    let both = ["a", "b"];
    let joining = Observed::joining(tls("b", &both));
    let cluster = cluster(v4(ClientAuth::Off), [("a", Observed::settled(tls("a", &both))), ("b", joining)]);
    let kind = refused(&cluster, &renew("b").dropping(trust(&["b-2"])));
    assert!(matches!(kind, ErrorKind::DropsServedAnchor { .. }), "{kind}");
}

/// A node that joins nodes without TLS does not use TLS either.
#[test]
fn a_node_joins_a_plaintext_cluster_in_plaintext() {
    let plain = |name: &str| tls(name, &["a", "b"]).with_mode(InternodeMode::PlaintextOnly);
    let a = Observed::settled(plain("a"));
    let mut cluster = cluster(v4(ClientAuth::Off), [("a", a), ("b", Observed::joining(plain("b")))]);
    // A client connects over TLS to the listener for clients.
    cluster.add_node("app", "dc1", "r1", Observed::settled(TlsConfig::client(trust(&["a", "b"])))).unwrap();
    cluster.set_role("app", Role::Client).unwrap();
    let found = usual(&cluster, &renew("b"));
    assert!(found.steps().all(|step| !matches!(step.action(), Action::StageMode(_))), "{found}");
}

/// The nodes do not verify a client without an identity. With one on its disk, they are planned as if they did.
#[test]
fn a_client_gets_no_identity_without_the_nodes_knowing() {
    let start = |app: Observed| {
        let mut cluster = cluster(v4(ClientAuth::Off), [("a", Observed::settled(tls("a", &["a"]))), ("app", app)]);
        cluster.set_role("app", Role::Client).unwrap();
        cluster
    };
    let client = TlsConfig::client(trust(&["a"]));
    let without = start(Observed::settled(client.clone()));
    for goal in [renew("app"), Goal::quarantine([("app", Identity::self_signed("app-2"))])] {
        assert_eq!(refused(&without, &goal), ErrorKind::NoIdentity("app".into()));
    }
    let step = Step::new("app", Action::StageIdentity(Identity::self_signed("app-2")));
    let error = Checker::safe(&without).unwrap().apply(&step).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotApplicable { .. }), "{error}");
    let on_disk = start(Observed::running(client, tls("app-2", &["a"])));
    let found = usual(&on_disk, &renew("app"));
    let trusting = found.steps().position(|step| matches!(step.action(), Action::StageTrust(_))).unwrap();
    let restarted = found.steps().position(|step| step.node().as_str() == "app").unwrap();
    assert!(trusting < restarted, "{found}");
    assert!(usual(&reached(&on_disk, &found), &renew("app")).is_empty());
}

/// A joining node needs one anchor of each peer, not one that is to be dropped.
#[test]
fn a_joining_node_does_not_load_what_is_to_be_dropped() {
    let next = |name: &str| Identity::new(format!("{name}-2"), format!("{name}-2")).or_through("authority");
    let old = ["a", "b", "authority"];
    let joining = Observed::stopped(tls("b", &old));
    let cluster = cluster(v4(ClientAuth::On), [("a", Observed::settled(tls("a", &old))), ("b", joining)]);
    let goal = Goal::rotate(["a", "b"].map(|name| (name, next(name)))).dropping(trust(&["authority"]));
    for preference in [Preference::default(), Preference::as_documented()] {
        let reached = reached(&cluster, &plan(&cluster, &goal, &preference).unwrap());
        for (name, node) in reached.nodes() {
            let loaded = &node.observed().loaded().unwrap().trust;
            assert!(loaded.candidates().iter().all(|trust| !trust.contains(&"authority".into())), "{name}: {loaded:?}");
        }
        assert!(plan(&reached, &goal, &preference).unwrap().is_empty());
    }
}

/// One node has the new mode on its disk, but its process still dials plaintext.
#[test]
fn a_fallback_restarts_a_node_whose_new_mode_is_only_on_its_disk() {
    let mode = |mode| tls("a", &["a", "b"]).with_mode(mode);
    let half = Observed::running(mode(InternodeMode::PlaintextOnly), mode(InternodeMode::TlsAcceptingPlaintext));
    let mut cluster = Cluster::new(Scope::Dc, Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap());
    let other = tls("b", &["a", "b"]).with_mode(InternodeMode::PlaintextOnly);
    cluster.add_node("a", "dc1", "r1", half).unwrap().add_node("b", "dc2", "r1", Observed::settled(other)).unwrap();
    let goal = Goal::enable(["a", "b"].map(|name| (name, Identity::self_signed(name))), Plaintext::Refused);
    let refusal = plan(&cluster, &goal, &Preference::default()).unwrap_err();
    let fallback = refusal.fallback().unwrap();
    assert_eq!(fallback.impact(), [Impact::Divided(Vec::new())]);
    let restarts = fallback.plan().steps().filter(|step| *step.action() == Action::Activate(Activation::Restart));
    assert_eq!(restarts.count(), 2, "{}", fallback.plan());
}

/// Java accepts no empty truststore, so the last anchors stay. Nothing is restarted for them again and again.
#[test]
fn a_client_keeps_its_last_anchors_without_a_restart() {
    let mut cluster = cluster(v4(ClientAuth::Off), [("b", Observed::joining(tls("b", &["b"])))]);
    let client = TlsConfig::client(trust(&["b", "old"]));
    cluster.add_node("app", "dc1", "r1", Observed::settled(client)).unwrap().set_role("app", Role::Client).unwrap();
    assert!(usual(&cluster, &Goal::rotate(NO_TARGETS).dropping_unused()).is_empty());
}

#[test]
fn without_tls_nothing_is_quarantined_and_files_lead_back() {
    let plain = |name: &str| Observed::settled(tls(name, &["a", "b", "old"]).with_mode(InternodeMode::PlaintextOnly));
    let cluster = cluster(v4(ClientAuth::Off), [("a", plain("a")), ("b", plain("b"))]);
    let kind = refused(&cluster, &Goal::quarantine([("a", Identity::self_signed("a-2"))]));
    assert!(matches!(kind, ErrorKind::Unfinished { reason: Unfinished::NotEnabled, .. }), "{kind}");
    let there = usual(&cluster, &Goal::disable().dropping(trust(&["old"])));
    assert_eq!(there.cost().files, 2);
    assert!(rollback(&cluster, &there, there.waves().len()).unwrap().is_empty());
}

/// The server's truststore is read at start, but without client authentication it is not used.
#[test]
fn a_reload_of_the_truststore_in_use_is_complete() {
    let mut readings = Readings::all(Reading::AtStart);
    readings.trust_as_client = Reading::AtReload;
    let semantics = Semantics::new(readings, ClientAuth::Off);
    let of = |name| tls(name, &["a", "b", "old"]);
    let goal = Goal::rotate(NO_TARGETS).dropping_unused();
    for (auth, restarts, reloads) in [(ClientAuth::Off, 0, 2), (ClientAuth::On, 2, 0)] {
        let set = |name| Observed::settled(of(name).with_client_auth(auth));
        let cluster = cluster(semantics, [("a", set("a")), ("b", set("b"))]);
        let found = usual(&cluster, &goal);
        assert_eq!((found.cost().restarts, found.cost().reloads), (restarts, reloads), "{found}");
        assert!(usual(&reached(&cluster, &found), &goal).is_empty());
    }
}

/// `a` and `b` are in one data centre. Only `b` connects to `a` over TLS, so only `b` must trust `a`.
#[test]
fn in_a_mixed_place_only_the_side_that_verifies_gets_trust() {
    let mode = InternodeMode::TlsAcceptingPlaintext;
    let of = |name| Observed::settled(tls(name, &["a", "b"]).with_mode(mode));
    let mut cluster = cluster(v4(ClientAuth::Off), [("a", of("a")), ("b", of("b"))]);
    cluster.set_scope("a", Scope::Dc).unwrap();
    let found = usual(&cluster, &renew("b"));
    assert_eq!((found.cost().reloads, found.cost().files), (1, 1), "{found}");
    let found = usual(&cluster, &renew("a"));
    assert_eq!(found.cost().reloads, 2, "{found}");
    // A foreign anchor that a node does not need is not asked for.
    cluster.set_origin("b-2", Origin::Foreign);
    let found = usual(&cluster, &renew("b"));
    assert!(usual(&reached(&cluster, &found), &renew("b")).is_empty());
}

/// The node has the new keystore on its disk. Enabling restarts it, although a reload would be enough.
#[test]
fn a_restart_in_place_of_a_reload_is_not_called_minimal() {
    let both = ["a", "b", "a-2"];
    let half = Observed::running(tls("a", &both), tls("a-2", &both));
    let cluster = cluster(v4(ClientAuth::Off), [("a", half), ("b", Observed::settled(tls("b", &both)))]);
    let found = usual(&cluster, &Goal::enable(NO_TARGETS, Plaintext::Refused));
    assert_eq!((found.cost().restarts, found.optimality()), (1, Optimality::Within(1)));
}

/// The documented order restarts nodes, although 4.0 reloads its stores.
#[test]
fn documented_restarts_in_place_of_reloads_are_not_called_minimal() {
    let both = ["a", "b", "a-2"];
    let of = |name| Observed::settled(tls(name, &both));
    let cluster = cluster(v4(ClientAuth::Off), [("a", of("a")), ("b", of("b"))]);
    let documented = plan(&cluster, &renew("a"), &Preference::as_documented()).unwrap();
    assert_eq!((documented.cost().restarts, documented.optimality()), (1, Optimality::Within(1)));
    let done = plan(&cluster, &Goal::rotate(NO_TARGETS), &Preference::as_documented()).unwrap();
    assert_eq!((done.is_empty(), done.optimality()), (true, Optimality::Minimum));
}

/// A client does not have to accept plaintext first.
#[test]
fn one_node_with_a_client_disables_tls_in_one_restart() {
    let mut cluster = cluster(v4(ClientAuth::Off), [("a", Observed::settled(tls("a", &["a"])))]);
    let app = Observed::settled(TlsConfig::client(trust(&["a"])));
    cluster.add_node("app", "dc1", "r1", app).unwrap().set_role("app", Role::Client).unwrap();
    let found = usual(&cluster, &Goal::disable());
    assert_eq!((found.cost().restarts, found.optimality()), (1, Optimality::Minimum), "{found}");
}

/// The identity is read at each handshake, so the documented restart is not needed.
#[test]
fn the_documented_order_counts_a_restart_that_is_not_needed() {
    let mut readings = Readings::all(Reading::AtStart);
    (readings.identity_as_server, readings.identity_as_client) = (Reading::AtHandshake, Reading::AtHandshake);
    let both = ["a", "b", "a-2"];
    let of = |name| Observed::settled(tls(name, &both));
    let cluster = cluster(Semantics::new(readings, ClientAuth::Off), [("a", of("a")), ("b", of("b"))]);
    assert_eq!(usual(&cluster, &renew("a")).cost().restarts, 0);
    let documented = plan(&cluster, &renew("a"), &Preference::as_documented()).unwrap();
    assert_eq!((documented.cost().restarts, documented.optimality()), (1, Optimality::Within(1)));
}

/// No pair of the two talks over TLS, but each is to serve the identity on its disk.
#[test]
fn enabling_loads_identities_without_peers_too() {
    let both = ["a", "b"];
    let half = Observed::running(tls("a", &both), tls("a-2", &both));
    let mut start = cluster(v4(ClientAuth::Off), [("a", half), ("b", Observed::settled(tls("b", &both)))]);
    for node in both {
        start.set_scope(node, Scope::Dc).unwrap();
    }
    let goal = Goal::enable(NO_TARGETS, Plaintext::Refused);
    let reached = reached(&start, &usual(&start, &goal));
    assert_eq!(reached.get(&"a".into()).unwrap().observed().serves(), Some(&Identity::self_signed("a-2")));
    assert!(usual(&reached, &goal).is_empty());
}
