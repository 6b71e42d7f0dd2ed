//! Splits characters into tokens, as SnakeYAML's `ScannerImpl` does.

use std::collections::VecDeque;

use super::cursor::{Breaks, Cursor};
use super::scalar::{self, Context, Flow};
use super::token::{Scalar, Token, TokenKind};
use crate::error::Error;

/// The maximum length of a key, in characters (YAML 1.1, simple keys).
const LONGEST_KEY: usize = 1024;

pub(crate) struct Scanner<'a> {
    cursor: Cursor<'a>,
    tokens: VecDeque<Token>,
    /// The number of tokens that have been returned.
    taken: usize,
    /// The columns of the open blocks, each plus one.
    indents: Vec<usize>,
    /// The possible key of the block, then of each open `[` or `{`.
    keys: Vec<Option<PossibleKey>>,
    key_allowed: Allowed,
    is_done: bool,
    /// Whether a key token can no longer be inserted before the first token.
    is_ready: bool,
}

/// A token that is a key if a `:` follows.
#[derive(Clone, Copy)]
struct PossibleKey {
    token: usize,
    needed: bool,
    at: usize,
    line: usize,
    column: usize,
    index: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Allowed {
    Yes,
    No,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str, breaks: Breaks) -> Self {
        Self {
            cursor: Cursor::new(text, breaks),
            tokens: VecDeque::new(),
            taken: 0,
            indents: Vec::new(),
            keys: vec![None],
            key_allowed: Allowed::Yes,
            is_done: false,
            is_ready: false,
        }
    }

    pub(crate) fn within_mapping(text: &'a str, breaks: Breaks, start: usize) -> Self {
        let mut scanner = Self::new(text, breaks);
        scanner.cursor.go_to_line(start);
        scanner.indents.push(1);
        scanner
    }

    #[inline]
    pub(crate) fn peek(&mut self) -> Result<&Token, Error> {
        if !self.is_ready {
            self.prepare()?;
        }
        self.tokens.front().ok_or_else(|| too_early(&self.cursor))
    }

    pub(crate) fn next(&mut self) -> Result<Token, Error> {
        if !self.is_ready {
            self.prepare()?;
        }
        self.taken += 1;
        self.is_ready = false;
        self.tokens.pop_front().ok_or_else(|| too_early(&self.cursor))
    }

    fn prepare(&mut self) -> Result<(), Error> {
        while self.needs_more()? {
            self.fetch()?;
        }
        self.is_ready = true;
        Ok(())
    }

    /// Whether the first token is missing, or may still turn out to be a key.
    fn needs_more(&mut self) -> Result<bool, Error> {
        if self.is_done {
            return Ok(false);
        }
        if self.tokens.is_empty() {
            return Ok(true);
        }
        self.drop_stale_keys()?;
        Ok(self.keys.iter().flatten().map(|key| key.token).min() == Some(self.taken))
    }

    fn fetch(&mut self) -> Result<(), Error> {
        self.skip_to_token();
        self.drop_stale_keys()?;
        self.unwind(self.cursor.column() + 1);
        if self.cursor.is_at_end() {
            return self.fetch_end();
        }
        let (next, blank_follows) = (self.cursor.peek(0), self.cursor.is_blank_or_end(1));
        let in_flow = self.flow() == Flow::Inside;
        match next {
            b'%' if self.cursor.column() == 0 => self.fetch_directive(),
            b'-' | b'.' if self.cursor.is_document_marker() => self.fetch_document_marker(next),
            b'[' | b'{' => {
                self.fetch_flow_start(next);
                Ok(())
            }
            b']' | b'}' => self.fetch_flow_end(next),
            b',' => self.fetch_flow_entry(),
            b'-' if blank_follows => self.fetch_block_entry(),
            b'?' if in_flow || blank_follows => self.fetch_key(),
            b':' if in_flow || blank_follows => self.fetch_value(),
            b'*' | b'&' => self.fetch_anchor(next),
            b'!' => {
                self.fetch_tag();
                Ok(())
            }
            b'|' | b'>' if !in_flow => self.fetch_block_scalar(),
            b'\'' | b'"' => self.fetch_quoted(),
            _ if self.starts_plain(next) => {
                self.fetch_plain();
                Ok(())
            }
            b'\t' => Err(self.cursor.error("a tab where SnakeYAML allows only spaces: write spaces")),
            _ => Err(self.cursor.error("a character that cannot begin a value in YAML: quote the value")),
        }
    }

    fn flow(&self) -> Flow {
        if self.keys.len() > 1 { Flow::Inside } else { Flow::Outside }
    }

