//! The integrity check of a store: a MAC keyed from the password, or a signature.
//!
//! ```text
//! ObjectStoreIntegrityCheck ::= CHOICE { PbkdMacIntegrityCheck, [0] EXPLICIT SignatureCheck }
//! PbkdMacIntegrityCheck ::= SEQUENCE { macAlgorithm AlgorithmIdentifier, pbkdAlgorithm KeyDerivationFunc,
//!                                      mac OCTET STRING }
//! SignatureCheck ::= SEQUENCE { signatureAlgorithm AlgorithmIdentifier,
//!                               certificates [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL,
//!                               signatureValue BIT STRING }
//! ```

use super::kdf::{Cost, Kdf, Prf, Purpose};
use crate::Password;
use crate::asn1::{Algorithm, Reader, Tag, Writer};
use crate::budget::Budget;
use crate::error::{Defect, Error, ErrorKind, Part};
use crate::pkcs12::crypto::mac::authenticate;
use rand_core::CryptoRng;
use rustls_pki_types::CertificateDer;
use sha2::Sha512;
use sha3::Sha3_512;
use std::borrow::Cow;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The length in bytes of a new MAC key, as in Bouncy Castle.
const MAC_KEY: u32 = 64;

pub(super) enum Check<'a> {
    Mac(Mac),
    Signature(Signed<'a>),
}

#[derive(Clone, Debug)]
pub(super) struct Mac {
    method: Method,
    mac: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Method {
    hmac: Prf,
    kdf: Kdf,
    key_length: usize,
}

/// The signature of a store, as passed to the verifier of [`Bcfks::decode_signed`](super::Bcfks::decode_signed).
#[derive(Clone, Debug)]
pub struct Signed<'a> {
    algorithm: &'a [u8],
    message: Cow<'a, [u8]>,
    signature: &'a [u8],
    certificates: Vec<CertificateDer<'a>>,
}

impl Signed<'_> {
    /// The `AlgorithmIdentifier` of the signature, as encoded in the file.
    pub const fn algorithm(&self) -> &[u8] {
        self.algorithm
    }

    /// The bytes that the signature covers.
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// The bytes of the signature.
    pub const fn signature(&self) -> &[u8] {
        self.signature
    }

    /// The certificates that are stored with the signature.
    ///
    /// An attacker who changed the store could also change the certificates, so verify with a key that you already trust.
    pub fn certificates(&self) -> &[CertificateDer<'_>] {
        &self.certificates
    }
}

/// A verifier's verdict on a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The signature verifies with a key that the verifier trusts.
    Valid,
    /// The signature does not verify with a key that the verifier trusts.
    Invalid,
    /// The verifier does not support the algorithm.
    NotChecked,
}

impl<'a> Check<'a> {
    /// Reads the check, and counts the key derivation of a MAC.
    ///
    /// Also returns the encoded algorithm, which the store's content repeats.
    pub(super) fn read(reader: &mut Reader<'a>, budget: &mut Budget<'_>) -> Result<(Self, &'a [u8]), Error> {
        if let Some(explicit) = reader.optional(Tag::CONTEXT_0)? {
            let mut inside = explicit.children();
            let read = Signed::read(&mut inside)?;
            inside.finish(Part::SignatureCheck)?;
            let algorithm = read.algorithm;
            return Ok((Self::Signature(read), algorithm));
        }
        let check = reader.expect(Tag::SEQUENCE, Part::PbkdMacIntegrityCheck)?;
        let mut fields = check.children();
        let algorithm = Algorithm::read(&mut fields)?;
        let hmac = Prf::read(&algorithm)?;
        let kdf_place = fields.clone();
        let kdf = Kdf::read(&mut fields)?;
        let mac = fields.octet_string(Part::PbkdMacIntegrityCheck)?.bytes()?.into_owned();
        fields.finish(Part::PbkdMacIntegrityCheck)?;
        let key_length = mac_key_length(&kdf, budget).map_err(|error| kdf_place.error(error.into_kind()))?;
        kdf.count(key_length, budget).map_err(|error| kdf_place.error(error.into_kind()))?;
        Ok((Self::Mac(Mac { method: Method { hmac, kdf, key_length }, mac }), algorithm.encoded()))
    }
}

fn mac_key_length(kdf: &Kdf, budget: &Budget<'_>) -> Result<usize, Error> {
    let length = kdf.key_length().ok_or_else(|| Error::malformed(Defect::AlgorithmParameters))?;
    budget.check_mac_key(length)?;
    usize::try_from(length).map_err(|_| Error::malformed(Defect::AlgorithmParameters))
}

