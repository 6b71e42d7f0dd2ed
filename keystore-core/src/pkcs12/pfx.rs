//! A PKCS#12 as a document: the parts that an edit does not touch keep their octets.

use super::allowance::Allowance;
use super::ber::{Reader, Tag};
use super::content_info;
use super::encode::NewBags;
use super::mac::Mac;
use super::oid;
use super::outline::Outline;
use super::profile::Profile;
use super::safe::{Keep, Protection, Read, Safe};
use super::write::Writer;
use crate::error::{Defect, Error, ErrorKind, Format, Limit, Part};
use crate::{KeyStore, Limits, MissingMac, Password};
use rand_core::CryptoRng;
use std::borrow::Cow;
use std::sync::Arc;

/// The only version there is.
const VERSION: u32 = 3;

/// A PKCS#12, without loss: whatever part of it no edit touches is encoded to the octets that it had, still encrypted as
/// it was; only the MAC is made anew.
///
/// It borrows from the input; [`into_owned`](Self::into_owned) copies what it keeps, once.
#[derive(Clone, Default)]
pub struct Pfx<'a> {
    pub(super) safes: Vec<Safe<'a>>,
    pub(super) outline: Outline,
    /// What the encrypted parts that were read are encrypted with; none if nothing was read.
    password: Option<Arc<Password>>,
    /// How many of the parts stood in the file.
    from_file: usize,
}

/// ```text
/// PFX ::= SEQUENCE {
///     version   INTEGER {v3(3)},
///     authSafe  ContentInfo,
///     macData   MacData OPTIONAL }
/// ```
struct Outer<'a> {
    authenticated: Cow<'a, [u8]>,
    origin: Option<usize>,
    mac: Option<Mac>,
}

impl<'a> Pfx<'a> {
    /// Reads a PKCS#12, in DER or BER, and verifies its MAC. Octets behind it are ignored, as Java ignores them.
    ///
    /// Private and secret keys are not opened: they may have other passwords.
    ///
    /// # Errors
    /// [`ErrorKind::WrongPasswordOrTampered`] if the structure holds but the MAC does not; [`ErrorKind::MissingMac`] if
    /// there is none and the limits ask for one; [`ErrorKind::UnsupportedAlgorithm`],
    /// [`ErrorKind::UnsupportedVersion`], [`ErrorKind::Truncated`], [`ErrorKind::Malformed`] or
    /// [`ErrorKind::LimitExceeded`], with the position where the content is not encrypted.
    pub fn decode(bytes: &'a [u8], password: &Password, limits: &Limits) -> Result<Self, Error> {
        Self::read(bytes, Some(password), limits, |outer| match &outer.mac {
            Some(mac) => mac.verify(password, &outer.authenticated),
            None if limits.missing_mac == MissingMac::Accept => Ok(()),
            None => Err(ErrorKind::MissingMac.into()),
        })
    }

    /// Reads without verifying the MAC, so **anybody may have changed the content**. Without a password what is encrypted
    /// stays so: its entries do not show, as in Java where the password is null, and it is carried.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), but for the MAC.
    pub fn decode_unverified(bytes: &'a [u8], password: Option<&Password>, limits: &Limits) -> Result<Self, Error> {
        Self::read(bytes, password, limits, |_| Ok(()))
    }

