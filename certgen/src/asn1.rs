//! Encodes DER (ITU-T X.690, section 10).

use der::Length;
use der::asn1::ObjectIdentifier;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// A primitive context-specific tag.
///
/// `number` is at most 30.
pub(crate) const fn context(number: u8) -> u8 {
    0x80 | number
}

/// A constructed context-specific tag.
///
/// `number` is at most 30.
pub(crate) const fn explicit(number: u8) -> u8 {
    0xa0 | number
}

pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    // The capacity suffices, because a buffer that grows would leave copies of a private key in memory.
    let mut element = Vec::with_capacity(content.len() + 2 + size_of::<usize>());
    element.push(tag);
    if let Ok(length @ ..0x80) = u8::try_from(content.len()) {
        element.push(length);
    } else {
        let length = content.len().to_be_bytes().into_iter().skip_while(|byte| *byte == 0);
        element.push(0x80 | count(length.clone()));
        element.extend(length);
    }
    element.extend(content);
    element
}

fn count<T>(items: impl Iterator<Item = T>) -> u8 {
    items.fold(0, |count: u8, _| count.saturating_add(1))
}

pub(crate) fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    tlv(SEQUENCE, &elements.concat())
}

/// A SET OF, with its elements in the order that DER requires (X.690, section 11.6).
pub(crate) fn set_of(mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    tlv(SET, &elements.concat())
}

/// A `PrintableString` if it can hold the text, otherwise a `UTF8String`, as in Java.
pub(crate) fn directory_string(text: &str) -> Vec<u8> {
    let printable = |character: char| character.is_ascii_alphanumeric() || " '()+,-./:=?".contains(character);
    tlv(if text.chars().all(printable) { PRINTABLE_STRING } else { UTF8_STRING }, text.as_bytes())
}

pub(crate) fn unsigned(number: u32) -> Vec<u8> {
    let [first, second, third, last] = number.to_be_bytes();
    let bytes = [0, first, second, third, last];
    // A leading zero is kept if the next byte's highest bit is set, which would otherwise be the sign.
    let redundant = bytes.windows(2).take_while(|pair| matches!(pair, [0, 0..=0x7f])).count();
    tlv(INTEGER, &bytes.into_iter().skip(redundant).collect::<Vec<_>>())
}

pub(crate) fn object_identifier(oid: &ObjectIdentifier) -> Vec<u8> {
    tlv(OBJECT_IDENTIFIER, oid.as_bytes())
}

pub(crate) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    tlv(BIT_STRING, &[&[0], bytes].concat())
}

/// A BIT STRING of named bits.
///
/// The first named bit is the highest bit of `bits`. Trailing zeros are removed (X.690, section 11.2.2).
pub(crate) fn named_bits(bits: u16) -> Vec<u8> {
    let unused_bits = |last: u8| count((0..7).take_while(|bit| last & (1 << bit) == 0));
    match bits.to_be_bytes() {
        [0, 0] => tlv(BIT_STRING, &[0]),
        [high, 0] => tlv(BIT_STRING, &[unused_bits(high), high]),
        [high, low] => tlv(BIT_STRING, &[unused_bits(low), high, low]),
    }
}

pub(crate) fn offset(length: Length) -> Option<usize> {
    usize::try_from(u32::from(length)).ok()
}

#[cfg(test)]
mod tests {
    use der::asn1::OctetStringRef;
    use der::{Decode as _, Encode as _};

    use super::*;

    #[test]
    fn lengths_are_those_of_another_encoder() {
        for length in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000] {
            let content = vec![7; length];
            assert_eq!(tlv(OCTET_STRING, &content), OctetStringRef::new(&content).unwrap().to_der().unwrap());
        }
    }

    #[test]
    fn integers_are_those_of_another_encoder() {
        for number in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, u32::MAX] {
            assert_eq!(unsigned(number), number.to_der().unwrap());
        }
    }

    #[test]
    fn named_bits_have_no_trailing_zeros() {
        assert_eq!(named_bits(0xa000), [3, 2, 5, 0xa0]);
        assert_eq!(named_bits(0x0600), [3, 2, 1, 6]);
        assert_eq!(named_bits(0x0080), [3, 3, 7, 0, 0x80]);
        assert_eq!(named_bits(0), [3, 1, 0]);
        der::asn1::BitStringRef::from_der(&named_bits(0x0080)).unwrap();
    }
}
