//! Lines for display, with secrets masked and control characters escaped (except the tab).

use crate::comment;
use crate::encoding::Encoding;
use crate::escape;
use crate::line::{Line, LineKind, Natural, naturals};
use crate::logical::{Parts, Separator};
use crate::slice::within;

pub(crate) const MASK: &str = "********";

/// Parts of the names of secrets, compared without case.
const SECRET_WORDS: [&str; 4] = ["passw", "passphrase", "secret", "private_key"];

/// Displays lines with their secrets masked.
///
/// A secret that is commented out over several lines is masked on all of them.
#[derive(Clone, Copy)]
pub(crate) struct Redactor {
    encoding: Encoding,
    /// Whether the next line, if it is a comment, continues the value of a secret.
    in_secret: bool,
}

impl Redactor {
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self { encoding, in_secret: false }
    }

    pub(crate) fn skip(&mut self, line: Line<'_>) {
        self.in_secret = line.kind() == LineKind::Comment
            && Natural::first_of(line.bytes()).continues()
            && (self.in_secret || secret_start(self.encoding, line).is_some());
    }

    /// The texts of the next line: one if it has a secret, otherwise one for each natural line.
    ///
    /// The secret and everything after it are masked.
    pub(crate) fn display(&mut self, line: Line<'_>) -> Vec<String> {
        let continues_secret = self.in_secret && line.kind() == LineKind::Comment;
        self.skip(line);
        match secret_start(self.encoding, line) {
            _ if continues_secret => vec![MASK.to_owned()],
            Some(secret) => vec![visible(self.encoding, within(line.bytes(), ..secret)) + MASK],
            None => naturals(line.bytes())
                .map(|natural| visible(self.encoding, &[natural.blanks, natural.content].concat()))
                .collect(),
        }
    }
}

/// A line of `cassandra.yaml`, masked after the first word that names a secret.
pub(crate) fn yaml_line(line: &[u8]) -> String {
    let end = line.len() - line.iter().rev().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
    let line = within(line, ..end);
    match after_secret_word(line) {
        Some(secret) if secret < line.len() => visible(Encoding::Utf8, within(line, ..secret)) + MASK,
        _ => visible(Encoding::Utf8, line),
    }
}

pub(crate) fn is_secret_name(name: &str) -> bool {
    secret_word(name.as_bytes()).is_some()
}

fn secret_start(encoding: Encoding, line: Line<'_>) -> Option<usize> {
    match line.kind() {
        LineKind::Blank => None,
        LineKind::Property => secret_value(encoding, line.bytes()).or_else(|| after_secret_word(line.bytes())),
        LineKind::Comment => {
            let property = comment::property_in(line.bytes());
            let signs = line.bytes().len() - property.len();
            secret_value(encoding, property).map(|at| signs + at).or_else(|| after_secret_word(line.bytes()))
        }
    }
}

/// The offset of the value after `=` or `:`, if the key names a secret or is unreadable.
fn secret_value(encoding: Encoding, property: &[u8]) -> Option<usize> {
    let Parts { key, value, separator } = Parts::of(property);
    let secret = match escape::text(property, key, encoding) {
        Ok(key) => secret_word(key.as_bytes()).is_some(),
        Err(_) => true,
    };
    (secret && separator == Separator::Sign).then_some(value.start)
}

/// The offset after the first word that names a secret, and after its separator.
fn after_secret_word(bytes: &[u8]) -> Option<usize> {
    let at = secret_word(bytes)?;
    let rest = within(bytes, at..);
    let word = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let separator = rest.iter().skip(word).take_while(|byte| b"=: \t".contains(byte)).count();
    Some(at + word + separator)
}

fn secret_word(bytes: &[u8]) -> Option<usize> {
    let starts =
        |word: &&str, at: &[u8]| at.get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word.as_bytes()));
    (0..bytes.len()).find(|&at| SECRET_WORDS.iter().any(|word| starts(word, within(bytes, at..))))
}

fn visible(encoding: Encoding, bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((char, len)) = encoding.first_char(rest) {
        if char.is_control() && char != '\t' {
            text.extend(char.escape_default());
        } else {
            text.push(char);
        }
        rest = within(rest, len..);
    }
    text
}
