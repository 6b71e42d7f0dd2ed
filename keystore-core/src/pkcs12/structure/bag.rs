//! `SafeBag` (RFC 7292, section 4.2): a key, a certificate or other data, with attributes.

use super::attributes::{Attributes, NewAttributes};
use super::sealed;
use crate::asn1::{Element, Reader, Tag, Writer, oid};
use crate::budget::Budget;
use crate::error::{Defect, Error, Part};
use crate::invariant::slice;
use der::asn1::ObjectIdentifier;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

/// A bag, by positions in the contents of its part.
#[derive(Clone, Debug)]
pub(in crate::pkcs12) struct Bag {
    pub(in crate::pkcs12) encoded: Range<usize>,
    pub(in crate::pkcs12) value: Value,
    pub(in crate::pkcs12) attributes: Attributes,
}

#[derive(Clone, Debug)]
pub(in crate::pkcs12) enum Value {
    /// An unencrypted private key (keyBag).
    PlainKey(Range<usize>),
    /// A sealed private key (pkcs8ShroudedKeyBag).
    ShroudedKey(Range<usize>),
    /// A certificate (certBag) of any certificate type, as in Java.
    Certificate(Bytes),
    /// A secret (secretBag), which the format does not require to be sealed.
    Secret(Bytes),
    /// Further bags (safeContentsBag).
    Nested(Vec<Bag>),
    /// Any other value, which is kept unread.
    ///
    /// Examples are a certBag and a secretBag whose value is not an `OCTET STRING`; Java refuses such bags.
    Other,
}

/// The value of an `OCTET STRING`: its position, or the bytes if they had to be concatenated.
#[derive(Clone, Debug)]
pub(in crate::pkcs12) enum Bytes {
    Place(Range<usize>),
    Joined(Vec<u8>),
}

impl Bytes {
    fn read(element: &Element<'_>) -> Result<Self, Error> {
        Ok(match element.bytes()? {
            Cow::Borrowed(_) => Self::Place(element.content_span()),
            Cow::Owned(joined) => Self::Joined(joined),
        })
    }

    pub(in crate::pkcs12) fn get<'s>(&'s self, contents: &'s [u8]) -> &'s [u8] {
        match self {
            Self::Place(place) => slice(contents, place.clone()),
            Self::Joined(bytes) => bytes,
        }
    }
}

