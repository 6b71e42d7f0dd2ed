//! Plans for pages, and the checker's verdict on every connection at every step.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::panic,
    clippy::wildcard_imports,
    clippy::unwrap_used,
    reason = "each user takes its part, and says what it expects by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};

use page::{Basis, Known, Page};
use rotation_planner::*;

/// A name that would end a script, begin a comment, and be markup.
pub const HOSTILE: &str = "</script><!--<b>\u{202e}\"'&";

const ROTATED: &str = "Every node serves a new certificate; old trust is dropped";

/// A plan, and the cluster that it is for.
pub struct Case {
    pub name: &'static str,
    pub goal: &'static str,
    pub cluster: Cluster,
    pub plan: Plan,
    pub refusal: Option<Refusal>,
}

impl Case {
    fn of(name: &'static str, goal: &'static str, cluster: Cluster, wanted: &Goal) -> Self {
        let (plan, refusal) = match plan(&cluster, wanted, &Preference::default()) {
            Ok(plan) => (plan, None),
            Err(refusal) => {
                let fallback = refusal.fallback().unwrap_or_else(|| panic!("{name}: {refusal}"));
                (fallback.plan().clone(), Some(refusal))
            }
        };
        Self { name, goal, cluster, plan, refusal }
    }

    /// Every node gets a new certificate.
    fn rotation(name: &'static str, goal: &'static str, cluster: Cluster) -> Self {
        let nodes = cluster.nodes().filter(|(_, node)| node.role() != Role::Client);
        let new = nodes.map(|(name, _)| (name.clone(), Identity::self_signed(&format!("{}-2", name.as_str()))));
        let wanted = Goal::rotate(new.collect::<Vec<_>>()).dropping_unused();
        Self::of(name, goal, cluster, &wanted)
    }

    pub fn page(&self) -> Page<'_> {
        let basis = |about, known, said: &str| Basis { about, known, said: said.to_owned() };
        let names = self.cluster.nodes().map(|(name, _)| name.as_str().to_owned());
        let addresses = (11..).zip(names).map(|(number, name)| (name, format!("192.0.2.{number}")));
        Page {
            id: page::id(&self.plan, &BTreeMap::new()).unwrap(),
            title: format!("{} nodes", self.cluster.nodes().count()),
            goal: self.goal.to_owned(),
            cluster: &self.cluster,
            plan: &self.plan,
            refusal: self.refusal.as_ref(),
            rests_on: vec![
                basis("Cassandra", Known::Given, "3.11.19 on every node"),
                basis("client authentication", Known::Unknown, "planned as required; 3 restarts if it is off"),
                basis("running processes", Known::Assumed, "each has loaded what is on its disk"),
            ],
            addresses: addresses.collect(),
            certificates: BTreeMap::from([("node0".to_owned(), "ab".repeat(32))]),
        }
    }
}

pub fn rotation_of_three() -> Case {
    let cluster = cluster(Scope::All, v311(ClientAuth::Off), &places(3, 1, 3));
    Case::rotation("rotate-3", ROTATED, cluster)
}

pub fn enabling() -> Case {
    let semantics = Semantics::cassandra(4, 0, 17, ClientAuth::On).unwrap();
    let mut cluster = Cluster::new(Scope::All, semantics);
    for (name, dc, rack) in places(3, 1, 3) {
        cluster.add_node(name.as_str(), dc, rack, Observed::settled(TlsConfig::plaintext())).unwrap();
    }
    let identities = cluster.nodes().map(|(name, _)| (name.clone(), Identity::self_signed(name.as_str())));
    let goal = Goal::enable(identities.collect::<Vec<_>>(), Plaintext::Refused);
    Case::of("enable-3", "TLS where there is none", cluster, &goal)
}

pub fn two_centres() -> Case {
    let semantics = Semantics::cassandra(4, 1, 3, ClientAuth::On).unwrap().with_staging(Staging::IN_PLACE);
    let cluster = cluster(Scope::Dc, semantics, &places(6, 2, 3));
    Case::rotation("two-centres", ROTATED, cluster)
}

/// An application connects to every node, and no node to it.
pub fn with_an_application() -> Case {
    let mut cluster = cluster(Scope::All, v311(ClientAuth::Off), &places(3, 1, 3));
    let trust = cluster.nodes().map(|(name, _)| name.as_str()).collect();
    cluster.add_node("orders", "dc1", "apps", Observed::settled(TlsConfig::client(trust))).unwrap();
    cluster.set_role("orders", Role::Client).unwrap();
    Case::rotation("with-an-application", "Every node serves a new certificate, and an application trusts it", cluster)
}

/// No order is safe: node1's key was stolen, and nodes are down at some steps.
pub fn quarantine() -> Case {
    let cluster = cluster(Scope::All, v311(ClientAuth::On), &places(4, 1, 2));
    let goal = Goal::quarantine([("node1", Identity::self_signed("node1-2"))]);
    Case::of("quarantine", "No node trusts node1 any more", cluster, &goal)
}

/// No pair is cut, but a keyspace has one replica: each restart makes some data unavailable.
pub fn one_replica() -> Case {
    let mut cluster = cluster(Scope::All, v311(ClientAuth::Off), &places(3, 1, 3));
    cluster.add_keyspace(Keyspace::simple("sessions", 1, Consistency::One));
    Case::rotation("one-replica", ROTATED, cluster)
}

