//! Bouncy Castle's own encoding of keys, which `PBEWithSHAAnd3-KeyTripleDES-CBC` seals.

use super::parameters;
use crate::budget::Budget;
use crate::error::{Error, ErrorKind};
use crate::jks::modified_utf8;
use crate::reader::Reader;
use crate::{EntryType, Password, SecretKey};
use des::TdesEde3;
use zeroize::Zeroizing;

const PRIVATE: u8 = 0;

pub(super) struct Encoded<'a> {
    kind: u8,
    algorithm: &'a [u8],
    pub(super) bytes: &'a [u8],
}

impl<'a> Encoded<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, Error> {
        let kind = reader.u8()?;
        let _format = reader.short_bytes()?;
        Ok(Self { kind, algorithm: reader.short_bytes()?, bytes: reader.long_bytes()? })
    }

    pub(super) const fn is_private(&self) -> bool {
        self.kind == PRIVATE
    }
}

/// Whether a sealed private key has the form of BKS and UBER.
///
/// That form begins with the 32-bit length of a salt. If the salt is shorter than 16 MiB, the first byte is 0. An
/// `EncryptedPrivateKeyInfo` begins with the tag of a `SEQUENCE`.
pub(crate) fn is_sealed_here(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0)
}

/// Decrypts a private key, without checking that it is PKCS#8.
///
/// Only decryption shows whether the key is private.
pub(crate) fn open(bytes: &[u8], password: &Password, budget: &mut Budget<'_>) -> Result<Zeroizing<Vec<u8>>, Error> {
    let plain = decrypt(bytes, password, budget)?;
    let key = Encoded::read(&mut Reader::new(&plain)).map_err(|_| Error::wrong_password())?;
    if key.is_private() {
        return Ok(Zeroizing::new(key.bytes.to_vec()));
    }
    Err(Error::new(ErrorKind::WrongEntryType { wanted: EntryType::PrivateKey, found: EntryType::SecretKey }))
}

/// Opens a secret key.
///
/// A public or private key without a chain counts as a secret key.
pub(crate) fn open_secret(bytes: &[u8], password: &Password, budget: &mut Budget<'_>) -> Result<SecretKey, Error> {
    let plain = decrypt(bytes, password, budget)?;
    let key = Encoded::read(&mut Reader::new(&plain)).map_err(|_| Error::wrong_password())?;
    let algorithm = modified_utf8::decode(key.algorithm).map_err(|_| Error::wrong_password())?;
    Ok(SecretKey::new(algorithm.into_owned(), key.bytes.to_vec()))
}

fn decrypt(bytes: &[u8], password: &Password, budget: &mut Budget<'_>) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut reader = Reader::new(bytes);
    let (salt, iterations) = parameters(&mut reader).map_err(|error| Error::new(error.into_kind()))?;
    budget.derivation(iterations, 3)?;
    super::decrypt::<TdesEde3>(password, salt, iterations, reader.rest())
}