impl Bag {
    /// Reads all bags that follow, at this nesting depth.
    ///
    /// The outermost bags have depth 1.
    pub(in crate::pkcs12) fn read_all(
        reader: &mut Reader<'_>,
        depth: usize,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<Self>, Error> {
        let mut bags = Vec::new();
        while !reader.is_empty() {
            budget.bag(depth)?;
            bags.push(Self::read(reader, depth, budget)?);
        }
        Ok(bags)
    }

    /// Reads the next `SafeBag`.
    ///
    /// `SafeBag ::= SEQUENCE { bagId OBJECT IDENTIFIER, bagValue [0] EXPLICIT ANY, bagAttributes SET OPTIONAL }`
    fn read(reader: &mut Reader<'_>, depth: usize, budget: &mut Budget<'_>) -> Result<Self, Error> {
        let bag = reader.expect(Tag::SEQUENCE, Part::SafeBag)?;
        let mut fields = bag.children();
        let id = fields.object_identifier(Part::SafeBag)?.content;
        let explicit = fields.expect(Tag::CONTEXT_0, Part::SafeBag)?;
        let value = Value::read(id, &explicit, depth, budget)?;
        let attributes =
            fields.optional(Tag::SET)?.map_or_else(|| Ok(Attributes::default()), |set| Attributes::read(&set))?;
        fields.finish(Part::SafeBag)?;
        Ok(Self { encoded: bag.span(), value, attributes })
    }

    /// The sealed key or the secret in the bag; `None` for any other bag.
    pub(in crate::pkcs12) fn sealed<'c>(&'c self, contents: &'c [u8]) -> Option<&'c [u8]> {
        match &self.value {
            Value::ShroudedKey(place) => Some(slice(contents, place.clone())),
            Value::Secret(bytes) => Some(bytes.get(contents)),
            _ => None,
        }
    }

    pub(in crate::pkcs12) fn write_changed(
        encoded: &[u8],
        attributes: &NewAttributes,
        writer: &mut Writer,
    ) -> Result<(), Error> {
        let mut fields = Reader::new(encoded, None).expect(Tag::SEQUENCE, Part::SafeBag)?.children();
        let id = fields.object_identifier(Part::SafeBag)?;
        let value = fields.expect(Tag::CONTEXT_0, Part::SafeBag)?;
        let set = fields.optional(Tag::SET)?;
        writer.try_nested(Tag::SEQUENCE, |writer| {
            writer.raw(id.encoded).raw(value.encoded);
            attributes.write(set.as_ref(), writer)
        })
    }

    fn write_sealed(encoded: &[u8], sealed: &[u8], writer: &mut Writer) -> Result<(), Error> {
        let mut fields = Reader::new(encoded, None).expect(Tag::SEQUENCE, Part::SafeBag)?.children();
        let id = fields.object_identifier(Part::SafeBag)?;
        let mut value = fields.expect(Tag::CONTEXT_0, Part::SafeBag)?.children();
        let set = fields.optional(Tag::SET)?;
        let secret = if id.content == oid::SECRET_BAG.as_bytes() {
            Some(value.expect(Tag::SEQUENCE, Part::SecretBag)?.children().object_identifier(Part::SecretBag)?)
        } else {
            None
        };
        writer.nested(Tag::SEQUENCE, |writer| {
            writer.raw(id.encoded).nested(Tag::CONTEXT_0, |writer| match secret {
                None => {
                    writer.raw(sealed);
                }
                Some(kind) => write_typed_element(writer, kind.encoded, sealed),
            });
            writer.raw(set.map_or(&[], |set| set.encoded));
        });
        Ok(())
    }

    /// Writes a safeContentsBag with unchanged attributes and the content that `bags` writes.
    pub(in crate::pkcs12) fn write_nested(
        encoded: &[u8],
        writer: &mut Writer,
        bags: impl FnOnce(&mut Writer) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut fields = Reader::new(encoded, None).expect(Tag::SEQUENCE, Part::SafeBag)?.children();
        let id = fields.object_identifier(Part::SafeBag)?;
        fields.expect(Tag::CONTEXT_0, Part::SafeBag)?;
        let set = fields.optional(Tag::SET)?;
        writer.try_nested(Tag::SEQUENCE, |writer| {
            writer.raw(id.encoded);
            writer.try_nested(Tag::CONTEXT_0, |writer| writer.try_nested(Tag::SEQUENCE, bags))?;
            writer.raw(set.map_or(&[], |set| set.encoded));
            Ok(())
        })
    }
}

impl Value {
    fn read(id: &[u8], explicit: &Element<'_>, depth: usize, budget: &mut Budget<'_>) -> Result<Self, Error> {
        let mut inside = explicit.children();
        let value = inside.any()?;
        inside.finish(Part::SafeBag)?;
        let is = |oid: ObjectIdentifier| id == oid.as_bytes();
        if is(oid::SHROUDED_KEY_BAG) {
            count_derivation(value.encoded, budget).map_err(|error| value.error(error.into_kind()))?;
            Ok(Self::ShroudedKey(value.span()))
        } else if is(oid::CERT_BAG) {
            let certificate = typed_bytes(&value, Part::CertBag)?;
            certificate.map_or(Ok(Self::Other), |certificate| Bytes::read(&certificate).map(Self::Certificate))
        } else if is(oid::SECRET_BAG) {
            let Some(secret) = typed_bytes(&value, Part::SecretBag)? else { return Ok(Self::Other) };
            count_derivation(&secret.bytes()?, budget).map_err(|error| value.error(error.into_kind()))?;
            Bytes::read(&secret).map(Self::Secret)
        } else if is(oid::KEY_BAG) {
            Ok(Self::PlainKey(value.span()))
        } else if is(oid::SAFE_CONTENTS_BAG) && value.tag == Tag::SEQUENCE {
            Bag::read_all(&mut value.children(), depth + 1, budget).map(Self::Nested)
        } else {
            Ok(Self::Other)
        }
    }
}

/// The `OCTET STRING` in a `CertBag` or `SecretBag`; `None` if the value has another type.
///
/// A `CertBag` and a `SecretBag` are `SEQUENCE { OBJECT IDENTIFIER, [0] EXPLICIT ANY }`.
pub(in crate::pkcs12) fn typed_bytes<'a>(value: &Element<'a>, part: Part) -> Result<Option<Element<'a>>, Error> {
    let mut fields = value.children();
    if value.tag != Tag::SEQUENCE {
        return Err(value.malformed(Defect::Structure(part)));
    }
    fields.object_identifier(part)?;
    let mut inside = fields.expect(Tag::CONTEXT_0, part)?.children();
    fields.finish(part)?;
    let bytes = inside.any()?;
    Ok(Some(bytes).filter(Element::is_octet_string))
}