/// Cut before the plan: node0 has loaded a new key, and node1 has one only on its disk.
pub fn begun_by_hand() -> Case {
    let mut cluster = cluster(Scope::All, v311(ClientAuth::Off), &places(3, 1, 3));
    let key = |node: &str| Step::new(node, Action::StageIdentity(Identity::self_signed(&format!("{node}-2"))));
    cluster.apply(&key("node0")).unwrap();
    cluster.apply(&Step::new("node0", Action::Activate(Activation::Restart))).unwrap();
    cluster.apply(&key("node1")).unwrap();
    Case::rotation("begun-by-hand", "A rotation that was begun by hand is finished", cluster)
}

pub fn hostile() -> Case {
    let names =
        [(HOSTILE.to_owned(), "dc<1>".to_owned(), "r&1".to_owned()), ("b".into(), "dc<1>".into(), "r&1".into())];
    let cluster = cluster(Scope::All, v311(ClientAuth::Off), &names);
    Case::rotation("hostile", "Names that are markup", cluster)
}

pub fn fifty() -> Case {
    let cluster = cluster(Scope::All, v311(ClientAuth::On), &places(50, 2, 3));
    Case::rotation("fifty", ROTATED, cluster)
}

/// Cut at many steps, and each crash changes something.
pub fn fifty_quarantined() -> Case {
    let cluster = cluster(Scope::All, v311(ClientAuth::On), &places(50, 2, 3));
    let goal = Goal::quarantine([("node7", Identity::self_signed("node7-2"))]);
    Case::of("fifty-quarantined", "No node trusts node7 any more", cluster, &goal)
}

pub fn by_rack() -> Case {
    let cluster = cluster(Scope::All, v311(ClientAuth::Off), &places(90, 2, 3));
    Case::rotation("by-rack", ROTATED, cluster)
}

/// The expected word in each cell, by client and server.
pub type Cells = BTreeMap<(String, String), &'static str>;

/// The cells at every step, by the node that has crashed; `None` for no crash.
pub fn expected(case: &Case) -> Vec<BTreeMap<Option<String>, Cells>> {
    let mut now = case.cluster.clone();
    let mut all = vec![with_crashes(&now)];
    for step in case.plan.steps() {
        now.apply(step).unwrap();
        all.push(with_crashes(&now));
    }
    all
}

fn with_crashes(cluster: &Cluster) -> BTreeMap<Option<String>, Cells> {
    let mut cells = BTreeMap::from([(None, cells_of(cluster))]);
    for (name, _) in cluster.nodes().filter(|(_, node)| node.observed().loaded().is_some()) {
        let mut crashed = cluster.clone();
        let disk = cluster.get(name).unwrap().observed().disk().clone();
        crashed.observe(name, Observed::settled(disk)).unwrap();
        cells.insert(Some(name.as_str().to_owned()), cells_of(&crashed));
    }
    cells
}

fn cells_of(cluster: &Cluster) -> Cells {
    let judgement = Judgement::of(cluster).unwrap();
    let broken = judgement.broken();
    let pairs: BTreeSet<_> = broken
        .iter()
        .map(|cut| (cut.client.clone().min(cut.server.clone()), cut.client.clone().max(cut.server.clone())))
        .collect();
    assert_eq!(pairs, Checker::never_worse(cluster).unwrap().broken_pairs());
    let is_up = |name: &NodeName| cluster.get(name).unwrap().observed().loaded().is_some();
    let mut cells = Cells::new();
    for (client, _) in cluster.nodes() {
        for (server, _) in cluster.nodes() {
            let of_pair = || broken.iter().filter(|cut| cut.client == *client && cut.server == *server);
            let word = if client == server {
                "itself"
            } else if !judgement.must_connect(client, server) {
                "not-required"
            } else if !is_up(client) || !is_up(server) {
                "down"
            } else if of_pair().any(|cut| cut.when == When::Now) {
                "cut"
            } else if of_pair().next().is_some() {
                "at-risk"
            } else {
                "works"
            };
            cells.insert((client.as_str().to_owned(), server.as_str().to_owned()), word);
        }
    }
    cells
}

fn v311(client_auth: ClientAuth) -> Semantics {
    Semantics::cassandra(3, 11, 19, client_auth).unwrap()
}

fn places(nodes: usize, dcs: usize, racks: usize) -> Vec<(String, String, String)> {
    let place = |number| {
        (format!("node{number}"), format!("dc{}", number % dcs + 1), format!("ra{}", number / dcs % racks + 1))
    };
    (0..nodes).map(place).collect()
}

/// Nodes that serve certificates of their own, and trust one another.
fn cluster(scope: Scope, semantics: Semantics, places: &[(String, String, String)]) -> Cluster {
    let trust: Trust = places.iter().map(|(name, ..)| name.as_str()).collect();
    let mut cluster = Cluster::new(scope, semantics);
    for (name, dc, rack) in places {
        let config = TlsConfig::tls(Identity::self_signed(name), trust.clone());
        cluster.add_node(name.as_str(), dc, rack, Observed::settled(config)).unwrap();
    }
    cluster
}
