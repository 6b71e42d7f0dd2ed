//! Checks public keys as Java's key factories do (`sun.security.x509.X509Key.buildX509Key`).
//!
//! The factories are those for RSA, RSASSA-PSS, EC, DSA, Diffie-Hellman, X25519, X448, Ed25519, Ed448, ML-KEM and ML-DSA.
//! Other keys are accepted.

use super::der::{Element, Reader, tag};
use super::{Algorithm, Result};
use crate::Java;
use crate::asn1::oid::{DSA, EC, ED448, ED25519, LATTICE_KEYS, RSA, RSASSA_PSS, X448, X25519};
use crate::error::CertificateDefect;
use der::asn1::ObjectIdentifier;

/// The algorithms of keys that are raw bytes (RFC 8410), and the number of bytes.
///
/// Java 8 has no factories for these keys.
const CURVES: [(ObjectIdentifier, usize); 4] = [(X25519, 32), (X448, 56), (ED25519, 32), (ED448, 57)];
/// The identifier of PKCS#1, which Java takes for that of RSA. Java 8 then refuses the key.
const PKCS_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1");
/// The identifier of DSA before X9.57.
const OLD_DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.12");
/// The identifiers of Diffie-Hellman keys in PKCS#3 and X9.42.
///
/// Java 8 has no factory for these keys.
const DIFFIE_HELLMAN: [ObjectIdentifier; 2] =
    [ObjectIdentifier::new_unwrap("1.2.840.113549.1.3.1"), ObjectIdentifier::new_unwrap("1.2.840.10046.2.1")];

/// Checks a `SubjectPublicKeyInfo` (RFC 5280, section 4.1).
///
/// Java 8 ignores further fields.
pub(super) fn check(key: &Element<'_>) -> Result<()> {
    let java = key.java;
    let mut fields = key.expect(tag::SEQUENCE)?;
    let algorithm = Algorithm::read(&fields.any()?)?;
    let element = fields.any()?;
    let bits = element.bit_string()?;
    if java > Java::V8 {
        fields.finish()?;
    }
    let is = |oid: ObjectIdentifier| algorithm.oid == oid.as_bytes();
    if is(RSA) || is(RSASSA_PSS) || (is(PKCS_1) && java > Java::V8) {
        check_rsa(Reader::new(java, bits))
    } else if is(PKCS_1) {
        Err(CertificateDefect::PublicKey)
    } else if is(EC) {
        check_ec(algorithm.parameters, bits)
    } else if is(DSA) || is(OLD_DSA) {
        algorithm.parameters.map_or(Ok(()), |parameters| check_dsa_parameters(&parameters))?;
        Reader::new(java, bits).any()?.integer().map(drop)
    } else if DIFFIE_HELLMAN.into_iter().any(is) && java > Java::V8 {
        check_diffie_hellman_parameters(&algorithm.parameters.ok_or(CertificateDefect::PublicKey)?)?;
        Reader::new(java, bits).any()?.integer().map(drop)
    } else if let Some((_, length)) = CURVES.iter().find(|(oid, _)| is(*oid) && java > Java::V8) {
        // No bit of the last byte may be unused.
        let is_whole = element.content.first() == Some(&0);
        if is_whole && bits.len() == *length { Ok(()) } else { Err(CertificateDefect::PublicKey) }
    } else if java >= Java::V25 && LATTICE_KEYS.into_iter().any(is) {
        // The length is checked when the key is used (`sun.security.x509.NamedX509Key`).
        if algorithm.parameters.is_none() { Ok(()) } else { Err(CertificateDefect::PublicKey) }
    } else {
        Ok(())
    }
}

/// Checks `DHParameter ::= SEQUENCE { prime INTEGER, base INTEGER, privateValueLength INTEGER OPTIONAL }`.
///
/// See `com.sun.crypto.provider.DHPublicKey` and `DHParameters`.
fn check_diffie_hellman_parameters(parameters: &Element<'_>) -> Result<()> {
    let mut numbers = parameters.expect(tag::SEQUENCE)?;
    numbers.any()?.integer()?;
    numbers.any()?.integer()?;
    if numbers.is_empty() {
        return Ok(());
    }
    numbers.any()?.small_integer()?;
    numbers.finish()
}

/// Checks the parameters of a DSA key (`sun.security.provider.DSAParameters`).
///
/// `Dss-Parms ::= SEQUENCE { p INTEGER, q INTEGER, g INTEGER }`
fn check_dsa_parameters(parameters: &Element<'_>) -> Result<()> {
    let mut numbers = parameters.expect(tag::SEQUENCE)?;
    for _ in 0..3 {
        numbers.any()?.integer()?;
    }
    numbers.finish()
}

