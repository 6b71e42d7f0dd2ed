//! Numbers for labels, in the order in which the labels first appear.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hash, RandomState};
use std::ops::Index;

use crate::number_map::NumberMap;

#[derive(Clone)]
pub(crate) struct Numbering<T> {
    labels: Vec<T>,
    /// Each label's number, by the label's hash or, if that is taken, by the next free hash.
    numbers: NumberMap<u64, usize>,
    /// The numbers of labels that are never looked up and may equal other labels.
    unnamed: BTreeSet<usize>,
    hasher: RandomState,
    /// The number that [`find`](Self::find) or [`add`](Self::add) returned last.
    ///
    /// Labels are usually looked up in the order of their numbers. So `find` tries this number and the next two first,
    /// without hashing.
    recent: usize,
}

/// The key in `numbers` under which a new label is to be added.
pub(crate) struct Free(u64);

impl<T> Numbering<T> {
    pub(crate) fn new() -> Self {
        let (labels, numbers, unnamed) = (Vec::new(), NumberMap::default(), BTreeSet::new());
        Self { labels, numbers, unnamed, hasher: RandomState::new(), recent: 0 }
    }

    /// The number of the label that `is_it` recognises.
    ///
    /// `key` is the part of the label that is hashed.
    pub(crate) fn find(&mut self, key: &impl Hash, is_it: impl Fn(&T) -> bool) -> Result<usize, Free> {
        let near = [self.recent + 1, self.recent, self.recent + 2];
        let is_near = |number: &usize| self.labels.get(*number).is_some_and(&is_it) && !self.unnamed.contains(number);
        let near = near.into_iter().find(is_near);
        let found = near.map_or_else(|| self.search(key, is_it), Ok);
        if let Ok(number) = found {
            self.recent = number;
        }
        found
    }

    /// Like [`find`](Self::find), but always by the hash.
    pub(crate) fn search(&self, key: &impl Hash, is_it: impl Fn(&T) -> bool) -> Result<usize, Free> {
        let mut hash = self.hasher.hash_one(key);
        while let Some(number) = self.numbers.get(&hash) {
            if self.labels.get(*number).is_some_and(&is_it) {
                return Ok(*number);
            }
            hash = hash.wrapping_add(1);
        }
        Err(Free(hash))
    }

    pub(crate) fn add(&mut self, Free(hash): Free, label: T) -> usize {
        self.recent = self.labels.len();
        self.numbers.insert(hash, self.recent);
        self.labels.push(label);
        self.recent
    }

    pub(crate) fn add_unnamed(&mut self, label: T) -> usize {
        let number = self.labels.len();
        self.unnamed.insert(number);
        self.labels.push(label);
        number
    }

    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }
}

#[expect(clippy::indexing_slicing, reason = "each number is made together with its label")]
impl<T> Index<usize> for Numbering<T> {
    type Output = T;

    fn index(&self, number: usize) -> &T {
        &self.labels[number]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_found_in_any_order_and_another_with_its_hash_is_not_taken_for_it() {
        let mut numbering = Numbering::new();
        for label in 0..100_u32 {
            let Err(free) = numbering.find(&label, |other| *other == label) else { panic!("{label} is new") };
            assert_eq!(numbering.add(free, label), usize::try_from(label).unwrap());
        }
        for label in (0..100_u32).rev().chain([50, 51, 53, 52, 7]) {
            assert_eq!(numbering.find(&label, |other| *other == label).ok(), usize::try_from(label).ok());
        }
        let unnamed = numbering.add_unnamed(7);
        assert_eq!(numbering.find(&6, |other| *other == 6).ok(), Some(6));
        assert_eq!(numbering.find(&99, |other| *other == 99).ok(), Some(99));
        assert_eq!((unnamed, numbering.find(&7, |other| *other == 7).ok()), (100, Some(7)));
        // Labels with the same key have the same hash.
        let mut numbering = Numbering::new();
        for label in ["a", "b", "c"] {
            let Err(free) = numbering.search(&0, |other| *other == label) else { panic!("{label} is new") };
            numbering.add(free, label);
        }
        let found = ["a", "b", "c", "d"].map(|label| numbering.search(&0, |other| *other == label).ok());
        assert_eq!(found, [Some(0), Some(1), Some(2), None]);
    }
}
