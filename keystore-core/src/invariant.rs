//! Functions that panic if an invariant of this crate is broken.

use std::ops::Range;

/// Unwraps a value that exists by an invariant of this crate, whatever the input.
///
/// If the invariant `rule` does not hold, this function panics, because a default value could lead to a store without a key.
#[track_caller]
#[expect(clippy::expect_used, reason = "the rules are about data that this crate made; bad input is an Error")]
pub(crate) fn guaranteed<T>(value: Option<T>, rule: &'static str) -> T {
    value.expect(rule)
}

#[track_caller]
pub(crate) fn slice(bytes: &[u8], place: Range<usize>) -> &[u8] {
    guaranteed(bytes.get(place), "a position is within the bytes that were read to find it")
}
