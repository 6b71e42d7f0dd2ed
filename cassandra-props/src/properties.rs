//! The meaning that `java.util.Properties` gives to a file.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use zeroize::Zeroizing;

use crate::encoding::Encoding;
use crate::entry::Entry;
use crate::error::{Error, ErrorKind};
use crate::line::{LineKind, Lines, lines};

/// A `.properties` file: its bytes, read as `java.util.Properties` of JDK 17 reads them.
///
/// The bytes are the truth. An edit changes the bytes that it must and no others; what is not edited is never written
/// anew. They are wiped from memory when the file is dropped, since they may hold passwords, and `Debug` does not
/// show them.
///
/// ```
/// use cassandra_props::Properties;
///
/// let mut file = Properties::parse(b"# Heap\r\nheap : 8G\r\n")?;
/// assert_eq!(file.get("heap")?.as_deref(), Some("8G"));
/// file.set("heap", "16G")?;
/// assert_eq!(file.as_bytes(), b"# Heap\r\nheap : 16G\r\n");
/// # Ok::<(), cassandra_props::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Properties {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    pub(crate) index: Vec<Span>,
    pub(crate) encoding: Encoding,
}

/// Where a property stands. Twelve bytes each, so that the index stays small beside the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) line: u32,
}

impl Properties {
    /// A file without a byte.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a file as `Properties.load(InputStream)` does, that is as ISO-8859-1.
    ///
    /// Every byte string is taken. A malformed `\u`, for which Java refuses the whole file, is reported by
    /// [`check`](Self::check) and when its property is read; all else stays readable and editable.
    ///
    /// # Errors
    /// [`TooLarge`](ErrorKind::TooLarge) from 4 GiB on.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        Self::parse_as(Encoding::Latin1, bytes)
    }

    /// Reads a file in the given encoding.
    ///
    /// # Errors
    /// As for [`parse`](Self::parse).
    pub fn parse_as(encoding: Encoding, bytes: &[u8]) -> Result<Self, Error> {
        checked_size(bytes.len())?;
        let index = lines(bytes).filter_map(Span::of_property).collect();
        Ok(Self { bytes: Zeroizing::new(bytes.to_vec()), index, encoding })
    }

    /// The file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The encoding in which the file is read.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The value that Java's `getProperty(key)` gives: that of the last property of this key.
    ///
    /// It is looked for from the end of the file: a program that wants many values takes [`entries`](Self::entries).
    ///
    /// # Errors
    /// That value has a malformed `\u`, or is a Java string that no `str` can hold.
    pub fn get(&self, key: &str) -> Result<Option<Cow<'_, str>>, Error> {
        self.entry(key).map(|entry| entry.value()).transpose()
    }

    /// The property that counts for `key`: the last one.
    pub fn entry(&self, key: &str) -> Option<Entry<'_>> {
        self.entries().rev().find(|entry| entry.has_key(key))
    }

    /// All properties in file order, those that a later one overrides included.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = Entry<'_>> {
        self.index.iter().enumerate().map(|(index, span)| self.entry_of(index, *span))
    }

    /// All lines, comments and blank ones too.
    pub fn lines(&self) -> Lines<'_> {
        lines(&self.bytes)
    }

    /// The properties, in file order, that have no effect because a later one has the same key.
    pub fn overridden(&self) -> Vec<Entry<'_>> {
        let keys = || self.entries().filter_map(|entry| Some((entry.key_utf16().ok()?, entry)));
        let last: HashMap<_, _> = keys().map(|(key, entry)| (key, entry.index())).collect();
        keys().filter(|(key, entry)| last.get(key) != Some(&entry.index())).map(|(_, entry)| entry).collect()
    }

    /// Whether Java loads the file.
    ///
    /// # Errors
    /// [`MalformedUnicodeEscape`](ErrorKind::MalformedUnicodeEscape): the first place at which Java gives up.
    pub fn check(&self) -> Result<(), Error> {
        self.entries().try_for_each(|entry| {
            entry.key_utf16()?;
            entry.value_utf16()?;
            Ok(())
        })
    }

    pub(crate) fn entry_at(&self, index: usize) -> Option<Entry<'_>> {
        self.index.get(index).map(|span| self.entry_of(index, *span))
    }

    fn entry_of(&self, index: usize, span: Span) -> Entry<'_> {
        let Range { start, end } = span.range();
        let bytes = self.bytes.get(start..end).unwrap_or_default();
        Entry { bytes, start, line: widen(span.line), index, encoding: self.encoding }
    }
}

impl std::fmt::Debug for Properties {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut file = formatter.debug_struct("Properties");
        file.field("bytes", &self.bytes.len()).field("properties", &self.index.len()).field("encoding", &self.encoding);
        file.finish_non_exhaustive()
    }
}

/// Two files are equal if their bytes are, and the encoding in which they are read.
impl PartialEq for Properties {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.encoding == other.encoding
    }
}

impl Eq for Properties {}

impl Span {
    /// `None` for comments and blank lines. The size of the file has been checked.
    pub(crate) fn of_property(line: crate::Line<'_>) -> Option<Self> {
        if line.kind() != LineKind::Property {
            return None;
        }
        Self::new(line.start()..line.start() + line.bytes().len(), line.number())
    }

    pub(crate) fn new(range: Range<usize>, line: usize) -> Option<Self> {
        let narrow = |number: usize| u32::try_from(number).ok();
        Some(Self { start: narrow(range.start)?, end: narrow(range.end)?, line: narrow(line)? })
    }

    pub(crate) fn range(self) -> Range<usize> {
        widen(self.start)..widen(self.end)
    }
}

/// # Errors
/// The index cannot hold a place in a file of this size.
pub(crate) fn checked_size(size: usize) -> Result<u32, Error> {
    u32::try_from(size).map_err(|_| Error::new(ErrorKind::TooLarge { size }))
}

/// No target of this crate has pointers of fewer than 32 bits.
pub(crate) fn widen(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
