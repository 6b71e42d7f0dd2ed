//! Reads an edited file again; where possible, only the entries around the edit.

use std::ops::Range;

use super::cursor::Breaks;
use super::file::CassandraYaml;
use super::lines::start_of_line;
use super::parser;
use super::token::{Scalar, Value};
use super::tree::{Entry, Id, Layout, Node, NodeKind, Tree};
use crate::slice::{within, within_text};
use crate::wiped::Wiped;

/// A text that replaces a range.
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) text: Wiped<String>,
}

impl Edit {
    fn moved(&self, at: usize) -> usize {
        at - self.range.end + self.range.start + self.text.len()
    }
}

impl CassandraYaml {
    pub(super) fn edited(&self, edit: &Edit) -> Option<Self> {
        let before = within_text(&self.text, ..edit.range.start);
        let after = within_text(&self.text, edit.range.end..);
        let mut text = Wiped::new(String::with_capacity(before.len() + edit.text.len() + after.len()));
        text.extend([before, &edit.text, after]);
        let breaks = self.breaks.max(Breaks::of(&edit.text));
        let tree = match self.reread(&text, breaks, edit) {
            Some(tree) => tree,
            None => parser::parse(&text, breaks).ok()?,
        };
        Some(Self::new(text, breaks, tree))
    }

    /// The tree of the text after an edit; `None` if the text must be read from the beginning.
    ///
    /// Without anchors, the text before a key of the root at the margin does not affect how that key and the rest are
    /// read. The entries of the root before the edit are therefore kept, except the last of them, which may reach into the
    /// edit. The entries after the edit are kept, too, if the new text has a key where the first of them begins.
    fn reread(&self, text: &str, breaks: Breaks, edit: &Edit) -> Option<Tree> {
        let root = self.root_without_anchors()?;
        let NodeKind::Mapping(Layout::Block, entries) = &self.tree.node(root).kind else { return None };
        let key = |entry: &Entry| &self.tree.node(entry.key).at;
        let first = entries.partition_point(|entry| key(entry).end < edit.range.start).checked_sub(1)?;
        let next = entries.partition_point(|entry| key(entry).start < edit.range.end);
        let (first_entry, next_entry) = (entries.get(first)?, entries.get(next));
        let start = key(first_entry).start;
        let end = next_entry.map(|entry| edit.moved(key(entry).start));
        let begins_line = |at: usize| start_of_line(text, at) == at;
        if !begins_line(start) || end.is_some_and(|end| !begins_line(end)) {
            return None;
        }
        let (read, read_entries) = parser::entries(text, breaks, start, end).ok()??;
        let old_nodes = &self.tree.nodes;
        let next_id = next_entry.map_or(old_nodes.len(), |entry| entry.key.0);
        let shift_read = |id: Id| Id(id.0 + first_entry.key.0);
        let shift_old = |id: Id| Id(id.0 - next_id + first_entry.key.0 + read.nodes.len());
        let mut nodes = Vec::with_capacity(shift_old(Id(old_nodes.len())).0);
        nodes.extend_from_slice(within(old_nodes, ..first_entry.key.0));
        nodes.extend(read.nodes.iter().map(|node| node.moved(|at| at, shift_read)));
        nodes.extend(within(old_nodes, next_id..).iter().map(|node| node.moved(|at| edit.moved(at), shift_old)));
        let mut all = within(entries, ..first).to_vec();
        all.extend(read_entries.iter().map(|entry| entry.moved(shift_read)));
        all.extend(within(entries, next..).iter().map(|entry| entry.moved(shift_old)));
        let mut tree = Tree { nodes, root: Some(root) };
        tree.set_entries(root, all);
        Some(tree)
    }

    fn root_without_anchors(&self) -> Option<Id> {
        let root = self.tree.root?;
        let is_plain = root == Id(0) && self.tree.node(root).tag.is_none();
        (is_plain && self.tree.nodes.iter().all(|node| node.anchor.is_none())).then_some(root)
    }
}

impl Tree {
    fn set_entries(&mut self, id: Id, entries: Vec<Entry>) {
        let end = entries.last().map(|last| self.end_of(*last));
        if let Some(node) = self.nodes.get_mut(id.0) {
            node.at.end = end.unwrap_or(node.at.start);
            node.kind = NodeKind::Mapping(Layout::Block, entries);
        }
    }
}