    fn starts_plain(&self, next: u8) -> bool {
        let blank_follows = self.cursor.is_blank_or_end(1);
        let is_indicator = b"-?:,[]{}#&*!|>'\"%@`".contains(&next);
        let outside = self.flow() == Flow::Outside;
        !self.cursor.is_blank_or_end(0) && !is_indicator
            || !blank_follows && (next == b'-' || outside && matches!(next, b'?' | b':'))
    }

    fn skip_to_token(&mut self) {
        let line = self.cursor.line_start;
        self.cursor.skip_to_content();
        if self.cursor.line_start != line && self.flow() == Flow::Outside {
            self.key_allowed = Allowed::Yes;
        }
    }

    fn drop_stale_keys(&mut self) -> Result<(), Error> {
        let (line, index) = (self.cursor.line_start, self.cursor.index());
        for slot in &mut self.keys {
            if let Some(key) = slot
                && (key.line != line || index - key.index > LONGEST_KEY)
            {
                if key.needed {
                    return Err(key_without_colon(self.cursor.text, key.at));
                }
                *slot = None;
            }
        }
        Ok(())
    }

    fn save_key(&mut self) {
        if self.key_allowed == Allowed::No {
            return;
        }
        let needed = self.flow() == Flow::Outside && self.indent() == self.cursor.column() + 1;
        let cursor = &self.cursor;
        let key = PossibleKey {
            token: self.taken + self.tokens.len(),
            needed,
            at: cursor.at,
            line: cursor.line_start,
            column: cursor.column(),
            index: cursor.index(),
        };
        if let Some(slot) = self.keys.last_mut() {
            *slot = Some(key);
        }
    }

    fn drop_key(&mut self) -> Result<(), Error> {
        match self.keys.last_mut().and_then(Option::take) {
            Some(key) if key.needed => Err(key_without_colon(self.cursor.text, key.at)),
            _ => Ok(()),
        }
    }

    /// The column of the innermost block, plus one.
    fn indent(&self) -> usize {
        self.indents.last().copied().unwrap_or(0)
    }

    /// Outside of brackets, closes the blocks with an [`indent`](Self::indent) above `column`.
    fn unwind(&mut self, column: usize) {
        if self.flow() == Flow::Inside {
            return;
        }
        while self.indent() > column {
            self.indents.pop();
            self.push_here(TokenKind::BlockEnd, 0);
        }
    }

    fn open(&mut self, column: usize) -> bool {
        let opens = self.indent() < column + 1;
        if opens {
            self.indents.push(column + 1);
        }
        opens
    }

    fn push_here(&mut self, kind: TokenKind, length: usize) {
        let start = self.cursor.at;
        self.cursor.skip(length);
        self.tokens.push_back(Token { kind, at: start..self.cursor.at });
    }

    fn fetch_end(&mut self) -> Result<(), Error> {
        self.unwind(0);
        self.drop_key()?;
        self.push_here(TokenKind::StreamEnd, 0);
        self.is_done = true;
        Ok(())
    }

    fn fetch_directive(&mut self) -> Result<(), Error> {
        self.unwind(0);
        self.drop_key()?;
        self.key_allowed = Allowed::No;
        let start = self.cursor.at;
        self.cursor.skip_to_break();
        self.tokens.push_back(Token { kind: TokenKind::Directive, at: start..self.cursor.at });
        Ok(())
    }

