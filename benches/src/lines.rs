//! The limit for readers of line-based files.

use memchr::memchr;

/// Counts the lines and the comments, with a search for the end of each line.
pub(crate) fn line_scan(bytes: &[u8]) -> (usize, usize) {
    let (mut rest, mut lines, mut comments) = (bytes, 0, 0);
    while !rest.is_empty() {
        let first = rest.iter().find(|byte| **byte != b' ');
        comments += usize::from(first == Some(&b'#'));
        lines += 1;
        rest = &rest[memchr(b'\n', rest).map_or(rest.len(), |end| end + 1)..];
    }
    (lines, comments)
}
