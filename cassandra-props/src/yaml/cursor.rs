//! A position in a text that is read as SnakeYAML's `StreamReader` reads it.

use memchr::{memchr, memchr2};

use crate::error::{Error, ErrorKind, Position};
use crate::slice::{within, within_text};

/// A position in a text.
///
/// Columns and indices count characters, as YAML's rules about indentation and keys do.
#[derive(Clone)]
pub(crate) struct Cursor<'a> {
    pub(crate) text: &'a str,
    /// The offset in bytes.
    pub(crate) at: usize,
    /// The offset of the line's beginning, in bytes.
    pub(crate) line_start: usize,
    /// The numbers of bytes before this position that do not count as characters.
    surplus: Surplus,
    breaks: Breaks,
}

#[derive(Clone, Copy, Default)]
struct Surplus {
    of_text: usize,
    of_line: usize,
}

/// The characters that may end a line of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Breaks {
    /// `\n`; the text is ASCII.
    Newline,
    /// `\n` and `\r`; the text is ASCII.
    Ascii,
    /// `\n`, `\r` and the line breaks of Unicode.
    ///
    /// A character may have several bytes.
    Unicode,
}

impl Breaks {
    pub(crate) fn of(text: &str) -> Self {
        match text.is_ascii() {
            true if memchr(b'\r', text.as_bytes()).is_none() => Self::Newline,
            true => Self::Ascii,
            false => Self::Unicode,
        }
    }
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str, breaks: Breaks) -> Self {
        let mut cursor = Self { text, at: 0, line_start: 0, surplus: Surplus::default(), breaks };
        while cursor.rest().starts_with(BYTE_ORDER_MARK) {
            cursor.at += BYTE_ORDER_MARK.len();
        }
        cursor.surplus = Surplus { of_text: cursor.at, of_line: cursor.at };
        cursor
    }

    /// Moves to the beginning of a line.
    ///
    /// Indices then count from that line.
    pub(crate) fn go_to_line(&mut self, start: usize) {
        (self.at, self.line_start) = (start, start);
        self.surplus = Surplus { of_text: start, of_line: 0 };
    }

    /// The number of characters before this position on its line, without byte order marks.
    pub(crate) fn column(&self) -> usize {
        self.at - self.line_start - self.surplus.of_line
    }

    /// The number of characters since the cursor's start or [`go_to_line`](Self::go_to_line).
    pub(crate) fn index(&self) -> usize {
        self.at - self.surplus.of_text
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        within(self.text.as_bytes(), self.at..)
    }

    /// The byte at this distance ahead; at the end 0, which no text contains.
    pub(crate) fn peek(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    pub(crate) fn break_len(&self, ahead: usize) -> usize {
        match self.peek(ahead) {
            b'\r' if self.peek(ahead + 1) == b'\n' => 2,
            b'\n' | b'\r' => 1,
            0xc2 if self.peek(ahead + 1) == 0x85 => 2,
            0xe2 if self.peek(ahead + 1) == 0x80 && matches!(self.peek(ahead + 2), 0xa8 | 0xa9) => 3,
            _ => 0,
        }
    }

    pub(crate) fn is_break_or_end(&self, ahead: usize) -> bool {
        self.at + ahead >= self.text.len() || self.break_len(ahead) > 0
    }

    pub(crate) fn is_blank_or_end(&self, ahead: usize) -> bool {
        matches!(self.peek(ahead), b' ' | b'\t') || self.is_break_or_end(ahead)
    }

    pub(crate) fn is_document_marker(&self) -> bool {
        self.column() == 0
            && matches!(self.rest(), [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..])
            && self.is_blank_or_end(3)
    }

    /// Skips bytes, which must be on one line.
    pub(crate) fn skip(&mut self, bytes: usize) {
        if self.breaks == Breaks::Unicode && !within(self.rest(), ..bytes).is_ascii() {
            let passed = within_text(self.text, self.at..self.at + bytes);
            self.surplus.of_text += bytes - passed.chars().count();
            self.surplus.of_line += bytes - passed.chars().filter(|char| *char != '\u{feff}').count();
        }
        self.at += bytes;
    }

    /// Skips the bytes that `is` accepts.
    ///
    /// `is` must accept only ASCII, and no line breaks.
    pub(crate) fn skip_while(&mut self, is: impl Fn(u8) -> bool) {
        self.at += self.rest().iter().take_while(|byte| is(**byte)).count();
    }

    pub(crate) fn skip_to_content(&mut self) {
        if self.breaks == Breaks::Newline {
            return self.skip_plain_lines();
        }
        loop {
            self.skip_while(|byte| byte == b' ');
            if self.peek(0) == b'#' {
                self.skip_to_break();
            }
            if self.take_break().is_none() {
                return;
            }
        }
    }

    /// The fast path of [`skip_to_content`](Self::skip_to_content) if only `\n` ends lines.
    ///
    /// Most lines of Cassandra's own `cassandra.yaml` are comments.
    fn skip_plain_lines(&mut self) {
        loop {
            let rest = self.rest();
            let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
            let length = match rest.get(blanks) {
                Some(b'\n') => blanks,
                Some(b'#') => end_of_comments(rest),
                _ => return self.at += blanks,
            };
            self.at = self.text.len().min(self.at + length + 1);
            self.line_start = self.at;
        }
    }

    pub(crate) fn skip_to_break(&mut self) {
        let rest = self.rest();
        match self.breaks {
            Breaks::Newline => self.at += memchr(b'\n', rest).unwrap_or(rest.len()),
            Breaks::Ascii => self.at += memchr2(b'\n', b'\r', rest).unwrap_or(rest.len()),
            Breaks::Unicode => self.skip(self.until_break()),
        }
    }

    fn until_break(&self) -> usize {
        let mut length = 0;
        loop {
            let rest = within(self.rest(), length..);
            // The first bytes of all line breaks.
            let next = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r' | 0xc2 | 0xe2));
            length += next.unwrap_or(rest.len());
            if next.is_none() || self.break_len(length) > 0 {
                return length;
            }
            length += 1;
        }
    }

    /// Skips a line break, and returns the character that SnakeYAML reads it as.
    pub(crate) fn take_break(&mut self) -> Option<char> {
        if self.peek(0) == b'\n' {
            self.at += 1;
            self.line_start = self.at;
            self.surplus.of_line = 0;
            return Some('\n');
        }
        let length = self.break_len(0);
        let read = match (length, self.peek(2)) {
            (0, _) => return None,
            (3, 0xa8) => '\u{2028}',
            (3, _) => '\u{2029}',
            _ => '\n',
        };
        let characters = if self.peek(0) == b'\r' { length } else { 1 };
        self.at += length;
        self.line_start = self.at;
        self.surplus = Surplus { of_text: self.surplus.of_text + length - characters, of_line: 0 };
        Some(read)
    }

    pub(crate) fn error(&self, problem: &'static str) -> Error {
        error_at(self.text, self.at, ErrorKind::NotYaml { problem })
    }
}

