//! Reads JSON whose strings may contain half of a surrogate pair, which a Rust string cannot hold.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::JavaString;

/// Precedes the four digits of a surrogate. The files are ASCII, and no escape in them produces this character.
const MARK: char = '\u{f8fe}';

/// The content of a file, with [`MARK`] and the digits in place of each escaped surrogate.
pub(crate) fn read(file: &Path) -> Vec<Value> {
    serde_json::from_str(&marked(&fs::read_to_string(file).unwrap())).unwrap()
}

/// The UTF-16 of a string that [`read`] returned.
pub(crate) fn utf16(value: &Value) -> JavaString {
    let mut units = JavaString::new();
    let mut rest = value.as_str().unwrap();
    while let Some((before, after)) = rest.split_once(MARK) {
        units.extend(before.encode_utf16());
        units.push(u16::from_str_radix(&after[..4], 16).unwrap());
        rest = &after[4..];
    }
    units.extend(rest.encode_utf16());
    units
}

fn marked(json: &str) -> String {
    let mut marked = String::with_capacity(json.len());
    let mut rest = json;
    while let Some((before, after)) = rest.split_once('\\') {
        marked.push_str(before);
        let surrogate = after
            .strip_prefix('u')
            .filter(|escape| u16::from_str_radix(&escape[..4], 16).is_ok_and(|unit| (0xd800..0xe000).contains(&unit)));
        if let Some(escape) = surrogate {
            marked.push(MARK);
            marked.push_str(&escape[..4]);
            rest = &escape[4..];
        } else {
            // The escaped character may be a backslash itself.
            marked.push('\\');
            marked.push_str(&after[..1]);
            rest = &after[1..];
        }
    }
    marked + rest
}

#[test]
fn surrogates_are_kept_and_escaped_backslashes_are_none() {
    let text = marked(r#"["a\ud83d\uDE00\udc00z", "\\ud800", "\n\u00e9"]"#);
    let values: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(utf16(&values[0]), [0x61, 0xd83d, 0xde00, 0xdc00, 0x7a]);
    assert_eq!(utf16(&values[1]), r"\ud800".encode_utf16().collect::<Vec<_>>());
    assert_eq!(utf16(&values[2]), [0x0a, 0xe9]);
}
