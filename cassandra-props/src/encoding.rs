//! The encodings in which Java reads a file.

/// The character encoding in which Java reads a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// The default: ISO-8859-1, as for `Properties.load(InputStream)`.
    #[default]
    Latin1,
    /// UTF-8, as for `Properties.load(Reader)` with an `InputStreamReader` for UTF-8.
    ///
    /// Malformed bytes are read as U+FFFD.
    Utf8,
}

impl Encoding {
    pub(crate) fn first_char(self, bytes: &[u8]) -> Option<(char, usize)> {
        bytes.first().map(|&first| self.char_from(first, bytes))
    }

    /// Like [`first_char`](Self::first_char), for `bytes` that begin with `first`.
    pub(crate) fn char_from(self, first: u8, bytes: &[u8]) -> (char, usize) {
        match self {
            Self::Utf8 if !first.is_ascii() => first_utf8(first, bytes),
            _ => (char::from(first), 1),
        }
    }
}

/// Decodes as `sun.nio.cs.UTF_8.Decoder` does.
///
/// The byte at which that decoder rejects a sequence determines how many U+FFFD Java sees. Rust's lossy decoding counts
/// surrogates differently.
fn first_utf8(first: u8, bytes: &[u8]) -> (char, usize) {
    let width = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let whole = bytes.get(..width).and_then(|sequence| std::str::from_utf8(sequence).ok());
    match whole.and_then(|text| text.chars().next()) {
        Some(char) => (char, width),
        None => (char::REPLACEMENT_CHARACTER, malformed_len(first, width, bytes)),
    }
}

fn malformed_len(first: u8, width: usize, bytes: &[u8]) -> usize {
    let second_fits = |second: u8| match first {
        0xe0 => (0xa0..=0xbf).contains(&second),
        0xf0 => (0x90..=0xbf).contains(&second),
        0xf4 => (0x80..=0x8f).contains(&second),
        _ => is_continuation(second),
    };
    let continuations = match bytes {
        [_, second, ..] if width > 2 && second_fits(*second) => {
            1 + bytes.iter().skip(2).take(width - 2).take_while(|&&byte| is_continuation(byte)).count()
        }
        _ => 0,
    };
    1 + continuations
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_sequence_is_as_long_as_java_makes_it() {
        let cases: [(&[u8], usize); 9] = [
            (b"\x80\x80", 1),
            (b"\xc0\x80", 1),
            (b"\xc3a", 1),
            (b"\xe0\x80\x80", 1),
            (b"\xe2\x82a", 2),
            (b"\xed\xa0\x80", 3),
            (b"\xf0\x9f\x98a", 3),
            (b"\xf4\x90\x80\x80", 1),
            (b"\xf5\x80\x80\x80", 1),
        ];
        for (bytes, len) in cases {
            assert_eq!(Encoding::Utf8.first_char(bytes), Some((char::REPLACEMENT_CHARACTER, len)), "{bytes:x?}");
        }
    }

    #[test]
    fn whole_sequences_are_characters() {
        assert_eq!(Encoding::Utf8.first_char("é=".as_bytes()), Some(('é', 2)));
        assert_eq!(Encoding::Utf8.first_char("😀".as_bytes()), Some(('😀', 4)));
        assert_eq!(Encoding::Latin1.first_char(b"\xe9\x80"), Some(('é', 1)));
        assert_eq!(Encoding::Latin1.first_char(b""), None);
    }
}
