//! The settings of a node's stores, in the format of the file that holds them on the node.

use cassandra_props::{AnyFile, CassandraYaml, Family, InternodeTls, Properties, Release, TlsSettings};
use zeroize::Zeroizing;

use super::{PACKAGE_STORES, STORES};
use crate::description::Build;

/// The kinds of files that hold a node's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SettingsFormat {
    /// Edge's `cassandra.properties`.
    Properties,
    Yaml,
}

impl SettingsFormat {
    /// The order in which `Bundle::settings_file` looks for the kinds.
    pub(super) const ALL: [Self; 2] = [Self::Properties, Self::Yaml];

    /// The kinds that nodes of this build may have.
    ///
    /// Edge makes `cassandra.yaml` from `cassandra.properties`.
    pub(super) fn of_build(build: &Build) -> &'static [Self] {
        match build {
            Build::Apache(_) => &Self::ALL,
            Build::Edge(_) | Build::AnyEdge => &[Self::Properties],
        }
    }

    pub(super) fn of(file: &AnyFile) -> Self {
        match file {
            AnyFile::Properties(_) => Self::Properties,
            AnyFile::Yaml(_) => Self::Yaml,
        }
    }

    pub(super) fn file_of(self, node: &str) -> String {
        match self {
            Self::Properties => format!("{node}.properties"),
            Self::Yaml => format!("{node}.yaml"),
        }
    }

    pub(super) fn stores(self) -> &'static str {
        match self {
            Self::Properties => STORES,
            Self::Yaml => PACKAGE_STORES,
        }
    }

    /// A file with these settings and no others.
    pub(super) fn write(self, settings: &TlsSettings, release: Release) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        let mut file = match self {
            Self::Properties => AnyFile::Properties(Properties::new()),
            Self::Yaml => AnyFile::Yaml(CassandraYaml::parse(b"")?),
        };
        InternodeTls::new(Family::of_release(release)).enable(settings).apply(&mut file)?;
        Ok(Zeroizing::new(file.as_bytes().to_vec()))
    }
}
