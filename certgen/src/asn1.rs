//! The little DER that is written by hand: names and extensions (ITU-T X.690, section 10).

use der::asn1::AnyRef;
use der::{Decode as _, Encode as _, Length};

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// A primitive context-specific tag, `[number] IMPLICIT`, for numbers up to 30.
pub(crate) const fn context(number: u8) -> u8 {
    0x80 | number
}

/// One element: tag, length in its shortest form, content.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let skip = length.iter().take_while(|octet| **octet == 0).count();
    let significant = length.get(skip..).unwrap_or_default();
    // All at once: a buffer that grows would leave copies of a key behind.
    let mut element = Vec::with_capacity(content.len() + significant.len() + 2);
    element.push(tag);
    match (content.len(), u8::try_from(significant.len())) {
        (0, _) => element.push(0),
        (1..=0x7f, _) | (_, Err(_)) => element.extend(significant),
        (_, Ok(octets)) => {
            element.push(0x80 | octets);
            element.extend(significant);
        }
    }
    element.extend(content);
    element
}

/// A SEQUENCE of elements that are already encoded.
pub(crate) fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    tlv(SEQUENCE, &elements.concat())
}

/// A SET OF elements that are already encoded, in the order that DER asks for.
pub(crate) fn set_of(mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    tlv(SET, &elements.concat())
}

/// A `PrintableString` where that can hold the text, else a `UTF8String`, as Java chooses.
pub(crate) fn directory_string(text: &str) -> Vec<u8> {
    let printable = |character: char| character.is_ascii_alphanumeric() || " '()+,-./:=?".contains(character);
    tlv(if text.chars().all(printable) { PRINTABLE_STRING } else { UTF8_STRING }, text.as_bytes())
}

/// An INTEGER that is not negative.
pub(crate) fn unsigned(number: u32) -> Vec<u8> {
    let octets = (u64::from(number)).to_be_bytes();
    // One octet more than the significant ones, unless their first bit is free for the sign.
    let skip = (u64::from(number).leading_zeros().saturating_sub(1) / 8).min(7);
    tlv(INTEGER, octets.get(usize::try_from(skip).unwrap_or_default()..).unwrap_or_default())
}

/// A BIT STRING of whole octets.
pub(crate) fn bit_string(octets: &[u8]) -> Vec<u8> {
    tlv(BIT_STRING, &[&[0], octets].concat())
}

/// A BIT STRING whose named bits are the set ones of `bits`, the first named bit being the highest one: without
/// trailing zeros, as X.690, section 11.2.2, wants it.
pub(crate) fn named_bits(bits: u16) -> Vec<u8> {
    let octets = bits.to_be_bytes();
    let used = octets.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1);
    let used = octets.get(..used).unwrap_or_default();
    let unused_bits = used.last().map_or(0, |octet| octet.trailing_zeros());
    let mut content = vec![u8::try_from(unused_bits).unwrap_or_default()];
    content.extend(used);
    tlv(BIT_STRING, &content)
}

/// `der` counts in `u32`.
pub(crate) fn offset(length: Length) -> Option<usize> {
    usize::try_from(u32::from(length)).ok()
}

/// The elements of a SEQUENCE that is DER, each with its tag and length.
pub(crate) fn elements(sequence: &[u8]) -> Option<Vec<Vec<u8>>> {
    let elements = Vec::<AnyRef<'_>>::from_der(sequence).ok()?;
    elements.iter().map(|element| element.to_der().ok()).collect()
}

#[cfg(test)]
mod tests {
    use der::asn1::OctetStringRef;

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
