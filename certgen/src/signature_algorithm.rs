//! The algorithm that a certificate says it is signed with.

use std::fmt;

use x509_parser::x509::AlgorithmIdentifier;

/// The algorithm that a certificate says it is signed with (RFC 5280, section 4.1.1.2), of those known here or any other.
///
/// Displayed by the name that Java gives it, `SHA256withRSA`, or by its object identifier. To choose an algorithm for a
/// new certificate see [`SigningAlgorithm`](crate::SigningAlgorithm).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignatureAlgorithm {
    oid: String,
}

impl SignatureAlgorithm {
    pub(crate) fn of(algorithm: &AlgorithmIdentifier<'_>) -> Self {
        Self { oid: algorithm.algorithm.to_id_string() }
    }

    /// The object identifier.
    pub fn oid(&self) -> &str {
        &self.oid
    }

    /// Java's name, where the algorithm is one that has been in use.
    pub(crate) fn name(&self) -> Option<&'static str> {
        ALGORITHMS.iter().find(|(oid, _)| *oid == self.oid).map(|(_, name)| *name)
    }

    /// Whether the digest is one that collisions are known for: MD2, MD5 or SHA-1.
    pub fn is_weak(&self) -> bool {
        self.name().is_some_and(|name| ["MD2", "MD5", "SHA1"].iter().any(|digest| name.starts_with(digest)))
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name().unwrap_or(&self.oid))
    }
}

const ALGORITHMS: [(&str, &str); 20] = [
    ("1.2.840.113549.1.1.2", "MD2withRSA"),
    ("1.2.840.113549.1.1.4", "MD5withRSA"),
    ("1.2.840.113549.1.1.5", "SHA1withRSA"),
    ("1.3.14.3.2.29", "SHA1withRSA"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.113549.1.1.11", "SHA256withRSA"),
    ("1.2.840.113549.1.1.12", "SHA384withRSA"),
    ("1.2.840.113549.1.1.13", "SHA512withRSA"),
    ("1.2.840.113549.1.1.14", "SHA224withRSA"),
    ("1.2.840.10040.4.3", "SHA1withDSA"),
    ("1.3.14.3.2.27", "SHA1withDSA"),
    ("2.16.840.1.101.3.4.3.1", "SHA224withDSA"),
    ("2.16.840.1.101.3.4.3.2", "SHA256withDSA"),
    ("1.2.840.10045.4.1", "SHA1withECDSA"),
    ("1.2.840.10045.4.3.1", "SHA224withECDSA"),
    ("1.2.840.10045.4.3.2", "SHA256withECDSA"),
    ("1.2.840.10045.4.3.3", "SHA384withECDSA"),
    ("1.2.840.10045.4.3.4", "SHA512withECDSA"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
];
