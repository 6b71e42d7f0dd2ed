//! The results of a run: a row for each step, and totals.

use std::collections::BTreeMap;
use std::time::Duration;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use serde::Serialize;

use super::loader::Interval;

#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Row {
    pub(super) step: String,
    pub(super) restarts: usize,
    pub(super) reloads: usize,
    /// The number of the probe's handshakes with the nodes.
    pub(super) probes: usize,
    /// The number of node pairs that connected again after a cut; each direction counts.
    pub(super) reconnected: usize,
    pub(super) operations: u64,
    pub(super) failed_operations: u64,
    pub(super) longest_pause_ms: u64,
    pub(super) seconds: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) failures: Vec<String>,
}

impl Row {
    pub(super) fn of(step: &str) -> Self {
        Self { step: step.to_owned(), ..Self::default() }
    }

    pub(super) fn add(&mut self, interval: &Interval) {
        self.operations += interval.succeeded() + interval.failed;
        self.failed_operations += interval.failed;
        self.longest_pause_ms = self.longest_pause_ms.max(millis(interval.longest_pause));
        self.failures.extend(reasons(&interval.reasons));
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Expected {
    /// Nothing fails.
    Success,
    /// The planner refuses the change, and nothing is done.
    Refusal,
    /// The failure that the planner predicted happens, because the planner was overruled.
    Trouble,
}

/// The results of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub(super) cassandra: String,
    pub(super) scenario: String,
    /// The settings that distinguish this run from other runs of its scenario.
    pub(super) settings: String,
    pub(super) steps: Vec<Row>,
    pub(super) expected: Expected,
    pub(super) planned_restarts: usize,
    pub(super) planned_reloads: usize,
    /// The number of correct reads at the end: every value through every coordinator.
    pub(super) values_checked: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) broken_off: Option<String>,
    pub(super) notes: Vec<String>,
}

impl Report {
    pub(super) fn total(&self) -> Row {
        let mut total = Row::of("total");
        for row in &self.steps {
            total.restarts += row.restarts;
            total.reloads += row.reloads;
            total.probes += row.probes;
            total.reconnected += row.reconnected;
            total.operations += row.operations;
            total.failed_operations += row.failed_operations;
            total.longest_pause_ms = total.longest_pause_ms.max(row.longest_pause_ms);
            total.seconds += row.seconds;
            total.failures.extend(row.failures.iter().cloned());
        }
        total
    }

    /// Whether everything was done, and nothing failed.
    pub fn is_clean(&self) -> bool {
        self.expected != Expected::Refusal && self.broken_off.is_none() && self.total().failures.is_empty()
    }

    /// Whether everything went as the planner predicted.
    ///
    /// The run did not end early, and something failed exactly if a failure was expected.
    pub fn is_as_expected(&self) -> bool {
        let failed = !self.total().failures.is_empty();
        self.broken_off.is_none() && failed == (self.expected == Expected::Trouble)
    }

    /// The report as JSON, with totals.
    ///
    /// # Errors
    /// If the report cannot be serialized.
    pub fn json(&self) -> serde_json::Result<String> {
        let total = self.total();
        let mut value = serde_json::to_value(self)?;
        if let Some(object) = value.as_object_mut() {
            object.insert("total".to_owned(), serde_json::to_value(total)?);
            object.insert("clean".to_owned(), self.is_clean().into());
            object.insert("as_expected".to_owned(), self.is_as_expected().into());
        }
        serde_json::to_string_pretty(&value)
    }

