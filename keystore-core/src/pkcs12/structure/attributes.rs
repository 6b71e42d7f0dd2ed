//! Attributes of a bag (RFC 7292, section 4.2).
//!
//! The name, the identifier that links a key to its certificate, and Oracle's mark of trust are read. Other attributes are
//! kept unread.

use crate::asn1::{Element, Reader, Tag, Writer, oid};
use crate::error::{Defect, Error, Part};
use der::asn1::ObjectIdentifier;

/// The attributes that must have a value.
const WITH_VALUE: [ObjectIdentifier; 2] = [oid::FRIENDLY_NAME, oid::LOCAL_KEY_ID];

#[derive(Clone, Debug, Default)]
pub(in crate::pkcs12) struct Attributes {
    pub(in crate::pkcs12) friendly_name: Option<String>,
    pub(in crate::pkcs12) local_key_id: Option<Vec<u8>>,
    /// Whether Oracle's trustedKeyUsage is present, with any usages or none.
    pub(in crate::pkcs12) trusted: bool,
}

impl Attributes {
    /// Reads a `SET OF PKCS12Attribute`.
    ///
    /// If an attribute repeats, its last value counts, as in Java. A name that cannot be read is ignored.
    ///
    /// `PKCS12Attribute ::= SEQUENCE { attrId OBJECT IDENTIFIER, attrValues SET OF ANY }`
    pub(in crate::pkcs12) fn read(set: &Element<'_>) -> Result<Self, Error> {
        let mut attributes = Self::default();
        let mut members = set.children();
        while !members.is_empty() {
            let (id, values) = read_attribute(&mut members)?;
            let mut values = values.children();
            if values.is_empty() && WITH_VALUE.iter().any(|known| id == known.as_bytes()) {
                return Err(values.malformed(Defect::NoValue));
            }
            if id == oid::FRIENDLY_NAME.as_bytes() {
                let name = values.any()?;
                attributes.friendly_name = read_name(&name).or(attributes.friendly_name);
            } else if id == oid::LOCAL_KEY_ID.as_bytes() {
                attributes.local_key_id = Some(values.octet_string(Part::Attribute)?.bytes()?.into_owned());
            } else if id == oid::TRUSTED_KEY_USAGE.as_bytes() {
                attributes.trusted = true;
            }
        }
        Ok(attributes)
    }

    /// Writes the attributes in Java's order, which is not sorted: name, identifier, trust.
    pub(in crate::pkcs12) fn write(&self, writer: &mut Writer) {
        writer.nested(Tag::SET, |writer| {
            if let Some(name) = &self.friendly_name {
                write_friendly_name(writer, name);
            }
            if let Some(id) = &self.local_key_id {
                write_local_key_id(writer, id);
            }
            if self.trusted {
                write_attribute(writer, oid::TRUSTED_KEY_USAGE, |writer| {
                    writer.oid(oid::ANY_EXTENDED_KEY_USAGE);
                });
            }
        });
    }
}

/// New values for attributes. `None` leaves an attribute unchanged.
#[derive(Clone, Debug, Default)]
pub(in crate::pkcs12) struct NewAttributes {
    pub(in crate::pkcs12) friendly_name: Option<String>,
    pub(in crate::pkcs12) local_key_id: Option<Vec<u8>>,
    /// Whether trustedKeyUsage is left out.
    pub(in crate::pkcs12) drops_trust: bool,
}

impl NewAttributes {
    /// Writes the new values, then the other attributes of `set` unchanged and in their order.
    pub(in crate::pkcs12) fn write(&self, set: Option<&Element<'_>>, writer: &mut Writer) -> Result<(), Error> {
        let mut kept = Vec::new();
        let mut members = set.map_or(Reader::new(&[], None), Element::children);
        while !members.is_empty() {
            let attribute = members.clone().any()?;
            let (id, _) = read_attribute(&mut members)?;
            if !self.replaces(id) {
                kept.push(attribute.encoded);
            }
        }
        writer.nested(Tag::SET, |writer| {
            self.write_new(writer);
            for attribute in kept {
                writer.raw(attribute);
            }
        });
        Ok(())
    }

    fn replaces(&self, id: &[u8]) -> bool {
        (self.friendly_name.is_some() && id == oid::FRIENDLY_NAME.as_bytes())
            || (self.local_key_id.is_some() && id == oid::LOCAL_KEY_ID.as_bytes())
            || (self.drops_trust && id == oid::TRUSTED_KEY_USAGE.as_bytes())
    }

    fn write_new(&self, writer: &mut Writer) {
        if let Some(name) = &self.friendly_name {
            write_friendly_name(writer, name);
        }
        if let Some(id) = &self.local_key_id {
            write_local_key_id(writer, id);
        }
    }
}

pub(in crate::pkcs12) fn read_attribute<'a>(members: &mut Reader<'a>) -> Result<(&'a [u8], Element<'a>), Error> {
    let mut attribute = members.expect(Tag::SEQUENCE, Part::Attribute)?.children();
    let id = attribute.object_identifier(Part::Attribute)?.content;
    let values = attribute.expect(Tag::SET, Part::Attribute)?;
    attribute.finish(Part::Attribute)?;
    Ok((id, values))
}

/// The text of a `BMPString` or `UTF8String`; `None` for other types and for invalid UTF-8.
///
/// In a `BMPString`, invalid UTF-16 becomes U+FFFD, as in Java.
pub(in crate::pkcs12) fn read_name(value: &Element<'_>) -> Option<String> {
    match value.tag {
        Tag::BMP_STRING => {
            let (units, rest) = value.content.as_chunks::<2>();
            let mut name = String::with_capacity(units.len() + rest.len());
            let chars = char::decode_utf16(units.iter().map(|unit| u16::from_be_bytes(*unit)));
            name.extend(chars.map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)));
            name.extend(rest.iter().map(|_| char::REPLACEMENT_CHARACTER));
            Some(name)
        }
        Tag::UTF8_STRING => std::str::from_utf8(value.content).ok().map(str::to_owned),
        _ => None,
    }
}

fn write_friendly_name(writer: &mut Writer, name: &str) {
    write_attribute(writer, oid::FRIENDLY_NAME, |writer| {
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        writer.element(Tag::BMP_STRING, &units);
    });
}

fn write_local_key_id(writer: &mut Writer, id: &[u8]) {
    write_attribute(writer, oid::LOCAL_KEY_ID, |writer| {
        writer.octet_string(id);
    });
}

fn write_attribute(writer: &mut Writer, id: ObjectIdentifier, value: impl FnOnce(&mut Writer)) {
    writer.nested(Tag::SEQUENCE, |writer| {
        writer.oid(id).nested(Tag::SET, value);
    });
}
