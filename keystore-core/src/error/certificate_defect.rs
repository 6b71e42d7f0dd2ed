//! The reasons why Java refuses a certificate.

use std::fmt;

/// A reason why Java does not read a certificate.
///
/// Java refuses a whole JKS, JCEKS or PKCS#12 because of one such certificate. The rules are those of
/// `sun.security.x509.X509CertImpl` and the classes that it uses, and are the same in Java 17 and 25.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificateDefect {
    /// The bytes are not an X.509 certificate in DER.
    Structure,
    /// The signature algorithm in the signed part differs from the one beside the signature.
    SignatureAlgorithms,
    /// The issuer's name is empty.
    EmptyIssuer,
    /// The subject's name is empty, and there is no alternative name.
    EmptySubject,
    /// The subject's name is empty, and the alternative name is not marked critical.
    AlternativeNameNotCritical,
    /// The certificate has a field that its version does not have.
    ///
    /// Extensions need version 3; unique identifiers need version 2 or 3.
    FieldsOfLaterVersion,
    /// An extension occurs twice.
    DuplicateExtension,
    /// A critical extension cannot be read.
    CriticalExtension,
    /// The public key has a length, a parameter or a number that its algorithm does not allow.
    PublicKey,
    /// The public key does not name a curve that Java knows.
    Curve,
    /// The point of an elliptic curve key is not in uncompressed form.
    PointFormat,
}

impl fmt::Display for CertificateDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Structure => "it is not an X.509 certificate in DER",
            Self::SignatureAlgorithms => "it names two different signature algorithms",
            Self::EmptyIssuer => "its issuer is empty",
            Self::EmptySubject => "its subject is empty and it has no alternative name",
            Self::AlternativeNameNotCritical => "its subject is empty and its alternative name is not critical",
            Self::FieldsOfLaterVersion => "it has a field that its version does not have",
            Self::DuplicateExtension => "it has an extension twice",
            Self::CriticalExtension => "one of its critical extensions cannot be read",
            Self::PublicKey => "its public key is not valid",
            Self::Curve => "its public key does not name a curve that Java knows",
            Self::PointFormat => "the point of its public key is not in uncompressed form",
        })
    }
}
