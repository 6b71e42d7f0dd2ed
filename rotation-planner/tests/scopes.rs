//! Nodes whose scopes differ. `internode_encryption` is changed node by node, or differs between data centres.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say what they expect by panicking")]

mod draw;

use draw::Draw;
use rotation_planner::{
    Checker, ClientAuth, Cluster, Goal, Identity, InternodeMode, Judgement, Mutability, Observed, Optimality,
    Plaintext, Plan, Preference, Rule, Scope, Semantics, Shown, Staging, TlsConfig, Transport, Trust, check, plan,
};

fn semantics(client_auth: ClientAuth) -> Semantics {
    Semantics::cassandra(4, 0, 17, client_auth).unwrap().with_staging(Staging::NEW_PATHS)
}

fn old(node: usize) -> Identity {
    Identity::self_signed(&format!("node{node}-old"))
}

fn new(node: usize) -> Identity {
    Identity::self_signed(&format!("node{node}-new"))
}

fn trusting(nodes: impl IntoIterator<Item = usize>) -> Trust {
    nodes.into_iter().map(|node| old(node).anchor().clone()).collect()
}

/// Nodes that all trust each other, each with a data centre and a scope of its own.
fn cluster(places: &[(&str, Scope)]) -> Cluster {
    let mut cluster = Cluster::new(Scope::All, semantics(ClientAuth::On));
    for (node, (dc, scope)) in places.iter().enumerate() {
        let config = TlsConfig::tls(old(node), trusting(0..places.len()));
        cluster.add_node(format!("node{node}"), *dc, "r1", Observed::settled(config)).unwrap();
        cluster.set_scope(format!("node{node}"), *scope).unwrap();
    }
    cluster
}

fn observe(cluster: &mut Cluster, node: usize, mode: InternodeMode, trust: Trust) {
    let config = TlsConfig::tls(old(node), trust).with_mode(mode);
    cluster.observe(format!("node{node}"), Observed::settled(config)).unwrap();
}

fn rotation(nodes: usize) -> Goal {
    Goal::rotate((0..nodes).map(|node| (format!("node{node}"), new(node)))).dropping_unused()
}

/// The plan, which must pass the checker and reach the goal, and the cluster in the end.
fn planned(cluster: &Cluster, goal: &Goal) -> (Plan, Cluster) {
    let found = plan(cluster, goal, &Preference::default()).unwrap();
    check(cluster, &found).unwrap();
    let mut reached = cluster.clone();
    found.steps().for_each(|step| reached.apply(step).unwrap());
    assert!(plan(&reached, goal, &Preference::default()).unwrap().is_empty());
    (found, reached)
}

fn mode(cluster: &Cluster, node: usize) -> InternodeMode {
    cluster.get(&format!("node{node}").as_str().into()).unwrap().observed().disk().mode()
}

/// dc1 encrypts between data centres, dc2 everything. The nodes of dc1 are one group, and those of dc2 one each.
#[test]
fn scopes_of_two_data_centres_cost_what_their_groups_cost() {
    let mixed = cluster(&[("dc1", Scope::Dc), ("dc1", Scope::Dc), ("dc2", Scope::All), ("dc2", Scope::All)]);
    let same = cluster(&[("dc1", Scope::Dc), ("dc1", Scope::Dc), ("dc2", Scope::Dc), ("dc3", Scope::Dc)]);
    let ((one, _), (other, _)) = (planned(&mixed, &rotation(4)), planned(&same, &rotation(4)));
    assert_eq!((one.cost(), one.optimality()), (other.cost(), Optimality::Minimum));
    assert_eq!(one.cost().restarts, 9);
    assert_eq!(one.to_string(), other.to_string());
}

/// Nodes of one data centre that has `dc` need not trust each other, whatever another data centre has.
#[test]
fn a_data_centre_that_uses_plaintext_inside_is_not_called_broken() {
    let mut cluster = cluster(&[("dc1", Scope::Dc), ("dc1", Scope::Dc), ("dc2", Scope::All), ("dc2", Scope::All)]);
    for node in [0, 1] {
        observe(&mut cluster, node, InternodeMode::TlsOnly, trusting([2, 3]));
    }
    assert!(Checker::safe(&cluster).is_ok());
    observe(&mut cluster, 2, InternodeMode::TlsOnly, trusting([0, 1]));
    let broken = Judgement::of(&cluster).unwrap().broken();
    let pairs: Vec<_> = broken.iter().map(|cut| (cut.client.as_str(), cut.server.as_str())).collect();
    assert_eq!(pairs, [("node2", "node3"), ("node3", "node2")]);
}

