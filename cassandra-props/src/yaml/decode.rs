//! Decodes bytes to text as SnakeYAML's `UnicodeReader` and `StreamReader` do.

use super::cursor::{Breaks, error_at};
use crate::error::{Error, ErrorKind};
use crate::slice::{within, within_text};
use crate::wiped::Wiped;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Utf8,
    /// UTF-16 with a byte order mark: such a file is read, but not edited.
    Utf16,
}

pub(crate) struct Decoded {
    pub(crate) text: Wiped<String>,
    pub(crate) coding: Coding,
    pub(crate) breaks: Breaks,
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded, Error> {
    let (coding, text) = match bytes {
        [0xfe, 0xff, rest @ ..] => (Coding::Utf16, utf16(rest, u16::from_be_bytes)?),
        [0xff, 0xfe, rest @ ..] => (Coding::Utf16, utf16(rest, u16::from_le_bytes)?),
        _ => (Coding::Utf8, utf8(bytes)?),
    };
    match breaks_of_printable(&text) {
        Ok(breaks) => Ok(Decoded { text, coding, breaks }),
        Err(at) => Err(not_yaml(&text, at, "a character that YAML refuses, even in a comment: remove it")),
    }
}

fn utf8(bytes: &[u8]) -> Result<Wiped<String>, Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Wiped::new(text.to_owned())),
        Err(error) => {
            let valid = String::from_utf8_lossy(within(bytes, ..error.valid_up_to()));
            Err(not_yaml(
                &valid,
                valid.len(),
                "a byte that is not UTF-8, which YAML refuses even in a comment: remove it",
            ))
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Wiped<String>, Error> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = Wiped::new(String::with_capacity(bytes.len() * 2));
    for char in char::decode_utf16(pairs.iter().copied().map(unit)) {
        match char {
            Ok(char) => text.push(char),
            Err(_) => return Err(not_yaml(&text, text.len(), "half of a surrogate pair")),
        }
    }
    if rest.is_empty() { Ok(text) } else { Err(not_yaml(&text, text.len(), "half of a UTF-16 code unit")) }
}

const BLOCK: usize = 128;

/// Checks that a text is printable, and returns the line breaks that the text may have.
///
/// # Errors
/// The offset of the first character that `StreamReader.isPrintable` refuses.
fn breaks_of_printable(text: &str) -> Result<Breaks, usize> {
    let (mut breaks, mut at) = (Breaks::Newline, 0);
    while at < text.len() {
        at += plain_blocks(within(text.as_bytes(), at..));
        let end = (at + BLOCK..text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
        let part = within_text(text, at..end);
        if !is_printable_ascii(part.as_bytes())
            && let Some((offset, _)) = part.char_indices().find(|(_, char)| !is_printable(*char))
        {
            return Err(at + offset);
        }
        breaks = breaks.max(Breaks::of(part));
        at = end;
    }
    Ok(breaks)
}

/// The length of the leading blocks of ASCII in which `\n` is the only control character.
///
/// Most files consist almost only of such blocks. Each block is examined without a branch, for speed.
fn plain_blocks(bytes: &[u8]) -> usize {
    let is_plain =
        |block: &&[u8; BLOCK]| !block.iter().fold(false, |odd, byte| odd | (is_control(*byte) && *byte != b'\n'));
    bytes.as_chunks().0.iter().take_while(is_plain).count() * BLOCK
}

fn is_printable_ascii(bytes: &[u8]) -> bool {
    let is_odd = |byte: u8| is_control(byte) && byte != b'\n' && byte != b'\r' && byte != b'\t';
    !bytes.iter().fold(false, |odd, byte| odd | is_odd(*byte))
}

fn is_control(byte: u8) -> bool {
    byte.cast_signed().wrapping_add(1) <= 0x20
}

fn is_printable(char: char) -> bool {
    matches!(char, ' '..='~' | '\t' | '\n' | '\r' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}

fn not_yaml(text: &str, at: usize, problem: &'static str) -> Error {
    error_at(text, at, ErrorKind::NotYaml { problem })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A character may begin in one block and end in the next.
        #[test]
        fn blocks_are_judged_as_their_characters_are(
            before in 0_usize..300, odd in proptest::collection::vec("[a\r\t\n\u{7f}\u{80}\u{85}\u{e9}\u{2028}\u{1f600}]", 0..3), after in 0_usize..300
        ) {
            let text = format!("{}{}{}", "x".repeat(before), odd.concat(), "y".repeat(after));
            let expected = match text.char_indices().find(|(_, char)| !is_printable(*char)) {
                Some((at, _)) => Err(at),
                None => Ok(Breaks::of(&text)),
            };
            prop_assert_eq!(breaks_of_printable(&text), expected);
        }
    }
}
