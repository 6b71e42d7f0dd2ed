//! Edits of a PKCS#12: insert, replace, remove and rename.

use super::pfx::Pfx;
use crate::alias::{fold, same};
use crate::error::{Error, ErrorKind};
use crate::invariant::guaranteed;
use crate::keystore::no_such_entry;
use crate::pkcs12::java::entry_index::{IndexedEntry, Place, certificate, undated_key_id};
use crate::pkcs12::structure::attributes::NewAttributes;
use crate::pkcs12::structure::bag::{Change, Changes, Value};
use crate::pkcs12::structure::new_bags::NewBags;
use crate::pkcs12::structure::safe::Protection;
use crate::{Entry, Visibility};
use std::collections::{HashMap, HashSet};

impl Pfx<'_> {
    /// Adds an entry to new parts after the parts of the file.
    ///
    /// The alias is written in lower case for a key, and as given for a trusted certificate.
    ///
    /// # Errors
    /// [`ErrorKind::AliasClash`]; [`ErrorKind::NotRepresentable`] with the reason; [`ErrorKind::PasswordNeeded`] if the
    /// file has encrypted parts and was decoded without a password.
    pub fn insert(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        self.refuse_locked()?;
        self.refuse_clash(entry.alias(), &[])?;
        self.append(&NewBags::of(entry)?)
    }

    /// Replaces the entry with the same alias, and returns the old entry.
    ///
    /// Earlier entries with the same alias, which Java does not show, are removed. If the new entry has another type, or
    /// if Java hides the old entry, the new entry is added at the end as by [`insert`](Self::insert).
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`]; [`ErrorKind::NotRepresentable`] with the reason; [`ErrorKind::PasswordNeeded`] as for
    /// [`insert`](Self::insert).
    pub fn replace(&mut self, entry: &Entry<'_>) -> Result<Entry<'static>, Error> {
        self.refuse_locked()?;
        let new = NewBags::of(entry)?;
        let found = self.find_alias(entry.alias())?;
        let replaced = self.entry(found.last);
        let old = replaced.view(&self.safes).into_owned();
        let keeps_place = !replaced.is_hidden() && old.entry_type() == entry.entry_type();
        let places: Vec<Place> = replaced.places().filter(|_| keeps_place).collect();

        let mut changes = self.removal(&found.all);
        let (mut keys, mut certificates) = (Some(new.keys.written()), Some(new.certificates.written()));
        for place in places.into_iter().filter(|place| self.is_outermost(*place)) {
            let new = if self.is_certificate(place) { &mut certificates } else { &mut keys };
            let Some(change @ Change::Remove) = changes.get_mut(&place) else { continue };
            if let Some(bags) = new.take() {
                *change = Change::Replace(bags.to_vec());
            }
        }
        self.change(changes)?;
        self.append_to(Protection::Clear, keys.unwrap_or(&[]))?;
        self.append_to(Protection::Encrypted, certificates.unwrap_or(&[]))?;
        self.reindex()?;
        Ok(old)
    }

    /// Removes the entry with this alias and returns it.
    ///
    /// Earlier entries with the same alias, which Java does not show, are removed too. With a key, the certificates of its
    /// chain are removed, except those that are in another chain or are trusted themselves. A trusted certificate that is
    /// in a chain stays there, without its trust. A hidden entry is removed only if Java finds no entry under the alias.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`]; [`ErrorKind::PasswordNeeded`] as for [`insert`](Self::insert).
    pub fn remove(&mut self, alias: &str) -> Result<Entry<'static>, Error> {
        self.refuse_locked()?;
        let found = self.find_alias(alias)?;
        let removed = self.entry(found.last).view(&self.safes).into_owned();
        self.change(self.removal(&found.all))?;
        Ok(removed)
    }

    /// Renames the entry that Java finds under this alias.
    ///
    /// A key's own certificate is renamed too if it has the same name. Earlier entries with the same alias are not
    /// renamed, so Java then shows the last of them. If Java finds no entry under the alias, the first
    /// hidden entry with this alias is renamed.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`]; [`ErrorKind::AliasClash`]; [`ErrorKind::PasswordNeeded`] as for
    /// [`insert`](Self::insert).
    pub fn rename(&mut self, alias: &str, new_alias: &str) -> Result<(), Error> {
        self.refuse_locked()?;
        let found = self.find_alias(alias)?;
        self.refuse_clash(new_alias, &found.all)?;
        let (_, staying) = self.partition(&[found.last]);
        let mut changes = self.pin_implicit_attributes(&staying);
        for (place, name) in self.new_names(self.entry(found.last), new_alias) {
            changes.entry(place).or_default().friendly_name = Some(name);
        }
        self.change(changes.into_iter().map(|(place, attributes)| (place, Change::Attributes(attributes))))
    }

    pub(crate) fn set_sealed(&mut self, alias: &str, sealed: &[u8]) -> Result<(), Error> {
        let place = self.entry(self.find_alias(alias)?.last).place;
        self.change([(place, Change::Sealed(sealed.to_vec()))])
    }

    fn removal(&self, entries: &[usize]) -> HashMap<Place, Change> {
        let (gone, staying) = self.partition(entries);
        let needed: HashSet<Place> = staying.iter().flat_map(|entry| entry.places()).collect();
        let places = gone.iter().flat_map(|entry| entry.places()).filter(|place| !needed.contains(place));
        let removed = places.map(|place| (place, Change::Remove));
        let mut attributes = self.pin_implicit_attributes(&staying);
        // A trusted certificate that stays in a chain is no longer an entry.
        for entry in gone.iter().filter(|entry| needed.contains(&entry.place)) {
            attributes.entry(entry.place).or_default().drops_trust = true;
        }
        attributes
            .into_iter()
            .map(|(place, attributes)| (place, Change::Attributes(attributes)))
            .chain(removed)
            .collect()
    }

    fn entry(&self, index: usize) -> &IndexedEntry {
        guaranteed(self.entry_index.entries.get(index), "the entry was found in the index")
    }

    fn is_outermost(&self, place: Place) -> bool {
        let safe = self.safes.get(place.safe);
        safe.is_some_and(|safe| safe.bags().iter().any(|bag| bag.encoded.start == place.start))
    }

    fn is_certificate(&self, place: Place) -> bool {
        matches!(place.bag(&self.safes).0.value, Value::Certificate(_))
    }

    /// The entries with this alias that are not hidden.
    ///
    /// If there are none, returns the first hidden entry with this alias.
    fn find_alias(&self, alias: &str) -> Result<Found, Error> {
        let find = |hidden: bool| -> Vec<usize> {
            let entries = self.entry_index.entries.iter().enumerate();
            let alike = entries.filter(|(_, entry)| entry.is_hidden() == hidden && same(&entry.alias, alias));
            alike.map(|(index, _)| index).collect()
        };
        let mut found = find(false);
        if found.is_empty() {
            found = find(true);
            found.truncate(1);
        }
        let last = *found.last().ok_or_else(|| no_such_entry(alias))?;
        Ok(Found { all: found, last })
    }

    fn refuse_clash(&self, alias: &str, but: &[usize]) -> Result<(), Error> {
        let mut entries = self.entry_index.entries.iter().enumerate();
        let clash =
            entries.find(|(index, entry)| !but.contains(index) && !entry.is_hidden() && same(&entry.alias, alias));
        match clash {
            None => Ok(()),
            Some((_, entry)) => {
                Err(Error::new(ErrorKind::AliasClash { existing: entry.alias.clone() }).in_entry(alias))
            }
        }
    }

    fn partition(&self, chosen: &[usize]) -> (Vec<&IndexedEntry>, Vec<&IndexedEntry>) {
        let entries = self.entry_index.entries.iter().enumerate();
        let (chosen, others): (Vec<_>, Vec<_>) = entries.partition(|(index, _)| chosen.contains(index));
        let entries = |part: Vec<(usize, _)>| part.into_iter().map(|(_, entry)| entry).collect();
        (entries(chosen), entries(others))
    }

    /// The changes that write implicit names and identifiers of these entries explicitly.
    ///
    /// Java derives implicit names and identifiers from the order of the bags, so an edit could change them.
    fn pin_implicit_attributes(&self, entries: &[&IndexedEntry]) -> HashMap<Place, NewAttributes> {
        let mut changes: HashMap<_, NewAttributes> = HashMap::new();
        for entry in entries.iter().filter(|entry| !entry.is_hidden()) {
            let (bag, contents) = entry.place.bag(&self.safes);
            if bag.attributes.friendly_name.is_none() {
                changes.entry(entry.place).or_default().friendly_name = Some(entry.alias.clone());
            }
            if bag.attributes.local_key_id.is_none() && matches!(bag.value, Value::ShroudedKey(_)) {
                let own = entry.chain.first().copied();
                let id = own.map_or_else(|| undated_key_id(contents), |own| self.identifier(own));
                for place in own.into_iter().chain([entry.place]) {
                    changes.entry(place).or_default().local_key_id = Some(id.clone());
                }
            }
        }
        changes
    }

    /// The identifier that links a key to its certificate `own`, whose SHA-1 is the default.
    fn identifier(&self, own: Place) -> Vec<u8> {
        let given = own.bag(&self.safes).0.attributes.local_key_id.clone();
        given.unwrap_or_else(|| undated_key_id(certificate(&self.safes, own)))
    }

    fn new_names(&self, entry: &IndexedEntry, alias: &str) -> Vec<(Place, String)> {
        let named_alike = |place: &&Place| {
            let (bag, _) = place.bag(&self.safes);
            bag.attributes.friendly_name.as_deref().is_some_and(|name| same(name, &entry.alias))
        };
        let name = if self.is_certificate(entry.place) { alias.to_owned() } else { fold(alias).into_owned() };
        let own = entry.chain.first().filter(named_alike);
        std::iter::once(entry.place).chain(own.copied()).map(|place| (place, name.clone())).collect()
    }

    fn change(&mut self, changes: impl IntoIterator<Item = (Place, Change)>) -> Result<(), Error> {
        let mut parts: HashMap<usize, Changes> = HashMap::new();
        for (place, change) in changes {
            parts.entry(place.safe).or_default().insert(place.start, change);
        }
        for (index, safe) in self.safes.iter_mut().enumerate() {
            if let Some(changes) = parts.get(&index) {
                safe.change(changes)?;
            }
        }
        self.reindex()
    }
}

/// Entries with the same alias, by their positions in the index.
struct Found {
    all: Vec<usize>,
    /// The position of the last entry, which Java finds unless it is hidden.
    last: usize,
}

impl IndexedEntry {
    fn is_hidden(&self) -> bool {
        self.visibility == Visibility::Hidden
    }
}

#[cfg(test)]
mod tests;
