//! Java's modified UTF-8 (`java.io.DataInput.readUTF`).
//!
//! NUL is encoded in two bytes, and a character outside the basic multilingual plane as two surrogates of three bytes each.

use crate::error::Defect;
use std::borrow::Cow;

/// Decodes modified UTF-8.
///
/// Overlong forms are accepted, as in Java. A lone surrogate becomes U+FFFD, because a `str` cannot hold it.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Defect> {
    match ascii(bytes) {
        Some(text) => Ok(Cow::Borrowed(text)),
        None => units(bytes).map(|units| Cow::Owned(String::from_utf16_lossy(&units))),
    }
}

pub(super) fn check(bytes: &[u8]) -> Result<(), Defect> {
    if bytes.is_ascii() { Ok(()) } else { units(bytes).map(drop) }
}

pub(super) fn encode(text: &str) -> Cow<'_, [u8]> {
    if text.is_ascii() && !text.contains('\0') {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len() * 3);
    for unit in text.encode_utf16() {
        let [high, middle, low] = [unit >> 12, unit >> 6 & 0x3f, unit & 0x3f].map(|bits| bits.to_be_bytes()[1]);
        match unit {
            0x01..=0x7f => bytes.push(low | (middle << 6)),
            0x80..=0x7ff | 0 => bytes.extend([0xc0 | middle, 0x80 | low]),
            0x800.. => bytes.extend([0xe0 | high, 0x80 | middle, 0x80 | low]),
        }
    }
    Cow::Owned(bytes)
}

fn ascii(bytes: &[u8]) -> Option<&str> {
    if bytes.is_ascii() { std::str::from_utf8(bytes).ok() } else { None }
}

fn units(bytes: &[u8]) -> Result<Vec<u16>, Defect> {
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((unit, tail)) = unit(rest) {
        units.push(unit);
        rest = tail;
    }
    if rest.is_empty() { Ok(units) } else { Err(Defect::ModifiedUtf8) }
}

fn unit(bytes: &[u8]) -> Option<(u16, &[u8])> {
    match *bytes {
        [a @ 0..=0x7f, ref rest @ ..] => Some((a.into(), rest)),
        [a @ 0xc0..=0xdf, b @ 0x80..=0xbf, ref rest @ ..] => Some((bits(a, 0x1f) << 6 | bits(b, 0x3f), rest)),
        [a @ 0xe0..=0xef, b @ 0x80..=0xbf, c @ 0x80..=0xbf, ref rest @ ..] => {
            Some((bits(a, 0x0f) << 12 | bits(b, 0x3f) << 6 | bits(c, 0x3f), rest))
        }
        _ => None,
    }
}

fn bits(byte: u8, mask: u8) -> u16 {
    u16::from(byte & mask)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nul_and_characters_outside_the_basic_plane_take_javas_forms() {
        assert_eq!(*encode("a\0é€"), [0x61, 0xc0, 0x80, 0xc3, 0xa9, 0xe2, 0x82, 0xac]);
        assert_eq!(*encode("😀"), [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]);
    }

    #[test]
    fn overlong_forms_and_lone_surrogates_are_taken() {
        assert_eq!(decode(&[0xc1, 0x81]).unwrap(), "A");
        assert_eq!(decode(&[0xed, 0xa0, 0xbd]).unwrap(), "\u{fffd}");
        assert_eq!(decode(&[0x00]).unwrap(), "\0");
    }

    #[test]
    fn what_java_refuses_is_refused() {
        for bytes in [&[0x80][..], &[0xff], &[0xc3], &[0xe2, 0x82], &[0xf0, 0x9f, 0x98, 0x80], &[0xc3, 0x41]] {
            assert_eq!(check(bytes), Err(Defect::ModifiedUtf8), "{bytes:x?}");
        }
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(text in any::<String>()) {
            let bytes = encode(&text);
            prop_assert_eq!(decode(&bytes).unwrap(), text.as_str());
        }

        #[test]
        fn any_bytes_decode_or_are_refused_alike(bytes in any::<Vec<u8>>()) {
            prop_assert_eq!(check(&bytes).is_ok(), decode(&bytes).is_ok());
        }
    }
}
