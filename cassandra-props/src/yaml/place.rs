//! The places for new lines.

use super::file::CassandraYaml;
use super::lines::{commented_key, lines, next_line, start_of_line};
use super::tree::{Entry, Id};
use crate::section::Section;
use crate::slice::within_text;

impl CassandraYaml {
    /// The places for a new key of a mapping, the best first.
    ///
    /// The places are after the last comment that would set the key, after the nearest key in the order of the table,
    /// after each key from the last to the first, and before the first key.
    pub(super) fn places_of_key(&self, section: Section, mapping: Id, name: &str) -> Vec<usize> {
        let entries = self.tree.entries(mapping);
        let region = self.region_of(section, mapping);
        let mut places: Vec<usize> =
            self.commented_lines(region, name).last().map(|line| line.end).into_iter().collect();
        places.extend(self.nearest_sibling(section, mapping, name).map(|entry| self.end_of_entry(entry)));
        places.extend(entries.iter().rev().map(|entry| self.end_of_entry(*entry)));
        places.extend(entries.first().map(|entry| start_of_line(&self.text, self.tree.node(entry.key).at.start)));
        places
    }

    /// The places for a new section, the best first.
    ///
    /// The places are after a commented-out copy of the section; beside the other section, with
    /// `server_encryption_options` first as in Cassandra's own file; at the end; after each entry of the root; and before
    /// each entry of the root.
    pub(super) fn places_of_section(&self, section: Section) -> Vec<usize> {
        let name = section.name().unwrap_or_default();
        let root = self.tree.root.filter(|root| !self.tree.entries(*root).is_empty());
        let mut places: Vec<usize> = self.end_of_commented_section(name).into_iter().collect();
        let other = match section {
            Section::Server => Section::Client,
            _ => Section::Server,
        };
        let beside =
            root.and_then(|root| self.tree.entries_of(root, other.name().unwrap_or_default(), &self.text).last());
        if let Some(entry) = beside {
            places.push(match section {
                Section::Server => self.start_with_comments(entry),
                _ => self.end_with_comments(entry, root),
            });
        }
        match root {
            Some(root) => {
                let entries = self.tree.entries(root);
                places.push(self.end_of_content());
                places.extend(entries.iter().rev().map(|entry| self.end_of_entry(*entry)));
                places.extend(
                    entries.iter().rev().map(|entry| start_of_line(&self.text, self.tree.node(entry.key).at.start)),
                );
            }
            None => places.extend([self.text.len(), 0]),
        }
        places
    }

    /// The offset after the last line of an entry.
    pub(super) fn end_of_entry(&self, entry: Entry) -> usize {
        let (key, value) = (&self.tree.node(entry.key).at, &self.tree.node(entry.value).at);
        let end = key.end.max(value.end);
        // A block scalar ends where the next line begins.
        if end == start_of_line(&self.text, end) && end > key.end { end } else { next_line(&self.text, end) }
    }

    /// The lines after a section's name, up to the last comment that continues the section.
    ///
    /// The lines of the top level are all lines of the file.
    fn region_of(&self, section: Section, mapping: Id) -> std::ops::Range<usize> {
        let entries = self.tree.entries(mapping);
        let start = entries.first().map_or(0, |entry| self.tree.node(entry.key).at.start);
        let header = section.name().and_then(|_| self.header_line(section)).unwrap_or(start);
        let end = entries.last().map_or(header, |entry| self.end_of_entry(*entry));
        match section {
            Section::TopLevel => 0..self.text.len(),
            _ => header..self.end_of_comments(end),
        }
    }

    /// The offset after the line with the section's name.
    pub(super) fn header_line(&self, section: Section) -> Option<usize> {
        let entry = self.tree.entries_of(self.tree.root?, section.name()?, &self.text).last()?;
        Some(next_line(&self.text, self.tree.node(entry.key).at.end))
    }

    /// The end of the comments that continue a section.
    ///
    /// Indented comments continue the section, and so do comments at the margin before the first empty line. The comments
    /// end at a comment that would set a key outside of the section, and at any other line that is not empty.
    pub(super) fn end_of_comments(&self, start: usize) -> usize {
        let (mut end, mut at_once) = (start, true);
        for line in lines(&self.text, start..self.text.len()) {
            let content = within_text(&self.text, line.clone());
            let trimmed = content.trim_matches([' ', '\t', '\n', '\r']);
            let is_indented = content.starts_with(' ');
            let begins_other = commented_key(content).is_some_and(|(key, indent)| {
                Section::TopLevel.definition(key).is_some()
                    || !is_indented && indent <= 1 && Section::Server.definition(key).is_none()
            });
            if trimmed.is_empty() {
                at_once = false;
            } else if trimmed.starts_with('#') && !begins_other && (is_indented || at_once) {
                end = line.end;
            } else {
                break;
            }
        }
        end
    }

