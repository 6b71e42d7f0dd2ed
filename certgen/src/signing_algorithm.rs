//! The algorithms with which this crate signs certificates and requests.

use std::fmt;

use rsa::Pkcs1v15Sign;

use crate::digest::Digest;
use crate::public_key::{Curve, KeyAlgorithm};
use crate::signature_algorithm::SignatureScheme;
use crate::{asn1, oid, verify};

/// An algorithm for signing a certificate or a request.
///
/// The default is [`Sha256WithRsa`](Self::Sha256WithRsa) for an RSA key, ECDSA with SHA-256, SHA-384 or SHA-512 for a
/// key on P-256, P-384 or P-521 (as in keytool 17), and [`Ed25519`](Self::Ed25519) for an Ed25519 key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// `SHA256withRSA`, this crate's default for RSA keys.
    ///
    /// keytool 17 uses this algorithm for keys of up to 3072 bits.
    ///
    /// All three RSA algorithms are RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2), which is deterministic: the same key and
    /// content give the same signature.
    Sha256WithRsa,
    /// `SHA384withRSA`.
    ///
    /// keytool 17 uses this algorithm for keys of 3073 to 7680 bits, and keytool 25 for keys of 624 to 7680 bits.
    Sha384WithRsa,
    /// `SHA512withRSA`.
    Sha512WithRsa,
    /// `SHA256withECDSA` (RFC 5758, section 3.2), which keytool 17 uses for P-256.
    Sha256WithEcdsa,
    /// `SHA384withECDSA`, which keytool 17 uses for P-384, and keytool 25 also for P-256.
    Sha384WithEcdsa,
    /// `SHA512withECDSA`, which keytool 17 and 25 use for P-521.
    Sha512WithEcdsa,
    /// Ed25519 (RFC 8410).
    Ed25519,
}

impl SigningAlgorithm {
    pub(crate) fn of_key(key: &KeyAlgorithm) -> Option<Self> {
        match key {
            KeyAlgorithm::Rsa { .. } => Some(Self::Sha256WithRsa),
            KeyAlgorithm::Ec { curve: Curve::P256 } => Some(Self::Sha256WithEcdsa),
            KeyAlgorithm::Ec { curve: Curve::P384 } => Some(Self::Sha384WithEcdsa),
            KeyAlgorithm::Ec { curve: Curve::P521 } => Some(Self::Sha512WithEcdsa),
            KeyAlgorithm::Ed25519 => Some(Self::Ed25519),
            _ => None,
        }
    }

    pub(crate) const fn scheme(self) -> SignatureScheme {
        match self {
            Self::Sha256WithRsa => SignatureScheme::Rsa(Digest::Sha256),
            Self::Sha384WithRsa => SignatureScheme::Rsa(Digest::Sha384),
            Self::Sha512WithRsa => SignatureScheme::Rsa(Digest::Sha512),
            Self::Sha256WithEcdsa => SignatureScheme::Ecdsa(Digest::Sha256),
            Self::Sha384WithEcdsa => SignatureScheme::Ecdsa(Digest::Sha384),
            Self::Sha512WithEcdsa => SignatureScheme::Ecdsa(Digest::Sha512),
            Self::Ed25519 => SignatureScheme::Ed25519,
        }
    }

    pub(crate) fn rsa(self, message: &[u8]) -> Option<(Pkcs1v15Sign, Vec<u8>)> {
        match self.scheme() {
            SignatureScheme::Rsa(digest) => Some((verify::padding(digest)?, digest.of(message)?)),
            _ => None,
        }
    }

    #[cfg(feature = "ec")]
    pub(crate) fn ecdsa(self, message: &[u8]) -> Option<Vec<u8>> {
        match self.scheme() {
            SignatureScheme::Ecdsa(digest) => digest.of(message),
            _ => None,
        }
    }

    /// The `AlgorithmIdentifier`, with NULL parameters only for RSA (RFC 4055, section 5).
    pub(crate) fn identifier(self) -> Vec<u8> {
        let null = || asn1::tlv(asn1::NULL, &[]);
        let (oid, parameters) = match self {
            Self::Sha256WithRsa => (oid::SHA256_WITH_RSA, null()),
            Self::Sha384WithRsa => (oid::SHA384_WITH_RSA, null()),
            Self::Sha512WithRsa => (oid::SHA512_WITH_RSA, null()),
            Self::Sha256WithEcdsa => (oid::SHA256_WITH_ECDSA, Vec::new()),
            Self::Sha384WithEcdsa => (oid::SHA384_WITH_ECDSA, Vec::new()),
            Self::Sha512WithEcdsa => (oid::SHA512_WITH_ECDSA, Vec::new()),
            Self::Ed25519 => (oid::ED25519, Vec::new()),
        };
        asn1::sequence(&[asn1::object_identifier(&oid), parameters])
    }
}

impl fmt::Display for SigningAlgorithm {
    /// Writes Java's name, such as `SHA256withRSA`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scheme().fmt(formatter)
    }
}
