//! The logical lines of a `.properties` file, and the natural lines that they consist of.

use memchr::memchr2;

use crate::slice::within;

/// Java's interpretation of a [`Line`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// Only white space (space, tab, form feed).
    ///
    /// Natural lines of a single backslash each are blank, too, if a blank line or a comment follows, or if the last of
    /// them ends with `\r\n` at the end of the file.
    Blank,
    /// A comment: the first character that is not white space is `#` or `!`.
    Comment,
    /// A property, with all its continuation lines.
    Property,
}

/// One logical line: a blank line, a comment, or a property with its continuation lines.
///
/// `Debug` shows no content: a line may hold a password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    kind: LineKind,
    number: usize,
    start: usize,
    bytes: &'a [u8],
}

impl<'a> Line<'a> {
    /// The kind of the line.
    pub fn kind(&self) -> LineKind {
        self.kind
    }

    /// The number of the first natural line, from 1.
    ///
    /// Each `\n`, `\r` and `\r\n` ends a natural line.
    pub fn number(&self) -> usize {
        self.number
    }

    /// The offset of the line's start, in bytes from the beginning of the file.
    pub fn start(&self) -> usize {
        self.start
    }

    /// The line's bytes, with its line endings.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

impl std::fmt::Debug for Line<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut line = formatter.debug_struct("Line");
        line.field("kind", &self.kind).field("number", &self.number).field("start", &self.start);
        line.field("len", &self.bytes.len()).finish()
    }
}

/// Splits a `.properties` file into its logical lines.
///
/// The properties are those that `Properties.LineReader` of JDK 17 finds. Any bytes are accepted, and the concatenated
/// lines are the file, byte for byte.
///
/// ```
/// use cassandra_props::{LineKind, lines};
///
/// let kinds: Vec<LineKind> = lines(b"# a comment\n\nkey = one\\\n  two\n").map(|line| line.kind()).collect();
/// assert_eq!(kinds, [LineKind::Comment, LineKind::Blank, LineKind::Property]);
/// ```
pub fn lines(bytes: &[u8]) -> Lines<'_> {
    Lines::starting_at(bytes, 0, 1)
}

/// An iterator over the logical lines of a file, returned by [`lines`].
#[derive(Clone)]
pub struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    number: usize,
}

impl<'a> Lines<'a> {
    /// The lines from byte `at` on, where a logical line must start.
    ///
    /// `number` is the number of the natural line at that byte.
    pub(crate) fn starting_at(bytes: &'a [u8], at: usize, number: usize) -> Self {
        Self { bytes, at, number }
    }

    fn rest(&self) -> &'a [u8] {
        within(self.bytes, self.at..)
    }

    fn take_natural(&mut self) -> Natural<'a> {
        let natural = Natural::first_of(self.rest());
        self.at += natural.len();
        self.number += 1;
        natural
    }

    fn take_logical(&mut self) -> LineKind {
        let first = self.take_natural();
        match first.kind() {
            LineKind::Property => self.take_continuations(first),
            other => other,
        }
    }

    /// Takes the continuation lines; returns `Blank` if Java finds no property.
    ///
    /// As long as each natural line is only a backslash, Java starts again at the next line, which may be a comment or
    /// blank. If the file ends after such lines, they are a property with an empty key, unless the last of them ends with
    /// `\r\n`.
    fn take_continuations(&mut self, mut line: Natural<'a>) -> LineKind {
        let mut empty = true;
        while line.continues() {
            empty &= line.content.len() == 1;
            let rest = self.rest();
            if rest.is_empty() {
                return if empty && line.ending == b"\r\n" { LineKind::Blank } else { LineKind::Property };
            }
            if empty && Natural::first_of(rest).kind() != LineKind::Property {
                return LineKind::Blank;
            }
            line = self.take_natural();
        }
        LineKind::Property
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let Self { at: start, number, .. } = *self;
        if self.rest().is_empty() {
            return None;
        }
        let kind = self.take_logical();
        Some(Line { kind, number, start, bytes: within(self.bytes, start..self.at) })
    }
}