    fn fetch_document_marker(&mut self, sign: u8) -> Result<(), Error> {
        self.unwind(0);
        self.drop_key()?;
        self.key_allowed = Allowed::No;
        self.push_here(if sign == b'-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd }, 3);
        Ok(())
    }

    fn fetch_flow_start(&mut self, sign: u8) {
        self.save_key();
        self.keys.push(None);
        self.key_allowed = Allowed::Yes;
        self.push_here(if sign == b'[' { TokenKind::FlowSequenceStart } else { TokenKind::FlowMappingStart }, 1);
    }

    fn fetch_flow_end(&mut self, sign: u8) -> Result<(), Error> {
        self.drop_key()?;
        if self.keys.len() > 1 {
            self.keys.pop();
        }
        self.key_allowed = Allowed::No;
        self.push_here(if sign == b']' { TokenKind::FlowSequenceEnd } else { TokenKind::FlowMappingEnd }, 1);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), Error> {
        self.key_allowed = Allowed::Yes;
        self.drop_key()?;
        self.push_here(TokenKind::FlowEntry, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Error> {
        if self.flow() == Flow::Outside {
            if self.key_allowed == Allowed::No {
                return Err(self.cursor.error("a list entry where none is allowed"));
            }
            if self.open(self.cursor.column()) {
                self.push_here(TokenKind::BlockSequenceStart, 0);
            }
        }
        self.key_allowed = Allowed::Yes;
        self.drop_key()?;
        self.push_here(TokenKind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Error> {
        if self.flow() == Flow::Outside {
            if self.key_allowed == Allowed::No {
                return Err(self.cursor.error("a key where none is allowed"));
            }
            if self.open(self.cursor.column()) {
                self.push_here(TokenKind::BlockMappingStart, 0);
            }
        }
        self.key_allowed = if self.flow() == Flow::Outside { Allowed::Yes } else { Allowed::No };
        self.drop_key()?;
        self.push_here(TokenKind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Error> {
        if let Some(key) = self.keys.last_mut().and_then(Option::take) {
            self.insert_key(key);
            self.key_allowed = Allowed::No;
        } else {
            if self.flow() == Flow::Outside {
                if self.key_allowed == Allowed::No {
                    return Err(self.cursor.error("a colon and a blank within a value: quote the value"));
                }
                if self.open(self.cursor.column()) {
                    self.push_here(TokenKind::BlockMappingStart, 0);
                }
            }
            self.key_allowed = if self.flow() == Flow::Outside { Allowed::Yes } else { Allowed::No };
            self.drop_key()?;
        }
        self.push_here(TokenKind::Value, 1);
        Ok(())
    }

    fn insert_key(&mut self, key: PossibleKey) {
        let place = key.token - self.taken;
        self.tokens.insert(place, Token { kind: TokenKind::Key, at: key.at..key.at });
        if self.flow() == Flow::Outside && self.open(key.column) {
            self.tokens.insert(place, Token { kind: TokenKind::BlockMappingStart, at: key.at..key.at });
        }
    }

    fn fetch_anchor(&mut self, sign: u8) -> Result<(), Error> {
        self.save_key();
        self.key_allowed = Allowed::No;
        let mut length = 1;
        while !self.cursor.is_blank_or_end(length) && !b":,[]{}/.*&".contains(&self.cursor.peek(length)) {
            length += 1;
        }
        if length == 1 || !self.cursor.is_blank_or_end(length) && !b"?:,]}%@`".contains(&self.cursor.peek(length)) {
            return Err(self.cursor.error(
                "an anchor name that Cassandra 5.0 does not allow, and this library for no release: quote the value",
            ));
        }
        self.push_here(if sign == b'*' { TokenKind::Alias } else { TokenKind::Anchor }, length);
        Ok(())
    }

    fn fetch_tag(&mut self) {
        self.save_key();
        self.key_allowed = Allowed::No;
        let mut length = 1;
        let verbatim = self.cursor.peek(1) == b'<';
        let ends = |scanner: &Self, length| {
            let in_flow = scanner.flow() == Flow::Inside && !verbatim;
            scanner.cursor.is_blank_or_end(length) || in_flow && b",[]{}".contains(&scanner.cursor.peek(length))
        };
        while !ends(self, length) {
            length += 1;
        }
        self.push_here(TokenKind::Tag, length);
    }

    fn fetch_block_scalar(&mut self) -> Result<(), Error> {
        self.key_allowed = Allowed::Yes;
        self.drop_key()?;
        let (start, column) = (self.cursor.at, self.indent().max(1));
        let (scalar, end) = scalar::block(&mut self.cursor, column)?;
        self.push_scalar(scalar, start, end);
        Ok(())
    }

    fn fetch_quoted(&mut self) -> Result<(), Error> {
        self.save_key();
        self.key_allowed = Allowed::No;
        let start = self.cursor.at;
        let scalar = scalar::quoted(&mut self.cursor)?;
        self.push_scalar(scalar, start, self.cursor.at);
        Ok(())
    }

    fn fetch_plain(&mut self) {
        self.save_key();
        let (start, context) = (self.cursor.at, Context { column: self.indent(), flow: self.flow() });
        let plain = scalar::plain(&mut self.cursor, context);
        self.key_allowed = if plain.crossed_lines { Allowed::Yes } else { Allowed::No };
        self.push_scalar(plain.scalar, start, plain.end);
    }

    fn push_scalar(&mut self, scalar: Scalar, start: usize, end: usize) {
        self.tokens.push_back(Token { kind: TokenKind::Scalar(scalar), at: start..end });
    }
}

#[cold]
fn too_early(cursor: &Cursor<'_>) -> Error {
    cursor.error("the text ends too early")
}

fn key_without_colon(text: &str, at: usize) -> Error {
    let kind = crate::error::ErrorKind::NotYaml { problem: "a line without a colon and a blank after its key" };
    super::cursor::error_at(text, at, kind)
}
