//! A `cassandra.yaml`: its bytes and their meaning.

use std::borrow::Cow;

use super::cursor::{Breaks, error_at};
use super::decode::{self, Coding};
use super::parser;
use super::tree::{Entry, Id, NodeKind, Tree};
use crate::error::{Error, ErrorKind, Refusal};
use crate::section::Section;
use crate::wiped::Wiped;

/// A `cassandra.yaml`: its bytes, read as SnakeYAML, Cassandra's YAML library, reads them.
///
/// An edit changes only the lines of its setting and, if the section is new or empty, of the section's name. All other
/// lines stay, in their order and with their line endings. A last line without an ending gets one only if a line is added
/// after it. An edit may be refused (see [`Refusal`]); the file is then unchanged. The bytes are wiped from memory when
/// the file is dropped, since they may hold passwords, and `Debug` does not show them.
///
/// ```
/// use cassandra_props::{CassandraYaml, Section};
///
/// let mut file = CassandraYaml::parse(
///     b"server_encryption_options:\n    keystore_password: cassandra # ours\n    # require_client_auth: false\n",
/// )?;
/// file.set(Section::Server, "keystore_password", "0123456789")?;
/// file.set(Section::Server, "require_client_auth", "true")?;
/// assert_eq!(
///     file.as_bytes(),
///     b"server_encryption_options:\n    keystore_password: '0123456789' # ours\n    # require_client_auth: false\n    \
///       require_client_auth: true\n"
/// );
/// # Ok::<(), cassandra_props::Error>(())
/// ```
#[derive(Clone)]
pub struct CassandraYaml {
    pub(super) text: Wiped<String>,
    pub(super) breaks: Breaks,
    pub(super) tree: Tree,
    /// The bytes of a file in UTF-16.
    original: Option<Wiped<Vec<u8>>>,
}

/// The maximum size of a file, in bytes.
const MAX_SIZE: usize = 64 << 20;

