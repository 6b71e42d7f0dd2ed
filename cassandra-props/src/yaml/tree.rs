//! The content of a text: scalars, sequences and mappings, each with its position.

use std::collections::HashMap;
use std::ops::Range;

use super::token::{Scalar, Style};
use crate::slice::within_text;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    pub(crate) root: Option<Id>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Id(pub(crate) usize);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// The node's range in the text, including its tag and its anchor.
    pub(crate) at: Range<usize>,
    pub(crate) kind: NodeKind,
    pub(crate) tag: Option<Range<usize>>,
    pub(crate) anchor: Option<Range<usize>>,
    /// Whether an alias refers to the node.
    pub(crate) is_shared: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NodeKind {
    Scalar(Scalar),
    Sequence(Layout, Vec<Id>),
    Mapping(Layout, Vec<Entry>),
    Alias(Id),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    Block,
    Flow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: Id,
    pub(crate) value: Id,
}

/// The maximum depth to which aliases and merged mappings are followed.
const MAX_DEPTH: usize = 16;

impl Tree {
    #[expect(clippy::indexing_slicing, reason = "every id is created together with its node")]
    pub(crate) fn node(&self, id: Id) -> &Node {
        &self.nodes[id.0]
    }

    pub(crate) fn resolved(&self, mut id: Id) -> Id {
        for _ in 0..MAX_DEPTH {
            match self.node(id).kind {
                NodeKind::Alias(target) => id = target,
                _ => break,
            }
        }
        id
    }

    pub(crate) fn entries(&self, id: Id) -> &[Entry] {
        match &self.node(id).kind {
            NodeKind::Mapping(_, entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn end_of(&self, entry: Entry) -> usize {
        self.node(entry.key).at.end.max(self.node(entry.value).at.end)
    }

    pub(crate) fn entries_of<'t>(&'t self, id: Id, key: &'t str, text: &'t str) -> impl Iterator<Item = Entry> + 't {
        self.entries(id).iter().copied().filter(move |entry| self.scalar(entry.key, text) == Some(key))
    }

    /// The entry that counts for a key; `None` if there is none.
    ///
    /// The last entry in the mapping itself counts, otherwise the entry that a merge (`<<`) adds.
    pub(crate) fn read(&self, id: Id, key: &str, text: &str) -> Option<Entry> {
        let id = self.resolved(id);
        let own = self.entries_of(id, key, text).last();
        own.or_else(|| {
            let mut seen = HashMap::from([(id, MAX_DEPTH)]);
            let mut merges = self.entries(id).iter().filter(|entry| self.is_merge(entry.key, text));
            merges.find_map(|merge| self.read_merged(*merge, key, text, MAX_DEPTH, &mut seen))
        })
    }

    /// The entry that a merge adds for a key: the first in the order of the file.
    ///
    /// A mapping that an alias names counts as a whole, since SnakeYAML has created its value before.
    ///
    /// `seen` holds the remaining depth with which each mapping was followed. Mappings may merge each other, and many
    /// may merge the same mapping, so a mapping is followed again only if more depth is left.
    fn read_merged(
        &self,
        merge: Entry,
        key: &str,
        text: &str,
        depth: usize,
        seen: &mut HashMap<Id, usize>,
    ) -> Option<Entry> {
        let depth = depth.checked_sub(1)?;
        self.merge_values(merge).into_iter().find_map(|value| {
            let id = self.resolved(value);
            if seen.get(&id).is_some_and(|before| *before >= depth) {
                return None;
            }
            seen.insert(id, depth);
            let own = self.entries_of(id, key, text).last().filter(|_| id != value);
            own.or_else(|| {
                self.entries(id).iter().find_map(|entry| {
                    if self.is_merge(entry.key, text) {
                        self.read_merged(*entry, key, text, depth, seen)
                    } else {
                        (self.scalar(entry.key, text) == Some(key)).then_some(*entry)
                    }
                })
            })
        })
    }

    fn merged(&self, id: Id, text: &str) -> Vec<Id> {
        let merges = self.entries(id).iter().filter(|entry| self.is_merge(entry.key, text));
        merges.flat_map(|entry| self.merged_by(*entry)).collect()
    }

    /// The mappings that a `<<` names.
    fn merged_by(&self, merge: Entry) -> Vec<Id> {
        self.merge_values(merge).into_iter().map(|value| self.resolved(value)).collect()
    }

    /// The mappings that a `<<` names, or their aliases.
    fn merge_values(&self, merge: Entry) -> Vec<Id> {
        match &self.node(self.resolved(merge.value)).kind {
            NodeKind::Sequence(_, items) => items.clone(),
            _ => vec![merge.value],
        }
    }

    /// Whether a mapping merges something other than mappings, which SnakeYAML refuses.
    pub(crate) fn has_odd_merge(&self, id: Id, text: &str) -> bool {
        self.merged(id, text).into_iter().any(|id| !matches!(self.node(id).kind, NodeKind::Mapping(..)))
    }

    /// The scalar keys of a mapping and its merged mappings, without duplicates and merge keys.
    ///
    /// With a merge, they are in the order of `SafeConstructor.mergeNode`.
    pub(crate) fn keys<'t>(&'t self, id: Id, text: &'t str) -> Vec<&'t str> {
        let mut keys = Vec::new();
        self.collect_keys(self.resolved(id), text, MAX_DEPTH, &mut HashMap::new(), &mut keys);
        keys
    }

    fn collect_keys<'t>(
        &'t self,
        id: Id,
        text: &'t str,
        depth: usize,
        seen: &mut HashMap<Id, usize>,
        keys: &mut Vec<&'t str>,
    ) {
        if seen.get(&id).is_some_and(|before| *before >= depth) {
            return;
        }
        seen.insert(id, depth);
        for entry in self.entries(id) {
            if !self.is_merge(entry.key, text) {
                keys.extend(self.scalar(entry.key, text).filter(|key| !keys.contains(key)));
            } else if depth > 0 {
                self.merged_by(*entry).into_iter().for_each(|id| self.collect_keys(id, text, depth - 1, seen, keys));
            }
        }
    }

