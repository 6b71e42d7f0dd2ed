//! Decides which nodes may be down together without making a keyspace unavailable.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::cluster::{Cluster, Node, Role, Scope};
use crate::keyspace::{Consistency, Keyspace, Replicas};
use crate::preference::Batching;

pub(super) struct Availability<'a> {
    keyspaces: &'a [Keyspace],
    nodes: Vec<&'a Node>,
    /// The rank of each node's data centre among all data centres, ordered by name.
    dcs: Vec<usize>,
    /// The nodes that are down at the start, without those that are yet to join.
    down: BTreeSet<usize>,
    /// The number of racks of each data centre, without those of clients.
    racks: HashMap<&'a str, usize>,
    /// The number of nodes of each rack of each data centre, without clients.
    rack_sizes: HashMap<(&'a str, &'a str), usize>,
    /// The number of nodes of each data centre, without clients.
    sizes: HashMap<&'a str, usize>,
}

impl<'a> Availability<'a> {
    pub(super) fn of(cluster: &'a Cluster) -> Self {
        let nodes: Vec<&Node> = cluster.nodes().map(|(_, node)| node).collect();
        let is_down = |node: &Node| node.observed().loaded().is_none() && !node.observed().details().empty;
        let down = nodes.iter().enumerate().filter(|(_, node)| is_down(node)).map(|(number, _)| number).collect();
        let (mut racks, mut rack_sizes, mut sizes) = (HashMap::new(), HashMap::new(), HashMap::new());
        // These counts are only used to judge keyspaces.
        let counted = if cluster.keyspaces().is_empty() { &[][..] } else { nodes.as_slice() };
        let with_data = || counted.iter().filter(|node| holds_data(node));
        for node in with_data() {
            *rack_sizes.entry((node.dc(), node.rack())).or_insert(0) += 1;
            *sizes.entry(node.dc()).or_insert(0) += 1;
        }
        for (dc, _) in rack_sizes.keys() {
            *racks.entry(*dc).or_insert(0) += 1;
        }
        let dcs = ranks(nodes.iter().copied().map(Node::dc));
        Self { keyspaces: cluster.keyspaces(), nodes, dcs, down, racks, rack_sizes, sizes }
    }

    pub(super) fn is_known(&self) -> bool {
        !self.keyspaces.is_empty()
    }

    pub(super) fn dc(&self, node: usize) -> usize {
        self.dcs.get(node).copied().unwrap_or_default()
    }

    /// The number of each node's unit, a set of nodes that may be down together.
    ///
    /// A unit is one rack of each data centre if `batching` and the keyspaces allow such units. Otherwise, a unit is one rack
    /// if the keyspaces allow that, and a single node if they do not.
    pub(super) fn units(&self, batching: Batching) -> Vec<usize> {
        let by_rack = self.racks_by_size();
        let of_each_dc = (batching == Batching::ReplicasOfAllDcs)
            .then(|| by_rack.iter().map(|(_, rank)| *rank).collect::<Vec<usize>>());
        let mut numbers = HashMap::new();
        let racks: Vec<usize> = by_rack
            .iter()
            .map(|unit| {
                let next = numbers.len();
                *numbers.entry(*unit).or_insert(next)
            })
            .collect();
        let may_be_down = |units: &Vec<usize>| {
            (0..units.len()).all(|unit| {
                let members: Vec<usize> = (0..units.len()).filter(|node| units.get(*node) == Some(&unit)).collect();
                self.lost(&members).is_none()
            })
        };
        let units = of_each_dc.into_iter().chain([racks]).find(may_be_down);
        units.unwrap_or_else(|| (0..self.nodes.len()).collect())
    }

