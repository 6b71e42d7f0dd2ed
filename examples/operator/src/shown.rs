//! Escapes untrusted text for output.
//!
//! Control characters, invisible ones and those that change the direction of text are escaped, for example as `\u{202e}`.
//! So no name, alias or path can move the cursor, hide, or start a line that looks like this program's own.
//!
//! [`shown`] and [`path`] escape only these characters; [`markdown`] and [`xml`] escape markup, too.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

pub use page::{is_hidden, shown, xml};

use crate::status::Several;

/// A path, escaped as by [`shown`]. Invalid UTF-8 in the path becomes `U+FFFD`.
pub fn path(path: &Path) -> String {
    shown(&path.to_string_lossy()).into_owned()
}

/// An error and its causes on one line.
///
/// Errors in TOML and [`Several`] keep their line ends, but no colours, because they quote files.
pub(crate) fn error(error: &anyhow::Error) -> String {
    let lines = |text: &str| text.trim_end().lines().map(shown).collect::<Vec<_>>().join("\n");
    let cause = |cause: &(dyn Error + 'static)| {
        let text = cause.to_string();
        let has_lines = cause.is::<toml::de::Error>() || cause.is::<Several>();
        if has_lines { lines(&text) } else { shown(&text).into_owned() }
    };
    error.chain().map(cause).collect::<Vec<_>>().join(": ")
}

/// This program's own text for a terminal.
///
/// Line ends and colours (`ESC [ ... m`) stay, and all other hidden characters are escaped.
pub(crate) fn terminal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_hidden) {
        let (plain, from) = rest.split_at(at);
        out.push_str(plain);
        let ours = if from.starts_with('\n') { 1 } else { colour(from).unwrap_or_default() };
        let kept = if ours > 0 { ours } else { from.chars().next().map_or(0, char::len_utf8) };
        let (hidden, after) = from.split_at(kept);
        if ours > 0 {
            out.push_str(hidden);
        } else {
            out.push_str(&shown(hidden));
        }
        rest = after;
    }
    out + rest
}

/// The length, in bytes, of the colour sequence at the start of `text`.
fn colour(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|char: char| !matches!(char, '0'..='9' | ';'))?;
    parameters.get(end..)?.starts_with('m').then_some(end + 3)
}

/// Untrusted text in Markdown: on one line, with inline markup escaped.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in shown(text).chars() {
        if "\\`*_[]<>&|~#!$".contains(char) {
            out.push('\\');
        }
        out.push(char);
    }
    out
}

/// Escapes the hidden characters of JSON from `serde_json`, without changing its meaning.
///
/// Line ends are outside of strings, because `serde_json` escapes those inside. All other hidden characters are in strings.
pub(crate) fn json(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    for char in document.chars() {
        if char == '\n' || !is_hidden(char) {
            out.push(char);
            continue;
        }
        for unit in char.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_written_out_and_nothing_else() {
        for (text, seen) in [
            ("CN=node0, O=Z\u{fc}rich \u{5d0} \u{1f511}", "CN=node0, O=Z\u{fc}rich \u{5d0} \u{1f511}"),
            ("a\r\n\tb\0", "a\\r\\n\\tb\\u{0}"),
            ("\u{1b}[2J\u{7f}\u{9b}31m", "\\u{1b}[2J\\u{7f}\\u{9b}31m"),
            ("a\u{202e}b\u{2066}c\u{200f}", "a\\u{202e}b\\u{2066}c\\u{200f}"),
            ("a\u{200b}b\u{ad}c\u{feff}d\u{e0041}", "a\\u{200b}b\\u{ad}c\\u{feff}d\\u{e0041}"),
            ("a\u{2028}b\u{2029}c\u{85}", "a\\u{2028}b\\u{2029}c\\u{85}"),
        ] {
            assert_eq!(shown(text), seen);
            assert_eq!(shown(&shown(text)), seen, "what is shown can be shown");
        }
    }

    #[test]
    fn a_terminal_keeps_lines_and_colours_alone() {
        assert_eq!(terminal("a\u{1b}[1;31mb\u{1b}[0m\nc"), "a\u{1b}[1;31mb\u{1b}[0m\nc");
        assert_eq!(terminal("\u{1b}[2J\u{1b}]0;t\u{7}\u{1b}[\r"), "\\u{1b}[2J\\u{1b}]0;t\\u{7}\\u{1b}[\\r");
        assert_eq!(terminal("\u{1b}[31\u{202e}m"), "\\u{1b}[31\\u{202e}m");
    }

    /// A TOML error quotes the line of the file.
    #[test]
    fn an_error_keeps_lines_and_no_colours() {
        let text = "cassandra = \u{1b}[8m\"4.0\"\n";
        let found = anyhow::Error::from(toml::from_str::<toml::Table>(text).unwrap_err());
        assert!(found.to_string().contains("\u{1b}[8m"), "{found}");
        let said = error(&found.context("a\u{1b}[8m"));
        assert!(!said.contains('\u{1b}') && said.contains("\\u{1b}[8m") && said.lines().count() > 1, "{said}");
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(markdown("a_b\n## *x* [y](z)"), "a\\_b\\n\\#\\# \\*x\\* \\[y\\](z)".replace("\\n", "\\\\n"));
        assert_eq!(xml("<a b=\"c\">'&'\u{1b}"), "&lt;a b=&quot;c&quot;&gt;&#39;&amp;&#39;\\u{1b}");
    }

    #[test]
    fn json_means_the_same_and_hides_nothing() {
        let text = "a\n\u{7f}\u{85}\u{202e}\u{e0041}\"\u{1f511}".to_owned();
        let document = json(&serde_json::to_string_pretty(&[&text]).unwrap());
        assert!(!document.replace('\n', "").contains(is_hidden), "{document}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&document).unwrap(), [text]);
    }
}
