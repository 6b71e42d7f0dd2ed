//! The line ending and the separator that a file uses most, for new lines.

use memchr::memchr2;

use crate::line::line_ending_len;
use crate::logical::Separator;
use crate::properties::Properties;
use crate::slice::within;

/// The separators that a new line can have.
///
/// If two separators are equally frequent, the earlier is used.
const SEPARATORS: [(&str, Separator); 7] = [
    ("=", Separator::Sign),
    (" = ", Separator::Sign),
    (": ", Separator::Sign),
    (":", Separator::Sign),
    (" : ", Separator::Sign),
    ("= ", Separator::Sign),
    (" ", Separator::Blanks),
];

pub(crate) fn line_ending(bytes: &[u8]) -> &'static str {
    let mut counts = [("\n", 0_usize), ("\r\n", 0), ("\r", 0)];
    let mut rest = bytes;
    while let Some(at) = memchr2(b'\n', b'\r', rest) {
        let from_ending = within(rest, at..);
        let (ending, after) = from_ending.split_at(line_ending_len(from_ending));
        counts.iter_mut().filter(|(text, _)| text.as_bytes() == ending).for_each(|(_, count)| *count += 1);
        rest = after;
    }
    most_frequent(counts).unwrap_or("\n")
}

pub(crate) fn separator(file: &Properties) -> (&'static str, Separator) {
    let mut counts = SEPARATORS.map(|separator| (separator, 0_usize));
    for entry in file.entries() {
        let parts = entry.parts();
        let own = entry.bytes().get(parts.key.end..parts.value.start);
        counts.iter_mut().filter(|((text, _), _)| own == Some(text.as_bytes())).for_each(|(_, count)| *count += 1);
    }
    most_frequent(counts).unwrap_or(("=", Separator::Sign))
}

fn most_frequent<T: Copy, const N: usize>(counts: [(T, usize); N]) -> Option<T> {
    let most = counts.iter().map(|&(_, count)| count).max().filter(|&most| most > 0)?;
    counts.iter().find(|&&(_, count)| count == most).map(|&(habit, _)| habit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_ending_is_that_of_most_lines() {
        for (bytes, ending) in
            [("", "\n"), ("a", "\n"), ("a\r\nb\r\nc\n", "\r\n"), ("a\rb\r\r\n", "\r"), ("a\nb\r\n", "\n")]
        {
            assert_eq!(line_ending(bytes.as_bytes()), ending, "{bytes:?}");
        }
    }

    #[test]
    fn the_separator_is_that_of_most_properties() {
        for (bytes, expected) in [
            ("", "="),
            ("a", "="),
            ("a = 1\nb = 2\nc=3", " = "),
            ("a 1\nb 2", " "),
            ("a   =  1", "="),
            ("a: b\n", ": "),
        ] {
            assert_eq!(separator(&Properties::parse(bytes.as_bytes()).unwrap()).0, expected, "{bytes:?}");
        }
    }
}
