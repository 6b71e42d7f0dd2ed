//! Schemes of password-based encryption, without salt, initialization vector and cost.

use super::{Cipher, Derivation, Scheme};
use crate::asn1::oid;
use crate::pkcs12::crypto::hash::Hash;
use crate::pkcs12::crypto::pbkdf2::Pbkdf2;
use der::asn1::ObjectIdentifier;
use rand_core::CryptoRng;
use std::fmt;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::pkcs12) enum Encryption {
    Pbes1 { oid: ObjectIdentifier, derivation: Derivation, cipher: Cipher },
    Pbes2 { cipher_oid: ObjectIdentifier, cipher: Cipher, prf: Hash },
}

impl Encryption {
    /// pbeWithSHAAnd3-KeyTripleDES-CBC.
    pub(in crate::pkcs12) const SHA1_TRIPLE_DES: Self =
        Self::Pbes1 { oid: oid::PBE_SHA1_3DES_3KEY, derivation: Derivation::Pkcs12, cipher: Cipher::TripleDes };

    /// pbeWithSHAAnd40BitRC2-CBC.
    pub(in crate::pkcs12) const SHA1_RC2_40: Self =
        Self::Pbes1 { oid: oid::PBE_SHA1_RC2_40, derivation: Derivation::Pkcs12, cipher: Cipher::Rc2Bits40 };

    pub(in crate::pkcs12) const AES_256_HMAC_SHA256: Self =
        Self::Pbes2 { cipher_oid: oid::AES_256_CBC, cipher: Cipher::Aes256, prf: Hash::Sha256 };
}

impl fmt::Display for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pbes1 { derivation, cipher, .. } => {
                write!(f, "PBES1 with {} and {}", cipher.name(), derivation.name())
            }
            Self::Pbes2 { cipher, prf, .. } => write!(f, "PBES2 with {} and HMAC-{}", cipher.name(), prf.name()),
        }
    }
}

impl Scheme {
    /// A scheme with a new salt and, for PBES2, a new initialization vector, drawn in this order.
    pub(in crate::pkcs12) fn draw(
        encryption: Encryption,
        iterations: u32,
        salt_length: usize,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Self {
        let mut salt = vec![0; salt_length];
        rng.fill_bytes(&mut salt);
        match encryption {
            Encryption::Pbes1 { oid, derivation, cipher } => Self::Pbes1 { oid, derivation, cipher, salt, iterations },
            Encryption::Pbes2 { cipher_oid, cipher, prf } => {
                let mut iv = vec![0; cipher.iv_length()];
                rng.fill_bytes(&mut iv);
                let key_length = u32::try_from(cipher.key_length()).ok();
                Self::Pbes2 { cipher_oid, cipher, iv, pbkdf2: Pbkdf2 { salt, iterations, key_length, prf } }
            }
        }
    }

    /// The same scheme at the same cost, with a new salt and initialization vector.
    ///
    /// A salt that is too short for Java becomes longer.
    pub(in crate::pkcs12) fn renewed(&self, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self::draw(self.encryption(), self.iterations(), self.salt_length(), rng)
    }

    pub(in crate::pkcs12) const fn encryption(&self) -> Encryption {
        match self {
            Self::Pbes1 { oid, derivation, cipher, .. } => {
                Encryption::Pbes1 { oid: *oid, derivation: *derivation, cipher: *cipher }
            }
            Self::Pbes2 { cipher_oid, cipher, pbkdf2, .. } => {
                Encryption::Pbes2 { cipher_oid: *cipher_oid, cipher: *cipher, prf: pbkdf2.prf }
            }
        }
    }

    pub(in crate::pkcs12) const fn iterations(&self) -> u32 {
        match self {
            Self::Pbes1 { iterations, .. } => *iterations,
            Self::Pbes2 { pbkdf2, .. } => pbkdf2.iterations,
        }
    }

    /// The length of the salt in bytes, but at least 8, which is Java's minimum.
    pub(in crate::pkcs12) fn salt_length(&self) -> usize {
        let (Self::Pbes1 { salt, .. } | Self::Pbes2 { pbkdf2: Pbkdf2 { salt, .. }, .. }) = self;
        salt.len().max(8)
    }
}
