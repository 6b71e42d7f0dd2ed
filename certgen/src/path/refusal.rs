//! Refusals, with their rules, sources and messages.

use std::fmt;

use super::PeerRole;
use crate::time::Time;

/// The position of a served certificate or of an anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The served certificate at this position; 0 is the leaf.
    Served(usize),
    /// The anchor at this position, from 0.
    Anchor(usize),
}

/// The refusal of a chain or of a truststore, with the rule that is not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    place: Option<Place>,
    rule: Rule,
    closest: Option<Box<Self>>,
    /// Whether the refusal ends the search for a path.
    pub(super) is_final: bool,
}

/// A rule that a certificate or a chain does not meet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// The certificate cannot be read. Java then rejects the whole chain or truststore.
    Unreadable {
        /// The reason.
        reason: &'static str,
    },
    /// There are no anchors.
    NoAnchors,
    /// Nothing was served.
    NothingServed,
    /// No path leads to an anchor.
    NoPath,
    /// No anchor with the issuer's name matches the certificate's authority key identifier.
    OtherAnchor,
    /// The anchor is of version 3 and not an authority.
    AnchorNotAnAuthority,
    /// The anchor has key usages without `keyCertSign`.
    AnchorMayNotSign,
    /// The anchor's key is disabled for certificates.
    DisabledAnchorKey,
    /// The signature algorithm or the certificate's key is disabled for certificates.
    DisabledAlgorithm {
        /// The signature algorithm.
        algorithm: String,
    },
    /// The engine does not support the signature algorithm.
    NotOffered {
        /// The signature algorithm.
        algorithm: String,
    },
    /// The engine supports no signature with the leaf's key in a handshake.
    UnusableKey {
        /// The kind of the key, such as `Ed25519` or `RSA of 512 bits`.
        key: String,
    },
    /// The signature algorithm, the certificate's key or the issuer's key is disabled for TLS.
    DisabledInTls {
        /// The signature algorithm.
        algorithm: String,
    },
    /// Java does not implement the signature algorithm, or not with the issuer's key.
    UnknownAlgorithm {
        /// The signature algorithm.
        algorithm: String,
    },
    /// The signature is not valid under the issuer's key.
    Signature,
    /// An issuer is not an authority.
    NotAnAuthority,
    /// There are more authorities below an issuer than its path length allows.
    PathLength,
    /// An issuer has key usages without `keyCertSign`.
    MayNotSign,
    /// The authorities above do not allow a name of the certificate.
    NameConstraints,
    /// The certificate has, or is subject to, name constraints that Java does not support.
    UnsupportedNameConstraints,
    /// No certificate policy is left although one is required, or a mapping names anyPolicy.
    Policy,
    /// The certificate is not valid yet.
    NotYetValid {
        /// The first second at which the certificate is valid.
        from: Time,
    },
    /// The certificate has expired.
    Expired {
        /// The last second at which the certificate was valid.
        since: Time,
    },
    /// The certificate has a critical extension that path validation does not process.
    CriticalExtension {
        /// The extension's object identifier.
        oid: String,
    },
    /// The leaf has key usages without `digitalSignature`.
    KeyUsage,
    /// The leaf has extended key usages that do not allow the peer's role.
    ExtendedKeyUsage {
        /// The peer's role.
        role: PeerRole,
    },
    /// The leaf's extended key usages cannot be read.
    UnreadableExtendedKeyUsage,
    /// The leaf has a Netscape certificate type that does not include the peer's role.
    NetscapeType {
        /// The peer's role.
        role: PeerRole,
    },
    /// No name of the leaf matches the peer's name or address.
    OtherHost {
        /// The peer's name or address.
        host: String,
    },
    /// Java does not accept the peer's name as a host name.
    IllegalHost {
        /// The peer's name.
        host: String,
    },
    /// The leaf's alternative names cannot be read.
    UnreadableAltNames,
    /// There are more paths, policies or signatures than the limits of this crate allow.
    TooComplex,
}

impl Refusal {
    pub(super) fn of(place: Place, rule: Rule) -> Self {
        Self { place: Some(place), rule, closest: None, is_final: false }
    }

    pub(super) fn of_all(rule: Rule) -> Self {
        Self { place: None, rule, closest: None, is_final: false }
    }

    pub(super) fn with_closest(mut self, closest: Option<Self>) -> Self {
        self.place = self.place.or_else(|| closest.as_ref().and_then(|closest| closest.place));
        self.closest = closest.map(Box::new);
        self
    }

