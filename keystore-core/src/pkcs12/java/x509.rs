//! The names and keys in a certificate (RFC 5280). Nothing is verified.

use crate::asn1::{Reader, Tag};
use crate::error::{Error, Part};

const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x0e];
const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x23];
const VERSION: Tag = Tag(0xa0);
const ISSUER_UNIQUE_ID: Tag = Tag(0x81);
const SUBJECT_UNIQUE_ID: Tag = Tag(0x82);
const EXTENSIONS: Tag = Tag(0xa3);
const BOOLEAN: Tag = Tag(0x01);
const KEY_IDENTIFIER: Tag = Tag(0x80);

/// The encoded names and public key of a certificate, and its key identifiers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Names<'a> {
    pub(crate) issuer: &'a [u8],
    pub(crate) subject: &'a [u8],
    /// The encoded `SubjectPublicKeyInfo`.
    pub(crate) public_key: &'a [u8],
    pub(in crate::pkcs12) subject_key: Option<&'a [u8]>,
    pub(in crate::pkcs12) authority_key: Option<&'a [u8]>,
}

impl<'a> Names<'a> {
    pub(crate) fn read(certificate: &'a [u8]) -> Option<Self> {
        parse(certificate).ok()
    }

    pub(in crate::pkcs12) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Whether the certificate seems to be signed with its own key.
    ///
    /// Then its names are equal, and its key identifiers too, if both are given. Java verifies the signature instead
    /// (`sun.security.tools.KeyStoreUtil.isSelfSigned`).
    pub(in crate::pkcs12) fn is_self_signed(&self) -> bool {
        self.is_self_issued() && self.may_be_issued_by(self)
    }

    /// Whether the key identifiers are equal, if both are given.
    pub(in crate::pkcs12) fn may_be_issued_by(&self, issuer: &Self) -> bool {
        self.authority_key.zip(issuer.subject_key).is_none_or(|(wanted, key)| wanted == key)
    }
}

fn parse(certificate: &[u8]) -> Result<Names<'_>, Error> {
    let sequence = |reader: &mut Reader<'_>| reader.expect(Tag::SEQUENCE, Part::CertBag).map(|_| ());
    let mut outer = Reader::new(certificate, None);
    let mut outer = outer.expect(Tag::SEQUENCE, Part::CertBag)?.children();
    let mut fields = outer.expect(Tag::SEQUENCE, Part::CertBag)?.children();
    fields.optional(VERSION)?;
    fields.expect(Tag::INTEGER, Part::CertBag)?;
    sequence(&mut fields)?; // signature
    let issuer = fields.expect(Tag::SEQUENCE, Part::CertBag)?.encoded;
    sequence(&mut fields)?; // validity
    let subject = fields.expect(Tag::SEQUENCE, Part::CertBag)?.encoded;
    let public_key = fields.expect(Tag::SEQUENCE, Part::CertBag)?.encoded;
    fields.optional(ISSUER_UNIQUE_ID)?;
    fields.optional(SUBJECT_UNIQUE_ID)?;
    let mut names = Names { issuer, subject, public_key, subject_key: None, authority_key: None };
    if let Some(extensions) = fields.optional(EXTENSIONS)? {
        // Unreadable extensions affect only the choice between issuers with the same name.
        let _ = read_extensions(&mut extensions.children(), &mut names);
    }
    Ok(names)
}

fn read_extensions<'a>(reader: &mut Reader<'a>, names: &mut Names<'a>) -> Result<(), Error> {
    let mut extensions = reader.expect(Tag::SEQUENCE, Part::CertBag)?.children();
    while !extensions.is_empty() {
        let mut fields = extensions.expect(Tag::SEQUENCE, Part::CertBag)?.children();
        let id = fields.object_identifier(Part::CertBag)?.content;
        fields.optional(BOOLEAN)?;
        let mut value = Reader::new(fields.expect(Tag::OCTET_STRING, Part::CertBag)?.content, None);
        if id == SUBJECT_KEY_IDENTIFIER {
            names.subject_key = Some(value.expect(Tag::OCTET_STRING, Part::CertBag)?.content);
        } else if id == AUTHORITY_KEY_IDENTIFIER {
            let mut fields = value.expect(Tag::SEQUENCE, Part::CertBag)?.children();
            names.authority_key = fields.optional(KEY_IDENTIFIER)?.map(|key| key.content);
        }
    }
    Ok(())
}
