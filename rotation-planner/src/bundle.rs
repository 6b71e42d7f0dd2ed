//! Interned sets of anchors or transports: equal sets are stored once.

use std::ops::Range;

use crate::anchor_set::{AnchorSet, Chunks};
use crate::number_map::NumberMap;
use crate::numbering::Numbering;

/// The number of an interned set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Bundle(usize);

impl Bundle {
    /// Contains every anchor: the bundle of a node that verifies no peer.
    pub(crate) const EVERYTHING: Self = Self(0);
    pub(crate) const NOTHING: Self = Self(1);

    pub(crate) fn number(self) -> usize {
        self.0
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Operation {
    Intersect,
    Unite,
    Subtract,
}

#[derive(Clone)]
pub(crate) struct Bundles {
    sets: Numbering<AnchorSet>,
    chunks: Chunks,
    computed: NumberMap<(Operation, Bundle, Bundle), Bundle>,
    /// All numbers in sets are less than this one.
    end: usize,
    /// The last result of [`range`](Self::range), and its argument.
    ///
    /// A plan combines many truststores with the bundle of all anchors, because it usually adds all new anchors first.
    all: Option<(Bundle, Range<usize>)>,
}

impl Bundles {
    pub(crate) fn new() -> Self {
        let mut bundles =
            Self { sets: no_sets(), chunks: Chunks::default(), computed: NumberMap::default(), end: 0, all: None };
        // The empty set gets the number of `NOTHING`.
        bundles.intern(AnchorSet::default());
        bundles
    }

    pub(crate) fn intern(&mut self, set: AnchorSet) -> Bundle {
        let found = self.sets.search(&set, |other| *other == set);
        Bundle(found.unwrap_or_else(|free| {
            self.end = self.end.max(set.end());
            self.sets.add(free, self.chunks.share(set))
        }))
    }

    /// The bundle of a range of numbers.
    ///
    /// Until a set with a larger number is interned, this bundle counts as a superset of each bundle with which it is combined.
    pub(crate) fn range(&mut self, range: Range<usize>) -> Bundle {
        if let Some((bundle, known)) = &self.all
            && *known == range
        {
            return *bundle;
        }
        let bundle = self.intern(range.clone().collect());
        self.all = Some((bundle, range));
        bundle
    }

    fn is_all(&self, bundle: Bundle) -> bool {
        self.all.as_ref().is_some_and(|(all, range)| *all == bundle && self.end <= range.end)
    }

    pub(crate) fn contains(&self, bundle: Bundle, anchor: usize) -> bool {
        bundle == Bundle::EVERYTHING || self.set(bundle).contains(anchor)
    }

    pub(crate) fn intersect(&mut self, a: Bundle, b: Bundle) -> Bundle {
        match (a, b) {
            (Bundle::EVERYTHING, other) | (other, Bundle::EVERYTHING) => other,
            _ if a == b || self.is_all(b) => a,
            _ if self.is_all(a) => b,
            _ => self.compute(Operation::Intersect, a, b),
        }
    }

    pub(crate) fn unite(&mut self, a: Bundle, b: Bundle) -> Bundle {
        if a == b || self.is_all(a) {
            a
        } else if self.is_all(b) {
            b
        } else {
            self.compute(Operation::Unite, a, b)
        }
    }

    pub(crate) fn subtract(&mut self, a: Bundle, b: Bundle) -> Bundle {
        if b == Bundle::NOTHING { a } else { self.compute(Operation::Subtract, a, b) }
    }

    pub(crate) fn meets(&self, a: Bundle, b: Bundle) -> bool {
        self.set(a).meets(self.set(b))
    }

    /// Adds `number` to each set that contains one of `members`.
    ///
    /// No set may contain `number` yet. Different sets then stay different, and bundles keep their numbers.
    pub(crate) fn add_where_met(&mut self, number: usize, members: &AnchorSet) {
        let before = std::mem::replace(&mut self.sets, no_sets());
        for row in 1..before.len() {
            let mut set = before[row].clone();
            if set.meets(members) {
                set.insert(number);
            }
            self.intern(set);
        }
        self.computed.clear();
    }

    /// The anchors of a bundle; the empty set for [`Bundle::EVERYTHING`].
    pub(crate) fn set(&self, bundle: Bundle) -> &AnchorSet {
        &self.sets[bundle.0]
    }

    fn compute(&mut self, operation: Operation, a: Bundle, b: Bundle) -> Bundle {
        if let Some(known) = self.computed.get(&(operation, a, b)) {
            return *known;
        }
        let (left, right) = (self.set(a), self.set(b));
        let set = match operation {
            Operation::Intersect => left.and(right),
            Operation::Unite => left.or(right),
            Operation::Subtract => left.without(right),
        };
        // Most results equal one of the two sets and are then found without a hash.
        let same = [a, b].into_iter().find(|bundle| self.set(*bundle).is_shared(&set));
        let result = same.unwrap_or_else(|| self.intern(set));
        self.computed.insert((operation, a, b), result);
        result
    }
}

/// Sets with only row 0, a placeholder for [`Bundle::EVERYTHING`].
fn no_sets() -> Numbering<AnchorSet> {
    let mut sets = Numbering::new();
    sets.add_unnamed(AnchorSet::default());
    sets
}

/// Groups nodes by the bundle with which they accept.
///
/// The groups are in the order in which the bundles first appear.
pub(crate) fn by_bundle(nodes: impl IntoIterator<Item = (usize, Bundle)>) -> Vec<(Bundle, Vec<usize>)> {
    let mut groups: Vec<(Bundle, Vec<usize>)> = Vec::new();
    let mut places: NumberMap<Bundle, usize> = NumberMap::default();
    for (node, bundle) in nodes {
        let place = *places.entry(bundle).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, members)) => members.push(node),
            None => groups.push((bundle, vec![node])),
        }
    }
    groups
}

