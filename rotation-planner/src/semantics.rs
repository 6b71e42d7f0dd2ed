//! The moments at which a node reads its stores, and the readings of Cassandra's releases.

use crate::error::{Error, ErrorKind};

/// Whether servers require and verify a certificate from the client (`require_client_auth`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum ClientAuth {
    /// `require_client_auth: false`.
    Off,
    /// `require_client_auth: true`: mutual TLS.
    On,
}

/// The path and the password of a new store, compared with those of the old store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Placement {
    /// Under the same path and password: the file is replaced, and the settings stay.
    InPlace,
    /// Under another path, which the settings then name.
    ///
    /// The file that the running process uses stays in place.
    NewPath,
    /// Under the same path with another password.
    ///
    /// No Cassandra release can read such a store before a restart, so a plan is refused if a node with this placement
    /// talks to a peer.
    InPlaceNewPassword,
}

/// The placement of a new truststore and of a new keystore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Staging {
    /// The truststore.
    pub trust: Placement,
    /// The keystore.
    pub identity: Placement,
}

impl Staging {
    /// Both stores in place. On 4.0 and later, a reload loads both stores.
    pub const IN_PLACE: Self = Self::new(Placement::InPlace, Placement::InPlace);
    /// Both stores under new paths, or as PEM in the settings.
    ///
    /// Only a restart loads them.
    pub const NEW_PATHS: Self = Self::new(Placement::NewPath, Placement::NewPath);
    /// The truststore in place and the keystore under a new path, as in Apigee's procedure.
    pub const DOCUMENTED: Self = Self::new(Placement::InPlace, Placement::NewPath);

    /// Places the truststore as `trust` says and the keystore as `identity` says.
    pub const fn new(trust: Placement, identity: Placement) -> Self {
        Self { trust, identity }
    }
}

/// The stores whose path in the settings has changed since the process started.
///
/// The process still uses the old stores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
pub(crate) struct Moved {
    #[cfg_attr(feature = "serde", serde(rename = "trust_moved"))]
    pub(crate) trust: bool,
    #[cfg_attr(feature = "serde", serde(rename = "identity_moved"))]
    pub(crate) identity: bool,
}

/// Whether `optional: true` can be set.
///
/// Cassandra 4.0 and later support it, but a product's configuration template may hide it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum OptionalSupport {
    /// `optional: true` can be set, so that a node accepts plaintext and TLS.
    Available,
    /// `optional: true` cannot be set.
    Unavailable,
}

/// The moment at which a process reads a store, for one use of that store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Reading {
    /// Once, when the process starts.
    AtStart,
    /// At start and at each reload.
    ///
    /// The process reloads after a command, or when a timer or a watcher finds that the file was written. A plan is safe
    /// whenever the reload happens. The plan relies on the reload only after a step [`Activation::Reload`], at which you
    /// give the command or wait until the process has loaded the file.
    AtReload,
    /// At each handshake, from the file on disk, so that a written file is used immediately.
    AtHandshake,
    /// Unknown: plans are safe for each of the other readings.
    Unknown,
}

/// The moments at which a process reads its keystore and its truststore.
///
/// The process uses each store as a server and as a client.
///
/// A process reads its settings (mode, client authentication) only when it starts.
///
/// ```
/// use rotation_planner::{ClientAuth, Reading, Readings, Semantics};
///
/// // A node that reads its keystore at each handshake, and its truststore when it starts.
/// let mut readings = Readings::all(Reading::AtStart);
/// (readings.identity_as_server, readings.identity_as_client) = (Reading::AtHandshake, Reading::AtHandshake);
/// let semantics = Semantics::new(readings, ClientAuth::On);
/// assert_eq!(semantics.identity_activation(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Readings {
    /// The identity that is served to nodes that connect.
    pub identity_as_server: Reading,
    /// The identity that is offered to servers that require one.
    pub identity_as_client: Reading,
    /// The trust in clients, if they are verified.
    pub trust_as_server: Reading,
    /// The trust in servers.
    pub trust_as_client: Reading,
}

impl Readings {
    /// The same reading for all four uses.
    pub const fn all(reading: Reading) -> Self {
        Self {
            identity_as_server: reading,
            identity_as_client: reading,
            trust_as_server: reading,
            trust_as_client: reading,
        }
    }

