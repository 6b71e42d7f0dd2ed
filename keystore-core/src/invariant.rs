//! Invariants of this crate.

use std::ops::Range;

/// The value that must exist by a rule that this crate maintains, and never by what an input says.
///
/// A broken rule is a bug, and it must be loud: a default value could be written as a store without a key.
#[track_caller]
#[expect(clippy::expect_used, reason = "the rules are about data that this crate made; bad input is an Error")]
pub(crate) fn guaranteed<T>(value: Option<T>, rule: &'static str) -> T {
    value.expect(rule)
}

/// The bytes at a position that was found by reading these very bytes.
#[track_caller]
pub(crate) fn slice(bytes: &[u8], place: Range<usize>) -> &[u8] {
    guaranteed(bytes.get(place), "a place lies within the bytes that were read to find it")
}