const BLOCK: usize = 64;

/// The offset of the first `\n` that no `#` follows; the length of `bytes` if there is none.
///
/// Comments are long and many, so whole blocks are examined without a branch. That is faster than searching for the end
/// of each line.
fn end_of_comments(bytes: &[u8]) -> usize {
    let next = bytes.get(1..).unwrap_or_default();
    let ends = |byte: u8, next: u8| byte == b'\n' && next != b'#';
    let blocks = bytes.as_chunks::<BLOCK>().0.iter().zip(next.as_chunks::<BLOCK>().0);
    let has_no_end = |(block, next): &(&[u8; BLOCK], &[u8; BLOCK])| {
        !block.iter().zip(*next).fold(false, |found, (byte, next)| found | ends(*byte, *next))
    };
    let skipped = blocks.take_while(has_no_end).count() * BLOCK;
    let ends_here = |at: &usize| bytes.get(skipped + at + 1) != Some(&b'#');
    let end = memchr::memchr_iter(b'\n', within(bytes, skipped..)).find(ends_here);
    end.map_or(bytes.len(), |end| skipped + end)
}

pub(crate) fn error_at(text: &str, at: usize, kind: ErrorKind) -> Error {
    let before = within(text.as_bytes(), ..at.min(text.len()));
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    Error::at(kind, Position { offset: at, line, column: before.len() - line_start + 1 })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn comments_end_where_a_line_begins_without_a_sign(
            lines in proptest::collection::vec(("[# a]", 0_usize..150), 0..6)
        ) {
            let text: String = lines.iter().flat_map(|(first, length)| [first.clone(), "x".repeat(*length), "\n".to_owned()]).collect();
            let bytes = text.as_bytes();
            let ends = |at: &usize| bytes.get(*at) == Some(&b'\n') && bytes.get(at + 1) != Some(&b'#');
            prop_assert_eq!(end_of_comments(bytes), (0..bytes.len()).find(ends).unwrap_or(bytes.len()));
        }
    }
}
