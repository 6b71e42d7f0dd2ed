//! Interned sets of anchors: equal sets are stored once, however many nodes have the same truststore.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::number_map::NumberMap;

/// The number of words that are compared at once.
const BLOCK: usize = 32;

/// A set of small numbers that is cheap to clone. Trailing zero words are removed, so that equal sets have equal bytes.
#[derive(Clone, Default, PartialEq, Eq)]
#[expect(clippy::rc_buffer, reason = "a set that is not shared grows in place")]
pub(crate) struct AnchorSet(Arc<Vec<u64>>);

/// Hashes one number instead of all words: a hash that resists chosen input would take longer than all other work on a
/// large set.
impl Hash for AnchorSet {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(folded(&self.0));
    }
}

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

    /// The numbers of this set that are not in `other`.
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

    /// Whether every number of this set is in `other`.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        let blocks = self.0.chunks(BLOCK).zip(other.0.chunks(BLOCK));
        self.tail(other).iter().all(|bits| *bits == 0)
            && blocks.into_iter().all(|(own, others)| {
                // Without a branch for each word, the compiler uses vector instructions.
                own.iter().zip(others).fold(0, |beyond, (bits, other)| beyond | bits & !other) == 0
            })
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
        let mut words: Vec<u64> = Vec::with_capacity(self.0.len().max(other.0.len()));
        words.extend(self.0.iter().zip(other.0.iter()).map(|(a, b)| word(*a, *b)));
        words.extend(self.tail(other).iter().map(|a| word(*a, 0)));
        words.extend(other.tail(self).iter().map(|b| word(0, *b)));
        words.truncate(used(&words));
        Self(Arc::new(words))
    }

    /// The words beyond the length of `other`.
    fn tail(&self, other: &Self) -> &[u64] {
        self.0.get(other.0.len()..).unwrap_or_default()
    }
}

/// The nonzero words of a set, with their positions.
pub(crate) type Words = Arc<[(usize, u64)]>;

/// The words of the set of these numbers. Fast if they are nearly sorted.
pub(crate) fn words_of(numbers: impl Iterator<Item = usize>) -> Words {
    let mut words: Vec<(usize, u64)> = Vec::new();
    for number in numbers {
        let (place, bit) = (number / 64, 1 << (number % 64));
        match words.last_mut() {
            Some((last, bits)) if *last == place => *bits |= bit,
            _ => words.push((place, bit)),
        }
    }
    words.sort_unstable_by_key(|(place, _)| *place);
    words.dedup_by(|(place, bits), (kept, all)| {
        let is_same = place == kept;
        *all |= if is_same { *bits } else { 0 };
        is_same
    });
    words.into()
}

/// A hash of the words of a set. Four chains of multiplications run at once.
fn folded(words: &[u64]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let step = |hash: u64, bits: u64| (hash.rotate_left(23) ^ bits).wrapping_mul(ODD);
    let mut chains = [1, 2, 3, 4];
    for block in words.chunks(chains.len()) {
        for (chain, bits) in chains.iter_mut().zip(block) {
            *chain = step(*chain, *bits);
        }
    }
    chains.into_iter().fold(0, step)
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
    /// The bundle of a node that verifies no peer. It contains everything.
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

/// The sets in use, each stored once, and a cache of operations on them.
#[derive(Clone)]
pub(crate) struct Bundles {
    sets: Vec<AnchorSet>,
    numbers: NumberMap<AnchorSet, Bundle>,
    computed: NumberMap<(Operation, Bundle, Bundle), Bundle>,
}

impl Bundles {
    pub(crate) fn new() -> Self {
        // Row 0 stands for EVERYTHING, and its empty set has no meaning. The other rows are those of the constants of
        // Bundle.
        let sets = vec![AnchorSet::default()];
        let mut bundles = Self { sets, numbers: NumberMap::default(), computed: NumberMap::default() };
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

    /// Adds `number` to each set that contains one of `members`.
    pub(crate) fn add_where_met(&mut self, number: usize, members: &AnchorSet) {
        // Row 0 is EVERYTHING.
        for set in self.sets.iter_mut().skip(1).filter(|set| set.meets(members)) {
            set.insert(number);
        }
        let rows = self.sets.iter().enumerate().skip(1);
        self.numbers = rows.map(|(row, set)| (set.clone(), Bundle(row))).collect();
        self.computed.clear();
    }

    /// The set of a bundle. `EVERYTHING` has none and reads as empty.
    #[expect(clippy::indexing_slicing, reason = "only intern makes a Bundle, after it has pushed its row")]
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
pub(crate) struct Lacking(NumberMap<usize, AnchorSet>);

impl Lacking {
    /// Records, for each of `anchors`, the positions in `listed` of the bundles that lack it.
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

    /// The positions of the bundles that lack `anchor`.
    pub(crate) fn row(&self, anchor: usize) -> AnchorSet {
        self.0.get(&anchor).cloned().unwrap_or_default()
    }
}
