//! Names as keytool prints them (`sun.security.x509.X500Name.toString`).

use std::fmt;

use x509_parser::der_parser::asn1_rs::{Any, Tag, ToDer as _};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::{AttributeTypeAndValue, RelativeDistinguishedName, X509Name};

use super::keyword;

/// Writes the RDNs in the reverse order of the DER (RFC 4514, section 2.1).
pub(super) fn write(der: &[u8], formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Ok((_, name)) = X509Name::from_der(der) else { return formatter.write_str("#unreadable") };
    let parts: Vec<&RelativeDistinguishedName<'_>> = name.iter_rdn().collect();
    for (place, part) in parts.into_iter().rev().enumerate() {
        formatter.write_str(if place == 0 { "" } else { ", " })?;
        write_part(part, formatter)?;
    }
    Ok(())
}

pub(super) fn common_name(der: &[u8]) -> Option<String> {
    let (_, name) = X509Name::from_der(der).ok()?;
    let names = name.iter_common_name().filter_map(|attribute| text(attribute.attr_value()));
    names.last()
}

fn write_part(part: &RelativeDistinguishedName<'_>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (place, attribute) in part.iter().enumerate() {
        formatter.write_str(if place == 0 { "" } else { " + " })?;
        write_attribute(attribute, formatter)?;
    }
    Ok(())
}

fn write_attribute(attribute: &AttributeTypeAndValue<'_>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let oid = attribute.attr_type().to_id_string();
    match keyword::of_oid(&oid) {
        Some(keyword) => write!(formatter, "{keyword}=")?,
        None => write!(formatter, "OID.{oid}=")?,
    }
    match text(attribute.attr_value()) {
        Some(text) => formatter.write_str(&quoted_where_needed(&text)),
        None => write_hex(attribute.attr_value(), formatter),
    }
}

fn write_hex(value: &Any<'_>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    formatter.write_str("#")?;
    let der = value.to_der_vec().map_err(|_| fmt::Error)?;
    der.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
}

/// The text of a value, if Java reads its type as text.
fn text(value: &Any<'_>) -> Option<String> {
    Some(match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::GeneralString => {
            String::from_utf8_lossy(value.data).into_owned()
        }
        Tag::T61String => value.data.iter().copied().map(char::from).collect(),
        Tag::BmpString => {
            let (pairs, _) = value.data.as_chunks();
            let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        Tag::UniversalString => {
            let (units, _) = value.data.as_chunks();
            let letter = |unit: &[u8; 4]| char::from_u32(u32::from_be_bytes(*unit));
            units.iter().map(|unit| letter(unit).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => return None,
    })
}

/// Quotes the text if its characters require it.
///
/// Unlike Java, this function also quotes a text that begins and ends with quotes, so that it is read back unchanged.
fn quoted_where_needed(text: &str) -> String {
    let special = text.contains([',', '+', '=', '\n', '<', '>', '#', ';', '\\', '"']);
    let blank = |character| character == ' ' || character == '\n';
    let outer = text.starts_with(blank) || text.ends_with(blank);
    let inner = text.contains("  ");
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    if special || outer || inner { format!("\"{escaped}\"") } else { escaped }
}
