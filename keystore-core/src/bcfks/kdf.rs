//! Key derivation from passwords: PBKDF2 (RFC 8018) and scrypt (RFC 7914).
//!
//! PBKDF2 uses HMAC-SHA-512 or HMAC-SHA3-512.
//!
//! ```text
//! PBKDF2-params ::= SEQUENCE { salt OCTET STRING, iterationCount INTEGER, keyLength INTEGER OPTIONAL,
//!                              prf AlgorithmIdentifier }
//! scrypt-params ::= SEQUENCE { salt OCTET STRING, costParameter INTEGER, blockSize INTEGER,
//!                              parallelizationParameter INTEGER, keyLength INTEGER OPTIONAL }
//! ```
//!
//! Bouncy Castle uses the block size also as scrypt's parallelization, and ignores the value in the file
//! (`BcFKSKeyStoreSpi.generateKey`). Because no other library writes the format, this crate does the same.

use crate::Password;
use crate::asn1::{Algorithm, Element, Reader, Tag, Writer, oid};
use crate::budget::Budget;
use crate::error::{Defect, Error, ErrorKind, Limit, Part};
use ::pbkdf2::pbkdf2_hmac;
use der::asn1::ObjectIdentifier;
use rand_core::CryptoRng;
use sha2::Sha512;
use sha3::Sha3_512;
use zeroize::Zeroizing;

/// The maximum length of a key in bytes, as in `bcprov`.
const MAX_KEY_LENGTH: u32 = 1_024;
/// The maximum block size of scrypt, as in `bcprov`.
const MAX_BLOCK_SIZE: u32 = 1_024;
/// The output length of both HMACs, in bytes.
const PRF_LENGTH: usize = 64;
/// The minimum length of a new salt, in bytes.
const MIN_SALT: usize = 16;

/// The purpose of a key.
///
/// The name of the purpose is appended to the password, so that each purpose gets a different key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    StoreEncryption,
    PrivateKeyEncryption,
    SecretKeyEncryption,
    IntegrityCheck,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::StoreEncryption => "STORE_ENCRYPTION",
            Self::PrivateKeyEncryption => "PRIVATE_KEY_ENCRYPTION",
            Self::SecretKeyEncryption => "SECRET_KEY_ENCRYPTION",
            Self::IntegrityCheck => "INTEGRITY_CHECK",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Prf {
    HmacSha512,
    HmacSha3_512,
}

impl Prf {
    pub(super) fn read(algorithm: &Algorithm<'_>) -> Result<Self, Error> {
        let prf = [Self::HmacSha512, Self::HmacSha3_512].into_iter().find(|prf| algorithm.is(prf.oid()));
        let prf = prf.ok_or_else(|| algorithm.unsupported())?;
        algorithm.no_parameters()?;
        Ok(prf)
    }

    pub(super) fn write(self, writer: &mut Writer) {
        writer.algorithm(self.oid(), |writer| {
            writer.null();
        });
    }

