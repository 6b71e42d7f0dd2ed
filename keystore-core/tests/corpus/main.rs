//! Keystores that other programs made, with what trusted implementations say of them.
//!
//! The folder is named by `CORPUS_DIR`; its `manifest.json` has a row for each file. Every row is checked, and any
//! deviation, in either direction, fails; the few that are reasoned stand in `exceptions.txt`, and one that no longer
//! holds fails too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests say what they expect by panicking"
)]

mod check;
mod folder;
mod json;
mod row;

use row::Row;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

#[test]
fn every_row_of_the_manifest() {
    let Some(folder) = folder::folder("no file of the corpus was checked") else { return };
    let exceptions = exceptions();
    let (mut tally, mut deviations) = (Tally::default(), Vec::new());
    for row in rows(&folder) {
        let outcome = check::row(&folder, &row);
        tally.count(&row, &outcome);
        match (outcome, exceptions.contains(row.file.as_str())) {
            (Ok(()), true) => deviations.push(format!("{}: the exception no longer holds", row.file)),
            (Err(deviation), false) => deviations.push(format!("{}: {deviation}", row.file)),
            (Ok(()), false) | (Err(_), true) => {}
        }
    }
    println!("{tally}");
    assert!(deviations.is_empty(), "{} deviations:\n{}", deviations.len(), deviations.join("\n"));
}

fn rows(folder: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json::without_lone_surrogates(&text)).unwrap();
    rows.iter().filter(|row| row["kind"] != "properties").map(Row::read).collect()
}

/// The files of `exceptions.txt`: a file and a tab and the reason, a line each.
fn exceptions() -> BTreeSet<&'static str> {
    let lines = include_str!("exceptions.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once('\t').expect("a file, a tab, a reason").0).collect()
}

/// Rows as expected and all rows, by kind of file and by what is expected.
#[derive(Default)]
struct Tally(BTreeMap<(String, String), (usize, usize)>);

impl Tally {
    fn count(&mut self, row: &Row, outcome: &Result<(), String>) {
        let (good, all) = self.0.entry((row.kind.clone(), row.expectation())).or_default();
        *good += usize::from(outcome.is_ok());
        *all += 1;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|((kind, what), (good, all))| writeln!(f, "{kind:8} {what:36} {good}/{all}"))
    }
}
