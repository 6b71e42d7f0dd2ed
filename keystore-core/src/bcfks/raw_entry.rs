//! One entry: its bytes, and the positions of its parts.
//!
//! ```text
//! ObjectData ::= SEQUENCE { type INTEGER, identifier UTF8String, creationDate GeneralizedTime,
//!                           lastModifiedDate GeneralizedTime, data OCTET STRING, comment UTF8String OPTIONAL }
//! data of types 1 and 3: SEQUENCE { EncryptedPrivateKeyInfo, SEQUENCE OF Certificate }
//!         types 2 and 4: SEQUENCE { AlgorithmIdentifier, OCTET STRING }
//!         type 0:        Certificate
//! ```

use super::scheme::Scheme;
use crate::asn1::{Element, Envelope, Reader, Tag, Writer, read_time, write_time};
use crate::error::{Defect, EncodeDefect, Error, Format, Limit, Part};
use crate::invariant::{guaranteed, slice};
use crate::{Content, Entry, Limits, SealedKey, SealedSecretKey, Timestamp, Visibility, x509};
use rustls_pki_types::CertificateDer;
use std::borrow::Cow;
use std::ops::Range;

const CERTIFICATE: u32 = 0;
const PRIVATE_KEY: u32 = 1;
const SECRET_KEY: u32 = 2;
const PROTECTED_PRIVATE_KEY: u32 = 3;
const PROTECTED_SECRET_KEY: u32 = 4;

const PART: Part = Part::ObjectData;

#[derive(Clone)]
pub(super) struct RawEntry {
    bytes: Bytes,
    alias: Range<usize>,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    comment: Option<Range<usize>>,
    body: Body,
}

#[derive(Clone)]
enum Bytes {
    /// The position of the bytes in the contents of the store.
    Place(Range<usize>),
    /// Written by an edit.
    Own(Vec<u8>),
}

/// The parts of an entry's data, as positions in the bytes of the entry.
#[derive(Clone)]
enum Body {
    Certificate(Range<usize>),
    PrivateKey { key: Range<usize>, chain: Vec<Range<usize>> },
    SecretKey(Range<usize>),
    Other(Range<usize>),
}

impl RawEntry {
    pub(super) fn read(reader: &mut Reader<'_>, limits: &Limits) -> Result<Self, Error> {
        let element = reader.expect(Tag::SEQUENCE, PART)?;
        let place = element.span();
        Self::parse(&element, place.start, Bytes::Place(place.clone()), limits)
    }

