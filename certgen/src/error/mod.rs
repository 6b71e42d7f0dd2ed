//! Errors, with their positions in the input.

mod defect;

use std::fmt;

use crate::public_key::{Curve, KeyAlgorithm};
use crate::signature_algorithm::SignatureAlgorithm;
use crate::signing_algorithm::SigningAlgorithm;
use crate::time::Time;

pub use defect::{CertificatePart, ChainDefect, KeyDefect, NameDefect, PemDefect};

/// An error of this crate, with its position in the input if the position is known.
///
/// No message of this crate contains any part of a private key or a password, unless the error of a
/// [`Signer`](crate::Signer) does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    position: Option<Position>,
}

/// A position in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Position {
    /// The byte at this offset, from 0.
    Byte(usize),
    /// The line with this number, from 1.
    Line(usize),
    /// The certificate with this index in a chain or a pool, from 0.
    Certificate(usize),
    /// The node with this index in a fleet, from 0.
    Node(usize),
}

/// The kind of an [`Error`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A date is outside the years 1 to 9999, or outside the range of `SystemTime`.
    #[error("the date {date} is outside the years 1 to 9999 that a certificate can hold")]
    DateOutOfRange {
        /// The date in question.
        date: Time,
    },
    /// A validity ends before it starts.
    #[error("the validity ends at {not_after}, before it starts at {not_before}")]
    EndsBeforeItStarts {
        /// The start.
        not_before: Time,
        /// The end.
        not_after: Time,
    },
    /// A certificate to be signed has no validity.
    #[error("the certificate of {subject} has no dates; set its validity")]
    NoValidity {
        /// The subject of the certificate.
        subject: String,
    },
    /// A dNSName is not a host name in ASCII (RFC 5280, section 4.2.1.6).
    ///
    /// The first of at least three labels may be `*`.
    #[error(
        "{name:?} cannot be a dNSName, which is a host name in ASCII; `*` may be the first of at least three labels"
    )]
    InvalidDnsName {
        /// The name in question.
        name: String,
    },
    /// An entry of a property of `java.security` is malformed.
    #[error("malformed entry {entry:?} in {property}")]
    InvalidSecurityProperty {
        /// The property.
        property: String,
        /// The entry.
        entry: String,
    },
    /// A uniformResourceIdentifier is not an absolute URI in ASCII (RFC 5280, section 4.2.1.6).
    ///
    /// A URI that begins with `spiffe:` must be a SPIFFE ID.
    #[error("{uri:?} is not {}", what_uri(uri))]
    InvalidUri {
        /// The URI in question.
        uri: String,
    },
    /// An rfc822Name is not a mailbox in ASCII (RFC 5280, section 4.2.1.6).
    #[error("{address:?} is not an e-mail address in ASCII, so it cannot be an rfc822Name")]
    InvalidEmail {
        /// The address in question.
        address: String,
    },
    /// A certificate or a request would have neither a subject nor alternative names.
    #[error("there is neither a subject nor an alternative name")]
    NoName,
    /// The subject of a self-signed certificate or of an authority is empty.
    ///
    /// RFC 5280, section 4.1.2.4, forbids an empty issuer.
    #[error("the issuer's name would be empty, which RFC 5280 forbids; give the certificate a subject")]
    EmptyIssuer,
    /// An extended key usage is not an object identifier.
    #[error("{oid:?} is not an object identifier, so it cannot be an extended key usage")]
    InvalidUsage {
        /// The text in question.
        oid: String,
    },
    /// A set of names for name constraints is malformed (RFC 5280, section 4.2.1.10).
    #[error(
        "{subtree:?} cannot be a name constraint: give a host name without a dot before it, or a network address whose bits after the prefix are zero"
    )]
    InvalidNameSubtree {
        /// The set in question.
        subtree: String,
    },
    /// A serial number is empty or zero, or needs more than 20 bytes (RFC 5280, section 4.1.2.2).
    #[error("a serial number of {bytes} bytes is zero or needs more than 20 bytes")]
    InvalidSerialNumber {
        /// The number of bytes that were given.
        bytes: usize,
    },
    /// The text or the DER of a name cannot be read.
    #[error("the name cannot be read: {defect}")]
    MalformedName {
        /// The defect.
        defect: NameDefect,
    },
    /// A private key is not a well-formed PKCS#8 (RFC 5958) or SEC1 (RFC 5915) structure.
    #[error("the private key is not a well-formed PKCS#8 or SEC1 structure")]
    MalformedKey,
    /// A SEC1 key (RFC 5915) does not name its curve.
    #[error(
        "the EC PRIVATE KEY does not name its curve; `openssl pkcs8 -topk8 -nocrypt` converts it if OpenSSL knows the curve"
    )]
    NoCurve,
    /// A private key has an algorithm that this library does not sign with.
    #[error("the private key is {algorithm}, {}", not_signed_with(algorithm))]
    UnsupportedKey {
        /// The algorithm.
        algorithm: KeyAlgorithm,
    },
    /// A key cannot make signatures with the requested algorithm.
    #[error("a key that is {key} cannot sign with {algorithm}")]
    UnsuitableAlgorithm {
        /// The requested algorithm.
        algorithm: SigningAlgorithm,
        /// The key's algorithm.
        key: KeyAlgorithm,
    },
    /// A [`Signer`](crate::Signer) failed to sign.
    #[error("the signer failed: {reason}")]
    SignerFailed {
        /// The text of the signer's error.
        reason: String,
    },
    /// The signature of a [`Signer`](crate::Signer) could not be verified with the signer's public key.
    #[error("the signer's signature cannot be verified with the public key, which is {key}")]
    WrongSignature {
        /// The public key's algorithm.
        key: KeyAlgorithm,
    },
    /// An RSA key is well-formed, but its numbers are wrong or unsafe.
    #[error("the RSA key is refused: {defect}")]
    RefusedKey {
        /// The defect.
        defect: KeyDefect,
    },
    /// The bytes are not an X.509 certificate (RFC 5280).
    #[error("the certificate is not well-formed: {part}")]
    MalformedCertificate {
        /// The part that cannot be read.
        part: CertificatePart,
    },
    /// The bytes are not a certificate signing request (RFC 2986).
    #[error("the certificate request is not well-formed: {part}")]
    MalformedRequest {
        /// The part that cannot be read.
        part: CertificatePart,
    },
    /// A request is for an RSA key that is too short.
    #[error("the certificate request is for an RSA key of {bits} bits, fewer than {least}")]
    WeakRequestKey {
        /// The length of the key, in bits.
        bits: u32,
        /// The minimum length, in bits.
        least: u32,
    },
    /// A request is signed with an algorithm whose signatures can be forged.
    #[error("the certificate request is signed with {algorithm}, which can be forged")]
    WeakRequestSignature {
        /// The algorithm.
        algorithm: SignatureAlgorithm,
    },
    /// A request's signature cannot be checked.
    #[error("the certificate request is signed with {algorithm} by a key that is {key}, which cannot be checked")]
    UncheckedRequest {
        /// The algorithm of the signature.
        algorithm: SignatureAlgorithm,
        /// The algorithm of the key.
        key: KeyAlgorithm,
    },
    /// A request was not signed with the private key that belongs to its public key.
    #[error("the certificate request of {subject:?} was not signed with its own private key")]
    ForgedRequest {
        /// The subject of the request.
        subject: String,
    },
    /// A request asks for the rights of an authority, and [`Honored`](crate::Honored) would grant them.
    ///
    /// A basicConstraints or keyUsage extension that cannot be read counts as asking for them.
    #[error(
        "the certificate request of {subject:?} asks for the rights of an authority; do not honor its `bc` and `ku`, or sign it as an authority"
    )]
    AsksForAuthority {
        /// The subject of the request.
        subject: String,
    },
    /// A part of a list of honored extensions is malformed, or has an unknown name.
    #[error("{item:?} is not an extension that can be honored: give a name such as `san`, or an object identifier")]
    InvalidHonored {
        /// The part in question.
        item: String,
    },
    /// An authority's answer is neither PEM nor a certificate nor PKCS#7 with certificates.
    ///
    /// A PKCS#7 block in PEM that is malformed or has no list of certificates gives the same error.
    #[error("the answer cannot be read as PEM, as a certificate, or as PKCS#7 with certificates")]
    UnknownReply,
    /// None of the certificates in an answer is for the key.
    #[error("none of the {count} certificates is for the key")]
    NotInReply {
        /// The number of certificates.
        count: usize,
    },
    /// A PEM text is malformed.
    #[error("the PEM text cannot be read: {defect}")]
    MalformedPem {
        /// The defect.
        defect: PemDefect,
    },
    /// A PEM text does not contain the wanted block.
    #[error("the PEM text holds no {wanted}{}", but_others(found))]
    NothingInPem {
        /// The label of the wanted block.
        wanted: &'static str,
        /// The labels of the blocks in the text.
        found: Vec<String>,
    },
    /// A private key needs a password, and none was given.
    #[error("the private key is encrypted, so a password is needed")]
    EncryptedKey,
    /// A private key cannot be decrypted.
    ///
    /// The encryption has no checksum, so a wrong password and damage give the same error.
    #[error("the password is wrong or the encrypted private key is damaged")]
    WrongPasswordOrDamaged,
    /// A password for encrypting with SHA-1 and triple DES is not printable ASCII.
    ///
    /// Java accepts no other password for this encryption (`PBEKey`).
    #[error("the password must be printable ASCII, because Java accepts no other for SHA-1 with triple DES")]
    PasswordNotAscii,
    /// A password for a key that is encrypted with SHA-1 and triple DES is not UTF-8.
    #[error("the password must be UTF-8, because the key is encrypted with SHA-1 and triple DES")]
    PasswordNotUtf8,
    /// A private key is encrypted in a way that this library does not support.
    #[error(
        "the private key is encrypted with {}, which is not supported; `openssl pkcs8 -topk8` converts it",
        encryption(oid)
    )]
    UnsupportedEncryption {
        /// The algorithm's object identifier.
        oid: String,
    },
    /// Decrypting a private key would cost more work than the caller allows.
    #[error("opening the private key would cost {asked} iterations or bytes, more than the limit of {limit}")]
    KdfTooCostly {
        /// The number of iterations, or of bytes for scrypt.
        asked: u64,
        /// The caller's limit.
        limit: u64,
    },
    /// A chain is inconsistent.
    #[error("the chain is broken: {defect}")]
    BrokenChain {
        /// The defect.
        defect: ChainDefect,
    },
    /// A chain has no certificate.
    #[error("the chain has no certificate")]
    EmptyChain,
    /// A certificate would have its issuer's name, or a successor the name of an older authority.
    ///
    /// For a successor, the older authorities are those in the chain of the authority that it succeeds.
    #[error("{subject} is the name of the issuer or of an authority in the old chain; choose another name")]
    SameSubject {
        /// The name in question.
        subject: String,
    },
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
    /// A key or a certificate could not be made although its parts were checked.
    ///
    /// The cause is a defect of this library or of the random number generator.
    #[error(
        "a key or certificate could not be made although its parts were checked, which is a defect of certgen or of the random number generator"
    )]
    Internal,
}

