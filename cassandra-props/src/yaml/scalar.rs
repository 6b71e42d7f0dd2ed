//! Scalars, as SnakeYAML's `ScannerImpl` scans them.

use super::cursor::Cursor;
use super::token::{Pieces, Scalar, Style, Value};
use crate::error::Error;
use crate::slice::{within, within_text};

#[derive(Clone, Copy)]
pub(crate) struct Context {
    /// The minimum column of a continuation line outside of brackets.
    pub(crate) column: usize,
    pub(crate) flow: Flow,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    Inside,
    Outside,
}

/// A plain scalar.
///
/// Scanning it also skips the white space that follows.
pub(crate) struct Plain {
    pub(crate) scalar: Scalar,
    /// The offset after the scalar, before the white space.
    pub(crate) end: usize,
    /// Whether the white space after the scalar contains a line break, so that a key may follow.
    pub(crate) crossed_lines: bool,
}

pub(crate) fn plain(cursor: &mut Cursor<'_>, context: Context) -> Plain {
    let start = cursor.at;
    let mut pieces = Pieces::of(cursor.text);
    let (mut end, mut crossed_lines) = (start, false);
    let mut pending = Blanks::default();
    while cursor.peek(0) != b'#' {
        let length = plain_run(cursor, context.flow);
        if length == 0 {
            break;
        }
        pending.append_to(&mut pieces);
        crossed_lines = false;
        pieces.push_text(cursor.at..cursor.at + length);
        cursor.skip(length);
        end = cursor.at;
        pending = plain_blanks(cursor);
        crossed_lines |= pending.crosses_lines();
        let outdented = context.flow == Flow::Outside && cursor.column() < context.column;
        if pending.is_nothing() || cursor.peek(0) == b'#' || outdented {
            break;
        }
    }
    Plain { scalar: Scalar { style: Style::Plain, value: pieces.into_value(start) }, end, crossed_lines }
}

fn plain_run(cursor: &Cursor<'_>, flow: Flow) -> usize {
    let mut length = 0;
    loop {
        length += within(cursor.rest(), length..).iter().take_while(|byte| is_surely_plain(**byte)).count();
        let ends = match cursor.peek(length) {
            b':' => {
                cursor.is_blank_or_end(length + 1)
                    || flow == Flow::Inside && matches!(cursor.peek(length + 1), b',' | b'[' | b']' | b'{' | b'}')
            }
            b',' | b'[' | b']' | b'{' | b'}' => flow == Flow::Inside,
            _ => cursor.is_blank_or_end(length),
        };
        if ends {
            return length;
        }
        length += 1;
    }
}

/// Whether a byte does not end a plain scalar, whatever follows.
fn is_surely_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b':' | b',' | b'[' | b']' | b'{' | b'}')
}

/// The white space after a run of a plain scalar.
#[derive(Default)]
enum Blanks {
    /// No white space: the scalar ends.
    #[default]
    Nothing,
    /// White space within the line: the scalar may continue.
    Within(std::ops::Range<usize>),
    /// Line breaks: the scalar may continue on another line.
    Folded(Vec<char>),
    /// Line breaks before a document marker: the scalar ends.
    Over,
}

impl Blanks {
    fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing | Self::Over)
    }

    fn crosses_lines(&self) -> bool {
        matches!(self, Self::Folded(_) | Self::Over)
    }

    fn append_to(&self, pieces: &mut Pieces<'_>) {
        match self {
            Self::Nothing | Self::Over => {}
            Self::Within(range) => pieces.push_text(range.clone()),
            Self::Folded(chars) => pieces.extend(chars.iter().copied()),
        }
    }
}

fn plain_blanks(cursor: &mut Cursor<'_>) -> Blanks {
    let start = cursor.at;
    cursor.skip_while(|byte| matches!(byte, b' ' | b'\t'));
    let blanks = start..cursor.at;
    let Some(first) = cursor.take_break() else {
        return if blanks.is_empty() { Blanks::Nothing } else { Blanks::Within(blanks) };
    };
    let mut further = Vec::new();
    loop {
        if starts_marker(cursor) {
            return Blanks::Over;
        }
        cursor.skip_while(|byte| byte == b' ');
        match cursor.take_break() {
            Some(char) => further.push(char),
            None => return Blanks::Folded(folded(first, further)),
        }
    }
}

/// Whether a document marker ends a plain scalar here.
///
/// SnakeYAML ends a plain scalar at any line that begins with `---`, and at `...` followed by white space or the line's
/// end.
fn starts_marker(cursor: &Cursor<'_>) -> bool {
    cursor.column() == 0 && (cursor.rest().starts_with(b"---") || cursor.is_document_marker())
}

