//! The builds of Cassandra that `live` runs, and their differences.

use std::fmt;

use cassandra_props::Release;
use clap::ValueEnum;

/// A build of Cassandra that can be fetched and run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Distribution {
    /// Cassandra 2.1.22 on Java 8.
    #[value(name = "2.1")]
    V2_1,
    /// Cassandra 3.11.19 on Java 8.
    #[value(name = "3.11")]
    V3_11,
    /// Cassandra 4.0.19 on Java 11.
    #[value(name = "4.0")]
    V4_0,
    /// Cassandra 5.0.8 on Java 17.
    #[value(name = "5.0")]
    V5_0,
}

impl Distribution {
    pub(super) fn version(self) -> &'static str {
        match self {
            Self::V2_1 => "2.1.22",
            Self::V3_11 => "3.11.19",
            Self::V4_0 => "4.0.19",
            Self::V5_0 => "5.0.8",
        }
    }

    pub(super) fn java(self) -> u32 {
        match self {
            Self::V2_1 | Self::V3_11 => 8,
            Self::V4_0 => 11,
            Self::V5_0 => 17,
        }
    }

    /// The artifacts (group, name, version) that, with their dependencies, form a server.
    ///
    /// 3.11 does not start without its Thrift classes, and the nodetool of 2.1 does not run without airline, but
    /// neither is a declared dependency.
    pub(super) fn artifacts(self) -> Vec<[&'static str; 3]> {
        let cassandra = |name| ["org.apache.cassandra", name, self.version()];
        match self {
            Self::V2_1 => vec![cassandra("cassandra-all"), ["io.airlift", "airline", "0.6"]],
            Self::V3_11 => vec![cassandra("cassandra-all"), cassandra("cassandra-thrift")],
            Self::V4_0 | Self::V5_0 => vec![cassandra("cassandra-all")],
        }
    }

    pub(super) fn release(self) -> Release {
        match self {
            Self::V2_1 => Release::V2_1,
            Self::V3_11 => Release::V3_11,
            Self::V4_0 => Release::V4_0,
            Self::V5_0 => Release::V5_0,
        }
    }

    /// Whether TLS and plaintext share one port and contexts can be reloaded (4.0 and later).
    pub(super) fn has_one_port(self) -> bool {
        self.release().is_at_least(Release::V4_0)
    }

    pub(super) fn tls_port(self) -> u16 {
        if self.has_one_port() { PLAIN_PORT } else { 7001 }
    }
}

/// `storage_port`.
pub(super) const PLAIN_PORT: u16 = 7000;
/// `native_transport_port`.
pub(super) const CQL_PORT: u16 = 9042;

impl fmt::Display for Distribution {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.release().fmt(formatter)
    }
}