/// Counts the cost of opening a key, so that the limits apply to the file as a whole.
///
/// A key whose scheme cannot be read is not counted, because such a key cannot be opened.
fn count_derivation(sealed: &[u8], budget: &mut Budget<'_>) -> Result<(), Error> {
    sealed::scheme(sealed).map_or(Ok(()), |scheme| scheme.count(budget))
}

#[derive(Clone, Debug)]
pub(in crate::pkcs12) enum Change {
    Remove,
    Replace(Vec<u8>),
    Attributes(NewAttributes),
    /// Replaces the sealed key or secret, and keeps the attributes.
    Sealed(Vec<u8>),
}

/// Changes to the bags of one part, by the positions of the bags.
pub(in crate::pkcs12) type Changes = BTreeMap<usize, Change>;

/// Writes the bags with the changes; unchanged bags keep their bytes.
pub(in crate::pkcs12) fn write_all(
    contents: &[u8],
    bags: &[Bag],
    changes: &Changes,
    writer: &mut Writer,
) -> Result<(), Error> {
    for bag in bags {
        let encoded = slice(contents, bag.encoded.clone());
        match (&bag.value, changes.get(&bag.encoded.start)) {
            (_, Some(Change::Remove)) => {}
            (_, Some(Change::Replace(bags))) => {
                writer.raw(bags);
            }
            (_, Some(Change::Attributes(attributes))) => Bag::write_changed(encoded, attributes, writer)?,
            (_, Some(Change::Sealed(sealed))) => Bag::write_sealed(encoded, sealed, writer)?,
            (Value::Nested(inner), None) if changes.range(bag.encoded.clone()).next().is_some() => {
                Bag::write_nested(encoded, writer, |writer| write_all(contents, inner, changes, writer))?;
            }
            (_, None) => {
                writer.raw(encoded);
            }
        }
    }
    Ok(())
}

pub(in crate::pkcs12) fn write(
    writer: &mut Writer,
    id: ObjectIdentifier,
    value: impl FnOnce(&mut Writer),
    attributes: &Attributes,
) {
    writer.nested(Tag::SEQUENCE, |writer| {
        writer.oid(id).nested(Tag::CONTEXT_0, value);
        attributes.write(writer);
    });
}

/// Writes a `CertBag` or `SecretBag` whose value is an `OCTET STRING`.
pub(in crate::pkcs12) fn write_typed_bytes(writer: &mut Writer, id: ObjectIdentifier, bytes: &[u8]) {
    let mut kind = Writer::new();
    kind.oid(id);
    write_typed_element(writer, kind.written(), bytes);
}

/// `id` is an encoded `OBJECT IDENTIFIER`.
fn write_typed_element(writer: &mut Writer, id: &[u8], bytes: &[u8]) {
    writer.nested(Tag::SEQUENCE, |writer| {
        writer.raw(id).nested(Tag::CONTEXT_0, |writer| {
            writer.octet_string(bytes);
        });
    });
}
