//! The kinds of errors.

use super::{CertificateDefect, Defect, EncodeDefect, EntryType, Format, KeyForm, Limit, Part};
use crate::Timestamp;
use std::fmt;

/// The kind of an error, with the data that a caller needs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The content is not of a known format.
    UnknownFormat,
    /// The content is not a keystore, or has a format that this build does not support.
    ///
    /// [`loads`](crate::loads) also returns this error for a format that Java does not support.
    UnsupportedFormat(Format),
    /// This crate does not read this version of the format.
    UnsupportedVersion {
        /// The format.
        format: Format,
        /// The version that the file states.
        version: u32,
    },
    /// An algorithm that this crate, Java or Bouncy Castle does not support.
    UnsupportedAlgorithm {
        /// The dotted object identifier from the file, after the algorithm's name if that is known.
        ///
        /// For a secret key in a JCEKS, the value is the name in the file. For an UBER without the feature `uber`, and for
        /// scrypt with a parallelization that Bouncy Castle ignores, the value is a description.
        algorithm: String,
        /// The part that uses the algorithm.
        ///
        /// The part is [`Part::PrivateKeyInfo`] for the algorithm of a key itself, and [`Part::AlgorithmIdentifier`] if the
        /// part is not known.
        part: Part,
    },
    /// A part of a PKCS#12 has a content type that this crate does not read.
    UnsupportedContentType {
        /// The object identifier, dotted.
        oid: String,
    },
    /// The password is wrong, or the content was changed.
    ///
    /// A check, such as that of a digest, a MAC or a padding, failed. The formats cannot distinguish the two causes.
    WrongPasswordOrTampered,
    /// The password matches the MAC of a PKCS#12, but a part is encrypted with another password.
    ///
    /// `openssl pkcs12 -export -twopass` writes such files, which Java refuses.
    OtherPassword {
        /// The encrypted part, which is [`Part::EncryptedData`].
        part: Part,
    },
    /// The password is right, but the private key is not in PKCS#8.
    ///
    /// Java does not open such a key.
    NotPkcs8(KeyForm),
    /// A PKCS#12 has no MAC, but [`Limits::missing_mac`](crate::Limits::missing_mac) requires a MAC.
    MissingMac,
    /// The input ends too early.
    Truncated {
        /// The minimum number of bytes that are needed.
        needed: usize,
        /// The number of bytes that are left.
        available: usize,
    },
    /// The input breaks the rules of its format.
    Malformed(Defect),
    /// Java does not read a certificate, and so refuses the whole store.
    Certificate(CertificateDefect),
    /// The given version of Java, or `bcprov`, does not support the protection of a part.
    UnreadableProtection {
        /// The protected part.
        ///
        /// The part is [`Part::MacData`], [`Part::EncryptedData`] or [`Part::EncryptedObjectStoreData`].
        part: Part,
    },
    /// The input violates a limit.
    LimitExceeded {
        /// The limit.
        limit: Limit,
        /// The value that violates the limit.
        found: u64,
        /// The maximum; for [`Limit::MacKey`] the minimum.
        allowed: u64,
    },
    /// Another entry has this alias, or an alias that Java treats as the same.
    AliasClash {
        /// The existing alias.
        existing: String,
    },
    /// The BCFKS is signed, so no password verifies it; use [`Bcfks::decode_signed`](crate::Bcfks::decode_signed).
    Signed,
    /// A signed BCFKS was expected, but the store has a MAC instead of a signature.
    NotSigned,
    /// The verifier does not support the algorithm of the BCFKS's signature.
    SignatureNotChecked,
    /// The content is encrypted, and no password was given. Decode the file with its password.
    ///
    /// This is also the error for an edit of a PKCS#12 with encrypted parts, and for encoding it, if it was decoded without a
    /// password.
    PasswordNeeded,
    /// The certificate belongs to another private key.
    KeyMismatch,
    /// No entry was found under this alias.
    NoSuchEntry,
    /// The entry has another type.
    WrongEntryType {
        /// The type that was requested.
        wanted: EntryType,
        /// The type of the entry.
        found: EntryType,
    },
    /// The entry has neither a sealed private key nor a sealed secret key.
    NoSealedKey {
        /// The type of the entry.
        found: EntryType,
    },
    /// The format or its readers do not support an entry, a key, a password or a store.
    NotRepresentable {
        /// The format.
        format: Format,
        /// The reason.
        defect: EncodeDefect,
    },
    /// Stores of this format are read-only. Put the entries into a store of another format.
    ReadOnly(Format),
    /// The platform's `SystemTime` cannot express this moment.
    TimestampOutOfRange(Timestamp),
    /// An invariant of this crate is broken, which is a bug in this crate.
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
            Self::UnsupportedFormat(format @ (Format::PrivateKey | Format::CertificateRequest)) => {
                write!(f, "this is a {format}, not a keystore")
            }
            Self::UnsupportedFormat(Format::Pkcs7) => f.write_str("this is PKCS#7, not a keystore"),
            #[cfg(not(feature = "bcfks"))]
            Self::UnsupportedFormat(Format::Bcfks) => {
                f.write_str("this is a Bouncy Castle BCFKS keystore, which needs the feature `bcfks` of keystore-core")
            }
            Self::UnsupportedFormat(format) => write!(f, "{format} keystores are not supported"),
            Self::UnsupportedVersion { format, version } => write!(f, "{format} version {version} is not supported"),
            Self::UnsupportedAlgorithm { algorithm, part } => unsupported(f, algorithm, *part),
            Self::UnsupportedContentType { oid } => write!(f, "the content type {oid} is not supported"),
            Self::WrongPasswordOrTampered => f.write_str("the password is wrong, or the content was tampered with"),
            Self::OtherPassword { part } => {
                write!(f, "the password matches the MAC, but {part} is encrypted with another password")
            }
            Self::NotPkcs8(form) => {
                write!(f, "the password is right, but the key that it protects is {form}, not PKCS#8")
            }
            Self::MissingMac => f.write_str("the file has no MAC, so its integrity cannot be verified"),
            Self::Truncated { needed, available } => {
                write!(f, "the input ends early: {needed} bytes are needed, {available} are left")
            }
            Self::Malformed(defect) => write!(f, "the content is malformed: {defect}"),
            Self::LimitExceeded { limit: limit @ Limit::MacKey, found, allowed } => {
                write!(f, "{limit}: {found} is below the minimum of {allowed}; short keys can be guessed")
            }
            Self::Certificate(defect) => write!(f, "Java does not read a certificate: {defect}"),
            Self::UnreadableProtection { part } => {
                write!(f, "this version of Java or Bouncy Castle does not support the protection of {part}")
            }
            Self::LimitExceeded { limit, found, allowed } => {
                write!(f, "{limit}: {found} exceeds the limit of {allowed}")
            }
            Self::AliasClash { existing } => {
                write!(f, "the alias clashes with {existing:?}, which Java treats as the same")
            }
            Self::Signed => f.write_str("the store is signed; verify it with a public key, not with a password"),
            Self::NotSigned => f.write_str("the store is not signed"),
            Self::SignatureNotChecked => {
                f.write_str("the signature was not checked, because its algorithm is not supported")
            }
            Self::PasswordNeeded => f.write_str("the content is encrypted, and no password was given"),
            Self::KeyMismatch => f.write_str("the certificate does not match the private key"),
            Self::NoSuchEntry => f.write_str("there is no such entry"),
            Self::NoSealedKey { found } => write!(f, "the entry is a {found}, not a sealed private or secret key"),
            Self::WrongEntryType { wanted, found } => write!(f, "the entry is a {found}, not a {wanted}"),
            Self::NotRepresentable { format, defect } => write!(f, "{format} cannot represent this: {defect}"),
            Self::ReadOnly(format) => {
                write!(f, "{format} stores are read-only; put the entries into a store of another format")
            }
            Self::TimestampOutOfRange(timestamp) => write!(f, "the system's clock cannot express {timestamp}"),
            Self::Internal(broken) => write!(f, "internal error, please report it; broken invariant: {broken}"),
        }
    }
}

fn unsupported(f: &mut fmt::Formatter<'_>, algorithm: &str, part: Part) -> fmt::Result {
    match part {
        Part::AlgorithmIdentifier => write!(f, "the algorithm {algorithm} is not supported"),
        Part::MacData => write!(f, "the MAC uses {algorithm}, which is not supported"),
        Part::PrivateKeyInfo => write!(f, "the private key is for {algorithm}, which is not supported"),
        part => write!(f, "{part} is encrypted with {algorithm}, which is not supported"),
    }
}
