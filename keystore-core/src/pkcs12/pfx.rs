//! A PKCS#12 as a document: the parts that an edit does not change keep their bytes.

use crate::error::{Error, ErrorKind};
use crate::pkcs12::crypto::encoded_password::EmptyPasswordEncoding;
use crate::pkcs12::java::entry_index::EntryIndex;
use crate::pkcs12::java::readers::Protections;
use crate::pkcs12::structure::new_bags::NewBags;
use crate::pkcs12::structure::safe::{Protection, Safe};
use crate::{Integrity, KeyStore, Limits, Password, Profile};
use std::sync::Arc;

/// Whether encoding keeps the file's lack of encryption or of a MAC.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Keeps {
    #[default]
    Lack,
    Nothing,
}

pub(super) const VERSION: u32 = 3;

/// A PKCS#12 as a lossless document.
///
/// Under the same password, every part that no edit changed is encoded to the same bytes, unless the profile removes the
/// encryption. The MAC, if any, is new.
///
/// A document borrows from the input; [`into_owned`](Self::into_owned) copies the borrowed bytes.
#[derive(Clone, Default)]
pub struct Pfx<'a> {
    pub(super) safes: Vec<Safe<'a>>,
    pub(super) entry_index: EntryIndex,
    /// The password with which the file was decoded, if any.
    pub(super) password: Option<Arc<Password>>,
    /// The encoding of the empty password in the file.
    ///
    /// OpenSSL detects the encoding from the MAC, so all parts must use the same encoding.
    pub(super) empty: EmptyPasswordEncoding,
    /// The number of parts that were in the file.
    pub(super) from_file: usize,
    /// The protections of the file; `None` if no file was read.
    pub(super) file: Option<Protections>,
    pub(super) keeps: Keeps,
}

impl Pfx<'_> {
    /// The entries as Java's `KeyStore` shows them, and those that it hides.
    ///
    /// Each call builds the list and its index again, in time and memory proportional to the number of entries. Keep
    /// the view while the document does not change.
    pub fn view(&self) -> KeyStore<'_> {
        self.entry_index.view(&self.safes)
    }

    pub(crate) const fn protections(&self) -> Option<&Protections> {
        self.file.as_ref()
    }

    /// Whether the MAC was verified when the file was read.
    ///
    /// Returns [`Integrity::Absent`] if the file has no MAC. A new document counts as verified.
    pub fn integrity(&self) -> Integrity {
        self.file.as_ref().map_or(Integrity::Verified, |file| file.integrity)
    }

    /// A profile with the algorithms of the file; `None` if no file was read.
    ///
    /// These are the algorithms of the MAC, of the first encrypted part, and of a key or secret, usually the first. If no
    /// algorithm of a key is found, the profile seals keys with the algorithm of the encrypted part or, without such a part,
    /// as [`Profile::JAVA_17`] does. The profile has a MAC only if the file has a MAC, and encrypts certificates only if the
    /// file has encrypted parts.
    ///
    /// [`Store::protection`](crate::Store::protection) returns this profile as the scheme for a new key.
    pub fn profile(&self) -> Option<Profile> {
        self.file.as_ref().map(|file| file.profile)
    }

    /// Makes [`encode`](Self::encode) write a MAC and encrypt new certificates, as the profile says.
    ///
    /// Without this call, a passwordless file stays passwordless, as in the JDK. The parts of the file that are not
    /// encrypted stay unencrypted even after this call.
    pub fn protect(&mut self) {
        self.keeps = Keeps::Nothing;
    }

    /// The same document with copies of the borrowed bytes.
    pub fn into_owned(self) -> Pfx<'static> {
        let safes = self.safes.into_iter().map(Safe::into_owned).collect();
        Pfx { safes, ..self }
    }

    /// Refuses to edit or encode a document with parts that were not decrypted.
    ///
    /// A part that was not decrypted may already contain the alias of a new entry, and Java would show only the last entry
    /// with the alias. If the MAC had a new password, the part would still have the old password.
    pub(crate) fn refuse_locked(&self) -> Result<(), Error> {
        if self.safes.iter().any(|safe| safe.protection == Protection::Locked) {
            return Err(Error::new(ErrorKind::PasswordNeeded));
        }
        Ok(())
    }

    pub(super) fn kept(&self, profile: Profile) -> Profile {
        match &self.file {
            Some(file) if self.keeps == Keeps::Lack => file.keep(profile),
            _ => profile,
        }
    }

    /// Adds new bags after the file's parts: keys to one new part, certificates to another.
    pub(super) fn append(&mut self, bags: &NewBags) -> Result<(), Error> {
        self.append_to(Protection::Clear, bags.keys.written())?;
        self.append_to(Protection::Encrypted, bags.certificates.written())?;
        self.reindex()
    }

    pub(super) fn reindex(&mut self) -> Result<(), Error> {
        self.entry_index = EntryIndex::of(&self.safes, &Limits::NONE)?;
        Ok(())
    }

    pub(super) fn append_to(&mut self, protection: Protection, bags: &[u8]) -> Result<(), Error> {
        if bags.is_empty() {
            return Ok(());
        }
        let mut new = self.safes.iter_mut().skip(self.from_file);
        if let Some(safe) = new.find(|safe| safe.protection == protection) {
            return safe.append(bags);
        }
        let mut safe = Safe::new(protection);
        safe.append(bags)?;
        self.safes.push(safe);
        Ok(())
    }
}

/// Shows only the view, because the parts may contain unencrypted keys.
impl std::fmt::Debug for Pfx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.view().fmt(f)
    }
}
