//! Finds the corpus that a test reads.
//!
//! A corpus is a collection of files with the answers of trusted implementations.
//!
//! `CORPUS_DIR` names the folder of one corpus, whose files show its kind. A test uses that folder if it has the kind
//! that the test needs, otherwise a folder of that kind beside it. If `CORPUS_DIR` is not set or there is no such folder, the
//! test prints `SKIPPED` and reads the committed subset. In CI (`CI` is set), the test fails instead.
#![allow(clippy::expect_used, clippy::panic, reason = "a test cannot run without its input")]

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::json;
use crate::suite::WhenMissing;

/// The names of the corpora's folders, which have the same parent folder.
const SIBLINGS: [&str; 4] = ["corpora", "corpora-paths", "corpora-yaml", "corpora-bcfks"];

/// The kind of a corpus, recognised by the files in its folder.
///
/// A `manifest.json` beside a file `edits.json` counts only for [`Yaml`](Self::Yaml).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// JKS, JCEKS and PKCS#12: `manifest.json` has a row of such a kind, and none of `bcfks`.
    Keystores,
    /// Property files: `manifest.json` has rows of kind `properties`.
    Properties,
    /// BCFKS: `manifest.json` has rows of kind `bcfks`.
    Bcfks,
    /// Certificate paths: there is a file `drawn.jsonl`.
    Paths,
    /// Edits of cassandra.yaml: there are files `manifest.json` and `edits.json`.
    Yaml,
}

impl Content {
    fn is_in(self, folder: &Path) -> bool {
        let has = |file: &str| folder.join(file).is_file();
        match self {
            Self::Paths => has("drawn.jsonl"),
            Self::Yaml => has("manifest.json") && has("edits.json"),
            _ => has("manifest.json") && !has("edits.json") && self.is_of(&kinds(folder)),
        }
    }

    fn is_of(self, kinds: &[String]) -> bool {
        let any = |wanted: &[&str]| kinds.iter().any(|kind| wanted.contains(&kind.as_str()));
        match self {
            Self::Keystores => any(&["jks", "jceks", "pkcs12"]) && !any(&["bcfks"]),
            Self::Properties => any(&["properties"]),
            Self::Bcfks => any(&["bcfks"]),
            Self::Paths | Self::Yaml => false,
        }
    }

    /// Keystores and property files share one manifest.
    fn takes(self, row: &Value) -> bool {
        match self {
            Self::Keystores => row["kind"] != "properties",
            Self::Properties => row["kind"] == "properties",
            Self::Bcfks | Self::Paths | Self::Yaml => true,
        }
    }

    fn committed(self) -> PathBuf {
        let folder = match self {
            Self::Keystores => "keystore-core/tests/fixtures/corpus",
            Self::Properties => "cassandra-props/tests/fixtures/corpus",
            Self::Bcfks => "keystore-core/tests/fixtures/corpus-bcfks",
            Self::Paths => "certgen/tests/fixtures/corpus-paths",
            Self::Yaml => "cassandra-props/tests/fixtures/corpus-yaml",
        };
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder)
    }
}

/// A corpus, or the committed subset of a corpus.
#[derive(Debug)]
pub struct Corpus {
    content: Content,
    folder: PathBuf,
    extent: Extent,
}

/// The extent of a corpus, which determines the numbers that a test expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// The corpus that the committed subset was drawn from.
    Whole,
    Subset,
    /// Other files of the same form.
    Other,
}

impl Corpus {
    /// Finds the corpus of this kind, otherwise its committed subset.
    ///
    /// Searches the folder that `CORPUS_DIR` names, then the folders of other corpora beside that folder.
    ///
    /// # Panics
    /// If `CORPUS_DIR` names something other than a folder, if a file of a corpus is malformed, and in CI if only the
    /// committed subset is found.
    pub fn find(content: Content) -> Self {
        let (corpus, skipped) = resolve(content, env::var_os("CORPUS_DIR"));
        if let Some(skipped) = skipped {
            assert!(WhenMissing::here() == WhenMissing::Ignore, "{skipped}");
            // Written straight to the terminal, because a test harness captures other output.
            let _ = writeln!(std::io::stderr(), "\n{skipped}\n");
        }
        corpus
    }

    /// The folder to which the paths in the rows are relative.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The rows of `manifest.json` that belong to the corpus's kind. Half of a surrogate pair is read as U+FFFD.
    ///
    /// # Panics
    /// If the manifest cannot be read or is not a JSON array.
    pub fn rows(&self) -> Vec<Value> {
        let rows = rows(&self.folder.join("manifest.json"));
        rows.into_iter().filter(|row| self.content.takes(row)).collect()
    }