impl Entry {
    fn moved(self, id: impl Fn(Id) -> Id) -> Self {
        Self { key: id(self.key), value: id(self.value) }
    }
}

impl Node {
    fn moved(&self, place: impl Fn(usize) -> usize, id: impl Fn(Id) -> Id) -> Self {
        let range = |range: &Range<usize>| place(range.start)..place(range.end);
        let kind = match &self.kind {
            NodeKind::Scalar(Scalar { style, value: Value::Verbatim(at) }) => {
                NodeKind::Scalar(Scalar { style: *style, value: Value::Verbatim(range(at)) })
            }
            NodeKind::Scalar(scalar) => NodeKind::Scalar(scalar.clone()),
            NodeKind::Sequence(layout, items) => {
                NodeKind::Sequence(*layout, items.iter().map(|item| id(*item)).collect())
            }
            NodeKind::Mapping(layout, entries) => {
                NodeKind::Mapping(*layout, entries.iter().map(|entry| entry.moved(&id)).collect())
            }
            NodeKind::Alias(target) => NodeKind::Alias(id(*target)),
        };
        let (tag, anchor) = (self.tag.as_ref().map(range), self.anchor.as_ref().map(range));
        Self { at: range(&self.at), kind, tag, anchor, is_shared: self.is_shared }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(count: Range<usize>) -> impl Strategy<Value = String> {
        let piece = proptest::sample::select(vec![
            "a: b\n",
            "c:\n",
            "  d: e\n",
            "  f:\n",
            "    - g\n",
            "- h\n",
            "# i: j\n",
            "\n",
            " ",
            "\r",
            "k: >\n",
            "l: 'm\n",
            "'\n",
            "n: \"o",
            "\"\n",
            "p: [q,\n",
            "]\n",
            "? r\n",
            ": s\n",
            "t: !!str u\n",
            "v: &w x\n",
            "y: *w\n",
            "---\n",
            "...\n",
            "z",
            ": ",
            "\u{e9}",
            "\u{2028}",
            "\u{feff}",
            "\t",
            "1: 2\n",
            "3: 4\n",
            "5: 6 # 7\n",
        ]);
        proptest::collection::vec(piece, count).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn what_is_read_again_around_an_edit_is_what_the_whole_text_says(
            before in pieces(0..10), text in pieces(0..4), a in 0_usize..60, b in 0_usize..60
        ) {
            let Ok(file) = CassandraYaml::parse(before.as_bytes()) else { return Ok(()) };
            let place = |at: usize| (0..=at.min(before.len())).rev().find(|at| before.is_char_boundary(*at)).unwrap();
            let range = place(a.min(b))..place(a.max(b));
            let mut after = before.clone();
            after.replace_range(range.clone(), &text);
            let edit = Edit { range, text: Wiped::new(text) };
            if let Some(tree) = file.reread(&after, Breaks::of(&after), &edit) {
                let whole = parser::parse(&after, Breaks::of(&after));
                prop_assert!(whole.is_ok(), "{before:?} became {after:?}");
                prop_assert_eq!(tree, whole.unwrap());
            }
        }
    }

    /// The property above would also hold if `reread` always returned `None`.
    #[test]
    fn an_edit_between_two_keys_is_read_again_alone() {
        let file = CassandraYaml::parse(b"a: b\nc:\n  d: e\nf: g\n").unwrap();
        let edit = |range, text: &str| Edit { range, text: Wiped::new(text.to_owned()) };
        for (range, text, after) in [
            (13..14, "h", "a: b\nc:\n  d: h\nf: g\n"),
            (15..15, "  h: i\n", "a: b\nc:\n  d: e\n  h: i\nf: g\n"),
            (18..19, "h", "a: b\nc:\n  d: e\nf: h\n"),
        ] {
            let breaks = Breaks::Newline;
            assert_eq!(file.reread(after, breaks, &edit(range, text)), parser::parse(after, breaks).ok(), "{after}");
        }
        assert_eq!(file.reread("a: b\nc:\n  d: e f: g\n", Breaks::Newline, &edit(14..15, " ")), None);
    }
}