    /// Reads only the dates of the next entry.
    ///
    /// The other fields must be well-formed, and the data is not read.
    pub(super) fn dates<'a>(reader: &mut Reader<'a>) -> Result<[Element<'a>; 2], Error> {
        let element = reader.expect(Tag::SEQUENCE, PART)?;
        let fields = Fields::read(&element)?;
        Ok([fields.created, fields.modified])
    }

    fn own(bytes: Vec<u8>) -> Result<Self, Error> {
        let element = Reader::new(&bytes, None).expect(Tag::SEQUENCE, PART)?;
        let read = Self::parse(&element, 0, Bytes::Place(0..0), &Limits::NONE)?;
        Ok(Self { bytes: Bytes::Own(bytes), ..read })
    }

    /// Parses an entry, with the positions of its parts relative to `start`.
    fn parse(element: &Element<'_>, start: usize, bytes: Bytes, limits: &Limits) -> Result<Self, Error> {
        let fields = Fields::read(element)?;
        let alias = fields.alias()?;
        let body = Body::read(&fields, start, limits).map_err(|error| error.in_entry(alias))?;
        Ok(Self {
            bytes,
            alias: from(fields.alias.content_span(), start),
            created: time(&fields.created).map_err(|error| error.in_entry(alias))?,
            modified: time(&fields.modified).map_err(|error| error.in_entry(alias))?,
            comment: fields.comment.map(|comment| from(comment.content_span(), start)),
            body,
        })
    }

    pub(super) fn bytes<'s>(&'s self, contents: &'s [u8]) -> &'s [u8] {
        match &self.bytes {
            Bytes::Place(place) => slice(contents, place.clone()),
            Bytes::Own(bytes) => bytes,
        }
    }

    pub(super) fn alias<'s>(&'s self, contents: &'s [u8]) -> &'s str {
        self.text(contents, &self.alias)
    }

    pub(super) fn view<'s>(&'s self, contents: &'s [u8]) -> Entry<'s> {
        let comment = self.comment.as_ref().map(|comment| self.text(contents, comment));
        let content = self.content(self.bytes(contents));
        let entry = Entry::read(self.alias(contents), Some(self.created), Visibility::Reachable, content);
        entry.with_modified(self.modified).with_comment(comment)
    }

    fn content<'s>(&self, bytes: &'s [u8]) -> Content<'s> {
        let part = |place: &Range<usize>| slice(bytes, place.clone());
        match &self.body {
            Body::Certificate(place) => Content::TrustedCertificate(x509::first(part(place))),
            Body::PrivateKey { key, chain } => Content::PrivateKey {
                key: SealedKey::from_unchecked_der(part(key)),
                chain: chain.iter().map(|place| CertificateDer::from(part(place))).collect(),
            },
            Body::SecretKey(place) => Content::SecretKey(SealedSecretKey::read(Format::Bcfks, part(place))),
            Body::Other(place) => Content::Opaque { data: Cow::Borrowed(part(place)), chain: Vec::new() },
        }
    }

    pub(super) fn written(entry: &Entry<'_>) -> Result<Self, Error> {
        write(entry).and_then(Self::own).map_err(|error| error.in_entry(entry.alias()))
    }

    pub(super) fn renamed(&self, contents: &[u8], alias: &str) -> Result<Self, Error> {
        self.rewritten(contents, Some(alias), None)
    }

    pub(super) fn with_sealed(&self, contents: &[u8], sealed: &[u8]) -> Result<Self, Error> {
        let Body::PrivateKey { .. } = &self.body else { return self.rewritten(contents, None, Some(sealed)) };
        let data = Reader::new(self.bytes(contents), None).expect(Tag::SEQUENCE, PART)?;
        let data = Fields::read(&data)?.data.content;
        let mut inside = Reader::new(data, None).expect(Tag::SEQUENCE, PART)?.children();
        inside.expect(Tag::SEQUENCE, PART)?;
        let chain = inside.expect(Tag::SEQUENCE, PART)?.encoded;
        let mut writer = Writer::new();
        writer.nested(Tag::SEQUENCE, |writer| {
            writer.raw(sealed).raw(chain);
        });
        self.rewritten(contents, None, Some(&writer.finish()))
    }

    fn rewritten(&self, contents: &[u8], alias: Option<&str>, data: Option<&[u8]>) -> Result<Self, Error> {
        let element = Reader::new(self.bytes(contents), None).expect(Tag::SEQUENCE, PART)?;
        let fields = Fields::read(&element)?;
        let mut writer = Writer::new();
        writer.nested(Tag::SEQUENCE, |writer| {
            writer.raw(fields.kind.encoded);
            writer.element(Tag::UTF8_STRING, alias.map_or(fields.alias.content, str::as_bytes));
            writer.raw(fields.created.encoded).raw(fields.modified.encoded);
            writer.octet_string(data.unwrap_or(fields.data.content));
            writer.raw(fields.comment.map_or(&[], |comment| comment.encoded));
        });
        Self::own(writer.finish().to_vec())
    }

    fn text<'s>(&'s self, contents: &'s [u8], place: &Range<usize>) -> &'s str {
        let text = std::str::from_utf8(slice(self.bytes(contents), place.clone()));
        guaranteed(text.ok(), "texts are checked when their entry is read")
    }
}

struct Fields<'a> {
    kind: Element<'a>,
    alias: Element<'a>,
    created: Element<'a>,
    modified: Element<'a>,
    data: Element<'a>,
    comment: Option<Element<'a>>,
}

impl<'a> Fields<'a> {
    fn read(element: &Element<'a>) -> Result<Self, Error> {
        let mut fields = element.children();
        let read = Self {
            kind: fields.expect(Tag::INTEGER, PART)?,
            alias: fields.expect(Tag::UTF8_STRING, PART)?,
            created: fields.expect(Tag::GENERALIZED_TIME, PART)?,
            modified: fields.expect(Tag::GENERALIZED_TIME, PART)?,
            data: fields.expect(Tag::OCTET_STRING, PART)?,
            comment: fields.optional(Tag::UTF8_STRING)?,
        };
        fields.finish(PART)?;
        read.alias()?;
        read.comment.map_or(Ok(""), |comment| text(&comment))?;
        Ok(read)
    }

    fn alias(&self) -> Result<&'a str, Error> {
        text(&self.alias)
    }
}

impl Body {
    fn read(fields: &Fields<'_>, start: usize, limits: &Limits) -> Result<Self, Error> {
        let data = fields.data.content_span();
        Ok(match fields.kind.unsigned().unwrap_or(u32::MAX) {
            CERTIFICATE => Self::Certificate(from(data, start)),
            PRIVATE_KEY | PROTECTED_PRIVATE_KEY => Self::private_key(fields, start, limits)?,
            SECRET_KEY | PROTECTED_SECRET_KEY => Self::SecretKey(from(data, start)),
            _ => Self::Other(from(data, start)),
        })
    }

