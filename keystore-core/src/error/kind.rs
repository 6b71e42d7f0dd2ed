//! The kinds of failure.

use super::{CertificateDefect, Defect, EncodeDefect, EntryType, Format, KeyForm, Limit, Part};
use crate::Timestamp;
use std::fmt;

/// The kinds of failure, with the data that a caller needs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The content is not of a known format.
    UnknownFormat,
    /// The content is not a keystore, or has a format that this build of the crate does not read.
    UnsupportedFormat(Format),
    /// A version number that no reader of the format knows.
    UnsupportedVersion {
        /// The format.
        format: Format,
        /// The version that the file states.
        version: u32,
    },
    /// An algorithm that this crate, or the given version of Java, does not support.
    UnsupportedAlgorithm {
        /// The object identifier, dotted, with the algorithm's common name if it has one; in a JCEKS, Java's name. It
        /// is what the file says, unchecked. For scrypt with a parallelization that Bouncy Castle would not honour, an
        /// explanation.
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
    /// A digest, a MAC or a padding does not match. The formats cannot distinguish the two causes.
    WrongPasswordOrTampered,
    /// The MAC of a PKCS#12 matches the password and the whole content, but this part is encrypted with another
    /// password (as by `openssl pkcs12 -twopass`). Java refuses such a file.
    OtherPassword {
        /// [`Part::EncryptedData`].
        part: Part,
    },
    /// The password is right, but what it protects is not a private key in PKCS#8. Java does not open such a key.
    NotPkcs8(KeyForm),
    /// A PKCS#12 has no MAC, and [`Limits::missing_mac`](crate::Limits::missing_mac) does not allow that.
    MissingMac,
    /// The input ends in the middle of an element.
    Truncated {
        /// The number of bytes that the structure requires.
        needed: usize,
        /// The number of bytes that are left.
        available: usize,
    },
    /// The input breaks the rules of its format.
    Malformed(Defect),
    /// Java does not read a certificate, and so refuses the whole store.
    Certificate(CertificateDefect),
    /// This version of Java does not support the protection of a part of a PKCS#12.
    UnreadableProtection {
        /// [`Part::MacData`] or [`Part::EncryptedData`].
        part: Part,
    },
    /// The input asks for more than [`Limits`](crate::Limits) allows. Checked before anything is spent.
    LimitExceeded {
        /// Which limit.
        limit: Limit,
        /// What the input asks for.
        found: u64,
        /// What the limit allows.
        allowed: u64,
    },
    /// Another entry has this alias, or one that Java treats as the same (letter case).
    AliasClash {
        /// The existing alias.
        existing: String,
    },
    /// The BCFKS is signed, so no password shows whether it was changed: see
    /// [`Bcfks::decode_signed`](crate::Bcfks::decode_signed).
    Signed,
    /// A signed BCFKS was expected, and this one has a MAC, which anyone can make with the empty password.
    NotSigned,
    /// The verifier does not support the algorithm of the BCFKS's signature.
    SignatureNotChecked,
    /// The content is encrypted, and no password was given.
    PasswordNeeded,
    /// The certificate does not match the private key that it was given with.
    KeyMismatch,
    /// No entry has this alias.
    NoSuchEntry,
    /// The entry has another type.
    WrongEntryType {
        /// The type that was requested.
        wanted: EntryType,
        /// The type of the entry.
        found: EntryType,
    },
    /// The format or its readers cannot represent this.
    NotRepresentable {
        /// The requested format.
        format: Format,
        /// Why not.
        defect: EncodeDefect,
    },
    /// Stores of this format are read-only. Put the entries into a store of another format.
    ReadOnly(Format),
    /// The clock of the platform cannot express this moment.
    TimestampOutOfRange(Timestamp),
    /// An invariant of this crate is broken: a bug here, whatever the input. Nothing was written.
    Internal(&'static str),
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFormat => f.write_str("the content is neither JKS, JCEKS, PKCS#12, BCFKS, BKS nor UBER"),
            Self::UnsupportedFormat(Format::Pem) => f.write_str("this is PEM text, not a keystore"),
            Self::UnsupportedFormat(Format::Certificate) => {
                f.write_str("this is an X.509 certificate in DER, not a keystore")
            }
            Self::UnsupportedFormat(Format::PrivateKey) => f.write_str("this is a private key in DER, not a keystore"),
            Self::UnsupportedFormat(format) => write!(f, "{format} keystores are not supported"),
            Self::UnsupportedVersion { format, version } => write!(f, "{format} version {version} is not supported"),
            Self::UnsupportedAlgorithm { algorithm, part } => unsupported(f, algorithm, *part),
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
                write!(f, "the alias clashes with {existing:?}, which Java treats as the same")
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

fn unsupported(f: &mut fmt::Formatter<'_>, algorithm: &str, part: Part) -> fmt::Result {
    match part {
        Part::AlgorithmIdentifier => write!(f, "the algorithm {algorithm} is not supported"),
        Part::MacData => write!(f, "the MAC is by {algorithm}, which is not supported"),
        Part::PrivateKeyInfo => write!(f, "the private key is for {algorithm}, which is not supported"),
        part => write!(f, "{part} is encrypted by {algorithm}, which is not supported"),
    }
}
