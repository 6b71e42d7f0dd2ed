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
#[cfg(feature = "mutants")]
#[path = "paths/mutants.rs"]
mod mutants;

use std::collections::{BTreeMap, BTreeSet};

use certgen::path::{Judge, Verdict};
use corpus::{Answer, Cell};

const EXCEPTIONS: &str = include_str!("paths-exceptions.txt");
const MOST_EXCEPTIONS: usize = 12;

/// Cells, agreements and exceptions.
#[derive(Clone, Copy, Debug, Default)]
struct Count([usize; 3]);

#[test]
fn every_cell_is_what_java_answers() {
    let mut rows = corpus::rows();
    if cfg!(debug_assertions) && rows.len() > corpus::MANY {
        println!("SKIPPED 15 of 16 rows: this is a debug build; with --release all are judged");
        rows = rows.into_iter().step_by(16).collect();
    }
    let excused = exceptions();
    let (mut counts, mut wrong, mut used) = (BTreeMap::<[String; 7], Count>::new(), Vec::new(), BTreeSet::new());
    for row in &rows {
        for cell in row.cells() {
            let verdict = row.judge(&cell, &judge(&cell));
            let agrees = agrees(&cell.expected, &verdict);
            let count = counts.entry(cell.group(row)).or_default();
            count.0[0] += 1;
            count.0[1] += usize::from(agrees);
            if !agrees {
                let excuse = excused.contains_key(row.id.as_str()) && matches!(verdict, Ok(Verdict::NotChecked { .. }));
                count.0[2] += usize::from(excuse);
                used.extend(excuse.then_some(row.id.as_str()));
                if !excuse {
                    wrong.push(format!("{} {}: Java {:?}, here {verdict:?}", row.id, cell.name(), cell.expected));
                }
            }
        }
    }
    print(&counts, rows.len());
    for line in &wrong {
        println!("{line}");
    }
    assert!(wrong.is_empty(), "{} cells differ", wrong.len());
    let present: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let unexpected: Vec<_> = excused.keys().filter(|id| present.contains(*id) && !used.contains(*id)).collect();
    assert!(unexpected.is_empty(), "these agree, so they are exceptions no longer: {unexpected:?}");
    assert!(excused.len() <= MOST_EXCEPTIONS, "{} rows are exceptions", excused.len());
}

fn judge(cell: &Cell<'_>) -> Judge {
    Judge::new(cell.jdk).with_engine(cell.engine).with_protocol(cell.protocol)
}

fn agrees(expected: &Answer<'_>, verdict: &Result<Verdict, certgen::path::Refusal>) -> bool {
    matches!(
        (expected, verdict),
        (Answer::Accepted, Ok(Verdict::Accepted(_)))
            | (Answer::Refused(_), Ok(Verdict::Refused(_)) | Err(_))
            | (Answer::Random, Ok(Verdict::Varies(_)))
    )
}

/// One row a line, and the reason behind it.
fn exceptions() -> BTreeMap<&'static str, &'static str> {
    let lines = EXCEPTIONS.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.split_once(' ').expect("each exception has a reason")).collect()
}

fn print(counts: &BTreeMap<[String; 7], Count>, rows: usize) {
    let mut total = Count::default();
    println!("{:90} {:>6} {:>6} {:>6}", "", "cells", "agree", "except");
    for (group, count) in counts {
        println!("{:90} {:>6} {:>6} {:>6}", group.join(", "), count.0[0], count.0[1], count.0[2]);
        total.0.iter_mut().zip(count.0).for_each(|(total, count)| *total += count);
    }
    let [cells, agree, except] = total.0;
    println!("{rows} rows: {cells} cells, {agree} agree, {except} exceptions");
}
