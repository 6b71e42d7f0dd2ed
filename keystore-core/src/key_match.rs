//! Whether a private key and a certificate belong together.

use crate::encrypted_key::Algorithm;
use crate::pkcs12::x509::Names;
use crate::private_key::rest;
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};
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

/// The algorithm, and the public half if it is of a kind that can be compared.
type Found<'a> = (ObjectIdentifier, Option<Public<'a>>);

/// From a `PrivateKeyInfo` (RFC 5208).
fn of_key(der: &[u8]) -> der::Result<Found<'_>> {
    SliceReader::new(der)?.sequence(|fields| {
        u8::decode(fields)?;
        let algorithm = Algorithm::decode(fields)?.oid;
        let key = <&OctetStringRef>::decode(fields)?.as_bytes();
        rest(fields)?;
        let public = match algorithm {
            RSA => SliceReader::new(key)?.sequence(|fields| {
                u8::decode(fields)?;
                let public = rsa(fields);
                rest(fields)?;
                public.map(Some)
            })?,
            EC => ec_point(key)?.map(|point| Public::Ec { point }),
            _ => None,
        };
        Ok((algorithm, public))
    })
}

/// From a `SubjectPublicKeyInfo` (RFC 5280, section 4.1).
fn of_certificate(der: &[u8]) -> der::Result<Found<'_>> {
    SliceReader::new(der)?.sequence(|fields| {
        let algorithm = Algorithm::decode(fields)?.oid;
        let key = BitStringRef::decode(fields)?.raw_bytes();
        let public = match algorithm {
            RSA => Some(SliceReader::new(key)?.sequence(rsa)?),
            EC => Some(Public::Ec { point: key }),
            _ => None,
        };
        Ok((algorithm, public))
    })
}

/// Modulus and public exponent: the whole of an `RSAPublicKey`, the second and third field of an `RSAPrivateKey`.
fn rsa<'a>(fields: &mut SliceReader<'a>) -> der::Result<Public<'a>> {
    let (modulus, exponent) = (AnyRef::decode(fields)?, AnyRef::decode(fields)?);
    Ok(Public::Rsa { modulus: modulus.value(), exponent: exponent.value() })
}

/// `ECPrivateKey ::= SEQUENCE { version, privateKey, [0] parameters OPTIONAL, [1] publicKey OPTIONAL }` (RFC 5915)
fn ec_point(der: &[u8]) -> der::Result<Option<&[u8]>> {
    SliceReader::new(der)?.sequence(|fields| {
        u8::decode(fields)?;
        <&OctetStringRef>::decode(fields)?;
        let mut point = None;
        while !fields.is_finished() {
            let field = AnyRef::decode(fields)?;
            if field.tag() == PUBLIC_KEY {
                point = Some(BitStringRef::from_der(field.value())?.raw_bytes());
            }
        }
        Ok::<_, der::Error>(point)
    })
}

const PUBLIC_KEY: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber(1) };
