//! Writes text so that Java reads it back.
//!
//! The output is ASCII, which Java reads alike in both encodings.

use std::fmt::Write;

use crate::logical::Separator;

pub(crate) fn push_key(out: &mut String, key: &str) {
    for (place, char) in key.chars().enumerate() {
        match char {
            ' ' | '=' | ':' => push_escaped(out, char),
            '#' | '!' if place == 0 => push_escaped(out, char),
            _ => push_char(out, char),
        }
    }
}

/// Appends `value` so that Java reads exactly this value after `separator`.
///
/// `=`, `:`, `#` and `!` are not escaped if Java reads them correctly, because other readers of the file may not know
/// the escapes. A final space becomes `\u0020`, which survives an editor that trims lines.
pub(crate) fn push_value(out: &mut String, value: &str, separator: Separator) {
    let last = value.chars().count().saturating_sub(1);
    for (place, char) in value.chars().enumerate() {
        match char {
            ' ' if place == last => push_unicode(out, char),
            ' ' if place == 0 => push_escaped(out, char),
            '=' | ':' if place == 0 && separator != Separator::Sign => push_escaped(out, char),
            _ => push_char(out, char),
        }
    }
}

fn push_char(out: &mut String, char: char) {
    match char {
        '\\' => out.push_str("\\\\"),
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\x0c' => out.push_str("\\f"),
        ' '..='~' => out.push(char),
        _ => push_unicode(out, char),
    }
}

fn push_escaped(out: &mut String, char: char) {
    out.push('\\');
    out.push(char);
}

fn push_unicode(out: &mut String, char: char) {
    for unit in char.encode_utf16(&mut [0; 2]) {
        // Writing to a `String` cannot fail.
        let _ = write!(out, "\\u{unit:04X}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, separator: Separator) -> String {
        let mut out = String::new();
        push_value(&mut out, text, separator);
        out
    }

    #[test]
    fn values_escape_what_java_would_read_otherwise_and_no_more() {
        let cases = [
            ("a=b:c#d!e f", "a=b:c#d!e f"),
            ("  x  ", "\\  x \\u0020"),
            (" ", "\\u0020"),
            ("\t\x0c", "\\t\\f"),
            ("C:\\dir\nevil=1\r", "C:\\\\dir\\nevil=1\\r"),
            ("é😀\u{7f}\0", "\\u00E9\\uD83D\\uDE00\\u007F\\u0000"),
            ("=", "="),
        ];
        for (text, written) in cases {
            assert_eq!(value(text, Separator::Sign), written);
        }
        assert_eq!(value("=x=", Separator::Blanks), "\\=x=");
    }

    #[test]
    fn keys_escape_separators_and_a_leading_comment_sign() {
        let mut out = String::new();
        push_key(&mut out, "#a b=c:d#\\");
        assert_eq!(out, "\\#a\\ b\\=c\\:d#\\\\");
    }
}
