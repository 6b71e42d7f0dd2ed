//! Property files from other programs: the values that Java reads, and edits.
//!
//! `CORPUS_DIR` names the folder of the corpus (a subset is committed). `manifest.json` has a row for each file with
//! the properties that `java.util.Properties` of JDK 17 reads. `properties-edits.json` has edits, with the bytes that
//! must stay and the map that Java must read afterwards. Every deviation fails.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests say what they expect by panicking"
)]

mod edits;
mod files;
mod json;

use std::collections::BTreeMap;

use test_support::{Content, Corpus, Pinned};

/// A Java string, which may hold half of a surrogate pair.
type JavaString = Vec<u16>;

/// The map that Java's `load` fills.
type Map = BTreeMap<JavaString, JavaString>;

#[test]
fn every_file_is_read_as_java_reads_it() {
    let corpus = Corpus::find(Content::Properties);
    let rows = files::rows(corpus.folder());
    corpus.assert_count("files", rows.len(), Pinned { whole: 920, subset: 45 });
    report("files read as Java reads them", &rows, |row| files::check(corpus.folder(), row));
}

#[test]
fn every_edit_changes_what_it_must_and_nothing_else() {
    let corpus = Corpus::find(Content::Properties);
    let encodings = files::rows(corpus.folder()).iter().map(|row| (row.file.clone(), row.encoding)).collect();
    let rows = edits::rows(corpus.folder(), &encodings);
    corpus.assert_count("edits", rows.len(), Pinned { whole: 1824, subset: 92 });
    report("edits", &rows, |row| edits::check(corpus.folder(), row));
}

fn report<Row: Named>(what: &str, rows: &[Row], check: impl Fn(&Row) -> Result<(), String>) {
    let judged = rows.iter().map(|row| check(row).map_err(|deviation| format!("{}: {deviation}", row.name())));
    let deviations: Vec<String> = judged.filter_map(Result::err).collect();
    println!("{what}: {}/{}", rows.len() - deviations.len(), rows.len());
    assert!(deviations.is_empty(), "{} deviations:\n{}", deviations.len(), deviations.join("\n"));
}

trait Named {
    fn name(&self) -> String;
}
