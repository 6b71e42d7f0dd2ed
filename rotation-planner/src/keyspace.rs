//! Keyspaces: their replicas, and the number of replicas that must answer.

use std::collections::BTreeMap;

/// A keyspace whose reads and writes must succeed while nodes are down.
///
/// `system_auth` has replication factor 1 by default. The caller decides whether to include it.
///
/// ```
/// use rotation_planner::{Consistency, Keyspace};
///
/// let orders = Keyspace::network_topology("orders", [("dc1", 3), ("dc2", 3)], Consistency::LocalQuorum);
/// assert_eq!(orders.name(), "orders");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Keyspace {
    name: String,
    replicas: Replicas,
    consistency: Consistency,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub(crate) enum Replicas {
    /// `SimpleStrategy`: this many replicas in the whole cluster, on any nodes.
    Simple(usize),
    /// `NetworkTopologyStrategy`: this many replicas in each data centre, spread over its racks.
    NetworkTopology(BTreeMap<String, usize>),
}

/// The replicas that must answer. With `SimpleStrategy`, the whole cluster counts as one data centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Consistency {
    /// One replica in each data centre that has any (`ONE`, `LOCAL_ONE`).
    One,
    /// More than half of the replicas in each data centre (`LOCAL_QUORUM`, `EACH_QUORUM`).
    LocalQuorum,
    /// More than half of all replicas (`QUORUM`).
    Quorum,
    /// All replicas (`ALL`).
    All,
}

impl Keyspace {
    /// A keyspace of `NetworkTopologyStrategy`; `replicas` gives the number for each data centre.
    pub fn network_topology<D: Into<String>>(
        name: impl Into<String>,
        replicas: impl IntoIterator<Item = (D, usize)>,
        consistency: Consistency,
    ) -> Self {
        let replicas = replicas.into_iter().map(|(dc, replicas)| (dc.into(), replicas)).collect();
        Self { name: name.into(), replicas: Replicas::NetworkTopology(replicas), consistency }
    }

    /// A keyspace of `SimpleStrategy` with `replicas` replicas, which may all be in one rack.
    pub fn simple(name: impl Into<String>, replicas: usize, consistency: Consistency) -> Self {
        Self { name: name.into(), replicas: Replicas::Simple(replicas), consistency }
    }

    /// The name of the keyspace.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn replicas(&self) -> &Replicas {
        &self.replicas
    }

    pub(crate) fn consistency(&self) -> Consistency {
        self.consistency
    }
}

impl Consistency {
    pub(crate) fn spare(self, replicas: usize) -> usize {
        match self {
            Self::One => replicas.saturating_sub(1),
            Self::LocalQuorum | Self::Quorum => replicas.saturating_sub(1) / 2,
            Self::All => 0,
        }
    }
}