    /// Cassandra 3.0 and 3.11.
    ///
    /// The server keeps the stores that it read at start, and each outbound connection opens the files.
    const DIALS_FROM_DISK: Self = Self {
        identity_as_client: Reading::AtHandshake,
        trust_as_client: Reading::AtHandshake,
        ..Self::all(Reading::AtStart)
    };
}

/// The properties of a node's product and installation on which plans depend.
///
/// The properties are the readings, the placement of new stores, the support for `optional: true`, and the client
/// authentication of a node whose own setting is not given.
///
/// Use [`Semantics::cassandra`] for a Cassandra release, [`Semantics::conservative`] for any build, and [`Semantics::new`] for
/// another product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Semantics {
    readings: Readings,
    client_auth: ClientAuth,
    pub(crate) staging: Staging,
    pub(crate) optional_support: OptionalSupport,
}

/// The action that makes a node use a staged store or setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Activation {
    /// The running process reads its stores again (in Cassandra: `nodetool reloadssl`).
    ///
    /// [`Semantics::cassandra`] says why the stores must be touched first.
    Reload,
    /// The process is stopped and started.
    Restart,
}

const LINES: [(u32, u32, Readings, OptionalSupport); 7] = [
    (2, 1, Readings::all(Reading::Unknown), OptionalSupport::Unavailable),
    (2, 2, Readings::all(Reading::Unknown), OptionalSupport::Unavailable),
    (3, 0, Readings::DIALS_FROM_DISK, OptionalSupport::Unavailable),
    (3, 11, Readings::DIALS_FROM_DISK, OptionalSupport::Unavailable),
    (4, 0, Readings::all(Reading::AtReload), OptionalSupport::Available),
    (4, 1, Readings::all(Reading::AtReload), OptionalSupport::Available),
    (5, 0, Readings::all(Reading::AtReload), OptionalSupport::Available),
];

pub(crate) fn known_lines() -> String {
    LINES.map(|(major, minor, ..)| format!("{major}.{minor}")).join(", ")
}

impl Semantics {
    /// The semantics of a Cassandra release, with stores staged as [`Staging::DOCUMENTED`].
    ///
    /// According to their source code, 2.1 and 2.2 read stores as 3.11 does. No live run has confirmed the source code, so
    /// the readings of 2.1 and 2.2 count as unknown. Pass 3.11 to rely on the source code.
    ///
    /// Use [`Semantics::conservative`] for a build that may be patched, for example a vendor's, and for a node with its own
    /// `ssl_context_factory`. PEM in the settings (`PEMBasedSslContextFactory` without files, 4.1 and later) is read only at
    /// start, so use [`Staging::NEW_PATHS`] for it.
    ///
    /// In 4.0, and in 4.1 up to 4.1.3, `nodetool reloadssl` loads nothing unless the modification time of a file has changed
    /// since the last check (`SSLFactory.checkCertFilesForHotReloading`). From 4.1.4 on, the command always loads the stores
    /// (`SSLFactory.forceCheckCertFiles`, CASSANDRA-18681). So touch the stores before each reload, and wait for the log to
    /// confirm the reload: the exit status does not say whether anything was loaded.
    ///
    /// ```
    /// use rotation_planner::{Activation, ClientAuth, Semantics, Staging};
    ///
    /// let semantics = Semantics::cassandra(4, 0, 17, ClientAuth::On)?;
    /// assert_eq!(semantics.with_staging(Staging::IN_PLACE).identity_activation(), Some(Activation::Reload));
    ///
    /// let error = Semantics::cassandra(6, 0, 0, ClientAuth::On).unwrap_err();
    /// assert_eq!(error.to_string(), "unknown Cassandra release 6.0.0: the known lines are 2.1, 2.2, 3.0, 3.11, 4.0, 4.1, 5.0");
    /// # Ok::<(), rotation_planner::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownRelease`] if the line of releases `major.minor` is not known.
    pub fn cassandra(major: u32, minor: u32, patch: u32, client_auth: ClientAuth) -> Result<Self, Error> {
        let line = LINES.into_iter().find(|line| (line.0, line.1) == (major, minor));
        let Some((_, _, readings, optional_support)) = line else {
            return Err(Error::new(ErrorKind::UnknownRelease { major, minor, patch }));
        };
        Ok(Self { readings, client_auth, staging: Staging::DOCUMENTED, optional_support })
    }

