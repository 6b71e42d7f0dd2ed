//! A JKS or JCEKS as a document: each entry keeps its bytes until an edit changes that entry.

use super::decode::Decoded;
use super::digest::Digest;
use super::raw_entry::RawEntry;
use super::{Header, encode};
use crate::alias::{fold, same};
use crate::error::{Error, ErrorKind, Format};
use crate::java_order::AliasOrder;
use crate::keystore::no_such_entry;
use crate::{Entry, Integrity, KeyStore, Limits, Password};

/// A JKS or JCEKS as a lossless document.
///
/// If the digest was verified and nothing was edited, encoding under the same password gives the same bytes, up to and
/// including the digest.
///
/// A document borrows from the input; [`into_owned`](Self::into_owned) copies the borrowed bytes.
#[derive(Debug, Clone)]
pub struct Jks<'a> {
    header: Header,
    entries: Vec<RawEntry<'a>>,
    integrity: Integrity,
}

impl<'a> Jks<'a> {
    /// Reads a JKS or JCEKS, and verifies its digest.
    ///
    /// Private and secret keys are not opened, because they may have other passwords. Bytes after the digest are ignored,
    /// as in Java.
    ///
    /// # Errors
    /// [`ErrorKind::WrongPasswordOrTampered`] if the structure is valid but the digest does not match;
    /// [`ErrorKind::UnsupportedVersion`], [`ErrorKind::Truncated`] or
    /// [`ErrorKind::Malformed`], with the position; [`ErrorKind::LimitExceeded`].
    pub fn decode(bytes: &'a [u8], password: &Password) -> Result<Self, Error> {
        Self::decode_within(bytes, password, &Limits::default())
    }

