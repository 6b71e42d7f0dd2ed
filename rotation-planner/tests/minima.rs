//! The fewest restarts and reloads from a clean start, for every semantics and grouping.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use rotation_planner::{
    Action, Checker, ClientAuth, Cluster, ErrorKind, Goal, Identity, InternodeMode, Observed, Optimality,
    OptionalSupport, Placement, Plaintext, Plan, Preference, Rule, Scope, Semantics, Staging, TlsConfig, Trust, check,
    plan,
};

fn semantics_of((major, minor, patch): (u32, u32, u32), client_auth: ClientAuth) -> Semantics {
    Semantics::cassandra(major, minor, patch, client_auth).unwrap()
}

fn old(node: usize) -> Identity {
    Identity::self_signed(&format!("node{node}-old"))
}

fn new(node: usize) -> Identity {
    Identity::self_signed(&format!("node{node}-new"))
}

/// Nodes in data centres of these sizes, all running with what is on disk.
fn cluster(groups: &[usize], semantics: Semantics, config: impl Fn(usize, Trust) -> TlsConfig) -> Cluster {
    let nodes: Vec<usize> = groups.iter().enumerate().flat_map(|(dc, size)| vec![dc; *size]).collect();
    let trust: Trust = (0..nodes.len()).map(|node| old(node).anchor().clone()).collect();
    let empty = Cluster::new(Scope::Dc, semantics);
    nodes.into_iter().enumerate().fold(empty, |mut cluster, (node, dc)| {
        let observed = Observed::settled(config(node, trust.clone()));
        cluster.add_node(format!("node{node}"), format!("dc{dc}"), "r1", observed).unwrap();
        cluster
    })
}

fn tls(groups: &[usize], semantics: Semantics) -> Cluster {
    cluster(groups, semantics, |node, trust| TlsConfig::tls(old(node), trust))
}

fn rotation(cluster: &Cluster) -> Goal {
    Goal::rotate(cluster.nodes().enumerate().map(|(number, (name, _))| (name.clone(), new(number))))
}

fn loads(cluster: &Cluster, goal: &Goal) -> (usize, usize) {
    let plan = checked(cluster, goal, &Preference::default());
    assert_eq!(plan.optimality(), Optimality::Minimum);
    (plan.cost().restarts, plan.cost().reloads)
}

fn checked(cluster: &Cluster, goal: &Goal, preference: &Preference) -> Plan {
    let found = plan(cluster, goal, preference).unwrap();
    check(cluster, &found).unwrap();
    let mut done = cluster.clone();
    found.steps().for_each(|step| done.apply(step).unwrap());
    assert!(plan(&done, goal, preference).unwrap().is_empty(), "a plan that was carried out leaves nothing to do");
    found
}

const GROUPINGS: [&[usize]; 8] =
    [&[1, 1], &[1, 1, 1], &[2, 1], &[3, 1], &[2, 2], &[1, 1, 1, 1], &[2, 2, 2], &[3, 2, 1]];

#[test]
fn clean_starts_cost_what_the_table_says() {
    let x4 = |staging| Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap().with_staging(staging);
    let x3 = |auth, staging| Semantics::cassandra(3, 11, 19, auth).unwrap().with_staging(staging);
    for groups in GROUPINGS {
        let (n, a, b) = (groups.iter().sum::<usize>(), groups[0], groups[1]);
        let (two, three) = (2 * n - a, 3 * n - a - b);
        let rows = [
            (Semantics::cassandra(2, 1, 22, ClientAuth::Off).unwrap(), (two, 0), (three, 0)),
            (x3(ClientAuth::On, Staging::DOCUMENTED), (two, 0), (three, 0)),
            (x3(ClientAuth::On, Staging::IN_PLACE), (two, 0), (three, 0)),
            (x3(ClientAuth::Off, Staging::NEW_PATHS), (two, 0), (three, 0)),
            (x3(ClientAuth::Off, Staging::DOCUMENTED), (n, 0), (n, 0)),
            (x3(ClientAuth::Off, Staging::IN_PLACE), (n, 0), (n, 0)),
            (x4(Staging::IN_PLACE), (0, two), (0, three)),
            (x4(Staging::NEW_PATHS), (two, 0), (three, 0)),
            (x4(Staging::DOCUMENTED), (n, n - a), (n, two - b)),
        ];
        for (semantics, switch, drop) in rows {
            let cluster = tls(groups, semantics);
            let goal = rotation(&cluster);
            assert_eq!(loads(&cluster, &goal), switch, "{groups:?} {semantics:?}");
            assert_eq!(loads(&cluster, &goal.dropping_unused()), drop, "{groups:?} {semantics:?}");
        }
    }
}

#[test]
fn the_documented_procedure_costs_two_and_three_restarts_per_node() {
    for release in [(2, 1, 22), (3, 11, 19), (5, 0, 6)] {
        for auth in [ClientAuth::Off, ClientAuth::On] {
            let cluster = tls(&[1, 1, 1], semantics_of(release, auth));
            let goal = rotation(&cluster);
            let cost = |goal: &Goal| checked(&cluster, goal, &Preference::as_documented()).cost();
            assert_eq!((cost(&goal).restarts, cost(&goal).reloads), (6, 0));
            assert_eq!(cost(&goal.dropping_unused()).restarts, 9);
        }
    }
}

