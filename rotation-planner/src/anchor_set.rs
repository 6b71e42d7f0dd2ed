//! Sets of numbers, usually of anchors, stored in chunks that several sets can share.
//!
//! The truststores of a large cluster usually differ little.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::number_map::NumberMap;

const WORDS: usize = 32;

const NUMBERS: usize = WORDS * 64;

type Words = [u64; WORDS];

const EMPTY: Words = [0; WORDS];
const FULL: Words = [u64::MAX; WORDS];

/// A bit set of numbers that is cheap to clone.
///
/// A changed or combined set shares the unchanged chunks with the sets that it is made from. Most operations on two sets skip
/// the words of shared chunks.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct AnchorSet(
    /// The last chunk is not empty, so that equal sets have equal chunks.
    Arc<[Chunk]>,
);

/// The chunks of several sets; equal chunks are stored once.
///
/// Sets that lack one number each have the same chunk if the numbers have the same place in their chunks. So the chunks of many such
/// sets fit into the processor's cache.
#[derive(Clone, Default)]
pub(crate) struct Chunks(NumberMap<u64, Arc<Filled>>);

impl Chunks {
    /// The same set, made of known chunks where they are equal. Its other chunks become known.
    pub(crate) fn share(&mut self, mut set: AnchorSet) -> AnchorSet {
        for chunk in Arc::make_mut(&mut set.0) {
            let Chunk::Some(filled) = chunk else { continue };
            let known = self.0.entry(filled.hash).or_insert_with(|| filled.clone());
            if !Arc::ptr_eq(known, filled) && known == filled {
                *filled = known.clone();
            }
        }
        set
    }
}

/// The members of a set in one range of [`NUMBERS`] numbers.
#[derive(Clone, PartialEq, Eq)]
enum Chunk {
    Empty,
    Full,
    /// Neither empty nor full.
    Some(Arc<Filled>),
}

#[derive(Clone, PartialEq, Eq)]
struct Filled {
    /// A hash of the words, kept because sets are looked up more often than words change.
    hash: u64,
    words: Words,
}

impl AnchorSet {
    pub(crate) fn contains(&self, number: usize) -> bool {
        self.chunk(number / NUMBERS).contains(number)
    }

    pub(crate) fn insert(&mut self, number: usize) {
        // Shared chunks are copied only if the set changes.
        if self.contains(number) {
            return;
        }
        let place = number / NUMBERS;
        if self.0.len() <= place {
            let more = std::iter::repeat_n(Chunk::Empty, place + 1 - self.0.len());
            self.0 = self.0.iter().cloned().chain(more).collect();
        }
        if let Some(chunk) = Arc::make_mut(&mut self.0).get_mut(place) {
            chunk.insert(number);
        }
    }

    pub(crate) fn remove(&mut self, number: usize) {
        if !self.contains(number) {
            return;
        }
        if let Some(chunk) = Arc::make_mut(&mut self.0).get_mut(number / NUMBERS) {
            chunk.remove(number);
        }
        self.trim();
    }

    /// The number after the last member; 0 if the set is empty.
    pub(crate) fn end(&self) -> usize {
        let Some((last, before)) = self.0.split_last() else { return 0 };
        let ends = (before.len() * WORDS..).zip(last.words()).filter(|(_, bits)| **bits != 0);
        let end =
            |(word, bits): (usize, &u64)| (word + 1) * 64 - usize::try_from(bits.leading_zeros()).unwrap_or_default();
        ends.last().map_or(0, end)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(Chunk::len).sum()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        numbers(self.beside(self), |own, _| own)
    }

