//! What is wrong with certificates that are well-formed.

mod check;

use std::fmt;

use crate::severity::Severity;
use crate::signature_algorithm::SignatureAlgorithm;
use crate::validity::Validity;

pub use check::lint;

/// What [`lint`] requires of certificates.
///
/// ```
/// let policy = certgen::LintPolicy::default().with_min_rsa_bits(3072);
/// assert_eq!(policy.max_validity_days, certgen::Validity::DEFAULT_DAYS);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LintPolicy {
    /// The longest validity, in days.
    pub max_validity_days: u32,
    /// The shortest RSA modulus, in bits.
    pub min_rsa_bits: u32,
}

impl Default for LintPolicy {
    /// [`Validity::DEFAULT_DAYS`], as in the procedure with keytool, and 2048 bits.
    fn default() -> Self {
        Self { max_validity_days: Validity::DEFAULT_DAYS, min_rsa_bits: 2048 }
    }
}

impl LintPolicy {
    /// The same with another [`max_validity_days`](Self::max_validity_days).
    #[must_use]
    pub const fn with_max_validity_days(mut self, days: u32) -> Self {
        self.max_validity_days = days;
        self
    }

    /// The same with another [`min_rsa_bits`](Self::min_rsa_bits).
    #[must_use]
    pub const fn with_min_rsa_bits(mut self, bits: u32) -> Self {
        self.min_rsa_bits = bits;
        self
    }
}

/// Something that is wrong with a certificate: a value, not an error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Finding {
    certificate: String,
    #[cfg_attr(feature = "serde", serde(flatten))]
    kind: FindingKind,
    severity: Severity,
}

impl Finding {
    /// The caller's name for the certificate.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// What is wrong.
    pub fn kind(&self) -> &FindingKind {
        &self.kind
    }

    /// How severe it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(tag = "code", rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum FindingKind {
    /// An RSA key is shorter than it should be.
    ShortRsaKey {
        /// Bits of the modulus.
        bits: u32,
    },
    /// The signature rests on MD2, MD5 or SHA-1.
    WeakSignature {
        /// The algorithm.
        algorithm: SignatureAlgorithm,
    },
    /// There is no iPAddress among the alternative names.
    NoIpAddress,
    /// The common name is not among the alternative names.
    CommonNameNotAmongAltNames {
        /// The common name.
        common_name: String,
    },
    /// The certificate is for servers only, yet every node is a client too.
    NoClientAuth,
    /// The certificate is for clients only, yet every node is a server too.
    NoServerAuth,
    /// The key may not sign, which TLS 1.3 and every forward secret cipher suite needs.
    NoDigitalSignature,
    /// It is valid for longer than it should be.
    LongValidity {
        /// How long, in days, rounded up.
        days: i64,
        /// How long it should be at most.
        limit: u32,
    },
    /// It is the certificate of an authority.
    Authority,
    /// Another certificate of the same issuer has the same serial number.
    ReusedSerial {
        /// The caller's name for the other one.
        other: String,
    },
    /// Another certificate has the same key.
    ReusedKey {
        /// The caller's name for the other one.
        other: String,
    },
    /// An extension cannot be read.
    UnreadableExtension {
        /// The extension's object identifier.
        oid: String,
    },
}

impl FindingKind {
    /// Whether a key or a signature is too weak: an authority with such a certificate can be impersonated, and every
    /// certificate that it issues with it.
    ///
    /// ```
    /// assert!(certgen::FindingKind::ShortRsaKey { bits: 1024 }.is_weak_cryptography());
    /// assert!(!certgen::FindingKind::NoIpAddress.is_weak_cryptography());
    /// ```
    pub const fn is_weak_cryptography(&self) -> bool {
        matches!(self, Self::ShortRsaKey { .. } | Self::WeakSignature { .. })
    }

    /// Where the rule comes from.
    pub fn source(&self) -> &'static str {
        match self {
            Self::ShortRsaKey { .. } => {
                "NIST SP 800-131A Rev. 2, section 3; jdk.certpath.disabledAlgorithms (below 1024)"
            }
            Self::WeakSignature { .. } => "RFC 9155; jdk.certpath.disabledAlgorithms",
            Self::NoIpAddress => "RFC 2818, section 3.1; sun.security.util.HostnameChecker",
            Self::CommonNameNotAmongAltNames { .. } => "RFC 9525, section 2",
            Self::NoClientAuth | Self::NoServerAuth => {
                "RFC 5280, section 4.2.1.12; sun.security.validator.EndEntityChecker"
            }
            Self::NoDigitalSignature => "RFC 8446, section 4.4.2.2",
            Self::LongValidity { .. } => "the caller's policy",
            Self::Authority => "RFC 5280, section 4.2.1.9",
            Self::ReusedSerial { .. } => "RFC 5280, section 4.1.2.2",
            Self::ReusedKey { .. } => "one node's key opens the other node's connections too",
            Self::UnreadableExtension { .. } => "RFC 5280, section 4.2",
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShortRsaKey { bits } => write!(formatter, "its RSA key has {bits} bits only"),
            Self::WeakSignature { algorithm } => {
                write!(formatter, "it is signed with {algorithm}, which can be forged")
            }
            Self::NoIpAddress => {
                formatter.write_str("it has no IP address among its names, so endpoint verification fails")
            }
            Self::CommonNameNotAmongAltNames { common_name } => {
                write!(formatter, "its common name {common_name:?} is not among its alternative names")
            }
            Self::NoClientAuth => {
                formatter.write_str("it is for servers only, so peers refuse the node's own connections")
            }
            Self::NoServerAuth => formatter.write_str("it is for clients only, so peers do not connect to the node"),
            Self::NoDigitalSignature => formatter.write_str("its key may not sign, so TLS 1.3 handshakes fail"),
            Self::LongValidity { days, limit } => write!(formatter, "it is valid for {days} days, more than {limit}"),
            Self::Authority => formatter.write_str("it may issue certificates, which a node's may not"),
            Self::ReusedSerial { other } => write!(formatter, "its issuer gave the same serial number to {other}"),
            Self::ReusedKey { other } => write!(formatter, "its key is the key of {other} too"),
            Self::UnreadableExtension { oid } => write!(formatter, "its extension {oid} cannot be read"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}: {} ({})", self.severity, self.certificate, self.kind, self.kind.source())
    }
}
