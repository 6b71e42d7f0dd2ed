//! Reads requests.

use std::collections::BTreeSet;

use der::Tag;
use rustls_pki_types::CertificateSigningRequestDer;
use x509_parser::extensions::X509Extension;
use x509_parser::prelude::FromDer as _;

use super::CertificateRequest;
use crate::asn1;
use crate::element::Element;
use crate::error::{CertificatePart, Error, ErrorKind, Position};
use crate::extension::Extension;
use crate::info::Extensions;
use crate::name::DistinguishedName;
use crate::oid;
use crate::public_key::PublicKey;
use crate::signature_algorithm::SignatureAlgorithm;

/// Reads a `CertificationRequest` (RFC 2986, section 4), which need not have attributes.
///
/// ```text
/// CertificationRequest ::= SEQUENCE {
///      certificationRequestInfo  CertificationRequestInfo,
///      signatureAlgorithm        AlgorithmIdentifier,
///      signature                 BIT STRING }
///
/// CertificationRequestInfo ::= SEQUENCE {
///      version       INTEGER { v1(0) },
///      subject       Name,
///      subjectPKInfo SubjectPublicKeyInfo,
///      attributes    [0] Attributes }
/// ```
pub(super) fn read(request: &CertificateSigningRequestDer<'_>) -> Result<CertificateRequest, Error> {
    use CertificatePart as Part;

    let outer = Element::outermost(request).map_err(|(part, offset)| malformed(part, offset))?;
    let parts = outer.sequence().and_then(|parts| <[Element<'_>; 3]>::try_from(parts).ok());
    let [info, algorithm, signature] = parts.ok_or_else(|| malformed(Part::Structure, 0))?;
    let fields = info.sequence().ok_or_else(|| info.malformed(Part::Structure))?;
    let [version, subject, key, attributes @ ..] = fields.as_slice() else {
        return Err(info.malformed(Part::Structure));
    };
    if version.der() != [asn1::INTEGER, 1, 0] {
        return Err(version.malformed(Part::Version));
    }
    let name = DistinguishedName::from_der(subject.der()).map_err(|_| subject.malformed(Part::Name))?;
    let public_key = PublicKey::from_spki_der(key.der()).map_err(|_| key.malformed(Part::PublicKey))?;
    let extensions = match attributes {
        [] => Vec::new(),
        [attributes] => extensions(attributes)?,
        [_, second, ..] => return Err(second.malformed(Part::Structure)),
    };
    Ok(CertificateRequest {
        der: request.to_vec().into(),
        subject: name,
        public_key,
        read: Extensions::read(&parsed(&extensions)?),
        extensions: unparsed(&extensions)?,
        signature_algorithm: signature_algorithm(&algorithm)?,
        info: info.der().to_vec(),
        signature: signature.whole_bytes().ok_or_else(|| signature.malformed(Part::Signature))?.to_vec(),
    })
}

/// Reads an `AlgorithmIdentifier` (RFC 5280, section 4.1.1.2).
fn signature_algorithm(identifier: &Element<'_>) -> Result<SignatureAlgorithm, Error> {
    let malformed = || identifier.malformed(CertificatePart::SignatureAlgorithm);
    let fields = identifier.sequence().ok_or_else(malformed)?;
    let (oid, parameters) = match fields.as_slice() {
        [oid] => (oid, None),
        [oid, parameters] => (oid, Some(parameters.der())),
        _ => return Err(malformed()),
    };
    let oid = oid.oid().ok_or_else(malformed)?;
    Ok(SignatureAlgorithm::read(oid.as_bytes(), parameters, oid.to_string()))
}

/// The elements of the list of extensions in `Attributes` (RFC 2986, section 4.1), if any.
///
/// ```text
/// Attributes ::= SET OF SEQUENCE { type OBJECT IDENTIFIER, values SET OF ANY }
/// ```
fn extensions<'a>(attributes: &Element<'a>) -> Result<Vec<Element<'a>>, Error> {
    let whole = || attributes.malformed(CertificatePart::Attributes);
    let mut found = None;
    for attribute in attributes.numbered(0).ok_or_else(whole)? {
        let malformed = || attribute.malformed(CertificatePart::Attributes);
        let parts = attribute.sequence().and_then(|parts| <[Element<'_>; 2]>::try_from(parts).ok());
        let [kind, values] = parts.ok_or_else(malformed)?;
        let kind = kind.oid().ok_or_else(malformed)?;
        let values = values.children_of(Tag::Set).ok_or_else(malformed)?;
        if ![oid::EXTENSION_REQUEST, oid::MICROSOFT_EXTENSION_REQUEST].contains(&kind) {
            continue;
        }
        // With two lists, readers could disagree on which list counts.
        match (found, values.as_slice()) {
            (None, [list]) => found = Some(list.sequence().ok_or_else(malformed)?),
            _ => return Err(malformed()),
        }
    }
    Ok(found.unwrap_or_default())
}

fn parsed<'a>(extensions: &[Element<'a>]) -> Result<Vec<X509Extension<'a>>, Error> {
    let parse = |extension: &Element<'a>| match X509Extension::from_der(extension.der()) {
        Ok((_, parsed)) => Ok(parsed),
        Err(_) => Err(extension.malformed(CertificatePart::Extensions)),
    };
    extensions.iter().map(parse).collect()
}

/// Reads the extensions, and refuses two of one type (RFC 5280, section 4.2).
fn unparsed(extensions: &[Element<'_>]) -> Result<Vec<Extension>, Error> {
    let mut seen = BTreeSet::new();
    let parse = |element: &Element<'_>| {
        let extension = Extension::from_der(element.der()).filter(|extension| seen.insert(*extension.oid()));
        extension.ok_or_else(|| element.malformed(CertificatePart::Extensions))
    };
    extensions.iter().map(parse).collect()
}

impl Element<'_> {
    fn malformed(&self, part: CertificatePart) -> Error {
        malformed(part, self.start())
    }
}

fn malformed(part: CertificatePart, offset: usize) -> Error {
    Error::at(ErrorKind::MalformedRequest { part }, Position::Byte(offset))
}
