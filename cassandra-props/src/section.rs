//! The parts of `cassandra.yaml` that hold TLS settings.

use std::fmt;

use crate::table::{self, Definition};

/// A part of `cassandra.yaml` that holds TLS settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    /// `server_encryption_options`, for connections between nodes.
    Server,
    /// `client_encryption_options`, for connections from clients.
    Client,
    /// The top-level keys, such as `ssl_storage_port`.
    TopLevel,
}

impl Section {
    /// All sections.
    pub const ALL: [Self; 3] = [Self::Server, Self::Client, Self::TopLevel];

    /// The key in `cassandra.yaml`; `None` for the top level.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Server => Some("server_encryption_options"),
            Self::Client => Some("client_encryption_options"),
            Self::TopLevel => None,
        }
    }

    /// The settings that this crate knows in this section, whatever the release.
    pub fn definitions(self) -> &'static [Definition] {
        match self {
            Self::Server => table::SERVER,
            Self::Client => table::CLIENT,
            Self::TopLevel => table::TOP_LEVEL,
        }
    }

    /// The setting with this name; `None` if it is not in [`definitions`](Self::definitions).
    ///
    /// ```
    /// use cassandra_props::{DefaultValue, Release, Section};
    ///
    /// let password = Section::Server.definition("keystore_password").unwrap();
    /// assert_eq!(password.default_in(Release::V4_0), DefaultValue::Value("cassandra"));
    /// assert_eq!(password.default_in(Release::V4_1), DefaultValue::Unset);
    /// ```
    pub fn definition(self, name: &str) -> Option<&'static Definition> {
        self.definitions().iter().find(|definition| definition.name() == name)
    }
}

/// Writes `server_encryption_options`, `client_encryption_options` or `the file`.
impl fmt::Display for Section {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name().unwrap_or("the file"))
    }
}
