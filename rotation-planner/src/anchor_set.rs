//! Interned sets of anchors: equal sets are stored once, however many nodes have the same truststore.

use std::collections::HashMap;
use std::sync::Arc;

/// A set of small numbers that is cheap to clone. Trailing zero words are removed, so that equal sets have equal bytes.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
#[expect(clippy::rc_buffer, reason = "a set that is not shared grows in place")]
pub(crate) struct AnchorSet(Arc<Vec<u64>>);

impl AnchorSet {
    pub(crate) fn contains(&self, anchor: usize) -> bool {
        self.0.get(anchor / 64).is_some_and(|word| word >> (anchor % 64) & 1 == 1)
    }

    pub(crate) fn insert(&mut self, anchor: usize) {
        insert(Arc::make_mut(&mut self.0), anchor);
    }

    pub(crate) fn remove(&mut self, anchor: usize) {
        let words = Arc::make_mut(&mut self.0);
        if let Some(bits) = words.get_mut(anchor / 64) {
            *bits &= !(1 << (anchor % 64));
        }
        words.truncate(used(words));
    }

    /// The nonzero words, with their positions.
    pub(crate) fn words_in_use(&self) -> Arc<[(usize, u64)]> {
        self.0.iter().copied().enumerate().filter(|(_, bits)| *bits != 0).collect()
    }

    pub(crate) fn remove_words(&mut self, words: &[(usize, u64)]) {
        let own = Arc::make_mut(&mut self.0);
        for (place, bits) in words {
            own.get_mut(*place).into_iter().for_each(|word| *word &= !bits);
        }
        own.truncate(used(own));
    }

    pub(crate) fn insert_words(&mut self, words: &[(usize, u64)]) {
        let own = Arc::make_mut(&mut self.0);
        let length = words.last().map_or(0, |(place, _)| place + 1);
        own.resize(own.len().max(length), 0);
        for (place, bits) in words {
            own.get_mut(*place).into_iter().for_each(|word| *word |= bits);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|bits| usize::try_from(bits.count_ones()).unwrap_or_default()).sum()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        numbers(self.0.iter().copied())
    }

    /// The numbers that are not in `other`.
    pub(crate) fn beyond<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = usize> + 'a {
        let others = other.0.iter().copied().chain(std::iter::repeat(0));
        numbers(self.0.iter().zip(others).map(|(bits, other)| bits & !other))
    }

    /// The numbers that are also in `other`.
    pub(crate) fn common<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = usize> + 'a {
        numbers(self.0.iter().zip(other.0.iter()).map(|(bits, other)| bits & other))
    }

    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.common(other).next().is_some()
    }

    pub(crate) fn and(&self, other: &Self) -> Self {
        self.combined(other, |a, b| a & b)
    }

    pub(crate) fn or(&self, other: &Self) -> Self {
        self.combined(other, |a, b| a | b)
    }

    pub(crate) fn without(&self, other: &Self) -> Self {
        self.combined(other, |a, b| a & !b)
    }

    fn combined(&self, other: &Self, word: impl Fn(u64, u64) -> u64) -> Self {
        let mut words: Vec<u64> = self.words(other).map(|(a, b)| word(a, b)).collect();
        words.truncate(used(&words));
        Self(Arc::new(words))
    }

    fn words<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (u64, u64)> + 'a {
        let length = self.0.len().max(other.0.len());
        let word = |set: &Self, index: usize| set.0.get(index).copied().unwrap_or(0);
        (0..length).map(move |index| (word(self, index), word(other, index)))
    }
}

/// The number of words before the trailing zeros.
fn used(words: &[u64]) -> usize {
    words.iter().rposition(|bits| *bits != 0).map_or(0, |last| last + 1)
}

fn numbers(words: impl Iterator<Item = u64>) -> impl Iterator<Item = usize> {
    words.enumerate().filter(|(_, bits)| *bits != 0).flat_map(|(word, bits)| {
        let mut rest = bits;
        std::iter::from_fn(move || {
            let bit = usize::try_from(rest.trailing_zeros()).ok().filter(|_| rest != 0)?;
            rest &= rest - 1;
            Some(word * 64 + bit)
        })
    })
}

impl FromIterator<usize> for AnchorSet {
    fn from_iter<I: IntoIterator<Item = usize>>(anchors: I) -> Self {
        let mut words = Vec::new();
        anchors.into_iter().for_each(|anchor| insert(&mut words, anchor));
        Self(Arc::new(words))
    }
}

