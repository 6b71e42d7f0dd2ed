//! The algorithms that certificates and requests are signed with here.

use std::fmt;

use rsa::Pkcs1v15Sign;

use crate::digest::Digest;
use crate::public_key::{Curve, KeyAlgorithm};
use crate::signature_algorithm::SignatureScheme;
use crate::{asn1, oid, verify};

/// The algorithm to sign a certificate or a request with.
///
/// Unless told otherwise a key takes [`Sha256WithRsa`](Self::Sha256WithRsa) if it is RSA, the digest of its curve's length if
/// it is ECDSA (as keytool 17), and [`Ed25519`](Self::Ed25519) if it is that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// `SHA256withRSA`: what keytool 17 takes for keys of up to 3072 bits; the default here for every size.
    ///
    /// As the other two with RSA it is RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2), which is deterministic: the same key and
    /// content give the same signature.
    Sha256WithRsa,
    /// `SHA384withRSA`: what keytool 17 takes for longer keys, and keytool 25 for all of up to 7680 bits.
    Sha384WithRsa,
    /// `SHA512withRSA`.
    Sha512WithRsa,
    /// `SHA256withECDSA` (RFC 5758, section 3.2): what keytool 17 takes for P-256.
    Sha256WithEcdsa,
    /// `SHA384withECDSA`: what keytool 17 takes for P-384, and keytool 25 for P-256 too.
    Sha384WithEcdsa,
    /// `SHA512withECDSA`: what both take for P-521.
    Sha512WithEcdsa,
    /// Ed25519 (RFC 8410).
    Ed25519,
}

impl SigningAlgorithm {
    /// What a key takes unless told otherwise, if it is of an algorithm that is signed with.
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

    /// How such a signature is checked.
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

    /// For RSA: the padding, and the digest of `message`.
    pub(crate) fn rsa(self, message: &[u8]) -> Option<(Pkcs1v15Sign, Vec<u8>)> {
        match self.scheme() {
            SignatureScheme::Rsa(digest) => Some((verify::padding(digest)?, digest.of(message)?)),
            _ => None,
        }
    }

    /// For ECDSA: the digest of `message`.
    #[cfg(feature = "ec")]
    pub(crate) fn ecdsa(self, message: &[u8]) -> Option<Vec<u8>> {
        match self.scheme() {
            SignatureScheme::Ecdsa(digest) => digest.of(message),
            _ => None,
        }
    }

    /// The `AlgorithmIdentifier`: for RSA with the NULL parameters of RFC 4055, section 5, for others without any.
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
    /// Java's name: `SHA256withRSA`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scheme().fmt(formatter)
    }
}
