//! Edits of one setting, each checked by reading the file again.

use std::ops::Range;

use super::file::CassandraYaml;
use super::lines::{ending, last_line, next_line, start_of_line};
use super::quote;
use super::reread::Edit;
use super::token::Style;
use super::tree::{Entry, Id, Layout, NodeKind};
use crate::error::{Error, ErrorKind, Refusal};
use crate::section::Section;
use crate::slice::within_text;
use crate::style;
use crate::table::{Definition, Kind};
use crate::wiped::Wiped;

/// The indentation within a new section if the other section gives no example.
const INDENT: &str = "    ";

impl CassandraYaml {
    /// Sets the value that Cassandra reads for a setting.
    ///
    /// If the setting is in the file, its value changes in place, and a comment after the value stays. Otherwise a line
    /// is added, preferably after the last comment that would set the setting, or after the nearest setting in the order
    /// of the [`definitions`](Section::definitions). A missing section is preferably added after a commented-out copy,
    /// beside the other section as in Cassandra's own file, or at the end. If the setting already has the value in a form
    /// that every release reads, no byte changes.
    ///
    /// A text that is not a simple word or path is quoted. For a list, `value` is its items, separated by commas; for a
    /// Boolean, `true` or `false`; for a number, one to nine digits.
    ///
    /// # Errors
    /// [`UnknownSetting`](ErrorKind::UnknownSetting) for a name that is not in the section's
    /// [`definitions`](Section::definitions); [`UnknownValue`](ErrorKind::UnknownValue) for any other `value` than
    /// described above, for an empty list, and for a text with a NUL; [`Refused`](ErrorKind::Refused) for a setting of the
    /// kind [`Mapping`](Kind::Mapping) and, with the line, for the reasons in [`Refusal`]. The file is then unchanged.
    pub fn set(&mut self, section: Section, name: &str, value: &str) -> Result<(), Error> {
        let definition = section.definition(name).ok_or_else(|| unknown_setting(section, name))?;
        if definition.kind() == Kind::Mapping {
            return Err(self.error_at_value(section, name, ErrorKind::Refused { why: Refusal::NotAScalar }));
        }
        check_value(definition, value)?;
        *self = self.with(section, definition, value)?;
        Ok(())
    }

    /// Removes a setting with all its lines; returns whether the setting was in the file.
    ///
    /// # Errors
    /// [`Refused`](ErrorKind::Refused), with the line: as for [`set`](Self::set), and for the only key of a section
    /// or of the file, since Cassandra does not start with an empty section. The file is then unchanged.
    pub fn remove(&mut self, section: Section, name: &str) -> Result<bool, Error> {
        match self.without(section, name)? {
            Some(edited) => *self = edited,
            None => return Ok(false),
        }
        Ok(true)
    }

    fn with(&self, section: Section, definition: &Definition, value: &str) -> Result<Self, Error> {
        let wanted = Wanted { section, name: definition.name(), value, kind: definition.kind() };
        let Some(mapping) = self.editable(section)? else {
            return self.with_new_section(&wanted);
        };
        if let Some(entry) = self.only_entry(mapping, definition.name())? {
            return self.with_value(&wanted, entry);
        }
        self.check_excluded(section, mapping, definition)?;
        let indent = self.indent_of(mapping).unwrap_or_default().to_owned();
        let line = wanted.line(&indent);
        self.first_that_reads(self.places_of_key(section, mapping, definition.name()), &line, &wanted)
    }

    /// The mapping of a section; `None` if the section is absent, or null without an anchor.
    fn editable(&self, section: Section) -> Result<Option<Id>, Error> {
        if self.is_utf16() {
            return Err(self.refused(0, Refusal::Encoding));
        }
        let Some(root) = self.tree.root else { return Ok(None) };
        self.check_block(root, Refusal::NotAMapping)?;
        let Some(name) = section.name() else { return Ok(Some(root)) };
        let Some(entry) = self.only_entry(root, name)? else {
            return match self.tree.read(root, name, &self.text) {
                Some(merged) => Err(self.refused(self.tree.node(merged.key).at.start, Refusal::Alias)),
                None => Ok(None),
            };
        };
        if self.tree.is_null(entry.value, &self.text) && self.tree.node(entry.value).anchor.is_none() {
            return Ok(None);
        }
        self.check_block(entry.value, Refusal::NotAMapping)?;
        Ok(Some(entry.value))
    }

