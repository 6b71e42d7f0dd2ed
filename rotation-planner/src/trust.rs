//! Sets of anchors that share their common parts: the truststores of a large cluster differ little.

use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::label::AnchorId;

/// The largest number of anchors in one part of a truststore.
const PART: usize = 64;

/// Truststores that share none of this many first parts are not compared further.
const COMPARED: usize = 16;

/// The anchors in one truststore: a sorted set that is cheap to clone and shared by the nodes with the same truststore.
#[derive(Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Trust(#[cfg_attr(feature = "serde", serde(with = "written"))] Arc<Parts>);

#[derive(Default)]
struct Parts {
    /// Sorted parts, none of them empty. Other truststores may hold the same ones.
    parts: Vec<Arc<[AnchorId]>>,
    len: usize,
}

impl Parts {
    fn anchors(&self) -> impl ExactSizeIterator<Item = &AnchorId> {
        Anchors { anchors: self.parts.iter().flat_map(|part| part.iter()), left: self.len }
    }
}

impl Trust {
    /// A truststore without anchors, or no truststore.
    pub fn none() -> Self {
        Self(Arc::default())
    }

    /// Whether `anchor` is in the truststore.
    pub fn contains(&self, anchor: &AnchorId) -> bool {
        let place = self.0.parts.partition_point(|part| part.last().is_some_and(|last| last < anchor));
        self.0.parts.get(place).is_some_and(|part| part.binary_search(anchor).is_ok())
    }

    /// The anchors, ordered by label.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &AnchorId> {
        self.0.anchors()
    }

    /// The number of anchors.
    pub fn len(&self) -> usize {
        self.0.len
    }

    /// Whether there are no anchors.
    pub fn is_empty(&self) -> bool {
        self.0.len == 0
    }

    /// The address of the shared set. Truststores with the same address hold the same set while both exist: a cache by
    /// address must keep a clone of each truststore in it.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// The parts. Parts with the same address hold the same anchors while both exist.
    pub(crate) fn parts(&self) -> &[Arc<[AnchorId]>] {
        &self.0.parts
    }

    /// The parts that are not at the same positions in `others`.
    pub(crate) fn parts_beside<'a>(
        &'a self,
        others: &'a [Arc<[AnchorId]>],
    ) -> impl Iterator<Item = &'a Arc<[AnchorId]>> {
        let is_other = |(place, part): &(usize, &Arc<[AnchorId]>)| {
            !others.get(*place).is_some_and(|other| Arc::ptr_eq(other, part))
        };
        self.parts().iter().enumerate().filter(is_other).map(|(_, part)| part)
    }

    fn of_parts(parts: Vec<Arc<[AnchorId]>>) -> Self {
        let len = parts.iter().map(|part| part.len()).sum();
        Self(Arc::new(Parts { parts, len }))
    }

    /// All anchors of these truststores. A part that they share is visited once.
    pub(crate) fn all_of<'a, I: IntoIterator<Item = &'a Self>>(truststores: I) -> Self {
        let mut met = HashSet::new();
        let parts = truststores.into_iter().flat_map(Self::parts);
        parts.filter(|part| met.insert(part.as_ptr().addr())).flat_map(|part| part.iter()).collect()
    }

    /// The anchors of `other` that are not here, and the anchors here that are not in `other`. Fast if the two share
    /// parts.
    #[cfg(feature = "serde")]
    pub(crate) fn difference(&self, other: &Self) -> (Self, Self) {
        let addresses = |trust: &Self| trust.parts().iter().map(|part| part.as_ptr().addr()).collect::<HashSet<_>>();
        let (own, others) = (addresses(self), addresses(other));
        let left = |trust: &Self, shared: &HashSet<usize>| -> Vec<AnchorId> {
            let parts = trust.parts().iter().filter(|part| !shared.contains(&part.as_ptr().addr()));
            parts.flat_map(|part| part.iter()).cloned().collect()
        };
        let (here, there) = (left(self, &others), left(other, &own));
        let beside = |anchors: &[AnchorId], others: &[AnchorId]| {
            anchors.iter().filter(|anchor| others.binary_search(anchor).is_err()).collect()
        };
        (beside(&there, &here), beside(&here, &there))
    }

    /// These anchors without those of `without` and with those of `with`. Shares all parts that do not change.
    #[cfg(feature = "serde")]
    pub(crate) fn changed(&self, without: &Self, with: &Self) -> Self {
        let [without, with]: [Vec<&AnchorId>; 2] = [without, with].map(|trust| trust.iter().collect());
        let (mut removed, mut added) = (without.as_slice(), with.as_slice());
        let mut parts = Vec::new();
        for part in self.parts() {
            let last = part.last();
            let (removed, added) = (take_until(&mut removed, last), take_until(&mut added, last));
            if removed.is_empty() && added.is_empty() {
                parts.push(part.clone());
                continue;
            }
            let left = part.iter().filter(|anchor| removed.binary_search(anchor).is_err());
            parts.extend(left.chain(added.iter().copied()).collect::<Self>().0.parts.iter().cloned());
        }
        parts.extend(cut(added));
        Self::of_parts(parts)
    }

    /// The same anchors, in the parts of `other` where these are equal. Unchanged if the two have little in common.
    pub(crate) fn sharing(&self, other: &Self) -> Self {
        if self.len() <= PART || Arc::ptr_eq(&self.0, &other.0) {
            return self.clone();
        }
        let anchors: Vec<&AnchorId> = self.iter().collect();
        let mut rest = anchors.as_slice();
        let (mut parts, mut shared) = (Vec::new(), 0);
        for (compared, part) in other.0.parts.iter().enumerate() {
            if compared == COMPARED && shared == 0 {
                return self.clone();
            }
            match rest.split_at_checked(part.len()) {
                Some((own, later)) if own.iter().copied().eq(part.iter()) => {
                    parts.push(part.clone());
                    shared += 1;
                    rest = later;
                }
                _ => parts.extend(cut(take_until(&mut rest, part.last()))),
            }
        }
        if rest.is_empty() && shared == parts.len() && shared == other.0.parts.len() {
            return other.clone();
        }
        parts.extend(cut(rest));
        Self::of_parts(parts)
    }
}

