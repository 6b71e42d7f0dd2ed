//! Groups of nodes, which determine the connections that use TLS.
//!
//! The node that connects chooses the transport by its own scope: plaintext to the nodes of its data centre
//! ([`Scope::Dc`]) or rack ([`Scope::Rack`]), otherwise the transport of its mode. If nodes in one data centre
//! or rack have different scopes, one direction may use TLS and the other plaintext.

use std::collections::HashMap;

use crate::anchor_set::AnchorSet;
use crate::cluster::{Cluster, Node, Role, Scope};
use crate::few::Few;
use crate::model::Table;

#[derive(Clone)]
pub(crate) struct Places {
    /// Each node's own group: the nodes to which the node does not connect over TLS.
    ///
    /// With [`Scope::All`], the group is the node itself, otherwise its data centre or rack. All clients form one group.
    groups: Table<usize>,
    count: usize,
    /// The groups that are a data centre or a rack.
    plain: AnchorSet,
    /// The groups that contain each node: its own, and those that are its data centre or rack.
    of: Table<Few>,
    is_mixed: bool,
}

#[derive(PartialEq, Eq, Hash)]
enum Place<'a> {
    Clients,
    Dc(&'a str),
    Rack(&'a str, &'a str),
}

impl Places {
    pub(crate) fn of(cluster: &Cluster) -> Self {
        let (mut numbers, mut next) = (HashMap::new(), 0);
        let mut groups = Table(Vec::new());
        for (_, node) in cluster.nodes() {
            let place = own_place(cluster, node);
            let group = place.map_or(next, |place| *numbers.entry(place).or_insert(next));
            next = next.max(group + 1);
            groups.0.push(group);
        }
        let around = |(group, (_, node)): (&usize, (_, &Node))| -> Few {
            let places = [Place::Dc(node.dc()), Place::Rack(node.dc(), node.rack())];
            let known = places.into_iter().filter_map(|place| numbers.get(&place).copied());
            known.filter(|_| node.role() != Role::Client).chain([*group]).collect()
        };
        let of: Table<Few> = groups.0.iter().zip(cluster.nodes()).map(around).collect();
        let is_mixed = of.0.iter().any(|groups| groups.len() > 1);
        let plain = numbers.iter().filter(|(place, _)| **place != Place::Clients).map(|(_, group)| *group).collect();
        Self { groups, count: next, plain, of, is_mixed }
    }

    pub(crate) fn group(&self, node: usize) -> &usize {
        &self.groups[node]
    }

    pub(crate) fn around(&self, node: usize) -> &[usize] {
        &self.of[node]
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn members(&self) -> Table<Few> {
        let mut members = Table(vec![Few::NONE; self.count]);
        for (node, groups) in self.of.0.iter().enumerate() {
            groups.iter().for_each(|group| members[*group].insert(node));
        }
        members
    }

    /// Whether some node is in several groups.
    ///
    /// Two nodes may then use TLS in one direction only.
    pub(crate) fn is_mixed(&self) -> bool {
        self.is_mixed
    }

    /// Whether a connection from `client` to `server` uses TLS, once TLS is enabled.
    pub(crate) fn is_tls(&self, client: usize, server: usize) -> bool {
        !self.of[server].contains(&self.groups[client])
    }

    /// Whether a group of `node` is a data centre or rack, which may use plaintext inside.
    pub(crate) fn is_met_in_plaintext(&self, node: usize) -> bool {
        self.of[node].iter().any(|group| self.plain.contains(*group))
    }

    /// The data centres and racks inside which `node` may refuse plaintext connections.
    ///
    /// There are none if `node` has [`Scope::Dc`] or [`Scope::Rack`], because such a node never refuses plaintext.
    pub(crate) fn met_in_plaintext(&self, node: usize) -> impl Iterator<Item = usize> {
        let is_open = self.plain.contains(self.groups[node]);
        self.of[node].iter().copied().filter(move |group| !is_open && self.plain.contains(*group))
    }
}

/// The place whose nodes `node` does not connect to over TLS; `None` if it is the node alone.
fn own_place<'a>(cluster: &Cluster, node: &'a Node) -> Option<Place<'a>> {
    match cluster.scope_of(node) {
        _ if node.role() == Role::Client => Some(Place::Clients),
        Scope::All => None,
        Scope::Dc => Some(Place::Dc(node.dc())),
        Scope::Rack => Some(Place::Rack(node.dc(), node.rack())),
    }
}
