//! The kinds of failure.

use super::{CertificateDefect, Defect, EncodeDefect, EntryType, Format, KeyForm, Limit, Part};
use crate::Timestamp;
use std::fmt;

/// The kinds of failure, with the data that a caller acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The content is none of the formats known here.
    UnknownFormat,
    /// The content is a keystore of a format that this crate does not read.
    UnsupportedFormat(Format),
    /// A version number that no reader of the format knows.
    UnsupportedVersion {
        /// The format.
        format: Format,
        /// The version that the file states.
        version: u32,
    },
    /// An algorithm that this crate, or the given version of Java, does not have.
    UnsupportedAlgorithm {
        /// The object identifier, dotted, with the algorithm's name where it has a common one; in a JCEKS Java's name. It is
        /// what the file says, unchecked. Of scrypt whose parallelization Bouncy Castle would not honour, words that say so.
        algorithm: String,
        /// What it encrypts or authenticates; [`Part::PrivateKeyInfo`] for the algorithm of a key itself;
        /// [`Part::AlgorithmIdentifier`] if that is not known.
        part: Part,
    },
    /// A part of a PKCS#12 has a content type that this crate does not read.
    UnsupportedContentType {
        /// The object identifier, dotted.
        oid: String,
    },
    /// A digest, a MAC or a padding does not fit. The formats cannot tell the two causes apart.
    WrongPasswordOrTampered,
    /// The MAC of a PKCS#12 fits the password and the whole content, but this part is encrypted with another password
    /// (`openssl pkcs12 -twopass` does that). Java refuses such a file.
    OtherPassword {
        /// [`Part::EncryptedData`].
        part: Part,
    },
    /// The password is right, and what it protects is not a private key in PKCS#8. Java does not open such a key.
    NotPkcs8(KeyForm),
    /// A PKCS#12 carries no MAC and [`Limits::missing_mac`](crate::Limits::missing_mac) does not allow that.
    MissingMac,
    /// The input ends in the middle of something.
    Truncated {
        /// Bytes that the structure asks for.
        needed: usize,
        /// Bytes that are left.
        available: usize,
    },
    /// The input breaks the rules of its format.
    Malformed(Defect),
    /// Java does not read a certificate, and so refuses the whole store.
    Certificate(CertificateDefect),
    /// This version of Java does not read how a part of a PKCS#12 is protected.
    UnreadableProtection {
        /// [`Part::MacData`] or [`Part::EncryptedData`].
        part: Part,
    },
    /// More than [`Limits`](crate::Limits) allows; checked before it is spent.
    LimitExceeded {
        /// Which limit.
        limit: Limit,
        /// What the input asks for.
        found: u64,
        /// What the limit allows.
        allowed: u64,
    },
    /// Another entry has this alias already, or one that Java does not tell from it (letter case).
    AliasClash {
        /// The alias that is there.
        existing: String,
    },
    /// The BCFKS is signed, so that no password tells whether it was changed: see
    /// [`Bcfks::decode_signed`](crate::Bcfks::decode_signed).
    Signed,
    /// The BCFKS was to have a signature and has a MAC, which anyone can make with the empty password.
    NotSigned,
    /// The signature of the BCFKS is by an algorithm that its verifier does not have.
    SignatureNotChecked,
    /// The content is encrypted, and no password was given.
    PasswordNeeded,
    /// The certificate does not match the private key that it was given with.
    KeyMismatch,
    /// No entry has this alias.
    NoSuchEntry,
    /// The entry is there but of another type.
    WrongEntryType {
        /// What was asked for.
        wanted: EntryType,
        /// What the entry is.
        found: EntryType,
    },
    /// The format or its readers cannot take this.
    NotRepresentable {
        /// The format asked for.
        format: Format,
        /// Why not.
        defect: EncodeDefect,
    },
    /// Stores of this format are only read: put the entries into one of another format.
    ReadOnly(Format),
    /// The clock of the platform cannot express this moment.
    TimestampOutOfRange(Timestamp),
    /// A rule that this crate guarantees to itself is broken: a bug here, whatever the input. Nothing was written.
    Internal(&'static str),
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFormat => f.write_str("the content is neither JKS, JCEKS, PKCS#12, BCFKS, BKS nor UBER"),
            Self::UnsupportedFormat(format) => write!(f, "{format} keystores are not supported"),
            Self::UnsupportedVersion { format, version } => write!(f, "{format} version {version} is not supported"),
            Self::UnsupportedAlgorithm { algorithm, part: Part::AlgorithmIdentifier } => {
                write!(f, "the algorithm {algorithm} is not supported")
            }
            Self::UnsupportedAlgorithm { algorithm, part: Part::MacData } => {
                write!(f, "the MAC is by {algorithm}, which is not supported")
            }
            Self::UnsupportedAlgorithm { algorithm, part: Part::PrivateKeyInfo } => {
                write!(f, "the private key is for {algorithm}, which is not supported")
            }
            Self::UnsupportedAlgorithm { algorithm, part } => {
                write!(f, "{part} is encrypted by {algorithm}, which is not supported")
            }
            Self::UnsupportedContentType { oid } => write!(f, "the content type {oid} is not supported"),
            Self::WrongPasswordOrTampered => f.write_str("the password is wrong, or the content was tampered with"),
            Self::OtherPassword { part } => {
                write!(f, "the password fits the MAC, but {part} is encrypted with another one")
            }
            Self::NotPkcs8(form) => {
                write!(f, "the password is right, but the key that it protects is {form}, not PKCS#8")
            }
            Self::MissingMac => f.write_str("the file carries no MAC, so its integrity cannot be verified"),
            Self::Truncated { needed, available } => {
                write!(f, "the input ends early: {needed} bytes are needed, {available} are left")
            }
            Self::Malformed(defect) => write!(f, "the content is malformed: {defect}"),
            Self::LimitExceeded { limit: limit @ Limit::MacKey, found, allowed } => {
                write!(f, "{limit}: {found} is less than the {allowed} that keep it from being guessed")
            }
            Self::Certificate(defect) => write!(f, "Java does not read a certificate: {defect}"),
            Self::UnreadableProtection { part } => {
                write!(f, "this version of Java does not read how {part} is protected")
            }
            Self::LimitExceeded { limit, found, allowed } => {
                write!(f, "{limit}: {found} exceeds the limit of {allowed}")
            }
            Self::AliasClash { existing } => {
                write!(f, "the alias clashes with {existing:?}, which Java takes for the same")
            }
            Self::Signed => f.write_str("the store is signed: it takes a public key to verify it, not a password"),
            Self::NotSigned => f.write_str("the store is not signed"),
            Self::SignatureNotChecked => f.write_str("the signature was not checked: its algorithm is not known"),
            Self::PasswordNeeded => f.write_str("the content is encrypted, and no password was given"),
            Self::KeyMismatch => f.write_str("the certificate does not match the private key"),
            Self::NoSuchEntry => f.write_str("there is no such entry"),
            Self::WrongEntryType { wanted, found } => write!(f, "the entry is a {found}, not a {wanted}"),
            Self::NotRepresentable { format, defect } => write!(f, "{format} cannot take it: {defect}"),
            Self::ReadOnly(format) => {
                write!(f, "{format} stores are only read; put the entries into one of another format")
            }
            Self::TimestampOutOfRange(timestamp) => write!(f, "the system's clock cannot express {timestamp}"),
            Self::Internal(broken) => write!(f, "internal error, please report it: {broken}"),
        }
    }
}
