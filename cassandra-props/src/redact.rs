//! Lines as they may be shown: without passwords, and without what would control a terminal.

use crate::comment;
use crate::encoding::Encoding;
use crate::escape;
use crate::line::{Line, LineKind, Natural, naturals};
use crate::logical::{Parts, Separator};

const MASK: &str = "********";

/// A name with one of these in it stands before something secret.
const SECRET_WORDS: [&str; 3] = ["passw", "passphrase", "secret"];

/// The natural lines of one of `lines`; from the first secret on only a mask.
pub(crate) fn shown(encoding: Encoding, lines: &[Line<'_>], index: usize) -> Vec<String> {
    let Some(line) = lines.get(index) else { return Vec::new() };
    if continues_secret(encoding, lines, index) {
        return vec![MASK.to_owned()];
    }
    match secret_start(encoding, *line) {
        Some(secret) => vec![visible(encoding, line.bytes().get(..secret).unwrap_or_default()) + MASK],
        None => naturals(line.bytes())
            .map(|natural| visible(encoding, &[natural.blanks, natural.content].concat()))
            .collect(),
    }
}

/// Whether a comment goes on with the value of a secret that is commented out above it.
fn continues_secret(encoding: Encoding, lines: &[Line<'_>], index: usize) -> bool {
    let is_comment = |line: &&Line<'_>| line.kind() == LineKind::Comment;
    if lines.get(index).is_none_or(|line| line.kind() != LineKind::Comment) {
        return false;
    }
    let above = lines.get(..index).unwrap_or_default().iter().rev().take_while(is_comment);
    let mut continued = above.take_while(|line| Natural::first_of(line.bytes()).continues());
    continued.any(|line| secret_start(encoding, *line).is_some())
}

/// Where in the line something secret begins.
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

/// Where the value begins, if the key is that of a secret. One that cannot be read might be.
fn secret_value(encoding: Encoding, property: &[u8]) -> Option<usize> {
    let Parts { key, value, separator } = Parts::of(property);
    let secret = match escape::text(property, key, encoding) {
        Ok(key) => secret_word(key.as_bytes()).is_some(),
        Err(_) => true,
    };
    (secret && separator == Separator::Sign).then_some(value.start)
}

/// The place behind the first word with a secret one in it, and behind what separates it from the next.
fn after_secret_word(bytes: &[u8]) -> Option<usize> {
    let at = secret_word(bytes)?;
    let rest = bytes.get(at..)?;
    let word = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let separator = rest.iter().skip(word).take_while(|byte| b"=: \t".contains(byte)).count();
    Some(at + word + separator)
}

fn secret_word(bytes: &[u8]) -> Option<usize> {
    let starts =
        |word: &&str, at: &[u8]| at.get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word.as_bytes()));
    (0..bytes.len()).find(|&at| SECRET_WORDS.iter().any(|word| starts(word, bytes.get(at..).unwrap_or_default())))
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
        rest = rest.get(len..).unwrap_or_default();
    }
    text
}
