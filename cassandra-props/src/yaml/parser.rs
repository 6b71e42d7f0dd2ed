//! Parses tokens into a tree, as SnakeYAML's `ParserImpl` and `Composer` do.

use std::collections::HashMap;
use std::ops::Range;

use super::cursor::{Breaks, error_at};
use super::number::is_integer;
use super::scanner::Scanner;
use super::token::{Scalar, Style, Token, TokenKind, Value};
use super::tree::{Entry, Id, Layout, Node, NodeKind, Tree};
use crate::error::{Error, ErrorKind};
use crate::slice::within_text;

/// The maximum depth of nodes that are not aliases.
///
/// The file's mapping has the depth 1. The maximum follows from the default of SnakeYAML 2's
/// `LoaderOptions.nestingDepthLimit`. SnakeYAML 1.26 has no limit.
const MAX_DEPTH: usize = 51;

pub(crate) fn parse(text: &str, breaks: Breaks) -> Result<Tree, Error> {
    let scanner = Scanner::new(text, breaks);
    let mut parser = Parser { text, scanner, tree: Tree::default(), anchors: HashMap::new(), depth: 0 };
    parser.document()?;
    Ok(parser.tree)
}

/// Parses the entries of a block mapping at the margin, from the key that begins at `start`.
///
/// The entries end at the key that begins at `end`, or at the end of the document. `None` if no key of this mapping
/// begins at `end`.
pub(crate) fn entries(
    text: &str,
    breaks: Breaks,
    start: usize,
    end: Option<usize>,
) -> Result<Option<(Tree, Vec<Entry>)>, Error> {
    let scanner = Scanner::within_mapping(text, breaks, start);
    let mut parser = Parser { text, scanner, tree: Tree::default(), anchors: HashMap::new(), depth: 1 };
    let mut entries = Vec::new();
    while parser.next_is(|kind| matches!(kind, TokenKind::Key))? {
        match end {
            Some(end) if parser.scanner.peek()?.at.start == end => return Ok(Some((parser.tree, entries))),
            _ => entries.push(parser.block_entry()?),
        }
    }
    if end.is_some() {
        return Ok(None);
    }
    parser.block_end()?;
    parser.document_end()?;
    Ok(Some((parser.tree, entries)))
}

struct Parser<'a> {
    text: &'a str,
    scanner: Scanner<'a>,
    tree: Tree,
    anchors: HashMap<&'a str, Id>,
    depth: usize,
}

/// The kinds of nodes that are allowed at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Block,
    /// [`Block`](Self::Block), or a block sequence that is not indented more than its key.
    BlockOrSequence,
    Flow,
}

#[derive(Default)]
struct Properties {
    tag: Option<Range<usize>>,
    anchor: Option<Range<usize>>,
    start: Option<usize>,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<(), Error> {
        let mut has_directive = false;
        while matches!(self.scanner.peek()?.kind, TokenKind::Directive) {
            let token = self.scanner.next()?;
            self.check_directive(&token)?;
            has_directive = true;
        }
        match self.scanner.peek()?.kind {
            TokenKind::DocumentStart => drop(self.scanner.next()?),
            TokenKind::StreamEnd if !has_directive => return Ok(()),
            _ if has_directive => return Err(self.unexpected("a directive without a --- after it")),
            _ => {}
        }
        if !self
            .next_is(|kind| matches!(kind, TokenKind::DocumentStart | TokenKind::DocumentEnd | TokenKind::StreamEnd))?
        {
            self.tree.root = Some(self.node(Expected::Block)?);
        }
        self.document_end()
    }

    fn document_end(&mut self) -> Result<(), Error> {
        while matches!(self.scanner.peek()?.kind, TokenKind::DocumentEnd) {
            self.scanner.next()?;
        }
        match self.scanner.peek()?.kind {
            TokenKind::StreamEnd => Ok(()),
            TokenKind::DocumentStart | TokenKind::Directive => {
                Err(self.unexpected("a second document: the configuration must be one document"))
            }
            _ => Err(self.unexpected("content after the end of the document")),
        }
    }

