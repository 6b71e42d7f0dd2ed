//! Which store a node reads, and when: it depends on the Cassandra version.

/// A Cassandra version, as far as its way of reading stores goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Version {
    /// 2.1 and 2.2.
    V2_1,
    /// 3.0.
    V3_0,
    /// 3.11.
    V3_11,
    /// 4.0.
    V4_0,
    /// 4.1.
    V4_1,
    /// 5.0.
    V5_0,
    /// Anything else, and builds that may be patched: nothing is assumed but that a restart loads the disk.
    Unknown,
}

/// Whether listeners demand and verify a certificate of the dialler (`require_client_auth`).
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
pub enum Placement {
    /// The same path and the same password: the file is replaced, the settings stay.
    InPlace,
    /// Another path, named in the settings; the file that the running process names stays where it is.
    NewPath,
    /// The same path under another password. No Cassandra version can read it before a restart: always refused.
    InPlaceNewPassword,
}

/// Where a store lies and what opens it: labels of the caller's, never the password itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StoreLocation<'a> {
    /// Stands for the file's path.
    pub path: &'a str,
    /// Stands for the password, for example a generation number. Equal labels mean equal passwords.
    pub password: &'a str,
}

impl Placement {
    /// What it means to go from the store that a running process names to the next one.
    pub fn between(now: StoreLocation<'_>, next: StoreLocation<'_>) -> Self {
        if now.path != next.path {
            Self::NewPath
        } else if now.password == next.password {
            Self::InPlace
        } else {
            Self::InPlaceNewPassword
        }
    }
}

/// Where each of the two stores is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Staging {
    /// The truststore.
    pub trust: Placement,
    /// The keystore.
    pub identity: Placement,
}

impl Staging {
    /// Both stores in place: on 4.0+ a reload is enough for either.
    pub const IN_PLACE: Self = Self { trust: Placement::InPlace, identity: Placement::InPlace };
    /// Both stores under new paths: only a restart loads them.
    pub const NEW_PATHS: Self = Self { trust: Placement::NewPath, identity: Placement::NewPath };
    /// The truststore in place, the keystore under a new path: what Apigee's procedure does.
    pub const DOCUMENTED: Self = Self { trust: Placement::InPlace, identity: Placement::NewPath };
}

/// Whether `optional: true` can be set (4.0+; a product's configuration template may hide it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum OptionalTls {
    /// It can: a node may take in plaintext and TLS at once.
    Available,
    /// It cannot: a node speaks one or the other.
    Unavailable,
}

/// How the nodes of a cluster read their stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Semantics {
    pub(crate) reading: Reading,
    pub(crate) client_auth: ClientAuth,
    pub(crate) staging: Staging,
    pub(crate) optional: OptionalTls,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub(crate) enum Reading {
    /// Whatever was loaded or lies on disk may be in use, for any purpose, until a restart.
    Conservative,
    /// 2.1 to 3.11: the listener keeps what was loaded at start, every dial opens the files on disk.
    DialsFromDisk,
    /// 4.0+: one cached context for both, renewed from the same paths by a reload.
    CachedContext,
}

/// What makes a node load a store that was staged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum LoadKind {
    /// `nodetool reloadssl`: nobody is down.
    Reload,
    /// The process is stopped and started.
    Restart,
}

impl Semantics {
    /// The semantics of a version, with stores staged as [`Staging::DOCUMENTED`]. 2.1 and unknown builds are taken
    /// conservatively, because nobody has seen them run; [`Semantics::exact`] opts into what their source says.
    pub fn of(version: Version, client_auth: ClientAuth) -> Self {
        let (reading, optional) = match version {
            Version::V2_1 | Version::Unknown => (Reading::Conservative, OptionalTls::Unavailable),
            Version::V3_0 | Version::V3_11 => (Reading::DialsFromDisk, OptionalTls::Unavailable),
            Version::V4_0 | Version::V4_1 | Version::V5_0 => (Reading::CachedContext, OptionalTls::Available),
        };
        Self { reading, client_auth, staging: Staging::DOCUMENTED, optional }
    }

    /// 2.1 read as its source says: as 3.11. No other version changes.
    pub fn exact(version: Version, client_auth: ClientAuth) -> Self {
        match version {
            Version::V2_1 => Self::of(Version::V3_11, client_auth),
            other => Self::of(other, client_auth),
        }
    }

    /// The same cluster, but nothing assumed: any store may be in use, loaded or on disk, until a restart. Sound for
    /// every version and for a mixture of versions.
    #[must_use]
    pub fn conservative(mut self) -> Self {
        self.reading = Reading::Conservative;
        self
    }

    /// The semantics of a cluster in which versions or settings differ: the common one, or the conservative one.
    /// `optional` counts as available only where it is available everywhere. `None` for no node at all.
    pub fn of_mixture(nodes: impl IntoIterator<Item = Self>) -> Option<Self> {
        nodes.into_iter().reduce(|a, b| if a == b { a } else { a.conservative().narrowed_to(b) })
    }

    fn narrowed_to(mut self, other: Self) -> Self {
        if other.optional == OptionalTls::Unavailable {
            self.optional = OptionalTls::Unavailable;
        }
        if other.client_auth == ClientAuth::On {
            self.client_auth = ClientAuth::On;
        }
        self
    }

    /// Where new stores are put.
    #[must_use]
    pub fn staging(mut self, staging: Staging) -> Self {
        self.staging = staging;
        self
    }

    /// Whether `optional: true` can be set.
    #[must_use]
    pub fn optional_tls(mut self, optional: OptionalTls) -> Self {
        self.optional = optional;
        self
    }

    /// Whether listeners verify diallers, where a node does not say otherwise.
    pub fn client_auth(self) -> ClientAuth {
        self.client_auth
    }

    /// What loads a truststore that was staged.
    pub fn trust_load(self) -> LoadKind {
        self.load_of(self.staging.trust)
    }

    /// What loads a keystore that was staged.
    pub fn identity_load(self) -> LoadKind {
        self.load_of(self.staging.identity)
    }

    fn load_of(self, placement: Placement) -> LoadKind {
        match (self.reading, placement) {
            (Reading::CachedContext, Placement::InPlace) => LoadKind::Reload,
            _ => LoadKind::Restart,
        }
    }

    /// What a node demands that does not say: where nothing is assumed, the worst.
    pub(crate) fn assumed_auth(self) -> ClientAuth {
        if self.reading == Reading::Conservative { ClientAuth::On } else { self.client_auth }
    }

    /// Whether dials open the truststore that lies on disk, not the loaded one.
    pub(crate) fn dials_with_trust_on_disk(self) -> bool {
        self.reading == Reading::DialsFromDisk && self.staging.trust == Placement::InPlace
    }

    /// Whether dials offer the identity that lies on disk, not the loaded one.
    pub(crate) fn offers_identity_on_disk(self) -> bool {
        self.dials_with_trust_on_disk() && self.staging.identity == Placement::InPlace
    }
}
