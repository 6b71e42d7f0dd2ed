//! Finds problems in well-formed certificates.

mod authority;
mod chain;
mod check;

use std::fmt;

use crate::info::CertificateInfo;
use crate::severity::Severity;
use crate::signature_algorithm::SignatureAlgorithm;
use crate::time::Time;
use crate::validity::Validity;

pub use authority::lint_authority;
pub use chain::lint_chain;
pub use check::lint;

/// The role of a certificate, which decides the rules that apply to the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificateRole {
    /// A node's own certificate, checked by [`lint`].
    Node,
    /// The certificate of an authority below an anchor, checked by [`lint_authority`].
    ///
    /// Peers check the dates and the signature of such a certificate.
    Issuer,
    /// A certificate that is trusted directly, such as a root in a truststore.
    ///
    /// If the served chain is in order, Java checks neither the dates nor the signature of an anchor
    /// (`sun.security.validator.PKIXValidator`).
    Anchor,
}

impl CertificateRole {
    /// The role that a certificate implies by itself.
    ///
    /// The role is [`Anchor`](Self::Anchor) for a self-issued authority, [`Issuer`](Self::Issuer) for any other authority,
    /// and [`Node`](Self::Node) for any other certificate.
    pub fn of(certificate: &CertificateInfo) -> Self {
        match (certificate.is_authority(), certificate.is_self_issued()) {
            (true, true) => Self::Anchor,
            (true, false) => Self::Issuer,
            (false, _) => Self::Node,
        }
    }
}

impl fmt::Display for CertificateRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Node => "node",
            Self::Issuer => "issuer",
            Self::Anchor => "anchor",
        })
    }
}

/// The limits that [`lint`], [`lint_authority`] and [`lint_chain`] apply.
///
/// ```
/// let policy = certgen::LintPolicy::default().with_min_rsa_bits(3072);
/// assert_eq!(policy.max_validity_days, certgen::Validity::DEFAULT_DAYS);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LintPolicy {
    /// The longest validity that a node's certificate may have, in days.
    pub max_validity_days: u32,
    /// The shortest RSA modulus that a certificate may have, in bits.
    pub min_rsa_bits: u32,
    /// Cassandra's `max_certificate_validity_period` (trunk), in minutes; `None` if not set.
    ///
    /// `MutualTlsInternodeAuthenticator` refuses a node's certificate that is valid for a longer period.
    pub max_validity_minutes: Option<u32>,
}

impl Default for LintPolicy {
    /// [`Validity::DEFAULT_DAYS`], 2048 bits, and no `max_certificate_validity_period`.
    fn default() -> Self {
        Self { max_validity_days: Validity::DEFAULT_DAYS, min_rsa_bits: 2048, max_validity_minutes: None }
    }
}

impl LintPolicy {
    /// Sets [`max_validity_days`](Self::max_validity_days).
    #[must_use]
    pub const fn with_max_validity_days(mut self, days: u32) -> Self {
        self.max_validity_days = days;
        self
    }

    /// Sets [`min_rsa_bits`](Self::min_rsa_bits).
    #[must_use]
    pub const fn with_min_rsa_bits(mut self, bits: u32) -> Self {
        self.min_rsa_bits = bits;
        self
    }

    /// Sets [`max_validity_minutes`](Self::max_validity_minutes).
    #[must_use]
    pub const fn with_max_validity_minutes(mut self, minutes: u32) -> Self {
        self.max_validity_minutes = Some(minutes);
        self
    }
}

/// A problem in a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Finding {
    certificate: String,
    #[cfg_attr(feature = "serde", serde(flatten))]
    kind: FindingKind,
    severity: Severity,
}

impl Finding {
    fn of(certificate: &str, info: &CertificateInfo, kind: FindingKind) -> Self {
        Self { certificate: certificate.to_owned(), severity: check::severity(&kind, info), kind }
    }

    /// The caller's name for the certificate.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// The kind of the problem.
    pub fn kind(&self) -> &FindingKind {
        &self.kind
    }

    /// The severity of the problem.
    pub fn severity(&self) -> Severity {
        self.severity
    }
}

