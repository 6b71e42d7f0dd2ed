//! What the judge says of chains, held against what Java says of the same bytes.
//!
//! A cell is one answer: of a row, for a role, with or without the check of the name, under a version of TLS, an engine and
//! a JDK. Every cell is compared. `paths-exceptions.txt` lists the rows whose cells may differ; each of them has to.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

#[path = "paths/corpus.rs"]
mod corpus;
#[path = "paths/counts.rs"]
mod counts;
#[cfg(feature = "mutants")]
#[path = "paths/mutants.rs"]
mod mutants;

use std::collections::{BTreeMap, BTreeSet};

use certgen::path::Verdict;
use counts::{Counts, Outcome};

const EXCEPTIONS: &str = include_str!("paths-exceptions.txt");
const MOST_EXCEPTIONS: usize = 12;

#[test]
fn every_cell_is_what_java_answers() {
    let rows = corpus::affordable_rows();
    let excused = exceptions();
    let (mut counts, mut wrong, mut used) = (Counts::default(), Vec::new(), BTreeSet::new());
    for row in &rows {
        for cell in row.cells() {
            let verdict = row.judge(&cell.question, &cell.question.judge());
            let outcome = if cell.expected.agrees(&verdict) {
                Outcome::Agrees
            } else if excused.contains_key(row.id.as_str()) && matches!(verdict, Ok(Verdict::NotChecked { .. })) {
                used.insert(row.id.as_str());
                Outcome::Excepted
            } else {
                wrong.push(format!("{} {:?}: Java {:?}, here {verdict:?}", row.id, cell.question, cell.expected));
                Outcome::Differs
            };
            counts.add(cell.question.group(row), outcome);
        }
    }
    counts.print(rows.len());
    for line in &wrong {
        println!("{line}");
    }
    assert!(wrong.is_empty(), "{} cells differ", wrong.len());
    let present: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let unexpected: Vec<_> = excused.keys().filter(|id| present.contains(*id) && !used.contains(*id)).collect();
    assert!(unexpected.is_empty(), "these agree, so they are exceptions no longer: {unexpected:?}");
    assert!(excused.len() <= MOST_EXCEPTIONS, "{} rows are exceptions", excused.len());
}

/// One row a line, and the reason behind it.
fn exceptions() -> BTreeMap<&'static str, &'static str> {
    let lines = EXCEPTIONS.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.split_once(' ').expect("each exception has a reason")).collect()
}
