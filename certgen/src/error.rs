//! What went wrong, and where.

use std::fmt;

use crate::moment::Moment;

/// Why a key, a certificate, a name or a PEM text could not be made or read.
///
/// [`kind`](Error::kind) says what is wrong, for programs to match on; [`position`](Error::position) where in the input.
/// No message holds anything of a key or a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    position: Option<Position>,
}

/// A place in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Position {
    /// The byte at this offset, from 0.
    Byte(usize),
    /// The line with this number, from 1.
    Line(usize),
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A date lies outside the years 1 to 9999, which are all that X.509 can hold.
    #[error("the date {date} lies outside the years 1 to 9999 that a certificate can hold")]
    DateOutOfRange {
        /// The date in question.
        date: Moment,
    },
    /// A validity ends before it starts.
    #[error("the validity ends at {not_after}, before it starts at {not_before}")]
    EndsBeforeItStarts {
        /// When it starts.
        not_before: Moment,
        /// When it ends.
        not_after: Moment,
    },
    /// A certificate was to be signed without a validity.
    #[error("the certificate of {subject} has no dates: say from when it is valid")]
    NoValidity {
        /// Whose certificate it was to be.
        subject: String,
    },
    /// A dNSName is not a host name in ASCII (RFC 5280, section 4.2.1.6).
    #[error("{name:?} is not a host name in ASCII, so it cannot be a dNSName")]
    InvalidDnsName {
        /// The name in question.
        name: String,
    },
    /// A serial number has no octets, is zero or has more than the 20 octets of RFC 5280, section 4.1.2.2.
    #[error("a serial number of {octets} octets is zero or longer than 20 octets")]
    InvalidSerialNumber {
        /// How many octets it has.
        octets: usize,
    },
    /// A private key is not the DER of a PKCS#8 structure (RFC 5958) with an RSA key (RFC 8017) in it.
    #[error("the private key is not a well-formed PKCS#8 structure")]
    MalformedKey,
    /// A private key is of an algorithm that this library does not sign with.
    #[error("the private key is of the algorithm {oid}, not RSA")]
    UnsupportedKey {
        /// The algorithm's object identifier.
        oid: String,
    },
    /// An RSA key is well-formed, but its numbers are wrong or unsafe.
    #[error("the RSA key is refused: {flaw}")]
    RefusedKey {
        /// What is wrong with its numbers.
        flaw: KeyFlaw,
    },
    /// The bytes are not an X.509 certificate (RFC 5280).
    #[error("the certificate is not well-formed: {part}")]
    MalformedCertificate {
        /// The part that cannot be read.
        part: CertificatePart,
    },
    /// A signature or a certificate could not be made, although its parts were checked.
    #[error("the certificate could not be encoded or signed")]
    SigningFailed,
}

/// What is wrong with the numbers of an RSA key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFlaw {
    /// The modulus is even, or no product of the two primes.
    #[error("its modulus is not the odd product of its two primes")]
    Modulus,
    /// The modulus has fewer than 1024 or more than 8192 bits.
    #[error("its modulus has {bits} bits, outside 1024 to 8192")]
    ModulusSize {
        /// Bits of the modulus.
        bits: u32,
    },
    /// The public exponent is even, below 3 or above 2^33-1.
    #[error("its public exponent is even or outside 3 to 2^33-1")]
    PublicExponent,
    /// A prime is 1, even, composite, too long or the same as the other one.
    #[error("its factors are not two different primes of half the modulus' length")]
    Prime,
    /// The private exponent does not undo the public one.
    #[error("its private exponent does not belong to its public exponent")]
    PrivateExponent,
    /// An exponent or coefficient of the Chinese remainder theorem does not belong to the rest.
    #[error("its CRT exponents or its coefficient do not belong to its primes")]
    Crt,
    /// It has more than two primes (RFC 8017, appendix A.1.2, version 1).
    #[error("it has more than two primes")]
    MultiPrime,
}

/// A part of a certificate (RFC 5280, section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificatePart {
    /// The outermost structure.
    #[error("its bytes are not one DER structure of three parts")]
    Structure,
    /// Bytes after the end of the certificate.
    #[error("there are bytes after its end")]
    Trailing,
    /// The version.
    #[error("its version")]
    Version,
    /// The serial number.
    #[error("its serial number")]
    SerialNumber,
    /// The algorithm that it is signed with.
    #[error("its signature algorithm")]
    SignatureAlgorithm,
    /// The issuer's or the subject's name.
    #[error("a name in it")]
    Name,
    /// One of the two dates.
    #[error("a date in it")]
    Validity,
    /// The subject's public key.
    #[error("its public key")]
    PublicKey,
    /// The extensions, or one of them.
    #[error("its extensions")]
    Extensions,
    /// The signature itself.
    #[error("its signature")]
    Signature,
}

impl Error {
    /// What is wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Where in the input, if the input is what is wrong.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    pub(crate) fn at(kind: ErrorKind, position: Position) -> Self {
        Self { kind, position: Some(position) }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, position: None }
    }
}

impl From<KeyFlaw> for Error {
    fn from(flaw: KeyFlaw) -> Self {
        ErrorKind::RefusedKey { flaw }.into()
    }
}

impl From<CertificatePart> for Error {
    fn from(part: CertificatePart) -> Self {
        ErrorKind::MalformedCertificate { part }.into()
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

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(offset) => write!(formatter, "at byte {offset}"),
            Self::Line(number) => write!(formatter, "in line {number}"),
        }
    }
}
