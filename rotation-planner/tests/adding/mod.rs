//! Builds clusters, truststores and identities, each in one expression.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

use rotation_planner::{Cluster, Error, Identity, Keyspace, Observed, Trust};

pub fn t(anchors: &[&str]) -> Trust {
    anchors.iter().copied().collect()
}

pub fn ss(id: &str) -> Identity {
    Identity::self_signed(id)
}

pub trait Adding: Sized {
    fn node(self, name: &str, dc: &str, rack: &str, observed: Observed) -> Result<Self, Error>;
    fn keyspace(self, keyspace: Keyspace) -> Self;
}

impl Adding for Cluster {
    fn node(mut self, name: &str, dc: &str, rack: &str, observed: Observed) -> Result<Self, Error> {
        self.add_node(name, dc, rack, observed)?;
        Ok(self)
    }

    fn keyspace(mut self, keyspace: Keyspace) -> Self {
        self.add_keyspace(keyspace);
        self
    }
}