    /// The report as a table, followed by failures, notes and the summary.
    pub fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED);
        table.set_header(HEADER);
        for row in self.steps.iter().chain([&self.total()]) {
            table.add_row(cells(row));
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let mut text = table.to_string();
        for failure in self.total().failures {
            text += "
FAILED ";
            text += &failure;
        }
        let broken_off = self.broken_off.iter().map(|reason| format!("broken off: {reason}"));
        for line in self.notes.iter().cloned().chain(broken_off).chain([self.summary()]) {
            text += "
";
            text += &line;
        }
        text
    }

    /// The totals on one line.
    pub fn summary(&self) -> String {
        let total = self.total();
        format!(
            "Cassandra {}, {}{}{}: {} restarts, {} reloads (planned: {}, {}), {} handshakes, {} of {} operations failed, \
             longest pause {} ms, {} values checked",
            self.cassandra,
            self.scenario,
            if self.settings.is_empty() { "" } else { ", " },
            self.settings,
            total.restarts,
            total.reloads,
            self.planned_restarts,
            self.planned_reloads,
            total.probes + total.reconnected,
            total.failed_operations,
            total.operations,
            total.longest_pause_ms,
            self.values_checked,
        )
    }
}

const HEADER: [&str; 9] =
    ["step", "restarts", "reloads", "probes", "reconnected", "operations", "failed", "pause ms", "s"];

fn cells(row: &Row) -> [String; 9] {
    [
        row.step.clone(),
        row.restarts.to_string(),
        row.reloads.to_string(),
        row.probes.to_string(),
        row.reconnected.to_string(),
        row.operations.to_string(),
        row.failed_operations.to_string(),
        row.longest_pause_ms.to_string(),
        row.seconds.to_string(),
    ]
}

fn reasons(reasons: &BTreeMap<String, u64>) -> impl Iterator<Item = String> + '_ {
    reasons.iter().map(|(reason, count)| format!("{count} x {reason}"))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(expected: Expected, failed: u64, broken_off: Option<&str>) -> Report {
        let reasons = (failed > 0).then(|| ("127.0.0.3: timeout".to_owned(), failed)).into_iter().collect();
        let mut row = Row::of("node1: reload");
        row.add(&Interval {
            by_coordinator: [(std::net::Ipv4Addr::LOCALHOST, 10)].into(),
            failed,
            longest_pause: Duration::from_millis(70),
            reasons,
        });
        Report {
            cassandra: "5.0.6".to_owned(),
            scenario: "rotate".to_owned(),
            settings: "keystore in place".to_owned(),
            steps: vec![row.clone(), Row { reloads: 1, longest_pause_ms: 90, ..row }],
            expected,
            planned_restarts: 0,
            planned_reloads: 1,
            values_checked: 750,
            broken_off: broken_off.map(str::to_owned),
            notes: vec!["a note".to_owned()],
        }
    }

    #[test]
    fn a_run_is_good_if_what_came_is_what_was_expected() {
        let judged = |expected, failed, broken_off| {
            let report = report(expected, failed, broken_off);
            (report.is_clean(), report.is_as_expected())
        };
        assert_eq!(judged(Expected::Success, 0, None), (true, true));
        assert_eq!(judged(Expected::Success, 3, None), (false, false));
        assert_eq!(judged(Expected::Success, 0, Some("node1 did not come up")), (false, false));
        assert_eq!(judged(Expected::Trouble, 3, None), (false, true));
        assert_eq!(judged(Expected::Trouble, 0, None), (true, false), "the expected failure did not occur");
        assert_eq!(judged(Expected::Refusal, 0, None), (false, true));
        assert_eq!(judged(Expected::Refusal, 1, None), (false, false));
        assert_eq!(judged(Expected::Trouble, 3, Some("interrupted")), (false, false));
    }

    #[test]
    fn the_table_and_the_json_tell_the_same() {
        let report = report(Expected::Success, 3, None);
        let table = report.table();
        assert!(table.contains("FAILED 3 x 127.0.0.3: timeout"), "{table}");
        assert!(table.contains("1 reloads (planned: 0, 1), 0 handshakes, 6 of 26 operations failed"), "{table}");
        let json: serde_json::Value = serde_json::from_str(&report.json().unwrap()).unwrap();
        assert_eq!(json["total"]["failed_operations"], 6);
        assert_eq!(json["total"]["longest_pause_ms"], 90);
        assert_eq!(json["clean"], false);
    }
}