    fn check_block(&self, id: Id, otherwise: Refusal) -> Result<(), Error> {
        let node = self.tree.node(id);
        let why = match &node.kind {
            NodeKind::Alias(_) => Refusal::Alias,
            NodeKind::Mapping(Layout::Flow, _) => Refusal::FlowStyle,
            _ if node.is_shared => Refusal::Alias,
            NodeKind::Mapping(Layout::Block, _) => match self.tree.tag(id, &self.text) {
                None | Some("!!map") => return Ok(()),
                Some(_) => Refusal::Tag,
            },
            _ => otherwise,
        };
        Err(self.refused(node.at.start, why))
    }

    fn only_entry(&self, mapping: Id, name: &str) -> Result<Option<Entry>, Error> {
        let mut entries = self.tree.entries_of(mapping, name, &self.text);
        match (entries.next(), entries.next()) {
            (Some(_), Some(second)) => Err(self.refused(self.tree.node(second.key).at.start, Refusal::DuplicateKey)),
            (first, _) => Ok(first),
        }
    }

    /// Refuses an edit if a section has the setting under its other name.
    ///
    /// If a section has both names of a setting, the last counts; 4.0 refuses the newer name.
    fn check_excluded(&self, section: Section, mapping: Id, definition: &Definition) -> Result<(), Error> {
        let excluded = definition.excludes().iter().find_map(|name| self.tree.read(mapping, name, &self.text));
        match excluded {
            Some(entry) if section != Section::TopLevel => {
                Err(self.refused(self.tree.node(entry.key).at.start, Refusal::OtherName))
            }
            _ => Ok(()),
        }
    }

    fn indent_of(&self, mapping: Id) -> Option<&str> {
        let key = self.tree.node(self.tree.entries(mapping).first()?.key).at.start;
        let before = within_text(&self.text, start_of_line(&self.text, key)..key).trim_start_matches('\u{feff}');
        Some(within_text(before, ..before.len() - before.trim_start_matches(' ').len()))
    }

    fn with_value(&self, wanted: &Wanted<'_>, entry: Entry) -> Result<Self, Error> {
        let Wanted { value, kind, .. } = *wanted;
        if self.reads(entry.value, value, kind) {
            return Ok(self.clone());
        }
        let node = self.tree.node(entry.value);
        if node.is_shared {
            return Err(self.refused(node.at.start, Refusal::Alias));
        }
        if matches!(node.kind, NodeKind::Mapping(..)) {
            return Err(self.refused(node.at.start, Refusal::NotAScalar));
        }
        let style = match &node.kind {
            NodeKind::Scalar(scalar) if !node.at.is_empty() => Some(scalar.style),
            _ => None,
        };
        let written = quote::written(value, kind, style);
        if self.has_inner_comments(entry.value) {
            return Err(self.refused(node.at.start, Refusal::Unclear));
        }
        let comment = self.header_comment(entry.value).unwrap_or_default();
        let written = Wiped::new([&**written, comment].concat());
        self.checked(self.edited(&self.replaced(entry, style, &written)), wanted)
            .ok_or_else(|| self.refused(node.at.start, Refusal::Unclear))
    }

    /// The comment in the header of a block scalar, with the blanks before the comment.
    fn header_comment(&self, id: Id) -> Option<&str> {
        let header = self.after_properties(id).split(['\n', '\r']).next()?;
        let (indicators, _) = header.split_once('#').filter(|_| self.tree.style(id) == Some(Style::Block))?;
        Some(within_text(header, indicators.trim_end_matches([' ', '\t']).len()..))
    }

