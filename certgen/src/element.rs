//! DER elements with their positions.

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier};
use der::{Decode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};

use crate::asn1;
use crate::error::CertificatePart;

#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    /// The offset of the element's first byte, from the start of the whole input.
    start: usize,
    der: &'a [u8],
    any: AnyRef<'a>,
}

impl<'a> Element<'a> {
    pub(crate) fn outermost(input: &'a [u8]) -> Result<Self, (CertificatePart, usize)> {
        let structure = || (CertificatePart::Structure, 0);
        let mut reader = SliceReader::new(input).map_err(|_| structure())?;
        let der = reader.tlv_bytes().map_err(|_| structure())?;
        if der.len() < input.len() {
            return Err((CertificatePart::Trailing, der.len()));
        }
        Self::new(0, der).ok_or_else(structure)
    }

    pub(crate) fn sequence(&self) -> Option<Vec<Self>> {
        self.children_of(Tag::Sequence)
    }

    pub(crate) fn numbered(&self, number: u32) -> Option<Vec<Self>> {
        self.children_of(numbered(number))
    }

    pub(crate) fn is_numbered(&self, number: u32) -> bool {
        self.tag() == numbered(number)
    }

    pub(crate) fn children_of(&self, tag: Tag) -> Option<Vec<Self>> {
        if self.any.tag() != tag {
            return None;
        }
        let content = self.any.value();
        let start = self.start + (self.der.len() - content.len());
        let mut reader = SliceReader::new(content).ok()?;
        let mut children = Vec::new();
        while !reader.is_finished() {
            let place = start + asn1::offset(reader.position())?;
            children.push(Self::new(place, reader.tlv_bytes().ok()?)?);
        }
        Some(children)
    }

    pub(crate) fn start(&self) -> usize {
        self.start
    }

    pub(crate) fn der(&self) -> &'a [u8] {
        self.der
    }

    pub(crate) fn value(&self) -> &'a [u8] {
        self.any.value()
    }

    pub(crate) fn tag(&self) -> Tag {
        self.any.tag()
    }

    pub(crate) fn oid(&self) -> Option<ObjectIdentifier> {
        self.any.decode_as().ok()
    }

    /// The bytes of a BIT STRING; `None` for another type, or if the last byte has unused bits.
    pub(crate) fn whole_bytes(&self) -> Option<&'a [u8]> {
        self.any.decode_as::<BitStringRef<'a>>().ok()?.as_bytes()
    }

    fn new(start: usize, der: &'a [u8]) -> Option<Self> {
        Some(Self { start, der, any: AnyRef::from_der(der).ok()? })
    }
}

fn numbered(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: true, number: TagNumber(number) }
}
