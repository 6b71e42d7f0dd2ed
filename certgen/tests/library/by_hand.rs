//! Requests and certificates put together element by element, as other programs make them.

use certgen::rustls_pki_types::CertificateDer;
use certgen::{Signer as _, SigningAlgorithm};

use crate::workshop::{key, rng};

/// The attribute that asks for extensions (RFC 2985, section 5.4.2).
pub(crate) const EXTENSIONS: &str = "1.2.840.113549.1.9.14";

pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let length = match (high, low) {
        (0, 0..0x80) => vec![low],
        (0, _) => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [&[tag], &length[..], content].concat()
}

/// An OBJECT IDENTIFIER.
pub(crate) fn oid(dotted: &str) -> Vec<u8> {
    tlv(6, der::asn1::ObjectIdentifier::new(dotted).unwrap().as_bytes())
}

/// A certificate with its signed part changed, and signed again with an RSA key.
pub(crate) fn signed_again(
    certificate: &[u8],
    change: impl FnOnce(&mut Vec<u8>),
    signer: &certgen::KeyPair,
) -> CertificateDer<'static> {
    // Both lengths have two bytes.
    let length = usize::from(u16::from_be_bytes([certificate[6], certificate[7]]));
    let mut info = certificate[4..8 + length].to_vec();
    change(&mut info);
    let signature = signer.sign(SigningAlgorithm::Sha256WithRsa, &info, &mut rng(82)).unwrap();
    let identifier = tlv(0x30, &[oid("1.2.840.113549.1.1.11"), vec![5, 0]].concat());
    tlv(0x30, &[info, identifier, tlv(3, &[&[0], &signature[..]].concat())].concat()).into()
}

/// An attribute with one value.
pub(crate) fn attribute(kind: &str, value: &[u8]) -> Vec<u8> {
    tlv(0x30, &[oid(kind), tlv(0x31, value)].concat())
}

/// An extension; `critical` is spelled out where it is given.
pub(crate) fn extension(kind: &str, critical: Option<u8>, value: &[u8]) -> Vec<u8> {
    let critical = critical.map_or(Vec::new(), |critical| vec![1, 1, critical]);
    tlv(0x30, &[oid(kind), critical, tlv(4, value)].concat())
}

/// A request whose subject, attributes (with their tag) and signature are as given.
pub(crate) fn request(subject: &[u8], attributes: &[u8], algorithm: SigningAlgorithm) -> Vec<u8> {
    let info = tlv(0x30, &[&[2, 1, 0][..], subject, key().public_key().as_spki_der(), attributes].concat());
    let signature = key().sign(algorithm, &info, &mut rng(81)).unwrap();
    let identifier = tlv(0x30, &[oid("1.2.840.113549.1.1.11"), vec![5, 0]].concat());
    tlv(0x30, &[info, identifier, tlv(3, &[&[0], &signature[..]].concat())].concat())
}

/// The same with a subject, and signed as it says.
pub(crate) fn signed(attributes: &[Vec<u8>]) -> Vec<u8> {
    let subject: certgen::DistinguishedName = "CN=web.corp.example, O=\"Ex, Inc\"".parse().unwrap();
    request(subject.as_der(), &tlv(0xa0, &attributes.concat()), SigningAlgorithm::Sha256WithRsa)
}

pub(crate) fn list(extensions: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &extensions.concat())
}

pub(crate) fn key_usage() -> Vec<u8> {
    extension("2.5.29.15", Some(0xff), &[3, 2, 4, 0xf0])
}

pub(crate) fn server_auth() -> Vec<u8> {
    extension("2.5.29.37", None, &tlv(0x30, &oid("1.3.6.1.5.5.7.3.1")))
}
