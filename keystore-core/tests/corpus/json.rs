//! JSON with escapes that Rust's text cannot hold.

use std::fmt::Write;

/// Puts U+FFFD, as this crate does, for each escaped surrogate that has no partner.
pub(crate) fn without_lone_surrogates(json: &str) -> String {
    let mut parts = json.split("\\u");
    let mut out = parts.next().unwrap_or_default().to_owned();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        // An escape that stands directly behind this one may be its partner.
        let next = parts.peek().filter(|_| part.len() == 4).and_then(|next| unit(next));
        match char::decode_utf16(unit(part).into_iter().chain(next)).next() {
            Some(Ok(character)) if character > '\u{ffff}' => {
                write!(out, "\\u{part}\\u{}", parts.next().unwrap()).unwrap();
            }
            Some(Err(_)) => write!(out, "\\ufffd{}", &part[4..]).unwrap(),
            _ => write!(out, "\\u{part}").unwrap(),
        }
    }
    out
}

fn unit(escape: &str) -> Option<u16> {
    escape.get(..4).and_then(|digits| u16::from_str_radix(digits, 16).ok())
}
