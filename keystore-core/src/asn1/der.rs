//! The one encoding of BER's many that DER allows (X.690, section 10), as far as keystores need it.

use super::reader::MAX_DEPTH;
use super::{Reader, Tag};

/// Whether all elements have the shortest definite length, and all strings are in one piece, to any depth. What is in
/// a string is not looked at.
pub(crate) fn is_der(bytes: &[u8]) -> bool {
    all_are_der(Reader::new(bytes, None), 0)
}

fn all_are_der(mut reader: Reader<'_>, depth: usize) -> bool {
    while !reader.is_empty() {
        let Ok(element) = reader.any() else { return false };
        let whole = element.has_shortest_length() && element.tag != Tag::SEGMENTED_OCTET_STRING && depth < MAX_DEPTH;
        if !whole || (element.tag.is_constructed() && !all_are_der(element.children(), depth + 1)) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_form_alone_is_der() {
        assert!(is_der(&[0x30, 0x03, 0x02, 0x01, 0x07]));
        for ber in [
            &[0x30, 0x80, 0x02, 0x01, 0x07, 0, 0][..],
            &[0x30, 0x81, 0x03, 0x02, 0x01, 0x07],
            &[0x30, 0x05, 0x02, 0x82, 0, 1, 7],
            &[0x24, 0x03, 0x04, 1, 8],
            &[0xa0, 3, 0x24, 0x80, 0, 0],
            &[0x30, 0x03, 0x02, 0x01],
        ] {
            assert!(!is_der(ber), "{ber:02x?}");
        }
        assert!(is_der(&[0x3f, 0x81, 0x01, 0x02, 0x04, 0x00]));
    }
}