    /// Whether a value has comments within it that cannot be kept if it is replaced.
    fn has_inner_comments(&self, id: Id) -> bool {
        let node = self.tree.node(id);
        let is_after_properties = self.after_properties(id).trim_start_matches([' ', '\t']).starts_with('#');
        let between_items = match &node.kind {
            NodeKind::Sequence(_, items) => {
                let ends = [node.at.start].into_iter().chain(items.iter().map(|item| self.tree.node(*item).at.end));
                let starts = items.iter().map(|item| self.tree.node(*item).at.start).chain([node.at.end]);
                ends.zip(starts).any(|(end, start)| within_text(&self.text, end..start).contains('#'))
            }
            _ => false,
        };
        is_after_properties && (node.tag.is_some() || node.anchor.is_some()) || between_items
    }

    /// The text of a node after its tag and its anchor.
    fn after_properties(&self, id: Id) -> &str {
        let node = self.tree.node(id);
        let start = node.tag.iter().chain(&node.anchor).map(|at| at.end).max().unwrap_or(node.at.start);
        within_text(&self.text, start..node.at.end)
    }

    fn replaced(&self, entry: Entry, style: Option<Style>, written: &str) -> Edit {
        let at = self.tree.node(entry.value).at.clone();
        if at.is_empty() {
            let after = within_text(&self.text, at.end..);
            let gap = if after.is_empty() || after.starts_with([' ', '\n', '\r']) { "" } else { " " };
            return Edit { range: at, text: Wiped::new([" ", written, gap].concat()) };
        }
        // A block scalar includes the ending of its last line.
        let inside = within_text(&self.text, at.clone());
        let ending = if style == Some(Style::Block) { ending(inside) } else { "" };
        let ending = match ending.strip_prefix("\r\n") {
            Some(_) => "\r\n",
            None => ending.get(..1).unwrap_or_default(),
        };
        // A tab before a comment counts as white space only after a plain value.
        let after = within_text(&self.text, at.end..);
        let blanks = after.len() - after.trim_start_matches([' ', '\t']).len();
        let has_tab = within_text(after, ..blanks).contains('\t');
        let (end, gap) = if has_tab { (at.end + blanks, "  ") } else { (at.end, "") };
        let gap = if within_text(&self.text, end..).starts_with(['\n', '\r']) { "" } else { gap };
        Edit { range: at.start..end, text: Wiped::new([written, gap, ending].concat()) }
    }

    fn with_new_section(&self, wanted: &Wanted<'_>) -> Result<Self, Error> {
        let (root, name) = (self.tree.root, wanted.section.name().unwrap_or_default());
        let outer = root.and_then(|root| self.indent_of(root)).unwrap_or_default();
        let inner = self.usual_indent(outer);
        let line = wanted.line(&[outer, &inner].concat());
        let header = root.and_then(|root| self.tree.entries_of(root, name, &self.text).last());
        if let Some(entry) = header {
            return self.with_filled_section(entry, &line, wanted);
        }
        if wanted.section == Section::TopLevel {
            return self.first_that_reads(self.places_of_section(wanted.section), &wanted.line(outer), wanted);
        }
        let section = Wiped::new([outer, name, ":\n", &line].concat());
        self.first_that_reads(self.places_of_section(wanted.section), &section, wanted)
    }

