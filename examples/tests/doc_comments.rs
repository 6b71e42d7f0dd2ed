//! The form of the workspace's doc comments, and of the pages that are compiled with them.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// rustdoc shows it alone, in lists.
const LONGEST_FIRST_SENTENCE: usize = 90;

#[test]
fn first_sentences_are_short() {
    let mut files = Vec::new();
    add_sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut files);
    assert!(files.len() > 300, "{} files", files.len());
    let long: Vec<String> = files.iter().flat_map(|file| long_first_sentences(file)).collect();
    assert!(long.is_empty(), "longer than {LONGEST_FIRST_SENTENCE} characters:\n{}", long.join("\n"));
}

/// GitHub shows the lines that rustdoc hides, and takes `[name]` for text.
#[test]
fn pages_have_neither_hidden_lines_nor_links_that_only_rustdoc_resolves() {
    const PAGES: [&str; 6] = [
        "README.md",
        "keystore-core/README.md",
        "certgen/README.md",
        "cassandra-props/README.md",
        "rotation-planner/README.md",
        "docs/cases/read-stores-in-rust.md",
    ];
    for page in PAGES {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page)).unwrap();
        let mut is_rust = false;
        for line in text.lines() {
            if let Some(language) = line.strip_prefix("```") {
                is_rust = language == "rust";
            }
            assert!(!is_rust || !line.starts_with("# "), "{page} has the hidden line {line}");
            assert!(is_rust || !line.replace("](", "").contains("`]"), "{page} links without a target: {line}");
        }
    }
}

/// Adds the Rust files below a folder, except those of tests, fuzz targets and builds.
fn add_sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !name.starts_with('.') && !["target", "tests", "fuzz"].contains(&name) {
            add_sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn long_first_sentences(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let mut found = Vec::new();
    let mut paragraph: Option<String> = None;
    let mut was_doc = false;
    for line in text.lines().chain([""]) {
        let doc = ["///", "//!"].into_iter().find_map(|mark| line.trim_start().strip_prefix(mark));
        match doc {
            Some(words) if !was_doc => paragraph = Some(words.trim().to_owned()),
            Some(words) if !words.trim().is_empty() => {
                if let Some(paragraph) = &mut paragraph {
                    *paragraph = format!("{paragraph} {}", words.trim());
                }
            }
            _ => {
                let first = paragraph.take().map(|paragraph| first_sentence(&without_targets(&paragraph)));
                let is_long = |sentence: &String| sentence.chars().count() > LONGEST_FIRST_SENTENCE;
                found.extend(first.filter(is_long).map(|sentence| format!("{}: {sentence}", file.display())));
            }
        }
        was_doc = doc.is_some();
    }
    found
}

/// Up to the first full stop before a capital letter or code. A heading and a definition in ASN.1 have no sentences.
fn first_sentence(paragraph: &str) -> String {
    if paragraph.contains("::=") || paragraph.starts_with('#') {
        return String::new();
    }
    let begins = |rest: &str| rest.starts_with(|letter: char| letter.is_uppercase() || "`[\"*(".contains(letter));
    let ends = paragraph.match_indices(". ").map(|(place, _)| place);
    let end = ends.into_iter().find(|place| paragraph.get(place + 2..).is_some_and(begins));
    end.and_then(|end| paragraph.get(..=end)).unwrap_or(paragraph).to_owned()
}

/// `[text](target)` and `[text][target]` as `[text]`.
fn without_targets(paragraph: &str) -> String {
    let mut parts = paragraph.split(']');
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = match part.strip_prefix('(') {
            Some(target) => target.split_once(')').map_or(part, |(_, rest)| rest),
            None => part,
        };
        shown = format!("{shown}]{rest}");
    }
    shown
}
