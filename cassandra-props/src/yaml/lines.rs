//! The lines of a text as an editor shows them, and settings that are commented out in them.

use std::ops::Range;

use crate::slice::within_text;

/// Each `\n`, `\r` and `\r\n` ends a line.
pub(super) fn start_of_line(text: &str, at: usize) -> usize {
    let before = within_text(text, ..at);
    match before.rfind(['\n', '\r']) {
        // Between the two bytes of one line ending.
        Some(last) if last + 1 == at && before.ends_with('\r') && within_text(text, at..).starts_with('\n') => {
            start_of_line(text, last)
        }
        Some(last) => last + 1,
        None => 0,
    }
}

pub(super) fn last_line(text: &str) -> &str {
    let without = text.strip_suffix("\r\n").or_else(|| text.strip_suffix(['\n', '\r'])).unwrap_or(text);
    within_text(text, start_of_line(text, without.len())..)
}

pub(super) fn next_line(text: &str, at: usize) -> usize {
    let rest = within_text(text, at..);
    match rest.find(['\n', '\r']) {
        Some(end) if within_text(rest, end..).starts_with("\r\n") => at + end + 2,
        Some(end) => at + end + 1,
        None => text.len(),
    }
}

pub(super) fn lines(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = range.start;
    std::iter::from_fn(move || {
        let start = at;
        (start < range.end).then(|| {
            at = next_line(text, start);
            start..at
        })
    })
}

pub(super) fn ending(line: &str) -> &str {
    within_text(line, line.trim_end_matches(['\n', '\r']).len()..)
}

/// The key that a comment such as `# optional: true` would set, and the key's indentation.
///
/// The indentation is the number of blanks between `#` and the key.
pub(super) fn commented_key(line: &str) -> Option<(&str, usize)> {
    let comment = line.trim_start_matches(' ').strip_prefix('#')?.trim_start_matches('#');
    let content = comment.trim_start_matches([' ', '\t']);
    let key = within_text(content, ..content.find(':')?).trim_end_matches(' ');
    let is_name = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let rest = within_text(content, content.find(':')? + 1..);
    let is_value = rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r']);
    (is_name && is_value).then(|| (key, comment.len() - content.len()))
}
