//! Password-based encryption: PBES1 and PBES2 (RFC 8018, sections 6.1 and 6.2).
//!
//! The key derivation of PBES1 is that of PKCS#12 (RFC 7292, appendix C) or of PKCS#5.

mod cipher;
mod encryption;
mod pbkdf1;

use super::encoded_password::{EmptyPasswordEncoding, EncodedPassword};
use super::hash::Hash;
use super::kdf::{self, Purpose};
use super::pbkdf2::Pbkdf2;
use crate::Password;
use crate::asn1::{Algorithm, Reader, Tag, Writer, oid};
use crate::budget::Budget;
use crate::error::{Error, Part};
pub(in crate::pkcs12) use cipher::Cipher;
use der::asn1::ObjectIdentifier;
pub(in crate::pkcs12) use encryption::Encryption;
use zeroize::Zeroizing;

/// An encryption with all parameters, as an `AlgorithmIdentifier` describes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::pkcs12) enum Scheme {
    /// The key and the IV are derived from the password.
    Pbes1 { oid: ObjectIdentifier, derivation: Derivation, cipher: Cipher, salt: Vec<u8>, iterations: u32 },
    /// The key is derived from the password by PBKDF2, and the IV is a parameter.
    Pbes2 { cipher_oid: ObjectIdentifier, cipher: Cipher, iv: Vec<u8>, pbkdf2: Pbkdf2 },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::pkcs12) enum Derivation {
    /// PKCS#12's own derivation, with SHA-1.
    Pkcs12,
    Pbkdf1(pbkdf1::Digest),
}

impl Derivation {
    const fn name(self) -> &'static str {
        match self {
            Self::Pkcs12 | Self::Pbkdf1(pbkdf1::Digest::Sha1) => "SHA-1",
            Self::Pbkdf1(pbkdf1::Digest::Md5) => "MD5",
        }
    }
}

pub(in crate::pkcs12) const MD5: Derivation = Derivation::Pbkdf1(pbkdf1::Digest::Md5);
const SHA1: Derivation = Derivation::Pbkdf1(pbkdf1::Digest::Sha1);

const PBES1: [(ObjectIdentifier, (Derivation, Cipher)); 10] = [
    (oid::PBE_SHA1_RC4_128, (Derivation::Pkcs12, Cipher::Rc4Bits128)),
    (oid::PBE_SHA1_RC4_40, (Derivation::Pkcs12, Cipher::Rc4Bits40)),
    (oid::PBE_SHA1_3DES_3KEY, (Derivation::Pkcs12, Cipher::TripleDes)),
    (oid::PBE_SHA1_3DES_2KEY, (Derivation::Pkcs12, Cipher::TripleDesTwoKeys)),
    (oid::PBE_SHA1_RC2_128, (Derivation::Pkcs12, Cipher::Rc2Bits128)),
    (oid::PBE_SHA1_RC2_40, (Derivation::Pkcs12, Cipher::Rc2Bits40)),
    (oid::PBE_MD5_DES, (MD5, Cipher::Des)),
    (oid::PBE_MD5_RC2, (MD5, Cipher::Rc2Bits64)),
    (oid::PBE_SHA1_DES, (SHA1, Cipher::Des)),
    (oid::PBE_SHA1_RC2, (SHA1, Cipher::Rc2Bits64)),
];

const PBES2: [(ObjectIdentifier, Cipher); 4] = [
    (oid::AES_128_CBC, Cipher::Aes128),
    (oid::AES_192_CBC, Cipher::Aes192),
    (oid::AES_256_CBC, Cipher::Aes256),
    (oid::DES_EDE3_CBC, Cipher::TripleDes),
];

fn find<T: Copy>(table: &[(ObjectIdentifier, T)], algorithm: &Algorithm<'_>) -> Option<(ObjectIdentifier, T)> {
    table.iter().find(|(oid, _)| algorithm.is(*oid)).copied()
}

impl Scheme {
    pub(in crate::pkcs12) fn salt(&self) -> &[u8] {
        let (Self::Pbes1 { salt, .. } | Self::Pbes2 { pbkdf2: Pbkdf2 { salt, .. }, .. }) = self;
        salt
    }