    fn with_filled_section(&self, entry: Entry, line: &str, wanted: &Wanted<'_>) -> Result<Self, Error> {
        let colon = within_text(&self.text, self.tree.node(entry.key).at.end..);
        let colon = self.tree.node(entry.key).at.end + colon.find(':').map_or(0, |at| at + 1);
        let value = self.tree.node(entry.value).at.clone();
        let (before, own) =
            (within_text(&self.text, colon..value.start.max(colon)), within_text(&self.text, value.clone()));
        let range = if before.contains('#') {
            let end = next_line(&self.text, value.end);
            let is_alone = within_text(&self.text, value.end..end).trim_ascii().is_empty();
            start_of_line(&self.text, value.start)..if is_alone { end } else { value.end }
        } else {
            colon..value.end.max(colon)
        };
        let emptied = Edit { range, text: Wiped::default() };
        let Some(emptied) = self.edited(&emptied).filter(|_| !own.contains('#')) else {
            return Err(self.refused(value.start, Refusal::NotAMapping));
        };
        let header = next_line(&emptied.text, colon);
        let after_comments = emptied.commented_lines(header..emptied.end_of_comments(header), wanted.name);
        let mut places = after_comments.last().map(|line| line.end).into_iter().chain([header]);
        places
            .find_map(|place| self.checked(emptied.edited(&emptied.with_lines(place, line)), wanted))
            .ok_or_else(|| self.refused(value.start, Refusal::NotAMapping))
    }

    /// The indentation of a new key beyond `outer`, the indentation of the section's name.
    ///
    /// The other section is the model if it is in block style.
    fn usual_indent(&self, outer: &str) -> String {
        let sections = [Section::Server, Section::Client].into_iter().filter_map(|section| self.mapping(section));
        let blocks = sections.filter(|id| matches!(self.tree.node(*id).kind, NodeKind::Mapping(Layout::Block, _)));
        let indents = blocks.filter_map(|id| self.indent_of(id)).filter_map(|indent| indent.strip_prefix(outer));
        let mut deeper = indents.filter(|indent| !indent.is_empty());
        deeper.next().unwrap_or(INDENT).to_owned()
    }

    fn first_that_reads(&self, places: Vec<usize>, lines: &str, wanted: &Wanted<'_>) -> Result<Self, Error> {
        let mut tried: Vec<usize> = Vec::new();
        for place in places {
            if tried.len() < MAX_PLACES && !tried.contains(&place) {
                tried.push(place);
                if let Some(edited) = self.checked(self.edited(&self.with_lines(place, lines)), wanted) {
                    return Ok(edited);
                }
            }
        }
        Err(self.refused(tried.first().copied().unwrap_or(0), Refusal::Unclear))
    }

    /// The edit that inserts `lines` at the beginning of a line, or at the end of the file.
    ///
    /// `lines` has `\n` between the lines and none at the end.
    fn with_lines(&self, place: usize, lines: &str) -> Edit {
        let before = within_text(&self.text, ..place);
        let above = last_line(before);
        let usual = match ending(above) {
            "" => style::line_ending(self.text.as_bytes()),
            own => own,
        };
        // After a last line without a line ending, the new lines begin with one and end without one.
        let is_open = !before.is_empty() && ending(before).is_empty() && !before.ends_with('\u{feff}');
        let (opening, closing) = if is_open { (usual, "") } else { ("", usual) };
        let mut inserted = Wiped::new(String::with_capacity(lines.len() * 2 + 4));
        inserted.push_str(opening);
        for (number, line) in lines.split('\n').enumerate() {
            inserted.push_str(if number == 0 { "" } else { usual });
            inserted.push_str(line);
        }
        inserted.push_str(closing);
        Edit { range: place..place, text: inserted }
    }

    fn without(&self, section: Section, name: &str) -> Result<Option<Self>, Error> {
        if self.found(section, name).is_none() {
            return Ok(None);
        }
        let Some(mapping) = self.editable(section)? else { return Ok(None) };
        let Some(entry) = self.only_entry(mapping, name)? else {
            return Err(self.refused(self.tree.node(mapping).at.start, Refusal::Alias));
        };
        let (key, value) = (self.tree.node(entry.key), self.tree.node(entry.value));
        if value.is_shared || key.is_shared {
            return Err(self.refused(value.at.start, Refusal::Alias));
        }
        if self.tree.entries(mapping).len() == 1 {
            return Err(self.refused(key.at.start, Refusal::WouldEmpty));
        }
        let edited = self.removable(entry).and_then(|range| self.edited(&Edit { range, text: Wiped::default() }));
        let is_gone = |edited: &Self| edited.found(section, name).is_none() && self.rest_is_same(edited, section, name);
        edited.filter(is_gone).map(Some).ok_or_else(|| self.refused(key.at.start, Refusal::Unclear))
    }

