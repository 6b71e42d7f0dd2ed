//! The keyspaces that must stay readable and writable.

use std::collections::BTreeMap;

use anyhow::bail;
use rotation_planner::{Consistency, Keyspace};
use serde::{Deserialize, Serialize};

use crate::input::Line;

/// A keyspace that must be readable and writable while nodes are restarted.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Described {
    /// The name of the keyspace.
    pub name: Line,
    /// `NetworkTopologyStrategy`: the number of replicas in each data centre.
    #[serde(default)]
    pub replicas: BTreeMap<Line, usize>,
    /// `SimpleStrategy`: the number of replicas.
    #[serde(default)]
    pub simple: Option<usize>,
    /// The consistency level of the keyspace's clients.
    pub consistency: ConsistencyLevel,
}

/// The number of replicas that must answer, as a consistency level.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsistencyLevel {
    /// `ONE`, `LOCAL_ONE`.
    One,
    /// `LOCAL_QUORUM`, `EACH_QUORUM`.
    LocalQuorum,
    /// `QUORUM`.
    Quorum,
    /// `ALL`.
    All,
}

impl Described {
    /// The keyspace for the planner.
    ///
    /// # Errors
    /// If neither `replicas` nor `simple` is given, or both are.
    pub fn keyspace(&self) -> anyhow::Result<Keyspace> {
        let consistency = match self.consistency {
            ConsistencyLevel::One => Consistency::One,
            ConsistencyLevel::LocalQuorum => Consistency::LocalQuorum,
            ConsistencyLevel::Quorum => Consistency::Quorum,
            ConsistencyLevel::All => Consistency::All,
        };
        let dcs = self.replicas.iter().map(|(dc, replicas)| (dc.as_str(), *replicas));
        match (self.simple, self.replicas.is_empty()) {
            (Some(replicas), true) => Ok(Keyspace::simple(self.name.as_str(), replicas, consistency)),
            (None, false) => Ok(Keyspace::network_topology(self.name.as_str(), dcs, consistency)),
            _ => bail!("keyspace {} needs `replicas = {{ dc1 = 3 }}` or `simple = 3`", self.name),
        }
    }
}
