//! `AlgorithmIdentifier ::= SEQUENCE { OBJECT IDENTIFIER, ANY OPTIONAL }` (RFC 5280, section 4.1.1.2).

use super::names::named;
use super::{Element, Reader, Tag};
use crate::error::{Defect, Error, ErrorKind, Part};
use der::asn1::ObjectIdentifier;

#[derive(Clone, Debug)]
pub(crate) struct Algorithm<'a> {
    element: Element<'a>,
    identifier: Element<'a>,
    parameters: Reader<'a>,
}

impl<'a> Algorithm<'a> {
    /// Reads the next `AlgorithmIdentifier`. No element may follow its parameters.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, Error> {
        let algorithm = Self::read_loosely(reader)?;
        let mut parameters = algorithm.parameters();
        if !parameters.is_empty() {
            parameters.any()?;
        }
        parameters.finish(Part::AlgorithmIdentifier)?;
        Ok(algorithm)
    }

    /// Reads the next `AlgorithmIdentifier`, and ignores elements after its parameters.
    ///
    /// Java up to 17 ignores such elements in the encryption of a part of a PKCS#12
    /// (`PKCS12KeyStore.parseAlgParameters`), and every version of Java in the parameters of PBES2 (`PBES2Parameters`).
    /// Java refuses them elsewhere (`AlgorithmId.parse`). OpenSSL and Bouncy Castle refuse them everywhere.
    pub(crate) fn read_loosely(reader: &mut Reader<'a>) -> Result<Self, Error> {
        let element = reader.expect(Tag::SEQUENCE, Part::AlgorithmIdentifier)?;
        let mut parameters = element.children();
        let identifier = parameters.object_identifier(Part::AlgorithmIdentifier)?;
        Ok(Self { element, identifier, parameters })
    }

    pub(crate) const fn oid(&self) -> &'a [u8] {
        self.identifier.content
    }

    pub(crate) fn is(&self, oid: ObjectIdentifier) -> bool {
        self.oid() == oid.as_bytes()
    }

    pub(crate) const fn encoded(&self) -> &'a [u8] {
        self.element.encoded
    }

    pub(crate) fn no_parameters(&self) -> Result<(), Error> {
        let mut parameters = self.parameters();
        let null = parameters.optional(Tag::NULL)?;
        if parameters.is_empty() && null.is_none_or(|null| null.content.is_empty()) {
            Ok(())
        } else {
            Err(self.bad_parameters())
        }
    }

    pub(crate) fn parameters(&self) -> Reader<'a> {
        self.parameters.clone()
    }

    pub(crate) fn parameter_fields(&self) -> Result<Reader<'a>, Error> {
        let parameters = self.parameters().expect(Tag::SEQUENCE, Part::AlgorithmIdentifier);
        parameters.map(|parameters| parameters.children()).map_err(|_| self.bad_parameters())
    }

    pub(crate) fn unsupported(&self) -> Error {
        match ObjectIdentifier::from_bytes(self.oid()) {
            Ok(oid) => self.identifier.error(ErrorKind::UnsupportedAlgorithm {
                algorithm: named(&oid.to_string()),
                part: Part::AlgorithmIdentifier,
            }),
            Err(_) => self.identifier.malformed(Defect::Structure(Part::AlgorithmIdentifier)),
        }
    }

    pub(crate) fn bad_parameters(&self) -> Error {
        self.element.malformed(Defect::AlgorithmParameters)
    }

    pub(crate) fn salt_and_iterations(&self, parameters: &mut Reader<'a>) -> Result<(Vec<u8>, u32), Error> {
        let salt = parameters.octet_string(Part::AlgorithmIdentifier).map_err(|_| self.bad_parameters())?;
        let iterations =
            parameters.expect(Tag::INTEGER, Part::AlgorithmIdentifier).map_err(|_| self.bad_parameters())?;
        let iterations = iterations.unsigned()?;
        if iterations == 0 {
            return Err(self.bad_parameters());
        }
        Ok((salt.bytes()?.into_owned(), iterations))
    }
}
