//! The hash functions of PKCS#12, for HMAC and for key derivations.

use crate::asn1::oid;
use der::asn1::ObjectIdentifier;

/// Calls a generic function with the hasher type of a [`Hash`].
macro_rules! with_hash {
    ($hash:expr, $function:ident($($argument:expr),* $(,)?)) => {
        match $hash {
            $crate::pkcs12::crypto::hash::Hash::Sha1 => $function::<sha1::Sha1>($($argument),*),
            $crate::pkcs12::crypto::hash::Hash::Sha224 => $function::<sha2::Sha224>($($argument),*),
            $crate::pkcs12::crypto::hash::Hash::Sha256 => $function::<sha2::Sha256>($($argument),*),
            $crate::pkcs12::crypto::hash::Hash::Sha384 => $function::<sha2::Sha384>($($argument),*),
            $crate::pkcs12::crypto::hash::Hash::Sha512 => $function::<sha2::Sha512>($($argument),*),
            $crate::pkcs12::crypto::hash::Hash::Sha512_224 => $function::<sha2::Sha512_224>($($argument),*),
            $crate::pkcs12::crypto::hash::Hash::Sha512_256 => $function::<sha2::Sha512_256>($($argument),*),
        }
    };
}
pub(in crate::pkcs12) use with_hash;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Hash {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha512_224,
    Sha512_256,
}

impl Hash {
    const ALL: [Self; 7] =
        [Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512, Self::Sha512_224, Self::Sha512_256];

    pub(in crate::pkcs12) fn from_digest_oid(oid: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|hash| hash.digest_oid().as_bytes() == oid)
    }

    pub(in crate::pkcs12) fn from_hmac_oid(oid: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|hash| hash.hmac_oid().as_bytes() == oid)
    }

    pub(in crate::pkcs12) const fn digest_oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha1 => oid::SHA_1,
            Self::Sha224 => oid::SHA_224,
            Self::Sha256 => oid::SHA_256,
            Self::Sha384 => oid::SHA_384,
            Self::Sha512 => oid::SHA_512,
            Self::Sha512_224 => oid::SHA_512_224,
            Self::Sha512_256 => oid::SHA_512_256,
        }
    }

    pub(in crate::pkcs12) const fn hmac_oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha1 => oid::HMAC_SHA_1,
            Self::Sha224 => oid::HMAC_SHA_224,
            Self::Sha256 => oid::HMAC_SHA_256,
            Self::Sha384 => oid::HMAC_SHA_384,
            Self::Sha512 => oid::HMAC_SHA_512,
            Self::Sha512_224 => oid::HMAC_SHA_512_224,
            Self::Sha512_256 => oid::HMAC_SHA_512_256,
        }
    }

    pub(in crate::pkcs12) const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
            Self::Sha512_224 => "SHA-512/224",
            Self::Sha512_256 => "SHA-512/256",
        }
    }

    /// The length of a digest, in bytes.
    pub(in crate::pkcs12) const fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 | Self::Sha512_224 => 28,
            Self::Sha256 | Self::Sha512_256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}
