//! Decodes a BKS or UBER.

use super::{Bks, parameters};
use crate::budget::Budget;
#[cfg(not(feature = "uber"))]
use crate::error::Part;
use crate::error::{Defect, Error, ErrorKind, Format, Limit};
use crate::jks::modified_utf8;
use crate::pkcs12::crypto::hash::Hash;
use crate::pkcs12::crypto::kdf::{self, Purpose};
use crate::pkcs12::crypto::mac::authenticate;
use crate::reader::Reader;
use crate::{
    Content, Entry, Integrity, Limits, Password, PrivateKey, SealedKey, SealedSecretKey, Timestamp, Visibility,
};
use rustls_pki_types::CertificateDer;
use sha1::Sha1;
use std::borrow::Cow;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const END: u8 = 0;
const CERTIFICATE: u8 = 1;
const KEY: u8 = 2;
const SECRET: u8 = 3;
const SEALED: u8 = 4;
/// The length of the MAC of a BKS and of the digest of an UBER, in bytes.
const DIGEST: usize = 20;
/// The block length of Twofish, in bytes.
const BLOCK: usize = 16;

impl<'a> Bks<'a> {
    /// Reads a BKS or UBER, and verifies its MAC or digest.
    ///
    /// Sealed keys are not opened, because they may have other passwords.
    ///
    /// # Errors
    /// [`ErrorKind::WrongPasswordOrTampered`]; [`ErrorKind::UnsupportedVersion`], [`ErrorKind::Truncated`],
    /// [`ErrorKind::Malformed`] or [`ErrorKind::LimitExceeded`]; [`ErrorKind::UnsupportedAlgorithm`] for an UBER without the
    /// feature `uber`. An error in encrypted content has no position.
    pub fn decode(bytes: &'a [u8], password: &Password) -> Result<Self, Error> {
        Self::decode_within(bytes, password, &Limits::default())
    }

    /// [`decode`](Self::decode) with limits other than the default ones.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_within(bytes: &'a [u8], password: &Password, limits: &Limits) -> Result<Self, Error> {
        Self::read(bytes, Some(password), limits, |header, covered, mac| {
            let mut key = Zeroizing::new(vec![0; if header.version == 1 { 2 } else { DIGEST }]);
            kdf::derive(Hash::Sha1, Purpose::Mac, &password.bmp_or_nothing(), header.salt, header.iterations, &mut key);
            let expected = authenticate::<Sha1>(&key, covered)?;
            if bool::from(expected.as_slice().ct_eq(mac)) {
                Ok(Integrity::Verified)
            } else {
                Err(Error::wrong_password())
            }
        })
    }

    /// Reads a BKS or UBER, without verifying the MAC of a BKS.
    ///
    /// **Anyone may have changed the content of a BKS.** An UBER needs its password, because its entries are encrypted. The
    /// digest of an UBER is always verified.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), except that the MAC of a BKS is not verified; [`ErrorKind::PasswordNeeded`] if no password is
    /// given for an UBER.
    pub fn decode_unverified(bytes: &'a [u8], password: Option<&Password>) -> Result<Self, Error> {
        Self::decode_unverified_within(bytes, password, &Limits::default())
    }

    /// [`decode_unverified`](Self::decode_unverified) with limits other than the default ones.
    ///
    /// # Errors
    /// As [`decode_unverified`](Self::decode_unverified).
    pub fn decode_unverified_within(
        bytes: &'a [u8],
        password: Option<&Password>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        Self::read(bytes, password, limits, |_, _, _| Ok(Integrity::NotVerified))
    }

    fn read(
        bytes: &'a [u8],
        password: Option<&Password>,
        limits: &Limits,
        verify: impl FnOnce(&Header<'_>, &[u8], &[u8]) -> Result<Integrity, Error>,
    ) -> Result<Self, Error> {
        limits.check(Limit::Bytes, bytes.len())?;
        let mut reader = Reader::new(bytes);
        let header = Header::read(&mut reader)?;
        let content = reader;
        let bks = Self::read_bks(&header, content, limits, verify);
        // BKS and UBER have the same header. Whole blocks that are not a valid BKS are read as an UBER.
        if bks.is_ok() || content.remaining() == 0 || !content.remaining().is_multiple_of(BLOCK) {
            return bks;
        }
        match read_uber(&header, content.rest(), password, limits) {
            Err(_) if begins_with_entry(content) => bks,
            uber => uber,
        }
    }

    fn read_bks(
        header: &Header<'_>,
        content: Reader<'a>,
        limits: &Limits,
        verify: impl FnOnce(&Header<'_>, &[u8], &[u8]) -> Result<Integrity, Error>,
    ) -> Result<Self, Error> {
        let mut reader = content;
        let entries = read_entries(&mut reader, limits)?;
        let covered = content.until(&reader);
        let mac = reader.array::<DIGEST>()?;
        Budget::new(limits, None).derivation(header.iterations, 1)?;
        let integrity = verify(header, covered, mac)?;
        Ok(Self { format: Format::Bks, version: header.version, entries, integrity })
    }
}

/// Whether the content begins with the tag and the alias of an entry.
///
/// Encrypted content almost never begins with them.
fn begins_with_entry(mut content: Reader<'_>) -> bool {
    content.u8().is_ok_and(|tag| (CERTIFICATE..=SEALED).contains(&tag))
        && content.short_bytes().is_ok_and(|alias| modified_utf8::decode(alias).is_ok())
}

struct Header<'a> {
    version: u32,
    salt: &'a [u8],
    iterations: u32,
}

