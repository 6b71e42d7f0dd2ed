//! Random clusters in the middle of a rotation, and the rule of safety, stated again in bits.

use std::collections::BTreeSet;
use std::ops::Range;

use proptest::prelude::*;
use rotation_planner::{ClientAuth, Cluster, Goal, Identity, Observed, Scope, Semantics, Staging, TlsConfig, Trust};

/// The truststores of a node that must have the anchors that may be served to the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Both the loaded one and the one on disk.
    Loaded,
    /// The one on disk. The loaded one must have the anchors on the peers' disks, which the peers offer.
    DiskWithAuth,
    /// Only the one on disk.
    Disk,
}

/// The identity and the anchors that a node has loaded and on disk. Anchors are bits, the old ones first.
#[derive(Clone, Debug)]
pub struct Node {
    pub group: usize,
    pub loaded: Held,
    pub disk: Held,
}

#[derive(Clone, Copy, Debug)]
pub struct Held {
    pub identity: Age,
    pub trust: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    Old,
    New,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub semantics: Semantics,
    pub client_auth: ClientAuth,
    pub rule: Rule,
    pub nodes: Vec<Node>,
}

fn ways_of_reading() -> Vec<(Semantics, ClientAuth, Rule)> {
    let of = |(major, minor, patch), auth, staging, rule| {
        (Semantics::cassandra(major, minor, patch, auth).unwrap().with_staging(staging), auth, rule)
    };
    vec![
        of((2, 1, 22), ClientAuth::On, Staging::DOCUMENTED, Rule::Loaded),
        of((3, 11, 19), ClientAuth::Off, Staging::DOCUMENTED, Rule::Disk),
        of((3, 11, 19), ClientAuth::On, Staging::DOCUMENTED, Rule::Loaded),
        of((3, 11, 19), ClientAuth::On, Staging::IN_PLACE, Rule::DiskWithAuth),
        of((5, 0, 6), ClientAuth::On, Staging::IN_PLACE, Rule::Loaded),
        of((5, 0, 6), ClientAuth::Off, Staging::DOCUMENTED, Rule::Loaded),
    ]
}

fn held() -> impl Strategy<Value = Held> {
    let age = prop::sample::select(vec![Age::Old, Age::New]);
    (age, any::<u64>()).prop_map(|(identity, trust)| Held { identity, trust })
}

/// Random states, safe or not.
pub fn any_case(nodes: Range<usize>) -> impl Strategy<Value = Case> {
    let node = (0..3_usize, held(), held()).prop_map(|(group, loaded, disk)| Node { group, loaded, disk });
    (prop::sample::select(ways_of_reading()), prop::collection::vec(node, nodes)).prop_map(
        |((semantics, client_auth, rule), nodes)| {
            let mut case = Case { semantics, client_auth, rule, nodes };
            let known = (1 << (2 * case.nodes.len())) - 1;
            for node in &mut case.nodes {
                node.loaded.trust &= known;
                node.disk.trust &= known;
            }
            case
        },
    )
}

/// Random safe states: a random state with the trust added that the rule requires. Every safe state may be drawn.
pub fn case(nodes: Range<usize>) -> impl Strategy<Value = Case> {
    any_case(nodes).prop_map(Case::made_safe)
}

/// Random safe states in which every node talks to every other, and no node has a new identity.
pub fn unbegun_case(nodes: Range<usize>) -> impl Strategy<Value = Case> {
    any_case(nodes).prop_map(|mut case| {
        for (number, node) in case.nodes.iter_mut().enumerate() {
            node.group = number;
            (node.loaded.identity, node.disk.identity) = (Age::Old, Age::Old);
        }
        case.made_safe()
    })
}

fn identity(node: usize, age: Age) -> Identity {
    Identity::self_signed(&format!("{}-{age:?}", name(node)))
}

pub fn name(node: usize) -> String {
    format!("node{node:02}")
}

impl Case {
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn new_bit(&self, node: usize) -> u64 {
        self.bit(node, Age::New)
    }

    fn bit(&self, node: usize, age: Age) -> u64 {
        1 << if age == Age::New { node + self.len() } else { node }
    }

    pub fn old_bits(&self) -> u64 {
        (1 << self.len()) - 1
    }

    /// The anchors that `node` may serve.
    pub fn may_serve(&self, node: usize) -> u64 {
        self.bit(node, self.nodes[node].loaded.identity) | self.on_disk(node)
    }

    fn on_disk(&self, node: usize) -> u64 {
        self.bit(node, self.nodes[node].disk.identity)
    }

    /// The anchors that are in both truststores of `node`.
    pub fn certainly_trusts(&self, node: usize) -> u64 {
        self.nodes[node].loaded.trust & self.nodes[node].disk.trust
    }

