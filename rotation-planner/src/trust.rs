//! Sets of anchors, stored as differences from shared lists.
//!
//! The truststores of a large cluster usually differ little.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::label::AnchorId;

/// The size up to which [`Trust::beside`] leaves a truststore unchanged.
const SMALL: usize = 64;

/// The anchors in one truststore: a sorted set that is cheap to clone.
#[derive(Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Trust(#[cfg_attr(feature = "serde", serde(with = "written"))] Arc<Content>);

/// A sorted list that truststores may share, and this truststore's difference from it.
#[derive(Default)]
struct Content {
    base: Arc<[AnchorId]>,
    /// The anchors of the list that the truststore lacks, sorted.
    without: Vec<AnchorId>,
    /// The anchors of the truststore that the list lacks, sorted.
    with: Vec<AnchorId>,
}

impl Content {
    fn anchors(&self) -> Anchors<'_> {
        Anchors { base: &self.base, without: &self.without, with: &self.with, left: self.len() }
    }

    fn len(&self) -> usize {
        self.base.len() - self.without.len() + self.with.len()
    }
}

impl Trust {
    /// A truststore without anchors, or no truststore.
    pub fn none() -> Self {
        Self(Arc::default())
    }

    /// Whether `anchor` is in the truststore.
    pub fn contains(&self, anchor: &AnchorId) -> bool {
        let holds = |anchors: &[AnchorId]| anchors.binary_search(anchor).is_ok();
        holds(&self.0.with) || holds(&self.0.base) && !holds(&self.0.without)
    }

    /// The anchors, ordered by label.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &AnchorId> {
        self.0.anchors()
    }

    /// The number of anchors.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no anchors.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn is_large(&self) -> bool {
        self.len() > SMALL
    }

    /// The address of the shared set.
    ///
    /// Two truststores with the same address are equal while both exist, so a cache keyed by addresses must keep a clone of each
    /// truststore.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// The list from which the truststore is stored as a difference.
    ///
    /// The address of a list identifies the list only while the list exists.
    pub(crate) fn base(&self) -> &Arc<[AnchorId]> {
        &self.0.base
    }

    /// The anchors of the shared list that are missing, and those that are added.
    pub(crate) fn changes(&self) -> [&[AnchorId]; 2] {
        [&self.0.without, &self.0.with]
    }

    fn has_base_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(self.base(), other.base())
    }

    /// All anchors of these truststores; each shared list is visited once.
    pub(crate) fn all_of<'a, I: IntoIterator<Item = &'a Self>>(truststores: I) -> Self {
        let mut all: Vec<&AnchorId> = Vec::new();
        // For each list, the anchors that every truststore with this list lacks.
        let mut bases: HashMap<usize, (&[AnchorId], Vec<&AnchorId>)> = HashMap::new();
        for trust in truststores {
            let [without, with] = trust.changes();
            all.extend(with);
            let lacked = bases.entry(trust.base().as_ptr().addr());
            let lacked = lacked.and_modify(|(_, lacked)| lacked.retain(|anchor| without.binary_search(anchor).is_ok()));
            lacked.or_insert_with(|| (trust.base(), without.iter().collect()));
        }
        for (base, lacked) in bases.values() {
            all.extend(base.iter().filter(|anchor| lacked.binary_search(anchor).is_err()));
        }
        all.into_iter().collect()
    }

    /// The anchors that only `other` has, and the anchors that only `self` has.
    ///
    /// If both truststores are stored as differences from one list, only these differences are compared.
    #[cfg(feature = "serde")]
    pub(crate) fn difference(&self, other: &Self) -> (Self, Self) {
        let mut differing: BTreeSet<&AnchorId> = self.changes().into_iter().chain(other.changes()).flatten().collect();
        if !self.has_base_of(other) {
            differing.extend(self.base().iter().chain(&**other.base()));
        }
        let only = |trust: &Self, beside: &Self| -> Self {
            differing.iter().copied().filter(|anchor| trust.contains(anchor) && !beside.contains(anchor)).collect()
        };
        (only(other, self), only(self, other))
    }

    /// This truststore without the anchors in `without` and with those in `with`.
    ///
    /// The result is stored as a difference from the same list if that difference is small.
    pub(crate) fn changed<'a>(
        &self,
        without: impl IntoIterator<Item = &'a AnchorId>,
        with: impl IntoIterator<Item = &'a AnchorId>,
    ) -> Self {
        let (without, with): (BTreeSet<_>, BTreeSet<_>) = (without.into_iter().collect(), with.into_iter().collect());
        let changed = self.changes().into_iter().flatten().chain(without.iter().copied()).chain(with.iter().copied());
        let changed: BTreeSet<&AnchorId> = changed.collect();
        let is_left = |anchor: &AnchorId| with.contains(anchor) || self.contains(anchor) && !without.contains(anchor);
        let is_in_base = |anchor: &AnchorId| self.base().binary_search(anchor).is_ok();
        let of = |filter: &dyn Fn(&AnchorId) -> bool| {
            changed.iter().copied().filter(|anchor| filter(anchor)).cloned().collect::<Vec<_>>()
        };
        let without = of(&|anchor| is_in_base(anchor) && !is_left(anchor));
        let with = of(&|anchor| !is_in_base(anchor) && is_left(anchor));
        Self::near(self.base(), without, with)
    }

    /// The same anchors, stored as the difference from the list of `other`.
    ///
    /// If the truststore is small or the difference is large, the truststore is returned unchanged.
    pub(crate) fn beside(&self, other: &Self) -> Self {
        if !self.is_large() || self.has_base_of(other) {
            return self.clone();
        }
        let (mut base, mut own) = (other.base().iter().peekable(), self.iter().peekable());
        let (mut without, mut with) = (Vec::new(), Vec::new());
        loop {
            match (base.peek(), own.peek()) {
                (None, None) => break,
                // Equal labels usually share their text, and are then found equal without comparing letters.
                (Some(theirs), Some(ours)) if theirs == ours => _ = (base.next(), own.next()),
                (Some(theirs), ours) if ours.is_none_or(|ours| theirs < ours) => without.extend(base.next().cloned()),
                _ => with.extend(own.next().cloned()),
            }
            if !is_near(without.len() + with.len(), self.len()) {
                return self.clone();
            }
        }
        let is_other = [&without, &with].into_iter().eq(other.changes());
        if is_other { other.clone() } else { Self::near(other.base(), without, with) }
    }

    /// A truststore with this difference from `base`.
    ///
    /// If the difference is large, the truststore is stored on its own.
    fn near(base: &Arc<[AnchorId]>, without: Vec<AnchorId>, with: Vec<AnchorId>) -> Self {
        let differing = without.len() + with.len();
        let content = Content { base: base.clone(), without, with };
        if is_near(differing, content.len()) { Self(Arc::new(content)) } else { content.anchors().collect() }
    }
}

