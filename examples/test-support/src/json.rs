//! Reads JSON with escapes that a Rust string cannot represent.
#![allow(clippy::panic, reason = "a test cannot run without its input")]

use std::fs;
use std::path::Path;

use serde_json::Value;

/// Reads a JSON file. Half of a surrogate pair is read as U+FFFD.
pub(crate) fn read(file: &Path) -> Value {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let parsed = serde_json::from_str(&without_lone_surrogates(&text));
    parsed.unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The same JSON with `\ufffd` for each escaped surrogate that has no partner.
fn without_lone_surrogates(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some((before, escape)) = rest.split_once('\\') {
        out.push_str(before);
        let second = escape.split_at_checked(5).and_then(|(_, next)| unit(next.strip_prefix('\\')?));
        // The escape's length without its backslash; the escaped character may be a backslash itself.
        let (kept, length) = match (unit(escape), second) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (true, 11),
            (Some(0xd800..=0xdfff), _) => (false, 5),
            _ => (true, 1),
        };
        let Some((escape, after)) = escape.split_at_checked(length) else { break };
        out.push('\\');
        out.push_str(if kept { escape } else { "ufffd" });
        rest = after;
    }
    out + rest
}

fn unit(escape: &str) -> Option<u16> {
    u16::from_str_radix(escape.strip_prefix('u')?.get(..4)?, 16).ok()
}

#[test]
fn pairs_stay_and_halves_are_replaced() {
    let text = without_lone_surrogates(r#"["a\ud83d\uDE00\udc00z", "\ud83dx", "\\ud800", "\ud800\ud83d\ude00"]"#);
    let values: Vec<String> = serde_json::from_str(&text).unwrap_or_default();
    assert_eq!(values, ["a😀\u{fffd}z", "\u{fffd}x", "\\ud800", "\u{fffd}😀"]);
}
