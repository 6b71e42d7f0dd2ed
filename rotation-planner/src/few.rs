//! Small sets and counts that usually need no allocation.

use std::collections::BTreeMap;
use std::ops::Deref;

/// A sorted set of a few numbers; up to two are stored in place.
#[derive(Clone, Debug)]
pub(crate) enum Few {
    /// The set contains the first `len` of `numbers`.
    Held {
        numbers: [usize; 2],
        len: usize,
    },
    Many(Vec<usize>),
}

impl Default for Few {
    fn default() -> Self {
        Self::NONE
    }
}

impl Few {
    pub(crate) const NONE: Self = Self::Held { numbers: [0; 2], len: 0 };

    pub(crate) fn insert(&mut self, number: usize) {
        let Err(position) = self.binary_search(&number) else { return };
        match self {
            Self::Many(numbers) => numbers.insert(position, number),
            Self::Held { numbers: [first, second], len } => {
                *self = match (*len, position) {
                    (0, _) => Self::Held { numbers: [number; 2], len: 1 },
                    (1, 0) => Self::Held { numbers: [number, *first], len: 2 },
                    (1, _) => Self::Held { numbers: [*first, number], len: 2 },
                    _ => {
                        let mut many = vec![*first, *second];
                        many.insert(position, number);
                        Self::Many(many)
                    }
                };
            }
        }
    }
}

impl Deref for Few {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        match self {
            Self::Held { numbers, len } => numbers.get(..*len).unwrap_or_default(),
            Self::Many(numbers) => numbers,
        }
    }
}

impl IntoIterator for Few {
    type Item = usize;
    type IntoIter = Numbers;

    fn into_iter(self) -> Numbers {
        Numbers { few: self, next: 0 }
    }
}

pub(crate) struct Numbers {
    few: Few,
    next: usize,
}

impl Iterator for Numbers {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let number = self.few.get(self.next).copied();
        self.next += 1;
        number
    }
}

impl PartialEq for Few {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Few {}

impl FromIterator<usize> for Few {
    fn from_iter<I: IntoIterator<Item = usize>>(numbers: I) -> Self {
        numbers.into_iter().fold(Self::NONE, |mut few, number| {
            few.insert(number);
            few
        })
    }
}

/// A count for each of a few numbers; up to two numbers are stored in place.
#[derive(Clone)]
pub(crate) enum FewCounts {
    /// A number with the count zero is free.
    Held { numbers: [u32; 2], counts: [u16; 2] },
    #[expect(clippy::box_collection, reason = "a map in place would double the size of every count")]
    Many(Box<BTreeMap<usize, usize>>),
}

impl Default for FewCounts {
    fn default() -> Self {
        Self::Held { numbers: [0; 2], counts: [0; 2] }
    }
}

impl FewCounts {
    pub(crate) fn count(&self, number: usize) -> usize {
        self.iter().find(|(counted, _)| *counted == number).map_or(0, |(_, count)| count)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, usize)> {
        let (numbers, counts, many) = match self {
            Self::Held { numbers, counts } => (&numbers[..], &counts[..], None),
            Self::Many(many) => (&[][..], &[][..], Some(many)),
        };
        let held = numbers.iter().zip(counts).filter(|(_, count)| **count > 0);
        let held = held.filter_map(|(number, count)| Some((usize::try_from(*number).ok()?, usize::from(*count))));
        held.chain(many.into_iter().flat_map(|many| many.iter()).map(|(number, count)| (*number, *count)))
    }

    pub(crate) fn add(&mut self, number: usize) {
        if let Some((held, count)) = self.place(number)
            && let (Ok(number), Some(more)) = (u32::try_from(number), count.checked_add(1))
        {
            (*held, *count) = (number, more);
            return;
        }
        if let Self::Held { .. } = self {
            *self = Self::Many(Box::new(self.iter().collect()));
        }
        if let Self::Many(many) = self {
            *many.entry(number).or_default() += 1;
        }
    }

    /// The place of `number`, or a free one.
    fn place(&mut self, number: usize) -> Option<(&mut u32, &mut u16)> {
        let Self::Held { numbers, counts } = self else { return None };
        let is_own = |(held, count): (&u32, &u16)| *count > 0 && usize::try_from(*held) == Ok(number);
        let own = numbers.iter().zip(&*counts).position(is_own);
        let place = own.or_else(|| counts.iter().position(|count| *count == 0))?;
        Some((numbers.get_mut(place)?, counts.get_mut(place)?))
    }

    /// Reduces the count of `number` by one; returns `false` if it was zero already.
    pub(crate) fn drop_one(&mut self, number: usize) -> bool {
        if let Self::Many(many) = self {
            let Some(count) = many.get_mut(&number) else { return false };
            *count -= 1;
            if *count == 0 {
                many.remove(&number);
            }
            return true;
        }
        let Some((_, count)) = self.place(number).filter(|(_, count)| **count > 0) else { return false };
        *count -= 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_few_numbers_is_sorted_and_without_duplicates() {
        let of = |numbers: &[usize]| numbers.iter().copied().collect::<Few>();
        assert!(of(&[]).is_empty());
        assert_eq!(*of(&[7, 7]), [7]);
        assert_eq!(*of(&[7, 3]), [3, 7]);
        assert_eq!(*of(&[3, 7, 3]), [3, 7]);
        assert_eq!(*of(&[7, 9, 3, 9, 8]), [3, 7, 8, 9]);
        assert_eq!(of(&[7, 3]), of(&[3, 7]));
    }

    #[test]
    fn few_counts_are_those_of_a_map_however_many_numbers_there_are() {
        let mut counts = FewCounts::default();
        let mut map: BTreeMap<usize, usize> = BTreeMap::new();
        for step in 0..2_000_usize {
            // Each number is added more often than it is dropped in the first half.
            let number = step * 7 % 5;
            let adds = if step < 1_000 { step % 3 != 0 } else { step % 3 == 0 };
            if adds {
                counts.add(number);
                *map.entry(number).or_default() += 1;
            } else {
                let was_counted = map.get(&number).is_some_and(|count| *count > 0);
                assert_eq!(counts.drop_one(number), was_counted);
                map.entry(number).and_modify(|count| *count -= usize::from(was_counted));
            }
            map.retain(|_, count| *count > 0);
            assert!((0..5).all(|number| counts.count(number) == map.get(&number).copied().unwrap_or(0)));
            assert_eq!(counts.iter().collect::<BTreeMap<_, _>>(), map);
        }
    }
}
