//! A simulated host: a folder with the file tree of a host.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;
use cassandra_props::{Family, Properties};

use super::settings::Settings;

/// The folder in which Edge for Private Cloud keeps Cassandra's data and stores.
pub const DATA: &str = "/opt/apigee/data/apigee-cassandra";

/// The file in which operators put settings that survive an upgrade.
pub const PROPERTIES: &str = "/opt/apigee/customer/application/cassandra.properties";

/// A simulated host, whose root is a folder.
#[derive(Clone, Debug)]
pub struct Host {
    name: String,
    root: PathBuf,
}

impl Host {
    /// The host `name`, whose files are below `root`.
    pub fn new(name: &str, root: PathBuf) -> Self {
        Self { name: name.to_owned(), root }
    }

    /// The host's name, such as `node0`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path on this machine of the file that is `path` on the host.
    pub fn file(&self, path: &str) -> PathBuf {
        self.root.join(Path::new(path.trim_start_matches('/')))
    }

    /// The content of the file that is `path` on the host.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn read(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        fs::read(self.file(path)).with_context(|| format!("{path} on {} cannot be read", self.name))
    }

    pub(super) fn modified(&self, path: &str) -> anyhow::Result<SystemTime> {
        let metadata = fs::metadata(self.file(path)).with_context(|| format!("{path} on {}", self.name))?;
        Ok(metadata.modified()?)
    }

    /// The host's `cassandra.properties`.
    ///
    /// # Errors
    /// If the file cannot be read or parsed.
    pub fn properties(&self) -> anyhow::Result<Properties> {
        Ok(Properties::parse(&self.read(PROPERTIES)?)?)
    }

    /// The internode TLS settings in `cassandra.properties`, under the names of `family`.
    ///
    /// # Errors
    /// As for [`properties`](Self::properties) and [`Settings::read`].
    pub fn settings(&self, family: Family) -> anyhow::Result<Settings> {
        Settings::read(&self.properties()?, family)
    }
}
