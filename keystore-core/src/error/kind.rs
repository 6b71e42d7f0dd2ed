//! The kinds of failure.

use super::{Defect, EntryType, Format, Limit, Obstacle};
use thiserror::Error;

/// The kinds of failure, with the data that a caller acts on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The content is none of the formats known here.
    #[error("the content is neither JKS, JCEKS nor PKCS#12")]
    UnknownFormat,
    /// The content is a key store of a format that this crate does not read.
    #[error("{0} key stores are not supported")]
    UnsupportedFormat(Format),
    /// A version number that no reader of the format knows.
    #[error("{format} version {version} is not supported")]
    UnsupportedVersion {
        /// The format.
        format: Format,
        /// The version that the file states.
        version: u32,
    },
    /// An algorithm that this crate does not have.
    #[error("the algorithm {oid} is not supported")]
    UnsupportedAlgorithm {
        /// The object identifier, dotted.
        oid: String,
    },
    /// A digest, a MAC or a padding does not fit. The formats cannot tell the two causes apart.
    #[error("the password is wrong, or the content was tampered with")]
    WrongPasswordOrTampered,
    /// A PKCS#12 carries no MAC and [`Limits::missing_mac`](crate::Limits::missing_mac) does not allow that.
    #[error("the file carries no MAC, so nothing vouches for its content")]
    MissingMac,
    /// The input ends in the middle of something.
    #[error("the input ends early: {needed} bytes are needed, {available} are left")]
    Truncated {
        /// Octets that the structure asks for.
        needed: usize,
        /// Octets that are left.
        available: usize,
    },
    /// The input breaks the rules of its format.
    #[error("the content is malformed: {0}")]
    Malformed(Defect),
    /// More than [`Limits`](crate::Limits) allows; checked before it is spent.
    #[error("{limit}: {found} exceeds the limit of {allowed}")]
    LimitExceeded {
        /// Which limit.
        limit: Limit,
        /// What the input asks for.
        found: u64,
        /// What the limit allows.
        allowed: u64,
    },
    /// Another entry has this alias already, or one that Java does not tell from it (letter case).
    #[error("the alias clashes with {existing:?}, which Java takes for the same")]
    AliasClash {
        /// The alias that is there.
        existing: String,
    },
    /// A certificate is not of the private key that it was given with.
    #[error("the certificate is not of this private key")]
    KeyMismatch,
    /// No entry has this alias.
    #[error("there is no such entry")]
    NoSuchEntry,
    /// The entry is there but of another type.
    #[error("the entry is a {found}, not a {wanted}")]
    WrongEntryType {
        /// What was asked for.
        wanted: EntryType,
        /// What the entry is.
        found: EntryType,
    },
    /// The format or its readers cannot take this.
    #[error("{format} cannot take it: {obstacle}")]
    NotRepresentable {
        /// The format asked for.
        format: Format,
        /// Why not.
        obstacle: Obstacle,
    },
}
