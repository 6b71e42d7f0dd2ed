//! Slices by ranges that this crate computed.

use std::slice::SliceIndex;

/// The part of `items` at `range`, which was computed from these items.
///
/// A range out of bounds is a defect of this crate. The function then panics, because an empty slice instead could be
/// written into a file.
#[track_caller]
#[expect(clippy::indexing_slicing, reason = "see above: a broken invariant must not become empty data")]
pub(crate) fn within<T, R: SliceIndex<[T], Output = [T]>>(items: &[T], range: R) -> &[T] {
    &items[range]
}

#[track_caller]
#[expect(clippy::string_slice, reason = "see above")]
pub(crate) fn within_text<R: SliceIndex<str, Output = str>>(text: &str, range: R) -> &str {
    &text[range]
}