    /// Semantics that hold for every build.
    ///
    /// Until a restart, a node may use the loaded store or, if the path and the password stay the same, the store on
    /// disk. `optional: true` cannot be set. Stores are staged as [`Staging::DOCUMENTED`].
    ///
    /// A plan that is safe under these semantics is safe for every reading, but may take more restarts than a plan for the
    /// actual release.
    pub fn conservative(client_auth: ClientAuth) -> Self {
        Self::new(Readings::all(Reading::Unknown), client_auth).with_staging(Staging::DOCUMENTED)
    }

    /// The semantics of a product with these readings.
    ///
    /// Stores are staged in place ([`Staging::IN_PLACE`]), and `optional: true` cannot be set.
    pub fn new(readings: Readings, client_auth: ClientAuth) -> Self {
        let (staging, optional_support) = (Staging::IN_PLACE, OptionalSupport::Unavailable);
        Self { readings, client_auth, staging, optional_support }
    }

    pub(crate) fn of_clients() -> Self {
        Self::new(Readings::all(Reading::AtStart), ClientAuth::Off)
    }

    /// The same semantics, with new stores placed as `staging` says.
    #[must_use]
    pub fn with_staging(mut self, staging: Staging) -> Self {
        self.staging = staging;
        self
    }

    /// The same semantics, with or without support for `optional: true`.
    #[must_use]
    pub fn with_optional_support(mut self, optional_support: OptionalSupport) -> Self {
        self.optional_support = optional_support;
        self
    }

    /// The client authentication of a node whose own setting is not given.
    pub(crate) fn client_auth(self) -> ClientAuth {
        self.client_auth
    }

    /// The activation after which a node uses a staged truststore; `None` if none is needed.
    pub fn trust_activation(self) -> Option<Activation> {
        self.trust_as_server().activation().max(self.trust_as_client().activation())
    }

    /// The activation after which a node uses a staged keystore; `None` if none is needed.
    pub fn identity_activation(self) -> Option<Activation> {
        self.identity_as_server().activation().max(self.identity_as_client().activation())
    }

    /// The client authentication that the rule of safety assumes if a node's own is not given.
    ///
    /// If `trust_as_server` is unknown, the result is `On`, the worst case.
    pub(crate) fn assumed_auth(self) -> ClientAuth {
        if self.readings.trust_as_server == Reading::Unknown { ClientAuth::On } else { self.client_auth }
    }

    /// The semantics of a process, given the stores that were moved since it started.
    pub(crate) fn where_moved(mut self, moved: Moved) -> Self {
        if moved.trust {
            self.staging.trust = Placement::NewPath;
        }
        if moved.identity {
            self.staging.identity = Placement::NewPath;
        }
        self
    }

    /// Whether each outbound connection opens the files, with the passwords known at start.
    pub(crate) fn opens_files_to_dial(self) -> bool {
        self.readings.trust_as_client == Reading::AtHandshake
    }

    pub(crate) fn trust_as_server(self) -> Reading {
        self.readings.trust_as_server.of_file_at(self.staging.trust)
    }

    pub(crate) fn trust_as_client(self) -> Reading {
        self.readings.trust_as_client.of_file_at(self.staging.trust)
    }

    pub(crate) fn identity_as_server(self) -> Reading {
        self.readings.identity_as_server.of_file_at(self.staging.identity)
    }

    pub(crate) fn identity_as_client(self) -> Reading {
        self.readings.identity_as_client.of_file_at(self.staging.identity)
    }
}

impl Reading {
    /// The reading of a store at `placement`.
    ///
    /// A store with a new path or password is read only at start.
    fn of_file_at(self, placement: Placement) -> Self {
        if placement == Placement::InPlace { self } else { Self::AtStart }
    }

    pub(crate) fn activation(self) -> Option<Activation> {
        match self {
            Self::AtHandshake => None,
            Self::AtReload => Some(Activation::Reload),
            Self::AtStart | Self::Unknown => Some(Activation::Restart),
        }
    }

    /// Whether a running process may use a newly written file.
    pub(crate) fn is_before_restart(self) -> bool {
        self != Self::AtStart
    }

    pub(crate) fn is_renewed_by_reload(self) -> bool {
        self.activation() <= Some(Activation::Reload)
    }
}
