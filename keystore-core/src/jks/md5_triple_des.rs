//! `PBEWithMD5AndTripleDES` (1.3.6.1.4.1.42.2.19.1), which seals the keys of Java's JCEKS.
//!
//! See `com.sun.crypto.provider.PBES1Core`.
//!
//! ```text
//! parameters ::= SEQUENCE { salt OCTET STRING (SIZE(8)), iterations INTEGER }
//! hash_i     = MD5 iterated: h = MD5(h || password), first over half i of the salt
//! key || IV  = hash_1 || hash_2, 24 and 8 bytes
//! ```

use crate::Password;
use crate::asn1::{Reader, Tag, Writer};
use crate::budget::Budget;
use crate::error::{Defect, EncodeDefect, Error, Format, Part};
use crate::limits::MAX_JAVA_ITERATIONS;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7};
use des::TdesEde3;
use md5::{Digest, Md5};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

#[derive(Clone, Copy)]
pub(super) struct Parameters {
    salt: [[u8; 4]; 2],
    iterations: u32,
}

impl Parameters {
    /// Parameters with a new salt, whose halves differ.
    ///
    /// From equal halves, JDKs of different versions derive different keys.
    pub(super) fn draw(iterations: u32, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut salt = [[0; 4]; 2];
        rng.fill_bytes(salt.as_flattened_mut());
        let [first, second] = salt;
        if first == second {
            salt = [first, second.map(|byte| !byte)];
        }
        Self { salt, iterations }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let parameters = Self::fields(reader).ok().flatten().filter(|parameters| parameters.iterations > 0);
        parameters.ok_or_else(|| Error::malformed(Defect::AlgorithmParameters))
    }

    fn fields(reader: &mut Reader<'_>) -> Result<Option<Self>, Error> {
        let mut fields = reader.expect(Tag::SEQUENCE, Part::AlgorithmIdentifier)?.children();
        let salt = fields.octet_string(Part::AlgorithmIdentifier)?.bytes()?;
        let iterations = fields.expect(Tag::INTEGER, Part::AlgorithmIdentifier)?.unsigned()?;
        fields.finish(Part::AlgorithmIdentifier)?;
        reader.finish(Part::AlgorithmIdentifier)?;
        let (halves, []) = salt.as_chunks() else { return Ok(None) };
        Ok(halves.try_into().ok().map(|salt| Self { salt, iterations }))
    }

    pub(super) const fn iterations(&self) -> u32 {
        self.iterations
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.nested(Tag::SEQUENCE, |writer| {
            writer.octet_string(self.salt.as_flattened()).unsigned(self.iterations);
        });
    }

    pub(super) fn encrypt(&self, plain: &[u8], password: &Password) -> Result<Vec<u8>, Error> {
        if !(1..=MAX_JAVA_ITERATIONS).contains(&self.iterations) {
            return Err(Error::not_representable(Format::Jceks, EncodeDefect::Iterations));
        }
        let derived = self.derive(password)?;
        let (key, iv) = derived.split_at(KEY);
        let mode = cbc::Encryptor::<TdesEde3>::new_from_slices(key, iv);
        let mode = mode.map_err(|_| Error::internal(LENGTHS))?;
        Ok(mode.encrypt_padded_vec::<Pkcs7>(plain))
    }

    pub(super) fn decrypt(
        &self,
        encrypted: &[u8],
        password: &Password,
        budget: &mut Budget<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        budget.derivation(self.iterations, 2)?;
        let derived = self.derive(password)?;
        let (key, iv) = derived.split_at(KEY);
        let mode = cbc::Decryptor::<TdesEde3>::new_from_slices(key, iv);
        let mode = mode.map_err(|_| Error::internal(LENGTHS))?;
        let mut plain = Zeroizing::new(encrypted.to_vec());
        let length = mode.decrypt_padded::<Pkcs7>(&mut plain).map_err(|_| Error::wrong_password())?.len();
        plain.truncate(length);
        Ok(plain)
    }

    /// The key, followed by the initialization vector.
    fn derive(&self, password: &Password) -> Result<Zeroizing<[u8; 32]>, Error> {
        let refused = || Error::not_representable(Format::Jceks, EncodeDefect::PasswordNotAscii);
        let password = password.ascii().ok_or_else(refused)?;
        let [mut first, second] = self.salt;
        if first == second {
            first.reverse();
        }
        let mut derived = Zeroizing::new([0; 32]);
        for (bytes, half) in derived.chunks_exact_mut(16).zip([first, second]) {
            bytes.copy_from_slice(&*self.hash(half, password));
        }
        Ok(derived)
    }

    fn hash(&self, half: [u8; 4], password: &[u8]) -> Zeroizing<[u8; 16]> {
        let mut hash = Zeroizing::new(<[u8; 16]>::from(Md5::new_with_prefix(half).chain_update(password).finalize()));
        for _ in 1..self.iterations {
            *hash = Md5::new_with_prefix(*hash).chain_update(password).finalize().into();
        }
        hash
    }
}

/// The length of a triple DES key, in bytes.
const KEY: usize = 24;

const LENGTHS: &str = "a derived key and its IV have the lengths of triple DES";