    pub(crate) fn beyond<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = usize> + 'a {
        let differing = self.beside(other).filter(|(_, own, others)| !own.is_plainly_within(others));
        numbers(differing, |own, other| own & !other)
    }

    pub(crate) fn common<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = usize> + 'a {
        let met = self.beside(other).filter(|(_, own, others)| ![*own, *others].contains(&Chunk::NONE));
        numbers(met, |own, other| own & other)
    }

    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.common(other).next().is_some()
    }

    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.beside(other).all(|(_, own, others)| own.is_within(others))
    }

    /// Whether the sets share all chunks and are therefore equal.
    ///
    /// `false` does not mean that the sets differ.
    pub(crate) fn is_shared(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.beside(other).all(|(_, own, others)| own.is_shared(others))
    }

    pub(crate) fn and(&self, other: &Self) -> Self {
        self.combined(other, Chunk::and)
    }

    pub(crate) fn or(&self, other: &Self) -> Self {
        self.combined(other, Chunk::or)
    }

    pub(crate) fn without(&self, other: &Self) -> Self {
        self.combined(other, Chunk::without)
    }

    fn combined(&self, other: &Self, chunk: fn(&Chunk, &Chunk) -> Chunk) -> Self {
        let places = 0..self.0.len().max(other.0.len());
        let mut set = Self(places.map(|place| chunk(self.chunk(place), other.chunk(place))).collect());
        set.trim();
        set
    }

    fn chunk(&self, place: usize) -> &Chunk {
        self.0.get(place).unwrap_or(Chunk::NONE)
    }

    fn beside<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (usize, &'a Chunk, &'a Chunk)> {
        self.0.iter().enumerate().map(|(place, own)| (place, own, other.chunk(place)))
    }

    fn trim(&mut self) {
        let used = self.0.iter().rposition(|chunk| *chunk != Chunk::Empty).map_or(0, |last| last + 1);
        if let Some(chunks) = self.0.get(..used).filter(|_| used < self.0.len()) {
            self.0 = chunks.into();
        }
    }
}

impl Chunk {
    const NONE: &Self = &Self::Empty;

    fn of(words: Words) -> Self {
        match words {
            EMPTY => Self::Empty,
            FULL => Self::Full,
            _ => Self::Some(Arc::new(Filled { hash: folded_words(&words), words })),
        }
    }

    fn words(&self) -> &Words {
        match self {
            Self::Empty => &EMPTY,
            Self::Full => &FULL,
            Self::Some(filled) => &filled.words,
        }
    }

    fn contains(&self, number: usize) -> bool {
        let (word, bit) = position(number);
        match self {
            Self::Empty => false,
            Self::Full => true,
            Self::Some(filled) => filled.words.get(word).is_some_and(|bits| bits & bit != 0),
        }
    }

    fn insert(&mut self, number: usize) {
        self.change(number, |bits, bit| bits | bit);
    }

    fn remove(&mut self, number: usize) {
        self.change(number, |bits, bit| bits & !bit);
    }

    fn change(&mut self, number: usize, changed: fn(u64, u64) -> u64) {
        let (word, bit) = position(number);
        let mut words = *self.words();
        if let Some(bits) = words.get_mut(word) {
            *bits = changed(*bits, bit);
        }
        *self = Self::of(words);
    }

    fn len(&self) -> usize {
        let count = |bits: &u64| usize::try_from(bits.count_ones()).unwrap_or_default();
        self.words().iter().map(count).sum()
    }

    fn is_shared(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Empty, Self::Empty) | (Self::Full, Self::Full) => true,
            (Self::Some(own), Self::Some(others)) => Arc::ptr_eq(own, others),
            _ => false,
        }
    }

    /// Whether all members are in `other`, as far as can be determined without reading words.
    fn is_plainly_within(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Empty, _) | (_, Self::Full)) || self.is_shared(other)
    }

    fn is_within(&self, other: &Self) -> bool {
        // Without a branch for each word, the compiler uses vector instructions.
        let beyond = || self.words().iter().zip(other.words()).fold(0, |beyond, (own, other)| beyond | own & !other);
        self.is_plainly_within(other) || beyond() == 0
    }

    fn and(&self, other: &Self) -> Self {
        if self.is_plainly_within(other) {
            self.clone()
        } else if other.is_plainly_within(self) {
            other.clone()
        } else {
            self.sharing(other, combined(self, other, |a, b| a & b))
        }
    }

    fn or(&self, other: &Self) -> Self {
        if self.is_plainly_within(other) {
            other.clone()
        } else if other.is_plainly_within(self) {
            self.clone()
        } else {
            self.sharing(other, combined(self, other, |a, b| a | b))
        }
    }

    fn without(&self, other: &Self) -> Self {
        if self.is_plainly_within(other) {
            Self::Empty
        } else {
            self.sharing(other, combined(self, other, |a, b| a & !b))
        }
    }

    /// A chunk with these words: a clone of `self` or `other` if one of them has the same words.
    fn sharing(&self, other: &Self, words: Words) -> Self {
        [self, other].into_iter().find(|chunk| *chunk.words() == words).cloned().unwrap_or_else(|| Self::of(words))
    }

    fn hash(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Full => 1,
            Self::Some(filled) => filled.hash,
        }
    }
}

