//! DER as `sun.security.util.DerValue` reads it.

use super::Result;
use crate::Java;
use crate::error::CertificateDefect;

pub(super) mod tag {
    pub(in super::super) const BOOLEAN: u8 = 0x01;
    pub(in super::super) const INTEGER: u8 = 0x02;
    pub(in super::super) const BIT_STRING: u8 = 0x03;
    pub(in super::super) const OCTET_STRING: u8 = 0x04;
    pub(in super::super) const NULL: u8 = 0x05;
    pub(in super::super) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(in super::super) const ENUMERATED: u8 = 0x0a;
    pub(in super::super) const UTC_TIME: u8 = 0x17;
    pub(in super::super) const GENERALIZED_TIME: u8 = 0x18;
    pub(in super::super) const SEQUENCE: u8 = 0x30;
    pub(in super::super) const SET: u8 = 0x31;
}

const CONSTRUCTED: u8 = 0x20;
const CONTEXT: u8 = 0x80;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Element<'a> {
    pub(super) java: Java,
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
}

/// A reader of the elements in some bytes, as this version of Java reads them.
pub(super) struct Reader<'a> {
    pub(super) java: Java,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(java: Java, bytes: &'a [u8]) -> Self {
        Self { java, rest: bytes }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) const fn finish(&self) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(CertificateDefect::Structure) }
    }

    /// The next element.
    ///
    /// Its length must be definite, in at most four bytes and, in Java 8, in the shortest form
    /// (`DerInputStream.getLength`). Its tag number must be at most 30, except in Java 8.
    pub(super) fn any(&mut self) -> Result<Element<'a>> {
        let [tag, length, rest @ ..] = self.rest else { return Err(CertificateDefect::Structure) };
        if tag & 0x1f == 0x1f && self.java > Java::V8 {
            return Err(CertificateDefect::Structure);
        }
        let (length, rest) = match *length {
            short @ 0..0x80 => (usize::from(short), rest),
            long => long_length(self.java, usize::from(long & 0x7f), rest)?,
        };
        let (content, rest) = rest.split_at_checked(length).ok_or(CertificateDefect::Structure)?;
        self.rest = rest;
        Ok(Element { java: self.java, tag: *tag, content })
    }
}

fn long_length(java: Java, digits: usize, rest: &[u8]) -> Result<(usize, &[u8])> {
    let (digits, rest) = rest.split_at_checked(digits).ok_or(CertificateDefect::Structure)?;
    let length = digits.iter().fold(0_u64, |length, digit| length << 8 | u64::from(*digit));
    let is_shortest = length > 0x7f && digits.first() != Some(&0);
    match usize::try_from(length) {
        Ok(_) if java == Java::V8 && !is_shortest => Err(CertificateDefect::Structure),
        Ok(length) if (1..=4).contains(&digits.len()) && length <= 0x7fff_ffff => Ok((length, rest)),
        _ => Err(CertificateDefect::Structure),
    }
}

impl<'a> Element<'a> {
    pub(super) const fn children(&self) -> Reader<'a> {
        Reader::new(self.java, self.content)
    }

    pub(super) fn expect(&self, tag: u8) -> Result<Reader<'a>> {
        if self.tag == tag { Ok(self.children()) } else { Err(CertificateDefect::Structure) }
    }

    pub(super) const fn is_constructed(&self) -> bool {
        self.tag & CONSTRUCTED != 0
    }

    pub(super) const fn is_context(&self, number: u8) -> bool {
        self.tag & !CONSTRUCTED == CONTEXT | number
    }

    pub(super) fn boolean(&self) -> Result<bool> {
        match (self.tag, self.content) {
            (tag::BOOLEAN, [value]) => Ok(*value != 0),
            _ => Err(CertificateDefect::Structure),
        }
    }

    pub(super) fn integer(&self) -> Result<&'a [u8]> {
        match (self.tag, self.content) {
            (tag::INTEGER, bytes) if !bytes.is_empty() => Ok(bytes),
            _ => Err(CertificateDefect::Structure),
        }
    }

    /// The value of an `INTEGER`, which must fit into 32 bits.
    pub(super) fn small_integer(&self) -> Result<i64> {
        let bytes = self.integer()?;
        let sign = if bytes.first().is_some_and(|first| *first >= 0x80) { -1 } else { 0 };
        let value =
            bytes.iter().try_fold(sign, |value: i32, byte| value.checked_mul(256)?.checked_add(i32::from(*byte)));
        value.map(i64::from).ok_or(CertificateDefect::Structure)
    }

    /// The value of an `INTEGER` with a primitive tag of its own, which must fit into 32 bits.
    pub(super) fn implicit_small_integer(&self) -> Result<i64> {
        if self.is_constructed() {
            return Err(CertificateDefect::Structure);
        }
        Self { tag: tag::INTEGER, ..*self }.small_integer()
    }

    /// The value of an `ENUMERATED`, which must fit into 32 bits.
    pub(super) fn small_enumerated(&self) -> Result<i64> {
        match self.tag {
            tag::ENUMERATED => Self { tag: tag::INTEGER, ..*self }.small_integer(),
            _ => Err(CertificateDefect::Structure),
        }
    }

    pub(super) fn object_identifier(&self) -> Result<&'a [u8]> {
        const LONGEST: usize = 4_096;
        let ends = |byte: &u8| *byte < 0x80;
        let complete = self.content.last().is_some_and(ends) && self.content.len() <= LONGEST;
        let minimal = self.content.split_inclusive(ends).all(|arc| arc.first() != Some(&0x80));
        if self.tag == tag::OBJECT_IDENTIFIER && complete && minimal {
            Ok(self.content)
        } else {
            Err(CertificateDefect::Structure)
        }
    }

    pub(super) fn bit_string(&self) -> Result<&'a [u8]> {
        if self.tag == tag::BIT_STRING { self.implicit_bit_string() } else { Err(CertificateDefect::Structure) }
    }

    /// The bytes of a `BIT STRING` with any tag.
    ///
    /// Up to seven bits of the last byte may be unused.
    pub(super) fn implicit_bit_string(&self) -> Result<&'a [u8]> {
        match self.content {
            [0, bytes @ ..] => Ok(bytes),
            [1..8, bytes @ ..] if !bytes.is_empty() => Ok(bytes),
            _ => Err(CertificateDefect::Structure),
        }
    }

    pub(super) fn octet_string(&self) -> Result<std::borrow::Cow<'a, [u8]>> {
        const SEGMENTED: u8 = tag::OCTET_STRING | CONSTRUCTED;
        match self.tag {
            tag::OCTET_STRING => Ok(self.content.into()),
            SEGMENTED => {
                let (mut segments, mut joined) = (self.children(), Vec::new());
                while !segments.is_empty() {
                    joined.extend_from_slice(segments.any()?.expect(tag::OCTET_STRING)?.rest);
                }
                Ok(joined.into())
            }
            _ => Err(CertificateDefect::Structure),
        }
    }
}
