//! Checks keystores of other programs against the answers of trusted implementations.
//!
//! `CORPUS_DIR` names the folder (a subset is committed); its `manifest.json` has a row for each file. The tests check
//! every row of a kind that this crate reads, and fail for any deviation in either direction. Justified deviations are
//! listed in `exceptions.txt`; the tests also fail if a listed one no longer occurs. Rows of other kinds are counted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests say what they expect by panicking"
)]

#[cfg(feature = "bcfks")]
mod bcfks;
mod check;
mod passwordless;
mod row;

use row::Row;
use std::collections::{BTreeMap, BTreeSet};
use test_support::{Content, Corpus, Pinned};

/// The kinds of files that this crate reads.
const READ: [&str; 5] = ["jks", "jceks", "pkcs12", "bks", "uber"];
#[test]
fn every_row_of_the_manifest() {
    let corpus = Corpus::find(Content::Keystores);
    let exceptions = exceptions();
    let rows: Vec<_> = corpus.rows().iter().map(Row::read).collect();
    check_all(&corpus, &rows, &exceptions);
    count(&corpus, &rows);
}

/// The rows of other kinds that come with BCFKS.
#[test]
fn every_other_row_of_the_manifest_of_bcfks() {
    let corpus = Corpus::find(Content::Bcfks);
    let rows: Vec<_> = corpus.rows().iter().filter(|row| row["kind"] != "bcfks").map(Row::read).collect();
    check_all(&corpus, &rows, &exceptions());
    corpus.assert_count("read", rows.len(), Pinned { whole: 34, subset: 9 });
}

fn check_all(corpus: &Corpus, rows: &[Row], exceptions: &BTreeSet<&str>) {
    let (mut tally, mut deviations) = (Tally::default(), Vec::new());
    for row in rows {
        if row.kind == "uber" && !cfg!(feature = "uber") {
            check::without_twofish(corpus.folder(), row);
            continue;
        }
        let outcome = check::row(corpus.folder(), row);
        tally.count(row, &outcome);
        match (outcome, exceptions.contains(row.file.as_str())) {
            (Ok(()), true) => deviations.push(format!("{}: the exception no longer holds", row.file)),
            (Err(deviation), false) => deviations.push(format!("{}: {deviation}", row.file)),
            (Ok(()), false) | (Err(_), true) => {}
        }
    }
    println!("{tally}");
    assert!(deviations.is_empty(), "{} deviations:\n{}", deviations.len(), deviations.join("\n"));
}

/// The numbers of rows that are read, and of rows of kinds that this crate does not read, have not changed.
fn count(corpus: &Corpus, rows: &[Row]) {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *kinds.entry(&row.kind).or_default() += 1;
    }
    let read = READ.iter().filter_map(|kind| kinds.remove(kind)).sum();
    corpus.assert_count("read", read, Pinned { whole: 688, subset: 111 });
    corpus.assert_count(
        &format!("not read, other kinds {kinds:?}"),
        kinds.values().sum(),
        Pinned { whole: 0, subset: 0 },
    );
}

/// The files in `exceptions.txt`, whose lines have a file, a tab and the reason.
fn exceptions() -> BTreeSet<&'static str> {
    let lines = include_str!("exceptions.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once('\t').expect("a file, a tab, a reason").0).collect()
}

/// The numbers of rows with the expected result and of all rows, by kind of file and by expectation.
#[derive(Default)]
struct Tally(BTreeMap<(String, String), (usize, usize)>);

impl Tally {
    fn count(&mut self, row: &Row, outcome: &Result<(), String>) {
        self.count_as(&row.kind, &row.expectation(), outcome);
    }

    fn count_as(&mut self, kind: &str, expected: &str, outcome: &Result<(), String>) {
        let (good, all) = self.0.entry((kind.to_owned(), expected.to_owned())).or_default();
        *good += usize::from(outcome.is_ok());
        *all += 1;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|((kind, what), (good, all))| writeln!(f, "{kind:8} {what:36} {good}/{all}"))
    }
}
