//! Nodes that cannot be changed, seeds, and the claims of plans whose cost is not proven minimal.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say what they expect by panicking")]

use proptest::prelude::*;
use rotation_planner::{
    Action, AnchorId, ClientAuth, Cluster, ErrorKind, Goal, Identity, InternodeMode, Mutability, Observed, Optimality,
    Plaintext, Plan, Preference, Refusal, Role, Rule, Scope, Semantics, TlsConfig, Trust, plan, rollback,
};

fn identity(node: usize, age: &str) -> Identity {
    Identity::self_signed(&format!("node{node}-{age}"))
}

fn anchors(age: &str) -> Vec<AnchorId> {
    (0..3).map(|node| identity(node, age).anchor().clone()).collect()
}

fn cluster((major, minor, patch): (u32, u32, u32), client_auth: ClientAuth, trust: &[AnchorId]) -> Cluster {
    let trust: Trust = trust.iter().collect();
    (0..3).fold(
        Cluster::new(Scope::All, Semantics::cassandra(major, minor, patch, client_auth).unwrap()),
        |mut cluster, node| {
            let config = TlsConfig::tls(identity(node, "old"), trust.clone());
            cluster.add_node(format!("node{node}"), "dc1", "r1", Observed::settled(config)).unwrap();
            cluster
        },
    )
}

fn rotate(nodes: &[usize]) -> Goal {
    Goal::rotate(nodes.iter().map(|node| (format!("node{node}"), identity(*node, "new"))))
}

#[test]
fn a_frozen_node_that_does_not_trust_the_new_is_the_witness() {
    let mut cluster = cluster((3, 11, 19), ClientAuth::Off, &anchors("old"));
    cluster.set_mutability("node2", Mutability::Frozen).unwrap();
    let refusal = plan(&cluster, &rotate(&[0, 1]), &Preference::default()).unwrap_err();
    let witness = refusal.witness().unwrap();
    assert_eq!((witness.client.as_str(), witness.server.as_str()), ("node2", "node0"));
    assert_eq!(witness.rule, Rule::ClientTrustsServer);
    assert!(witness.to_string().contains("node0-new"), "{witness}");
}

#[test]
fn a_frozen_node_that_trusts_the_new_already_is_left_alone() {
    let everything = [anchors("old"), anchors("new")].concat();
    for (release, client_auth) in
        [((3, 11, 19), ClientAuth::Off), ((3, 11, 19), ClientAuth::On), ((5, 0, 6), ClientAuth::On)]
    {
        let mut cluster = cluster(release, client_auth, &everything);
        cluster.set_mutability("node2", Mutability::Frozen).unwrap();
        let plan = plan(&cluster, &rotate(&[0, 1]).dropping_unused(), &Preference::default()).unwrap();
        assert!(plan.steps().all(|step| step.node().as_str() != "node2"), "{plan}");
        assert!(plan.steps().any(|step| matches!(step.action(), Action::StageTrust(_))), "the others drop the old");
    }
}

#[test]
fn a_goal_that_asks_for_a_change_of_a_frozen_node_is_refused_by_its_name() {
    let everything = [anchors("old"), anchors("new")].concat();
    let mut cluster = cluster((4, 0, 17), ClientAuth::Off, &everything);
    cluster.set_mutability("node1", Mutability::Frozen).unwrap();
    for goal in [rotate(&[1]), Goal::client_auth(ClientAuth::On), Goal::disable()] {
        let refusal = plan(&cluster, &goal, &Preference::default()).unwrap_err();
        assert_eq!(refusal.error().kind(), &ErrorKind::Frozen("node1".into()), "{refusal}");
    }
    let mut plain = Cluster::new(Scope::All, Semantics::cassandra(4, 0, 17, ClientAuth::Off).unwrap());
    for node in 0..3 {
        plain.add_node(format!("node{node}"), "dc1", "r1", Observed::settled(TlsConfig::plaintext())).unwrap();
    }
    plain.set_mutability("node0", Mutability::Frozen).unwrap();
    let goal = Goal::enable((0..3).map(|node| (format!("node{node}"), identity(node, "new"))), Plaintext::Accepted);
    let refusal = plan(&plain, &goal, &Preference::default()).unwrap_err();
    assert_eq!(refusal.error().kind(), &ErrorKind::Frozen("node0".into()));
}