impl<'a> Header<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Error> {
        let start = *reader;
        let version = reader.u32()?;
        if !matches!(version, 1 | 2) {
            return Err(start.error(ErrorKind::UnsupportedVersion { format: Format::Bks, version }));
        }
        let (salt, iterations) = parameters(reader)?;
        Ok(Self { version, salt, iterations })
    }
}

#[cfg(feature = "uber")]
fn read_uber(
    header: &Header<'_>,
    encrypted: &[u8],
    password: Option<&Password>,
    limits: &Limits,
) -> Result<Bks<'static>, Error> {
    use sha1::Digest;

    Budget::new(limits, None).derivation(header.iterations, 3)?;
    let password = password.ok_or_else(|| Error::new(ErrorKind::PasswordNeeded))?;
    let plain = super::decrypt::<twofish::Twofish>(password, header.salt, header.iterations, encrypted)?;
    let (content, digest) = plain.split_last_chunk::<DIGEST>().ok_or_else(Error::wrong_password)?;
    if !bool::from(Sha1::digest(content).as_slice().ct_eq(digest)) {
        return Err(Error::wrong_password());
    }
    // Offsets in the decrypted content are not offsets in the file.
    let entries = read_entries(&mut Reader::new(content), limits).map_err(|error| Error::new(error.into_kind()))?;
    let entries = entries.into_iter().map(Entry::into_owned).collect();
    Ok(Bks { format: Format::Uber, version: header.version, entries, integrity: Integrity::Verified })
}

#[cfg(not(feature = "uber"))]
fn read_uber(
    header: &Header<'_>,
    _: &[u8],
    password: Option<&Password>,
    limits: &Limits,
) -> Result<Bks<'static>, Error> {
    Budget::new(limits, None).derivation(header.iterations, 3)?;
    password.ok_or_else(|| Error::new(ErrorKind::PasswordNeeded))?;
    let algorithm = "Twofish (needs the feature `uber` of keystore-core)".to_owned();
    Err(Error::new(ErrorKind::UnsupportedAlgorithm { algorithm, part: Part::EncryptedData }))
}

fn read_entries<'a>(reader: &mut Reader<'a>, limits: &Limits) -> Result<Vec<Entry<'a>>, Error> {
    let mut entries = Vec::new();
    loop {
        let start = *reader;
        match reader.u8()? {
            END => return Ok(entries),
            tag @ CERTIFICATE..=SEALED => {
                limits.check(Limit::Entries, entries.len() + 1)?;
                entries.push(read_entry(tag, reader, limits)?);
            }
            tag => return Err(start.malformed(Defect::EntryTag(tag.into()))),
        }
    }
}

fn read_entry<'a>(tag: u8, reader: &mut Reader<'a>, limits: &Limits) -> Result<Entry<'a>, Error> {
    let start = *reader;
    let alias = modified_utf8::decode(reader.short_bytes()?).map_err(|defect| start.malformed(defect))?;
    let created = Timestamp::from_millis(reader.i64()?);
    let length = reader.count()?;
    limits.check(Limit::Chain, length)?;
    let chain = (0..length).map(|_| read_certificate(reader)).collect::<Result<Vec<_>, _>>()?;
    let content = match tag {
        CERTIFICATE => Content::TrustedCertificate(read_certificate(reader)?),
        KEY => plain_key(reader, chain)?,
        SECRET => Content::Opaque { data: Cow::Borrowed(reader.long_bytes()?), chain },
        _ if chain.is_empty() => Content::SecretKey(SealedSecretKey::read(Format::Bks, reader.long_bytes()?)),
        _ => Content::PrivateKey { key: SealedKey::from_unchecked_der(reader.long_bytes()?), chain },
    };
    Ok(Entry::read(alias, Some(created), Visibility::Reachable, content))
}

fn read_certificate<'a>(reader: &mut Reader<'a>) -> Result<CertificateDer<'a>, Error> {
    let start = *reader;
    if !matches!(reader.short_bytes()?, b"X.509" | b"X509") {
        return Err(start.malformed(Defect::CertificateType));
    }
    Ok(reader.long_bytes()?.into())
}

fn plain_key<'a>(reader: &mut Reader<'a>, chain: Vec<CertificateDer<'a>>) -> Result<Content<'a>, Error> {
    let key = super::key::Encoded::read(reader)?;
    Ok(if key.is_private() {
        Content::PlainPrivateKey { key: Arc::new(PrivateKey::plaintext(key.bytes)), chain }
    } else {
        Content::Opaque { data: Cow::Borrowed(key.bytes), chain }
    })
}