/// Folds breaks: a single `\n` becomes a space, and a `\n` before other breaks is dropped.
fn folded(first: char, further: Vec<char>) -> Vec<char> {
    match (first, further.is_empty()) {
        ('\n', true) => vec![' '],
        ('\n', false) => further,
        _ => std::iter::once(first).chain(further).collect(),
    }
}

/// Scans a quoted scalar.
///
/// The cursor must be on the opening quote.
pub(crate) fn quoted(cursor: &mut Cursor<'_>) -> Result<Scalar, Error> {
    let quote = cursor.peek(0);
    let style = if quote == b'"' { Style::DoubleQuoted } else { Style::SingleQuoted };
    cursor.skip(1);
    let start = cursor.at;
    let mut pieces = Pieces::of(cursor.text);
    quoted_run(cursor, style, &mut pieces)?;
    while cursor.peek(0) != quote {
        quoted_blanks(cursor, &mut pieces)?;
        quoted_run(cursor, style, &mut pieces)?;
    }
    cursor.skip(1);
    Ok(Scalar { style, value: pieces.into_value(start) })
}

fn quoted_run(cursor: &mut Cursor<'_>, style: Style, pieces: &mut Pieces<'_>) -> Result<(), Error> {
    loop {
        let mut length = 0;
        while !matches!(cursor.peek(length), b'\'' | b'"' | b'\\') && !cursor.is_blank_or_end(length) {
            length += 1;
        }
        pieces.push_text(cursor.at..cursor.at + length);
        cursor.skip(length);
        match (style, cursor.peek(0)) {
            (Style::SingleQuoted, b'\'') if cursor.peek(1) == b'\'' => {
                pieces.push('\'');
                cursor.skip(2);
            }
            (Style::SingleQuoted, b'"' | b'\\') | (Style::DoubleQuoted, b'\'') => {
                pieces.push_text(cursor.at..cursor.at + 1);
                cursor.skip(1);
            }
            (Style::DoubleQuoted, b'\\') => escape(cursor, pieces)?,
            _ => return Ok(()),
        }
    }
}

fn escape(cursor: &mut Cursor<'_>, pieces: &mut Pieces<'_>) -> Result<(), Error> {
    cursor.skip(1);
    let (digits, char) = match cursor.peek(0) {
        b'0' => (0, '\0'),
        b'a' => (0, '\x07'),
        b'b' => (0, '\x08'),
        b't' | b'\t' => (0, '\t'),
        b'n' => (0, '\n'),
        b'v' => (0, '\x0b'),
        b'f' => (0, '\x0c'),
        b'r' => (0, '\r'),
        b'e' => (0, '\x1b'),
        byte @ (b' ' | b'"' | b'\\') => (0, char::from(byte)),
        b'N' => (0, '\u{85}'),
        b'_' => (0, '\u{a0}'),
        b'L' => (0, '\u{2028}'),
        b'P' => (0, '\u{2029}'),
        b'x' => (2, '\0'),
        b'u' => (4, '\0'),
        b'U' => (8, '\0'),
        _ => {
            return match cursor.take_break() {
                Some(_) => {
                    pieces.extend(quoted_breaks(cursor)?);
                    Ok(())
                }
                None => Err(cursor.error("an escape that YAML does not know")),
            };
        }
    };
    cursor.skip(1);
    if digits == 0 {
        pieces.push(char);
        return Ok(());
    }
    let hex = cursor.rest().get(..digits).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    let hex = hex.ok_or_else(|| cursor.error("an escape without its hexadecimal digits"))?;
    let code = hex
        .iter()
        .filter_map(|digit| char::from(*digit).to_digit(16))
        .fold(0, |code: u32, digit| code.wrapping_mul(16).wrapping_add(digit));
    let read = char::from_u32(code).ok_or_else(|| cursor.error("an escape that is not a character"))?;
    pieces.push(read);
    cursor.skip(digits);
    Ok(())
}

fn quoted_blanks(cursor: &mut Cursor<'_>, pieces: &mut Pieces<'_>) -> Result<(), Error> {
    let start = cursor.at;
    cursor.skip_while(|byte| matches!(byte, b' ' | b'\t'));
    if cursor.is_at_end() {
        return Err(cursor.error("a quoted text without its closing quote"));
    }
    let blanks = start..cursor.at;
    match cursor.take_break() {
        Some(first) => pieces.extend(folded(first, quoted_breaks(cursor)?)),
        None => pieces.push_text(blanks),
    }
    Ok(())
}

