//! Property files that other programs made: what Java reads in each, and edits that must leave the rest alone.
//!
//! The folder is named by `CORPUS_DIR`. `manifest.json` has a row for each file with what `java.util.Properties` of
//! JDK 17 reads in it; `properties-edits.json` has edits, with the bytes that must not move and the map that Java must
//! see afterwards. Every deviation fails.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests say what they expect by panicking"
)]

mod edits;
mod files;
mod folder;
mod json;

use std::collections::BTreeMap;

/// A Java string, which may hold half of a surrogate pair.
type JavaString = Vec<u16>;

/// What Java has read.
type Map = BTreeMap<JavaString, JavaString>;

#[test]
fn every_file_is_read_as_java_reads_it() {
    let Some(folder) = folder::folder("no file of the corpus was read") else { return };
    let rows = files::rows(&folder);
    report("files read as Java reads them", &rows, |row| files::check(&folder, row));
}

#[test]
fn every_edit_changes_what_it_must_and_nothing_else() {
    let Some(folder) = folder::folder("no edit of the corpus was made") else { return };
    let encodings = files::rows(&folder).iter().map(|row| (row.file.clone(), row.encoding)).collect();
    let rows = edits::rows(&folder, &encodings);
    report("edits", &rows, |row| edits::check(&folder, row));
}

fn report<Row: Named>(what: &str, rows: &[Row], check: impl Fn(&Row) -> Result<(), String>) {
    let judged = rows.iter().map(|row| check(row).map_err(|deviation| format!("{}: {deviation}", row.name())));
    let deviations: Vec<String> = judged.filter_map(Result::err).collect();
    println!("{what}: {}/{}", rows.len() - deviations.len(), rows.len());
    assert!(!rows.is_empty(), "no row was found");
    assert!(deviations.is_empty(), "{} deviations:\n{}", deviations.len(), deviations.join("\n"));
}

trait Named {
    fn name(&self) -> String;
}