/// Cuts anchors into new parts.
fn cut<'a>(anchors: &'a [&AnchorId]) -> impl Iterator<Item = Arc<[AnchorId]>> + 'a {
    anchors.chunks(PART).map(|part| part.iter().copied().cloned().collect())
}

/// Takes from the sorted anchors those up to `last`, or all if `last` is `None`.
fn take_until<'a, 'b>(anchors: &mut &'b [&'a AnchorId], last: Option<&AnchorId>) -> &'b [&'a AnchorId] {
    let end = anchors.partition_point(|anchor| last.is_some_and(|last| *anchor <= last));
    let (now, later) = anchors.split_at(end);
    *anchors = later;
    now
}

struct Anchors<I> {
    anchors: I,
    left: usize,
}

impl<'a, I: Iterator<Item = &'a AnchorId>> Iterator for Anchors<I> {
    type Item = &'a AnchorId;

    fn next(&mut self) -> Option<&'a AnchorId> {
        let next = self.anchors.next()?;
        self.left -= 1;
        Some(next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<'a, I: Iterator<Item = &'a AnchorId>> ExactSizeIterator for Anchors<I> {}

impl PartialEq for Trust {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.len() == other.len() && self.iter().eq(other.iter())
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
        Self::of_parts(anchors.chunks(PART).map(Arc::from).collect())
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

/// Serializes a set of anchors as a list.
#[cfg(feature = "serde")]
mod written {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::{Parts, Trust};
    use crate::label::AnchorId;

    pub(super) fn serialize<S: Serializer>(parts: &Parts, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(parts.anchors())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Parts>, D::Error> {
        let anchors = Vec::<AnchorId>::deserialize(deserializer)?;
        Ok(anchors.into_iter().collect::<Trust>().0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(numbers: std::ops::Range<usize>) -> Vec<AnchorId> {
        numbers.map(|number| AnchorId::from(format!("anchor{number:04}"))).collect()
    }

    fn without(anchors: &[AnchorId], dropped: &[usize]) -> Trust {
        let label = |number: &usize| format!("anchor{number:04}");
        let dropped: Vec<String> = dropped.iter().map(label).collect();
        anchors.iter().filter(|anchor| !dropped.iter().any(|dropped| dropped == anchor.as_str())).collect()
    }

    fn parts_in_common(one: &Trust, other: &Trust) -> usize {
        let is_in_other = |part: &&Arc<[AnchorId]>| other.parts().iter().any(|own| Arc::ptr_eq(own, part));
        one.parts().iter().filter(is_in_other).count()
    }

    #[test]
    fn truststores_that_differ_in_one_anchor_share_all_parts_but_one() {
        let anchors = labels(0..1000);
        let all: Trust = anchors.iter().collect();
        for dropped in [&[0][..], &[63], &[64], &[500], &[999], &[1, 998]] {
            let less = without(&anchors, dropped);
            let shared = less.sharing(&all);
            assert_eq!((&shared, shared.len()), (&less, less.len()));
            assert_eq!(parts_in_common(&shared, &all), all.parts().len() - dropped.len(), "{dropped:?}");
            let more = all.sharing(&less);
            assert_eq!(more, all);
            assert!(parts_in_common(&more, &less) + dropped.len() >= less.parts().len().min(all.parts().len()) - 1);
        }
    }

    #[test]
    fn the_same_truststore_becomes_the_same_set() {
        let anchors = labels(0..200);
        let (one, other): (Trust, Trust) = (anchors.iter().collect(), anchors.iter().collect());
        assert_ne!(one.address(), other.address());
        assert_eq!(one.sharing(&other).address(), other.address());
    }

    #[test]
    fn different_truststores_are_left_as_they_are() {
        let [one, other]: [Trust; 2] = [labels(0..2000), labels(5000..7000)].map(|anchors| anchors.iter().collect());
        assert_eq!(one.sharing(&other).address(), one.address());
        assert_eq!(other.sharing(&one), other);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_difference_makes_one_of_the_other() {
        let anchors = labels(0..500);
        let all: Trust = anchors.iter().collect();
        let others = [&[3, 64, 499][..], &[], &[0, 1, 2, 3]].map(|dropped| without(&anchors[..400], dropped));
        for other in others.iter().chain([&Trust::none(), &all]) {
            for (one, other) in [(&all, other), (other, &all)] {
                for one in [one.clone(), one.sharing(other)] {
                    let (without, with) = one.difference(other);
                    assert_eq!(one.changed(&with, &without), *other);
                    assert_eq!(other.changed(&without, &with), one);
                }
            }
        }
    }

    #[test]
    fn all_that_several_hold_is_what_any_holds() {
        let anchors = labels(0..300);
        let all: Trust = anchors.iter().collect();
        let (one, other) = (without(&anchors, &[3]).sharing(&all), without(&anchors, &[250]).sharing(&all));
        assert_eq!(Trust::all_of(&[one.clone(), other]), all);
        assert_eq!(Trust::all_of(&[]), Trust::none());
        assert!(all.iter().all(|anchor| all.contains(anchor)));
        assert!(!one.contains(&AnchorId::from("anchor0003")) && !one.contains(&AnchorId::from("zzz")));
    }
}