fn quoted_breaks(cursor: &mut Cursor<'_>) -> Result<Vec<char>, Error> {
    let mut breaks = Vec::new();
    loop {
        if cursor.is_document_marker() {
            return Err(cursor.error("a document marker within a quoted text"));
        }
        cursor.skip_while(|byte| matches!(byte, b' ' | b'\t'));
        match cursor.take_break() {
            Some(char) => breaks.push(char),
            None => return Ok(breaks),
        }
    }
}

/// Scans a block scalar, and returns the scalar and the offset after its last line.
///
/// The cursor must be on `|` or `>`. Afterwards, the cursor is after the empty lines that follow the scalar. `column` is
/// the scalar's minimum indentation.
pub(crate) fn block(cursor: &mut Cursor<'_>, column: usize) -> Result<(Scalar, usize), Error> {
    let start = cursor.at;
    let folds = cursor.peek(0) == b'>';
    cursor.skip(1);
    let header = block_header(cursor)?;
    let mut end = cursor.at;
    let (column, mut breaks) = match header.increment {
        Some(increment) => {
            let column = column + increment - 1;
            (column, block_breaks(cursor, column))
        }
        None => found_indentation(cursor, column),
    };
    let mut pieces = Pieces::of(cursor.text);
    let mut last = None;
    while cursor.column() == column && !cursor.is_at_end() {
        pieces.extend(breaks.drain(..));
        let starts_text = !matches!(cursor.peek(0), b' ' | b'\t');
        let line = cursor.at;
        cursor.skip_to_break();
        pieces.push_text(line..cursor.at);
        last = cursor.take_break();
        end = cursor.at;
        breaks = block_breaks(cursor, column);
        if cursor.column() != column || cursor.is_at_end() {
            break;
        }
        match last.take() {
            Some('\n') if folds && starts_text && !matches!(cursor.peek(0), b' ' | b'\t') => {
                pieces.extend(breaks.is_empty().then_some(' '));
            }
            other => pieces.extend(other),
        }
    }
    if header.chomping != Chomping::Strip {
        pieces.extend(last);
    }
    if header.chomping == Chomping::Keep {
        pieces.extend(breaks);
    }
    Ok((Scalar { style: Style::Block, value: pieces.into_value(start) }, end))
}

#[derive(PartialEq, Eq)]
enum Chomping {
    Clip,
    Strip,
    Keep,
}

struct Header {
    chomping: Chomping,
    increment: Option<usize>,
}

fn block_header(cursor: &mut Cursor<'_>) -> Result<Header, Error> {
    let mut header = Header { chomping: Chomping::Clip, increment: None };
    let is_indicator = |byte: &&u8| matches!(**byte, b'+' | b'-' | b'0'..=b'9');
    let indicators = cursor.rest().iter().take(2).take_while(is_indicator).count();
    for byte in within(cursor.rest(), ..indicators) {
        match byte {
            b'+' => header.chomping = Chomping::Keep,
            b'-' => header.chomping = Chomping::Strip,
            b'0' => return Err(cursor.error("a block scalar with an indentation of 0")),
            digit => header.increment = Some(usize::from(digit - b'0')),
        }
    }
    cursor.skip(indicators);
    cursor.skip_while(|byte| byte == b' ');
    if cursor.peek(0) == b'#' {
        cursor.skip_to_break();
    }
    if cursor.take_break().is_none() && !cursor.is_at_end() {
        return Err(cursor.error("text after the indicator of a block scalar"));
    }
    Ok(header)
}

fn found_indentation(cursor: &mut Cursor<'_>, least: usize) -> (usize, Vec<char>) {
    let (mut breaks, mut column) = (Vec::new(), least);
    loop {
        cursor.skip_while(|byte| byte == b' ');
        column = column.max(cursor.column());
        match cursor.take_break() {
            Some(char) => breaks.push(char),
            None => return (column, breaks),
        }
    }
}

fn block_breaks(cursor: &mut Cursor<'_>, column: usize) -> Vec<char> {
    let mut breaks = Vec::new();
    loop {
        while cursor.column() < column && cursor.peek(0) == b' ' {
            cursor.skip(1);
        }
        match cursor.take_break() {
            Some(char) => breaks.push(char),
            None => return breaks,
        }
    }
}

impl Value {
    pub(crate) fn text<'a>(&'a self, text: &'a str) -> &'a str {
        match self {
            Self::Verbatim(range) => within_text(text, range.clone()),
            Self::Read(value) => value,
        }
    }
}
