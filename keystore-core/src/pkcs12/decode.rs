//! Reading a PKCS#12.

use super::pfx::{Pfx, VERSION};
use crate::asn1::{Element, Reader, Tag};
use crate::budget::Budget;
use crate::error::{Defect, Error, ErrorKind, Format, Limit, Part};
use crate::pkcs12::crypto::encoded_password::EmptyPasswordEncoding;
use crate::pkcs12::crypto::mac::{self, Mac};
use crate::pkcs12::java::entry_index::EntryIndex;
use crate::pkcs12::java::readers::Protections;
use crate::pkcs12::structure::content_info::{self, Extent};
use crate::pkcs12::structure::safe::SealedSafe;
use crate::private_key::Proof;
use crate::{Integrity, Limits, Password};
use std::borrow::Cow;
use std::sync::Arc;

impl<'a> Pfx<'a> {
    /// Reads a PKCS#12 in DER or BER, and verifies its MAC.
    ///
    /// Private and secret keys are not opened, because they may have other passwords. Bytes after the PKCS#12 are
    /// ignored, as in Java.
    ///
    /// # Errors
    /// [`ErrorKind::WrongPasswordOrTampered`] if the MAC does not match or, without a MAC, a part does not decrypt;
    /// [`ErrorKind::MissingMac`] if there is no MAC and the limits require one; [`ErrorKind::OtherPassword`] if the MAC
    /// matches but a part has another password; [`ErrorKind::UnsupportedAlgorithm`],
    /// [`ErrorKind::UnsupportedContentType`], [`ErrorKind::UnsupportedVersion`], [`ErrorKind::Truncated`] or
    /// [`ErrorKind::Malformed`], with the position if known; [`ErrorKind::LimitExceeded`].
    pub fn decode(bytes: &'a [u8], password: &Password) -> Result<Self, Error> {
        Self::decode_within(bytes, password, &Limits::default())
    }

    /// [`decode`](Self::decode) with limits other than the default ones.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_within(bytes: &'a [u8], password: &Password, limits: &Limits) -> Result<Self, Error> {
        Self::read(bytes, Some(password), limits, |outer| match &outer.mac {
            Authentication::Mac(mac) => mac.verify(password, &outer.authenticated).map(Some),
            Authentication::Absent | Authentication::Unread => mac::missing(limits).map(|()| None),
        })
    }

    /// Reads without verifying the MAC, so **anyone may have changed the content**.
    ///
    /// Without a password, encrypted parts stay encrypted and their entries are not shown, as in Java with a null
    /// password. Errors inside the encrypted parts and the MAC are then ignored. A document with encrypted parts that was
    /// read without a password is read-only: edits and [`encode`](Self::encode) fail with [`ErrorKind::PasswordNeeded`].
    ///
    /// # Errors
    /// As [`decode`](Self::decode), except that a missing or wrong MAC is not an error. If an encrypted part does not
    /// decrypt, the error is [`ErrorKind::WrongPasswordOrTampered`], also in a file with a MAC.
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
        Self::read(bytes, password, limits, |_| Ok(None))
    }

    /// Reads a file, and calls `verify` before any decryption.
    ///
    /// `verify` returns the encoding of an empty password if it verified a MAC, and otherwise `None`.
    fn read(
        bytes: &'a [u8],
        password: Option<&Password>,
        limits: &Limits,
        verify: impl FnOnce(&Outer<'_>) -> Result<Option<EmptyPasswordEncoding>, Error>,
    ) -> Result<Self, Error> {
        limits.check(Limit::Bytes, bytes.len())?;
        let mut budget = Budget::new(limits, password);
        let extent = if password.is_some() { Extent::All } else { Extent::WithoutPassword };
        let outer = Outer::read(bytes, extent, &mut budget)?;
        match &outer.authenticated {
            Cow::Borrowed(contents) => {
                let parts = read_authenticated_safe(contents, outer.origin, extent, &mut budget)?;
                let verified = verify(&outer)?;
                Self::open(parts, &outer.mac, password, verified, limits, &mut budget)
            }
            Cow::Owned(contents) => {
                let parts = read_authenticated_safe(contents, None, extent, &mut budget)?;
                let verified = verify(&outer)?;
                Pfx::open(parts, &outer.mac, password, verified, limits, &mut budget).map(Pfx::into_owned)
            }
        }
    }

    fn open(
        parts: Vec<SealedSafe<'a>>,
        mac: &Authentication,
        password: Option<&Password>,
        verified: Option<EmptyPasswordEncoding>,
        limits: &Limits,
        budget: &mut Budget<'_>,
    ) -> Result<Self, Error> {
        let unread = parts.iter().filter(|part| part.is_unread()).count();
        let schemes: Vec<_> = parts.iter().filter_map(SealedSafe::scheme).cloned().collect();
        let (proof, integrity) = match verified {
            Some(_) => (Proof::Authenticated, Integrity::Verified),
            None if matches!(mac, Authentication::Absent) => (Proof::None, Integrity::Absent),
            None => (Proof::None, Integrity::NotVerified),
        };
        let safes = parts.into_iter().map(|part| part.open(password, proof, budget)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            entry_index: EntryIndex::of(&safes, limits)?,
            password: password.map(|password| Arc::new(password.duplicate())),
            empty: verified.or_else(|| safes.iter().find_map(|safe| safe.empty)).unwrap_or_default(),
            from_file: safes.len(),
            file: Some(Protections::of(mac, integrity, (&schemes, unread), &safes, password)),
            safes,
            ..Self::default()
        })
    }
}

