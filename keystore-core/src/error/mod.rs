//! The error type of this crate.

mod certificate_defect;
mod defect;
mod encode_defect;
mod key_form;
mod kind;
mod names;

pub use certificate_defect::CertificateDefect;
pub use defect::{Defect, Part};
pub use encode_defect::EncodeDefect;
pub use key_form::KeyForm;
pub use kind::ErrorKind;
pub use names::{EntryType, Format, Limit};

use std::fmt;

/// An error: its kind and, if known, its position in the file and the alias of its entry.
///
/// `Display` writes all three, so a message that contains an error needs to add only the name of the file. Its
/// [`source`](std::error::Error::source) is always `None`.
///
/// Positions count from the start of the file. An error in a part that had to be decrypted has no position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    kind: ErrorKind,
    position: Option<usize>,
    entry: Option<String>,
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind) -> Self {
        Self { kind, position: None, entry: None }
    }

    pub(crate) const fn malformed(defect: Defect) -> Self {
        Self::new(ErrorKind::Malformed(defect))
    }

    pub(crate) const fn not_representable(format: Format, defect: EncodeDefect) -> Self {
        Self::new(ErrorKind::NotRepresentable { format, defect })
    }

    pub(crate) const fn wrong_password() -> Self {
        Self::new(ErrorKind::WrongPasswordOrTampered)
    }

    pub(crate) const fn internal(broken: &'static str) -> Self {
        Self::new(ErrorKind::Internal(broken))
    }

    /// The kind of the error.
    pub const fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The offset in bytes of the element that the error is about; `None` if unknown.
    pub const fn position(&self) -> Option<usize> {
        self.position
    }

    /// The alias of the entry that the error is about; `None` if the error names no entry.
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

    pub(crate) fn of_part(mut self, whose: Part) -> Self {
        if let ErrorKind::UnsupportedAlgorithm { part, .. } = &mut self.kind {
            *part = whose;
        }
        self
    }

    pub(crate) fn into_kind(self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.kind, self.entry()) {
            (ErrorKind::NoSuchEntry, Some(alias)) => write!(f, "there is no entry {alias:?}"),
            (kind, entry) => write!(f, "{kind}{}", Place(entry, self.position)),
        }
    }
}

struct Place<'a>(Option<&'a str>, Option<usize>);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(entry, position) = self;
        if let Some(alias) = entry {
            write!(f, ", in entry {alias:?}")?;
        }
        if let Some(position) = position {
            write!(f, ", at byte {position}")?;
        }
        Ok(())
    }
}
