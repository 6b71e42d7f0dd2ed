//! Versions of Cassandra and of Edge, as far as they decide what a setting means.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};

/// A line of Cassandra releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CassandraVersion {
    /// 2.1.x.
    V2_1,
    /// 2.2.x.
    V2_2,
    /// 3.0.x.
    V3_0,
    /// 3.11.x.
    V3_11,
    /// 4.0.x.
    V4_0,
    /// 4.1.x.
    V4_1,
    /// 5.0.x.
    V5_0,
}

impl CassandraVersion {
    const NAMES: [(&'static str, Self); 7] = [
        ("2.1", Self::V2_1),
        ("2.2", Self::V2_2),
        ("3.0", Self::V3_0),
        ("3.11", Self::V3_11),
        ("4.0", Self::V4_0),
        ("4.1", Self::V4_1),
        ("5.0", Self::V5_0),
    ];
}

/// From `3.11`, `3.11.17` or `4.0-beta2`.
impl FromStr for CassandraVersion {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_of =
            |line: &str| text.strip_prefix(line).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']));
        let found = Self::NAMES.iter().find(|(line, _)| is_of(line));
        found.map(|(_, version)| *version).ok_or_else(|| unknown("Cassandra", text))
    }
}

impl fmt::Display for CassandraVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, version)| version == self).map_or("", |(name, _)| name);
        formatter.write_str(name)
    }
}

/// A version of Edge for Private Cloud, such as 4.52.02.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EdgeVersion([u16; 3]);

impl EdgeVersion {
    /// `EdgeVersion::new(4, 52, 2)` is 4.52.02.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self([major, minor, patch])
    }
}

/// From `4.52.02`, `4.52.02.01` or `4.53`.
impl FromStr for EdgeVersion {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let numbers: Result<Vec<u16>, _> = text.split('.').map(str::parse).collect();
        match numbers.as_deref() {
            Ok(&[major, minor]) => Ok(Self([major, minor, 0])),
            Ok(&[major, minor, patch] | &[major, minor, patch, _]) => Ok(Self([major, minor, patch])),
            _ => Err(unknown("Edge", text)),
        }
    }
}

impl fmt::Display for EdgeVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([major, minor, patch]) = self;
        write!(formatter, "{major}.{minor}.{patch:02}")
    }
}

fn unknown(product: &'static str, text: &str) -> Error {
    Error::new(ErrorKind::UnknownVersion { product, text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cassandra_version_is_of_its_line() {
        for (text, version) in [
            ("3.11.17", CassandraVersion::V3_11),
            ("4.0-beta2", CassandraVersion::V4_0),
            ("5.0", CassandraVersion::V5_0),
        ] {
            assert_eq!(text.parse(), Ok(version));
            assert!(text.starts_with(&version.to_string()));
        }
        for text in ["", "3", "3.1", "3.110", "4.00", "6.0", "4.0x"] {
            let error = text.parse::<CassandraVersion>().unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::UnknownVersion { product: "Cassandra", text: text.to_owned() });
        }
    }

    #[test]
    fn edge_versions_have_an_order() {
        let version = |text: &str| text.parse::<EdgeVersion>().unwrap();
        assert!(version("4.52.01") < version("4.52.02"));
        assert!(version("4.52.02.01") < version("4.53"));
        assert_eq!(version("4.53").to_string(), "4.53.00");
        assert!("4".parse::<EdgeVersion>().is_err());
        assert!("4.x.1".parse::<EdgeVersion>().is_err());
    }
}
