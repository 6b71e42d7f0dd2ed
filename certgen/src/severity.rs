//! How bad it is.

/// How bad something is, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Severity {
    /// Nothing needs to be done.
    Fine,
    /// It works, and should be put right.
    Warning,
    /// It does not work, or will soon not.
    Critical,
}

impl std::fmt::Display for Severity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(match self {
            Self::Fine => "fine",
            Self::Warning => "warning",
            Self::Critical => "critical",
        })
    }
}
