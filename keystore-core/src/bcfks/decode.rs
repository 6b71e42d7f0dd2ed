//! Decodes a BCFKS.
//!
//! ```text
//! ObjectStore ::= SEQUENCE { CHOICE { EncryptedObjectStoreData, ObjectStoreData }, ObjectStoreIntegrityCheck }
//! EncryptedObjectStoreData ::= SEQUENCE { encryptionAlgorithm AlgorithmIdentifier, encryptedContent OCTET STRING }
//! ObjectStoreData ::= SEQUENCE { version INTEGER (1), integrityAlgorithm AlgorithmIdentifier,
//!                                creationDate GeneralizedTime, lastModifiedDate GeneralizedTime,
//!                                SEQUENCE OF ObjectData, comment UTF8String OPTIONAL }
//! ```

use super::check::{Check, Signed, Verdict};
use super::document::{AsRead, Bcfks, Date, Protection};
use super::kdf::Purpose;
use super::raw_entry::{RawEntry, time};
use super::scheme::Scheme;
use crate::asn1::{Algorithm, Element, Reader, Tag, Writer, to_der, write_time};
use crate::budget::Budget;
use crate::error::{Defect, Error, ErrorKind, Format, Limit, Part};
use crate::{Integrity, Limits, Password, Timestamp};
use std::borrow::Cow;
use std::sync::Arc;

/// The only version of the format.
pub(super) const VERSION: u32 = 1;

impl<'a> Bcfks<'a> {
    /// Reads a BCFKS and verifies its MAC. Bytes after the store are ignored, as in Bouncy Castle.
    ///
    /// Private and secret keys are not opened, because they may have other passwords. The cost of opening a key is
    /// counted when the key is opened.
    ///
    /// # Errors
    /// [`ErrorKind::WrongPasswordOrTampered`] if the MAC does not match or the content does not decrypt;
    /// [`ErrorKind::Signed`] if the store has a signature instead of a MAC, see [`decode_signed`](Self::decode_signed);
    /// [`ErrorKind::UnsupportedAlgorithm`], [`ErrorKind::UnsupportedVersion`], [`ErrorKind::Truncated`],
    /// [`ErrorKind::Malformed`] or [`ErrorKind::LimitExceeded`]. An error in encrypted content has no position.
    pub fn decode(bytes: &'a [u8], password: &Password) -> Result<Self, Error> {
        Self::decode_within(bytes, password, &Limits::default())
    }

