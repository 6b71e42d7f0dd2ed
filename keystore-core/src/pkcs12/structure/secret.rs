//! The content of a secretBag: a secret key in the format of a private key.
//!
//! The content is an `EncryptedPrivateKeyInfo`, which seals a `PrivateKeyInfo` (`PKCS12KeyStore.setKeyEntry`):
//!
//! ```text
//! SEQUENCE { INTEGER 0, AlgorithmIdentifier, OCTET STRING key }
//! ```

use super::sealed;
use crate::asn1::{Envelope, Reader, Tag, Writer};
use crate::budget::Budget;
use crate::error::{Defect, EncodeDefect, Error, Format, Part};
use crate::{Password, SecretKey};
use der::asn1::ObjectIdentifier;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Java 17's names of algorithms, and their identifiers (`sun.security.util.KnownOIDs`).
///
/// `PKCS12KeyStore` replaces the name `DES/CBC` by `DES`. If an identifier has several names, [`open`] returns the first name,
/// and [`info`] accepts all of the names.
const ALGORITHMS: [(&str, &str); 14] = [
    ("AES", "2.16.840.1.101.3.4.1"),
    ("ARCFOUR", "1.2.840.113549.3.4"),
    ("DES", "1.3.14.3.2.7"),
    ("DESede", "1.3.14.3.2.17"),
    ("HmacSHA1", "1.2.840.113549.2.7"),
    ("HmacSHA224", "1.2.840.113549.2.8"),
    ("HmacSHA256", "1.2.840.113549.2.9"),
    ("HmacSHA384", "1.2.840.113549.2.10"),
    ("HmacSHA512", "1.2.840.113549.2.11"),
    ("HmacSHA512/224", "1.2.840.113549.2.12"),
    ("HmacSHA512/256", "1.2.840.113549.2.13"),
    ("PBEWithMD5AndDES", "1.2.840.113549.1.5.3"),
    ("RC2/CBC/PKCS5Padding", "1.2.840.113549.3.2"),
    ("RC2", "1.2.840.113549.3.2"),
];

pub(crate) fn open(ber: &[u8], password: &Password, budget: &mut Budget<'_>) -> Result<SecretKey, Error> {
    let plain = sealed::open(&Envelope::read(ber)?, password, budget)?;
    read(&plain).map_err(|_| Error::wrong_password())
}

pub(crate) fn reseal(
    ber: &[u8],
    old: &Password,
    new: &Password,
    budget: &mut Budget<'_>,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, Error> {
    let envelope = Envelope::read(ber)?;
    let plain = sealed::open(&envelope, old, budget)?;
    sealed::reseal(&envelope, &plain, new, rng)
}

pub(crate) fn info(key: &SecretKey) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut writer = Writer::new();
    let oid = identifier(key.algorithm())?;
    writer.nested(Tag::SEQUENCE, |writer| {
        writer.unsigned(0).algorithm(oid, |writer| {
            writer.null();
        });
        writer.octet_string(key.secret_bytes());
    });
    Ok(writer.finish())
}

fn read(plain: &[u8]) -> Result<SecretKey, Error> {
    let mut fields = Reader::new(plain, None).expect(Tag::SEQUENCE, Part::SecretBag)?.children();
    fields.expect(Tag::INTEGER, Part::SecretBag)?;
    let mut algorithm = fields.expect(Tag::SEQUENCE, Part::AlgorithmIdentifier)?.children();
    let id = algorithm.object_identifier(Part::AlgorithmIdentifier)?.content;
    let bytes = fields.octet_string(Part::SecretBag)?.bytes()?;
    Ok(SecretKey::new(name(id)?, bytes.into_owned()))
}

fn name(id: &[u8]) -> Result<String, Error> {
    let unreadable = |_| Error::malformed(Defect::Structure(Part::AlgorithmIdentifier));
    let dotted = ObjectIdentifier::from_bytes(id).map_err(unreadable)?.to_string();
    Ok(ALGORITHMS.iter().find(|(_, oid)| *oid == dotted).map_or(dotted, |(name, _)| (*name).to_owned()))
}

fn identifier(name: &str) -> Result<ObjectIdentifier, Error> {
    let listed = ALGORITHMS.iter().find(|(listed, _)| listed.eq_ignore_ascii_case(name));
    let dotted = listed.map_or(name, |(_, oid)| oid);
    let refused = |_| Error::not_representable(Format::Pkcs12, EncodeDefect::SecretKeyAlgorithm);
    ObjectIdentifier::new(dotted).map_err(refused)
}
