//! The two families of property names under which Edge takes Cassandra's TLS settings.

use crate::properties::Properties;
use crate::setting::Setting;
use crate::version::{CassandraVersion, EdgeVersion};

/// Which names `cassandra.properties` has for the internode TLS settings. Edge reads one family and ignores the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// `conf_cassandra_keystore` and so on: Edge 4.50.00 to 4.52.01, on Cassandra 2.1.
    Legacy,
    /// `conf_cassandra_server_encryption_keystore` and so on: Edge 4.52.02 and later, on Cassandra 3.11 and 4.0.
    ServerEncryption,
}

impl Family {
    /// Both, the older first.
    pub const ALL: [Self; 2] = [Self::Legacy, Self::ServerEncryption];

    /// The family that this version of Edge reads.
    pub fn of_edge(version: EdgeVersion) -> Self {
        if version < EdgeVersion::new(4, 52, 2) { Self::Legacy } else { Self::ServerEncryption }
    }

    /// The family of the Edge versions that ship this version of Cassandra.
    pub fn of_cassandra(version: CassandraVersion) -> Self {
        if version < CassandraVersion::V3_0 { Self::Legacy } else { Self::ServerEncryption }
    }

    /// The family that the file has: that of its properties, or of those commented out if there are none. `None` if it
    /// has neither, or both alike.
    pub fn of_file(file: &Properties) -> Option<Self> {
        let only = |has: &dyn Fn(&str) -> bool| {
            let holds = |family: &Self| Setting::ALL.iter().any(|setting| has(&family.key(*setting)));
            match Self::ALL.map(|family| holds(&family)) {
                [true, false] => Some(Some(Self::Legacy)),
                [false, true] => Some(Some(Self::ServerEncryption)),
                [true, true] => Some(None),
                [false, false] => None,
            }
        };
        only(&|key| file.entry(key).is_some()).or_else(|| only(&|key| !file.commented_out(key).is_empty())).flatten()
    }

    /// The other family.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Legacy => Self::ServerEncryption,
            Self::ServerEncryption => Self::Legacy,
        }
    }

    /// What the names of the family begin with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Legacy => "conf_cassandra_",
            Self::ServerEncryption => "conf_cassandra_server_encryption_",
        }
    }

    /// The property's key for a setting, such as `conf_cassandra_keystore`.
    pub fn key(self, setting: Setting) -> String {
        format!("{}{}", self.prefix(), setting.name())
    }
}
