//! Which store a node reads, and when: it depends on the Cassandra release.

use crate::error::{Error, ErrorKind};

/// Whether servers demand and verify a certificate of the client (`require_client_auth`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum ClientAuth {
    /// `require_client_auth: false`.
    Off,
    /// `require_client_auth: true`: mutual TLS.
    On,
}

/// Where a new store is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Placement {
    /// The same path and the same password: the file is replaced, the settings stay.
    InPlace,
    /// Another path, named in the settings; the file that the running process names stays where it is.
    NewPath,
    /// The same path under another password. No Cassandra release can read it before a restart: always refused.
    InPlaceNewPassword,
}

impl Placement {
    /// Of two placements in one cluster, the one that allows less.
    fn worse_of(self, other: Self) -> Self {
        let worst_first = [Self::InPlaceNewPassword, Self::NewPath];
        worst_first.into_iter().find(|worse| [self, other].contains(worse)).unwrap_or(Self::InPlace)
    }
}

/// Where each of the two stores is put.
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
    /// Both stores in place: on 4.0+ a reload is enough for either.
    pub const IN_PLACE: Self = Self::new(Placement::InPlace, Placement::InPlace);
    /// Both stores under new paths: only a restart loads them.
    pub const NEW_PATHS: Self = Self::new(Placement::NewPath, Placement::NewPath);
    /// The truststore in place, the keystore under a new path: what Apigee's procedure does.
    pub const DOCUMENTED: Self = Self::new(Placement::InPlace, Placement::NewPath);

    /// The truststore where `trust` says, the keystore where `identity` says.
    pub const fn new(trust: Placement, identity: Placement) -> Self {
        Self { trust, identity }
    }
}

/// Whether `optional: true` can be set (4.0+; a product's configuration template may hide it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum OptionalSupport {
    /// It can: a node may accept plaintext and TLS at once.
    Available,
    /// It cannot: a node accepts one or the other.
    Unavailable,
}

/// How the nodes of a cluster read their stores.
///
/// Made for a Cassandra release by [`Semantics::cassandra`], or for any build by [`Semantics::conservative`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Semantics {
    pub(crate) reading: Reading,
    pub(crate) client_auth: ClientAuth,
    pub(crate) staging: Staging,
    pub(crate) optional_support: OptionalSupport,
    /// Whether nodes whose own `require_client_auth` is not given have different ones.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "std::ops::Not::not"))]
    client_auth_differs: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub(crate) enum Reading {
    /// Anything that was loaded or is on disk may be in use, for any purpose, until a restart.
    Conservative,
    /// 2.1 to 3.11: the server keeps what was loaded at start, each outbound connection opens the files on disk.
    DialsFromDisk,
    /// 4.0+: one cached context for both, renewed from the same paths by a reload.
    CachedContext,
}

/// What makes a node use a store that was staged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Activation {
    /// `nodetool reloadssl`: the node stays up.
    Reload,
    /// The process is stopped and started.
    Restart,
}

/// The lines of releases that are known, and how each reads its stores.
///
/// 2.1 and 2.2 are read conservatively: their source reads as 3.11's, but no live run has confirmed it. To rely
/// on the source, give 3.11.
const LINES: [(u32, u32, Reading, OptionalSupport); 7] = [
    (2, 1, Reading::Conservative, OptionalSupport::Unavailable),
    (2, 2, Reading::Conservative, OptionalSupport::Unavailable),
    (3, 0, Reading::DialsFromDisk, OptionalSupport::Unavailable),
    (3, 11, Reading::DialsFromDisk, OptionalSupport::Unavailable),
    (4, 0, Reading::CachedContext, OptionalSupport::Available),
    (4, 1, Reading::CachedContext, OptionalSupport::Available),
    (5, 0, Reading::CachedContext, OptionalSupport::Available),
];

/// The lines of releases that [`Semantics::cassandra`] knows, for an error message.
pub(crate) fn known_lines() -> String {
    LINES.map(|(major, minor, ..)| format!("{major}.{minor}")).join(", ")
}