    fn check_directive(&self, token: &Token) -> Result<(), Error> {
        let mut words = within_text(self.text, token.at.clone()).split_ascii_whitespace();
        let is_other = words.next() == Some("%YAML") && !words.next().is_some_and(|version| version.starts_with("1."));
        if is_other { Err(self.error(token.at.start, "a version of YAML other than 1")) } else { Ok(()) }
    }

    fn next_is(&mut self, is: impl Fn(&TokenKind) -> bool) -> Result<bool, Error> {
        Ok(is(&self.scanner.peek()?.kind))
    }

    fn unexpected(&mut self, problem: &'static str) -> Error {
        match self.scanner.peek() {
            Ok(token) => {
                let at = token.at.start;
                self.error(at, problem)
            }
            Err(error) => error,
        }
    }

    fn error(&self, at: usize, problem: &'static str) -> Error {
        error_at(self.text, at, ErrorKind::NotYaml { problem })
    }

    fn node(&mut self, expected: Expected) -> Result<Id, Error> {
        if self.next_is(|kind| matches!(kind, TokenKind::Alias))? {
            return self.alias();
        }
        self.nested(|parser| parser.node_within(expected))
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let at = self.scanner.peek()?.at.start;
            return Err(error_at(self.text, at, ErrorKind::TooDeep));
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn node_within(&mut self, expected: Expected) -> Result<Id, Error> {
        if self.next_is(|kind| matches!(kind, TokenKind::Scalar(_)))? {
            return self.scalar();
        }
        let properties = self.properties()?;
        let start = properties.start.unwrap_or(self.scanner.peek()?.at.start);
        let id = self.add(start, properties);
        let kind = self.content(expected, id)?;
        if let Some(node) = self.tree.nodes.get_mut(id.0) {
            node.at.end = node.at.end.max(kind.1);
            node.kind = kind.0;
        }
        self.check_number(id)?;
        Ok(id)
    }

    fn check_number(&self, id: Id) -> Result<(), Error> {
        let is_number = self.tree.named_tag(id, self.text) != Some("int")
            || self.tree.scalar(id, self.text).is_some_and(is_integer);
        if is_number {
            Ok(())
        } else {
            Err(self.error(self.tree.node(id).at.start, "the tag !!int on a value that is not an integer"))
        }
    }

    fn scalar(&mut self) -> Result<Id, Error> {
        let (kind, at) = self.scalar_content()?;
        Ok(self.push(Node { at, kind, tag: None, anchor: None, is_shared: false }))
    }

    fn alias(&mut self) -> Result<Id, Error> {
        let at = self.scanner.next()?.at;
        let name = within_text(self.text, at.start + 1..at.end);
        let target = *self
            .anchors
            .get(name)
            .ok_or_else(|| self.error(at.start, "an alias without an anchor: quote the value"))?;
        if let Some(node) = self.tree.nodes.get_mut(target.0) {
            node.is_shared = true;
        }
        Ok(self.push(Node { at, kind: NodeKind::Alias(target), tag: None, anchor: None, is_shared: false }))
    }

    fn properties(&mut self) -> Result<Properties, Error> {
        let mut properties = Properties::default();
        loop {
            let slot = match self.scanner.peek()?.kind {
                TokenKind::Tag if properties.tag.is_none() => &mut properties.tag,
                TokenKind::Anchor if properties.anchor.is_none() => &mut properties.anchor,
                _ => break,
            };
            let token = self.scanner.next()?;
            *slot = Some(token.at.clone());
            properties.start.get_or_insert(token.at.start);
        }
        if let Some(tag) = properties.tag.clone()
            && !within_text(self.text, tag.clone()).starts_with("!!")
            && !matches!(within_text(self.text, tag.clone()), "!")
            && !within_text(self.text, tag.clone()).starts_with("!<")
        {
            return Err(self.error(tag.start, "a tag that Cassandra does not know: quote the value"));
        }
        Ok(properties)
    }

    /// Adds a node without content.
    ///
    /// The content is read afterwards, because it may refer to the anchor.
    fn add(&mut self, start: usize, properties: Properties) -> Id {
        let Properties { tag, anchor, .. } = properties;
        let end = tag.iter().chain(&anchor).map(|at| at.end).max().unwrap_or(start);
        let name = anchor.clone().map(|at| within_text(self.text, at.start + 1..at.end));
        let id = self.push(Node { at: start..end, kind: empty(end), tag, anchor, is_shared: false });
        self.anchors.extend(name.map(|name| (name, id)));
        id
    }

    fn push(&mut self, node: Node) -> Id {
        self.tree.nodes.push(node);
        Id(self.tree.nodes.len() - 1)
    }

    fn nothing(&mut self, at: usize) -> Result<Id, Error> {
        let node = Node { at: at..at, kind: empty(at), tag: None, anchor: None, is_shared: false };
        self.nested(|parser| Ok(parser.push(node)))
    }

    fn content(&mut self, expected: Expected, id: Id) -> Result<(NodeKind, usize), Error> {
        let has_properties = self.tree.node(id).tag.is_some() || self.tree.node(id).anchor.is_some();
        let in_block = expected != Expected::Flow;
        match self.scanner.peek()?.kind {
            TokenKind::BlockEntry if expected == Expected::BlockOrSequence => self.unindented_sequence(),
            TokenKind::Scalar(_) => self.scalar_content().map(|(kind, at)| (kind, at.end)),
            TokenKind::FlowSequenceStart => self.flow_sequence(),
            TokenKind::FlowMappingStart => self.flow_mapping(),
            TokenKind::BlockSequenceStart if in_block => self.block_sequence(),
            TokenKind::BlockMappingStart if in_block => self.block_mapping(),
            _ if has_properties => {
                let end = self.tree.node(id).at.end;
                Ok((empty(end), end))
            }
            _ => Err(self.unexpected("a value is expected")),
        }
    }

    fn scalar_content(&mut self) -> Result<(NodeKind, Range<usize>), Error> {
        match self.scanner.next()? {
            Token { kind: TokenKind::Scalar(scalar), at } => Ok((NodeKind::Scalar(scalar), at)),
            token => Err(self.error(token.at.start, "a scalar is expected")),
        }
    }

    fn block_sequence(&mut self) -> Result<(NodeKind, usize), Error> {
        self.scanner.next()?;
        let (mut items, mut end) = (Vec::new(), 0);
        while self.next_is(|kind| matches!(kind, TokenKind::BlockEntry))? {
            end = self.scanner.next()?.at.end;
            let is_over = self.next_is(|kind| matches!(kind, TokenKind::BlockEntry | TokenKind::BlockEnd))?;
            items.push(if is_over { self.nothing(end)? } else { self.node(Expected::Block)? });
            end = self.end_of(&items, end);
        }
        self.block_end()?;
        Ok((NodeKind::Sequence(Layout::Block, items), end))
    }

    fn unindented_sequence(&mut self) -> Result<(NodeKind, usize), Error> {
        let (mut items, mut end) = (Vec::new(), 0);
        while self.next_is(|kind| matches!(kind, TokenKind::BlockEntry))? {
            end = self.scanner.next()?.at.end;
            let is_over = self.next_is(|kind| {
                matches!(kind, TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd)
            })?;
            items.push(if is_over { self.nothing(end)? } else { self.node(Expected::Block)? });
            end = self.end_of(&items, end);
        }
        Ok((NodeKind::Sequence(Layout::Block, items), end))
    }

    fn block_mapping(&mut self) -> Result<(NodeKind, usize), Error> {
        let mut end = self.scanner.next()?.at.end;
        let mut entries = Vec::new();
        while self.next_is(|kind| matches!(kind, TokenKind::Key))? {
            let entry = self.block_entry()?;
            end = end.max(self.tree.end_of(entry));
            entries.push(entry);
        }
        self.block_end()?;
        Ok((NodeKind::Mapping(Layout::Block, entries), end))
    }

    /// Reads an entry, from its [`TokenKind::Key`] on.
    fn block_entry(&mut self) -> Result<Entry, Error> {
        let is_over = |kind: &TokenKind| matches!(kind, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd);
        let end = self.scanner.next()?.at.end;
        let key = if self.next_is(is_over)? { self.nothing(end)? } else { self.node(Expected::BlockOrSequence)? };
        let end = end.max(self.tree.node(key).at.end);
        if !self.next_is(|kind| matches!(kind, TokenKind::Value))? {
            return Ok(Entry { key, value: self.nothing(end)? });
        }
        let end = self.scanner.next()?.at.end;
        let value = if self.next_is(is_over)? { self.nothing(end)? } else { self.node(Expected::BlockOrSequence)? };
        Ok(Entry { key, value })
    }

    fn block_end(&mut self) -> Result<(), Error> {
        if self.next_is(|kind| matches!(kind, TokenKind::BlockEnd))? {
            return self.scanner.next().map(drop);
        }
        Err(self.unexpected("a line whose indentation differs from its neighbours', or text after a value"))
    }

    fn end_of(&self, items: &[Id], end: usize) -> usize {
        items.last().map_or(end, |item| end.max(self.tree.node(*item).at.end))
    }

    fn flow_sequence(&mut self) -> Result<(NodeKind, usize), Error> {
        self.scanner.next()?;
        let mut items = Vec::new();
        while !self.next_is(|kind| matches!(kind, TokenKind::FlowSequenceEnd))? {
            self.flow_entry(items.len())?;
            if self.next_is(|kind| matches!(kind, TokenKind::Key))? {
                items.push(self.flow_pair()?);
            } else if !self.next_is(|kind| matches!(kind, TokenKind::FlowSequenceEnd))? {
                items.push(self.node(Expected::Flow)?);
            }
        }
        Ok((NodeKind::Sequence(Layout::Flow, items), self.scanner.next()?.at.end))
    }

    fn flow_mapping(&mut self) -> Result<(NodeKind, usize), Error> {
        self.scanner.next()?;
        let mut entries = Vec::new();
        while !self.next_is(|kind| matches!(kind, TokenKind::FlowMappingEnd))? {
            self.flow_entry(entries.len())?;
            if self.next_is(|kind| matches!(kind, TokenKind::Key))? {
                entries.push(self.flow_key_and_value()?);
            } else if !self.next_is(|kind| matches!(kind, TokenKind::FlowMappingEnd))? {
                let key = self.node(Expected::Flow)?;
                let value = self.nothing(self.tree.node(key).at.end)?;
                entries.push(Entry { key, value });
            }
        }
        Ok((NodeKind::Mapping(Layout::Flow, entries), self.scanner.next()?.at.end))
    }

    fn flow_entry(&mut self, before: usize) -> Result<(), Error> {
        if before == 0 {
            return Ok(());
        }
        if self.next_is(|kind| matches!(kind, TokenKind::FlowEntry))? {
            return self.scanner.next().map(drop);
        }
        Err(self.unexpected("a comma or a closing bracket is expected"))
    }

    fn flow_pair(&mut self) -> Result<Id, Error> {
        let start = self.scanner.peek()?.at.start;
        let entry = self.nested(Self::flow_key_and_value)?;
        let end = self.tree.node(entry.value).at.end;
        let kind = NodeKind::Mapping(Layout::Flow, vec![entry]);
        Ok(self.push(Node { at: start..end, kind, tag: None, anchor: None, is_shared: false }))
    }

    fn flow_key_and_value(&mut self) -> Result<Entry, Error> {
        let is_over = |kind: &TokenKind| {
            matches!(kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd | TokenKind::FlowSequenceEnd)
        };
        let end = self.scanner.next()?.at.end;
        let has_no_key = self.next_is(|kind| is_over(kind) || matches!(kind, TokenKind::Value))?;
        let key = if has_no_key { self.nothing(end)? } else { self.node(Expected::Flow)? };
        let end = self.tree.node(key).at.end;
        if !self.next_is(|kind| matches!(kind, TokenKind::Value))? {
            return Ok(Entry { key, value: self.nothing(end)? });
        }
        let end = self.scanner.next()?.at.end;
        let value = if self.next_is(is_over)? { self.nothing(end)? } else { self.node(Expected::Flow)? };
        Ok(Entry { key, value })
    }
}

fn empty(at: usize) -> NodeKind {
    NodeKind::Scalar(Scalar { style: Style::Plain, value: Value::Verbatim(at..at) })
}
