//! The MAC of a PKCS#12: `MacData` (RFC 7292, section 4) and PBMAC1 (RFC 9579).

use super::encoded_password::{EmptyPasswordEncoding, EncodedPassword};
use super::hash::{Hash, with_hash};
use super::kdf::{self, Purpose};
use super::pbkdf2::Pbkdf2;
use crate::asn1::{Algorithm, Reader, Tag, Writer, oid};
use crate::budget::Budget;
use crate::error::{Defect, Error, ErrorKind, Part};
use crate::{Limits, MissingMac, Password};
use hmac::{EagerHash, Hmac, KeyInit, Mac as _};
use rand_core::CryptoRng;
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The minimum length of a PBMAC1 key in bytes (RFC 9579, section 9).
///
/// An attacker can guess a very short key, and forge the MAC.
const MIN_PBMAC1_KEY: u32 = 20;
/// The maximum length of a PBMAC1 key in bytes: four times the 256 that Bouncy Castle uses.
const MAX_PBMAC1_KEY: u32 = 1_024;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::pkcs12) enum MacAlgorithm {
    /// HMAC with a key from PKCS#12's own derivation, which uses the same hash function.
    Pkcs12(Hash),
    /// PBMAC1: HMAC with a key from PBKDF2, whose PRF is HMAC with `prf`.
    Pbmac1 { hash: Hash, prf: Hash },
}

impl fmt::Display for MacAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pkcs12(hash) => write!(f, "HMAC-{}", hash.name()),
            Self::Pbmac1 { hash, prf } => write!(f, "PBMAC1 with HMAC-{} and HMAC-{}", hash.name(), prf.name()),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::pkcs12) enum Method {
    Pkcs12 { hash: Hash, salt: Vec<u8>, iterations: u32 },
    Pbmac1 { hash: Hash, pbkdf2: Pbkdf2, key_length: usize },
}

/// A MAC with its parameters (RFC 7292, section 4):
///
/// ```text
/// MacData ::= SEQUENCE {
///     mac         DigestInfo,
///     macSalt     OCTET STRING,
///     iterations  INTEGER DEFAULT 1 }
/// ```
#[derive(Clone, Debug)]
pub(in crate::pkcs12) struct Mac {
    pub(in crate::pkcs12) method: Method,
    digest: Vec<u8>,
}

impl Mac {
    pub(in crate::pkcs12) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut fields = reader.expect(Tag::SEQUENCE, Part::MacData)?.children();
        let mut info = fields.expect(Tag::SEQUENCE, Part::MacData)?.children();
        let algorithm = Algorithm::read(&mut info)?;
        let digest = info.octet_string(Part::MacData)?.bytes()?.into_owned();
        info.finish(Part::MacData)?;
        let salt = fields.octet_string(Part::MacData)?.bytes()?.into_owned();
        let iterations = fields.optional(Tag::INTEGER)?;
        fields.finish(Part::MacData)?;
        let method = if algorithm.is(oid::PBMAC1) {
            // The salt and the iterations are ignored (RFC 9579, section 4).
            read_pbmac1(&algorithm).map_err(|error| error.of_part(Part::MacData))?
        } else {
            let iterations = iterations.map_or(Ok(1), |count| count.unsigned())?;
            let hash = Hash::from_digest_oid(algorithm.oid());
            let hash = hash.ok_or_else(|| algorithm.unsupported().of_part(Part::MacData))?;
            if iterations == 0 {
                return Err(fields.malformed(Defect::Structure(Part::MacData)));
            }
            Method::Pkcs12 { hash, salt, iterations }
        };
        Ok(Self { method, digest })
    }

    pub(in crate::pkcs12) fn count(&self, budget: &mut Budget<'_>) -> Result<(), Error> {
        match &self.method {
            Method::Pkcs12 { iterations, .. } => budget.derivation(*iterations, 1),
            Method::Pbmac1 { pbkdf2, key_length, .. } => {
                budget.derivation(pbkdf2.iterations, key_length.div_ceil(pbkdf2.prf.length()))
            }
        }
    }

    pub(in crate::pkcs12) fn salt(&self) -> &[u8] {
        let (Method::Pkcs12 { salt, .. } | Method::Pbmac1 { pbkdf2: Pbkdf2 { salt, .. }, .. }) = &self.method;
        salt
    }

    pub(in crate::pkcs12) const fn algorithm(&self) -> (MacAlgorithm, u32) {
        match &self.method {
            Method::Pkcs12 { hash, iterations, .. } => (MacAlgorithm::Pkcs12(*hash), *iterations),
            Method::Pbmac1 { hash, pbkdf2, .. } => {
                (MacAlgorithm::Pbmac1 { hash: *hash, prf: pbkdf2.prf }, pbkdf2.iterations)
            }
        }
    }

    /// Verifies the MAC, and returns the encoding with which an empty password matched.
    ///
    /// # Errors
    /// [`ErrorKind::WrongPasswordOrTampered`].
    pub(in crate::pkcs12) fn verify(
        &self,
        password: &Password,
        content: &[u8],
    ) -> Result<EmptyPasswordEncoding, Error> {
        EncodedPassword::attempt(password, |password| {
            let expected = self.method.compute(password, content)?;
            let same: bool = expected.ct_eq(&self.digest).into();
            if same { Ok(password.empty) } else { Err(Error::wrong_password()) }
        })
    }

    pub(in crate::pkcs12) fn make(
        algorithm: MacAlgorithm,
        iterations: u32,
        salt_length: usize,
        password: &EncodedPassword<'_>,
        content: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, Error> {
        let mut salt = vec![0; salt_length];
        rng.fill_bytes(&mut salt);
        let method = match algorithm {
            MacAlgorithm::Pkcs12(hash) => Method::Pkcs12 { hash, salt, iterations },
            MacAlgorithm::Pbmac1 { hash, prf } => {
                let pbkdf2 = Pbkdf2 { salt, iterations, key_length: Some(32), prf };
                Method::Pbmac1 { hash, pbkdf2, key_length: 32 }
            }
        };
        let digest = method.compute(password, content)?;
        Ok(Self { method, digest })
    }

    pub(in crate::pkcs12) fn write(&self, writer: &mut Writer) {
        writer.nested(Tag::SEQUENCE, |writer| {
            writer.nested(Tag::SEQUENCE, |writer| {
                self.method.write_algorithm(writer);
                writer.octet_string(&self.digest);
            });
            match &self.method {
                Method::Pkcs12 { salt, iterations, .. } => writer.octet_string(salt).unsigned(*iterations),
                // Readers of PBMAC1 ignore these two fields (RFC 9579, section 4).
                Method::Pbmac1 { pbkdf2, .. } => writer.octet_string(&pbkdf2.salt).unsigned(1),
            };
        });
    }
}