fn insert(words: &mut Vec<u64>, anchor: usize) {
    let word = anchor / 64;
    if words.len() <= word {
        words.resize(word + 1, 0);
    }
    if let Some(bits) = words.get_mut(word) {
        *bits |= 1 << (anchor % 64);
    }
}

/// The number of an interned set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Bundle(usize);

impl Bundle {
    /// The set of a node that verifies no peer: it accepts everything.
    pub(crate) const EVERYTHING: Self = Self(0);
    /// No anchor.
    pub(crate) const NOTHING: Self = Self(1);
    /// The set {0}: plaintext among transports.
    pub(crate) const PLAINTEXT: Self = Self(2);
    /// The set {1}: TLS among transports.
    pub(crate) const TLS: Self = Self(3);
    /// The set {0, 1}: both transports.
    pub(crate) const BOTH_TRANSPORTS: Self = Self(4);

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

/// The sets in use, each held once, and what was computed from them.
#[derive(Clone)]
pub(crate) struct Bundles {
    sets: Vec<AnchorSet>,
    numbers: HashMap<AnchorSet, Bundle>,
    computed: HashMap<(Operation, Bundle, Bundle), Bundle>,
}

impl Bundles {
    pub(crate) fn new() -> Self {
        // Row 0 stands for EVERYTHING and is never read as a set. The other rows are those of the constants of Bundle.
        let sets = vec![AnchorSet::default()];
        let mut bundles = Self { sets, numbers: HashMap::new(), computed: HashMap::new() };
        for constant in [&[][..], &[0], &[1], &[0, 1]] {
            bundles.intern(constant.iter().copied().collect());
        }
        bundles
    }

    pub(crate) fn intern(&mut self, set: AnchorSet) -> Bundle {
        if let Some(bundle) = self.numbers.get(&set) {
            return *bundle;
        }
        let bundle = Bundle(self.sets.len());
        self.sets.push(set.clone());
        self.numbers.insert(set, bundle);
        bundle
    }

    pub(crate) fn contains(&self, bundle: Bundle, anchor: usize) -> bool {
        bundle == Bundle::EVERYTHING || self.set(bundle).contains(anchor)
    }

    pub(crate) fn intersect(&mut self, a: Bundle, b: Bundle) -> Bundle {
        match (a, b) {
            (Bundle::EVERYTHING, other) | (other, Bundle::EVERYTHING) => other,
            _ if a == b => a,
            _ => self.compute(Operation::Intersect, a, b),
        }
    }

    pub(crate) fn unite(&mut self, a: Bundle, b: Bundle) -> Bundle {
        if a == b { a } else { self.compute(Operation::Unite, a, b) }
    }

    pub(crate) fn subtract(&mut self, a: Bundle, b: Bundle) -> Bundle {
        self.compute(Operation::Subtract, a, b)
    }

    pub(crate) fn meets(&self, a: Bundle, b: Bundle) -> bool {
        self.set(a).meets(self.set(b))
    }

    /// Adds `number` to each set that has one of `members`.
    pub(crate) fn add_where_met(&mut self, number: usize, members: &AnchorSet) {
        // Row 0 is EVERYTHING.
        for set in self.sets.iter_mut().skip(1).filter(|set| set.meets(members)) {
            set.insert(number);
        }
        let rows = self.sets.iter().enumerate().skip(1);
        self.numbers = rows.map(|(row, set)| (set.clone(), Bundle(row))).collect();
        self.computed.clear();
    }

    /// The set itself. `EVERYTHING` has none and reads as empty.
    #[expect(clippy::indexing_slicing, reason = "a Bundle is made by intern alone, after its row was pushed")]
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
        let result = self.intern(set);
        self.computed.insert((operation, a, b), result);
        result
    }
}

/// For each anchor, the bundles that lack it.
pub(crate) struct Lacking(HashMap<usize, AnchorSet>);

impl Lacking {
    /// For these anchors, the positions of the bundles that lack them.
    pub(crate) fn of(bundles: &Bundles, listed: impl IntoIterator<Item = Bundle>, anchors: &AnchorSet) -> Self {
        let mut rows: HashMap<usize, AnchorSet> = HashMap::new();
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

    /// The positions of the bundles that lack `anchor`.
    pub(crate) fn row(&self, anchor: usize) -> AnchorSet {
        self.0.get(&anchor).cloned().unwrap_or_default()
    }
}
