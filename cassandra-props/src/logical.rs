//! The logical line of a property, and the positions of its key and its value.

use std::ops::Range;

use crate::line::{is_blank, line_ending_len};
use crate::slice::within;

/// The bytes of a property that Java sees, each with its offset.
///
/// A line continuation is omitted (the backslash, the line ending and the white space after it), and so is a backslash
/// at the end.
#[derive(Clone)]
pub(crate) struct Logical<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    escaped: bool,
}

impl<'a> Logical<'a> {
    /// The bytes of `range`, which must start outside an escape.
    pub(crate) fn new(bytes: &'a [u8], range: Range<usize>) -> Self {
        Self { bytes, at: range.start, end: range.end, escaped: false }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.since(self.at)
    }

    pub(crate) fn since(&self, at: usize) -> &'a [u8] {
        within(self.bytes, at..self.end)
    }

    /// Skips `count` bytes, which must contain neither a backslash nor a line ending.
    pub(crate) fn skip_plain(&mut self, count: usize) {
        self.at += count;
        self.escaped = false;
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().iter().take_while(|&&byte| is_blank(byte)).count();
    }
}

impl Iterator for Logical<'_> {
    type Item = (usize, u8);

    fn next(&mut self) -> Option<(usize, u8)> {
        while let [b'\\', after @ ..] = self.rest()
            && !self.escaped
        {
            match (after.is_empty(), line_ending_len(after)) {
                (true, _) => return None,
                (false, 0) => break,
                (false, ending) => self.at += 1 + ending,
            }
            self.skip_blanks();
        }
        let &byte = self.rest().first()?;
        if matches!(byte, b'\r' | b'\n') {
            return None;
        }
        self.escaped = byte == b'\\' && !self.escaped;
        self.at += 1;
        Some((self.at - 1, byte))
    }
}

/// The positions of a property's key and value, as `Properties.load0` splits them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// The key from its first byte to its last, including continuations.
    pub(crate) key: Range<usize>,
    /// The value up to the property's line ending, including a backslash before that ending.
    pub(crate) value: Range<usize>,
    pub(crate) separator: Separator,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Separator {
    /// Nothing: the line ends after the key.
    Missing,
    /// White space only.
    Blanks,
    /// `=` or `:`, with or without white space.
    Sign,
}

impl Parts {
    pub(crate) fn of(property: &[u8]) -> Self {
        let end = property.len() - trailing_line_ending(property);
        let start = property.iter().take_while(|&&byte| is_blank(byte)).count();
        let plain = within(property, start..end);
        if let Some(parts) = plain_parts(plain) {
            return parts.moved_by(start);
        }
        let mut logical = Logical::new(property, start..end);
        let key = take_key(&mut logical);
        let (value_start, separator) = take_separator(&mut logical, key.end);
        Self { key, value: value_start..end, separator }
    }

    fn moved_by(self, start: usize) -> Self {
        let moved = |range: Range<usize>| start + range.start..start + range.end;
        Self { key: moved(self.key), value: moved(self.value), separator: self.separator }
    }
}

fn trailing_line_ending(property: &[u8]) -> usize {
    match property {
        [.., b'\r', b'\n'] => 2,
        [.., b'\r' | b'\n'] => 1,
        _ => 0,
    }
}

/// A fast path; `None` if there is a backslash before the value or at its beginning.
fn plain_parts(property: &[u8]) -> Option<Parts> {
    let until = |from: usize, ends: fn(u8) -> bool| {
        let rest = within(property, from..);
        from + rest.iter().position(|&byte| ends(byte)).unwrap_or(rest.len())
    };
    let key = 0..until(0, |byte| ends_key(byte) || byte == b'\\');
    let blanks = until(key.end, |byte| !is_blank(byte));
    let (value, separator) = match property.get(blanks) {
        Some(b'=' | b':') => (until(blanks + 1, |byte| !is_blank(byte)), Separator::Sign),
        _ if blanks > key.end => (blanks, Separator::Blanks),
        _ => (blanks, Separator::Missing),
    };
    let escaped = [key.end, blanks, value].into_iter().any(|at| property.get(at) == Some(&b'\\'));
    (!escaped).then_some(Parts { key, value: value..property.len(), separator })
}

fn take_key(logical: &mut Logical<'_>) -> Range<usize> {
    let mut key: Option<Range<usize>> = None;
    let mut escaped = false;
    let mut ahead = logical.clone();
    while let Some((at, byte)) = ahead.next().filter(|&(_, byte)| escaped || !ends_key(byte)) {
        escaped = byte == b'\\' && !escaped;
        key = Some(key.map_or(at, |key| key.start)..at + 1);
        *logical = ahead.clone();
    }
    key.unwrap_or(logical.at()..logical.at())
}

/// Skips the separator; returns the offset at which the value begins or would begin.
fn take_separator(logical: &mut Logical<'_>, key_end: usize) -> (usize, Separator) {
    let mut separator = Separator::Missing;
    let mut after = key_end;
    for (at, byte) in logical {
        match byte {
            b'=' | b':' if separator != Separator::Sign => separator = Separator::Sign,
            _ if !is_blank(byte) => return (at, separator),
            _ if separator == Separator::Missing => separator = Separator::Blanks,
            _ => {}
        }
        after = at + 1;
    }
    (after, separator)
}

pub(crate) fn ends_key(byte: u8) -> bool {
    matches!(byte, b'=' | b':') || is_blank(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(property: &str) -> (&str, &str, Separator) {
        let Parts { key, value, separator } = Parts::of(property.as_bytes());
        (property.get(key).unwrap(), property.get(value).unwrap(), separator)
    }

    #[test]
    fn a_property_splits_as_java_splits_it() {
        use Separator::{Blanks, Missing, Sign};
        let cases = [
            ("a=b\n", ("a", "b", Sign)),
            ("  a \t = \x0c b \r\n", ("a", "b ", Sign)),
            ("a==b", ("a", "=b", Sign)),
            ("a b=c", ("a", "b=c", Blanks)),
            ("a\r", ("a", "", Missing)),
            ("a ", ("a", "", Blanks)),
            ("=b", ("", "b", Sign)),
            ("a\\=b\\ c:d", ("a\\=b\\ c", "d", Sign)),
            ("a\\\\=b", ("a\\\\", "b", Sign)),
            ("a\\\n  b\\\n\t=\\\r\n c\\\n d\n", ("a\\\n  b", "c\\\n d", Sign)),
            ("a=\\\n  \n", ("a", "\\\n  ", Sign)),
            ("a=b\\", ("a", "b\\", Sign)),
            ("\\\n", ("", "\\", Missing)),
        ];
        for (property, parts) in cases {
            assert_eq!(split(property), parts, "{property:?}");
        }
    }
}
