//! Checks whether Java reads a certificate, by the rules of `sun.security.x509`.
//!
//! If one certificate breaks these rules, Java refuses the whole JKS, JCEKS or PKCS#12. The signature is not verified, and the
//! dates are not compared with the clock.
//!
//! ```text
//! Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature BIT STRING }
//! tbsCertificate ::= SEQUENCE {
//!     version [0] EXPLICIT DEFAULT v1, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo,
//!     issuerUniqueID [1], subjectUniqueID [2], extensions [3] EXPLICIT }
//! ```

mod der;
mod extensions;
mod general_name;
mod public_key;
mod rsassa_pss;
mod time;

pub(crate) use public_key::without_zeros;

use crate::Java;
use crate::asn1;
use crate::asn1::oid::RSASSA_PSS;
use crate::error::{CertificateDefect, Part};
use der::{Element, Reader, tag};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

type Result<T> = std::result::Result<T, CertificateDefect>;

/// The certificate that Java's factory reads from a file: the first element.
///
/// Bytes that do not begin with a complete `SEQUENCE`, such as PEM text, are returned unchanged.
pub(crate) fn first(bytes: &[u8]) -> CertificateDer<'_> {
    let first = asn1::Reader::new(bytes, None).expect(asn1::Tag::SEQUENCE, Part::CertBag);
    CertificateDer::from(first.map_or(bytes, |first| first.encoded))
}

/// Checks a certificate in DER or PEM as Java's certificate factory does.
pub(crate) fn check_in_file(java: Java, bytes: &[u8]) -> Result<()> {
    if bytes.first() == Some(&tag::SEQUENCE) {
        return check(java, bytes);
    }
    check(java, &CertificateDer::from_pem_slice(bytes).map_err(|_| CertificateDefect::Structure)?)
}

/// Whether Java reads the structure of a certificate in these bytes.
///
/// Another rule may be broken.
pub(crate) fn is_certificate(bytes: &[u8]) -> bool {
    !matches!(check(Java::V25, bytes), Err(CertificateDefect::Structure))
}

/// Checks the first element of these bytes as Java's certificate factory does.
///
/// See `sun.security.x509.X509CertImpl` and `X509CertInfo`.
pub(crate) fn check(java: Java, certificate: &[u8]) -> Result<()> {
    let certificate = Reader::new(java, certificate).any()?;
    let mut fields = certificate.expect(tag::SEQUENCE)?;
    let (info, algorithm, signature) = (fields.any()?, fields.any()?, fields.any()?);
    fields.finish()?;
    let outer = Algorithm::read(&algorithm)?;
    signature.bit_string()?;
    let inner = check_info(&info)?;
    if inner == outer { Ok(()) } else { Err(CertificateDefect::SignatureAlgorithms) }
}

/// Version 1; the encoded number is the version minus 1.
const V1: i64 = 0;
const V3: i64 = 2;

fn check_info<'a>(info: &Element<'a>) -> Result<Algorithm<'a>> {
    let mut fields = info.expect(tag::SEQUENCE)?;
    let mut serial = fields.any()?;
    let mut version = V1;
    if serial.is_context(0) {
        version = read_version(&serial)?;
        serial = fields.any()?;
    }
    serial.integer()?;
    let algorithm = Algorithm::read(&fields.any()?)?;
    if check_name(&fields.any()?)? == Name::Empty {
        return Err(CertificateDefect::EmptyIssuer);
    }
    time::check_validity(&fields.any()?)?;
    let subject = check_name(&fields.any()?)?;
    if version == V1 && subject == Name::Empty {
        return Err(CertificateDefect::EmptySubject);
    }
    public_key::check(&fields.any()?)?;
    check_rest(&mut fields, version, subject)?;
    Ok(algorithm)
}

/// Checks the fields that may follow the public key: unique identifiers and extensions.
fn check_rest(fields: &mut Reader<'_>, version: i64, subject: Name) -> Result<()> {
    if fields.is_empty() {
        return Ok(());
    }
    if version == V1 {
        return Err(CertificateDefect::FieldsOfLaterVersion);
    }
    let mut field = fields.any()?;
    for number in [1, 2] {
        if field.is_context(number) {
            field.implicit_bit_string()?;
            if fields.is_empty() {
                return Ok(());
            }
            field = fields.any()?;
        }
    }
    if version != V3 {
        return Err(CertificateDefect::FieldsOfLaterVersion);
    }
    let alternative_name = if field.is_constructed() && field.is_context(3) {
        extensions::check(field.children())?
    } else {
        extensions::AlternativeName::Absent
    };
    match (subject, alternative_name) {
        (Name::Empty, extensions::AlternativeName::Absent) => Err(CertificateDefect::EmptySubject),
        (Name::Empty, extensions::AlternativeName::NotCritical) => Err(CertificateDefect::AlternativeNameNotCritical),
        _ => Ok(()),
    }
}

