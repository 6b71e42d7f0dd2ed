//! What a plan rests on.

use std::fmt;

use serde::Serialize;

/// One thing that a plan rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Basis {
    /// What it is about.
    pub about: &'static str,
    /// How it is known.
    pub known: Known,
    /// What is taken to be so, and what the plan would cost if it were known to be otherwise.
    pub said: String,
}

/// How a fact is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// The operator said it.
    Given,
    /// It was seen on the nodes.
    Observed,
    /// It was not given: the plan is safe for each value.
    Unknown,
    /// It was not given, and is taken for granted: the plan may be unsafe where it is not so.
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