/// In one data centre, node0 has `all`, and node1 and node2 still have `dc`, so they connect to node0 in plaintext.
fn half_changed(optional: InternodeMode) -> Cluster {
    let mut cluster = cluster(&[("dc1", Scope::All), ("dc1", Scope::Dc), ("dc1", Scope::Dc)]);
    observe(&mut cluster, 0, optional, trusting(0..3));
    cluster
}

#[test]
fn a_node_that_refuses_the_plaintext_of_its_data_centre_is_cut_off_and_repaired() {
    let cluster = half_changed(InternodeMode::TlsOnly);
    let broken = Judgement::of(&cluster).unwrap().broken();
    let of = |client: &str| {
        broken.iter().any(|cut| {
            (cut.client.as_str(), cut.server.as_str()) == (client, "node0")
                && cut.shown == Shown::Transport(Transport::Plaintext)
                && cut.rule == Rule::ServerAcceptsTransport
        })
    };
    assert!(broken.len() == 2 && of("node1") && of("node2"), "{broken:?}");
    let (found, reached) = planned(&cluster, &rotation(3));
    assert_eq!(found.repairs().unwrap().pairs, 2);
    assert_eq!(mode(&reached, 0), InternodeMode::TlsAcceptingPlaintext);
    assert!(matches!(found.optimality(), Optimality::Within(_)));
}

#[test]
fn a_node_that_accepts_the_plaintext_of_its_data_centre_is_not_cut_off() {
    let cluster = half_changed(InternodeMode::TlsAcceptingPlaintext);
    assert!(Checker::safe(&cluster).is_ok());
    let (found, _) = planned(&cluster, &rotation(3));
    assert!(found.repairs().is_none() && matches!(found.optimality(), Optimality::Within(_)));
}

/// The node that connects verifies the other one. Without client authentication, the other node need not trust the node
/// that connects.
#[test]
fn trust_is_needed_in_the_direction_of_tls_alone() {
    let without_auth = |untrusting: usize| {
        let mut cluster = half_changed(InternodeMode::TlsAcceptingPlaintext);
        for node in 0..3 {
            cluster.set_semantics(format!("node{node}"), semantics(ClientAuth::Off)).unwrap();
        }
        let mode = if untrusting == 0 { InternodeMode::TlsAcceptingPlaintext } else { InternodeMode::TlsOnly };
        observe(&mut cluster, untrusting, mode, trusting([untrusting]));
        cluster
    };
    assert!(Checker::safe(&without_auth(1)).is_ok());
    let broken = Judgement::of(&without_auth(0)).unwrap().broken();
    assert!(broken.iter().all(|cut| cut.client.as_str() == "node0") && broken.len() == 2, "{broken:?}");
    // node1 never trusts what node0 is to serve, and need not.
    let mut frozen = without_auth(1);
    frozen.set_mutability("node1", Mutability::Frozen).unwrap();
    let goal = Goal::rotate([("node0", new(0))]);
    planned(&frozen, &goal);
    let refusal = plan(&without_auth(1), &Goal::rotate([("node1", new(1))]), &Preference::default());
    assert!(refusal.is_ok());
    frozen.set_mutability("node1", Mutability::Changeable).unwrap();
    frozen.set_mutability("node0", Mutability::Frozen).unwrap();
    let refusal = plan(&frozen, &Goal::rotate([("node1", new(1))]), &Preference::default()).unwrap_err();
    assert_eq!(refusal.witness().unwrap().client.as_str(), "node0");
}

/// A node can refuse plaintext only if no peer connects to it in plaintext.
#[test]
fn enabling_leaves_plaintext_open_where_a_node_of_another_scope_uses_it() {
    let start = |places: &[(&str, Scope)]| {
        let mut cluster = cluster(places);
        for node in 0..places.len() {
            observe(&mut cluster, node, InternodeMode::PlaintextOnly, trusting(0..places.len()));
        }
        cluster
    };
    let goal =
        |nodes: usize| Goal::enable((0..nodes).map(|node| (format!("node{node}"), old(node))), Plaintext::Refused);
    let (_, mixed) = planned(&start(&[("dc1", Scope::All), ("dc1", Scope::Dc), ("dc2", Scope::All)]), &goal(3));
    let modes = [0, 1, 2].map(|node| mode(&mixed, node));
    let (both, tls) = (InternodeMode::TlsAcceptingPlaintext, InternodeMode::TlsOnly);
    assert_eq!(modes, [both, both, tls]);
    let (found, apart) = planned(&start(&[("dc1", Scope::Dc), ("dc1", Scope::Dc), ("dc2", Scope::All)]), &goal(3));
    assert_eq!([0, 1, 2].map(|node| mode(&apart, node)), [both, both, tls]);
    assert!(Checker::safe(&apart).is_ok() && found.cost().restarts > 0);
    let (_, back) = planned(&mixed, &Goal::disable());
    assert!((0..3).all(|node| mode(&back, node) == InternodeMode::PlaintextOnly));
}