/// The outermost fields of a PKCS#12 (RFC 7292, section 4):
///
/// ```text
/// PFX ::= SEQUENCE {
///     version   INTEGER {v3(3)},
///     authSafe  ContentInfo,
///     macData   MacData OPTIONAL }
/// ```
struct Outer<'a> {
    authenticated: Cow<'a, [u8]>,
    origin: Option<usize>,
    mac: Authentication,
}

pub(super) enum Authentication {
    Absent,
    Mac(Mac),
    /// The MAC or another element could not be read; accepted only if no password is given.
    Unread,
}

impl<'a> Outer<'a> {
    fn read(bytes: &'a [u8], extent: Extent, budget: &mut Budget<'_>) -> Result<Self, Error> {
        let pfx = Reader::new(bytes, Some(0)).any()?;
        if pfx.tag != Tag::SEQUENCE {
            return Err(pfx.malformed(Defect::Structure(Part::Pfx)));
        }
        let mut fields = pfx.children();
        read_version(&mut fields)?;
        let mut info = fields.expect(Tag::SEQUENCE, Part::ContentInfo)?.children();
        let content_type = info.object_identifier(Part::ContentInfo)?;
        content_info::require_data(&content_type)?;
        let bytes = info.expect(Tag::CONTEXT_0, Part::ContentInfo)?.children().octet_string(Part::AuthenticatedSafe)?;
        let mac = match Authentication::read(&pfx, fields, budget) {
            Err(_) if extent == Extent::WithoutPassword => Authentication::Unread,
            mac => mac?,
        };
        Ok(Self { authenticated: bytes.bytes()?, origin: bytes.bytes_origin(), mac })
    }
}

pub(super) fn read_version(fields: &mut Reader<'_>) -> Result<(), Error> {
    let version = fields.expect(Tag::INTEGER, Part::Pfx)?;
    let stated = version.unsigned()?;
    if stated == VERSION {
        Ok(())
    } else {
        Err(version.error(ErrorKind::UnsupportedVersion { format: Format::Pkcs12, version: stated }))
    }
}

impl Authentication {
    /// Reads the MAC, if there is one, and counts the cost of verifying the MAC.
    ///
    /// All elements of the PKCS#12 must be well-formed, as in OpenSSL and Bouncy Castle. Java does not check all of them.
    fn read(pfx: &Element<'_>, mut fields: Reader<'_>, budget: &mut Budget<'_>) -> Result<Self, Error> {
        let mac = if fields.is_empty() { Self::Absent } else { Self::Mac(Mac::read(&mut fields)?) };
        fields.finish(Part::Pfx)?;
        pfx.children().check()?;
        if let Self::Mac(mac) = &mac {
            mac.count(budget)?;
        }
        Ok(mac)
    }

    pub(super) const fn mac(&self) -> Option<&Mac> {
        match self {
            Self::Mac(mac) => Some(mac),
            Self::Absent | Self::Unread => None,
        }
    }
}

/// Reads `AuthenticatedSafe ::= SEQUENCE OF ContentInfo` (RFC 7292, section 4.1).
fn read_authenticated_safe<'a>(
    contents: &'a [u8],
    origin: Option<usize>,
    extent: Extent,
    budget: &mut Budget<'_>,
) -> Result<Vec<SealedSafe<'a>>, Error> {
    let mut reader = Reader::new(contents, origin);
    let safe = reader.expect(Tag::SEQUENCE, Part::AuthenticatedSafe)?;
    let mut infos = safe.children();
    let mut parts = Vec::new();
    while !infos.is_empty() {
        parts.push(SealedSafe::read(&mut infos, extent, budget)?);
    }
    if extent == Extent::All {
        safe.children().check()?;
    }
    Ok(parts)
}
