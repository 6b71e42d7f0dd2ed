//! The order in which Java enumerates aliases.
//!
//! This order influences which of several keys Java offers. Java's hash tables are simulated, because their order depends on
//! the hash codes of the aliases and on the growth of the tables.

use crate::alias::fold;
use std::borrow::Cow;
use std::collections::HashSet;

/// The map in which a keystore class stores its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum AliasOrder {
    /// `LinkedHashMap`, by aliases in lower case: `sun.security.pkcs12.PKCS12KeyStore`.
    #[default]
    Insertion,
    /// `Hashtable`, by aliases as the file spells them.
    ///
    /// See `sun.security.provider.JavaKeyStore` and `com.sun.crypto.provider.JceKeyStore`.
    Hashtable,
    /// `Hashtable`, by aliases as the file spells them, with case-sensitive lookup.
    ///
    /// See `org.bouncycastle.jcajce.provider.keystore.bc.BcKeyStoreSpi`.
    SpelledHashtable,
    /// `HashMap`, by aliases as the file spells them, with case-sensitive lookup.
    ///
    /// See `org.bouncycastle.jcajce.provider.keystore.bcfks.BcFKSKeyStoreSpi`.
    HashMap,
}

impl AliasOrder {
    pub(crate) const fn letter_case_counts(self) -> bool {
        matches!(self, Self::SpelledHashtable | Self::HashMap)
    }

    /// The aliases in the order and the spelling in which `KeyStore.aliases` enumerates them.
    ///
    /// `put` has the aliases in the order of insertion, and may have duplicates.
    pub(crate) fn enumerate<'s>(self, put: impl Iterator<Item = &'s str>) -> Vec<Cow<'s, str>> {
        let mut met = HashSet::new();
        match self {
            Self::Insertion => put.map(fold).filter(|alias| met.insert(alias.clone())).collect(),
            Self::HashMap => of_copied_keys(
                put.filter(|alias| met.insert(Cow::Borrowed(*alias))).map(|alias| (alias, Cow::Borrowed(alias))),
            ),
            Self::Hashtable | Self::SpelledHashtable => {
                of_hashtable(put.filter(|alias| met.insert(Cow::Borrowed(*alias))))
            }
        }
    }
}

/// The aliases in the order of a `java.util.Hashtable`.
///
/// That order is from the last bucket to the first, and within a bucket from the newest entry to the oldest. When the table
/// is three quarters full, it grows to twice its size plus one, and its entries are inserted again in that order.
fn of_hashtable<'s>(put: impl Iterator<Item = &'s str>) -> Vec<Cow<'s, str>> {
    let mut table = Table::new(11);
    for (count, alias) in put.enumerate() {
        if count >= table.buckets.len() * 3 / 4 {
            let mut larger = Table::new(table.buckets.len() * 2 + 1);
            table.hashtable_order().for_each(|(hash, alias)| larger.put_in_hashtable(hash, alias));
            table = larger;
        }
        table.put_in_hashtable(hash_code(alias), Cow::Borrowed(alias));
    }
    table.hashtable_order().map(|(_, alias)| alias).collect()
}

/// The values in the order of a `java.util.HashMap` whose keys are the aliases.
///
/// That order is from the first bucket to the last, and within a bucket from the oldest entry to the newest. The map doubles
/// its size when it is more than three quarters full, which keeps the order within a bucket. The trees that Java makes of
/// large buckets are not simulated, because only specially chosen aliases collide so often.
pub(crate) fn of_hash_map<T>(put: impl Iterator<Item = (impl AsRef<str>, T)>) -> Vec<T> {
    by_bucket(put, |count| (count.saturating_mul(4).div_ceil(3)).max(16).next_power_of_two())
}

/// The values in the order of a `java.util.HashSet` that copies the keys of a `HashMap`.
///
/// The copy has twice the map's buckets if the map is exactly three quarters full (`HashSet(Collection)`). Bouncy Castle
/// enumerates such a copy (`BcFKSKeyStoreSpi.engineAliases`).
fn of_copied_keys<T>(put: impl Iterator<Item = (impl AsRef<str>, T)>) -> Vec<T> {
    by_bucket(put, |count| (count.saturating_mul(4) / 3 + 1).max(16).next_power_of_two())
}

fn by_bucket<T>(put: impl Iterator<Item = (impl AsRef<str>, T)>, buckets: impl Fn(usize) -> usize) -> Vec<T> {
    let mut entries: Vec<_> = put.map(|(alias, value)| (hash_code(alias.as_ref()), value)).collect();
    let mask = u32::try_from(buckets(entries.len()) - 1).unwrap_or(u32::MAX);
    entries.sort_by_key(|(hash, _)| (hash ^ (hash >> 16)) & mask);
    entries.into_iter().map(|(_, value)| value).collect()
}

/// `String.hashCode`.
fn hash_code(text: &str) -> u32 {
    text.encode_utf16().fold(0, |hash: u32, unit| hash.wrapping_mul(31).wrapping_add(unit.into()))
}

struct Table<'s> {
    buckets: Vec<Vec<(u32, Cow<'s, str>)>>,
}

impl<'s> Table<'s> {
    fn new(buckets: usize) -> Self {
        Self { buckets: vec![Vec::new(); buckets] }
    }

    fn put_in_hashtable(&mut self, hash: u32, alias: Cow<'s, str>) {
        let index = usize::try_from(hash & 0x7fff_ffff).unwrap_or_default() % self.buckets.len();
        if let Some(bucket) = self.buckets.get_mut(index) {
            bucket.push((hash, alias));
        }
    }

    fn hashtable_order(self) -> impl Iterator<Item = (u32, Cow<'s, str>)> {
        self.buckets.into_iter().rev().flat_map(|bucket| bucket.into_iter().rev())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_codes_are_those_of_java() {
        assert_eq!(hash_code(""), 0);
        assert_eq!(hash_code("node0"), 0x0642_126e);
        assert_eq!(hash_code("😀"), 0x001b_0d63);
    }
}
