//! Escapes untrusted text.
//!
//! Control characters, invisible characters and those that change the direction of text are escaped, for example as
//! `\u{202e}`, so that no name, alias or path can move the cursor or hide. [`xml`] escapes markup too.

use std::borrow::Cow;
use std::ops::RangeInclusive;

/// Categories Cc, Cf, Zl and Zp of Unicode 17, and `Default_Ignorable_Code_Point`.
const HIDDEN: [RangeInclusive<u32>; 27] = [
    0x00..=0x1f,
    0x7f..=0x9f,
    0xad..=0xad,
    0x34f..=0x34f,
    0x600..=0x605,
    0x61c..=0x61c,
    0x6dd..=0x6dd,
    0x70f..=0x70f,
    0x890..=0x891,
    0x8e2..=0x8e2,
    0x115f..=0x1160,
    0x17b4..=0x17b5,
    0x180b..=0x180f,
    0x200b..=0x200f,
    0x2028..=0x202e,
    0x2060..=0x206f,
    0x3164..=0x3164,
    0xfe00..=0xfe0f,
    0xfeff..=0xfeff,
    0xffa0..=0xffa0,
    0xfff0..=0xfffb,
    0x110bd..=0x110bd,
    0x110cd..=0x110cd,
    0x13430..=0x1343f,
    0x1bca0..=0x1bca3,
    0x1d173..=0x1d17a,
    0xe0000..=0xe0fff,
];

/// Whether a character is escaped.
///
/// A terminal may interpret or hide such a character, or XML does not allow it.
pub fn is_hidden(char: char) -> bool {
    let code = u32::from(char);
    // Most text is ASCII. The last two of every 65,536 code points are not characters, and XML does not allow them.
    !matches!(code, 0x20..=0x7e) && (code & 0xfffe == 0xfffe || HIDDEN.iter().any(|range| range.contains(&code)))
}

/// Escapes hidden characters, for example as `\n` or `\u{202e}`.
///
/// The result is a single line.
pub fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        match char {
            hidden if is_hidden(hidden) => out.extend(hidden.escape_default()),
            plain => out.push(plain),
        }
    }
    Cow::Owned(out)
}

/// Escapes untrusted text for XML, as content or as a quoted attribute.
pub fn xml(text: &str) -> String {
    shown(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// A value as JSON for the `script` element of a page.
///
/// No text in the value can end the element or begin a comment.
pub(crate) fn embedded(value: &impl serde::Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_string(value)?;
    Ok(json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
}