    const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::HmacSha512 => oid::HMAC_SHA_512,
            Self::HmacSha3_512 => oid::HMAC_SHA3_512,
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Kdf {
    salt: Vec<u8>,
    cost: Cost,
    key_length: Option<u32>,
    /// The parallelization of scrypt in the file, if it differs from the block size.
    ///
    /// Only a positive number of at most 32 bits is kept.
    stated: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cost {
    Pbkdf2 {
        prf: Prf,
        iterations: u32,
    },
    /// The cost is two to the power of `log_n`; `r` is the block size.
    Scrypt {
        log_n: u8,
        r: u32,
    },
}

impl Kdf {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let algorithm = Algorithm::read(reader)?;
        if algorithm.is(oid::PBKDF2) {
            Self::read_pbkdf2(&algorithm)
        } else if algorithm.is(oid::SCRYPT) {
            Self::read_scrypt(&algorithm)
        } else {
            Err(algorithm.unsupported())
        }
    }

    fn read_pbkdf2(algorithm: &Algorithm<'_>) -> Result<Self, Error> {
        let mut fields = algorithm.parameter_fields()?;
        let (salt, iterations) = algorithm.salt_and_iterations(&mut fields)?;
        let key_length = key_length(&mut fields)?;
        let prf = Prf::read(&Algorithm::read(&mut fields)?)?;
        fields.finish(Part::AlgorithmIdentifier)?;
        Ok(Self { salt, cost: Cost::Pbkdf2 { prf, iterations }, key_length, stated: None })
    }

    fn read_scrypt(algorithm: &Algorithm<'_>) -> Result<Self, Error> {
        let mut fields = algorithm.parameter_fields()?;
        let salt = fields.octet_string(Part::AlgorithmIdentifier)?.bytes()?.into_owned();
        let n = fields.expect(Tag::INTEGER, Part::AlgorithmIdentifier)?.unsigned()?;
        let r = fields.expect(Tag::INTEGER, Part::AlgorithmIdentifier)?.unsigned()?;
        let p = fields.expect(Tag::INTEGER, Part::AlgorithmIdentifier)?.unsigned();
        let key_length = key_length(&mut fields)?;
        fields.finish(Part::AlgorithmIdentifier)?;
        let log_n = u8::try_from(n.trailing_zeros()).unwrap_or(u8::MAX);
        if !n.is_power_of_two() || n < 2 || !(1..=MAX_BLOCK_SIZE).contains(&r) {
            return Err(algorithm.bad_parameters());
        }
        Ok(Self { salt, cost: Cost::Scrypt { log_n, r }, key_length, stated: p.ok().filter(|p| *p != r && *p > 0) })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        let key_length = |writer: &mut Writer| {
            if let Some(length) = self.key_length {
                writer.unsigned(length);
            }
        };
        match self.cost {
            Cost::Pbkdf2 { prf, iterations } => writer.algorithm(oid::PBKDF2, |writer| {
                writer.nested(Tag::SEQUENCE, |writer| {
                    writer.octet_string(&self.salt).unsigned(iterations);
                    key_length(writer);
                    prf.write(writer);
                });
            }),
            Cost::Scrypt { log_n, r } => writer.algorithm(oid::SCRYPT, |writer| {
                writer.nested(Tag::SEQUENCE, |writer| {
                    // With `p` equal to `r`, it does not matter which of the two a reader uses.
                    writer.octet_string(&self.salt).unsigned(1 << log_n).unsigned(r).unsigned(r);
                    key_length(writer);
                });
            }),
        };
    }

    pub(super) fn draw(cost: Cost, salt_length: usize, key_length: u32, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut salt = vec![0; salt_length.max(MIN_SALT)];
        rng.fill_bytes(&mut salt);
        Self { salt, cost, key_length: Some(key_length), stated: None }
    }

    pub(super) const fn cost(&self) -> Cost {
        self.cost
    }

    pub(super) const fn salt_length(&self) -> usize {
        self.salt.len()
    }

    pub(super) const fn key_length(&self) -> Option<u32> {
        self.key_length
    }

    pub(super) fn count(&self, key_length: usize, budget: &mut Budget<'_>) -> Result<(), Error> {
        match self.cost {
            Cost::Pbkdf2 { iterations, .. } => budget.derivation(iterations, key_length.div_ceil(PRF_LENGTH)),
            Cost::Scrypt { log_n, r } => budget.scrypt(1 << log_n, r, r),
        }
    }

    pub(super) fn as_stated(&self) -> Option<u32> {
        self.stated
    }

    pub(super) fn count_as_stated(&self, p: u32, budget: &mut Budget<'_>) -> Result<(), Error> {
        match self.cost {
            Cost::Pbkdf2 { .. } => Ok(()),
            Cost::Scrypt { log_n, r } => budget.scrypt(1 << log_n, r, p),
        }
    }

    /// Derives `key` as Bouncy Castle does, with the block size as scrypt's parallelization.
    pub(super) fn derive(&self, password: &Password, purpose: Purpose, key: &mut [u8]) -> Result<(), Error> {
        let p = match self.cost {
            Cost::Pbkdf2 { .. } => 0,
            Cost::Scrypt { r, .. } => r,
        };
        self.derive_as_stated(p, password, purpose, key)
    }

    /// Derives `key`; `p` is the parallelization of scrypt.
    pub(super) fn derive_as_stated(
        &self,
        p: u32,
        password: &Password,
        purpose: Purpose,
        key: &mut [u8],
    ) -> Result<(), Error> {
        let password = octets(password, purpose);
        match self.cost {
            Cost::Pbkdf2 { prf: Prf::HmacSha512, iterations } => {
                pbkdf2_hmac::<Sha512>(&password, &self.salt, iterations, key);
            }
            Cost::Pbkdf2 { prf: Prf::HmacSha3_512, iterations } => {
                pbkdf2_hmac::<Sha3_512>(&password, &self.salt, iterations, key);
            }
            Cost::Scrypt { log_n, r } => {
                let parameters = scrypt::Params::new(log_n, r, p);
                let parameters = parameters.map_err(|_| Error::malformed(Defect::AlgorithmParameters))?;
                scrypt::scrypt(&password, &self.salt, &parameters, key)
                    .map_err(|_| Error::internal("a key has from 1 to 1,024 bytes"))?;
            }
        }
        Ok(())
    }
}

/// The input of a derivation: the password, followed by the name of the purpose.
///
/// The password and the name are in big-endian UTF-16 with a terminator. An empty password has no terminator
/// (`PBEParametersGenerator.PKCS12PasswordToBytes`).
pub(super) fn octets(password: &Password, purpose: Purpose) -> Zeroizing<Vec<u8>> {
    let text = password.bmp_or_nothing();
    let name = purpose.name();
    let mut octets = Zeroizing::new(Vec::with_capacity(text.len() + 2 * name.len() + 2));
    octets.extend_from_slice(&text);
    octets.extend(name.encode_utf16().flat_map(u16::to_be_bytes));
    octets.extend([0, 0]);
    octets
}

fn key_length(fields: &mut Reader<'_>) -> Result<Option<u32>, Error> {
    let Some(element) = fields.optional(Tag::INTEGER)? else { return Ok(None) };
    checked_length(&element).map(Some)
}

fn checked_length(element: &Element<'_>) -> Result<u32, Error> {
    match element.unsigned()? {
        length @ 1..=MAX_KEY_LENGTH => Ok(length),
        0 => Err(element.malformed(Defect::AlgorithmParameters)),
        found => Err(element.error(ErrorKind::LimitExceeded {
            limit: Limit::KeyLength,
            found: found.into(),
            allowed: MAX_KEY_LENGTH.into(),
        })),
    }
}