    /// Checks the number of items that were found.
    ///
    /// The number must be `whole` in the corpus that the subset was drawn from, and `subset` in the subset. In another corpus,
    /// the number must not be 0 unless `whole` is 0.
    ///
    /// # Panics
    /// If the number differs.
    #[track_caller]
    pub fn assert_count(&self, what: &str, found: usize, Pinned { whole, subset }: Pinned) {
        println!("{what}: {found}");
        match self.extent {
            Extent::Whole => assert_eq!(found, whole, "{what}, in the whole corpus"),
            Extent::Subset => assert_eq!(found, subset, "{what}, in the committed subset"),
            Extent::Other => assert!(found > 0 || whole == 0, "no {what}"),
        }
    }

    /// Like [`assert_count`](Self::assert_count), with minimum numbers.
    ///
    /// Use this method for numbers that depend on another program's version.
    ///
    /// # Panics
    /// If the number is smaller.
    #[track_caller]
    pub fn assert_at_least(&self, what: &str, found: usize, Pinned { whole, subset }: Pinned) {
        println!("{what}: {found}");
        let least = match self.extent {
            Extent::Whole => whole,
            Extent::Subset => subset,
            Extent::Other => whole.min(1),
        };
        assert!(found >= least, "{found} {what}, at least {least} expected");
    }
}

/// The number of items in a corpus, and in its committed subset.
#[derive(Clone, Copy, Debug)]
pub struct Pinned {
    /// In the corpus that the subset was drawn from.
    pub whole: usize,
    /// In the committed subset.
    pub subset: usize,
}

/// Finds the corpus. If only the committed subset is found, also returns a message.
fn resolve(content: Content, named: Option<OsString>) -> (Corpus, Option<String>) {
    let named = named.filter(|named| !named.is_empty()).map(PathBuf::from);
    let whole = whole_of(content);
    if let Some(folder) = named.as_deref().and_then(|named| choose(content, named)) {
        let mut corpus = Corpus { content, folder, extent: Extent::Other };
        if content.committed().is_dir() && counted(&corpus) == whole {
            corpus.extent = Extent::Whole;
        }
        return (corpus, None);
    }
    let corpus = Corpus { content, folder: content.committed(), extent: Extent::Subset };
    let read = counted(&corpus);
    let why = match named {
        None => "CORPUS_DIR is not set".to_owned(),
        Some(named) => format!("{} is not this corpus, and there is none beside it", named.display()),
    };
    let left = whole.saturating_sub(read);
    let skipped =
        format!("SKIPPED {left} of {whole} rows of {content:?}: {why}; the {read} rows committed here are read");
    (corpus, Some(skipped))
}

fn choose(content: Content, named: &Path) -> Option<PathBuf> {
    assert!(named.is_dir(), "CORPUS_DIR names {}, which is not a folder", named.display());
    let parent = named.parent().map(Path::to_owned).unwrap_or_default();
    let candidates = std::iter::once(named.to_owned()).chain(SIBLINGS.map(|name| parent.join(name)));
    candidates.into_iter().find(|folder| content.is_in(folder))
}

fn counted(corpus: &Corpus) -> usize {
    match corpus.content {
        Content::Paths => lines(&corpus.folder.join("drawn.jsonl")),
        _ => corpus.rows().len(),
    }
}

/// The number of rows of the corpus from which the committed subset was drawn.
///
/// Returns 0 if no subset is committed.
fn whole_of(content: Content) -> usize {
    let Ok(text) = fs::read_to_string(content.committed().join("whole.json")) else { return 0 };
    let whole: Value = serde_json::from_str(&text).expect("whole.json is JSON");
    let kinds = whole.get("manifest.json").and_then(Value::as_object).expect("whole.json counts the rows by kind");
    let rows: u64 = kinds.values().filter_map(Value::as_u64).sum();
    usize::try_from(rows).expect("a number of rows")
}

fn kinds(folder: &Path) -> Vec<String> {
    let rows = rows(&folder.join("manifest.json"));
    rows.iter().filter_map(|row| row["kind"].as_str()).map(str::to_owned).collect()
}

fn rows(file: &Path) -> Vec<Value> {
    match json::read(file) {
        Value::Array(rows) => rows,
        _ => panic!("{} is not an array", file.display()),
    }
}

fn lines(file: &Path) -> usize {
    fs::read_to_string(file).expect("a file of the corpus").lines().count()
}

#[cfg(test)]
mod tests;
