//! The one error of this crate.

mod defect;
mod kind;
mod names;
mod obstacle;

pub use defect::{Defect, Part};
pub use kind::ErrorKind;
pub use names::{EntryType, Format, Limit};
pub use obstacle::Obstacle;

use std::fmt;

/// What went wrong, and where: a kind, the offset of the octet if a file is to blame, the entry if one is.
///
/// Offsets count from the start of the decoded file; inside a part that had to be decrypted first there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    position: Option<usize>,
    entry: Option<String>,
}

impl Error {
    /// What went wrong.
    pub const fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Offset of the octet at which reading stopped, from the start of the file.
    pub const fn position(&self) -> Option<usize> {
        self.position
    }

    /// Alias of the entry concerned.
    pub fn entry(&self) -> Option<&str> {
        self.entry.as_deref()
    }

    pub(crate) fn at(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }

    pub(crate) fn in_entry(mut self, alias: &str) -> Self {
        self.entry.get_or_insert_with(|| alias.to_owned());
        self
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, position: None, entry: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(alias) = &self.entry {
            write!(f, ", in entry {alias:?}")?;
        }
        if let Some(position) = self.position {
            write!(f, ", at byte {position}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