    pub(super) fn commented_lines(&self, region: std::ops::Range<usize>, name: &str) -> Vec<std::ops::Range<usize>> {
        let is_it = |line: &std::ops::Range<usize>| {
            commented_key(within_text(&self.text, line.clone())).is_some_and(|(key, _)| key == name)
        };
        lines(&self.text, region).filter(is_it).filter(|line| self.is_comment(line.start)).collect()
    }

    /// The line numbers of the comments that would set a key.
    ///
    /// The comments are in the section or, if the section is absent, in its commented-out copy.
    pub(crate) fn commented_out(&self, section: Section, name: &str) -> Vec<usize> {
        let region = match self.mapping(section) {
            Some(mapping) if section == Section::TopLevel || self.header_line(section).is_some() => {
                self.region_of(section, mapping)
            }
            _ => match section.name().and_then(|name| self.commented_section(name)) {
                Some(region) => region,
                None => return Vec::new(),
            },
        };
        self.commented_lines(region, name).iter().map(|line| self.line_at(line.start)).collect()
    }

    fn is_comment(&self, at: usize) -> bool {
        let is_within = |node: &super::tree::Node| {
            matches!(node.kind, super::tree::NodeKind::Scalar(_)) && node.at.start < at && at < node.at.end
        };
        !self.tree.nodes.iter().any(is_within)
    }

    fn end_of_commented_section(&self, name: &str) -> Option<usize> {
        self.commented_section(name).map(|region| region.end)
    }

    fn commented_section(&self, name: &str) -> Option<std::ops::Range<usize>> {
        let start = self.commented_lines(0..self.text.len(), name).last()?.start;
        let mut end = next_line(&self.text, start);
        let indent = commented_key(within_text(&self.text, start..end)).map(|(_, indent)| indent)?;
        for line in lines(&self.text, end..self.text.len()) {
            let content = within_text(&self.text, line.clone());
            let is_comment = content.trim_start_matches(' ').starts_with('#');
            let begins_other = commented_key(content).is_some_and(|(_, other)| other <= indent);
            if !is_comment || begins_other {
                break;
            }
            end = line.end;
        }
        Some(start..end)
    }

    fn start_with_comments(&self, entry: Entry) -> usize {
        let mut start = start_of_line(&self.text, self.tree.node(entry.key).at.start);
        while start > 0 {
            let above = start_of_line(&self.text, start - 1);
            let line = within_text(&self.text, above..start);
            if !line.starts_with('#') || !self.is_comment(above) {
                break;
            }
            start = above;
        }
        start
    }

    /// The offset after an entry of the root and after the comments that continue the entry.
    fn end_with_comments(&self, entry: Entry, root: Option<Id>) -> usize {
        let end = self.end_of_comments(self.end_of_entry(entry));
        let starts = root.into_iter().flat_map(|root| self.tree.entries(root));
        let next = starts
            .map(|entry| self.tree.node(entry.key).at.start)
            .filter(|start| *start > self.tree.node(entry.key).at.start);
        next.min().map_or(end, |next| end.min(start_of_line(&self.text, next)))
    }

    /// The offset of the `...` that ends the document; without `...`, the end of the file.
    fn end_of_content(&self) -> usize {
        let last = self.tree.root.map_or(0, |root| self.tree.node(root).at.end);
        let marked = lines(&self.text, start_of_line(&self.text, last)..self.text.len())
            .find(|line| line.start >= last && within_text(&self.text, line.clone()).starts_with("..."));
        marked.map_or(self.text.len(), |line| line.start)
    }

    fn nearest_sibling(&self, section: Section, mapping: Id, name: &str) -> Option<Entry> {
        let names = section.definitions().iter().map(crate::table::Definition::name);
        let before: Vec<&str> = names.clone().take_while(|other| *other != name).collect();
        let after = names.skip_while(|other| *other != name);
        let mut nearest = before.into_iter().rev().chain(after);
        nearest.find_map(|other| self.tree.entries_of(mapping, other, &self.text).last())
    }
}