impl Error {
    /// Makes an [`ErrorKind::SignerFailed`] with the text of a [`Signer`](crate::Signer)'s error.
    pub fn signer(reason: impl fmt::Display) -> Self {
        Self::new(ErrorKind::SignerFailed { reason: reason.to_string() })
    }

    /// The kind of the error.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The position in the input, if it is known.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    pub(crate) fn for_node(self, place: usize) -> Self {
        Self::at(self.kind, Position::Node(place))
    }

    pub(crate) fn in_certificate(self, place: usize) -> Self {
        Self::at(self.kind, Position::Certificate(place))
    }

    pub(crate) const fn new(kind: ErrorKind) -> Self {
        Self { kind, position: None }
    }

    pub(crate) const fn at(kind: ErrorKind, position: Position) -> Self {
        Self { kind, position: Some(position) }
    }

    pub(crate) const fn internal() -> Self {
        Self::new(ErrorKind::Internal)
    }

    pub(crate) const fn refused_key(defect: KeyDefect) -> Self {
        Self::new(ErrorKind::RefusedKey { defect })
    }

    pub(crate) const fn malformed_certificate(part: CertificatePart) -> Self {
        Self::new(ErrorKind::MalformedCertificate { part })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.kind)?;
        match self.position {
            Some(position) => write!(formatter, " ({position})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// OpenSSL's name for an encryption of private keys, otherwise the object identifier.
///
/// The table has PBES1 (RFC 8018, appendix A.3) and the unsupported encryptions of PKCS#12 (RFC 7292, appendix C).
fn encryption(oid: &str) -> String {
    let known = match oid {
        "1.2.840.113549.1.5.1" => "PBE-MD2-DES",
        "1.2.840.113549.1.5.3" => "PBE-MD5-DES",
        "1.2.840.113549.1.5.4" => "PBE-MD2-RC2-64",
        "1.2.840.113549.1.5.6" => "PBE-MD5-RC2-64",
        "1.2.840.113549.1.5.10" => "PBE-SHA1-DES",
        "1.2.840.113549.1.5.11" => "PBE-SHA1-RC2-64",
        "1.2.840.113549.1.12.1.1" => "PBE-SHA1-RC4-128",
        "1.2.840.113549.1.12.1.2" => "PBE-SHA1-RC4-40",
        "1.2.840.113549.1.12.1.4" => "PBE-SHA1-2DES",
        "1.2.840.113549.1.12.1.5" => "PBE-SHA1-RC2-128",
        "1.2.840.113549.1.12.1.6" => "PBE-SHA1-RC2-40",
        _ => return format!("the algorithm {oid}"),
    };
    known.to_owned()
}

fn but_others(labels: &[String]) -> String {
    const MAX: usize = 4;
    let shown: Vec<String> = labels.iter().take(MAX).map(|label| label.escape_default().to_string()).collect();
    let more = if labels.len() > MAX { " and others" } else { "" };
    if shown.is_empty() { String::new() } else { format!(", but {}{more}", shown.join(", ")) }
}

fn what_uri(uri: &str) -> &'static str {
    if uri.starts_with("spiffe:") {
        "a SPIFFE ID: spiffe://, a trust domain in lower case, and path segments without query or fragment"
    } else {
        "an absolute URI in ASCII, so it cannot be a uniformResourceIdentifier"
    }
}

fn not_signed_with(algorithm: &KeyAlgorithm) -> &'static str {
    let with_feature = match algorithm {
        KeyAlgorithm::Ec { curve } => matches!(curve, Curve::P256 | Curve::P384 | Curve::P521),
        algorithm => *algorithm == KeyAlgorithm::Ed25519,
    };
    if with_feature && cfg!(not(feature = "ec")) { "which needs the feature `ec`" } else { "which is not supported" }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(offset) => write!(formatter, "at byte {offset}"),
            Self::Line(number) => write!(formatter, "in line {number}"),
            Self::Node(place) => write!(formatter, "for node {} of the fleet", place.saturating_add(1)),
            Self::Certificate(place) => write!(formatter, "in certificate {}", place.saturating_add(1)),
        }
    }
}
