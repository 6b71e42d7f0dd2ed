//! The corpus: keystores that others made, in the folder that the environment variable `CORPUS_DIR` names.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

/// The corpus' folder; `None`, said out loud, where there is none, which in CI is a failure.
pub(crate) fn folder(test: &str) -> Option<PathBuf> {
    let folder = env::var_os("CORPUS_DIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    if folder.is_none() {
        let may_be_absent = env::var_os("CI").is_none() || env::var_os("CORPUS_ABSENT").is_some();
        assert!(may_be_absent, "{test} needs CORPUS_DIR");
        let _ = writeln!(std::io::stderr(), "SKIPPED {test}: CORPUS_DIR does not name the folder of the corpus");
    }
    folder
}

/// The rows of the corpus' manifest.
pub(crate) fn manifest(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("manifest.json")).unwrap();
    serde_json::from_str(&without_surrogates(&text)).unwrap()
}

/// Rows of other kinds hold halves of surrogate pairs, which a Rust string cannot.
fn without_surrogates(json: &str) -> String {
    let (mut kept, mut rest) = (String::new(), json);
    while let Some((before, after)) = rest.split_once('\\') {
        kept.push_str(before);
        let surrogate = after.starts_with("ud") && after.as_bytes()[2] > b'7';
        let (escape, after) = after.split_at(if surrogate { 5 } else { 1 });
        kept.extend(["\\", if surrogate { "ufffd" } else { escape }]);
        rest = after;
    }
    kept + rest
}

/// Every file of the corpus that is a keystore.
pub(crate) fn keystores(folder: &Path) -> Vec<Vec<u8>> {
    let rows = manifest(folder);
    let files = rows.iter().filter(|row| row["kind"] != "properties").filter_map(|row| row["file"].as_str());
    files.map(|file| fs::read(folder.join(file)).unwrap()).collect()
}

/// Each place of `bytes` at which something begins that could be a certificate: a SEQUENCE with two bytes of length.
pub(crate) fn candidates(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.windows(4).enumerate().filter(|(_, head)| head.starts_with(&[0x30, 0x82])).filter_map(|(start, head)| {
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        bytes.get(start..start + 4 + length)
    })
}