    pub fn possibly_trusts(&self, node: usize) -> u64 {
        self.nodes[node].loaded.trust | self.nodes[node].disk.trust
    }

    pub fn peers(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).filter(move |peer| self.nodes[*peer].group != self.nodes[node].group)
    }

    /// The old anchors of the peers of `node`.
    pub fn old_anchors_for(&self, node: usize) -> Trust {
        self.trust(self.peers(node).map(|peer| self.bit(peer, Age::Old)).sum())
    }

    /// The anchors that must be on the node's disk, and those that its process must have loaded.
    fn must_trust(&self, node: usize) -> (u64, u64) {
        let served = self.peers(node).fold(0, |all, peer| all | self.may_serve(peer));
        let offered = self.peers(node).fold(0, |all, peer| all | self.on_disk(peer));
        match self.rule {
            Rule::Loaded => (served, served),
            Rule::DiskWithAuth => (served, offered),
            Rule::Disk => (served, 0),
        }
    }

    pub fn is_safe(&self) -> bool {
        (0..self.len()).all(|node| {
            let (on_disk, loaded) = self.must_trust(node);
            let Node { loaded: process, disk, .. } = &self.nodes[node];
            disk.trust & on_disk == on_disk && process.trust & loaded == loaded
        })
    }

    fn made_safe(mut self) -> Self {
        for node in 0..self.len() {
            let (on_disk, loaded) = self.must_trust(node);
            self.nodes[node].disk.trust |= on_disk;
            self.nodes[node].loaded.trust |= loaded;
        }
        self
    }

    /// The same disks, with each process restarted.
    pub fn settled(&self) -> Self {
        let mut settled = self.clone();
        for node in &mut settled.nodes {
            node.loaded = node.disk;
        }
        settled
    }

    /// The state before the rotation. No node has a new identity or anchor, and every node trusts every other.
    pub fn clean(&self) -> Self {
        let mut clean = self.clone();
        for node in &mut clean.nodes {
            node.disk = Held { identity: Age::Old, trust: self.old_bits() };
        }
        clean.settled()
    }

    pub fn cluster(&self) -> Cluster {
        self.cluster_in(&(0..self.len()).collect::<Vec<_>>(), name)
    }

    /// The same cluster with its nodes added in this order and under other names.
    pub fn cluster_in(&self, order: &[usize], name: impl Fn(usize) -> String) -> Cluster {
        order.iter().fold(Cluster::new(Scope::Dc, self.semantics), |mut cluster, &number| {
            let Node { group, loaded, disk } = &self.nodes[number];
            let config = |held: &Held| TlsConfig::tls(identity(number, held.identity), self.trust(held.trust));
            let observed = Observed::running(config(loaded), config(disk));
            cluster.add_node(name(number), format!("dc{group}"), "r1", observed).unwrap();
            cluster
        })
    }

    fn trust(&self, bits: u64) -> Trust {
        let held = (0..2 * self.len()).filter(|bit| bits >> bit & 1 == 1);
        let anchor = |bit: usize| identity(bit % self.len(), if bit < self.len() { Age::Old } else { Age::New });
        held.map(|bit| anchor(bit).anchor().clone()).collect()
    }

    pub fn switch(&self) -> Goal {
        self.switch_of(name)
    }

    pub fn switch_of(&self, name: impl Fn(usize) -> String) -> Goal {
        Goal::rotate((0..self.len()).map(|node| (name(node), identity(node, Age::New))))
    }

    pub fn drop_old(&self) -> Goal {
        self.switch().dropping(self.trust(self.old_bits()))
    }

    /// The clients and servers that can connect in `cluster`, which has been changed since [`cluster`](Self::cluster).
    pub fn connected(&self, cluster: &Cluster) -> BTreeSet<(usize, usize)> {
        let observed: Vec<&Observed> = cluster.nodes().map(|(_, node)| node.observed()).collect();
        let loaded = |node: usize| observed[node].loaded().unwrap().trust.candidates()[0].clone();
        let dials_with = |node: usize| match self.rule {
            Rule::Loaded => loaded(node),
            _ => observed[node].disk().trust().clone(),
        };
        let offers = |node: usize| match self.rule {
            Rule::DiskWithAuth => observed[node].disk().identity().unwrap(),
            _ => observed[node].serves().unwrap(),
        };
        let is_connected = |(client, server): &(usize, usize)| {
            dials_with(*client).contains(observed[*server].serves().unwrap().anchor())
                && (self.client_auth == ClientAuth::Off || loaded(*server).contains(offers(*client).anchor()))
        };
        (0..self.len()).flat_map(|node| self.peers(node).map(move |peer| (node, peer))).filter(is_connected).collect()
    }
}