#[test]
fn enabling_and_disabling_cost_what_the_table_says() {
    use InternodeMode::{PlaintextAcceptingTls, PlaintextOnly, TlsOnly};
    for n in [2_usize, 3] {
        let groups = vec![1; n];
        let semantics = Semantics::cassandra(4, 0, 17, ClientAuth::Off).unwrap();
        let plain = cluster(&groups, semantics, |_, _| TlsConfig::plaintext());
        let loaded = cluster(&groups, semantics, |node, trust| {
            TlsConfig::tls(old(node), trust).with_mode(PlaintextAcceptingTls)
        });
        let refusing =
            cluster(&groups, semantics, |node, trust| TlsConfig::tls(old(node), trust).with_mode(PlaintextOnly));
        let goal = |plaintext| Goal::enable((0..n).map(|node| (format!("node{node}"), old(node))), plaintext);
        for (start, accepted, refused) in
            [(&plain, 2 * n - 1, 3 * n - 2), (&loaded, n, 2 * n - 1), (&refusing, 2 * n - 1, 3 * n - 2)]
        {
            let mut start = start.clone();
            start = all_pairs(&start);
            assert_eq!(loads(&start, &goal(Plaintext::Accepted)), (accepted, 0));
            assert_eq!(loads(&start, &goal(Plaintext::Refused)), (refused, 0));
        }
        let on =
            all_pairs(&cluster(&groups, semantics, |node, trust| TlsConfig::tls(old(node), trust).with_mode(TlsOnly)));
        assert_eq!(loads(&on, &Goal::disable()), (3 * n - 2, 0));
    }
}

/// The same nodes with every pair in scope.
fn all_pairs(cluster: &Cluster) -> Cluster {
    cluster.nodes().fold(Cluster::new(Scope::All, cluster.semantics()), |mut all, (name, node)| {
        all.add_node(name, node.dc(), node.rack(), node.observed().clone()).unwrap();
        all
    })
}

#[test]
fn first_enabling_without_optional_tls_is_refused_with_the_pair_that_is_cut() {
    let semantics = [
        Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap(),
        Semantics::cassandra(2, 1, 22, ClientAuth::On).unwrap(),
        Semantics::cassandra(4, 1, 8, ClientAuth::Off).unwrap().with_optional_support(OptionalSupport::Unavailable),
    ];
    for semantics in semantics {
        let start = all_pairs(&cluster(&[1, 1, 1], semantics, |_, _| TlsConfig::plaintext()));
        let goal = Goal::enable((0..3).map(|node| (format!("node{node}"), new(node))), Plaintext::Refused);
        let refusal = plan(&start, &goal, &Preference::default()).unwrap_err();
        let witness = refusal.witness().unwrap();
        assert_eq!((witness.client.as_str(), witness.server.as_str()), ("node0", "node1"));
        assert_eq!(witness.rule, Rule::AcceptsBothTransports);
        let fallback = refusal.fallback().unwrap().plan();
        assert_eq!(fallback.cost().restarts, 3);
        let mut done = start.clone();
        fallback.steps().for_each(|step| done.apply(step).unwrap());
        Checker::safe(&done).unwrap();
        assert!(done.nodes().all(|(_, node)| node.observed().disk().mode() == InternodeMode::TlsOnly));
        assert!(fallback.steps().all(|step| !matches!(step.action(), Action::Activate(_))));
    }
}

#[test]
fn a_new_password_in_place_is_refused() {
    let staging = Staging::new(Placement::InPlaceNewPassword, Placement::NewPath);
    let cluster = tls(&[1, 1], Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap().with_staging(staging));
    let refusal = plan(&cluster, &rotation(&cluster), &Preference::default()).unwrap_err();
    assert_eq!(refusal.witness().unwrap().rule, Rule::PasswordInPlace);
}

#[test]
fn client_authentication_takes_one_restart_per_node() {
    for release in [(3, 11, 19), (4, 0, 17)] {
        let cluster = tls(&[1, 1, 1], semantics_of(release, ClientAuth::Off));
        assert_eq!(loads(&cluster, &Goal::client_auth(ClientAuth::On)), (3, 0));
        assert_eq!(loads(&cluster, &Goal::client_auth(ClientAuth::Off)), (0, 0));
    }
}

#[test]
fn an_anchor_that_is_still_served_is_not_dropped() {
    let cluster = tls(&[1, 1], Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap());
    let goal = Goal::rotate([("node0", new(0))]).dropping(["node1-old"].into_iter().collect());
    let refusal = plan(&cluster, &goal, &Preference::default()).unwrap_err();
    assert!(matches!(refusal.error().kind(), ErrorKind::DropsServedAnchor { node, .. } if node.as_str() == "node1"));
}

/// A node that already requires client certificates must be restarted to accept a new one.
///
/// The other nodes do not require them yet. That holds on 3.11 too, where the other nodes only read files.
#[test]
fn nodes_that_differ_in_client_authentication_are_planned_by_what_each_demands() {
    let mixed = |release| {
        cluster(&[1, 1, 1], semantics_of(release, ClientAuth::Off), |node, trust| {
            let demands = if node == 1 { ClientAuth::On } else { ClientAuth::Off };
            TlsConfig::tls(old(node), trust).with_client_auth(demands)
        })
    };
    let cluster = mixed((3, 11, 19));
    let found = checked(&cluster, &rotation(&cluster), &Preference::default());
    assert_eq!(found.cost().restarts, 3, "node1 accepts and uses in one restart");
    let first = found.steps().find(|step| matches!(step.action(), Action::Activate(_))).unwrap();
    assert_eq!(first.node().as_str(), "node1");
    let all = mixed((4, 0, 17));
    assert_eq!(checked(&all, &rotation(&all), &Preference::default()).cost().restarts, 3);
    assert_eq!(loads(&cluster, &Goal::client_auth(ClientAuth::On)), (2, 0));
}
