//! Finds the part of a certificate that cannot be read, and its position.

use der::asn1::AnyRef;
use der::{Decode as _, Header, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};
use x509_parser::certificate::Validity;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo, X509Name};

use crate::asn1::offset;
use crate::error::CertificatePart;
use crate::public_key::PublicKey;

pub(super) fn fault(certificate: &[u8]) -> Option<(CertificatePart, usize)> {
    let outer = fields(certificate, 1);
    let Some([tbs, algorithm, signature]) = outer.as_deref() else {
        return Some((CertificatePart::Structure, structure(certificate)));
    };
    trailing(certificate)
        .or_else(|| in_tbs(certificate))
        .or_else(|| algorithm.unless(is_algorithm, CertificatePart::SignatureAlgorithm))
        .or_else(|| signature.unless(|_| signature.tag == Tag::BitString, CertificatePart::Signature))
        .or_else(|| tbs.unless(|_| tbs.tag == Tag::Sequence, CertificatePart::Structure))
        .or_else(|| extensions(certificate))
}

struct Field<'a> {
    tag: Tag,
    start: usize,
    der: &'a [u8],
}

impl<'a> Field<'a> {
    fn unless(&self, good: impl Fn(&'a [u8]) -> bool, part: CertificatePart) -> Option<(CertificatePart, usize)> {
        (!good(self.der)).then_some((part, self.start))
    }
}

type Check = (CertificatePart, fn(&[u8]) -> bool);

/// The mandatory fields of `TBSCertificate` (RFC 5280, section 4.1), with checks.
const IN_TBS: [Check; 6] = [
    (CertificatePart::SerialNumber, |der| der.first() == Some(&crate::asn1::INTEGER)),
    (CertificatePart::SignatureAlgorithm, is_algorithm),
    (CertificatePart::Name, |der| X509Name::from_der(der).is_ok()),
    (CertificatePart::Validity, |der| Validity::from_der(der).is_ok()),
    (CertificatePart::Name, |der| X509Name::from_der(der).is_ok()),
    (CertificatePart::PublicKey, |der| {
        SubjectPublicKeyInfo::from_der(der).is_ok() && PublicKey::from_spki_der(der).is_ok()
    }),
];

fn in_tbs(certificate: &[u8]) -> Option<(CertificatePart, usize)> {
    let fields = fields(certificate, 2)?;
    let versioned = fields.first()?.tag == context(0);
    let version = fields.first().filter(|_| versioned);
    if let Some(fault) = version.and_then(|version| version.unless(is_version, CertificatePart::Version)) {
        return Some(fault);
    }
    let mut rest = fields.iter().skip(usize::from(versioned));
    for (part, good) in IN_TBS {
        let Some(field) = rest.next() else { return Some((part, structure(certificate))) };
        if let Some(fault) = field.unless(good, part) {
            return Some(fault);
        }
    }
    None
}

/// The extensions, which are at fault if everything else is in order.
fn extensions(certificate: &[u8]) -> Option<(CertificatePart, usize)> {
    let fields = fields(certificate, 2)?;
    let extensions = fields.iter().find(|field| field.tag == context(3))?;
    Some((CertificatePart::Extensions, extensions.start))
}

const fn context(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: true, number: TagNumber(number) }
}

fn is_algorithm(der: &[u8]) -> bool {
    AlgorithmIdentifier::from_der(der).is_ok()
}

/// Whether `der` is a version from 1 to 3, encoded as 0 to 2.
fn is_version(der: &[u8]) -> bool {
    matches!(der, [_, 3, 2, 1, 0..=2])
}

/// The elements of the outermost SEQUENCE (`depth` 1) or of its first element (`depth` 2).
fn fields(certificate: &[u8], depth: usize) -> Option<Vec<Field<'_>>> {
    let mut reader = SliceReader::new(certificate).ok()?;
    let mut end = certificate.len();
    for _ in 0..depth {
        let header = Header::decode(&mut reader).ok()?;
        end = offset(reader.position())?.checked_add(offset(header.length())?)?;
    }
    let mut fields = Vec::new();
    // TBSCertificate has ten fields at most.
    while offset(reader.position())? < end && fields.len() < 10 {
        let start = offset(reader.position())?;
        let element = AnyRef::decode(&mut reader).ok()?;
        fields.push(Field { tag: element.tag(), start, der: certificate.get(start..offset(reader.position())?)? });
    }
    Some(fields)
}

fn trailing(certificate: &[u8]) -> Option<(CertificatePart, usize)> {
    let mut reader = SliceReader::new(certificate).ok()?;
    AnyRef::decode(&mut reader).ok()?;
    let end = offset(reader.position())?;
    (end < certificate.len()).then_some((CertificatePart::Trailing, end))
}

/// The offset up to which the outermost structure can be read, or 0 if unknown.
fn structure(certificate: &[u8]) -> usize {
    let error = Vec::<AnyRef<'_>>::from_der(certificate).err();
    let position = error.and_then(|error| offset(error.position()?));
    position.unwrap_or(0)
}