    /// The entries as Java's `KeyStore` shows them, and behind them those that it hides.
    pub fn view(&self) -> KeyStore<'_> {
        self.outline.view(&self.safes)
    }

    /// The octets of the PKCS#12. What is new and the MAC are made by the profile, what stood in a decoded file stays as
    /// it was; if the password is not the one that the file was decoded with, the parts that the store's password
    /// encrypts are encrypted anew. Sealed keys keep the passwords that they have.
    ///
    /// The same document, password, profile and randomness give the same octets. For each encrypted part first the salt
    /// is drawn and then the IV, last the salt of the MAC.
    ///
    /// # Errors
    /// [`ErrorKind::NotRepresentable`] if the profile's readers do not take the password, the iterations, or a key as it
    /// is sealed.
    pub fn encode(
        &self,
        password: &Password,
        profile: &Profile,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, Error> {
        profile.check(password)?;
        let keep =
            if self.password.as_ref().is_some_and(|old| old.same(password)) { Keep::Ciphertext } else { Keep::Nothing };
        let mut contents = Writer::new();
        contents.nested(Tag::SEQUENCE, |writer| {
            for safe in &self.safes {
                safe.write(writer, keep, password, profile, rng);
            }
        });
        let contents = contents.finish();
        let mac = profile.authenticate(password, &contents, rng)?;
        let mut pfx = Writer::new();
        pfx.nested(Tag::SEQUENCE, |writer| {
            writer.unsigned(VERSION).nested(Tag::SEQUENCE, |writer| {
                writer.oid(oid::DATA).nested(Tag::CONTEXT_0, |writer| {
                    writer.octet_string(&contents);
                });
            });
            mac.write(writer);
        });
        Ok(pfx.finish().to_vec())
    }

    /// The same document with copies of what it borrows.
    pub fn into_owned(self) -> Pfx<'static> {
        let safes = self.safes.into_iter().map(Safe::into_owned).collect();
        Pfx { safes, outline: self.outline, password: self.password, from_file: self.from_file }
    }

    /// Adds new bags, each kind to its new part behind those of the file.
    pub(super) fn append(&mut self, bags: &NewBags) -> Result<(), Error> {
        self.append_to(Protection::Clear, bags.keys.written())?;
        self.append_to(Protection::Encrypted, bags.certificates.written())
    }

    /// Finds out anew what the parts hold.
    pub(super) fn survey(&mut self) -> Result<(), Error> {
        self.outline = Outline::of(&self.safes, &Limits::NONE)?;
        Ok(())
    }

    fn append_to(&mut self, protection: Protection, bags: &[u8]) -> Result<(), Error> {
        if bags.is_empty() {
            return Ok(());
        }
        let new = self.safes.get_mut(self.from_file..).unwrap_or_default();
        if let Some(safe) = new.iter_mut().find(|safe| safe.protection == protection) {
            return safe.append(bags);
        }
        let mut safe = Safe::new(protection);
        safe.append(bags)?;
        self.safes.push(safe);
        Ok(())
    }

    fn read(
        bytes: &'a [u8],
        password: Option<&Password>,
        limits: &Limits,
        verify: impl FnOnce(&Outer<'_>) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        limits.check(Limit::Bytes, bytes.len())?;
        let mut allowance = Allowance::new(limits, password);
        let outer = Outer::read(bytes)?;
        if let Some(mac) = &outer.mac {
            mac.count(&mut allowance)?;
        }
        match &outer.authenticated {
            Cow::Borrowed(contents) => {
                let parts = read_authenticated_safe(contents, outer.origin, &mut allowance)?;
                verify(&outer)?;
                Self::open(parts, password, limits, &mut allowance)
            }
            Cow::Owned(contents) => {
                let parts = read_authenticated_safe(contents, None, &mut allowance)?;
                verify(&outer)?;
                Pfx::open(parts, password, limits, &mut allowance).map(Pfx::into_owned)
            }
        }
    }

    fn open(
        parts: Vec<Read<'a>>,
        password: Option<&Password>,
        limits: &Limits,
        allowance: &mut Allowance<'_>,
    ) -> Result<Self, Error> {
        let safes = parts.into_iter().map(|part| part.open(password, allowance)).collect::<Result<Vec<_>, _>>()?;
        let outline = Outline::of(&safes, limits)?;
        let from_file = safes.len();
        let password = password.map(|password| Arc::new(password.duplicate()));
        Ok(Self { safes, outline, password, from_file })
    }
}

/// The view: the parts may hold keys in clear.
impl std::fmt::Debug for Pfx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.view().fmt(f)
    }
}

impl<'a> Outer<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        let pfx = Reader::new(bytes, Some(0)).any()?;
        if pfx.tag != Tag::SEQUENCE {
            return Err(pfx.error(Defect::Structure(Part::Pfx)));
        }
        let mut fields = pfx.children();
        let version = fields.expect(Tag::INTEGER, Part::Pfx)?;
        let stated = version.unsigned()?;
        if stated != VERSION {
            return Err(version.error(ErrorKind::UnsupportedVersion { format: Format::Pkcs12, version: stated }));
        }
        let mut info = fields.expect(Tag::SEQUENCE, Part::ContentInfo)?.children();
        let content_type = info.object_identifier(Part::ContentInfo)?;
        content_info::require_data(&content_type)?;
        let octets =
            info.expect(Tag::CONTEXT_0, Part::ContentInfo)?.children().octet_string(Part::AuthenticatedSafe)?;
        let mac = if fields.is_empty() { None } else { Some(Mac::read(&mut fields)?) };
        fields.finish(Part::Pfx)?;
        Ok(Self { authenticated: octets.octets()?, origin: octets.octets_origin(), mac })
    }
}

/// `AuthenticatedSafe ::= SEQUENCE OF ContentInfo`
fn read_authenticated_safe<'a>(
    contents: &'a [u8],
    origin: Option<usize>,
    allowance: &mut Allowance<'_>,
) -> Result<Vec<Read<'a>>, Error> {
    let mut reader = Reader::new(contents, origin);
    let mut infos = reader.expect(Tag::SEQUENCE, Part::AuthenticatedSafe)?.children();
    let mut parts = Vec::new();
    while !infos.is_empty() {
        parts.push(Read::read(&mut infos, allowance)?);
    }
    Ok(parts)
}
