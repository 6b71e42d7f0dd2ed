//! A BCFKS as a document that keeps the bytes of unedited entries.

use super::check::Method;
use super::profile::Profile;
use super::raw_entry::RawEntry;
use super::scheme::Scheme;
use crate::error::{Error, ErrorKind};
use crate::java_order::AliasOrder;
use crate::keystore::no_such_entry;
use crate::{Entry, Integrity, KeyStore, Password, Timestamp};
use std::borrow::Cow;
use std::sync::Arc;

/// A BCFKS as a lossless document.
///
/// Unedited and under the same password, it is encoded to the same bytes. Bytes after the store are not kept.
///
/// An edit keeps the other entries, with their dates, comments and order. An edited document is encoded with the same
/// algorithms and costs, unless [`protect`](Self::protect) sets others, and with new salts and, for CCM, a new nonce. A
/// signed store can be encoded after an edit only if [`protect`](Self::protect) replaces the signature by a MAC.
///
/// A document borrows from the input; [`into_owned`](Self::into_owned) copies the borrowed bytes.
#[derive(Clone)]
pub struct Bcfks<'a> {
    /// The bytes of the store in the file; `None` in a new or edited document.
    pub(super) original: Option<Cow<'a, [u8]>>,
    /// The `ObjectStoreData` that was read, in DER; empty in a new document.
    pub(super) contents: Cow<'a, [u8]>,
    pub(super) created: Date,
    pub(super) modified: Date,
    /// The encoded comment of the whole store; empty if the store has none.
    pub(super) comment: Vec<u8>,
    pub(super) entries: Vec<RawEntry>,
    pub(super) protection: Protection,
    pub(super) integrity: Integrity,
    /// The password that the file was decoded with.
    ///
    /// The value is `None` for a new or signed store, and if no password was given.
    pub(super) password: Option<Arc<Password>>,
}

#[derive(Clone)]
pub(super) struct Date {
    pub(super) encoded: Vec<u8>,
    pub(super) timestamp: Timestamp,
}

#[derive(Clone)]
pub(super) enum Protection {
    New(Profile),
    AsRead(Box<AsRead>),
    /// The store is signed, so this crate cannot encode it after an edit.
    Signed,
}

#[derive(Clone)]
pub(super) struct AsRead {
    pub(super) encryption: Option<Scheme>,
    pub(super) mac: Method,
}