/// The first node that is restarted is not a seed, and seeds cost nothing more.
#[test]
fn seeds_come_last_where_the_order_is_free() {
    for (release, client_auth) in [((3, 11, 19), ClientAuth::Off), ((3, 11, 19), ClientAuth::On)] {
        let mut cluster = cluster(release, client_auth, &anchors("old"));
        let without = plan(&cluster, &rotate(&[0, 1, 2]).dropping_unused(), &Preference::default()).unwrap();
        cluster.set_role("node0", Role::Seed).unwrap();
        let with = plan(&cluster, &rotate(&[0, 1, 2]).dropping_unused(), &Preference::default()).unwrap();
        let first = with.steps().find(|step| matches!(step.action(), Action::Activate(_))).unwrap();
        assert_ne!(first.node().as_str(), "node0");
        assert_eq!(with.cost(), without.cost(), "a preference among plans of equal cost");
    }
}

/// If only one of three old anchors is dropped, the plan must not be called minimal.
///
/// A node might do everything in one activation.
#[test]
fn a_partial_drop_claims_no_minimum() {
    let cluster = cluster((3, 11, 19), ClientAuth::On, &anchors("old"));
    let partly = rotate(&[0, 1, 2]).dropping([identity(0, "old").anchor()].into_iter().collect());
    let planned = plan(&cluster, &partly, &Preference::default()).unwrap();
    assert!(matches!(planned.optimality(), Optimality::Within(gap) if gap > 0), "{planned}");
    let whole = plan(&cluster, &rotate(&[0, 1, 2]).dropping_unused(), &Preference::default()).unwrap();
    assert_eq!(whole.optimality(), Optimality::Minimum);
}

fn plaintext(scope: Scope) -> Cluster {
    let semantics = Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap();
    (0..3).fold(Cluster::new(scope, semantics), |mut cluster, node| {
        let observed = Observed::settled(TlsConfig::plaintext());
        cluster.add_node(format!("node{node}"), format!("dc{node}"), "r1", observed).unwrap();
        cluster
    })
}

fn enable(nodes: impl IntoIterator<Item = usize>) -> Goal {
    Goal::enable(nodes.into_iter().map(|node| (format!("node{node}"), identity(node, "new"))), Plaintext::Refused)
}

/// 3.11 has no safe plan for enabling TLS, and its fallback changes every node.
#[test]
fn the_fallback_of_enabling_leaves_a_frozen_node_alone() {
    for scope in [Scope::All, Scope::Dc] {
        let mut plain = plaintext(scope);
        assert!(plan(&plain, &enable(0..3), &Preference::default()).unwrap_err().fallback().is_some());
        plain.set_mutability("node2", Mutability::Frozen).unwrap();
        let refusal = plan(&plain, &enable(0..3), &Preference::default()).unwrap_err();
        assert_eq!(refusal.error().kind(), &ErrorKind::Frozen("node2".into()), "{refusal}");
        assert_eq!(refusal.fallback(), None);
    }
}

#[test]
fn a_quarantine_needs_every_node_and_client_that_trusts_the_key() {
    let everything = [anchors("old"), anchors("new")].concat();
    for role in [Role::NonSeed, Role::Client] {
        let mut cluster = cluster((4, 0, 17), ClientAuth::Off, &everything);
        cluster.set_role("node2", role).unwrap();
        let goal = Goal::quarantine([("node0", identity(0, "new"))]);
        assert!(plan(&cluster, &goal, &Preference::default()).unwrap_err().fallback().is_some());
        cluster.set_mutability("node2", Mutability::Frozen).unwrap();
        let refusal = plan(&cluster, &goal, &Preference::default()).unwrap_err();
        assert_eq!(refusal.error().kind(), &ErrorKind::Frozen("node2".into()), "{refusal}");
        assert_eq!(refusal.fallback(), None);
    }
}

/// A frozen node that does not trust the stolen key, and trusts the next one, is left alone.
#[test]
fn a_quarantine_leaves_a_frozen_node_alone() {
    let mut cluster = cluster((4, 0, 17), ClientAuth::Off, &anchors("old"));
    let trust = [identity(1, "old"), identity(0, "new")].iter().map(|identity| identity.anchor().clone()).collect();
    cluster.observe("node2", Observed::settled(TlsConfig::tls(identity(2, "old"), trust))).unwrap();
    cluster
        .observe("node0", Observed::stopped(TlsConfig::tls(identity(0, "old"), anchors("old").iter().collect())))
        .unwrap();
    cluster.set_mutability("node2", Mutability::Frozen).unwrap();
    let plan = plan(&cluster, &Goal::quarantine([("node0", identity(0, "new"))]), &Preference::default()).unwrap();
    assert_eq!(changed(&plan), ["node0", "node1"]);
}

/// The nodes that a plan changes, in the order of their names.
fn changed(plan: &Plan) -> Vec<String> {
    let names: std::collections::BTreeSet<_> = plan.steps().map(|step| step.node().to_string()).collect();
    names.into_iter().collect()
}

