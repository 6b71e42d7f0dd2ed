//! The rows and columns of a page: each node or, in a large cluster, each rack.

use std::collections::BTreeMap;

use anyhow::Context as _;
use rotation_planner::{Cluster, Judgement, NodeName, Witness};
use serde::Serialize;

/// Clusters of at most this many nodes are shown node by node.
const SINGLY: usize = 50;

#[derive(Debug)]
pub(crate) struct Units {
    /// Sorted by data centre, rack and name.
    pub(crate) list: Vec<Unit>,
    pub(crate) kind: Kind,
    of_node: BTreeMap<NodeName, usize>,
    /// For each client's unit and server's unit, whether two of their nodes must connect.
    talk: Vec<bool>,
}

/// A node, or the nodes of a rack.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) name: String,
    pub(crate) dc: String,
    pub(crate) rack: String,
    pub(crate) nodes: Vec<NodeName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Node,
    Rack,
}

impl Units {
    pub(crate) fn of(cluster: &Cluster, judgement: &Judgement<'_>) -> Self {
        let kind = if cluster.nodes().count() > SINGLY { Kind::Rack } else { Kind::Node };
        let mut units: BTreeMap<(String, String, Option<NodeName>), Vec<NodeName>> = BTreeMap::new();
        for (name, node) in cluster.nodes() {
            let alone = (kind == Kind::Node).then(|| name.clone());
            units.entry((node.dc().to_owned(), node.rack().to_owned(), alone)).or_default().push(name.clone());
        }
        let list: Vec<Unit> = units.into_iter().map(|((dc, rack, node), nodes)| unit(dc, rack, node, nodes)).collect();
        let members = |(number, unit): (usize, &Unit)| unit.nodes.iter().map(|node| (node.clone(), number)).collect();
        let of_node = list.iter().enumerate().flat_map(|unit| -> Vec<(NodeName, usize)> { members(unit) }).collect();
        let talk = list.iter().flat_map(|client| list.iter().map(|server| must_connect(judgement, client, server)));
        let talk = talk.collect();
        Self { list, kind, of_node, talk }
    }

    pub(crate) fn of_node(&self, node: &NodeName) -> anyhow::Result<usize> {
        self.of_node.get(node).copied().with_context(|| format!("{node} is not in the cluster"))
    }

    pub(crate) fn cell(&self, client: usize, server: usize) -> usize {
        client * self.list.len() + server
    }

    pub(crate) fn cell_of(&self, witness: &Witness) -> anyhow::Result<usize> {
        Ok(self.cell(self.of_node(&witness.client)?, self.of_node(&witness.server)?))
    }

    pub(crate) fn talk(&self, client: usize, server: usize) -> bool {
        self.talk.get(self.cell(client, server)).copied().unwrap_or_default()
    }
}

fn unit(dc: String, rack: String, node: Option<NodeName>, nodes: Vec<NodeName>) -> Unit {
    let name = node.map_or_else(|| format!("{dc} {rack}"), |node| node.as_str().to_owned());
    Unit { name, dc, rack, nodes }
}

fn must_connect(judgement: &Judgement<'_>, client: &Unit, server: &Unit) -> bool {
    client.nodes.iter().any(|one| server.nodes.iter().any(|other| judgement.must_connect(one, other)))
}
