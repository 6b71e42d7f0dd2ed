//! What was looked at.

use serde::Serialize;

use crate::status::{Severity, Status};

/// All that was looked at, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Each thing.
    pub checks: Vec<Check>,
    /// What these were about.
    pub checked: Vec<String>,
    /// What was not looked at, or assumed.
    pub not_checked: Vec<String>,
    /// Peers that could not be looked at.
    pub failures: Vec<Failure>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What should be so.
    pub what: String,
    /// How severe it is that it is not; none: it is.
    pub severity: Option<Severity>,
    /// Why it is not, if it is not.
    pub wrong: Option<String>,
    /// Where that is known from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// A peer that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The peer.
    pub name: String,
    /// Why.
    pub error: String,
}

impl Check {
    pub(super) fn of(what: impl Into<String>, result: anyhow::Result<()>) -> Self {
        let wrong = result.err().map(|error| format!("{error:#}"));
        Self { what: what.into(), severity: wrong.as_ref().map(|_| Severity::Error), wrong, source: None }
    }

    /// A finding about something.
    pub(super) fn found(what: impl Into<String>, severity: Severity, wrong: &str, source: &str) -> Self {
        let (what, wrong) = (what.into(), Some(wrong.to_owned()));
        Self { what, severity: Some(severity), wrong, source: Some(source.to_owned()) }
    }

    /// The same, but less severe where it is wrong.
    pub(super) fn at_most(mut self, severity: Severity) -> Self {
        self.severity = self.severity.map(|found| found.min(severity));
        self
    }
}

impl Report {
    pub(super) fn push(&mut self, check: Check) {
        self.checks.push(check);
    }

    pub(super) fn checked(&mut self, what: impl Into<String>) {
        self.checked.push(what.into());
    }

    pub(super) fn not_checked(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.not_checked.contains(&what) {
            self.not_checked.push(what);
        }
    }

    /// What the program's status is then.
    pub fn status(&self) -> Status {
        if !self.failures.is_empty() {
            return Status::Failed;
        }
        Status::of(self.checks.iter().filter_map(|check| check.severity).max())
    }
}
