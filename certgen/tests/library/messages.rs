//! Every message of the library stands in a test.

use std::fs;
use std::path::{Path, PathBuf};

/// The one that cannot be caused.
const DEFECT_OF_THE_LIBRARY: &str = "a key or certificate could not be made although its parts were checked";

#[test]
fn no_message_is_left_out() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: PathBuf| fs::read_to_string(file).unwrap();
    let tests: String = fs::read_dir(package.join("tests/library"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|file| !file.ends_with("messages.rs"))
        .map(|file| joined(&read(file)))
        .collect();
    let sources = ["src/error/mod.rs", "src/error/defect.rs"].map(|file| read(package.join(file)));
    let messages: Vec<&str> = sources.iter().flat_map(|source| messages(source)).collect();
    assert!(messages.len() > 80, "{}", messages.len());
    let untested: Vec<&str> = messages
        .into_iter()
        .filter(|message| !message.starts_with(DEFECT_OF_THE_LIBRARY))
        .filter(|message| !tests.lines().any(|line| holds(line, message)))
        .collect();
    assert!(untested.is_empty(), "{untested:#?}");
}

/// The texts of `#[error("...")]`.
fn messages(source: &str) -> impl Iterator<Item = &str> {
    source.split("#[error(").skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
}

/// Strings that go on in the next line become one line.
fn joined(source: &str) -> String {
    let mut parts = source.split("\\\n");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |joined, part| joined + part.trim_start())
}

/// Whether `line` has all of `message` that is between its placeholders, in order.
fn holds(line: &str, message: &str) -> bool {
    let mut rest = line;
    message.split('{').map(|piece| piece.split_once('}').map_or(piece, |(_, text)| text)).all(|piece| {
        let found = rest.split_once(piece);
        rest = found.map_or(rest, |(_, after)| after);
        found.is_some()
    })
}
