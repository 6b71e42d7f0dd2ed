//! How severe a finding is.

use std::fmt;

/// How severe a finding is, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Severity {
    /// Worth knowing; nothing needs to be done.
    Note,
    /// Works today; breaks for some readers, or later.
    Warning,
    /// Does not work, or soon will not.
    Error,
}

impl fmt::Display for Severity {
    /// `note`, `warning` or `error`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}
