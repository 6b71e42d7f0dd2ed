//! `EncryptedPrivateKeyInfo` (RFC 5208, section 6), the envelope of every sealed private key.

use crate::error::{Defect, Error};
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, DecodeValue, Encode, EncodeValue, FixedTag, Header, Length, Reader, Tag, Writer};

/// The envelope's two fields, borrowed.
pub(crate) struct EncryptedPrivateKeyInfo<'a> {
    pub(crate) algorithm: Algorithm<'a>,
    pub(crate) encrypted: &'a [u8],
}

/// `AlgorithmIdentifier ::= SEQUENCE { OBJECT IDENTIFIER, ANY OPTIONAL }`
pub(crate) struct Algorithm<'a> {
    pub(crate) oid: ObjectIdentifier,
    pub(crate) parameters: Option<AnyRef<'a>>,
}

impl<'a> EncryptedPrivateKeyInfo<'a> {
    pub(crate) fn read(der: &'a [u8]) -> Result<Self, Error> {
        Self::from_der(der).map_err(|_| Error::malformed(Defect::EncryptedPrivateKeyInfo))
    }

    pub(crate) fn write(oid: ObjectIdentifier, parameters: AnyRef<'a>, encrypted: &'a [u8]) -> Result<Vec<u8>, Error> {
        let algorithm = Algorithm { oid, parameters: Some(parameters) };
        Self { algorithm, encrypted }
            .to_der()
            .map_err(|_| Error::internal("an EncryptedPrivateKeyInfo has a DER encoding"))
    }
}

impl FixedTag for EncryptedPrivateKeyInfo<'_> {
    const TAG: Tag = Tag::Sequence;
}

impl<'a> DecodeValue<'a> for EncryptedPrivateKeyInfo<'a> {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        reader.read_nested(header.length(), |reader| {
            let algorithm = Algorithm::decode(reader)?;
            let encrypted = <&OctetStringRef>::decode(reader)?.as_bytes();
            Ok(Self { algorithm, encrypted })
        })
    }
}

impl EncodeValue for EncryptedPrivateKeyInfo<'_> {
    fn value_len(&self) -> der::Result<Length> {
        self.algorithm.encoded_len()? + OctetStringRef::new(self.encrypted)?.encoded_len()?
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        self.algorithm.encode(writer)?;
        OctetStringRef::new(self.encrypted)?.encode(writer)
    }
}

impl FixedTag for Algorithm<'_> {
    const TAG: Tag = Tag::Sequence;
}

impl<'a> DecodeValue<'a> for Algorithm<'a> {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        reader.read_nested(header.length(), |reader| {
            Ok(Self { oid: ObjectIdentifier::decode(reader)?, parameters: Option::decode(reader)? })
        })
    }
}

impl EncodeValue for Algorithm<'_> {
    fn value_len(&self) -> der::Result<Length> {
        self.oid.encoded_len()? + self.parameters.encoded_len()?
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        self.oid.encode(writer)?;
        self.parameters.encode(writer)
    }
}
