//! The results of the checks.

use serde::Serialize;

use crate::inspect::FindingView;
use crate::status::{Failure, Severity, Status};

/// The results of the checks of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The checks, with their results.
    pub checks: Vec<Check>,
    /// The subjects of the checks.
    pub checked: Vec<String>,
    /// The facts that were not checked, or were assumed.
    pub not_checked: Vec<String>,
    /// The peers, and folders of peers, that could not be read or probed.
    pub failures: Vec<Failure>,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The statement that was checked, or the subject of a finding.
    pub what: String,
    /// The severity of the failure; `None` if the check holds.
    pub severity: Option<Severity>,
    /// The reason for the failure; `None` if the check holds.
    pub wrong: Option<String>,
    /// The source of the rule, such as a class of Java; `None` unless the check is a finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl Check {
    pub(super) fn of(what: impl Into<String>, result: anyhow::Result<()>) -> Self {
        let wrong = result.err().map(|error| format!("{error:#}"));
        Self { what: what.into(), severity: wrong.as_ref().map(|_| Severity::Error), wrong, source: None }
    }

    pub(super) fn found(what: impl Into<String>, finding: FindingView) -> Self {
        let FindingView { severity, text, why, source } = finding;
        let wrong = match why {
            Some(why) => format!("{text}: {why}"),
            None => text,
        };
        Self { what: what.into(), severity: Some(severity), wrong: Some(wrong), source: Some(source) }
    }

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

    /// The resulting exit status.
    pub fn status(&self) -> Status {
        if !self.failures.is_empty() {
            return Status::Failed;
        }
        Status::of(self.checks.iter().filter_map(|check| check.severity).max())
    }
}
