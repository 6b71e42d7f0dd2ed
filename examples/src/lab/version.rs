//! The Cassandra versions that the lab imitates, and in what they differ.

use cassandra_props::Family;
use clap::ValueEnum;
use rotation_planner::{ClientAuth, Error, Semantics};

/// A Cassandra version, as far as internode TLS goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Cassandra {
    /// 3.11 (and 2.1, 3.0): two ports; the listener keeps the stores of its start, each dial reads the files anew.
    #[value(name = "3.11")]
    V3_11,
    /// 4.0: one port, one cached context for both directions, renewed by `nodetool reloadssl`.
    #[value(name = "4.0")]
    V4_0,
    /// 5.0: as 4.0.
    #[value(name = "5.0")]
    V5_0,
}

impl Cassandra {
    /// How the planner takes it to read its stores.
    ///
    /// # Errors
    /// If the planner does not know the release.
    pub fn semantics(self, client_auth: ClientAuth) -> Result<Semantics, Error> {
        match self {
            Self::V3_11 => Semantics::cassandra(3, 11, 0, client_auth),
            Self::V4_0 => Semantics::cassandra(4, 0, 0, client_auth),
            Self::V5_0 => Semantics::cassandra(5, 0, 0, client_auth),
        }
    }

    /// The names of the settings in the `cassandra.properties` of the Edge versions that ship it.
    pub fn family(self) -> Family {
        Family::ServerEncryption
    }

    /// Whether each dial reads the stores from disk (2.1 to 3.11) or uses what was loaded (4.0 and later).
    pub fn dials_from_disk(self) -> bool {
        self == Self::V3_11
    }

    /// Whether one port takes TLS and, where the settings allow it, plain connections too (4.0 and later).
    pub fn has_one_port(self) -> bool {
        self != Self::V3_11
    }
}

impl std::fmt::Display for Cassandra {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::V3_11 => "3.11",
            Self::V4_0 => "4.0",
            Self::V5_0 => "5.0",
        })
    }
}