    /// The key among these that Java sets last.
    pub(crate) fn last_key<'n>(&self, id: Id, names: &[&'n str], text: &str) -> Option<&'n str> {
        let id = self.resolved(id);
        let own: Vec<&str> = if self.merged(id, text).is_empty() {
            self.entries(id).iter().filter_map(|entry| self.scalar(entry.key, text)).collect()
        } else {
            self.keys(id, text)
        };
        own.iter().rev().find_map(|key| names.iter().copied().find(|name| name == key))
    }

    pub(crate) fn is_merge(&self, key: Id, text: &str) -> bool {
        self.is_plain(key) && self.scalar(key, text) == Some("<<")
    }

    pub(crate) fn scalar<'t>(&'t self, id: Id, text: &'t str) -> Option<&'t str> {
        match &self.node(self.resolved(id)).kind {
            NodeKind::Scalar(scalar) => Some(scalar.value.text(text)),
            _ => None,
        }
    }

    pub(crate) fn style(&self, id: Id) -> Option<Style> {
        match &self.node(self.resolved(id)).kind {
            NodeKind::Scalar(scalar) => Some(scalar.style),
            _ => None,
        }
    }

    pub(crate) fn is_plain(&self, id: Id) -> bool {
        self.style(id) == Some(Style::Plain)
    }

    pub(crate) fn tag<'t>(&self, id: Id, text: &'t str) -> Option<&'t str> {
        self.node(self.resolved(id)).tag.clone().map(|at| within_text(text, at))
    }

    /// The name of an explicit tag of YAML, such as `str` for `!!str`; `None` for `!`.
    pub(crate) fn named_tag<'t>(&self, id: Id, text: &'t str) -> Option<&'t str> {
        let tag = self.tag(id, text).filter(|tag| *tag != "!")?;
        let in_full = tag.strip_prefix("!<tag:yaml.org,2002:").and_then(|tag| tag.strip_suffix('>'));
        Some(in_full.or_else(|| tag.strip_prefix("!!")).unwrap_or(tag))
    }

    /// Whether the type of a scalar depends on its text.
    ///
    /// It does for a plain scalar without a tag, and for any scalar with the tag `!`.
    pub(crate) fn is_implicit(&self, id: Id, text: &str) -> bool {
        match self.tag(id, text) {
            None => self.is_plain(id),
            Some(tag) => tag == "!",
        }
    }

    /// Whether a value is null.
    ///
    /// It is with the tag `!!null`, or if the type depends on the text and that is `~`, `null`, `Null`, `NULL` or empty.
    pub(crate) fn is_null(&self, id: Id, text: &str) -> bool {
        self.named_tag(id, text) == Some("null") || self.is_implicit(id, text) && is_null_word(self.scalar(id, text))
    }

    /// Whether two nodes of two documents are the same, except for positions and comments.
    pub(crate) fn same(&self, id: Id, text: &str, other: &Self, other_id: Id, other_text: &str) -> bool {
        let (node, other_node) = (self.node(id), other.node(other_id));
        let written =
            |range: &Option<Range<usize>>, text: &str| range.clone().map(|at| within_text(text, at).to_owned());
        if written(&node.tag, text) != written(&other_node.tag, other_text)
            || written(&node.anchor, text) != written(&other_node.anchor, other_text)
        {
            return false;
        }
        match (&node.kind, &other_node.kind) {
            (NodeKind::Scalar(scalar), NodeKind::Scalar(other_scalar)) => {
                scalar.style == other_scalar.style && scalar.value.text(text) == other_scalar.value.text(other_text)
            }
            (NodeKind::Sequence(layout, items), NodeKind::Sequence(other_layout, other_items)) => {
                layout == other_layout
                    && items.len() == other_items.len()
                    && items.iter().zip(other_items).all(|(a, b)| self.same(*a, text, other, *b, other_text))
            }
            (NodeKind::Mapping(layout, _), NodeKind::Mapping(other_layout, _)) => {
                layout == other_layout && self.same_entries(id, text, other, other_id, other_text, None)
            }
            // The anchors are compared, too, so the same name has the same target.
            (NodeKind::Alias(_), NodeKind::Alias(_)) => {
                within_text(text, node.at.clone()) == within_text(other_text, other_node.at.clone())
            }
            _ => false,
        }
    }

    /// Whether two mappings have the same entries in the same order, ignoring the key `except`.
    pub(crate) fn same_entries(
        &self,
        id: Id,
        text: &str,
        other: &Self,
        other_id: Id,
        other_text: &str,
        except: Option<&str>,
    ) -> bool {
        let counts = |tree: &Self, text: &str, entry: &Entry| {
            except.is_none() || tree.scalar(entry.key, text) != except || tree.is_merge(entry.key, text)
        };
        let mut own = self.entries(id).iter().filter(|entry| counts(self, text, entry));
        let mut others = other.entries(other_id).iter().filter(|entry| counts(other, other_text, entry));
        loop {
            match (own.next(), others.next()) {
                (None, None) => return true,
                (Some(a), Some(b))
                    if self.same(a.key, text, other, b.key, other_text)
                        && self.same(a.value, text, other, b.value, other_text) => {}
                _ => return false,
            }
        }
    }
}

pub(super) fn is_null_word(text: Option<&str>) -> bool {
    matches!(text, Some("" | "~" | "null" | "Null" | "NULL"))
}
