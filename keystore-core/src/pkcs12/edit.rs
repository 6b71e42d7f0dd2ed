//! Insert, replace, remove, rename.

use super::attributes::NewAttributes;
use super::bag::{Bag, Value};
use super::change::{Change, Changes};
use super::new_bags::NewBags;
use super::outline::{Outlined, Place, certificate, undated_key_id};
use super::pfx::Pfx;
use crate::alias::{fold, same};
use crate::error::{Error, ErrorKind};
use crate::keystore::no_such_entry;
use crate::{Entry, Visibility};
use std::collections::{HashMap, HashSet};

impl Pfx<'_> {
    /// Adds an entry, in parts of their own behind those of the file. The alias of a key is written in lower case, that of
    /// a trusted certificate as it is.
    ///
    /// # Errors
    /// [`ErrorKind::AliasClash`], or [`ErrorKind::NotRepresentable`] with the reason.
    #[expect(clippy::needless_pass_by_value, reason = "as every document takes it")]
    pub fn insert(&mut self, entry: Entry<'_>) -> Result<(), Error> {
        self.refuse_clash(entry.alias(), &[])?;
        let mut bags = NewBags::default();
        bags.add(&entry)?;
        self.append(&bags)?;
        self.survey()
    }

    /// Takes out the entry under this alias and adds another one under it, as [`insert`](Self::insert) does.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`], or [`ErrorKind::NotRepresentable`] with the reason.
    #[expect(clippy::needless_pass_by_value, reason = "as every document takes it")]
    pub fn replace(&mut self, entry: Entry<'_>) -> Result<(), Error> {
        let mut bags = NewBags::default();
        bags.add(&entry)?;
        self.remove(entry.alias())?;
        self.append(&bags)?;
        self.survey()
    }

    /// Takes out the entry under this alias, and those of the same alias that it hides from Java. With a key go the
    /// certificates of its chain that are in no other chain and not trusted for themselves.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`].
    pub fn remove(&mut self, alias: &str) -> Result<(), Error> {
        let removed = self.under(alias)?;
        let (gone, staying) = self.part(&removed);
        let needed: HashSet<Place> = staying.iter().flat_map(|entry| entry.places()).collect();
        let places = gone.iter().flat_map(|entry| entry.places()).filter(|place| !needed.contains(place));
        let removed = places.map(|place| (place, Change::Remove)).collect::<Vec<_>>();
        let explicit = self.made_explicit(&staying);
        self.change(
            explicit.into_iter().map(|(place, attributes)| (place, Change::Attributes(attributes))).chain(removed),
        )
    }

    /// Gives the entry under this alias another one. The name of a key's own certificate goes along if it was the same.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`] or [`ErrorKind::AliasClash`].
    pub fn rename(&mut self, alias: &str, new_alias: &str) -> Result<(), Error> {
        let under = self.under(alias)?;
        self.refuse_clash(new_alias, &under)?;
        let renamed = under.last().copied().unwrap_or_default();
        let (entry, staying) = self.part(&[renamed]);
        let mut changes = self.made_explicit(&staying);
        for (place, name) in entry.iter().flat_map(|entry| self.new_names(entry, new_alias)) {
            changes.entry(place).or_default().friendly_name = Some(name);
        }
        self.change(changes.into_iter().map(|(place, attributes)| (place, Change::Attributes(attributes))))
    }

    /// The entries that Java takes for one under this alias; a hidden one if nothing else has it.
    fn under(&self, alias: &str) -> Result<Vec<usize>, Error> {
        let find = |hidden: bool| -> Vec<usize> {
            let entries = self.outline.entries.iter().enumerate();
            let alike = entries.filter(|(_, entry)| entry.is_hidden() == hidden && same(&entry.alias, alias));
            alike.map(|(index, _)| index).collect()
        };
        let mut found = find(false);
        if found.is_empty() {
            found = find(true);
            found.truncate(1);
        }
        if found.is_empty() { Err(no_such_entry(alias)) } else { Ok(found) }
    }

    fn refuse_clash(&self, alias: &str, but: &[usize]) -> Result<(), Error> {
        let mut entries = self.outline.entries.iter().enumerate();
        let clash =
            entries.find(|(index, entry)| !but.contains(index) && !entry.is_hidden() && same(&entry.alias, alias));
        match clash {
            None => Ok(()),
            Some((_, entry)) => {
                Err(Error::from(ErrorKind::AliasClash { existing: entry.alias.clone() }).in_entry(alias))
            }
        }
    }

    /// The chosen entries, and the others.
    fn part(&self, chosen: &[usize]) -> (Vec<&Outlined>, Vec<&Outlined>) {
        let entries = self.outline.entries.iter().enumerate();
        let (chosen, others): (Vec<_>, Vec<_>) = entries.partition(|(index, _)| chosen.contains(index));
        let entries = |part: Vec<(usize, _)>| part.into_iter().map(|(_, entry)| entry).collect();
        (entries(chosen), entries(others))
    }

    /// Names and identifiers that Java takes from the order of the bags would change with it: they are written out.
    fn made_explicit(&self, entries: &[&Outlined]) -> HashMap<Place, NewAttributes> {
        let mut changes: HashMap<_, NewAttributes> = HashMap::new();
        for entry in entries.iter().filter(|entry| !entry.is_hidden()) {
            let Some((bag, contents)) = entry.place.bag(&self.safes) else { continue };
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

    /// What a key finds this certificate by: what it has, or what a new one would get.
    fn identifier(&self, own: Place) -> Vec<u8> {
        let bag = own.bag(&self.safes).map(|(bag, _)| bag);
        let given = bag.and_then(|bag| bag.attributes.local_key_id.clone());
        given.unwrap_or_else(|| undated_key_id(certificate(&self.safes, own).unwrap_or_default()))
    }

    fn new_names(&self, entry: &Outlined, alias: &str) -> Vec<(Place, String)> {
        let named_alike = |place: &&Place| {
            let bag = place.bag(&self.safes).map(|(bag, _)| bag);
            bag.and_then(|bag| bag.attributes.friendly_name.as_deref()).is_some_and(|name| same(name, &entry.alias))
        };
        let is_trusted = matches!(entry.place.bag(&self.safes), Some((Bag { value: Value::Certificate(_), .. }, _)));
        let name = if is_trusted { alias.to_owned() } else { fold(alias).into_owned() };
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
        self.survey()
    }
}

impl Outlined {
    fn is_hidden(&self) -> bool {
        self.visibility == Visibility::Hidden
    }
}

#[cfg(test)]
mod tests;