/// A node of a random cluster, as the rule below sees it.
struct Member {
    scope: Scope,
    place: (&'static str, &'static str),
    mode: InternodeMode,
    trusts: Vec<usize>,
}

impl Member {
    fn draw(draw: &mut Draw, nodes: usize) -> Self {
        let lacks_one = draw.below(3) == 0;
        let missing = draw.below(nodes);
        Self {
            scope: draw.of(&[Scope::All, Scope::Dc, Scope::Rack]),
            place: (draw.of(&["dc1", "dc2"]), draw.of(&["r1", "r2"])),
            mode: draw.of(&[InternodeMode::TlsOnly, InternodeMode::TlsAcceptingPlaintext]),
            trusts: (0..nodes).filter(|node| !lacks_one || *node != missing).collect(),
        }
    }

    /// `internode_encryption`, as the node that connects reads it.
    fn encrypts(&self, other: &Self) -> bool {
        match self.scope {
            Scope::All => true,
            Scope::Dc => self.place.0 != other.place.0,
            Scope::Rack => self.place != other.place,
        }
    }

    /// With `dc` or `rack`, a node accepts both transports.
    fn accepts_plaintext(&self) -> bool {
        self.scope != Scope::All || self.mode == InternodeMode::TlsAcceptingPlaintext
    }
}

/// Whether a connection is cut, by a rule that shares no code with the crate.
fn is_cut(members: &[Member], client: usize, server: usize, client_auth: ClientAuth) -> bool {
    let (from, to) = (&members[client], &members[server]);
    if !from.encrypts(to) {
        return !to.accepts_plaintext();
    }
    !from.trusts.contains(&server) || client_auth == ClientAuth::On && !to.trusts.contains(&client)
}

#[test]
fn random_clusters_of_mixed_scopes_are_judged_and_planned_in_each_direction() {
    const NODES: usize = 6;
    let mut draw = Draw(88_172_645_463_325_252);
    let mut broken = 0;
    for round in 0..300 {
        let client_auth = draw.of(&[ClientAuth::On, ClientAuth::Off]);
        let members: Vec<Member> = (0..NODES).map(|_| Member::draw(&mut draw, NODES)).collect();
        let mut cluster = Cluster::new(draw.of(&[Scope::All, Scope::Dc]), semantics(client_auth));
        for (node, member) in members.iter().enumerate() {
            let config = TlsConfig::tls(old(node), trusting(member.trusts.iter().copied())).with_mode(member.mode);
            let (dc, rack) = member.place;
            cluster.add_node(format!("node{node}"), dc, rack, Observed::settled(config)).unwrap();
            cluster.set_scope(format!("node{node}"), member.scope).unwrap();
        }
        let pairs = (0..NODES).flat_map(|client| (0..NODES).map(move |server| (client, server)));
        let cut = pairs.filter(|(client, server)| client != server && is_cut(&members, *client, *server, client_auth));
        let expected: Vec<(String, String)> =
            cut.map(|(client, server)| (format!("node{client}"), format!("node{server}"))).collect();
        let judged = Judgement::of(&cluster).unwrap().broken();
        let mut found: Vec<(String, String)> =
            judged.iter().map(|cut| (cut.client.to_string(), cut.server.to_string())).collect();
        found.dedup();
        assert_eq!(found, expected, "{round}: {cluster:?}");
        let (found, _) = planned(&cluster, &rotation(NODES));
        assert_eq!(found.repairs().map_or(0, |repairs| repairs.pairs), expected.len(), "{round}: {cluster:?}");
        broken += usize::from(!expected.is_empty());
    }
    assert!((50..290).contains(&broken), "{broken}");
}

#[cfg(feature = "serde")]
#[test]
fn a_scope_is_written_where_it_is_not_the_clusters() {
    let mut cluster = Cluster::new(Scope::All, semantics(ClientAuth::On));
    for node in 0..2 {
        let config = TlsConfig::tls(old(node), trusting(0..2));
        cluster.add_node(format!("node{node}"), "dc1", "r1", Observed::settled(config)).unwrap();
    }
    let text = serde_json::to_string(&cluster).unwrap();
    assert_eq!(text.matches("scope").count(), 1);
    cluster.set_scope("node1", Scope::Dc).unwrap();
    let text = serde_json::to_string(&cluster).unwrap();
    assert_eq!(text.matches(r#""scope":"dc""#).count(), 1);
    let read: Cluster = serde_json::from_str(&text).unwrap();
    assert_eq!(read, cluster);
    let scopes: Vec<Scope> = read.nodes().map(|(_, node)| read.scope_of(node)).collect();
    assert_eq!(scopes, [Scope::All, Scope::Dc]);
    let error = cluster.set_scope("node7", Scope::All).unwrap_err().to_string();
    assert!(error.contains("node7"), "{error}");
}
