//! The facts that a plan rests on.

use std::fmt;

use serde::Serialize;

/// A fact that a plan rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Basis {
    /// The subject of the fact.
    pub about: &'static str,
    /// Whether the fact is given, observed, unknown or assumed.
    pub known: Known,
    /// The value that is used, with notes such as the plan's lower cost with another value.
    pub said: String,
}

/// Whether a fact is given, observed, unknown or assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// The operator gave the fact.
    Given,
    /// The fact was observed on the nodes.
    Observed,
    /// The fact is unknown: the plan is safe for each value.
    Unknown,
    /// The fact is unknown and assumed: the plan may be unsafe if the assumption is wrong.
    Assumed,
}

impl fmt::Display for Known {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Given => "given",
            Self::Observed => "observed",
            Self::Unknown => "not given, safe for each",
            Self::Assumed => "not given, assumed",
        })
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} ({})", self.about, self.said, self.known)
    }
}
