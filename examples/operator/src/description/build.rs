//! The build of a node: a release of Apache Cassandra, or a release that Apigee Edge ships.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use anyhow::bail;
use cassandra_props::{Family, Release};
use rotation_planner::{ClientAuth, Semantics};
use serde::{Deserialize, Serialize};

/// The build of Cassandra that the nodes run.
///
/// The text of a build is, for example, `4.0.17`, `v5.0.8`, `4.1`, `edge` or `edge-4.53`. A build of Edge may be patched, so
/// plans for Edge do not rely on the source code of a release.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Build {
    /// A release of Apache Cassandra, or a line of releases.
    Apache(Release),
    /// The release that a version of Edge ships.
    Edge(String),
    /// A release that Edge ships; the version of Edge is not given.
    AnyEdge,
}

impl Build {
    /// The release whose settings and files the nodes read.
    ///
    /// # Errors
    /// If the version of Edge is not given or not known.
    pub fn release(&self) -> anyhow::Result<Release> {
        match self {
            Self::Apache(release) => Ok(*release),
            Self::Edge(version) => Ok(Release::of_edge(version)?),
            Self::AnyEdge => {
                bail!("the release that reads the settings is unknown: give Edge's version, such as edge-4.53.01")
            }
        }
    }

    /// The setting names that the build reads; `None` unless it is a known version of Edge.
    pub fn family(&self) -> Option<Family> {
        match self {
            Self::Edge(_) => self.release().ok().map(Family::of_release),
            Self::Apache(_) | Self::AnyEdge => None,
        }
    }

    /// The possible releases of the build.
    ///
    /// If the version of Edge is not given or not known, every release that Edge ships is possible.
    pub fn releases(&self) -> BTreeSet<Release> {
        match self.release() {
            Ok(release) => BTreeSet::from([release]),
            Err(_) => Release::EDGE.iter().map(|(_, release)| *release).collect(),
        }
    }

    /// Whether the source code of Cassandra shows how nodes of this build read their stores.
    pub fn is_documented(&self) -> bool {
        matches!(self, Self::Apache(_))
    }

    /// Whether nodes of this build can reload stores; `None` if the release is unknown.
    ///
    /// Nodes can reload stores from 4.0 on.
    pub fn reloads(&self) -> Option<bool> {
        self.release().ok().map(|release| release.is_at_least(Release::V4_0))
    }

    /// The default port on which nodes of this build accept TLS from each other.
    ///
    /// From 4.0 on, this is the default of `storage_port`; before 4.0, the default of `ssl_storage_port`.
    ///
    /// # Errors
    /// If the release is unknown.
    pub fn tls_port(&self) -> anyhow::Result<u16> {
        Ok(if self.release()?.is_at_least(Release::V4_0) { 7000 } else { 7001 })
    }

    /// The planner's model of the way in which nodes of this build read their stores.
    ///
    /// # Errors
    /// If the planner does not know the release.
    pub fn semantics(&self, client_auth: ClientAuth) -> anyhow::Result<Semantics> {
        Ok(match self {
            Self::Apache(release) => bridge::settings::semantics(*release, client_auth)?,
            Self::Edge(_) | Self::AnyEdge => Semantics::conservative(client_auth),
        })
    }
}

impl FromStr for Build {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let lower = text.trim().to_ascii_lowercase();
        match lower.strip_prefix("edge") {
            Some("") => Ok(Self::AnyEdge),
            Some(rest) => {
                let version = rest.trim_start_matches(['-', ' ']);
                Release::of_edge(version)?;
                Ok(Self::Edge(version.to_owned()))
            }
            None => match text.parse() {
                Ok(release) => Ok(Self::Apache(release)),
                Err(error) => bail!("{error}; a build of Edge is edge, or edge-4.53.01 with Edge's version"),
            },
        }
    }
}

impl TryFrom<String> for Build {
    type Error = anyhow::Error;

    fn try_from(text: String) -> anyhow::Result<Self> {
        text.parse()
    }
}

impl From<Build> for String {
    fn from(build: Build) -> Self {
        build.to_string()
    }
}

impl fmt::Display for Build {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apache(release) => release.fmt(formatter),
            Self::Edge(version) => write!(formatter, "edge-{version}"),
            Self::AnyEdge => formatter.write_str("edge"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_read_as_people_write_it_and_an_unknown_one_is_an_error_that_lists_the_known() {
        for (text, shown, release) in [
            ("4.0.17", "4.0.17", Some("4.0.17")),
            ("v5.0.8", "5.0.8", Some("5.0.8")),
            ("4.1 ", "4.1", Some("4.1")),
            ("edge", "edge", None),
            ("Edge-4.53", "edge-4.53", Some("4.0.13")),
            ("edge 4.53.01", "edge-4.53.01", Some("4.0.18")),
        ] {
            let build: Build = text.parse().unwrap();
            assert_eq!(build.to_string(), shown);
            assert_eq!(build.release().ok().map(|release| release.to_string()).as_deref(), release);
            assert_eq!(build.to_string().parse::<Build>().unwrap(), build);
        }
        for (text, known) in [
            ("6.0", "2.1, 2.2, 3.0, 3.11, 4.0, 4.1, 5.0"),
            ("foo", "edge, or edge-4.53.01"),
            ("edge-9.99", "4.53.01, 4.54.00"),
        ] {
            let error = text.parse::<Build>().unwrap_err().to_string();
            assert!(error.contains(known), "{error}");
        }
    }
}