impl Bcfks<'_> {
    /// The entries in order. Aliases are case-sensitive.
    ///
    /// Each call builds the list and its index again, in time and memory proportional to the number of entries. Keep
    /// the view while the document does not change.
    pub fn view(&self) -> KeyStore<'_> {
        KeyStore::view(self.entries.iter().map(|entry| entry.view(&self.contents)).collect(), AliasOrder::HashMap)
    }

    /// The date on which the store was created.
    pub const fn created(&self) -> Timestamp {
        self.created.timestamp
    }

    /// The date on which the store was last changed.
    pub const fn modified(&self) -> Timestamp {
        self.modified.timestamp
    }

    /// Whether the MAC or the signature was verified when the file was read. A new document counts as verified.
    pub const fn integrity(&self) -> Integrity {
        self.integrity
    }

    /// Whether the store has a signature instead of a MAC.
    pub const fn is_signed(&self) -> bool {
        matches!(self.protection, Protection::Signed)
    }

    /// A profile with the algorithms and costs of the store; `None` for a signed store.
    ///
    /// These are the algorithms of the content or, if that is not encrypted, those of the MAC and AES-256 in CCM mode.
    pub fn profile(&self) -> Option<Profile> {
        match &self.protection {
            Protection::New(profile) => Some(*profile),
            Protection::AsRead(read) => Some(Profile::of_file(read.encryption.as_ref(), &read.mac)),
            Protection::Signed => None,
        }
    }

    /// Makes the store use this profile instead of its own algorithms. The call counts as an edit.
    pub fn protect(&mut self, profile: Profile) {
        self.protection = Protection::New(profile);
        self.original = None;
    }

    /// Adds an entry at the end, with its alias unchanged.
    ///
    /// If the entry has no date of last change, its date of creation is used instead. If the store's own date of last change
    /// is earlier, the store gets the entry's.
    ///
    /// # Errors
    /// [`ErrorKind::AliasClash`], or [`ErrorKind::NotRepresentable`] with the reason.
    pub fn insert(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        self.refuse_clash(entry.alias())?;
        self.append(entry)
    }

    /// Does not check whether another entry has the alias.
    pub(super) fn append(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        let written = RawEntry::written(entry)?;
        self.edited(Some(&written));
        self.entries.push(written);
        Ok(())
    }

    /// Replaces the entry that Java finds under the same alias, and returns the old entry.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`], or [`ErrorKind::NotRepresentable`] with the reason.
    pub fn replace(&mut self, entry: &Entry<'_>) -> Result<Entry<'static>, Error> {
        let written = RawEntry::written(entry)?;
        let place = self.place(entry.alias())?;
        self.edited(Some(&written));
        let slot = self.entries.get_mut(place).ok_or_else(|| no_such_entry(entry.alias()))?;
        let old = std::mem::replace(slot, written);
        Ok(old.view(&self.contents).into_owned())
    }

    /// Removes the entry with this alias and returns it.
    ///
    /// Earlier entries with the same alias, which Java does not show, are removed too.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`].
    pub fn remove(&mut self, alias: &str) -> Result<Entry<'static>, Error> {
        let removed = self.at(self.place(alias)?, alias)?.view(&self.contents).into_owned();
        let contents = &self.contents;
        self.entries.retain(|entry| entry.alias(contents) != alias);
        self.edited(None);
        Ok(removed)
    }

    /// Renames the entry with this alias. The dates are kept.
    ///
    /// Earlier entries with the same alias, which Java does not show, are renamed too.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`] or [`ErrorKind::AliasClash`].
    pub fn rename(&mut self, alias: &str, new_alias: &str) -> Result<(), Error> {
        self.place(alias)?;
        if alias != new_alias {
            self.refuse_clash(new_alias)?;
        }
        let contents = &self.contents;
        for entry in self.entries.iter_mut().filter(|entry| entry.alias(contents) == alias) {
            *entry = entry.renamed(contents, new_alias)?;
        }
        self.edited(None);
        Ok(())
    }

    pub(crate) fn set_sealed(&mut self, alias: &str, sealed: &[u8]) -> Result<(), Error> {
        let place = self.place(alias)?;
        let entry = self.entries.get_mut(place).ok_or_else(|| no_such_entry(alias))?;
        *entry = entry.with_sealed(&self.contents, sealed)?;
        self.edited(None);
        Ok(())
    }

    /// Copies the borrowed bytes, so that the document does not borrow from the input.
    pub fn into_owned(self) -> Bcfks<'static> {
        Bcfks {
            original: self.original.map(|original| Cow::Owned(original.into_owned())),
            contents: Cow::Owned(self.contents.into_owned()),
            ..self
        }
    }

    fn edited(&mut self, written: Option<&RawEntry>) {
        self.original = None;
        if let Some(later) = written.map(|entry| entry.modified).filter(|modified| *modified > self.modified()) {
            // An entry was already written with this date, so encoding the date does not fail.
            self.modified = Date::new(later).unwrap_or_else(|| self.modified.clone());
        }
    }

    /// The position of the entry that Java finds under this alias: the last one.
    fn place(&self, alias: &str) -> Result<usize, Error> {
        let place = self.entries.iter().rposition(|entry| entry.alias(&self.contents) == alias);
        place.ok_or_else(|| no_such_entry(alias))
    }

    fn at(&self, place: usize, alias: &str) -> Result<&RawEntry, Error> {
        self.entries.get(place).ok_or_else(|| no_such_entry(alias))
    }

    fn refuse_clash(&self, alias: &str) -> Result<(), Error> {
        match self.place(alias) {
            Err(_) => Ok(()),
            Ok(_) => Err(Error::new(ErrorKind::AliasClash { existing: alias.to_owned() }).in_entry(alias)),
        }
    }
}

/// Shows only the view, because `contents` is decrypted.
impl std::fmt::Debug for Bcfks<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.view().fmt(f)
    }
}
