//! `EncryptedPrivateKeyInfo` (RFC 5208, section 6), in which most formats seal keys.

use super::{Algorithm, Reader, Tag, Writer};
use crate::error::{Defect, Error, Part};
use std::borrow::Cow;

/// `EncryptedPrivateKeyInfo ::= SEQUENCE { AlgorithmIdentifier, OCTET STRING }`.
pub(crate) struct Envelope<'a> {
    pub(crate) algorithm: Algorithm<'a>,
    pub(crate) encrypted: Cow<'a, [u8]>,
}

impl<'a> Envelope<'a> {
    /// Reads exactly one envelope. Every error is replaced by [`Defect::EncryptedPrivateKeyInfo`].
    pub(crate) fn read(ber: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(ber, None);
        let envelope = Self::read_next(&mut reader).and_then(|envelope| {
            reader.finish(Part::EncryptedPrivateKeyInfo)?;
            Ok(envelope)
        });
        envelope.map_err(|_| Error::malformed(Defect::EncryptedPrivateKeyInfo))
    }

    fn read_next(reader: &mut Reader<'a>) -> Result<Self, Error> {
        let mut fields = reader.expect(Tag::SEQUENCE, Part::EncryptedPrivateKeyInfo)?.children();
        let algorithm = Algorithm::read(&mut fields)?;
        let encrypted = fields.octet_string(Part::EncryptedPrivateKeyInfo)?.bytes()?;
        fields.finish(Part::EncryptedPrivateKeyInfo)?;
        Ok(Self { algorithm, encrypted })
    }

    pub(crate) fn write(algorithm: impl FnOnce(&mut Writer), encrypted: &[u8]) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.nested(Tag::SEQUENCE, |writer| {
            algorithm(writer);
            writer.octet_string(encrypted);
        });
        writer.finish().to_vec()
    }
}
