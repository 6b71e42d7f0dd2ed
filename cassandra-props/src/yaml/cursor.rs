//! A place in a text that is read as SnakeYAML's `StreamReader` reads it.

use crate::error::{Error, ErrorKind, Position};
use crate::slice::{within, within_text};

/// A place in the text. Columns and indices count characters, as the rules about indentation and keys do.
#[derive(Clone)]
pub(crate) struct Cursor<'a> {
    pub(crate) text: &'a str,
    /// In bytes.
    pub(crate) at: usize,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) index: usize,
    script: Script,
}

/// Whether a character may have several bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Ascii,
    Any,
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl<'a> Cursor<'a> {
    /// At the first character that is not a byte order mark.
    pub(crate) fn new(text: &'a str) -> Self {
        let script = if text.is_ascii() { Script::Ascii } else { Script::Any };
        let mut cursor = Self { text, at: 0, line: 0, column: 0, index: 0, script };
        while cursor.rest().starts_with(BYTE_ORDER_MARK) {
            cursor.at += BYTE_ORDER_MARK.len();
        }
        cursor
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        within(self.text.as_bytes(), self.at..)
    }

    /// The byte so far ahead; 0 at the end, which no text has inside.
    pub(crate) fn peek(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// The length of the line break so far ahead; 0 if there is none.
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

    /// A space, a tab, a line break or the end.
    pub(crate) fn is_blank_or_end(&self, ahead: usize) -> bool {
        matches!(self.peek(ahead), b' ' | b'\t') || self.is_break_or_end(ahead)
    }

    /// Whether a line that begins here is `---` or `...`.
    pub(crate) fn is_document_marker(&self) -> bool {
        self.column == 0
            && matches!(self.rest(), [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..])
            && self.is_blank_or_end(3)
    }

    /// Passes over so many bytes of this line.
    pub(crate) fn skip(&mut self, bytes: usize) {
        if self.script == Script::Ascii || within(self.rest(), ..bytes).is_ascii() {
            self.column += bytes;
            self.index += bytes;
        } else {
            let passed = within_text(self.text, self.at..self.at + bytes);
            self.index += passed.chars().count();
            self.column += passed.chars().filter(|char| *char != '\u{feff}').count();
        }
        self.at += bytes;
    }

    /// Passes over all bytes of this kind.
    pub(crate) fn skip_while(&mut self, is: impl Fn(u8) -> bool) {
        let count = self.rest().iter().take_while(|byte| is(**byte)).count();
        self.skip(count);
    }

    /// Passes over the rest of the line, without its break.
    pub(crate) fn skip_to_break(&mut self) {
        if self.script == Script::Ascii {
            let rest = self.rest();
            return self.skip(memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len()));
        }
        let mut length = 0;
        loop {
            let rest = within(self.rest(), length..);
            // The first bytes of the four kinds of line breaks.
            let next = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r' | 0xc2 | 0xe2));
            length += next.unwrap_or(rest.len());
            if next.is_none() || self.break_len(length) > 0 {
                break self.skip(length);
            }
            length += 1;
        }
    }

    /// Passes over a line break, and says which character it is read as.
    pub(crate) fn take_break(&mut self) -> Option<char> {
        let length = self.break_len(0);
        let read = match (length, self.peek(2)) {
            (0, _) => return None,
            (3, 0xa8) => '\u{2028}',
            (3, _) => '\u{2029}',
            _ => '\n',
        };
        self.index += if self.peek(0) == b'\r' { length } else { 1 };
        self.at += length;
        self.line += 1;
        self.column = 0;
        Some(read)
    }

    /// That the text is not what SnakeYAML reads.
    pub(crate) fn error(&self, problem: &'static str) -> Error {
        error_at(self.text, self.at, ErrorKind::NotYaml { problem })
    }
}

/// An error at a byte of the text, with the line and column that an editor shows.
pub(crate) fn error_at(text: &str, at: usize, kind: ErrorKind) -> Error {
    let before = within(text.as_bytes(), ..at.min(text.len()));
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    Error::at(kind, Position { offset: at, line, column: before.len() - line_start + 1 })
}