#[derive(Clone, Debug)]
struct Drawn {
    ages: [&'static str; 2],
    trusted: [u8; 2],
    mode: usize,
    is_up: bool,
    role: Role,
    mutability: Mutability,
}

fn age() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["old", "new"])
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let role = prop::sample::select(vec![Role::NonSeed, Role::NonSeed, Role::Seed, Role::Client]);
    let mutability = prop::sample::select(vec![Mutability::Changeable, Mutability::Frozen]);
    let stores = ([age(), age()], any::<[u8; 2]>(), 0..6_usize, prop::bool::weighted(0.9));
    (stores, role, mutability).prop_map(|((ages, trusted, mode, is_up), role, mutability)| {
        // Trust in everything is drawn more often, so that more goals have a plan.
        let trusted = trusted.map(|anchors| if anchors % 4 == 0 { 63 } else { anchors });
        Drawn { ages, trusted, mode, is_up, role, mutability }
    })
}

fn config(node: usize, age: &str, trusted: u8, mode: usize, role: Role) -> TlsConfig {
    let labels = (0..6).filter(|bit| trusted >> bit & 1 == 1);
    let trust: Trust = labels.map(|bit| identity(bit / 2, ["old", "new"][bit % 2]).anchor().clone()).collect();
    let modes =
        [InternodeMode::PlaintextOnly, InternodeMode::PlaintextAcceptingTls, InternodeMode::TlsAcceptingPlaintext];
    let config = TlsConfig::tls(identity(node, age), trust);
    match modes.get(mode).filter(|_| role != Role::Client) {
        Some(mode) => config.with_mode(*mode),
        None => config,
    }
}

fn random_cluster(scope: Scope, semantics: Semantics, nodes: &[Drawn]) -> Cluster {
    let mut cluster = Cluster::new(scope, semantics);
    for (number, drawn) in nodes.iter().enumerate() {
        let Drawn { ages, trusted, mode, is_up, role, mutability } = drawn.clone();
        let disk = config(number, ages[1], trusted[1], mode, role);
        let loaded = config(number, ages[0], trusted[0], mode, role);
        let observed = if is_up { Observed::running(loaded, disk) } else { Observed::stopped(disk) };
        let name = format!("node{number}");
        cluster.add_node(&*name, format!("dc{}", number % 2), "r1", observed).unwrap();
        cluster.set_role(&*name, role).unwrap();
        cluster.set_mutability(&*name, mutability).unwrap();
    }
    cluster
}

fn goals() -> Vec<Goal> {
    vec![
        rotate(&[0, 1, 2]),
        rotate(&[0, 1, 2]).dropping_unused(),
        rotate(&[0]).dropping_unused(),
        enable(0..3),
        enable([0]).dropping_unused(),
        Goal::disable(),
        Goal::disable().dropping_unused(),
        Goal::client_auth(ClientAuth::On),
        Goal::quarantine([("node0", identity(0, "new"))]),
    ]
}

fn semantics() -> Vec<Semantics> {
    let releases = [(2, 1, 22), (3, 11, 19), (4, 0, 17), (5, 0, 6)];
    let of = |(major, minor, patch)| {
        [ClientAuth::Off, ClientAuth::On].map(|auth| Semantics::cassandra(major, minor, patch, auth).unwrap())
    };
    releases.into_iter().flat_map(of).collect()
}

fn plan_or_fallback(found: Result<Plan, Refusal>) -> Option<Plan> {
    found.map_or_else(|refusal| refusal.fallback().map(|fallback| fallback.plan().clone()), Some)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_plan_and_no_fallback_changes_a_frozen_node(
        nodes in prop::collection::vec(drawn(), 3),
        scope in prop::sample::select(vec![Scope::All, Scope::Dc]),
        semantics in prop::sample::select(semantics()),
    ) {
        let cluster = random_cluster(scope, semantics, &nodes);
        let is_frozen = |name: &String| cluster.get(&name.as_str().into()).unwrap().mutability() == Mutability::Frozen;
        for goal in goals() {
            let Some(found) = plan_or_fallback(plan(&cluster, &goal, &Preference::default())) else { continue };
            prop_assert!(!changed(&found).iter().any(is_frozen), "{:?}\n{}", goal, found);
            for waves in 0..=found.waves().len() {
                let back = plan_or_fallback(rollback(&cluster, &found, waves));
                prop_assert!(back.is_none_or(|back| !changed(&back).iter().any(is_frozen)), "{:?}\n{}", goal, found);
            }
        }
    }
}
