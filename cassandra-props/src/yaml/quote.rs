//! Writes values so that every SnakeYAML from 1.11 on reads them back.

use std::fmt::Write;

use super::token::Style;
use crate::table::Kind;
use crate::wiped::Wiped;

/// The value as YAML.
///
/// A text keeps the quotes of `style` if possible, and otherwise gets the simplest style.
pub(crate) fn written(value: &str, kind: Kind, style: Option<Style>) -> Wiped<String> {
    match kind {
        Kind::Truth | Kind::Number => Wiped::new(value.to_owned()),
        Kind::List => list(value),
        Kind::Text | Kind::Mapping => text(value, style),
    }
}

pub(super) fn items(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn list(value: &str) -> Wiped<String> {
    let items: Vec<_> = items(value).map(|item| text(item, None)).collect();
    let mut out = Wiped::new(String::with_capacity(items.iter().map(|item| item.len() + 2).sum::<usize>() + 2));
    out.push('[');
    for (number, item) in items.iter().enumerate() {
        out.push_str(if number == 0 { "" } else { ", " });
        out.push_str(item);
    }
    out.push(']');
    out
}

fn text(value: &str, style: Option<Style>) -> Wiped<String> {
    match style {
        Some(Style::DoubleQuoted) => double_quoted(value),
        Some(Style::SingleQuoted) if fits_one_line(value) => single_quoted(value),
        _ if is_plain(value) => Wiped::new(value.to_owned()),
        _ if fits_one_line(value) && !value.contains('\'') => single_quoted(value),
        _ => double_quoted(value),
    }
}

fn is_plain(value: &str) -> bool {
    let starts = |char: char| char.is_ascii_alphabetic() || char == '/';
    let goes_on = |char: char| char.is_ascii_alphanumeric() || "/._-+".contains(char);
    value.starts_with(starts) && value.chars().all(goes_on) && !is_word_of_yaml(value)
}

/// Whether a reader of YAML 1.1 may read a word as a Boolean, as null or as a number.
fn is_word_of_yaml(value: &str) -> bool {
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"];
    words.iter().any(|word| value.eq_ignore_ascii_case(word))
}

fn fits_one_line(value: &str) -> bool {
    value.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn single_quoted(value: &str) -> Wiped<String> {
    let mut out = Wiped::new(String::with_capacity(value.len() * 2 + 2));
    out.push('\'');
    for char in value.chars() {
        out.push_str(if char == '\'' { "'" } else { "" });
        out.push(char);
    }
    out.push('\'');
    out
}

fn double_quoted(value: &str) -> Wiped<String> {
    let mut out = Wiped::new(String::with_capacity(value.len() * 10 + 2));
    out.push('"');
    for char in value.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            ' '..='~' => out.push(char),
            // Letters and digits of any script in the basic plane are kept. All other characters are escaped.
            _ if char.is_alphanumeric() && u32::from(char) < 0x1_0000 => out.push(char),
            _ => push_escape(&mut out, char),
        }
    }
    out.push('"');
    out
}

fn push_escape(out: &mut String, char: char) {
    // Writing to a `String` cannot fail.
    let _ = match u32::from(char) {
        code @ ..=0xff => write!(out, "\\x{code:02X}"),
        code @ ..=0xffff => write!(out, "\\u{code:04X}"),
        code => write!(out, "\\U{code:08X}"),
    };
}
