//! PBES2 (RFC 8018, section 6.2), which encrypts the contents and the keys of a BCFKS.
//!
//! ```text
//! PBES2-params ::= SEQUENCE { keyDerivationFunc AlgorithmIdentifier, encryptionScheme AlgorithmIdentifier }
//! ```

use super::cipher::{Cipher, KEY_LENGTH};
use super::kdf::{Cost, Kdf, Purpose};
use crate::Password;
use crate::asn1::{Algorithm, Tag, Writer, oid};
use crate::budget::Budget;
use crate::error::{Error, Part};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Scheme {
    kdf: Kdf,
    cipher: Cipher,
}

impl Scheme {
    pub(super) fn of(algorithm: &Algorithm<'_>) -> Result<Self, Error> {
        if !algorithm.is(oid::PBES2) {
            return Err(algorithm.unsupported());
        }
        let mut parameters = algorithm.parameter_fields()?;
        let kdf = Kdf::read(&mut parameters)?;
        let cipher = Cipher::read(&Algorithm::read(&mut parameters)?)?;
        parameters.finish(Part::AlgorithmIdentifier)?;
        if kdf.key_length().is_some_and(|length| usize::try_from(length) != Ok(KEY_LENGTH)) {
            return Err(algorithm.bad_parameters());
        }
        Ok(Self { kdf, cipher })
    }

    pub(super) const fn cipher(&self) -> &Cipher {
        &self.cipher
    }

    pub(super) const fn cost(&self) -> Cost {
        self.kdf.cost()
    }

    pub(super) fn has_short_tag(&self) -> bool {
        self.cipher.has_short_tag()
    }

    /// Whether this is PBES2 with a known cipher.
    ///
    /// The key derivation may be unknown.
    pub(super) fn is_known(algorithm: &Algorithm<'_>) -> bool {
        let cipher = || -> Result<bool, Error> {
            let mut parameters = algorithm.parameter_fields()?;
            Algorithm::read(&mut parameters)?;
            Ok(Cipher::is_known(&Algorithm::read(&mut parameters)?))
        };
        algorithm.is(oid::PBES2) && cipher().unwrap_or(false)
    }

    /// A scheme with a new salt and, for CCM, a new nonce, drawn in this order.
    pub(super) fn draw(cost: Cost, salt_length: usize, cipher: &Cipher, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let kdf = Kdf::draw(cost, salt_length, 32, rng);
        Self { kdf, cipher: cipher.renewed(rng) }
    }

    pub(super) fn renewed(&self, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self::draw(self.kdf.cost(), self.kdf.salt_length(), &self.cipher, rng)
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.algorithm(oid::PBES2, |writer| {
            writer.nested(Tag::SEQUENCE, |writer| {
                self.kdf.write(writer);
                self.cipher.write(writer);
            });
        });
    }

    pub(super) fn count(&self, budget: &mut Budget<'_>) -> Result<(), Error> {
        self.kdf.count(KEY_LENGTH, budget)
    }

    pub(super) fn decrypt(&self, password: &Password, purpose: Purpose, encrypted: &[u8]) -> Result<Vec<u8>, Error> {
        self.cipher.decrypt(&*self.key(password, purpose)?, encrypted)
    }

    pub(super) fn encrypt(&self, password: &Password, purpose: Purpose, plain: &[u8]) -> Result<Vec<u8>, Error> {
        self.cipher.encrypt(&*self.key(password, purpose)?, plain)
    }

    fn key(&self, password: &Password, purpose: Purpose) -> Result<Zeroizing<[u8; KEY_LENGTH]>, Error> {
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        self.kdf.derive(password, purpose, &mut *key)?;
        Ok(key)
    }
}