/// Checks `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }`.
///
/// The modulus must have 512 to 16,384 bits, counted in whole bytes. If the modulus has more than 3,072 bits, the
/// exponent must have at most 64 bits. Negative numbers are read as positive. See `sun.security.rsa.RSAPublicKeyImpl`
/// and `RSAKeyFactory`.
fn check_rsa(mut outer: Reader<'_>) -> Result<()> {
    let mut fields = outer.any()?.expect(tag::SEQUENCE)?;
    let (modulus, exponent) = (fields.any()?.integer()?, fields.any()?.integer()?);
    fields.finish()?;
    // Java 8 ignores bytes after the numbers.
    if outer.java > Java::V8 {
        outer.finish()?;
    }
    let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
    let length = modulus.len() * 8;
    let exponent_fits = length <= 3_072 || exponent.len() <= 8;
    // The exponent must be at least 3 and smaller than the modulus.
    let in_range = !matches!(exponent, [] | [0..3]) && (exponent.len(), exponent) < (modulus.len(), modulus);
    if (512..=16_384).contains(&length) && exponent_fits && in_range {
        Ok(())
    } else {
        Err(CertificateDefect::PublicKey)
    }
}

pub(crate) fn without_zeros(integer: &[u8]) -> &[u8] {
    let zeros = integer.iter().take_while(|byte| **byte == 0).count();
    integer.get(zeros..).unwrap_or(&[])
}

/// Checks the form and the length of the point, and that Java knows the curve.
///
/// See `sun.security.util.CurveDB` and `ECUtil.decodePoint`.
fn check_ec(parameters: Option<Element<'_>>, point: &[u8]) -> Result<()> {
    const UNCOMPRESSED: u8 = 4;
    let parameters = parameters.ok_or(CertificateDefect::Curve)?;
    let curve = parameters.object_identifier().map_err(|_| CertificateDefect::Curve)?;
    let field = field_bits(curve).ok_or(CertificateDefect::Curve)?;
    match point {
        [UNCOMPRESSED, coordinates @ ..] if coordinates.len() / 2 == field.div_ceil(8) => Ok(()),
        [UNCOMPRESSED, ..] => Err(CertificateDefect::PublicKey),
        _ => Err(CertificateDefect::PointFormat),
    }
}

/// The curves that Java knows by name, grouped by the prefix of their identifiers.
///
/// Each pair has the last byte of a curve's identifier, and the size of the curve's field in bits.
const FAMILIES: [(ObjectIdentifier, &[(u8, usize)]); 4] = [
    (ObjectIdentifier::new_unwrap("1.3.132.0"), SECG),
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1"), X962_PRIME),
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.0"), X962_BINARY),
    (ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1"), BRAINPOOL),
];

fn field_bits(curve: &[u8]) -> Option<usize> {
    let (number, family) = curve.split_last()?;
    let (_, curves) = FAMILIES.iter().find(|(oid, _)| oid.as_bytes() == family)?;
    curves.iter().find(|(listed, _)| listed == number).map(|(_, bits)| *bits)
}

const SECG: &[(u8, usize)] = &[
    (1, 163),
    (2, 163),
    (3, 239),
    (4, 113),
    (5, 113),
    (6, 112),
    (7, 112),
    (8, 160),
    (9, 160),
    (10, 256),
    (15, 163),
    (16, 283),
    (17, 283),
    (22, 131),
    (23, 131),
    (24, 193),
    (25, 193),
    (26, 233),
    (27, 233),
    (28, 128),
    (29, 128),
    (30, 160),
    (31, 192),
    (32, 224),
    (33, 224),
    (34, 384),
    (35, 521),
    (36, 409),
    (37, 409),
    (38, 571),
    (39, 571),
];
const X962_PRIME: &[(u8, usize)] = &[(1, 192), (2, 192), (3, 192), (4, 239), (5, 239), (6, 239), (7, 256)];
const X962_BINARY: &[(u8, usize)] = &[
    (1, 163),
    (2, 163),
    (3, 163),
    (4, 176),
    (5, 191),
    (6, 191),
    (7, 191),
    (10, 208),
    (11, 239),
    (12, 239),
    (13, 239),
    (16, 272),
    (17, 304),
    (18, 359),
    (19, 368),
    (20, 431),
];
const BRAINPOOL: &[(u8, usize)] = &[(1, 160), (3, 192), (5, 224), (7, 256), (9, 320), (11, 384), (13, 512)];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

    use super::*;

    #[test]
    fn the_parameters_of_a_dsa_key_are_three_integers() {
        let loads = |parameters: &[u8]| {
            let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
            let algorithm = [b"\x06\x07\x2a\x86\x48\xce\x38\x04\x01", parameters].concat();
            let key = [&[0x30, length(&algorithm)], &algorithm[..], b"\x03\x04\0\x02\x01\x05"].concat();
            let key = [&[0x30, length(&key)], &key[..]].concat();
            check(&Reader::new(Java::V17, &key).any().unwrap()).is_ok()
        };
        assert!(loads(b""));
        assert!(loads(b"\x30\x09\x02\x01\x07\x02\x01\x05\x02\x01\x03"));
        assert!(!loads(b"\x30\x06\x02\x01\x07\x02\x01\x05"));
        assert!(!loads(b"\x30\x0c\x02\x01\x07\x02\x01\x05\x02\x01\x03\x02\x01\x02"));
        assert!(!loads(b"\x31\x09\x02\x01\x07\x02\x01\x05\x02\x01\x03"));
    }
}