impl Mac {
    /// Verifies the MAC with the block size as scrypt's parallelization, as Bouncy Castle does.
    ///
    /// If the MAC matches only with the parallelization that the file states, and the budget allows that derivation, the
    /// error is `UnsupportedAlgorithm` instead of `WrongPasswordOrTampered`.
    pub(super) fn verify(&self, password: &Password, content: &[u8], budget: &mut Budget<'_>) -> Result<(), Error> {
        let Method { kdf, .. } = &self.method;
        if self.fits(password, content, None)? {
            return Ok(());
        }
        let stated = kdf.as_stated().filter(|p| kdf.count_as_stated(*p, budget).is_ok());
        match stated {
            Some(p) if self.fits(password, content, Some(p))? => {
                let algorithm =
                    format!("scrypt with a parallelization of {p} (Bouncy Castle uses the block size instead)");
                Err(Error::new(ErrorKind::UnsupportedAlgorithm { algorithm, part: Part::MacData }))
            }
            _ => Err(Error::wrong_password()),
        }
    }

    fn fits(&self, password: &Password, content: &[u8], p: Option<u32>) -> Result<bool, Error> {
        Ok(self.method.compute(password, content, p)?.ct_eq(&self.mac).into())
    }

    pub(super) const fn method(&self) -> &Method {
        &self.method
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.nested(Tag::SEQUENCE, |writer| {
            self.method.hmac.write(writer);
            self.method.kdf.write(writer);
            writer.octet_string(&self.mac);
        });
    }
}

impl Method {
    pub(super) fn draw(hmac: Prf, cost: Cost, salt_length: usize, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self { hmac, kdf: Kdf::draw(cost, salt_length, MAC_KEY, rng), key_length: 64 }
    }

    /// The same algorithms at the same cost, with a new salt and a key of [`MAC_KEY`] bytes.
    pub(super) fn renewed(&self, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self::draw(self.hmac, self.kdf.cost(), self.kdf.salt_length(), rng)
    }

    pub(super) const fn algorithm(&self) -> (Prf, Cost) {
        (self.hmac, self.kdf.cost())
    }

    pub(super) fn write_algorithm(&self, writer: &mut Writer) {
        self.hmac.write(writer);
    }

    pub(super) fn authenticate(self, password: &Password, content: &[u8]) -> Result<Mac, Error> {
        let mac = self.compute(password, content, None)?;
        Ok(Mac { method: self, mac })
    }

    fn compute(&self, password: &Password, content: &[u8], p: Option<u32>) -> Result<Vec<u8>, Error> {
        let mut key = Zeroizing::new(vec![0; self.key_length]);
        match p {
            None => self.kdf.derive(password, Purpose::IntegrityCheck, &mut key)?,
            Some(p) => self.kdf.derive_as_stated(p, password, Purpose::IntegrityCheck, &mut key)?,
        }
        match self.hmac {
            Prf::HmacSha512 => authenticate::<Sha512>(&key, content),
            Prf::HmacSha3_512 => authenticate::<Sha3_512>(&key, content),
        }
    }
}

impl<'a> Signed<'a> {
    pub(super) fn over(self, message: Cow<'a, [u8]>) -> Self {
        Self { message, ..self }
    }

    fn read(reader: &mut Reader<'a>) -> Result<Self, Error> {
        let mut fields = reader.expect(Tag::SEQUENCE, Part::SignatureCheck)?.children();
        let algorithm = Algorithm::read(&mut fields)?.encoded();
        let mut certificates = Vec::new();
        if let Some(explicit) = fields.optional(Tag::CONTEXT_0)? {
            let mut inside = explicit.children();
            let mut list = inside.expect(Tag::SEQUENCE, Part::SignatureCheck)?.children();
            inside.finish(Part::SignatureCheck)?;
            while !list.is_empty() {
                certificates.push(list.expect(Tag::SEQUENCE, Part::SignatureCheck)?.encoded.into());
            }
        }
        let bits = fields.expect(Tag::BIT_STRING, Part::SignatureCheck)?;
        fields.finish(Part::SignatureCheck)?;
        let [0, signature @ ..] = bits.content else {
            return Err(bits.malformed(Defect::Structure(Part::SignatureCheck)));
        };
        Ok(Self { algorithm, message: Cow::Borrowed(&[]), signature, certificates })
    }
}