    /// For each node, its data centre and the rank of its rack there, the largest rack first.
    fn racks_by_size(&self) -> Vec<(&'a str, usize)> {
        let mut sizes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for node in &self.nodes {
            *sizes.entry((node.dc(), node.rack())).or_insert(0) += 1;
        }
        let rank = |node: &&'a Node| {
            let own = sizes.get(&(node.dc(), node.rack())).copied().unwrap_or(0);
            let before = sizes.iter().filter(|((dc, rack), size)| {
                *dc == node.dc() && (**size > own || **size == own && *rack < node.rack())
            });
            (node.dc(), before.count())
        };
        self.nodes.iter().map(rank).collect()
    }

    pub(super) fn down(&self) -> &BTreeSet<usize> {
        &self.down
    }

    /// The first keyspace that is not available while these nodes are down.
    ///
    /// The nodes that were down at the start are also down. An available keyspace can be read and written at its
    /// consistency level.
    pub(super) fn lost(&self, down: &[usize]) -> Option<&'a Keyspace> {
        self.lost_without(&self.down.iter().chain(down).copied().collect(), None).next()
    }

    /// The keyspaces that may be unavailable while these nodes, and no others, are down.
    ///
    /// With `division`, the connections that this scope encrypts may also be cut. A coordinator then reaches only its own data
    /// centre or, with [`Scope::Rack`], only its own rack.
    pub(super) fn lost_without(
        &self,
        down: &BTreeSet<usize>,
        division: Option<Scope>,
    ) -> impl Iterator<Item = &'a Keyspace> {
        let down = down.iter().filter_map(|node| self.nodes.get(*node).copied());
        let down: Vec<&Node> = down.filter(|node| holds_data(node)).collect();
        self.keyspaces.iter().filter(move |keyspace| {
            self.loses(keyspace, &down) || division.is_some_and(|scope| self.is_lost_across(keyspace, scope, &down))
        })
    }

    fn is_lost_across(&self, keyspace: &Keyspace, scope: Scope, down: &[&Node]) -> bool {
        let consistency = keyspace.consistency();
        // Only NetworkTopologyStrategy spreads the replicas of a data centre evenly over its racks.
        let Replicas::NetworkTopology(dcs) = keyspace.replicas() else { return true };
        let is_one_dc = dcs.values().filter(|replicas| **replicas > 0).count() < 2;
        let within_dc = is_one_dc || matches!(consistency, Consistency::One | Consistency::LocalQuorum);
        let within_racks = |(dc, replicas): (&String, &usize)| {
            let of_each = replicas / self.racks.get(dc.as_str()).copied().unwrap_or(0).max(1);
            let left = by_rack(dc, down).into_iter().map(|(rack, down)| {
                let held = of_each.min(self.rack_sizes.get(&(dc.as_str(), rack)).copied().unwrap_or(0));
                held.saturating_sub(down)
            });
            let seen = left.min().unwrap_or(of_each);
            *replicas == 0 || seen > 0 && replicas - seen <= consistency.spare(*replicas)
        };
        !within_dc || scope == Scope::Rack && !dcs.iter().all(within_racks)
    }

    fn loses(&self, keyspace: &Keyspace, down: &[&Node]) -> bool {
        let consistency = keyspace.consistency();
        match keyspace.replicas() {
            Replicas::Simple(replicas) => {
                missing_of(*replicas, self.sizes.values().sum(), down.len()) > consistency.spare(*replicas)
            }
            Replicas::NetworkTopology(dcs) => {
                let missing = |(dc, replicas): (&String, &usize)| self.missing(dc, *replicas, down);
                if consistency == Consistency::Quorum {
                    dcs.iter().map(missing).sum::<usize>() > consistency.spare(dcs.values().sum())
                } else {
                    dcs.iter().any(|(dc, replicas)| missing((dc, replicas)) > consistency.spare(*replicas))
                }
            }
        }
    }

    /// The maximum number of replicas of one range that are missing in `dc`.
    ///
    /// If there are at least as many racks as replicas, each rack holds at most one replica of a range
    /// (`NetworkTopologyStrategy`).
    fn missing(&self, dc: &str, replicas: usize, down: &[&Node]) -> usize {
        let by_rack = by_rack(dc, down);
        let racks = self.racks.get(dc).copied().unwrap_or(0);
        let nodes = self.sizes.get(dc).copied().unwrap_or(0);
        missing_of(replicas, nodes, if replicas <= racks { by_rack.len() } else { by_rack.values().sum() })
    }
}

