//! Java's view of a keystore: an ordered list of entries.

use crate::alias::fold;
use crate::error::{EncodeDefect, EntryType, Error, ErrorKind, Format};
use crate::java_order::AliasOrder;
use crate::lint::{Finding, Purpose};
use crate::{Content, Entry, Password, SealedKey, Visibility};
use std::borrow::Cow;
use std::collections::HashMap;

/// An ordered list of entries, with Java's rules for aliases.
///
/// A `KeyStore` is either built entry by entry, or the view of a decoded document. Iteration, [`len`](Self::len) and
/// [`entry`](Self::entry) cover the entries that `keytool -list` lists. A file may contain further entries, which only
/// [`all`](Self::all) returns.
#[derive(Debug, Clone, Default)]
pub struct KeyStore<'a> {
    entries: Vec<Entry<'a>>,
    /// The positions of the listed entries, by alias.
    ///
    /// The alias is in lower case, or as spelled if Java cannot reach the entry or the letter case counts.
    index: HashMap<Cow<'a, str>, usize>,
    pub(crate) order: AliasOrder,
}

impl<'a> KeyStore<'a> {
    /// A store without entries.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn view(entries: Vec<Entry<'a>>, order: AliasOrder) -> Self {
        let mut keystore = Self { entries, index: HashMap::new(), order };
        keystore.rebuild_index();
        keystore
    }

    /// Adds an entry at the end.
    ///
    /// # Errors
    /// [`ErrorKind::AliasClash`] if [`entry`](Self::entry) finds an entry with this alias.
    pub fn insert(&mut self, entry: Entry<'a>) -> Result<(), Error> {
        self.refuse_clash(entry.alias(), None)?;
        self.entries.push(entry.with_visibility(Visibility::Reachable).checked());
        self.index_entry(self.entries.len() - 1);
        Ok(())
    }

    /// Replaces the entry with the same alias, and returns the old one.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`]; [`ErrorKind::AliasClash`] if another entry has the alias in lower case, see
    /// [`Jks::replace`](crate::Jks::replace).
    pub fn replace(&mut self, entry: Entry<'a>) -> Result<Entry<'a>, Error> {
        let place = self.place(entry.alias())?;
        self.refuse_clash(entry.alias(), Some(place))?;
        let place = self.entries.get_mut(place).ok_or_else(|| no_such_entry(entry.alias()))?;
        let replaced = std::mem::replace(place, entry.with_visibility(Visibility::Reachable).checked());
        self.rebuild_index();
        Ok(replaced)
    }

    /// Removes the entry with this alias and returns it. The other entries keep their order.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`].
    pub fn remove(&mut self, alias: &str) -> Result<Entry<'a>, Error> {
        let place = self.place(alias)?;
        let entry = self.entries.remove(place);
        self.rebuild_index();
        Ok(entry)
    }

    /// Renames an entry. Changing only the letter case is allowed.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`] or [`ErrorKind::AliasClash`].
    pub fn rename(&mut self, alias: &str, new_alias: impl Into<Cow<'a, str>>) -> Result<(), Error> {
        let (place, new_alias) = (self.place(alias)?, new_alias.into());
        self.refuse_clash(&new_alias, Some(place))?;
        self.entries.get_mut(place).ok_or_else(|| no_such_entry(alias))?.rename(new_alias);
        self.rebuild_index();
        Ok(())
    }

    /// The entry with exactly this alias, or else the entry that Java finds under the alias.
    ///
    /// Only entries that Java lists are found. Java looks up aliases in lower case, except in a BCFKS, BKS or UBER.
    pub fn entry(&self, alias: &str) -> Option<&Entry<'a>> {
        self.place(alias).ok().and_then(|place| self.entries.get(place))
    }

    /// The sealed private key with this alias.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`], or [`ErrorKind::WrongEntryType`] if the entry is not a sealed private
    /// key.
    pub fn private_key(&self, alias: &str) -> Result<&SealedKey<'a>, Error> {
        let entry = self.entry(alias).ok_or_else(|| no_such_entry(alias))?;
        if let Content::PrivateKey { key, .. } = entry.content() {
            return Ok(key);
        }
        let kind = ErrorKind::WrongEntryType { wanted: EntryType::PrivateKey, found: entry.entry_type() };
        Err(Error::new(kind).in_entry(alias))
    }

    /// The entries that `keytool -list` lists, in the order of the file.
    pub fn iter(&self) -> Iter<'_, 'a> {
        self.all().filter(|entry| entry.is_listed())
    }

    /// All entries in the order of the file, including those that Java does not list.
    ///
    /// See [`Visibility`].
    pub fn all(&self) -> std::slice::Iter<'_, Entry<'a>> {
        self.entries.iter()
    }

    /// The number of entries that `keytool -list` lists.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether `keytool -list` lists no entry.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Copies the borrowed bytes, so that the store does not borrow from its file.
    pub fn into_owned(self) -> KeyStore<'static> {
        let index = self.index.into_iter().map(|(alias, place)| (Cow::Owned(alias.into_owned()), place)).collect();
        let entries = self.entries.into_iter().map(Entry::into_owned).collect();
        KeyStore { entries, index, order: self.order }
    }

    fn place(&self, alias: &str) -> Result<usize, Error> {
        self.places(alias).next().ok_or_else(|| no_such_entry(alias))
    }

    /// The positions of the entry with this alias and of the entry that Java finds by the alias.
    ///
    /// If the letter case counts, the second position is left out. The two positions may be equal.
    fn places(&self, alias: &str) -> impl Iterator<Item = usize> {
        let folded = || self.index.get(fold(alias).as_ref()).filter(|_| !self.order.letter_case_counts());
        self.index.get(alias).into_iter().chain(std::iter::once_with(folded).flatten()).copied()
    }

    /// Finds problems of the keystore, many of which Java accepts silently.
    ///
    /// Findings about the whole store come after those about single entries.
    ///
    /// `password`, the password of the store, is tried on every sealed private or secret key that Java lists. All attempts
    /// together stay within the total iterations of the default [`Limits`](crate::Limits). Without a password, no key is tried.
    /// [`Store::lint`](crate::Store::lint) also checks the file: its integrity, the encryption of its parts, and the password.
    pub fn lint(&self, password: Option<&Password>, purpose: Purpose) -> Vec<Finding> {
        crate::lint::of_view(self, password, purpose)
    }

    /// Refuses an alias that belongs to an entry at a position other than `own`.
    fn refuse_clash(&self, alias: &str, own: Option<usize>) -> Result<(), Error> {
        match self.places(alias).find(|place| Some(*place) != own).and_then(|place| self.entries.get(place)) {
            None => Ok(()),
            Some(entry) => {
                Err(Error::new(ErrorKind::AliasClash { existing: entry.alias().to_owned() }).in_entry(alias))
            }
        }
    }

    /// Refuses aliases that differ only in letter case, for a case-insensitive format.
    ///
    /// If this store is case-insensitive too, only entries that Java does not find are compared with each other.
    /// [`refuse_invisible`](Self::refuse_invisible) compares them with the other entries.
    pub(crate) fn refuse_case_clashes(&self) -> Result<(), Error> {
        let mut met = HashMap::new();
        let may_clash =
            |entry: &&Entry<'_>| self.order.letter_case_counts() || entry.visibility() == Visibility::Unreachable;
        for alias in self.iter().filter(may_clash).map(Entry::alias) {
            if let Some(existing) = met.insert(fold(alias), alias) {
                return Err(Error::new(ErrorKind::AliasClash { existing: existing.to_owned() }).in_entry(alias));
            }
        }
        Ok(())
    }

    /// Refuses an entry that Java does not list, so that no hidden certificate becomes trusted.
    ///
    /// An entry that Java lists but cannot reach is refused if its alias in lower case is the alias of another entry.
    pub(crate) fn refuse_invisible(&self, entry: &Entry<'_>, format: Format) -> Result<(), Error> {
        match entry.visibility() {
            Visibility::Reachable => Ok(()),
            Visibility::Unreachable => self.refuse_clash(&fold(entry.alias()), None),
            Visibility::Shadowed | Visibility::Hidden => {
                Err(Error::not_representable(format, EncodeDefect::NotVisible).in_entry(entry.alias()))
            }
        }
    }

    fn rebuild_index(&mut self) {
        self.index = HashMap::with_capacity(self.entries.len());
        (0..self.entries.len()).for_each(|place| self.index_entry(place));
    }

    /// Indexes an entry, and marks an earlier entry with the same alias for Java as shadowed.
    fn index_entry(&mut self, place: usize) {
        let Some(entry) = self.entries.get(place) else { return };
        let earlier = match entry.visibility() {
            Visibility::Reachable if self.order.letter_case_counts() => self.index.insert(entry.spelled_alias(), place),
            Visibility::Reachable => self.index.insert(entry.folded_alias(), place),
            Visibility::Unreachable => self.index.insert(entry.spelled_alias(), place),
            Visibility::Shadowed | Visibility::Hidden => None,
        };
        if let Some(earlier) = earlier.and_then(|earlier| self.entries.get_mut(earlier)) {
            earlier.shadow();
        }
    }
}

type Iter<'s, 'a> = std::iter::Filter<std::slice::Iter<'s, Entry<'a>>, fn(&&'s Entry<'a>) -> bool>;

impl<'s, 'a> IntoIterator for &'s KeyStore<'a> {
    type Item = &'s Entry<'a>;
    type IntoIter = Iter<'s, 'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

pub(crate) fn no_such_entry(alias: &str) -> Error {
    Error::new(ErrorKind::NoSuchEntry).in_entry(alias)
}
