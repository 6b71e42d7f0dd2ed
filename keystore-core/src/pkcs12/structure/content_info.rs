//! `ContentInfo` (RFC 5652, section 3) with data or encrypted data.
//!
//! ```text
//! ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, content [0] EXPLICIT ANY }
//!
//! EncryptedData ::= SEQUENCE {
//!     version               INTEGER,
//!     encryptedContentInfo  SEQUENCE {
//!         contentType                 OBJECT IDENTIFIER,
//!         contentEncryptionAlgorithm  AlgorithmIdentifier,
//!         encryptedContent            [0] IMPLICIT OCTET STRING } }
//! ```

use crate::asn1::{Element, Reader, Tag, Writer, oid};
use crate::budget::Budget;
use crate::error::{Defect, Error, ErrorKind, Part};
use crate::pkcs12::crypto::pbe::Scheme;
use der::asn1::ObjectIdentifier;
use std::borrow::Cow;

pub(in crate::pkcs12) enum Content<'a> {
    /// Unencrypted bytes, and their position in the file if it is known.
    Clear {
        bytes: Cow<'a, [u8]>,
        origin: Option<usize>,
    },
    Encrypted {
        scheme: Scheme,
        ciphertext: Cow<'a, [u8]>,
    },
    /// An encrypted part that is malformed, not supported or over a limit.
    ///
    /// Such a part is accepted only without a password.
    Unread,
}

/// The parts of a file that must be readable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::pkcs12) enum Extent {
    All,
    /// Only unencrypted parts.
    ///
    /// Without a password, Java skips encrypted parts and the MAC.
    WithoutPassword,
}

pub(in crate::pkcs12) fn read<'a>(
    reader: &mut Reader<'a>,
    extent: Extent,
    budget: &mut Budget<'_>,
) -> Result<(Element<'a>, Content<'a>), Error> {
    let info = reader.expect(Tag::SEQUENCE, Part::ContentInfo)?;
    let mut fields = info.children();
    let content_type = fields.object_identifier(Part::ContentInfo)?;
    let mut inside = fields.expect(Tag::CONTEXT_0, Part::ContentInfo)?.children();
    let content = if content_type.content == oid::ENCRYPTED_DATA.as_bytes() {
        match read_encrypted_data(&mut inside.clone(), budget) {
            Err(_) if extent == Extent::WithoutPassword => inside.any().map(|_| Content::Unread)?,
            read => read.map(|(scheme, ciphertext)| Content::Encrypted { scheme, ciphertext })?,
        }
    } else {
        require_data(&content_type)?;
        let bytes = inside.octet_string(Part::ContentInfo)?;
        Content::Clear { bytes: bytes.bytes()?, origin: bytes.bytes_origin() }
    };
    Ok((info, content))
}

pub(in crate::pkcs12) fn require_data(content_type: &Element<'_>) -> Result<(), Error> {
    if content_type.content == oid::DATA.as_bytes() {
        return Ok(());
    }
    Err(match ObjectIdentifier::from_bytes(content_type.content) {
        Ok(oid) => content_type.error(ErrorKind::UnsupportedContentType { oid: oid.to_string() }),
        Err(_) => content_type.malformed(Defect::Structure(Part::ContentInfo)),
    })
}

pub(in crate::pkcs12) fn write_data(writer: &mut Writer, bytes: impl FnOnce(&mut Writer)) {
    write(writer, oid::DATA, |writer| {
        writer.nested(Tag::OCTET_STRING, bytes);
    });
}

pub(in crate::pkcs12) fn write_encrypted_data(writer: &mut Writer, scheme: &Scheme, ciphertext: &[u8]) {
    write(writer, oid::ENCRYPTED_DATA, |writer| {
        writer.nested(Tag::SEQUENCE, |writer| {
            writer.unsigned(0).nested(Tag::SEQUENCE, |writer| {
                writer.oid(oid::DATA);
                scheme.write(writer);
                writer.element(Tag::CONTEXT_0_PRIMITIVE, ciphertext);
            });
        });
    });
}

pub(in crate::pkcs12) fn read_encrypted_data<'a>(
    reader: &mut Reader<'a>,
    budget: &mut Budget<'_>,
) -> Result<(Scheme, Cow<'a, [u8]>), Error> {
    let mut data = reader.expect(Tag::SEQUENCE, Part::EncryptedData)?.children();
    data.expect(Tag::INTEGER, Part::EncryptedData)?;
    let mut info = data.expect(Tag::SEQUENCE, Part::EncryptedData)?.children();
    info.object_identifier(Part::EncryptedData)?;
    let here = info.clone();
    let scheme = Scheme::read(&mut info).map_err(|error| error.of_part(Part::EncryptedData))?;
    scheme.count(budget).map_err(|error| here.error(error.into_kind()))?;
    let ciphertext = match info.optional(Tag::CONTEXT_0)? {
        Some(segmented) => segmented,
        None => info.expect(Tag::CONTEXT_0_PRIMITIVE, Part::EncryptedData)?,
    };
    if ciphertext.content.is_empty() {
        return Err(ciphertext.malformed(Defect::Structure(Part::EncryptedData)));
    }
    Ok((scheme, ciphertext.bytes()?))
}

fn write(writer: &mut Writer, content_type: ObjectIdentifier, content: impl FnOnce(&mut Writer)) {
    writer.nested(Tag::SEQUENCE, |writer| {
        writer.oid(content_type).nested(Tag::CONTEXT_0, content);
    });
}