/// Hashes the words in four independent chains, which a processor can multiply in parallel.
fn folded_words(words: &Words) -> u64 {
    let mut chains = [1, 2, 3, 4];
    for block in words.chunks(chains.len()) {
        for (chain, bits) in chains.iter_mut().zip(block) {
            *chain = folded(*chain, *bits);
        }
    }
    chains.into_iter().fold(0, folded)
}

/// The index of a number's word in its chunk, and the number's bit in that word.
fn position(number: usize) -> (usize, u64) {
    (number / 64 % WORDS, 1 << (number % 64))
}

fn combined(one: &Chunk, other: &Chunk, bits: impl Fn(u64, u64) -> u64) -> Words {
    let mut words = *one.words();
    words.iter_mut().zip(other.words()).for_each(|(own, other)| *own = bits(*own, *other));
    words
}

/// The numbers whose bits are set in the combined words of two sets.
///
/// `chunks`: the index of each chunk, and the chunk of each set.
fn numbers<'a>(
    mut chunks: impl Iterator<Item = (usize, &'a Chunk, &'a Chunk)>,
    combined: impl Fn(u64, u64) -> u64,
) -> impl Iterator<Item = usize> {
    let mut words = [].iter().zip([].iter());
    let (mut rest, mut first, mut next) = (0_u64, 0, 0);
    std::iter::from_fn(move || {
        while rest == 0 {
            if let Some((own, other)) = words.next() {
                rest = combined(*own, *other);
                (first, next) = (next, next + 64);
            } else {
                let (place, own, others) = chunks.next()?;
                words = own.words().iter().zip(others.words());
                next = place * NUMBERS;
            }
        }
        let bit = usize::try_from(rest.trailing_zeros()).ok()?;
        rest &= rest - 1;
        Some(first + bit)
    })
}

fn folded(hash: u64, bits: u64) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    (hash.rotate_left(23) ^ bits).wrapping_mul(ODD)
}

/// Passes one number to the hasher instead of all words.
///
/// A hasher that resists chosen input is slow on the words of a large set.
impl Hash for AnchorSet {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.iter().map(Chunk::hash).fold(0, folded));
    }
}