    pub(super) fn ending_all(mut self) -> Self {
        self.is_final = true;
        self
    }

    /// The certificate that does not meet the rule; `None` if there is no single certificate.
    ///
    /// After a search, this is the certificate of the closest attempt.
    pub fn place(&self) -> Option<Place> {
        self.place
    }

    /// The rule.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// The refusal of the closest attempt to build a path, if there was an attempt.
    pub fn closest(&self) -> Option<&Self> {
        self.closest.as_deref()
    }
}

impl Rule {
    /// A code for programs, such as `expired`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::NoAnchors => "no-anchors",
            Self::NothingServed => "nothing-served",
            Self::NoPath => "no-path",
            Self::OtherAnchor => "other-anchor",
            Self::AnchorNotAnAuthority => "anchor-not-an-authority",
            Self::AnchorMayNotSign => "anchor-may-not-sign",
            Self::DisabledAnchorKey => "disabled-anchor-key",
            Self::DisabledAlgorithm { .. } => "disabled-algorithm",
            Self::NotOffered { .. } => "not-offered",
            Self::UnusableKey { .. } => "unusable-key",
            Self::DisabledInTls { .. } => "disabled-in-tls",
            Self::UnknownAlgorithm { .. } => "unknown-algorithm",
            Self::Signature => "signature",
            Self::NotAnAuthority => "not-an-authority",
            Self::PathLength => "path-length",
            Self::MayNotSign => "may-not-sign",
            Self::NameConstraints => "name-constraints",
            Self::UnsupportedNameConstraints => "unsupported-name-constraints",
            Self::Policy => "policy",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::Expired { .. } => "expired",
            Self::CriticalExtension { .. } => "critical-extension",
            Self::KeyUsage => "key-usage",
            Self::ExtendedKeyUsage { .. } => "extended-key-usage",
            Self::UnreadableExtendedKeyUsage => "unreadable-extended-key-usage",
            Self::NetscapeType { .. } => "netscape-type",
            Self::OtherHost { .. } => "other-host",
            Self::IllegalHost { .. } => "illegal-host",
            Self::UnreadableAltNames => "unreadable-alt-names",
            Self::TooComplex => "too-complex",
        }
    }

    /// The source of the rule, such as a class of Java and a section of a standard.
    pub fn source(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "sun.security.x509.X509CertImpl; RFC 5280, section 4.1",
            Self::NoAnchors => "java.security.cert.PKIXParameters",
            Self::NothingServed => "sun.security.ssl.X509TrustManagerImpl",
            Self::NoPath => "sun.security.provider.certpath.SunCertPathBuilder",
            Self::OtherAnchor => {
                "sun.security.provider.certpath.PKIXCertPathValidator, AdaptableX509CertSelector; RFC 5280, section \
                 4.2.1.1"
            }
            Self::AnchorNotAnAuthority | Self::AnchorMayNotSign => "sun.security.validator.PKIXValidator",
            Self::DisabledAnchorKey | Self::DisabledAlgorithm { .. } => {
                "sun.security.provider.certpath.AlgorithmChecker; jdk.certpath.disabledAlgorithms"
            }
            Self::NotOffered { .. } | Self::UnusableKey { .. } => {
                "sun.security.ssl.SSLAlgorithmConstraints, SignatureScheme; RFC 8446, section 4.2.3"
            }
            Self::DisabledInTls { .. } => "sun.security.ssl.SSLAlgorithmConstraints; jdk.tls.disabledAlgorithms",
            Self::UnknownAlgorithm { .. } => "java.security.Signature",
            Self::Signature | Self::NotYetValid { .. } | Self::Expired { .. } => {
                "sun.security.provider.certpath.BasicChecker; RFC 5280, section 6.1.3 (a)"
            }
            Self::NotAnAuthority | Self::PathLength => {
                "sun.security.provider.certpath.ConstraintsChecker; RFC 5280, section 6.1.4 (k) to (m)"
            }
            Self::MayNotSign => "sun.security.provider.certpath.KeyChecker; RFC 5280, section 6.1.4 (n)",
            Self::NameConstraints | Self::UnsupportedNameConstraints => {
                "sun.security.x509.NameConstraintsExtension; RFC 5280, section 4.2.1.10"
            }
            Self::Policy => "sun.security.provider.certpath.PolicyChecker; RFC 5280, section 6.1.3 (d) to (f)",
            Self::CriticalExtension { .. } => {
                "sun.security.provider.certpath.PKIXMasterCertPathValidator; RFC 5280, sections 6.1.4 (o) and 6.1.5 (f)"
            }
            Self::KeyUsage
            | Self::ExtendedKeyUsage { .. }
            | Self::UnreadableExtendedKeyUsage
            | Self::NetscapeType { .. } => "sun.security.validator.EndEntityChecker; RFC 5280, section 4.2.1",
            Self::OtherHost { .. } | Self::IllegalHost { .. } | Self::UnreadableAltNames => {
                "sun.security.util.HostnameChecker; RFC 2818, section 3.1"
            }
            Self::TooComplex => "the limits of certgen",
        }
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    /// One sentence with its source, such as `served certificate 0 is not for 10.0.0.12 (...)`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.closest, self.place) {
            (None, Some(place)) => write!(formatter, "{place} ")?,
            _ => formatter.write_str("the chain ")?,
        }
        write!(formatter, "{} ({})", self.rule, self.rule.source())?;
        match &self.closest {
            Some(closest) => write!(formatter, "; the closest attempt failed: {closest}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Served(place) => write!(formatter, "served certificate {place}"),
            Self::Anchor(place) => write!(formatter, "anchor {place}"),
        }
    }
}