    /// [`decode`](Self::decode) with limits other than the default ones.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_within(bytes: &'a [u8], password: &Password, limits: &Limits) -> Result<Self, Error> {
        let mut digest = Digest::keyed(password);
        let decoded = Decoded::read(bytes, limits, |covered| digest.follow(covered))?;
        decoded.verify(digest)?;
        Ok(Self::of(decoded, Integrity::Verified))
    }

    /// Reads a JKS or JCEKS without a password, so **anyone may have changed the content**.
    ///
    /// Java does not verify the digest either if the password is null.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), except that a wrong digest is not an error.
    pub fn decode_unverified(bytes: &'a [u8]) -> Result<Self, Error> {
        Self::decode_unverified_within(bytes, &Limits::default())
    }

    /// [`decode_unverified`](Self::decode_unverified) with limits other than the default ones.
    ///
    /// # Errors
    /// As [`decode_unverified`](Self::decode_unverified).
    pub fn decode_unverified_within(bytes: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        Decoded::read(bytes, limits, |_| {}).map(|decoded| Self::of(decoded, Integrity::NotVerified))
    }

    fn of(decoded: Decoded<'a>, integrity: Integrity) -> Self {
        Self { header: decoded.header, entries: decoded.entries, integrity }
    }

    /// Whether the digest was verified when the file was read.
    pub const fn integrity(&self) -> Integrity {
        self.integrity
    }

    /// The format: [`Format::Jks`] or [`Format::Jceks`].
    pub const fn format(&self) -> Format {
        self.header.format
    }

    /// The entries that Java's `KeyStore` shows, and those that it hides.
    ///
    /// Each call builds the list and its index again, in time and memory proportional to the number of entries. Keep
    /// the view while the document does not change.
    pub fn view(&self) -> KeyStore<'_> {
        KeyStore::view(self.entries.iter().map(RawEntry::view).collect(), AliasOrder::Hashtable)
    }

    /// Adds an entry at the end, with its alias in lower case.
    ///
    /// # Errors
    /// [`ErrorKind::AliasClash`], or [`ErrorKind::NotRepresentable`] with the reason.
    pub fn insert(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        self.refuse_clash(entry.alias(), None, same).map_err(|error| error.in_entry(entry.alias()))?;
        self.entries.push(RawEntry::written(self.header, entry)?);
        Ok(())
    }

    /// Replaces the entry with the same alias, and returns the old entry. The alias is written in lower case.
    ///
    /// If no alias in the file has exactly this spelling, the entry that Java finds under the alias is replaced. Earlier
    /// entries with exactly the same alias as the old entry, which Java does not show, are removed.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`]; [`ErrorKind::NotRepresentable`] with the reason; [`ErrorKind::AliasClash`] if the old
    /// entry has an alias such as `Node`, and another entry has the alias `node`. Java's `setEntry("Node", ..)` replaces
    /// `node` in such a file, and keeps `Node`.
    pub fn replace(&mut self, entry: &Entry<'_>) -> Result<Entry<'static>, Error> {
        let written = RawEntry::written(self.header, entry)?;
        let (last, old) = self.find(entry.alias())?;
        let old = old.view().into_owned();
        let is_exactly = |one: &str, other: &str| one == other;
        self.refuse_clash(&written.alias(), Some(old.alias()), is_exactly)
            .map_err(|error| error.in_entry(entry.alias()))?;
        let is_other = |other: &RawEntry<'_>| other.alias() != old.alias();
        let place = self.entries.iter().take(last).filter(|other| is_other(other)).count();
        self.entries.retain(is_other);
        self.entries.insert(place, written);
        Ok(old)
    }

    /// Removes the entry with this alias and returns it.
    ///
    /// If no alias in the file has exactly this spelling, the entry that Java finds under the alias is removed. Earlier
    /// entries with exactly the same alias as that entry, which Java does not show, are removed too.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`].
    pub fn remove(&mut self, alias: &str) -> Result<Entry<'static>, Error> {
        let removed = self.find(alias)?.1.view().into_owned();
        self.entries.retain(|entry| entry.alias() != removed.alias());
        Ok(removed)
    }

    /// Renames the entry with this alias. The new alias is written in lower case, and the entry keeps its date.
    ///
    /// If no alias in the file has exactly this spelling, the entry that Java finds under the alias is renamed. Earlier
    /// entries with exactly the same alias as that entry, which Java does not show, are renamed too.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`], [`ErrorKind::AliasClash`], or [`ErrorKind::NotRepresentable`] for an alias that is
    /// too long.
    pub fn rename(&mut self, alias: &str, new_alias: &str) -> Result<(), Error> {
        let spelling = self.find(alias)?.1.alias().into_owned();
        self.refuse_clash(new_alias, Some(&spelling), same).map_err(|error| error.in_entry(new_alias))?;
        let header = self.header;
        for entry in self.entries.iter_mut().filter(|entry| entry.alias() == spelling) {
            *entry = entry.renamed(header, new_alias)?;
        }
        Ok(())
    }

    pub(crate) fn set_sealed(&mut self, alias: &str, sealed: &[u8]) -> Result<(), Error> {
        let header = self.header;
        let place = self.place(alias).and_then(|place| self.entries.get_mut(place));
        let entry = place.ok_or_else(|| no_such_entry(alias))?;
        *entry = entry.with_sealed(header, sealed)?;
        Ok(())
    }

    /// Encodes the store, with the digest under this password at the end. Sealed keys keep their passwords.
    ///
    /// # Errors
    /// [`ErrorKind::NotRepresentable`] for more entries than the format can count.
    pub fn encode(&self, password: &Password) -> Result<Vec<u8>, Error> {
        let length = self.entries.iter().map(|entry| entry.bytes().len()).sum();
        let mut out = encode::start(self.header, self.entries.len(), length, password)?;
        self.entries.iter().for_each(|entry| out.buffer().extend_from_slice(entry.bytes()));
        Ok(out.finish())
    }

    /// The same document with copies of the borrowed bytes.
    pub fn into_owned(self) -> Jks<'static> {
        Jks { entries: self.entries.into_iter().map(RawEntry::into_owned).collect(), ..self }
    }

    /// The position of the entry with exactly this alias, or else of the entry that Java finds.
    fn place(&self, alias: &str) -> Option<usize> {
        let find = |alias: &str| self.entries.iter().rposition(|entry| entry.alias() == alias);
        find(alias).or_else(|| find(&fold(alias)))
    }

    fn find(&self, alias: &str) -> Result<(usize, &RawEntry<'a>), Error> {
        let entry = self.place(alias).and_then(|place| Some((place, self.entries.get(place)?)));
        entry.ok_or_else(|| no_such_entry(alias))
    }

    /// Refuses an alias that clashes with another; an alias that is exactly `but` is ignored.
    fn refuse_clash(&self, alias: &str, but: Option<&str>, clashes: fn(&str, &str) -> bool) -> Result<(), Error> {
        let mut others = self.entries.iter().map(RawEntry::alias).filter(|other| Some(&**other) != but);
        match others.find(|other| clashes(other, alias)) {
            None => Ok(()),
            Some(existing) => Err(Error::new(ErrorKind::AliasClash { existing: existing.into_owned() })),
        }
    }
}
