//! Decodes the bytes of a key or value to the characters that Java sees.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr3};

use crate::encoding::Encoding;
use crate::error::ErrorKind;
use crate::logical::Logical;
use crate::slice::within;

/// An error, and its offset in the bytes of the property.
pub(crate) type Defect = (ErrorKind, usize);

pub(crate) fn text(property: &[u8], range: Range<usize>, encoding: Encoding) -> Result<Cow<'_, str>, Defect> {
    if let Some(plain) = plain(within(property, range.clone()), encoding) {
        return Ok(Cow::Borrowed(plain));
    }
    let mut text = String::with_capacity(range.len());
    let mut units = Units::new(property, range, encoding);
    loop {
        units.take_plain(&mut text);
        let Some((at, unit)) = units.take()? else { break };
        text.push(match unit {
            Unit::Char(char) => char,
            Unit::Escaped(unit) => units.complete(unit)?.ok_or((ErrorKind::LoneSurrogate, at))?,
        });
    }
    Ok(Cow::Owned(text))
}

/// The UTF-16 code units of `range` as in a Java string, which may have lone surrogates.
pub(crate) fn utf16(property: &[u8], range: Range<usize>, encoding: Encoding) -> Result<Vec<u16>, Defect> {
    let mut text = Vec::with_capacity(range.len());
    let mut units = Units::new(property, range, encoding);
    while let Some((_, unit)) = units.take()? {
        match unit {
            Unit::Char(char) => text.extend_from_slice(char.encode_utf16(&mut [0; 2])),
            Unit::Escaped(unit) => text.push(unit),
        }
    }
    Ok(text)
}

fn plain(bytes: &[u8], encoding: Encoding) -> Option<&str> {
    let same_in_utf8 = encoding == Encoding::Utf8 || bytes.is_ascii();
    if same_in_utf8 && memchr(b'\\', bytes).is_none() { std::str::from_utf8(bytes).ok() } else { None }
}

enum Unit {
    Char(char),
    Escaped(u16),
}

#[derive(Clone)]
struct Units<'a> {
    logical: Logical<'a>,
    encoding: Encoding,
}

impl<'a> Units<'a> {
    fn new(property: &'a [u8], range: Range<usize>, encoding: Encoding) -> Self {
        Self { logical: Logical::new(property, range), encoding }
    }

    /// Fast path: takes all bytes before the next backslash or line ending if all are ASCII.
    fn take_plain(&mut self, text: &mut String) {
        let rest = self.logical.rest();
        let run = within(rest, ..memchr3(b'\\', b'\r', b'\n', rest).unwrap_or(rest.len()));
        if let Some(plain) = std::str::from_utf8(run).ok().filter(|plain| plain.is_ascii()) {
            text.push_str(plain);
            self.logical.skip_plain(run.len());
        }
    }

    fn take(&mut self) -> Result<Option<(usize, Unit)>, Defect> {
        let Some((at, byte)) = self.logical.next() else { return Ok(None) };
        if byte != b'\\' {
            return Ok(Some((at, Unit::Char(self.char_from(at, byte)))));
        }
        let Some((escaped_at, escaped)) = self.logical.next() else { return Ok(None) };
        let unit = match escaped {
            b'u' => Unit::Escaped(self.four_digits().ok_or((ErrorKind::MalformedUnicodeEscape, at))?),
            b't' => Unit::Char('\t'),
            b'n' => Unit::Char('\n'),
            b'r' => Unit::Char('\r'),
            b'f' => Unit::Char('\x0c'),
            other => Unit::Char(self.char_from(escaped_at, other)),
        };
        Ok(Some((at, unit)))
    }

    /// Reads the rest of the character that begins with `byte` at offset `at`.
    fn char_from(&mut self, at: usize, byte: u8) -> char {
        if byte.is_ascii() {
            return char::from(byte);
        }
        let (char, len) = self.encoding.char_from(byte, self.logical.since(at));
        self.logical.skip_plain(len - 1);
        char
    }

    fn four_digits(&mut self) -> Option<u16> {
        (0..4).try_fold(0, |value, _| {
            let (_, byte) = self.logical.next()?;
            let digit = char::from(byte).to_digit(16)?;
            Some(value << 4 | u16::try_from(digit).ok()?)
        })
    }

    /// The character of `unit`, or of the surrogate pair that `unit` and the next unit form.
    ///
    /// `None` for a lone surrogate.
    fn complete(&mut self, unit: u16) -> Result<Option<char>, Defect> {
        if let Some(char) = char::from_u32(u32::from(unit)) {
            return Ok(Some(char));
        }
        let mut ahead = self.clone();
        let Some((_, Unit::Escaped(low))) = ahead.take()? else { return Ok(None) };
        let pair = char::decode_utf16([unit, low]).next().and_then(Result::ok);
        if pair.is_some() {
            *self = ahead;
        }
        Ok(pair)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], encoding: Encoding) -> Result<Cow<'_, str>, Defect> {
        text(bytes, 0..bytes.len(), encoding)
    }

    #[test]
    fn escapes_are_what_java_makes_of_them() {
        let cases = [
            ("plain", "plain"),
            ("\\t\\n\\r\\f\\\\\\=\\:\\#\\!\\ \\z\\\"", "\t\n\r\x0c\\=:#! z\""),
            ("\\u0041\\u00e9\\u20AC", "Aé€"),
            ("\\uD83D\\uDE00", "😀"),
            ("\\uD83D\\\r\n  \\uDE\\\n 00", "😀"),
            ("one\\\n   two\\", "onetwo"),
            ("\\U0041", "U0041"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(read(bytes.as_bytes(), Encoding::Latin1).unwrap(), expected, "{bytes}");
        }
    }

    #[test]
    fn bytes_beyond_ascii_are_read_in_the_encoding() {
        assert_eq!(read("é\\é".as_bytes(), Encoding::Utf8).unwrap(), "éé");
        assert_eq!(read("é".as_bytes(), Encoding::Latin1).unwrap(), "Ã©");
        assert_eq!(read(b"\x80\xe2\x82x", Encoding::Utf8).unwrap(), "\u{fffd}\u{fffd}x");
    }

    #[test]
    fn a_malformed_escape_is_reported_with_its_place() {
        for bytes in ["ab\\u", "ab\\u12", "ab\\u12g4", "ab\\u+123", "ab\\u123\\"] {
            assert_eq!(
                read(bytes.as_bytes(), Encoding::Latin1),
                Err((ErrorKind::MalformedUnicodeEscape, 2)),
                "{bytes}"
            );
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_utf16_but_not_text() {
        for bytes in ["a\\uD83D", "a\\uDE00\\uD83D", "a\\uD83Dx", "a\\uD83D\\u0041"] {
            assert_eq!(read(bytes.as_bytes(), Encoding::Latin1), Err((ErrorKind::LoneSurrogate, 1)), "{bytes}");
        }
        assert_eq!(read(b"\\uD83D\\uX", Encoding::Latin1), Err((ErrorKind::MalformedUnicodeEscape, 6)));
        assert_eq!(utf16(b"a\\uD83D", 0..7, Encoding::Latin1), Ok(vec![0x61, 0xd83d]));
    }

    #[test]
    fn what_needs_no_decoding_is_borrowed() {
        assert!(matches!(read(b"plain", Encoding::Latin1), Ok(Cow::Borrowed("plain"))));
    }
}