impl FromIterator<usize> for AnchorSet {
    fn from_iter<I: IntoIterator<Item = usize>>(numbers: I) -> Self {
        let mut chunks: Vec<Words> = Vec::new();
        for number in numbers {
            let (place, (word, bit)) = (number / NUMBERS, position(number));
            if chunks.len() <= place {
                chunks.resize(place + 1, EMPTY);
            }
            if let Some(bits) = chunks.get_mut(place).and_then(|words| words.get_mut(word)) {
                *bits |= bit;
            }
        }
        Self(chunks.into_iter().map(Chunk::of).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::hash::{BuildHasher, RandomState};

    use proptest::prelude::*;

    use super::*;

    fn any_members() -> impl Strategy<Value = BTreeSet<usize>> {
        let few = proptest::collection::btree_set(0..3 * NUMBERS, 0..8);
        let full = proptest::collection::btree_set(0..3_usize, 0..3);
        let left_out = proptest::collection::btree_set(0..3 * NUMBERS, 0..3);
        (few, full, left_out).prop_map(|(few, full, left_out)| {
            let full = full.into_iter().flat_map(|place| place * NUMBERS..(place + 1) * NUMBERS);
            full.filter(|number| !left_out.contains(number)).chain(few).collect()
        })
    }

    fn set(members: &BTreeSet<usize>) -> AnchorSet {
        members.iter().copied().collect()
    }

    #[test]
    fn equal_chunks_are_stored_once() {
        let lacking = |number: usize| -> AnchorSet { (0..2 * NUMBERS).filter(|other| *other != number).collect() };
        let mut chunks = Chunks::default();
        let [one, other, third] = [7, NUMBERS + 7, 8].map(|number| chunks.share(lacking(number)));
        assert!(one == lacking(7) && other == lacking(NUMBERS + 7) && third == lacking(8));
        assert!(one.chunk(0).is_shared(other.chunk(1)) && one.chunk(1).is_shared(other.chunk(0)));
        assert!(!one.chunk(0).is_shared(third.chunk(0)));
        assert!(chunks.share(lacking(7)).is_shared(&one));
    }

    fn is_of(set: &AnchorSet, members: &BTreeSet<usize>) -> bool {
        let made: AnchorSet = members.iter().copied().collect();
        let hasher = RandomState::new();
        *set == made
            && hasher.hash_one(set) == hasher.hash_one(made)
            && set.len() == members.len()
            && set.end() == members.last().map_or(0, |last| last + 1)
            && set.iter().eq(members.iter().copied())
            && (0..4 * NUMBERS).all(|number| set.contains(number) == members.contains(&number))
    }

    proptest! {
        #[test]
        fn a_set_is_what_its_members_are(one in any_members(), other in any_members()) {
            let (own, others) = (set(&one), set(&other));
            prop_assert!(is_of(&own, &one));
            prop_assert!(is_of(&own.and(&others), &(&one & &other)));
            prop_assert!(is_of(&own.or(&others), &(&one | &other)));
            prop_assert!(is_of(&own.without(&others), &(&one - &other)));
            prop_assert!(own.beyond(&others).eq(one.difference(&other).copied()));
            prop_assert!(own.common(&others).eq(one.intersection(&other).copied()));
            prop_assert_eq!(own.is_within(&others), one.is_subset(&other));
            prop_assert_eq!(own.meets(&others), !one.is_disjoint(&other));
            prop_assert_eq!(own == others, one == other);
        }

        #[test]
        fn sets_that_share_chunks_are_what_their_members_are(
            members in any_members(),
            changes in proptest::collection::vec((0..4 * NUMBERS, any::<bool>()), 1..8),
        ) {
            let before = set(&members);
            let (mut changed, mut expected) = (before.clone(), members.clone());
            for (number, is_added) in changes {
                if is_added {
                    changed.insert(number);
                    expected.insert(number);
                } else {
                    changed.remove(number);
                    expected.remove(&number);
                }
                prop_assert!(is_of(&changed, &expected));
                prop_assert!(before.beyond(&changed).eq(members.difference(&expected).copied()));
                prop_assert!(is_of(&before.or(&changed), &(&members | &expected)));
            }
            prop_assert!(is_of(&before, &members));
        }

        #[test]
        fn a_chunk_becomes_full_and_empty_number_by_number(start in 0..NUMBERS) {
            let (mut changed, mut expected) = (AnchorSet::default(), BTreeSet::new());
            for number in (0..NUMBERS).map(|step| (start + step) % NUMBERS) {
                changed.insert(number);
                expected.insert(number);
            }
            prop_assert!(is_of(&changed, &expected));
            (0..NUMBERS).for_each(|number| changed.remove((number * 7) % NUMBERS));
            prop_assert!(is_of(&changed, &BTreeSet::new()));
        }
    }

    #[test]
    fn what_does_not_change_is_shared() {
        let all: AnchorSet = (0..10 * NUMBERS).filter(|number| !(number % NUMBERS).is_multiple_of(3)).collect();
        let mut less = all.clone();
        less.remove(NUMBERS + 1);
        let shared = |one: &AnchorSet, other: &AnchorSet| one.beside(other).filter(|(_, a, b)| a.is_shared(b)).count();
        assert_eq!(shared(&all, &less), 9);
        assert_eq!(shared(&all, &all.or(&less)), 10);
        assert_eq!(shared(&less, &all.and(&less)), 10);
        assert_eq!(shared(&all, &all.without(&AnchorSet::default())), 10);
    }
}