    /// The lines of an entry, including a comment after the value.
    ///
    /// `None` if anything except spaces and `?` precedes the key on its line.
    fn removable(&self, entry: Entry) -> Option<Range<usize>> {
        let key = self.tree.node(entry.key).at.start;
        let start = start_of_line(&self.text, key);
        let before = within_text(&self.text, start..key).trim_matches([' ', '?']);
        let end = self.end_of_entry(entry);
        before.is_empty().then_some(start..end)
    }

    fn checked(&self, edited: Option<Self>, wanted: &Wanted<'_>) -> Option<Self> {
        let edited = edited?;
        let Wanted { section, name, value, kind } = *wanted;
        let is_set = edited.found(section, name).is_some_and(|entry| edited.reads(entry.value, value, kind));
        (is_set && self.rest_is_same(&edited, section, name)).then_some(edited)
    }

    /// Whether the node holds `value` in a form that every release reads as this kind.
    fn reads(&self, id: Id, value: &str, kind: Kind) -> bool {
        if self.tree.tag(id, &self.text).is_some() {
            return false;
        }
        let text = self.tree.scalar(id, &self.text);
        match kind {
            Kind::Truth | Kind::Number => self.tree.is_plain(id) && text == Some(value),
            Kind::List => match &self.tree.node(self.tree.resolved(id)).kind {
                NodeKind::Sequence(_, own) => {
                    let untagged = |item: &Id| self.tree.tag(*item, &self.text).is_none();
                    own.iter().all(untagged)
                        && quote::items(value).map(Some).eq(own.iter().map(|item| self.tree.scalar(*item, &self.text)))
                }
                _ => false,
            },
            Kind::Text | Kind::Mapping => {
                text == Some(value) && (!self.tree.is_plain(id) || *quote::written(value, kind, None) == *value)
            }
        }
    }

    fn rest_is_same(&self, edited: &Self, section: Section, name: &str) -> bool {
        let same = |own: Option<Id>, other: Option<Id>, except| match (own, other) {
            (Some(own), Some(other)) => {
                self.tree.same_entries(own, &self.text, &edited.tree, other, &edited.text, Some(except))
            }
            (None, Some(other)) => edited.tree.entries(other).len() == 1,
            (_, None) => false,
        };
        match section.name() {
            None => same(self.tree.root, edited.tree.root, name),
            Some(key) => {
                let own = self.mapping(section).filter(|own| !self.tree.is_null(*own, &self.text));
                same(self.tree.root, edited.tree.root, key) && same(own, edited.mapping(section), name)
            }
        }
    }
}

/// The maximum number of places that are tried for a new line.
///
/// Each attempt parses at least a part of the file.
const MAX_PLACES: usize = 8;

struct Wanted<'a> {
    section: Section,
    name: &'a str,
    value: &'a str,
    kind: Kind,
}

impl Wanted<'_> {
    fn line(&self, indent: &str) -> Wiped<String> {
        let written = quote::written(self.value, self.kind, None);
        Wiped::new([indent, self.name, ": ", &written].concat())
    }
}

fn unknown_setting(section: Section, name: &str) -> Error {
    Error::new(ErrorKind::UnknownSetting { section, name: name.to_owned() })
}

fn check_value(definition: &Definition, value: &str) -> Result<(), Error> {
    let is_fine = match definition.kind() {
        Kind::Truth => matches!(value, "true" | "false"),
        Kind::Number => !value.is_empty() && value.len() < 10 && value.bytes().all(|byte| byte.is_ascii_digit()),
        Kind::List => quote::items(value).next().is_some(),
        Kind::Text | Kind::Mapping => !value.contains('\0'),
    };
    if is_fine { Ok(()) } else { Err(Error::new(ErrorKind::UnknownValue { setting: definition.name() })) }
}
