//! Whether a private key and a certificate belong together.

use crate::asn1::oid::{EC, ED25519, RSA};
use crate::asn1::{Algorithm, Element, Reader, Tag};
use crate::error::{Error, Part};
use crate::pkcs12::java::x509::Names;
use crate::{private_key, public_half, x509};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use std::borrow::Cow;

/// The result of [`key_match`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyMatch {
    /// The certificate contains this key's public half.
    Matches,
    /// The certificate contains another key.
    Differs,
    /// The key and the certificate could not be compared.
    ///
    /// The key or the certificate cannot be read, or the public half of the key is not known (see [`key_match`]).
    Unchecked,
}

/// Compares the public half of a private key with the public key of a certificate.
///
/// An RSA key contains its public half, and an EC key may. With the feature `ec`, the public half is computed for an Ed25519
/// key, and for an EC key on P-256, P-384 or P-521 that does not contain it. Keys of different algorithms differ. Keys of
/// the same algorithm are compared only if that algorithm is RSA, EC or Ed25519.
pub fn key_match(key: &PrivatePkcs8KeyDer<'_>, certificate: &CertificateDer<'_>) -> KeyMatch {
    let public = Names::read(certificate).and_then(|names| of_certificate(names.public_key).ok());
    match (of_key(key.secret_pkcs8_der()), public) {
        (Ok((algorithm, _)), Some((other, _))) if algorithm != other => KeyMatch::Differs,
        (Ok((_, Some(public))), Some((_, Some(other)))) if public == other => KeyMatch::Matches,
        (Ok((_, Some(_))), Some((_, Some(_)))) => KeyMatch::Differs,
        _ => KeyMatch::Unchecked,
    }
}

#[derive(PartialEq, Eq)]
enum Public<'a> {
    Rsa {
        modulus: &'a [u8],
        exponent: &'a [u8],
    },
    /// An encoded point.
    Point(Cow<'a, [u8]>),
}

/// The algorithm's identifier, and the public half if it can be compared.
type Found<'a> = (&'a [u8], Option<Public<'a>>);

/// Reads a `PrivateKeyInfo`, and computes a missing public half if possible.
fn of_key(der: &[u8]) -> Result<Found<'_>, Error> {
    let (algorithm, key) = private_key::fields(der)?;
    let public = if algorithm.is(RSA) {
        let mut fields = inside(key.content)?;
        fields.expect(Tag::INTEGER, PART)?;
        Some(rsa(&mut fields)?)
    } else if algorithm.is(EC) {
        let key = EcKey::read(key.content)?;
        let computed = || public_half::on_curve(curve(&algorithm), key.scalar).map(Cow::Owned);
        key.point.map(Cow::Borrowed).or_else(computed).map(Public::Point)
    } else if algorithm.is(ED25519) {
        let seed = Reader::new(key.content, None).expect(Tag::OCTET_STRING, PART)?.content;
        public_half::of_ed25519(seed).map(Cow::Owned).map(Public::Point)
    } else {
        None
    };
    Ok((algorithm.oid(), public))
}

/// Reads the public key of a `SubjectPublicKeyInfo` (RFC 5280, section 4.1).
fn of_certificate(der: &[u8]) -> Result<Found<'_>, Error> {
    let mut fields = inside(der)?;
    let algorithm = Algorithm::read(&mut fields)?;
    let key = bits(&fields.expect(Tag::BIT_STRING, PART)?);
    let public = if algorithm.is(RSA) {
        Some(rsa(&mut inside(key)?)?)
    } else if algorithm.is(EC) || algorithm.is(ED25519) {
        Some(Public::Point(Cow::Borrowed(key)))
    } else {
        None
    };
    Ok((algorithm.oid(), public))
}

pub(crate) fn point_of<'a>(certificate: &'a CertificateDer<'_>) -> Option<Cow<'a, [u8]>> {
    let names = Names::read(certificate)?;
    match of_certificate(names.public_key) {
        Ok((algorithm, Some(Public::Point(point)))) if algorithm == EC.as_bytes() => Some(point),
        _ => None,
    }
}

/// The length of a certificate's RSA modulus in bits; `None` for any other certificate.
pub(crate) fn rsa_bits(certificate: &CertificateDer<'_>) -> Option<usize> {
    let names = Names::read(certificate)?;
    let Ok((_, Some(Public::Rsa { modulus, .. }))) = of_certificate(names.public_key) else { return None };
    let modulus = x509::without_zeros(modulus);
    let unused = usize::try_from(modulus.first()?.leading_zeros()).ok()?;
    Some(modulus.len() * 8 - unused)
}

/// Reads a modulus and a public exponent, as in an `RSAPublicKey` or an `RSAPrivateKey`.
///
/// In an `RSAPrivateKey`, they are the second and third fields.
fn rsa<'a>(fields: &mut Reader<'a>) -> Result<Public<'a>, Error> {
    let (modulus, exponent) = (fields.expect(Tag::INTEGER, PART)?, fields.expect(Tag::INTEGER, PART)?);
    Ok(Public::Rsa { modulus: modulus.content, exponent: exponent.content })
}

/// The object identifier of an EC key's curve; empty if the parameters do not name a curve.
pub(crate) fn curve<'a>(algorithm: &Algorithm<'a>) -> &'a [u8] {
    algorithm.parameters().object_identifier(PART).map_or(&[], |curve| curve.content)
}

/// An EC key in its own encoding (RFC 5915, section 3).
///
/// `ECPrivateKey ::= SEQUENCE { version, privateKey, [0] parameters OPTIONAL, [1] publicKey OPTIONAL }`
pub(crate) struct EcKey<'a> {
    pub(crate) scalar: &'a [u8],
    /// The parameters, encoded with their tag.
    pub(crate) parameters: Option<&'a [u8]>,
    pub(crate) point: Option<&'a [u8]>,
}

impl<'a> EcKey<'a> {
    pub(crate) fn read(der: &'a [u8]) -> Result<Self, Error> {
        let mut fields = inside(der)?;
        fields.expect(Tag::INTEGER, PART)?;
        let scalar = fields.expect(Tag::OCTET_STRING, PART)?.content;
        let parameters = fields.optional(Tag::CONTEXT_0)?.map(|parameters| parameters.encoded);
        let public = fields.optional(Tag::CONTEXT_1)?;
        let point = public.map(|public| public.children().expect(Tag::BIT_STRING, PART)).transpose()?;
        Ok(Self { scalar, parameters, point: point.as_ref().map(bits) })
    }
}

/// The fields of a `SEQUENCE`.
fn inside(der: &[u8]) -> Result<Reader<'_>, Error> {
    Ok(Reader::new(der, None).expect(Tag::SEQUENCE, PART)?.children())
}

/// The bytes of a `BIT STRING`, after the number of unused bits.
fn bits<'a>(element: &Element<'a>) -> &'a [u8] {
    element.content.split_first().map_or(&[], |(_, bits)| bits)
}

const PART: Part = Part::PrivateKeyInfo;
