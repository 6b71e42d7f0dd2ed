//! The tokens of a text, under the names of SnakeYAML's `Token.ID`.

use std::ops::Range;

use crate::slice::within_text;
use crate::wiped::Wiped;

pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) at: Range<usize>,
}

pub(crate) enum TokenKind {
    StreamEnd,
    Directive,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    BlockEntry,
    FlowSequenceStart,
    FlowMappingStart,
    FlowSequenceEnd,
    FlowMappingEnd,
    FlowEntry,
    Key,
    Value,
    Alias,
    Anchor,
    Tag,
    Scalar(Scalar),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scalar {
    pub(crate) style: Style,
    pub(crate) value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Block,
}

/// The content of a scalar: a part of the text, or a new string.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Verbatim(Range<usize>),
    Read(Wiped<String>),
}

/// Does not show the content, which may be a password.
impl std::fmt::Debug for Value {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Value")
    }
}

/// A value that is assembled from pieces, and copied at most once.
pub(crate) struct Pieces<'a> {
    text: &'a str,
    /// The first piece of the text.
    first: Range<usize>,
    further: Vec<Piece>,
}

enum Piece {
    Text(Range<usize>),
    Char(char),
}

impl<'a> Pieces<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self { text, first: 0..0, further: Vec::new() }
    }

    pub(crate) fn push_text(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        match self.further.last_mut() {
            Some(Piece::Text(last)) if last.end == range.start => last.end = range.end,
            None if self.first.is_empty() => self.first = range,
            None if self.first.end == range.start => self.first.end = range.end,
            _ => self.further.push(Piece::Text(range)),
        }
    }

    pub(crate) fn push(&mut self, char: char) {
        self.further.push(Piece::Char(char));
    }

    pub(crate) fn extend(&mut self, chars: impl IntoIterator<Item = char>) {
        self.further.extend(chars.into_iter().map(Piece::Char));
    }

    /// Copies the pieces at most once: a string that grew would leave a second copy in memory.
    pub(crate) fn into_value(self, start: usize) -> Value {
        if self.further.is_empty() {
            return Value::Verbatim(if self.first.is_empty() { start..start } else { self.first });
        }
        let length = self.further.iter().map(|piece| match piece {
            Piece::Text(range) => range.len(),
            Piece::Char(char) => char.len_utf8(),
        });
        let mut value = Wiped::new(String::with_capacity(self.first.len() + length.sum::<usize>()));
        value.push_str(within_text(self.text, self.first));
        for piece in self.further {
            match piece {
                Piece::Text(range) => value.push_str(within_text(self.text, range)),
                Piece::Char(char) => value.push(char),
            }
        }
        Value::Read(value)
    }
}
