//! Distinguished names as text (RFC 2253), as Java writes them for the issuers in a chain.

use crate::asn1::{Element, Reader, Tag};
use crate::error::{Defect, Error, Part};
use der::asn1::ObjectIdentifier;
use std::fmt::Write as _;

/// The attribute types with a keyword in RFC 2253 (`sun.security.x509.AVA`).
const KEYWORDS: [(&str, &str); 9] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("0.9.2342.19200300.100.1.1", "UID"),
];
const SPECIAL: &str = ",=+<>#;\"\\";

/// The name as `X500Principal.getName()` writes it.
///
/// Returns `None` if these bytes are not a name, or if an attribute type is too long for `ObjectIdentifier`.
pub(in crate::pkcs12) fn rfc2253(name: &[u8]) -> Option<String> {
    parts(name).ok()
}

fn parts(name: &[u8]) -> Result<String, Error> {
    let mut relative = Reader::new(name, None).expect(Tag::SEQUENCE, Part::CertBag)?.children();
    let mut parts = Vec::new();
    while !relative.is_empty() {
        let mut values = relative.expect(Tag::SET, Part::CertBag)?.children();
        let mut part = Vec::new();
        while !values.is_empty() {
            part.push(attribute(&mut values)?);
        }
        parts.push(part.join("+"));
    }
    parts.reverse();
    Ok(parts.join(","))
}

fn attribute(reader: &mut Reader<'_>) -> Result<String, Error> {
    let mut fields = reader.expect(Tag::SEQUENCE, Part::CertBag)?.children();
    let id = fields.object_identifier(Part::CertBag)?;
    let unreadable = |_| id.malformed(Defect::Structure(Part::CertBag));
    let dotted = ObjectIdentifier::from_bytes(id.content).map_err(unreadable)?.to_string();
    let value = fields.any()?;
    let keyword = KEYWORDS.iter().find(|(oid, _)| *oid == dotted).map(|(_, keyword)| keyword);
    Ok(match (keyword, text(&value)) {
        (Some(keyword), Some(text)) => format!("{keyword}={}", escaped(&text)),
        (Some(keyword), None) => format!("{keyword}=#{}", hex(value.encoded)),
        (None, _) => format!("{dotted}=#{}", hex(value.encoded)),
    })
}

/// The text of a string; `None` for types that Java does not show as text.
fn text(value: &Element<'_>) -> Option<String> {
    match value.tag {
        // UTF8String, PrintableString, IA5String, GeneralString
        Tag(0x0c | 0x13 | 0x16 | 0x1b) => Some(String::from_utf8_lossy(value.content).into_owned()),
        // T61String, as ISO 8859-1
        Tag(0x14) => Some(value.content.iter().copied().map(char::from).collect()),
        Tag::BMP_STRING => {
            let units =
                value.content.chunks(2).map(|unit| unit.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte)));
            Some(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
        }
        _ => None,
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\0' => escaped.push_str("\\00"),
            special if SPECIAL.contains(special) => escaped.extend(['\\', special]),
            other => escaped.push(other),
        }
    }
    escape_ends(&escaped)
}

fn escape_ends(text: &str) -> String {
    let blank = |character| matches!(character, ' ' | '\r');
    let inner = text.trim_start_matches(blank);
    let leading = text.len() - inner.len();
    let trailing = inner.len() - inner.trim_end_matches(blank).len();
    let mut escaped = String::with_capacity(text.len() + leading + trailing);
    for (place, character) in text.char_indices() {
        if place < leading || place >= text.len() - trailing {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing to a `String` does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::Writer;

    /// The expected names are those that `new X500Principal(bytes).getName()` returns in JDK 17.
    #[test]
    fn names_read_as_java_writes_them() {
        let name = |attributes: &[(&str, u8, &[u8])]| {
            let mut writer = Writer::new();
            writer.nested(Tag::SEQUENCE, |writer| {
                for (id, tag, value) in attributes {
                    writer.nested(Tag::SET, |writer| {
                        writer.nested(Tag::SEQUENCE, |writer| {
                            writer.oid(ObjectIdentifier::new_unwrap(id)).element(Tag(*tag), value);
                        });
                    });
                }
            });
            rfc2253(&writer.finish())
        };
        let keytool = [
            ("2.5.4.6", 0x13, b"None".as_slice()),
            ("2.5.4.10", 0x13, b"Acme, Inc."),
            ("2.5.4.3", 0x0c, "Zoë".as_bytes()),
        ];
        assert_eq!(name(&keytool).as_deref(), Some("CN=Zoë,O=Acme\\, Inc.,C=None"));
        assert_eq!(name(&[("2.5.4.3", 0x13, b" a b ")]).as_deref(), Some("CN=\\ a b\\ "));
        assert_eq!(
            name(&[("1.2.840.113549.1.9.1", 0x16, b"a@b")]).as_deref(),
            Some("1.2.840.113549.1.9.1=#1603614062")
        );
        assert_eq!(name(&[]).as_deref(), Some(""));
        assert_eq!(rfc2253(b"\x04\x00"), None);
    }
}