/// Maps an anchor or transport to the bundles that lack it, as positions in a list.
pub(crate) struct Lacking(NumberMap<usize, AnchorSet>);

impl Lacking {
    pub(crate) fn of(bundles: &Bundles, listed: impl IntoIterator<Item = Bundle>, anchors: &AnchorSet) -> Self {
        let mut rows: NumberMap<usize, AnchorSet> = NumberMap::default();
        let listed = listed.into_iter().enumerate().filter(|(_, bundle)| *bundle != Bundle::EVERYTHING);
        for (position, bundle) in listed {
            for anchor in anchors.beyond(bundles.set(bundle)) {
                rows.entry(anchor).or_default().insert(position);
            }
        }
        Self(rows)
    }

    pub(crate) fn at(&self, anchor: usize) -> impl Iterator<Item = usize> {
        self.0.get(&anchor).into_iter().flat_map(AnchorSet::iter)
    }

    pub(crate) fn row(&self, anchor: usize) -> AnchorSet {
        self.0.get(&anchor).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_combined_as_any_other_set() {
        let mut bundles = Bundles::new();
        let mut of = |numbers: &[usize]| bundles.intern(numbers.iter().copied().collect());
        let (some, none) = (of(&[3, 5]), of(&[]));
        for end in [4, 6, 10] {
            let range = bundles.range(2..end);
            assert_eq!(bundles.range(2..end), range);
            for other in [some, none] {
                let (set, all) = (bundles.set(other).clone(), bundles.set(range).clone());
                let both = bundles.intern(set.and(&all));
                let either = bundles.intern(set.or(&all));
                assert_eq!([bundles.intersect(other, range), bundles.intersect(range, other)], [both; 2], "{end}");
                assert_eq!([bundles.unite(other, range), bundles.unite(range, other)], [either; 2], "{end}");
            }
        }
        // A set that is interned later may exceed the range.
        let range = bundles.range(0..10);
        let more = bundles.intern([9, 10].into_iter().collect());
        let common = bundles.intern([9].into_iter().collect());
        assert_eq!(bundles.intersect(range, more), common);
        assert_eq!(bundles.set(range).len(), 10);
    }
}
