//! YAML, written so that every reader reads the same: whatever could be taken for something else stands in double quotes,
//! in JSON's escapes, which YAML has, too. Crates that write YAML 1.2 leave `yes` and `12:30:45` bare, which Ansible reads by
//! YAML 1.1.

use std::fmt::{self, Write as _};

/// What a playbook is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Yaml {
    Text(String),
    /// Text that is no template, whatever is in it.
    Data(String),
    Number(usize),
    True,
    False,
    Null,
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Yaml {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// What comes from a file of somebody else, or from a path: Ansible looks for no template in it.
    pub(super) fn data(text: impl Into<String>) -> Self {
        Self::Data(text.into())
    }

    pub(super) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    pub(super) fn map<K: Into<String>>(pairs: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Map(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// A map with more behind it.
    pub(super) fn with<K: Into<String>>(mut self, more: impl IntoIterator<Item = (K, Self)>) -> Self {
        if let Self::Map(pairs) = &mut self {
            pairs.extend(more.into_iter().map(|(key, value)| (key.into(), value)));
        }
        self
    }

    fn is_block(&self) -> bool {
        match self {
            Self::List(items) => !items.is_empty(),
            Self::Map(pairs) => !pairs.is_empty(),
            _ => false,
        }
    }

    fn write(&self, out: &mut String, indent: usize) -> fmt::Result {
        match self {
            Self::List(items) => items.iter().try_for_each(|item| {
                write!(out, "{:indent$}- ", "")?;
                item.write_behind(out, indent + 2)
            }),
            Self::Map(pairs) => pairs.iter().try_for_each(|(key, value)| {
                write!(out, "{:indent$}", "")?;
                write_pair(out, key, value, indent)
            }),
            scalar => scalar.write_scalar(out),
        }
    }

    /// Behind a dash: the first line of a map stands on the same line.
    fn write_behind(&self, out: &mut String, indent: usize) -> fmt::Result {
        match self {
            Self::Map(pairs) if !pairs.is_empty() => pairs.iter().enumerate().try_for_each(|(place, (key, value))| {
                if place > 0 {
                    write!(out, "{:indent$}", "")?;
                }
                write_pair(out, key, value, indent)
            }),
            scalar => {
                scalar.write_scalar(out)?;
                out.write_char('\n')
            }
        }
    }

    fn write_scalar(&self, out: &mut String) -> fmt::Result {
        match self {
            Self::Text(text) => out.write_str(&quoted(text)),
            Self::Data(text) => write!(out, "!unsafe {}", quoted(text)),
            Self::Number(number) => write!(out, "{number}"),
            Self::True => out.write_str("true"),
            Self::False => out.write_str("false"),
            Self::Null => out.write_str("null"),
            Self::List(items) if items.is_empty() => out.write_str("[]"),
            Self::Map(pairs) if pairs.is_empty() => out.write_str("{}"),
            // A list right in a list: in JSON's way.
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(|item| item.to_string().trim_end().to_owned()).collect();
                write!(out, "[{}]", items.join(", "))
            }
            Self::Map(_) => Err(fmt::Error),
        }
    }
}

fn write_pair(out: &mut String, key: &str, value: &Yaml, indent: usize) -> fmt::Result {
    write!(out, "{}:", quoted(key))?;
    if value.is_block() {
        out.write_char('\n')?;
        return value.write(out, indent + 2);
    }
    out.write_char(' ')?;
    value.write_scalar(out)?;
    out.write_char('\n')
}

impl fmt::Display for Yaml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out, 0)?;
        f.write_str(&out)
    }
}

/// Bare where it is a word that is nothing else; else in double quotes, in ASCII.
fn quoted(text: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "_-./ ".contains(char);
    let starts = text.starts_with(|char: char| char.is_ascii_alphabetic() || char == '/');
    let is_word = starts && text.chars().all(plain) && !text.ends_with(' ') && !text.contains(" -");
    if is_word && !MEANT_OTHERWISE.iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for unit in text.encode_utf16() {
        match char::from_u32(u32::from(unit)) {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some(char) if matches!(char, ' '..='~') => out.push(char),
            _ => {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out.push('"');
    joined_surrogates(&out)
}

/// YAML has no surrogates: a pair is written as one character of eight digits.
fn joined_surrogates(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\\ud") {
        let (before, pair) = rest.split_at(at);
        let unit = |from: usize| pair.get(from..from + 4).and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let units = [unit(2), unit(8)].map(Option::unwrap_or_default);
        match char::decode_utf16(units).next() {
            Some(Ok(char)) if pair.len() >= 12 && units[0] >= 0xd800 && !before.ends_with('\\') => {
                let _ = write!(out, "{before}\\U{:08x}", u32::from(char));
                rest = pair.get(12..).unwrap_or_default();
            }
            _ => {
                let _ = write!(out, "{before}\\ud");
                rest = pair.get(3..).unwrap_or_default();
            }
        }
    }
    out + rest
}

/// Words that YAML 1.1 takes for truth, nothing, or numbers.
const MEANT_OTHERWISE: [&str; 14] =
    ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "none", "nan", "inf", "e", "infinity"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_bare_and_whatever_else_is_quoted() {
        for (text, written) in [
            ("Wave 1", "Wave 1"),
            ("/opt/x.y", "/opt/x.y"),
            ("0400", "\"0400\""),
            ("yes", "\"yes\""),
            ("12:30:45", "\"12:30:45\""),
            ("{{ x }}", "\"{{ x }}\""),
            ("a\"b\\", "\"a\\\"b\\\\\""),
            ("\u{85}", "\"\\u0085\""),
            ("\u{1f511}", "\"\\U0001f511\""),
            ("", "\"\""),
        ] {
            assert_eq!(quoted(text), written);
        }
    }

    #[test]
    fn blocks_are_nested() {
        let play = Yaml::map([
            ("hosts", Yaml::text("all")),
            ("tasks", Yaml::List(vec![Yaml::map([("argv", Yaml::texts(["a", "b"])), ("x", Yaml::Map(Vec::new()))])])),
        ]);
        let text = Yaml::List(vec![play]).to_string();
        assert_eq!(Yaml::data("/a {{ b }}").to_string(), "!unsafe \"/a {{ b }}\"");
        assert_eq!(Yaml::data("/a").to_string(), "!unsafe /a");
        assert_eq!(text, "- hosts: all\n  tasks:\n    - argv:\n        - a\n        - b\n      x: {}\n");
    }
}