    /// Reads the next `AlgorithmIdentifier`, as loosely as Java up to 17.
    pub(in crate::pkcs12) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        Self::of(&Algorithm::read_loosely(reader)?)
    }

    pub(in crate::pkcs12) fn of(algorithm: &Algorithm<'_>) -> Result<Self, Error> {
        if algorithm.is(oid::PBES2) {
            return Self::read_pbes2(algorithm);
        }
        let (oid, (derivation, cipher)) = find(&PBES1, algorithm).ok_or_else(|| algorithm.unsupported())?;
        let mut parameters = algorithm.parameter_fields()?;
        let (salt, iterations) = algorithm.salt_and_iterations(&mut parameters)?;
        Ok(Self::Pbes1 { oid, derivation, cipher, salt, iterations })
    }

    /// Reads `PBES2-params` (RFC 8018, appendix A.4).
    ///
    /// `PBES2-params ::= SEQUENCE { keyDerivationFunc AlgorithmIdentifier, encryptionScheme AlgorithmIdentifier }`
    fn read_pbes2(algorithm: &Algorithm<'_>) -> Result<Self, Error> {
        let bad_parameters = |_| algorithm.bad_parameters();
        let mut parameters = algorithm.parameter_fields()?;
        let pbkdf2 = Pbkdf2::read(&Algorithm::read_loosely(&mut parameters)?)?;
        let encryption = Algorithm::read_loosely(&mut parameters)?;
        let (cipher_oid, cipher) = find(&PBES2, &encryption).ok_or_else(|| encryption.unsupported())?;
        let iv = encryption.parameters().octet_string(Part::AlgorithmIdentifier).map_err(bad_parameters)?;
        let iv = iv.bytes()?.into_owned();
        let fits = |length| usize::try_from(length) == Ok(cipher.key_length());
        if iv.len() != cipher.iv_length() || !pbkdf2.key_length.is_none_or(fits) {
            return Err(algorithm.bad_parameters());
        }
        Ok(Self::Pbes2 { cipher_oid, cipher, iv, pbkdf2 })
    }

    pub(in crate::pkcs12) fn write(&self, writer: &mut Writer) {
        match self {
            Self::Pbes1 { oid, salt, iterations, .. } => {
                writer.algorithm(*oid, |writer| {
                    writer.nested(Tag::SEQUENCE, |writer| {
                        writer.octet_string(salt).unsigned(*iterations);
                    });
                });
            }
            Self::Pbes2 { cipher_oid, iv, pbkdf2, .. } => {
                writer.algorithm(oid::PBES2, |writer| {
                    writer.nested(Tag::SEQUENCE, |writer| {
                        pbkdf2.write(writer);
                        writer.algorithm(*cipher_oid, |writer| {
                            writer.octet_string(iv);
                        });
                    });
                });
            }
        }
    }

    pub(in crate::pkcs12) fn count(&self, budget: &mut Budget<'_>) -> Result<(), Error> {
        match self {
            Self::Pbes1 { derivation: Derivation::Pbkdf1(_), iterations, .. } => budget.derivation(*iterations, 1),
            Self::Pbes1 { cipher, iterations, .. } => {
                let blocks = cipher.key_length().div_ceil(Hash::Sha1.length())
                    + cipher.iv_length().div_ceil(Hash::Sha1.length());
                budget.derivation(*iterations, blocks)
            }
            Self::Pbes2 { cipher, pbkdf2, .. } => {
                budget.derivation(pbkdf2.iterations, cipher.key_length().div_ceil(pbkdf2.prf.length()))
            }
        }
    }

    /// Returns the plaintext, and the encoding with which an empty password decrypted it.
    ///
    /// If the plaintext is not `plausible`, the password counts as wrong.
    pub(in crate::pkcs12) fn decrypt(
        &self,
        password: &Password,
        encrypted: &[u8],
        plausible: impl Fn(&[u8]) -> bool,
    ) -> Result<(Zeroizing<Vec<u8>>, EmptyPasswordEncoding), Error> {
        EncodedPassword::attempt(password, |password| {
            let (cipher, key, iv) = self.keys(password);
            let plain = cipher.decrypt(&key, &iv, encrypted)?;
            if plausible(&plain) { Ok((plain, password.empty)) } else { Err(Error::wrong_password()) }
        })
    }

    pub(in crate::pkcs12) fn encrypt(&self, password: &EncodedPassword<'_>, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let (cipher, key, iv) = self.keys(password);
        cipher.encrypt(&key, &iv, plain)
    }

    fn keys(&self, password: &EncodedPassword<'_>) -> (Cipher, Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>) {
        match self {
            Self::Pbes1 { derivation: Derivation::Pbkdf1(digest), cipher, salt, iterations, .. } => {
                let (key, iv) = pbkdf1::derive(*digest, password.utf8, salt, *iterations);
                (*cipher, key, iv)
            }
            Self::Pbes1 { derivation: Derivation::Pkcs12, cipher, salt, iterations, .. } => {
                let derive = |purpose, length| {
                    let mut out = Zeroizing::new(vec![0; length]);
                    kdf::derive(Hash::Sha1, purpose, &password.bmp, salt, *iterations, &mut out);
                    out
                };
                (*cipher, derive(Purpose::Key, cipher.key_length()), derive(Purpose::Iv, cipher.iv_length()))
            }
            Self::Pbes2 { cipher, iv, pbkdf2, .. } => {
                let mut key = Zeroizing::new(vec![0; cipher.key_length()]);
                pbkdf2.derive(password.utf8, &mut key);
                (*cipher, key, Zeroizing::new(iv.clone()))
            }
        }
    }
}
