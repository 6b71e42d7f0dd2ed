//! Random files and texts, made of pieces that readers treat differently.

use cassandra_props::{Encoding, Properties};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::Rng;

/// Pieces with a meaning in properties files, alone or in sequence.
const PIECES: [&[u8]; 44] = [
    b"a",
    b"b",
    b"key",
    b"1",
    b" ",
    b" ",
    b"\t",
    b"\x0c",
    b"=",
    b"=",
    b":",
    b"#",
    b"!",
    b"\n",
    b"\n",
    b"\r\n",
    b"\r",
    b"\\",
    b"\\\\",
    b"\\\n",
    b"\\\r\n  ",
    b"\\ ",
    b"\\=",
    b"\\:",
    b"\\#",
    b"\\n",
    b"\\t",
    b"\\u0041",
    b"\\u00e9",
    b"\\uD83D\\uDE00",
    b"\\uD83D",
    b"\\uDE00",
    b"\\u12",
    b"\\z",
    b"\xe9",
    b"\xc3\xa9",
    b"\xf0\x9f\x98\x80",
    b"\xed\xa0\x80",
    b"\x00",
    b"\x80",
    b"\xef\xbb\xbf",
    b"\n#c\\\n",
    b"\n  \\\n",
    b"\x1a",
];

const CHARACTERS: [char; 20] = [
    'a',
    'b',
    'k',
    ' ',
    ' ',
    '\t',
    '\n',
    '\r',
    '\u{c}',
    '=',
    ':',
    '#',
    '!',
    '\\',
    'u',
    '0',
    '\u{e9}',
    '\u{1f600}',
    '\u{0}',
    '\u{feff}',
];

/// A file and its encoding.
pub(crate) fn file(rng: &mut ChaCha20Rng) -> (Encoding, Vec<u8>) {
    let encoding = if below(rng, 3) == 0 { Encoding::Utf8 } else { Encoding::Latin1 };
    let length = below(rng, 24);
    let bytes = (0..length).flat_map(|_| one_of(rng, &PIECES).iter().copied()).collect();
    (encoding, bytes)
}

/// A key of the file, or a random key.
pub(crate) fn key(rng: &mut ChaCha20Rng, file: &Properties) -> String {
    let keys: Vec<String> = file.entries().filter_map(|entry| entry.key().ok()).map(String::from).collect();
    if keys.is_empty() || below(rng, 3) == 0 { text(rng) } else { one_of(rng, &keys).clone() }
}

/// A key or a value.
pub(crate) fn text(rng: &mut ChaCha20Rng) -> String {
    let length = below(rng, 8);
    (0..length).map(|_| *one_of(rng, &CHARACTERS)).collect()
}

pub(crate) fn below(rng: &mut ChaCha20Rng, limit: u32) -> u32 {
    rng.next_u32() % limit
}

pub(crate) fn one_of<'a, T>(rng: &mut ChaCha20Rng, among: &'a [T]) -> &'a T {
    let place = below(rng, u32::try_from(among.len()).unwrap());
    &among[usize::try_from(place).unwrap()]
}