pub(in crate::pkcs12) fn missing(limits: &Limits) -> Result<(), Error> {
    match limits.missing_mac {
        MissingMac::Accept => Ok(()),
        MissingMac::Refuse => Err(Error::new(ErrorKind::MissingMac)),
    }
}

impl Method {
    fn compute(&self, password: &EncodedPassword<'_>, content: &[u8]) -> Result<Vec<u8>, Error> {
        match self {
            Self::Pkcs12 { hash, salt, iterations } => {
                let mut key = Zeroizing::new(vec![0; hash.length()]);
                kdf::derive(*hash, Purpose::Mac, &password.bmp, salt, *iterations, &mut key);
                with_hash!(*hash, authenticate(&key, content))
            }
            Self::Pbmac1 { hash, pbkdf2, key_length } => {
                let mut key = Zeroizing::new(vec![0; *key_length]);
                pbkdf2.derive(password.utf8, &mut key);
                with_hash!(*hash, authenticate(&key, content))
            }
        }
    }

    fn write_algorithm(&self, writer: &mut Writer) {
        let null = |writer: &mut Writer| {
            writer.null();
        };
        match self {
            Self::Pkcs12 { hash, .. } => writer.algorithm(hash.digest_oid(), null),
            Self::Pbmac1 { hash, pbkdf2, .. } => writer.algorithm(oid::PBMAC1, |writer| {
                writer.nested(Tag::SEQUENCE, |writer| {
                    pbkdf2.write(writer);
                    writer.algorithm(hash.hmac_oid(), null);
                });
            }),
        };
    }
}

/// Reads `PBMAC1-params`.
///
/// The derivation must state its key length (RFC 9579, section 5).
///
/// `PBMAC1-params ::= SEQUENCE { keyDerivationFunc AlgorithmIdentifier, messageAuthScheme AlgorithmIdentifier }`
fn read_pbmac1(algorithm: &Algorithm<'_>) -> Result<Method, Error> {
    let mut parameters = algorithm.parameter_fields()?;
    let pbkdf2 = Pbkdf2::read(&Algorithm::read(&mut parameters)?)?;
    let scheme = Algorithm::read(&mut parameters)?;
    let hash = Hash::from_hmac_oid(scheme.oid()).ok_or_else(|| scheme.unsupported())?;
    let key_length = pbkdf2.key_length.filter(|length| (MIN_PBMAC1_KEY..=MAX_PBMAC1_KEY).contains(length));
    let key_length = key_length.and_then(|length| usize::try_from(length).ok());
    Ok(Method::Pbmac1 { hash, pbkdf2, key_length: key_length.ok_or_else(|| algorithm.bad_parameters())? })
}

pub(crate) fn authenticate<D: EagerHash>(key: &[u8], content: &[u8]) -> Result<Vec<u8>, Error> {
    let mac =
        <Hmac<D> as KeyInit>::new_from_slice(key).map_err(|_| Error::internal("HMAC accepts keys of any length"))?;
    Ok(mac.chain_update(content).finalize().into_bytes().to_vec())
}
