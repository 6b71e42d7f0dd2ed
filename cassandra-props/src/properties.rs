//! A `.properties` file as `java.util.Properties` reads it.

use std::borrow::Cow;
use std::ops::Range;

use crate::encoding::Encoding;
use crate::entry::Entry;
use crate::error::{Error, ErrorKind};
use crate::line::{LineKind, Lines, lines};
use crate::slice::within;
use crate::wiped::Wiped;

/// A `.properties` file: its bytes, read as `java.util.Properties` of JDK 17 reads them.
///
/// An edit of a property leaves all other bytes unchanged. The bytes are wiped from memory when the file is dropped, since
/// they may hold passwords, and `Debug` does not show them.
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
    pub(crate) bytes: Wiped<Vec<u8>>,
    pub(crate) index: Vec<Span>,
    pub(crate) encoding: Encoding,
}

/// A property's range and line, in 32 bits to keep the index small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) line: u32,
}

impl Properties {
    /// An empty file in ISO-8859-1.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a file as `Properties.load(InputStream)` does, in ISO-8859-1.
    ///
    /// Unlike Java, accepts a file with a malformed `\u` escape: see [`check`](Self::check).
    ///
    /// # Errors
    /// [`TooLarge`](ErrorKind::TooLarge) for 4 GiB or more.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        Self::parse_as(Encoding::Latin1, bytes)
    }

    /// Reads a file in the given encoding.
    ///
    /// # Errors
    /// As for [`parse`](Self::parse).
    pub fn parse_as(encoding: Encoding, bytes: &[u8]) -> Result<Self, Error> {
        checked_size(bytes.len())?;
        Self::from_bytes(encoding, bytes.to_vec())
    }

    /// Reads a file in the given encoding, without copying it.
    ///
    /// # Errors
    /// As for [`parse`](Self::parse).
    pub fn from_bytes(encoding: Encoding, bytes: Vec<u8>) -> Result<Self, Error> {
        let bytes = Wiped::new(bytes);
        checked_size(bytes.len())?;
        Ok(Self { index: Span::all_of(&bytes), bytes, encoding })
    }

    /// The bytes of the file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the bytes without copying them.
    ///
    /// The caller is then responsible for wiping passwords from memory.
    pub fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// The encoding in which the file is read.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The value of the last property with this key, which Java's `getProperty(key)` returns.
    ///
    /// Each call searches the file from its end. For many values, iterate over [`entries`](Self::entries).
    ///
    /// # Errors
    /// [`MalformedUnicodeEscape`](ErrorKind::MalformedUnicodeEscape) or [`LoneSurrogate`](ErrorKind::LoneSurrogate) in that
    /// value.
    pub fn get(&self, key: &str) -> Result<Option<Cow<'_, str>>, Error> {
        self.entry(key).map(|entry| entry.value()).transpose()
    }

    /// The last property with this key, whose value Java uses.
    pub fn entry(&self, key: &str) -> Option<Entry<'_>> {
        self.entries().rev().find(|entry| entry.has_key(key))
    }

    /// All properties in file order, including those that later properties override.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = Entry<'_>> {
        self.index.iter().enumerate().map(|(index, span)| self.entry_of(index, *span))
    }

    /// All lines, including comments and blank lines.
    pub fn lines(&self) -> Lines<'_> {
        lines(&self.bytes)
    }

    /// Checks that Java can load the file.
    ///
    /// # Errors
    /// [`MalformedUnicodeEscape`](ErrorKind::MalformedUnicodeEscape) at the first escape that Java refuses.
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
        let bytes = within(&self.bytes, start..end);
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

/// Two files are equal if their bytes and their encodings are equal.
impl PartialEq for Properties {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.encoding == other.encoding
    }
}

impl Eq for Properties {}

impl Span {
    /// The spans of all properties.
    ///
    /// `bytes` must be smaller than 4 GiB.
    pub(crate) fn all_of(bytes: &[u8]) -> Vec<Self> {
        lines(bytes).filter_map(Self::of_property).collect()
    }

    pub(crate) fn of_property(line: crate::Line<'_>) -> Option<Self> {
        let range = line.start()..line.start() + line.bytes().len();
        (line.kind() == LineKind::Property).then(|| Self::new(range, line.number()))
    }

    pub(crate) fn new(range: Range<usize>, line: usize) -> Self {
        Self { start: narrow(range.start), end: narrow(range.end), line: narrow(line) }
    }

    pub(crate) fn range(self) -> Range<usize> {
        widen(self.start)..widen(self.end)
    }
}

/// The maximum size of a file; lower in unit tests, which would otherwise need 4 GiB.
const MAX_SIZE: usize = if cfg!(test) { 1 << 20 } else { widen(u32::MAX) };

pub(crate) fn checked_size(size: usize) -> Result<(), Error> {
    if size <= MAX_SIZE { Ok(()) } else { Err(Error::new(ErrorKind::TooLarge { size })) }
}

#[expect(clippy::expect_used, reason = "the size of the file has been checked, and it has no more lines than bytes")]
fn narrow(place: usize) -> u32 {
    u32::try_from(place).expect("an offset or a line number in a file of less than 4 GiB")
}

const _: () = assert!(usize::BITS >= u32::BITS, "offsets in a file have 32 bits");

#[expect(clippy::as_conversions, reason = "widening, by the assertion above")]
pub(crate) const fn widen(place: u32) -> usize {
    place as usize
}
