//! The one error of this crate.

use std::fmt;

/// What went wrong, and where in the file.
///
/// Neither `Display` nor `Debug` shows a value: it may be a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}{}", At(*.position))]
pub struct Error {
    kind: ErrorKind,
    position: Option<Position>,
}

impl Error {
    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Where in the file, if it is the file's fault.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self { kind, position: None }
    }

    pub(crate) fn at(kind: ErrorKind, position: Position) -> Self {
        Self { kind, position: Some(position) }
    }
}

/// The kinds of [`Error`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// `\u` without four hexadecimal digits. Java refuses the whole file (`IllegalArgumentException`).
    #[error("a \\u escape lacks its four hexadecimal digits, so Java refuses the file")]
    MalformedUnicodeEscape,
    /// A `\uD800` to `\uDFFF` without its other half: a Java string can hold it, Rust's `str` cannot.
    #[error("a \\u escape gives half of a surrogate pair, which no Rust string can hold")]
    LoneSurrogate,
    /// The file has 4 GiB or more, or an edit would make it so.
    #[error("a properties file of {size} bytes is too large, the limit is 4294967295")]
    TooLarge {
        /// The size that was refused, in bytes.
        size: usize,
    },
    /// A property that was to be inserted is there already.
    #[error("the property {key:?} is already defined")]
    AlreadyDefined {
        /// The property's key.
        key: String,
    },
    /// A property beside which another was to be inserted is not there.
    #[error("the property {key:?} is not defined")]
    NotDefined {
        /// The key that was looked for.
        key: String,
    },
    /// No property has this index.
    #[error("the file has no property of index {index}")]
    NoSuchEntry {
        /// The index that was given, from 0.
        index: usize,
    },
    /// A property that was to be uncommented stands in no comment of the form `# key=value`.
    #[error("no comment holds a definition of the property {key:?}")]
    NotCommentedOut {
        /// The property's key.
        key: String,
    },
    /// No comment has the text behind which a property was to be inserted.
    #[error("no comment contains the text {text:?}")]
    NoSuchComment {
        /// The text that was looked for.
        text: String,
    },
    /// A setting was to become an empty text, which Cassandra cannot use.
    #[error("the value for {setting} is empty")]
    EmptyValue {
        /// The setting's name in cassandra.yaml, such as `keystore`.
        setting: &'static str,
    },
    /// A value that a program can do nothing with, because Cassandra cannot. The value is not shown.
    #[error("the value of {setting} means nothing to Cassandra")]
    UnknownValue {
        /// The setting's name in cassandra.yaml, such as `optional`.
        setting: &'static str,
    },
    /// A version that does not look like one, or of a release that this crate knows nothing of.
    #[error("{text:?} is no version of {product} that this crate knows")]
    UnknownVersion {
        /// Cassandra or Edge.
        product: &'static str,
        /// What was given.
        text: String,
    },
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    pub(crate) offset: usize,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Position {
    /// Bytes from the beginning of the file.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The natural line, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The byte in its line, from 1.
    pub fn column(&self) -> usize {
        self.column
    }
}

struct At(Option<Position>);

impl fmt::Display for At {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(Position { line, column, .. }) => write!(formatter, " (line {line}, column {column})"),
            None => Ok(()),
        }
    }
}
