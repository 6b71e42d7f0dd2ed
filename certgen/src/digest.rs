//! The digests of signatures.

use std::fmt;

use sha1::Sha1;
use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};

/// The digest algorithm of a signature.
///
/// `Display` writes a digest as Java's names of signature algorithms do, such as `SHA256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Digest {
    /// MD2 (RFC 1319).
    Md2,
    /// MD5 (RFC 1321).
    Md5,
    /// SHA-1 (FIPS 180-4, like the following digests).
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA-512/224.
    Sha512Of224,
    /// SHA-512/256.
    Sha512Of256,
}

impl Digest {
    /// Whether the digest is MD2, MD5 or SHA-1, which are too weak for signatures.
    pub fn is_weak(self) -> bool {
        matches!(self, Self::Md2 | Self::Md5 | Self::Sha1)
    }

    pub(crate) fn of(self, message: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            Self::Md2 | Self::Md5 => return None,
            Self::Sha1 => Sha1::digest(message).to_vec(),
            Self::Sha224 => Sha224::digest(message).to_vec(),
            Self::Sha256 => Sha256::digest(message).to_vec(),
            Self::Sha384 => Sha384::digest(message).to_vec(),
            Self::Sha512 => Sha512::digest(message).to_vec(),
            Self::Sha512Of224 => Sha512_224::digest(message).to_vec(),
            Self::Sha512Of256 => Sha512_256::digest(message).to_vec(),
        })
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Md2 => "MD2",
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA1",
            Self::Sha224 => "SHA224",
            Self::Sha256 => "SHA256",
            Self::Sha384 => "SHA384",
            Self::Sha512 => "SHA512",
            Self::Sha512Of224 => "SHA512/224",
            Self::Sha512Of256 => "SHA512/256",
        })
    }
}
