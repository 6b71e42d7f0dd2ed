//! Detects the format of a file by its content.

use crate::asn1::{Element, Reader, Tag};
use crate::error::{Error, ErrorKind, Format, Part};
use crate::{private_key, x509};

/// Detects the format by the first bytes, or by all bytes of a file in ASN.1.
///
/// BKS and UBER have the same header, so [`Format::Bks`] is the result for both.
///
/// # Errors
/// [`ErrorKind::Truncated`] if there are too few bytes; otherwise [`ErrorKind::UnknownFormat`].
pub(crate) fn detect(bytes: &[u8]) -> Result<Format, Error> {
    const TOO_SHORT: usize = 4;
    const INDEFINITE: u8 = 0x80;
    match *bytes {
        [0xfe, 0xed, 0xfe, 0xed, ..] => Ok(Format::Jks),
        [0xce, 0xce, 0xce, 0xce, ..] => Ok(Format::Jceks),
        [0, 0, 0, 1 | 2, ..] => Ok(Format::Bks),
        [b'-', b'-', b'-', b'-', ..] => Ok(Format::Pem),
        [SEQUENCE, length, ..] if length != INDEFINITE && private_key::is_file(bytes) => Ok(Format::PrivateKey),
        [SEQUENCE, length, _, _, ..] => match bytes.get(content_start(length)..).unwrap_or_default() {
            [SEQUENCE, ..] => of_two_sequences(bytes),
            content if content.starts_with(PKCS7) => Ok(Format::Pkcs7),
            _ => Ok(Format::Pkcs12),
        },
        _ if bytes.len() < TOO_SHORT => {
            Err(Error::new(ErrorKind::Truncated { needed: TOO_SHORT, available: bytes.len() }).at(0))
        }
        _ => Err(unknown()),
    }
}

const SEQUENCE: u8 = Tag::SEQUENCE.0;

/// The first bytes in a PKCS#7: its type without the last arc.
///
/// See RFC 2315, section 7 (`ContentInfo`).
const PKCS7: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07";

/// The offset of an ASN.1 element's content, computed from the first byte of its length.
fn content_start(length: u8) -> usize {
    if length > 0x80 { 2 + usize::from(length & 0x7f) } else { 2 }
}

/// The format of a `SEQUENCE` that begins with a `SEQUENCE`.
///
/// In X.509, such a file ends with a `BIT STRING`: the signature of a certificate, a request or a revocation list, or a
/// public key. A BCFKS does not.
fn of_two_sequences(bytes: &[u8]) -> Result<Format, Error> {
    match first_and_last(bytes) {
        _ if x509::is_certificate(bytes) => Ok(Format::Certificate),
        Some((first, last)) if last.tag == Tag::BIT_STRING => {
            if is_request(&first) {
                Ok(Format::CertificateRequest)
            } else {
                Err(unknown())
            }
        }
        _ => Ok(Format::Bcfks),
    }
}

fn first_and_last(bytes: &[u8]) -> Option<(Element<'_>, Element<'_>)> {
    let mut elements = Reader::new(bytes, None).expect(Tag::SEQUENCE, Part::ObjectStore).ok()?.children();
    let first = elements.any().ok()?;
    let mut last = first;
    while !elements.is_empty() {
        last = elements.any().ok()?;
    }
    Some((first, last))
}

/// Whether this is a `CertificationRequestInfo` (RFC 2986, section 4.1).
///
/// `CertificationRequestInfo ::= SEQUENCE { version INTEGER, subject SEQUENCE, subjectPublicKeyInfo SEQUENCE,
/// attributes [0] }`
fn is_request(info: &Element<'_>) -> bool {
    let mut fields = info.children();
    let is_next = |tag| fields.expect(tag, Part::ObjectStore).is_ok();
    [Tag::INTEGER, Tag::SEQUENCE, Tag::SEQUENCE, Tag::CONTEXT_0].into_iter().all(is_next)
}

fn unknown() -> Error {
    Error::new(ErrorKind::UnknownFormat).at(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_show_the_format() {
        let format = |bytes: &[u8]| detect(bytes).map_err(|error| error.kind().clone());
        assert_eq!(format(b"\xfe\xed\xfe\xed"), Ok(Format::Jks));
        assert_eq!(format(b"\xce\xce\xce\xce"), Ok(Format::Jceks));
        assert_eq!(format(b"\x30\x82\x01\x00\x02\x01\x03"), Ok(Format::Pkcs12));
        assert_eq!(format(b"\x30\x80\x02\x01\x03"), Ok(Format::Pkcs12));
        assert_eq!(format(b"\x30\x82\x01\x00\x30\x82"), Ok(Format::Bcfks));
        assert_eq!(format(b"\0\0\0\x02\0\0\0\x14"), Ok(Format::Bks));
        assert_eq!(format(b"-----BEGIN CERTIFICATE-----"), Ok(Format::Pem));
        assert_eq!(format(include_bytes!("../tests/data/node0.cer")), Ok(Format::Certificate));
        assert_eq!(format(include_bytes!("../tests/data/node0.pkcs8")), Ok(Format::PrivateKey));
        assert_eq!(format(include_bytes!("../tests/data/node0.csr")), Ok(Format::CertificateRequest));
        assert_eq!(format(include_bytes!("../tests/data/node0.p7b")), Ok(Format::Pkcs7));
        assert_eq!(format(include_bytes!("../tests/data/node0.spki")), Err(ErrorKind::UnknownFormat));
        assert_eq!(format(b"PK\x03\x04"), Err(ErrorKind::UnknownFormat));
        assert_eq!(format(b"\xfe\xed"), Err(ErrorKind::Truncated { needed: 4, available: 2 }));
    }
}
