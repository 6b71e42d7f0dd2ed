//! Whether a private key and a certificate belong together.

use crate::asn1::{Algorithm, Element, Reader, Tag};
use crate::error::{Error, Part};
use crate::pkcs12::x509::Names;
use crate::private_key;
use der::asn1::ObjectIdentifier;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};

/// What [`key_match`] finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyMatch {
    /// The certificate is of this key's public half.
    Matches,
    /// It is of another key.
    Differs,
    /// It cannot be told without arithmetic that this crate does not do: the key's bytes do not contain its public
    /// half, or its algorithm is neither RSA nor EC.
    Unchecked,
}

/// Compares the public half that a private key contains (RSA, and EC where it is there) with that of a certificate.
pub fn key_match(key: &PrivatePkcs8KeyDer<'_>, certificate: &CertificateDer<'_>) -> KeyMatch {
    let public = Names::read(certificate).and_then(|names| of_certificate(names.public_key).ok());
    match (of_key(key.secret_pkcs8_der()), public) {
        (Ok((algorithm, _)), Some((other, _))) if algorithm != other => KeyMatch::Differs,
        (Ok((_, Some(public))), Some((_, Some(other)))) if public == other => KeyMatch::Matches,
        (Ok((_, Some(_))), Some((_, Some(_)))) => KeyMatch::Differs,
        _ => KeyMatch::Unchecked,
    }
}

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// The public half of a key.
#[derive(PartialEq, Eq)]
enum Public<'a> {
    Rsa { modulus: &'a [u8], exponent: &'a [u8] },
    Ec { point: &'a [u8] },
}

/// The algorithm's identifier, and the public half if it is of a kind that can be compared.
type Found<'a> = (&'a [u8], Option<Public<'a>>);

/// From a `PrivateKeyInfo`.
fn of_key(der: &[u8]) -> Result<Found<'_>, Error> {
    let (algorithm, key) = private_key::fields(der)?;
    let public = if algorithm.is(RSA) {
        let mut fields = inside(key.content)?;
        fields.expect(Tag::INTEGER, PART)?;
        Some(rsa(&mut fields)?)
    } else if algorithm.is(EC) {
        ec_point(key.content)?.map(|point| Public::Ec { point })
    } else {
        None
    };
    Ok((algorithm.oid(), public))
}

/// From a `SubjectPublicKeyInfo` (RFC 5280, section 4.1).
fn of_certificate(der: &[u8]) -> Result<Found<'_>, Error> {
    let mut fields = inside(der)?;
    let algorithm = Algorithm::read(&mut fields)?;
    let key = bits(&fields.expect(Tag::BIT_STRING, PART)?);
    let public = if algorithm.is(RSA) {
        Some(rsa(&mut inside(key)?)?)
    } else if algorithm.is(EC) {
        Some(Public::Ec { point: key })
    } else {
        None
    };
    Ok((algorithm.oid(), public))
}

/// Modulus and public exponent: the whole of an `RSAPublicKey`, the second and third field of an `RSAPrivateKey`.
fn rsa<'a>(fields: &mut Reader<'a>) -> Result<Public<'a>, Error> {
    let (modulus, exponent) = (fields.expect(Tag::INTEGER, PART)?, fields.expect(Tag::INTEGER, PART)?);
    Ok(Public::Rsa { modulus: modulus.content, exponent: exponent.content })
}

/// `ECPrivateKey ::= SEQUENCE { version, privateKey, [0] parameters OPTIONAL, [1] publicKey OPTIONAL }` (RFC 5915)
fn ec_point(der: &[u8]) -> Result<Option<&[u8]>, Error> {
    let mut fields = inside(der)?;
    fields.expect(Tag::INTEGER, PART)?;
    fields.expect(Tag::OCTET_STRING, PART)?;
    fields.optional(Tag::CONTEXT_0)?;
    let Some(public) = fields.optional(Tag::CONTEXT_1)? else { return Ok(None) };
    Ok(Some(bits(&public.children().expect(Tag::BIT_STRING, PART)?)))
}

/// The fields of a `SEQUENCE`.
fn inside(der: &[u8]) -> Result<Reader<'_>, Error> {
    Ok(Reader::new(der, None).expect(Tag::SEQUENCE, PART)?.children())
}

/// The bytes of a `BIT STRING`, after the number of bits that are not used.
fn bits<'a>(element: &Element<'a>) -> &'a [u8] {
    element.content.split_first().map_or(&[], |(_, bits)| bits)
}

const PART: Part = Part::PrivateKeyInfo;