/// The kind of a [`Finding`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(tag = "code", rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum FindingKind {
    /// An RSA key is shorter than the policy requires.
    ShortRsaKey {
        /// The length of the modulus, in bits.
        bits: u32,
    },
    /// The signature uses MD2, MD5 or SHA-1.
    WeakSignature {
        /// The algorithm.
        algorithm: SignatureAlgorithm,
    },
    /// The alternative names contain no iPAddress.
    NoIpAddress,
    /// The common name is not among the alternative names.
    CommonNameNotAmongAltNames {
        /// The common name.
        common_name: String,
    },
    /// The certificate is not for clients, yet every node is a client too.
    NoClientAuth,
    /// The certificate is not for servers, yet every node is a server too.
    NoServerAuth,
    /// The key may not sign, which TLS 1.3 and every cipher suite with forward secrecy require.
    NoDigitalSignature,
    /// The certificate is valid for longer than the policy allows.
    LongValidity {
        /// The validity in days, rounded up.
        days: i64,
        /// The longest validity that the policy allows, in days.
        limit: u32,
    },
    /// The certificate is valid for longer than Cassandra's `max_certificate_validity_period`.
    LongForCassandra {
        /// The validity in minutes, rounded down.
        minutes: i64,
        /// The setting, in minutes.
        limit: u32,
    },
    /// A node's certificate is an authority's.
    Authority,
    /// The certificate is used as an authority's, but may not issue certificates.
    NotAnAuthority,
    /// The issuer's name is empty.
    EmptyIssuer,
    /// Java cannot read the certificate.
    UnreadableByJava {
        /// The reason.
        reason: &'static str,
    },
    /// Java's path validation does not process a critical extension.
    UnknownCriticalExtension {
        /// The extension's object identifier.
        oid: String,
    },
    /// An authority has extended key usages without serverAuth.
    AuthorityNotForServers,
    /// An authority has extended key usages without clientAuth.
    AuthorityNotForClients,
    /// An authority's certificate limits the names of the certificates below it.
    NameConstraints,
    /// The certificate has a name that an authority above it does not allow.
    OutsideNameConstraints {
        /// The authority's position in the chain, from 0.
        authority: usize,
        /// The readers that apply the authority's limits.
        readers: Readers,
    },
    /// The certificate's validity ends after that of an authority above it.
    OutlivesAuthority {
        /// The authority's position in the chain, from 0.
        authority: usize,
        /// The end of the authority's validity.
        until: Time,
    },
    /// Another certificate of the same issuer has the same serial number.
    ReusedSerial {
        /// The caller's name for the other certificate.
        other: String,
    },
    /// Another certificate has the same key.
    ReusedKey {
        /// The caller's name for the other certificate.
        other: String,
    },
    /// An extension cannot be read.
    UnreadableExtension {
        /// The extension's object identifier.
        oid: String,
    },
}

/// The readers that apply a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Readers {
    /// Java and OpenSSL.
    All,
    /// Java alone.
    Java,
    /// OpenSSL alone, which most drivers for languages other than Java use.
    ///
    /// Java does not apply the limits of a certificate in the truststore.
    OpenSsl,
}

impl FindingKind {
    /// Whether the finding is that a key or a signature is too weak.
    ///
    /// If an authority's certificate has such a finding, an attacker may be able to impersonate the authority and every
    /// node below the authority.
    ///
    /// ```
    /// assert!(certgen::FindingKind::ShortRsaKey { bits: 1024 }.is_weak_cryptography());
    /// assert!(!certgen::FindingKind::NoIpAddress.is_weak_cryptography());
    /// ```
    pub const fn is_weak_cryptography(&self) -> bool {
        matches!(self, Self::ShortRsaKey { .. } | Self::WeakSignature { .. })
    }