impl fmt::Display for Rule {
    /// The predicate of a sentence about the certificate or the chain.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { reason } => write!(formatter, "cannot be read: {reason}"),
            Self::NoAnchors => formatter.write_str("is refused because the truststore is empty"),
            Self::NothingServed => formatter.write_str("is empty"),
            Self::NoPath => formatter.write_str("does not lead to an anchor"),
            Self::OtherAnchor => {
                formatter.write_str("names an issuer with another key identifier or serial number than the anchor's")
            }
            Self::AnchorNotAnAuthority => formatter.write_str("is not an authority, so it can only be trusted as a leaf"),
            Self::AnchorMayNotSign => formatter.write_str("may not sign certificates, so it can only be trusted as a leaf"),
            Self::DisabledAnchorKey => formatter.write_str("has a key that is disabled for certificates"),
            Self::DisabledAlgorithm { algorithm } => {
                write!(formatter, "has a signature algorithm ({algorithm}) or a key that is disabled for certificates")
            }
            Self::NotOffered { algorithm } => {
                write!(formatter, "is signed with {algorithm}, which the node's TLS engine does not support")
            }
            Self::UnusableKey { key } => {
                write!(formatter, "has a key ({key}) that the node's TLS engine does not accept in a handshake")
            }
            Self::DisabledInTls { algorithm } => {
                write!(formatter, "has a signature algorithm ({algorithm}), a key or an issuer's key that is disabled for TLS")
            }
            Self::UnknownAlgorithm { algorithm } => {
                write!(formatter, "is signed with {algorithm}, which Java does not implement for the issuer's key")
            }
            Self::Signature => formatter.write_str(
                "is not signed with its issuer's key: the trusted or served certificate of that name has another key, or the \
                 signature is damaged",
            ),
            Self::NotAnAuthority => formatter.write_str("is not an authority, but issued the certificate below"),
            Self::PathLength => formatter.write_str("is one authority more than a path length allows"),
            Self::MayNotSign => formatter.write_str("may not sign certificates, but issued the certificate below"),
            Self::NameConstraints => formatter.write_str("has a name that the authorities above do not allow"),
            Self::UnsupportedNameConstraints => {
                formatter.write_str("has or is subject to name constraints that Java does not support")
            }
            Self::Policy => {
                formatter.write_str("leaves no valid certificate policy, although one is required, or maps anyPolicy")
            }
            Self::NotYetValid { from } => write!(formatter, "is not valid before {from}"),
            Self::Expired { since } => write!(formatter, "expired at {since}"),
            Self::CriticalExtension { oid } => {
                write!(formatter, "has the critical extension {oid}, which path validation does not process")
            }
            Self::KeyUsage => formatter.write_str("has key usages without digitalSignature"),
            Self::ExtendedKeyUsage { role } => write!(formatter, "lacks the extended key usage of a {role}"),
            Self::UnreadableExtendedKeyUsage => formatter.write_str("has extended key usages that cannot be read"),
            Self::NetscapeType { role } => write!(formatter, "has a Netscape certificate type that does not include the {role}"),
            Self::OtherHost { host } => write!(formatter, "is not for {host}"),
            Self::IllegalHost { host } => write!(formatter, "cannot be compared with {host}, which is not a host name"),
            Self::UnreadableAltNames => formatter.write_str("has alternative names that cannot be read"),
            Self::TooComplex => formatter.write_str("has too many paths, policies or signatures to be judged"),
        }
    }
}
