//! The one error of this crate.

use std::fmt;

use crate::release::Release;

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

    /// Where in the file, if something in the file caused it.
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
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// `\u` without four hexadecimal digits. Java refuses the whole file (`IllegalArgumentException`).
    MalformedUnicodeEscape,
    /// A `\uD800` to `\uDFFF` without its other half: a Java string can hold it, Rust's `str` cannot.
    LoneSurrogate,
    /// The file has 4 GiB or more, or an edit would make it so.
    TooLarge {
        /// The size that was refused, in bytes.
        size: usize,
    },
    /// The property to insert, or the new key of a property to rename, is already there.
    AlreadyDefined {
        /// The property's key.
        key: String,
    },
    /// The property after which another was to be inserted is not there.
    NotDefined {
        /// The key that was looked for.
        key: String,
    },
    /// No property has this index.
    NoSuchEntry {
        /// The index that was given, from 0.
        index: usize,
    },
    /// No comment has the form `# key=value` for the property.
    NotCommentedOut {
        /// The property's key.
        key: String,
    },
    /// A setting was to become an empty text, which Cassandra cannot use.
    EmptyValue {
        /// The setting's name in cassandra.yaml, such as `keystore`.
        setting: &'static str,
    },
    /// Cassandra does not understand the value. The value is not shown.
    UnknownValue {
        /// The setting's name in cassandra.yaml, such as `optional`.
        setting: &'static str,
    },
    /// The text is not a release of Cassandra, or of a line that is not in [`Release::LINES`](crate::Release::LINES).
    UnknownRelease {
        /// The text that was given.
        text: String,
    },
    /// The text is not a version of Apigee Edge that is in [`Release::EDGE`](crate::Release::EDGE).
    UnknownEdge {
        /// The text that was given.
        version: String,
    },
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MalformedUnicodeEscape => {
                formatter.write_str("a \\u escape lacks its four hexadecimal digits, so Java refuses the file")
            }
            Self::LoneSurrogate => {
                formatter.write_str("a \\u escape gives half of a surrogate pair, which a Rust string cannot hold")
            }
            Self::TooLarge { size } => {
                write!(formatter, "a properties file of {size} bytes is too large, the limit is {}", u32::MAX)
            }
            Self::AlreadyDefined { key } => write!(formatter, "the property {key:?} is already defined"),
            Self::NotDefined { key } => write!(formatter, "the property {key:?} is not defined"),
            Self::NoSuchEntry { index } => write!(formatter, "the file has no property of index {index}"),
            Self::NotCommentedOut { key } => write!(formatter, "no comment holds a definition of the property {key:?}"),
            Self::EmptyValue { setting } => write!(formatter, "the value for {setting} is empty"),
            Self::UnknownValue { setting } => write!(formatter, "Cassandra does not understand the value of {setting}"),
            Self::UnknownRelease { text } => {
                let lines: Vec<_> = Release::LINES.iter().map(ToString::to_string).collect();
                write!(formatter, "{text:?} is not a release of a known line of Cassandra: {}", lines.join(", "))
            }
            Self::UnknownEdge { version } => {
                let known: Vec<_> = Release::EDGE.iter().map(|(version, _)| *version).collect();
                write!(formatter, "{version:?} is not a known version of Apigee Edge: {}", known.join(", "))
            }
        }
    }
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