/// The number of these nodes in each rack of `dc`.
fn by_rack<'a>(dc: &str, nodes: &[&'a Node]) -> BTreeMap<&'a str, usize> {
    let mut by_rack = BTreeMap::new();
    for node in nodes.iter().filter(|node| node.dc() == dc) {
        *by_rack.entry(node.rack()).or_insert(0) += 1;
    }
    by_rack
}

fn ranks<'a, I: Iterator<Item = &'a str> + Clone>(names: I) -> Vec<usize> {
    let mut distinct: Vec<&str> = Vec::new();
    for name in names.clone() {
        if distinct.last() != Some(&name) {
            distinct.push(name);
        }
    }
    distinct.sort_unstable();
    distinct.dedup();
    names.map(|name| distinct.partition_point(|other| *other < name)).collect()
}

fn holds_data(node: &Node) -> bool {
    node.role() != Role::Client
}

/// The maximum number of replicas that are missing if `down` of the `nodes` are down.
///
/// Replicas beyond the number of nodes are always missing.
fn missing_of(replicas: usize, nodes: usize, down: usize) -> usize {
    let held = replicas.min(nodes);
    down.min(held) + (replicas - held)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientAuth, Observed, Scope, Semantics, TlsConfig};

    fn cluster(keyspace: Keyspace) -> Cluster {
        let nodes = (0..6).map(|node| (format!("a{node}"), "a", format!("r{}", node % 3)));
        let nodes = nodes.chain((0..3).map(|node| (format!("b{node}"), "b", "r0".to_owned())));
        let mut empty = Cluster::new(Scope::All, Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap());
        empty.add_keyspace(keyspace);
        nodes.fold(empty, |mut cluster, (name, dc, rack)| {
            cluster.add_node(name, dc, rack, Observed::settled(TlsConfig::plaintext())).unwrap();
            cluster
        })
    }

    fn is_lost(keyspace: Keyspace, down: &[usize]) -> bool {
        Availability::of(&cluster(keyspace)).lost(down).is_some()
    }

    #[test]
    fn a_whole_rack_holds_one_replica_of_each_range() {
        let keyspace = |consistency| Keyspace::network_topology("k", [("a", 3), ("b", 3)], consistency);
        let local = || keyspace(Consistency::LocalQuorum);
        assert!(!is_lost(local(), &[0, 3]), "the rack r0 of a");
        assert!(is_lost(local(), &[0, 1]), "two racks of a");
        assert!(!is_lost(local(), &[0, 3, 6]), "one rack of a and one node of b, which has fewer racks than replicas");
        assert!(is_lost(local(), &[6, 7]));
        let quorum = || keyspace(Consistency::Quorum);
        assert!(!is_lost(quorum(), &[0, 1]), "two of six");
        assert!(is_lost(quorum(), &[0, 1, 6]), "three of six");
        assert!(!is_lost(keyspace(Consistency::One), &[0, 1, 6, 7]));
        assert!(is_lost(keyspace(Consistency::All), &[8]));
    }

    #[test]
    fn without_racks_or_replicas_to_spare_each_node_counts() {
        assert!(!is_lost(Keyspace::simple("k", 3, Consistency::Quorum), &[0]));
        assert!(is_lost(Keyspace::simple("k", 3, Consistency::Quorum), &[0, 3]));
        assert!(is_lost(Keyspace::simple("k", 1, Consistency::One), &[0]));
        assert!(!is_lost(Keyspace::network_topology("k", [("a", 3)], Consistency::LocalQuorum), &[6, 7, 8]));
    }
}
