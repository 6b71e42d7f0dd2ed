//! Conversion of lengths and octet strings from BER to DER (X.690, sections 10.1 and 10.2).

use super::reader::MAX_DEPTH;
use super::{Element, Reader, Tag, Writer};
use crate::error::{Defect, Error};
use std::borrow::Cow;

/// Whether all lengths are definite and minimal, and no `OCTET STRING` is in segments.
///
/// Returns `false` also if the bytes are not elements, or if the elements are nested deeper than [`MAX_DEPTH`]. Values and
/// the order of a `SET` are not checked.
pub(crate) fn is_der(bytes: &[u8]) -> bool {
    all_are_der(Reader::new(bytes, None), 0)
}

/// Converts the lengths and octet strings to DER, or borrows what [`is_der`] accepts.
///
/// # Errors
/// If the bytes are not well-formed elements, are nested too deep, or have to be converted and contain a tag over 30.
pub(crate) fn to_der(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    if is_der(bytes) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut writer = Writer::new();
    write_all(Reader::new(bytes, None), 0, &mut writer)?;
    Ok(Cow::Owned(writer.finish().to_vec()))
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

fn write_all(mut reader: Reader<'_>, depth: usize, writer: &mut Writer) -> Result<(), Error> {
    while !reader.is_empty() {
        let element = reader.any()?;
        element.check_depth(depth)?;
        write(&element, depth, writer)?;
    }
    Ok(())
}

fn write(element: &Element<'_>, depth: usize, writer: &mut Writer) -> Result<(), Error> {
    match element.tag {
        // No keystore format uses such a tag, so there is no code to write one.
        tag if tag.is_long() => return Err(element.malformed(Defect::LongTag)),
        Tag::SEGMENTED_OCTET_STRING => writer.octet_string(&element.bytes()?),
        tag if tag.is_constructed() => {
            return writer.try_nested(tag, |writer| write_all(element.children(), depth + 1, writer));
        }
        tag => writer.element(tag, element.content),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ber_becomes_der() {
        for (ber, der) in [
            (&[0x30, 0x80, 0x02, 0x01, 0x07, 0, 0][..], &[0x30, 0x03, 0x02, 0x01, 0x07][..]),
            (&[0x30, 0x81, 0x03, 0x02, 0x01, 0x07], &[0x30, 0x03, 0x02, 0x01, 0x07]),
            (&[0x30, 0x05, 0x02, 0x82, 0, 1, 7], &[0x30, 0x03, 0x02, 0x01, 0x07]),
            (&[0x24, 0x80, 0x04, 1, 8, 0x04, 1, 9, 0, 0], &[0x04, 2, 8, 9]),
            (&[0xa0, 0x80, 0x24, 3, 0x04, 1, 9, 0, 0], &[0xa0, 3, 0x04, 1, 9]),
        ] {
            assert!(!is_der(ber), "{ber:02x?}");
            assert_eq!(to_der(ber).unwrap(), der);
            assert!(matches!(to_der(der), Ok(Cow::Borrowed(_))));
        }
    }

    #[test]
    fn what_is_not_asn1_is_refused() {
        assert!(!is_der(&[0x30, 0x03, 0x02, 0x01]));
        assert!(to_der(&[0x30, 0x03, 0x02, 0x01]).is_err());
        let deep = (0..2 * MAX_DEPTH)
            .fold(Vec::new(), |inner, _| [&[0x30, 0x81, u8::try_from(inner.len()).unwrap()], &inner[..]].concat());
        assert!(!is_der(&deep));
        assert!(to_der(&deep).is_err());
    }
}