impl CassandraYaml {
    /// Reads a file.
    ///
    /// # Errors
    /// [`NotYaml`](ErrorKind::NotYaml) with line and column if SnakeYAML cannot read the file, so that Cassandra does not
    /// start with it. Examples are several documents, tabs as indentation, and local tags such as `!name`. For the names
    /// of anchors, the rules are those of SnakeYAML 2, which are stricter than those of SnakeYAML 1.26.
    /// [`TooDeep`](ErrorKind::TooDeep) if values are nested more than 51 levels deep.
    /// [`TooLarge`](ErrorKind::TooLarge) for more than 64 MiB.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_SIZE {
            return Err(Error::new(ErrorKind::TooLarge { size: bytes.len() }));
        }
        let decode::Decoded { text, coding, breaks } = decode::decode(bytes)?;
        let tree = parser::parse(&text, breaks)?;
        let original = (coding == Coding::Utf16).then(|| Wiped::new(bytes.to_vec()));
        Ok(Self { text, breaks, tree, original })
    }

    /// The bytes of the file.
    pub fn as_bytes(&self) -> &[u8] {
        self.original.as_ref().map_or(self.text.as_bytes(), |original| original)
    }

    /// Returns the bytes. The caller is then responsible for wiping passwords from memory.
    pub fn into_bytes(mut self) -> Vec<u8> {
        match self.original.as_mut() {
            Some(original) => std::mem::take(&mut **original),
            None => std::mem::take(&mut *self.text).into_bytes(),
        }
    }

    /// The line, from 1, of the last occurrence of a setting; `None` if there is none.
    pub fn line(&self, section: Section, name: &str) -> Option<usize> {
        self.found(section, name).map(|entry| self.line_at(self.tree.node(entry.key).at.start))
    }

    /// The text of a setting's value. The items of a list are joined by commas.
    ///
    /// `None` if the setting is absent, null, a mapping, or a list with an item that is not a scalar. Numbers and
    /// Booleans are returned as they are written: `0123456789` and `yes` are passwords like any other.
    pub fn value(&self, section: Section, name: &str) -> Option<Cow<'_, str>> {
        let id = self.tree.resolved(self.found(section, name)?.value);
        match &self.tree.node(id).kind {
            NodeKind::Scalar(_) if self.tree.is_null(id, &self.text) => None,
            NodeKind::Sequence(_, items) => {
                let items: Option<Vec<_>> = items.iter().map(|item| self.tree.scalar(*item, &self.text)).collect();
                items.map(|items| Cow::Owned(items.join(",")))
            }
            _ => self.tree.scalar(id, &self.text).map(Cow::Borrowed),
        }
    }

    pub(crate) fn is_list(&self, section: Section, name: &str) -> bool {
        let value = self.found(section, name).map(|entry| &self.tree.node(self.tree.resolved(entry.value)).kind);
        matches!(value, Some(NodeKind::Sequence(..)))
    }

    /// The names that are set in a section, without duplicates.
    pub fn names(&self, section: Section) -> Vec<&str> {
        self.mapping(section).map(|id| self.tree.keys(id, &self.text)).unwrap_or_default()
    }

    /// The one of these names that is set last in a section.
    pub(crate) fn last_set<'n>(&self, section: Section, names: &[&'n str]) -> Option<&'n str> {
        self.tree.last_key(self.mapping(section)?, names, &self.text)
    }

    /// The text at the end of a path of keys. Of a list on the way, the first item counts, as in `seed_provider`.
    pub(crate) fn nested(&self, section: Section, path: &[&str]) -> Option<Cow<'_, str>> {
        let mut id = self.mapping(section)?;
        for key in path {
            let first = match &self.tree.node(id).kind {
                NodeKind::Sequence(_, items) => *items.first()?,
                _ => id,
            };
            id = self.tree.resolved(self.tree.read(first, key, &self.text)?.value);
        }
        self.tree.scalar(id, &self.text).map(Cow::Borrowed)
    }

    pub(crate) fn duplicate_lines(&self, section: Section) -> Vec<(String, usize)> {
        let Some(mapping) = self.mapping(section) else { return Vec::new() };
        let names = self.tree.keys(mapping, &self.text).into_iter();
        let twice = names.filter_map(|name| {
            let entries: Vec<_> = self.tree.entries_of(mapping, name, &self.text).collect();
            let last = entries.last().filter(|_| entries.len() > 1)?;
            Some((name.to_owned(), self.line_at(self.tree.node(last.key).at.start)))
        });
        twice.collect()
    }

    pub(crate) fn error_at_value(&self, section: Section, name: &str, kind: ErrorKind) -> Error {
        match self.found(section, name) {
            Some(entry) => error_at(&self.text, self.tree.node(entry.value).at.start, kind),
            None => Error::new(kind),
        }
    }

    pub(super) fn is_utf16(&self) -> bool {
        self.original.is_some()
    }

    /// The value of a section's key, which should be a mapping; for the top level, the root.
    pub(crate) fn mapping(&self, section: Section) -> Option<Id> {
        let root = self.tree.root?;
        match section.name() {
            None => Some(root),
            Some(name) => self.tree.read(root, name, &self.text).map(|entry| self.tree.resolved(entry.value)),
        }
    }

    pub(crate) fn found(&self, section: Section, name: &str) -> Option<Entry> {
        self.tree.read(self.mapping(section)?, name, &self.text)
    }

    pub(crate) fn line_at(&self, at: usize) -> usize {
        memchr::memchr_iter(b'\n', crate::slice::within(self.text.as_bytes(), ..at)).count() + 1
    }

    pub(super) fn refused(&self, at: usize, why: Refusal) -> Error {
        error_at(&self.text, at, ErrorKind::Refused { why })
    }

    pub(super) fn new(text: Wiped<String>, breaks: Breaks, tree: Tree) -> Self {
        Self { text, breaks, tree, original: None }
    }
}

impl std::fmt::Debug for CassandraYaml {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CassandraYaml").field("bytes", &self.as_bytes().len()).finish_non_exhaustive()
    }
}

/// Two files are equal if their bytes are equal.
impl PartialEq for CassandraYaml {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for CassandraYaml {}