    fn private_key(fields: &Fields<'_>, start: usize, limits: &Limits) -> Result<Self, Error> {
        let part = Part::EncryptedPrivateKeyData;
        let mut reader = Reader::from_offset(fields.data.content, fields.data.content_span().start);
        let mut inside = reader.expect(Tag::SEQUENCE, part)?.children();
        reader.finish(part)?;
        let key = from(inside.expect(Tag::SEQUENCE, part)?.span(), start);
        let mut certificates = inside.expect(Tag::SEQUENCE, part)?.children();
        inside.finish(part)?;
        let mut chain = Vec::new();
        while !certificates.is_empty() {
            chain.push(from(certificates.expect(Tag::SEQUENCE, part)?.span(), start));
            limits.check(Limit::Chain, chain.len())?;
        }
        Ok(Self::PrivateKey { key, chain })
    }
}

fn from(place: Range<usize>, start: usize) -> Range<usize> {
    place.start - start..place.end - start
}

fn text<'a>(element: &Element<'a>) -> Result<&'a str, Error> {
    std::str::from_utf8(element.content).map_err(|_| element.malformed(Defect::Utf8))
}

pub(super) fn time(element: &Element<'_>) -> Result<Timestamp, Error> {
    read_time(element.content).ok_or_else(|| element.malformed(Defect::GeneralizedTime))
}

fn write(entry: &Entry<'_>) -> Result<Vec<u8>, Error> {
    let (kind, content) = data(entry)?;
    let created = entry.created().ok_or_else(|| refused(EncodeDefect::NoDate))?;
    let encoded = |timestamp| write_time(timestamp).ok_or_else(|| refused(EncodeDefect::Date));
    let (created, modified) = (encoded(created)?, encoded(entry.modified().unwrap_or(created))?);
    let mut writer = Writer::new();
    writer.nested(Tag::SEQUENCE, |writer| {
        writer.unsigned(kind).element(Tag::UTF8_STRING, entry.alias().as_bytes());
        writer.element(Tag::GENERALIZED_TIME, created.as_bytes());
        writer.element(Tag::GENERALIZED_TIME, modified.as_bytes()).octet_string(&content);
        if let Some(comment) = entry.comment() {
            writer.element(Tag::UTF8_STRING, comment.as_bytes());
        }
    });
    Ok(writer.finish().to_vec())
}

fn data<'e>(entry: &'e Entry<'_>) -> Result<(u32, Cow<'e, [u8]>), Error> {
    match entry.content() {
        Content::TrustedCertificate(certificate) => Ok((CERTIFICATE, Cow::Borrowed(certificate.as_ref()))),
        Content::PrivateKey { key, chain } => {
            refuse_foreign_sealing(key.as_der())?;
            Ok((PRIVATE_KEY, Cow::Owned(private_key_data(key, chain)?)))
        }
        Content::SecretKey(key) if key.format() == Format::Bcfks => Ok((SECRET_KEY, Cow::Borrowed(key.as_bytes()))),
        Content::SecretKey(_) => Err(refused(EncodeDefect::Sealing)),
        Content::PlainPrivateKey { .. } => Err(refused(EncodeDefect::PlainPrivateKey)),
        Content::Certificate(_) => Err(refused(EncodeDefect::NotVisible)),
        Content::Opaque { .. } => Err(refused(EncodeDefect::Opaque)),
    }
}

fn private_key_data(key: &SealedKey<'_>, chain: &[CertificateDer<'_>]) -> Result<Vec<u8>, Error> {
    if chain.is_empty() {
        return Err(refused(EncodeDefect::EmptyChain));
    }
    if !chain.iter().all(|certificate| is_one_element(certificate)) {
        return Err(refused(EncodeDefect::Certificate));
    }
    let mut writer = Writer::new();
    writer.nested(Tag::SEQUENCE, |writer| {
        writer.raw(key.as_der()).nested(Tag::SEQUENCE, |writer| {
            for certificate in chain {
                writer.raw(certificate);
            }
        });
    });
    Ok(writer.finish().to_vec())
}

/// The certificates of a chain have no separate lengths, so each must be a single element.
fn is_one_element(certificate: &[u8]) -> bool {
    let mut reader = Reader::new(certificate, None);
    reader.expect(Tag::SEQUENCE, PART).is_ok() && reader.is_empty()
}

/// Refuses a key that is not sealed for BCFKS, because Bouncy Castle would not open it.
fn refuse_foreign_sealing(key: &[u8]) -> Result<(), Error> {
    let sealed = Envelope::read(key).is_ok_and(|envelope| Scheme::is_known(&envelope.algorithm));
    if sealed { Ok(()) } else { Err(refused(EncodeDefect::Sealing)) }
}

fn refused(defect: EncodeDefect) -> Error {
    Error::not_representable(Format::Bcfks, defect)
}