/// Whether a difference of `differing` anchors is small for a truststore with `len` anchors.
pub(crate) fn is_near(differing: usize, len: usize) -> bool {
    differing * 4 <= len
}

/// Iterates over the shared list without the anchors in `without`, merged with `with`.
struct Anchors<'a> {
    base: &'a [AnchorId],
    without: &'a [AnchorId],
    with: &'a [AnchorId],
    left: usize,
}

impl<'a> Iterator for Anchors<'a> {
    type Item = &'a AnchorId;

    fn next(&mut self) -> Option<&'a AnchorId> {
        while let (Some(next), Some(missing)) = (self.base.first(), self.without.first())
            && next == missing
        {
            self.base.split_off_first();
            self.without.split_off_first();
        }
        let from = match (self.base.first(), self.with.first()) {
            (Some(listed), Some(beside)) if beside < listed => &mut self.with,
            (None, _) => &mut self.with,
            _ => &mut self.base,
        };
        let next = from.split_off_first()?;
        self.left -= 1;
        Some(next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Anchors<'_> {}

impl PartialEq for Trust {
    fn eq(&self, other: &Self) -> bool {
        if self.has_base_of(other) {
            return self.changes() == other.changes();
        }
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for Trust {}

impl Hash for Trust {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        self.iter().for_each(|anchor| anchor.hash(state));
    }
}

impl<A: Into<AnchorId>> FromIterator<A> for Trust {
    fn from_iter<I: IntoIterator<Item = A>>(anchors: I) -> Self {
        let mut anchors: Vec<AnchorId> = anchors.into_iter().map(Into::into).collect();
        anchors.sort_unstable();
        anchors.dedup();
        Self(Arc::new(Content { base: anchors.into(), ..Content::default() }))
    }
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 8;
        f.write_str("{")?;
        for (position, anchor) in self.iter().take(SHOWN).enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            write!(f, "{comma}{anchor}")?;
        }
        if self.len() > SHOWN {
            write!(f, ", and {} more", self.len() - SHOWN)?;
        }
        f.write_str("}")
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(feature = "serde")]
mod written {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::{Content, Trust};
    use crate::label::AnchorId;

    pub(super) fn serialize<S: Serializer>(content: &Content, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(content.anchors())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Content>, D::Error> {
        let anchors = Vec::<AnchorId>::deserialize(deserializer)?;
        Ok(anchors.into_iter().collect::<Trust>().0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LABELS: usize = 300;

    fn label(number: usize) -> AnchorId {
        AnchorId::from(format!("anchor{number:04}"))
    }

    fn any_pair() -> impl Strategy<Value = [BTreeSet<AnchorId>; 2]> {
        let first = proptest::collection::btree_set(0..LABELS, 0..LABELS);
        let toggled = prop_oneof![
            proptest::collection::btree_set(0..LABELS, 0..6),
            proptest::collection::btree_set(0..LABELS, 0..LABELS)
        ];
        (first, toggled).prop_map(|(first, toggled)| {
            let second = first.symmetric_difference(&toggled).copied().map(label).collect();
            [first.into_iter().map(label).collect(), second]
        })
    }

    fn trust(labels: &BTreeSet<AnchorId>) -> Trust {
        labels.iter().collect()
    }

    fn is_of(trust: &Trust, labels: &BTreeSet<AnchorId>) -> bool {
        let hasher = std::hash::RandomState::new();
        let hash = |trust: &Trust| std::hash::BuildHasher::hash_one(&hasher, trust);
        let plain: Trust = labels.iter().collect();
        *trust == plain
            && hash(trust) == hash(&plain)
            && (trust.len(), trust.is_empty()) == (labels.len(), labels.is_empty())
            && trust.iter().len() == labels.len()
            && trust.iter().eq(labels)
            && (0..LABELS).map(label).all(|anchor| trust.contains(&anchor) == labels.contains(&anchor))
    }

    proptest! {
        #[test]
        fn a_truststore_is_what_its_anchors_are([one, other] in any_pair(), third in any_pair()) {
            let own = trust(&one);
            let others = trust(&other).beside(&own);
            prop_assert!(is_of(&own, &one) && is_of(&others, &other));
            prop_assert_eq!(own == others, one == other);
            prop_assert!(is_of(&Trust::all_of([&own, &others]), &(&one | &other)));
            let [third, fourth] = third;
            let changed = others.changed(&third, &fourth);
            let expected = &(&other - &third) | &fourth;
            prop_assert!(is_of(&changed, &expected));
            prop_assert!(is_of(&changed.beside(&own), &expected));
            prop_assert!(is_of(&own.beside(&changed), &one));
            let all = [&own, &others, &changed];
            prop_assert!(is_of(&Trust::all_of(all), &(&(&one | &other) | &expected)));
        }

        #[cfg(feature = "serde")]
        #[test]
        fn a_difference_makes_one_of_the_other([one, other] in any_pair()) {
            let own = trust(&one);
            for others in [trust(&other), trust(&other).beside(&own)] {
                let (more, less) = own.difference(&others);
                prop_assert!(is_of(&more, &(&other - &one)) && is_of(&less, &(&one - &other)));
                prop_assert!(is_of(&own.changed(less.iter(), more.iter()), &other));
                prop_assert!(is_of(&others.changed(more.iter(), less.iter()), &one));
            }
        }
    }

    #[test]
    fn truststores_that_differ_in_few_anchors_share_one_list() {
        let labels: BTreeSet<AnchorId> = (0..LABELS).map(label).collect();
        let all = trust(&labels);
        let less: Trust = labels.iter().filter(|anchor| **anchor != label(64)).collect();
        assert_eq!(less.beside(&all).changes(), [&[label(64)][..], &[]]);
        assert!(less.beside(&all).has_base_of(&all));
        assert_eq!(all.beside(&less).changes(), [&[][..], &[label(64)]]);
        // A truststore with the same anchors as the other becomes the same shared set.
        assert_eq!(trust(&labels).beside(&all).address(), all.address());
        let beside = less.beside(&all);
        assert_eq!(labels.iter().skip(1).collect::<Trust>().beside(&beside).changes(), [&[label(0)][..], &[]]);
        let again: Trust = less.iter().collect();
        assert_eq!(again.beside(&beside).address(), beside.address());
    }

    #[test]
    fn truststores_that_differ_much_and_small_ones_are_left_as_they_are() {
        let [one, other]: [Trust; 2] = [0..200, 150..350].map(|numbers| numbers.map(label).collect());
        assert_eq!(one.beside(&other).address(), one.address());
        let [one, other]: [Trust; 2] = [0..50, 0..51].map(|numbers| numbers.map(label).collect());
        assert_eq!(one.beside(&other).address(), one.address());
    }

    #[test]
    fn of_no_truststores_there_are_no_anchors() {
        assert_eq!(Trust::all_of([]), Trust::none());
    }
}
