//! Sealed keys: an `EncryptedPrivateKeyInfo` with PBES2, for private and secret keys alike.
//!
//! A sealed secret key contains a `SecretKeyData`, and a sealed private key contains PKCS#8.
//!
//! ```text
//! SecretKeyData ::= SEQUENCE { keyAlgorithm OBJECT IDENTIFIER, keyBytes OCTET STRING }
//! ```

use super::kdf::Purpose;
use super::key_names;
use super::profile::Profile;
use super::scheme::Scheme;
use crate::asn1::{Algorithm, Envelope, Reader, Tag, Writer};
use crate::budget::Budget;
use crate::error::{Defect, EncodeDefect, Error, Format, Part};
use crate::{Password, SecretKey};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

pub(crate) fn is_sealed_here(algorithm: &Algorithm<'_>) -> bool {
    Scheme::is_known(algorithm)
}

pub(crate) fn open(
    envelope: &Envelope<'_>,
    password: &Password,
    budget: &mut Budget<'_>,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    decrypt(envelope, password, Purpose::PrivateKeyEncryption, budget)
}

pub(crate) fn open_secret(bytes: &[u8], password: &Password, budget: &mut Budget<'_>) -> Result<SecretKey, Error> {
    let plain = decrypt(&Envelope::read(bytes)?, password, Purpose::SecretKeyEncryption, budget)?;
    read_secret(&plain).map_err(|_| Error::malformed(Defect::Structure(Part::SecretKeyData)))
}

impl Profile {
    pub(crate) fn seal(
        &self,
        plain: &[u8],
        password: &Password,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, Error> {
        self.seal_for(Purpose::PrivateKeyEncryption, plain, password, rng)
    }

    pub(crate) fn seal_secret(
        &self,
        key: &SecretKey,
        password: &Password,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, Error> {
        let refused = || Error::not_representable(Format::Bcfks, EncodeDefect::SecretKeyAlgorithm);
        let oid = key_names::identifier(key).ok_or_else(refused)?;
        let mut plain = Writer::new();
        plain.nested(Tag::SEQUENCE, |writer| {
            writer.oid(oid).octet_string(key.secret_bytes());
        });
        self.seal_for(Purpose::SecretKeyEncryption, &plain.finish(), password, rng)
    }

    fn seal_for(
        &self,
        purpose: Purpose,
        plain: &[u8],
        password: &Password,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, Error> {
        self.check()?;
        seal(&self.scheme(rng), purpose, plain, password)
    }
}

pub(crate) fn reseal(
    envelope: &Envelope<'_>,
    plain: &[u8],
    password: &Password,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, Error> {
    seal(&Scheme::of(&envelope.algorithm)?.renewed(rng), Purpose::PrivateKeyEncryption, plain, password)
}

pub(crate) fn reseal_secret(
    bytes: &[u8],
    old: &Password,
    new: &Password,
    budget: &mut Budget<'_>,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, Error> {
    let envelope = Envelope::read(bytes)?;
    let plain = decrypt(&envelope, old, Purpose::SecretKeyEncryption, budget)?;
    seal(&Scheme::of(&envelope.algorithm)?.renewed(rng), Purpose::SecretKeyEncryption, &plain, new)
}

fn seal(scheme: &Scheme, purpose: Purpose, plain: &[u8], password: &Password) -> Result<Vec<u8>, Error> {
    let encrypted = scheme.encrypt(password, purpose, plain)?;
    Ok(Envelope::write(|writer| scheme.write(writer), &encrypted))
}

fn decrypt(
    envelope: &Envelope<'_>,
    password: &Password,
    purpose: Purpose,
    budget: &mut Budget<'_>,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let scheme = Scheme::of(&envelope.algorithm)?;
    scheme.count(budget)?;
    scheme.decrypt(password, purpose, &envelope.encrypted).map(Zeroizing::new)
}

fn read_secret(plain: &[u8]) -> Result<SecretKey, Error> {
    let mut reader = Reader::new(plain, None);
    let mut fields = reader.expect(Tag::SEQUENCE, Part::SecretKeyData)?.children();
    reader.finish(Part::SecretKeyData)?;
    let id = fields.object_identifier(Part::SecretKeyData)?;
    let bytes = fields.octet_string(Part::SecretKeyData)?.bytes()?;
    fields.finish(Part::SecretKeyData)?;
    Ok(SecretKey::new(key_names::name(id.content)?, bytes.into_owned()))
}
