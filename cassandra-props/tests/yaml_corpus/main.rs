//! Real and generated `cassandra.yaml` files: the values that four releases read, and edits.
//!
//! `CORPUS_DIR` names the folder of the corpus (a subset is committed). `manifest.json` has a row for each file with
//! the settings that the unmodified `YamlConfigurationLoader` of 3.11.19, 4.0.19, 4.1.10 and 5.0.8 reads. `edits.json`
//! has edits, with the lines that may change and the settings that must be read afterwards. `defaults.json` has the
//! defaults of each release. Every deviation fails.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking"
)]

mod edits;
mod files;
mod lines;

use std::fs;

use serde_json::Value;
use test_support::{Content, Corpus, Pinned};

#[test]
fn every_file_is_read_as_each_release_reads_it() {
    let corpus = Corpus::find(Content::Yaml);
    let rows = json(&corpus, "manifest.json");
    corpus.assert_count("files", rows.len(), Pinned { whole: 224, subset: SUBSET_FILES });
    let defaults: Value =
        serde_json::from_str(&fs::read_to_string(corpus.folder().join("defaults.json")).unwrap()).unwrap();
    let mut deviations = Vec::new();
    for version in files::VERSIONS {
        let (mut read, mut loaded) = (0, 0);
        for row in rows.iter().filter(|row| files::answer(row, version)["loads"] == true) {
            loaded += 1;
            match files::check(corpus.folder(), row, version, &defaults) {
                Ok(()) => read += 1,
                Err(deviation) => deviations.push(format!("{}: {version}: {deviation}", row["file"])),
            }
        }
        println!("read as {version} reads it: {read}/{loaded}");
    }
    assert!(deviations.is_empty(), "{} deviations:\n{}", deviations.len(), deviations.join("\n"));
}

#[test]
fn a_file_that_snakeyaml_loads_is_kept_to_the_byte_and_one_that_it_refuses_is_refused() {
    let corpus = Corpus::find(Content::Yaml);
    let rows = json(&corpus, "manifest.json");
    let judged = rows
        .iter()
        .map(|row| files::check_loads(corpus.folder(), row).map_err(|why| format!("{}: {why}", row["file"])));
    let deviations: Vec<String> = judged.filter_map(Result::err).collect();
    println!("loaded or refused as SnakeYAML does: {}/{}", rows.len() - deviations.len(), rows.len());
    assert!(deviations.is_empty(), "{} deviations:\n{}", deviations.len(), deviations.join("\n"));
}

#[test]
fn every_edit_changes_what_it_must_and_nothing_else() {
    let corpus = Corpus::find(Content::Yaml);
    let rows = json(&corpus, "edits.json");
    let defaults: Value =
        serde_json::from_str(&fs::read_to_string(corpus.folder().join("defaults.json")).unwrap()).unwrap();
    let mut deviations = Vec::new();
    for (expect, whole, subset) in
        [("ok", 844, SUBSET_OK), ("either", 96, SUBSET_EITHER), ("refuse", 93, SUBSET_REFUSE)]
    {
        let (mut right, mut edited) = (0, 0);
        let rows: Vec<_> = rows.iter().filter(|row| row["expect"] == expect).collect();
        corpus.assert_count(expect, rows.len(), Pinned { whole, subset });
        for row in &rows {
            match edits::check(corpus.folder(), row, &defaults) {
                Ok(edits::Outcome::Edited) if expect != "refuse" => (right, edited) = (right + 1, edited + 1),
                Ok(edits::Outcome::Refused(_)) if expect != "ok" => right += 1,
                Ok(outcome) => deviations.push(format!("{}: {expect} expected, {outcome:?}", row["id"])),
                Err(deviation) => deviations.push(format!("{}: {deviation}", row["id"])),
            }
        }
        println!("edits {expect}: {right}/{} right, {edited} of them edited", rows.len());
        if expect == "either" && edited * 2 < rows.len() {
            deviations.push(format!("{edited} of {} edits that may be refused are made", rows.len()));
        }
    }
    assert!(deviations.is_empty(), "{} deviations:\n{}", deviations.len(), deviations.join("\n"));
}

const SUBSET_FILES: usize = 34;
const SUBSET_OK: usize = 55;
const SUBSET_EITHER: usize = 13;
const SUBSET_REFUSE: usize = 26;

fn json(corpus: &Corpus, file: &str) -> Vec<Value> {
    let Ok(text) = fs::read_to_string(corpus.folder().join(file)) else { return Vec::new() };
    serde_json::from_str(&text).unwrap()
}