    /// [`decode`](Self::decode) with limits other than the default ones.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_within(bytes: &'a [u8], password: &Password, limits: &Limits) -> Result<Self, Error> {
        Self::read(bytes, Some(password), limits, |outer, budget| match &outer.check {
            Check::Mac(mac) => mac.verify(password, &outer.message()?, budget).map(|()| Integrity::Verified),
            Check::Signature(_) => Err(Error::new(ErrorKind::Signed)),
        })
    }

    /// Reads a signed BCFKS, and verifies its signature with `verify`.
    ///
    /// The content of a signed store is not secret, because Bouncy Castle encrypts it with the empty password.
    ///
    /// ```
    /// # fn check(signed: &keystore_core::bcfks::Signed<'_>) -> bool { false }
    /// use keystore_core::{Bcfks, bcfks::Verdict};
    ///
    /// # let bytes = b"";
    /// let store = Bcfks::decode_signed(bytes, |signed| if check(signed) { Verdict::Valid } else { Verdict::Invalid });
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::WrongPasswordOrTampered`] if the signature is invalid; [`ErrorKind::SignatureNotChecked`] if the
    /// verifier does not support the signature's algorithm; [`ErrorKind::NotSigned`] if there is a MAC instead, which anyone
    /// can make with the empty password; [`ErrorKind::PasswordNeeded`] if the empty password does not decrypt the content;
    /// otherwise as [`decode`](Self::decode), except [`ErrorKind::Signed`].
    pub fn decode_signed(bytes: &'a [u8], verify: impl FnOnce(&Signed<'_>) -> Verdict) -> Result<Self, Error> {
        Self::decode_signed_within(bytes, verify, &Limits::default())
    }

    /// [`decode_signed`](Self::decode_signed) with limits other than the default ones.
    ///
    /// # Errors
    /// As [`decode_signed`](Self::decode_signed).
    pub fn decode_signed_within(
        bytes: &'a [u8],
        verify: impl FnOnce(&Signed<'_>) -> Verdict,
        limits: &Limits,
    ) -> Result<Self, Error> {
        Self::read(bytes, None, limits, |outer, _| {
            let Check::Signature(signed) = &outer.check else { return Err(Error::new(ErrorKind::NotSigned)) };
            match verify(&signed.clone().over(outer.message()?)) {
                Verdict::Valid => Ok(Integrity::Verified),
                Verdict::Invalid => Err(Error::wrong_password()),
                Verdict::NotChecked => Err(Error::new(ErrorKind::SignatureNotChecked)),
            }
        })
    }

    /// Reads without verifying the MAC or signature, so **anyone may have changed the content**.
    ///
    /// The password decrypts the content. If no password is given, the empty one is used, as for signed stores.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), except that the MAC or signature is not verified and a signed store is not an error;
    /// [`ErrorKind::PasswordNeeded`] if no password is given and the empty one does not decrypt the content. A wrong password
    /// is an error only if the content is encrypted.
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
        Self::read(bytes, password, limits, |_, _| Ok(Integrity::NotVerified))
    }

    /// `verify` runs before any decryption.
    fn read(
        bytes: &'a [u8],
        password: Option<&Password>,
        limits: &Limits,
        verify: impl FnOnce(&Outer<'_>, &mut Budget<'_>) -> Result<Integrity, Error>,
    ) -> Result<Self, Error> {
        limits.check(Limit::Bytes, bytes.len())?;
        let mut budget = Budget::new(limits, None);
        let outer = Outer::read(bytes, &mut budget)?;
        let read = |contents: Cow<'a, [u8]>, place| {
            let store = Store::read(&contents, place, outer.integrity_algorithm, limits)?;
            Ok::<_, Error>((contents, store))
        };
        let (integrity, (contents, store)) = if outer.encryption.is_none() {
            // If the content is not encrypted, errors in its structure take precedence over a wrong password.
            let clear = read(outer.message()?, origin(&outer.data))?;
            (verify(&outer, &mut budget)?, clear)
        } else {
            let integrity = verify(&outer, &mut budget)?;
            (integrity, read(outer.contents(password)?, None)?)
        };
        let (protection, password) = match outer.check {
            Check::Mac(mac) => {
                let mac = mac.method().clone();
                let encryption = outer.encryption.map(|encryption| encryption.scheme);
                (
                    Protection::AsRead(Box::new(AsRead { encryption, mac })),
                    password.map(|password| Arc::new(password.duplicate())),
                )
            }
            Check::Signature(_) => (Protection::Signed, None),
        };
        Ok(Self {
            original: Some(Cow::Borrowed(outer.whole)),
            created: store.created,
            modified: store.modified,
            comment: store.comment,
            entries: store.entries,
            contents,
            protection,
            integrity,
            password,
        })
    }
}

/// The position of an element in the file; `None` if the element is not in DER.
///
/// Converting an element to DER changes the positions of its parts.
fn origin(element: &Element<'_>) -> Option<usize> {
    if crate::asn1::is_der(element.encoded) { element.origin() } else { None }
}

struct Encryption<'a> {
    scheme: Scheme,
    encrypted: Cow<'a, [u8]>,
}

pub(super) struct Outer<'a> {
    whole: &'a [u8],
    /// The element that the check covers.
    data: Element<'a>,
    encryption: Option<Encryption<'a>>,
    pub(super) check: Check<'a>,
    pub(super) integrity_algorithm: &'a [u8],
}

impl<'a> Outer<'a> {
    pub(super) fn read(bytes: &'a [u8], budget: &mut Budget<'_>) -> Result<Self, Error> {
        let store = Reader::new(bytes, Some(0)).any()?;
        if store.tag != Tag::SEQUENCE {
            return Err(store.malformed(Defect::Structure(Part::ObjectStore)));
        }
        let mut fields = store.children();
        let data = fields.expect(Tag::SEQUENCE, Part::ObjectStore)?;
        let encryption = read_encryption(&data, budget)?;
        let (check, integrity_algorithm) = Check::read(&mut fields, budget)?;
        fields.finish(Part::ObjectStore)?;
        store.children().check()?;
        Ok(Self { whole: store.encoded, data, encryption, check, integrity_algorithm })
    }

    pub(super) fn message(&self) -> Result<Cow<'a, [u8]>, Error> {
        to_der(self.data.encoded)
    }

    pub(super) fn has_short_tag(&self) -> bool {
        self.encryption.as_ref().is_some_and(|encryption| encryption.scheme.has_short_tag())
    }

    /// The `ObjectStoreData` in DER.
    pub(super) fn contents(&self, password: Option<&Password>) -> Result<Cow<'a, [u8]>, Error> {
        match &self.encryption {
            None => self.message(),
            Some(encryption) => encryption.contents(password).map(Cow::Owned),
        }
    }
}

impl Encryption<'_> {
    fn contents(&self, password: Option<&Password>) -> Result<Vec<u8>, Error> {
        let empty = Password::new("");
        let plain = self.scheme.decrypt(password.unwrap_or(&empty), Purpose::StoreEncryption, &self.encrypted);
        let plain = match (plain, password) {
            (Err(error), None) if *error.kind() == ErrorKind::WrongPasswordOrTampered => {
                return Err(Error::new(ErrorKind::PasswordNeeded));
            }
            (plain, _) => plain?,
        };
        let der = match to_der(&plain)? {
            Cow::Borrowed(_) => None,
            Cow::Owned(der) => Some(der),
        };
        Ok(der.unwrap_or(plain))
    }
}

/// Returns `None` if the data is not encrypted.
fn read_encryption<'a>(data: &Element<'a>, budget: &mut Budget<'_>) -> Result<Option<Encryption<'a>>, Error> {
    let mut fields = data.children();
    if fields.clone().optional(Tag::SEQUENCE)?.is_none() {
        return Ok(None);
    }
    let here = fields.clone();
    let scheme = Scheme::of(&Algorithm::read(&mut fields)?)?;
    scheme.count(budget).map_err(|error| here.error(error.into_kind()))?;
    let encrypted = fields.octet_string(Part::EncryptedObjectStoreData)?.bytes()?;
    fields.finish(Part::EncryptedObjectStoreData)?;
    Ok(Some(Encryption { scheme, encrypted }))
}

struct Store {
    created: Date,
    modified: Date,
    comment: Vec<u8>,
    entries: Vec<RawEntry>,
}

impl Store {
    fn read(contents: &[u8], origin: Option<usize>, algorithm: &[u8], limits: &Limits) -> Result<Self, Error> {
        let fields = StoreFields::read(contents, origin, algorithm)?;
        let stated = fields.version.unsigned()?;
        if stated != VERSION {
            return Err(fields.version.error(ErrorKind::UnsupportedVersion { format: Format::Bcfks, version: stated }));
        }
        let created = Date::read(&fields.created)?;
        let modified = Date::read(&fields.modified)?;
        let entries = read_entries(&fields.entries, limits)?;
        if let Some(comment) = fields.comment.filter(|comment| std::str::from_utf8(comment.content).is_err()) {
            return Err(comment.malformed(Defect::Utf8));
        }
        let comment = fields.comment.map(|comment| comment.encoded.to_vec()).unwrap_or_default();
        Ok(Self { created, modified, comment, entries })
    }
}

/// The elements of an `ObjectStoreData`, except the algorithm of the integrity check.
struct StoreFields<'a> {
    version: Element<'a>,
    created: Element<'a>,
    modified: Element<'a>,
    entries: Element<'a>,
    comment: Option<Element<'a>>,
}

impl<'a> StoreFields<'a> {
    fn read(contents: &'a [u8], origin: Option<usize>, algorithm: &[u8]) -> Result<Self, Error> {
        const PART: Part = Part::ObjectStoreData;
        let mut reader = Reader::new(contents, origin);
        let data = reader.expect(Tag::SEQUENCE, PART)?;
        reader.finish(PART)?;
        let mut fields = data.children();
        let version = fields.expect(Tag::INTEGER, PART)?;
        let repeated = Algorithm::read(&mut fields)?;
        if repeated.encoded() != to_der(algorithm)?.as_ref() {
            return Err(fields.malformed(Defect::Structure(PART)));
        }
        let read = Self {
            version,
            created: fields.expect(Tag::GENERALIZED_TIME, PART)?,
            modified: fields.expect(Tag::GENERALIZED_TIME, PART)?,
            entries: fields.expect(Tag::SEQUENCE, PART)?,
            comment: fields.optional(Tag::UTF8_STRING)?,
        };
        fields.finish(PART)?;
        Ok(read)
    }
}

/// Checks an `ObjectStoreData` as Bouncy Castle does.
///
/// `reads` decides whether a date is accepted. Bouncy Castle does not read the data of the entries.
pub(super) fn check_contents(
    contents: &[u8],
    algorithm: &[u8],
    limits: &Limits,
    reads: impl Fn(&[u8]) -> bool,
) -> Result<(), Error> {
    let check = |date: &Element<'_>| {
        if reads(date.content) { Ok(()) } else { Err(date.malformed(Defect::GeneralizedTime)) }
    };
    let fields = StoreFields::read(contents, None, algorithm)?;
    check(&fields.created)?;
    check(&fields.modified)?;
    let (mut entries, mut count) = (fields.entries.children(), 0);
    while !entries.is_empty() {
        count += 1;
        limits.check(Limit::Entries, count)?;
        RawEntry::dates(&mut entries)?.iter().try_for_each(check)?;
    }
    Ok(())
}

fn read_entries(list: &Element<'_>, limits: &Limits) -> Result<Vec<RawEntry>, Error> {
    let mut reader = list.children();
    let mut entries = Vec::new();
    while !reader.is_empty() {
        limits.check(Limit::Entries, entries.len() + 1)?;
        entries.push(RawEntry::read(&mut reader, limits)?);
    }
    Ok(entries)
}

impl Date {
    fn read(element: &Element<'_>) -> Result<Self, Error> {
        Ok(Self { encoded: element.encoded.to_vec(), timestamp: time(element)? })
    }

    /// Returns `None` if the year does not have four digits.
    pub(super) fn new(timestamp: Timestamp) -> Option<Self> {
        let mut writer = Writer::new();
        writer.element(Tag::GENERALIZED_TIME, write_time(timestamp)?.as_bytes());
        Some(Self { encoded: writer.finish().to_vec(), timestamp })
    }
}
