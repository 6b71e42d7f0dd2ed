//! The error type of this crate.

use std::fmt;

use crate::release::Release;
use crate::section::Section;
use crate::table::{Definition, Kind};

/// An error, with its position in the file if the error has one.
///
/// Neither `Display` nor `Debug` shows the value of a setting, which may be a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}{}", At(*.position))]
pub struct Error {
    kind: ErrorKind,
    position: Option<Position>,
}

impl Error {
    /// The kind of the error.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The position in the file, if the error has one.
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
    /// An escape from `\uD800` to `\uDFFF` without the other half of its surrogate pair.
    ///
    /// Rust's `str` cannot hold half of a pair.
    LoneSurrogate,
    /// The file is too large, or would be after the edit.
    ///
    /// A `.properties` file must be smaller than 4 GiB. A `cassandra.yaml` may have at most 64 MiB when it is parsed.
    TooLarge {
        /// The size that was refused, in bytes.
        size: usize,
    },
    /// A property with this key already exists.
    AlreadyDefined {
        /// The property's key.
        key: String,
    },
    /// The property after which another is to be inserted does not exist.
    NotDefined {
        /// The key that was not found.
        key: String,
    },
    /// No property has this index.
    NoSuchEntry {
        /// The given index, from 0.
        index: usize,
    },
    /// No comment holds a definition of the property, such as `# key=value`.
    NotCommentedOut {
        /// The property's key.
        key: String,
    },
    /// The path or the password of a store is empty.
    EmptyValue {
        /// `the store's path` or `the store's password`.
        setting: &'static str,
    },
    /// The value of a setting or of a section is not valid. The error does not show the value.
    UnknownValue {
        /// The name of the setting or section in `cassandra.yaml`, such as `optional`, or `the file`.
        setting: &'static str,
    },
    /// The text is not a release of a known line ([`Release::LINES`](crate::Release::LINES)).
    UnknownRelease {
        /// The given text.
        text: String,
    },
    /// Values of `cassandra.yaml` are nested more than 51 levels deep.
    ///
    /// Cassandra 5.0 (SnakeYAML 2.1) does not start with such a file. Cassandra 3.11 to 4.1 (SnakeYAML 1.26) have no such
    /// limit, but this crate has it for all releases.
    TooDeep,
    /// SnakeYAML refuses the file, so Cassandra does not start with it.
    NotYaml {
        /// The problem, and the remedy if it is known.
        problem: &'static str,
    },
    /// The section has no setting with this name.
    ///
    /// [`options`](crate::CassandraYaml::options) returns this error for a name in the file that the given release does not
    /// know. [`set`](crate::CassandraYaml::set) returns the error for a name that no known release has.
    UnknownSetting {
        /// The section of the setting.
        section: Section,
        /// The name that was given, or that is in the file.
        name: String,
    },
    /// An edit of `cassandra.yaml` is refused. The file is unchanged.
    Refused {
        /// The reason.
        why: Refusal,
    },
    /// The text is not a version of Apigee Edge that [`Release::of_edge`](crate::Release::of_edge) knows.
    UnknownEdge {
        /// The given text.
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
                write!(formatter, "a file of {size} bytes is too large")
            }
            Self::AlreadyDefined { key } => write!(formatter, "the property {key:?} is already defined"),
            Self::NotDefined { key } => write!(formatter, "the property {key:?} is not defined"),
            Self::NoSuchEntry { index } => write!(formatter, "the file has no property with index {index}"),
            Self::NotCommentedOut { key } => write!(formatter, "no comment holds a definition of the property {key:?}"),
            Self::EmptyValue { setting } => write!(formatter, "{setting} is empty"),
            Self::UnknownValue { setting } => write!(formatter, "the value of {setting} is not valid"),
            Self::UnknownRelease { text } => {
                let lines: Vec<_> = Release::LINES.iter().map(ToString::to_string).collect();
                write!(
                    formatter,
                    "{text:?} is not a release of a known line of Cassandra: the known lines are {}",
                    lines.join(", ")
                )
            }
            Self::TooDeep => {
                formatter.write_str(
                    "values are nested more than 51 levels deep: Cassandra 5.0 refuses such a file, and this library does not read it",
                )
            }
            Self::NotYaml { problem } => write!(formatter, "Cassandra refuses the file: {problem}"),
            Self::UnknownSetting { section: Section::TopLevel, name } => {
                let scalars = Section::TopLevel.definitions().iter().filter(|setting| setting.kind() != Kind::Mapping);
                let edited: Vec<_> = scalars.map(Definition::name).collect();
                write!(
                    formatter,
                    "{name:?} is not a TLS setting; outside of the sections only {} are edited",
                    edited.join(" and ")
                )
            }
            Self::UnknownSetting { section, name } => {
                write!(formatter, "{name:?} is not a setting that Cassandra knows in {section}")
            }
            Self::Refused { why } => write!(formatter, "not edited: {why}"),
            Self::UnknownEdge { version } => {
                let known: Vec<_> = Release::EDGE.iter().map(|(version, _)| *version).collect();
                write!(
                    formatter,
                    "{version:?} is not a known version of Apigee Edge: the known versions are {}",
                    known.join(", ")
                )
            }
        }
    }
}

/// The reason why a setting of `cassandra.yaml` is not edited.
///
/// `Display` also gives the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The section, or the file, is written within braces.
    FlowStyle,
    /// The section or the setting is shared with another part of the file by an alias or a merge.
    Alias,
    /// The key of the setting, or of the section, occurs more than once.
    DuplicateKey,
    /// The section, or the file, is not a mapping.
    NotAMapping,
    /// The value is a mapping, or may be one ([`Kind::Mapping`](crate::Kind::Mapping)).
    NotAScalar,
    /// The section, or the file, has a tag other than `!!map`.
    Tag,
    /// The file is in UTF-16.
    Encoding,
    /// Without the setting, the section or the file would be empty.
    WouldEmpty,
    /// The setting is set under its other name.
    OtherName,
    /// No edit was found that gives the file the wanted meaning and keeps its comments.
    Unclear,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::FlowStyle => "the mapping is written within braces: write it line by line",
            Self::Alias => "the setting or its section is shared with another part of the file by an anchor or an alias: write out both parts",
            Self::DuplicateKey => "the key occurs more than once, and only the last occurrence counts: remove the others",
            Self::NotAMapping => "the section or the file is not a mapping: write one setting per line",
            Self::NotAScalar => "the value of this setting is a mapping, or may be one: edit it by hand",
            Self::Tag => "the section or the file has a tag: remove the tag",
            Self::Encoding => "the file is in UTF-16: save it as UTF-8",
            Self::WouldEmpty => {
                "the section has no other setting, and Cassandra refuses an empty section: remove the section"
            }
            Self::OtherName => "the file has the setting under its other name: rename that setting",
            Self::Unclear => "no edit was found that gives the file the wanted meaning and keeps its comments: edit it by hand",
        })
    }
}

/// A position in a file.
///
/// In a `cassandra.yaml` in UTF-16, the bytes of the text in UTF-8 are counted, without the byte order mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    pub(crate) offset: usize,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Position {
    /// The offset from the beginning of the file, in bytes.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The number of the line, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The number of the byte within the line, from 1.
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