fn read_version(field: &Element<'_>) -> Result<i64> {
    if !field.is_constructed() {
        return Ok(V1);
    }
    let mut inside = field.children();
    inside.any()?.small_integer()
}

/// An `AlgorithmIdentifier`, in which NULL counts as no parameters.
#[derive(PartialEq, Eq)]
struct Algorithm<'a> {
    oid: &'a [u8],
    parameters: Option<Element<'a>>,
}

impl<'a> Algorithm<'a> {
    fn read(element: &Element<'a>) -> Result<Self> {
        let mut fields = element.expect(tag::SEQUENCE)?;
        let oid = fields.any()?.object_identifier()?;
        let parameters = if fields.is_empty() { None } else { Some(fields.any()?) };
        fields.finish()?;
        match parameters {
            Some(null) if null.tag == tag::NULL && !null.content.is_empty() => Err(CertificateDefect::Structure),
            Some(null) if null.tag == tag::NULL => Ok(Self { oid, parameters: None }),
            parameters => {
                parameters
                    .filter(|_| oid == RSASSA_PSS.as_bytes())
                    .map_or(Ok(()), |given| rsassa_pss::check(&given))?;
                Ok(Self { oid, parameters })
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    Empty,
    Given,
}

/// Checks `Name ::= SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }`.
///
/// See `sun.security.x509.X500Name`, `RDN` and `AVA`.
fn check_name(name: &Element<'_>) -> Result<Name> {
    let mut parts = name.expect(tag::SEQUENCE)?;
    let mut found = Name::Empty;
    while !parts.is_empty() {
        // A part without attributes does not count: the name stays empty.
        if check_attributes(parts.any()?.expect(tag::SET)?)? == Name::Given {
            found = Name::Given;
        }
    }
    Ok(found)
}

/// Checks the attributes of a part of a name.
fn check_attributes(mut attributes: Reader<'_>) -> Result<Name> {
    let mut found = Name::Empty;
    while !attributes.is_empty() {
        found = Name::Given;
        let mut fields = attributes.any()?.expect(tag::SEQUENCE)?;
        fields.any()?.object_identifier()?;
        fields.any()?;
        fields.finish()?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &[u8] = include_bytes!("../../tests/data/node0.cer");

    #[test]
    fn sound_certificates_are_read() {
        let ed25519 = include_bytes!("../../tests/data/ed25519.cer").as_slice();
        let ec = include_bytes!("../../tests/data/ec.cer").as_slice();
        for certificate in [CERTIFICATE, ed25519, ec, &[CERTIFICATE, b"more"].concat()] {
            assert_eq!(check(Java::V25, certificate), Ok(()));
        }
    }

    #[test]
    fn what_is_cut_is_not_a_certificate() {
        for length in 0..CERTIFICATE.len() {
            assert_eq!(check(Java::V25, &CERTIFICATE[..length]), Err(CertificateDefect::Structure), "{length} bytes");
        }
    }

    #[test]
    fn a_changed_field_is_named() {
        let ec = include_bytes!("../../tests/data/ec.cer").as_slice();
        let changed = |certificate: &[u8], mark: &[u8], place: usize, byte: u8| {
            let mut bytes = certificate.to_vec();
            let start = bytes.windows(mark.len()).position(|window| window == mark).unwrap();
            bytes[start + place] = byte;
            check(Java::V25, &bytes)
        };
        // prime256v1; then its key, whose point begins with 04.
        let curve = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
        assert_eq!(changed(ec, &curve, 9, 0x08), Err(CertificateDefect::Curve));
        assert_eq!(changed(ec, &curve, 9, 0x01), Err(CertificateDefect::PublicKey));
        let point = [&curve[..], &[0x03, 0x42, 0x00, 0x04]].concat();
        assert_eq!(changed(ec, &point, 13, 0x02), Err(CertificateDefect::PointFormat));
        // The version; then the last byte of the inner sha256WithRSAEncryption.
        let version = [0xa0, 0x03, 0x02, 0x01, 0x02];
        assert_eq!(changed(CERTIFICATE, &version, 4, 0x00), Err(CertificateDefect::FieldsOfLaterVersion));
        assert_eq!(changed(CERTIFICATE, &version, 4, 0x01), Err(CertificateDefect::FieldsOfLaterVersion));
        let algorithm = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
        assert_eq!(changed(CERTIFICATE, &algorithm, 8, 0x0c), Err(CertificateDefect::SignatureAlgorithms));
    }
}