    fn fmt_of_readers(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnAuthority => formatter.write_str("it may not issue certificates, so none below it is accepted"),
            Self::EmptyIssuer => {
                formatter.write_str("its issuer has no name, so Java loads no store that holds the certificate")
            }
            Self::UnreadableByJava { reason } => {
                write!(formatter, "Java cannot read it, nor load a store that holds it: {reason}")
            }
            Self::UnknownCriticalExtension { oid } => write!(
                formatter,
                "its critical extension {oid} is unknown to Java or to OpenSSL, which then refuses the certificate; Java \
                 ignores such an extension of a certificate in the truststore"
            ),
            Self::AuthorityNotForServers => formatter
                .write_str("its extended key usages lack serverAuth, so clients with OpenSSL refuse what it issues"),
            Self::AuthorityNotForClients => formatter
                .write_str("its extended key usages lack clientAuth, so servers with OpenSSL refuse what it issues"),
            Self::NameConstraints => formatter.write_str(
                "it limits the names of the certificates below it: OpenSSL always applies the limits, Java only if this \
                 certificate is not in the truststore (Java's SunX509 then refuses the chain if the extension is critical)",
            ),
            Self::OutsideNameConstraints { authority, readers } => write!(
                formatter,
                "it has a name that certificate {} of the chain does not allow, {readers}",
                authority.saturating_add(1)
            ),
            Self::OutlivesAuthority { authority, until } => write!(
                formatter,
                "it outlives certificate {} of the chain, which ends at {until}",
                authority.saturating_add(1)
            ),
            _ => Ok(()),
        }
    }

    /// The source of the rule, or the reason for the rule.
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
            Self::LongForCassandra { .. } => "CASSANDRA-18951, max_certificate_validity_period (trunk)",
            Self::Authority | Self::NotAnAuthority => "RFC 5280, sections 4.2.1.3 and 4.2.1.9",
            Self::EmptyIssuer => "RFC 5280, section 4.1.2.4; sun.security.x509.X509CertInfo",
            Self::UnreadableByJava { .. } => "sun.security.x509.X509CertImpl; RFC 5280, section 4.1",
            Self::UnknownCriticalExtension { .. } => "RFC 5280, section 4.2; X509_verify_cert of OpenSSL",
            Self::AuthorityNotForServers | Self::AuthorityNotForClients => "X509_check_purpose of OpenSSL",
            Self::NameConstraints | Self::OutsideNameConstraints { .. } => {
                "RFC 5280, section 4.2.1.10; X509_verify_cert of OpenSSL"
            }
            Self::OutlivesAuthority { .. } => "RFC 5280, section 6.1.3 (a)",
            Self::ReusedSerial { .. } => "RFC 5280, section 4.1.2.2",
            Self::ReusedKey { .. } => "with the shared key, each node can authenticate as the other",
            Self::UnreadableExtension { .. } => "RFC 5280, section 4.2",
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShortRsaKey { bits } => write!(formatter, "its RSA key has only {bits} bits"),
            Self::WeakSignature { algorithm } => {
                write!(formatter, "it is signed with {algorithm}, which can be forged")
            }
            Self::NoIpAddress => {
                formatter.write_str("it has no IP address among its names, so endpoint verification by address fails")
            }
            Self::CommonNameNotAmongAltNames { common_name } => {
                write!(formatter, "its common name {common_name:?} is not among its alternative names")
            }
            Self::NoClientAuth => formatter.write_str(
                "it is not for clients, so peers refuse the node's own connections; public authorities issue no \
                 certificates for clients, but a private authority can",
            ),
            Self::NoServerAuth => formatter.write_str("it is not for servers, so peers do not connect to the node"),
            Self::NoDigitalSignature => formatter.write_str("its key may not sign, so TLS 1.3 handshakes fail"),
            Self::LongValidity { days, limit } => write!(formatter, "it is valid for {days} days, more than {limit}"),
            Self::LongForCassandra { minutes, limit } => write!(
                formatter,
                "it is valid for {minutes} minutes, and Cassandra refuses more than {limit}, its \
                 max_certificate_validity_period"
            ),
            Self::Authority => formatter.write_str("it may issue certificates, which a node's certificate must not"),
            Self::NotAnAuthority
            | Self::EmptyIssuer
            | Self::UnreadableByJava { .. }
            | Self::UnknownCriticalExtension { .. }
            | Self::AuthorityNotForServers
            | Self::AuthorityNotForClients
            | Self::NameConstraints
            | Self::OutsideNameConstraints { .. }
            | Self::OutlivesAuthority { .. } => self.fmt_of_readers(formatter),
            Self::ReusedSerial { other } => write!(formatter, "its issuer gave the same serial number to {other}"),
            Self::ReusedKey { other } => write!(formatter, "it has the same key as {other}"),
            Self::UnreadableExtension { oid } => write!(formatter, "its extension {oid} cannot be read"),
        }
    }
}

impl fmt::Display for Readers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::All => "so it is refused",
            Self::Java => "so Java refuses it",
            Self::OpenSsl => "so OpenSSL refuses it; Java does not apply the limits of a certificate in the truststore",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}: {} ({})", self.severity, self.certificate, self.kind, self.kind.source())
    }
}
