//! Maps with numbers as keys.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map whose keys consist of the planner's own numbers, not of a caller's labels.
pub(crate) type NumberMap<K, V> = HashMap<K, V, BuildHasherDefault<Folding>>;

/// A fast hasher that does not resist chosen keys.
#[derive(Default)]
pub(crate) struct Folding(u64);

impl Folding {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

    fn fold(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(23) ^ number).wrapping_mul(Self::ODD);
    }
}

impl Hasher for Folding {
    /// Rotates the hash.
    ///
    /// A multiplication mixes the high bits best, and a map also uses the low bits.
    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.fold(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.fold(number);
    }

    fn write_usize(&mut self, number: usize) {
        self.fold(u64::try_from(number).unwrap_or(u64::MAX));
    }
}