impl Semantics {
    /// The semantics of Cassandra release `major.minor.patch`, with stores staged as [`Staging::DOCUMENTED`].
    ///
    /// 2.1 and 2.2 are read conservatively, because no live run has confirmed what their source says: that they read as
    /// 3.11 does. Give 3.11 to rely on it. A build that may be patched, or of another product, is
    /// [`Semantics::conservative`].
    ///
    /// ```
    /// use rotation_planner::{Activation, ClientAuth, Semantics, Staging};
    ///
    /// let semantics = Semantics::cassandra(4, 0, 17, ClientAuth::On)?;
    /// assert_eq!(semantics.with_staging(Staging::IN_PLACE).identity_activation(), Activation::Reload);
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
        let Some((_, _, reading, optional_support)) = line else {
            return Err(Error::new(ErrorKind::UnknownRelease { major, minor, patch }));
        };
        let staging = Staging::DOCUMENTED;
        Ok(Self { reading, client_auth, staging, optional_support, client_auth_differs: false })
    }

    /// Semantics that hold for every build: any store may be in use, loaded or on disk, until a restart, and
    /// `optional: true` cannot be set. Stores are staged as [`Staging::DOCUMENTED`].
    ///
    /// A plan that is safe under them is safe whatever the nodes read, and takes more restarts where they read less.
    pub fn conservative(client_auth: ClientAuth) -> Self {
        Self {
            reading: Reading::Conservative,
            client_auth,
            staging: Staging::DOCUMENTED,
            optional_support: OptionalSupport::Unavailable,
            client_auth_differs: false,
        }
    }

    /// The semantics of a cluster in which releases or settings differ: the common one, or the conservative one.
    /// `optional` counts as available only where it is available everywhere. `None` without any node.
    pub fn of_mixture(nodes: impl IntoIterator<Item = Self>) -> Option<Self> {
        nodes.into_iter().reduce(|a, b| if a == b { a } else { a.mixed_with(b) })
    }

    fn mixed_with(self, other: Self) -> Self {
        let is_unavailable = [self, other].iter().any(|one| one.optional_support == OptionalSupport::Unavailable);
        let is_demanded = [self, other].iter().any(|one| one.client_auth == ClientAuth::On);
        Self {
            reading: Reading::Conservative,
            client_auth: if is_demanded { ClientAuth::On } else { ClientAuth::Off },
            staging: Staging {
                trust: self.staging.trust.worse_of(other.staging.trust),
                identity: self.staging.identity.worse_of(other.staging.identity),
            },
            client_auth_differs: self.client_auth != other.client_auth
                || self.client_auth_differs
                || other.client_auth_differs,
            optional_support: if is_unavailable { OptionalSupport::Unavailable } else { OptionalSupport::Available },
        }
    }

    /// The same, with new stores put where `staging` says.
    #[must_use]
    pub fn with_staging(mut self, staging: Staging) -> Self {
        self.staging = staging;
        self
    }

    /// The same, with `optional: true` available or not.
    #[must_use]
    pub fn with_optional_support(mut self, optional_support: OptionalSupport) -> Self {
        self.optional_support = optional_support;
        self
    }

    /// Whether servers verify clients, where a node's own setting is not given.
    pub fn client_auth(self) -> ClientAuth {
        self.client_auth
    }

    pub(crate) fn staging(self) -> Staging {
        self.staging
    }

    /// What activates a truststore that was staged.
    pub fn trust_activation(self) -> Activation {
        self.activation_of(self.staging.trust)
    }

    /// What activates a keystore that was staged.
    pub fn identity_activation(self) -> Activation {
        self.activation_of(self.staging.identity)
    }

    fn activation_of(self, placement: Placement) -> Activation {
        match (self.reading, placement) {
            (Reading::CachedContext, Placement::InPlace) => Activation::Reload,
            _ => Activation::Restart,
        }
    }

    /// What `require_client_auth` is on a node whose own setting is not given; `None`: it differs.
    pub(crate) fn configured_auth(self) -> Option<ClientAuth> {
        (!self.client_auth_differs).then_some(self.client_auth)
    }

    /// What a node demands whose own setting is not given: under conservative semantics, the worst.
    pub(crate) fn assumed_auth(self) -> ClientAuth {
        if self.reading == Reading::Conservative { ClientAuth::On } else { self.client_auth }
    }

    /// Whether outbound connections open the truststore on disk instead of using the loaded one.
    pub(crate) fn dials_with_trust_on_disk(self) -> bool {
        self.reading == Reading::DialsFromDisk && self.staging.trust == Placement::InPlace
    }

    /// Whether outbound connections offer the identity on disk instead of the loaded one.
    pub(crate) fn offers_identity_on_disk(self) -> bool {
        self.dials_with_trust_on_disk() && self.staging.identity == Placement::InPlace
    }
}