impl std::fmt::Debug for Lines<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Lines").field("at", &self.at).field("number", &self.number).finish_non_exhaustive()
    }
}

/// A natural line: white space, then content, then `\n`, `\r`, `\r\n` or the end of the file.
#[derive(Clone, Copy)]
pub(crate) struct Natural<'a> {
    pub(crate) blanks: &'a [u8],
    pub(crate) content: &'a [u8],
    pub(crate) ending: &'a [u8],
}

impl<'a> Natural<'a> {
    pub(crate) fn first_of(bytes: &'a [u8]) -> Self {
        let (line, rest) = bytes.split_at(memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len()));
        let content = trim_blanks(line);
        let (blanks, _) = line.split_at(line.len() - content.len());
        let (ending, _) = rest.split_at(line_ending_len(rest));
        Self { blanks, content, ending }
    }

    pub(crate) fn len(&self) -> usize {
        self.blanks.len() + self.content.len() + self.ending.len()
    }

    pub(crate) fn kind(&self) -> LineKind {
        match self.content.first() {
            None => LineKind::Blank,
            Some(b'#' | b'!') => LineKind::Comment,
            Some(_) => LineKind::Property,
        }
    }

    pub(crate) fn continues(&self) -> bool {
        self.content.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
    }
}

pub(crate) fn naturals(bytes: &[u8]) -> impl Iterator<Item = Natural<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let natural = Natural::first_of(rest);
        rest = within(rest, natural.len()..);
        (natural.len() > 0).then_some(natural)
    })
}

pub(crate) fn line_ending_len(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\x0c')
}

pub(crate) fn trim_blanks(bytes: &[u8]) -> &[u8] {
    let blanks = bytes.iter().take_while(|&&byte| is_blank(byte)).count();
    within(bytes, blanks..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(bytes: &[u8]) -> Vec<(LineKind, usize, &[u8])> {
        lines(bytes).map(|line| (line.kind(), line.number(), line.bytes())).collect()
    }

    #[test]
    fn each_kind_of_line_ending_ends_a_line() {
        use LineKind::{Comment, Property};
        assert_eq!(
            split(b"#a\rb=1\r\nc=2\nd"),
            [(Comment, 1, &b"#a\r"[..]), (Property, 2, b"b=1\r\n"), (Property, 3, b"c=2\n"), (Property, 4, b"d")]
        );
    }

    #[test]
    fn a_property_takes_the_blank_line_that_it_continues_on() {
        assert_eq!(
            split(b"a=b\\\n  \nc"),
            [(LineKind::Property, 1, &b"a=b\\\n  \n"[..]), (LineKind::Property, 3, b"c")]
        );
    }

    #[test]
    fn a_comment_may_follow_an_empty_continuation() {
        assert_eq!(split(b"\\\n#c\n"), [(LineKind::Blank, 1, &b"\\\n"[..]), (LineKind::Comment, 2, b"#c\n")]);
    }

    #[test]
    fn an_empty_continuation_belongs_to_the_property_after_it() {
        assert_eq!(split(b"\\\n\\\n a=1"), [(LineKind::Property, 1, &b"\\\n\\\n a=1"[..])]);
    }

    #[test]
    fn a_backslash_at_the_end_of_the_file_is_a_property_unless_both_line_ending_characters_follow() {
        for (file, kind) in [("\\", LineKind::Property), ("\\\n", LineKind::Property), ("\\\r", LineKind::Property)] {
            assert_eq!(split(file.as_bytes()), [(kind, 1, file.as_bytes())]);
        }
        assert_eq!(split(b"\\\r\n"), [(LineKind::Blank, 1, &b"\\\r\n"[..])]);
    }

    #[test]
    fn two_backslashes_do_not_continue() {
        assert_eq!(split(b"a\\\\\nb").len(), 2);
    }
}
