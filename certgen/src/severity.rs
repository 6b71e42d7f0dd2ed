//! The severity of findings.

use std::fmt;

/// The severity of a finding, from the least to the most severe.
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
