//! The algorithms that certificates are signed with here: RSA with PKCS#1 v1.5 padding.

use rsa::Pkcs1v15Sign;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::{asn1, oid};

/// The algorithm to sign a certificate with. All are RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2), which is deterministic: the
/// same key and content give the same signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// `SHA256withRSA`: what keytool 17 takes for keys of up to 3072 bits; the default here for every size.
    #[default]
    Sha256WithRsa,
    /// `SHA384withRSA`: what keytool 17 takes for longer keys, and keytool 25 for all of up to 7680 bits.
    Sha384WithRsa,
    /// `SHA512withRSA`.
    Sha512WithRsa,
}

impl SigningAlgorithm {
    pub(crate) fn scheme(self, message: &[u8]) -> (Pkcs1v15Sign, Vec<u8>) {
        match self {
            Self::Sha256WithRsa => (Pkcs1v15Sign::new::<Sha256>(), Sha256::digest(message).to_vec()),
            Self::Sha384WithRsa => (Pkcs1v15Sign::new::<Sha384>(), Sha384::digest(message).to_vec()),
            Self::Sha512WithRsa => (Pkcs1v15Sign::new::<Sha512>(), Sha512::digest(message).to_vec()),
        }
    }

    /// The `AlgorithmIdentifier`, with the NULL parameters of RFC 4055, section 5.
    pub(crate) fn identifier(self) -> Vec<u8> {
        let oid = match self {
            Self::Sha256WithRsa => oid::SHA256_WITH_RSA,
            Self::Sha384WithRsa => oid::SHA384_WITH_RSA,
            Self::Sha512WithRsa => oid::SHA512_WITH_RSA,
        };
        asn1::sequence(&[asn1::object_identifier(&oid), asn1::tlv(asn1::NULL, &[])])
    }
}
