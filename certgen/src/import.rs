//! Imports RSA keys, and checks their numbers.

use crypto_primes::{Flavor, is_prime};
use der::asn1::AnyRef;
use der::{Decode as _, Header, Reader as _, SliceReader};
use rsa::BoxedUint;
use rsa::pkcs1::{EncodeRsaPrivateKey as _, RsaPrivateKeyRef, UintRef, Version};
use rsa::pkcs8::PrivateKeyInfoRef;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::asn1;
use crate::error::{Error, ErrorKind, KeyDefect, Position};

pub(crate) fn rsa_private_key(pkcs8: &[u8]) -> Result<rsa::PrivateKey, Error> {
    let info = PrivateKeyInfoRef::from_der(pkcs8).map_err(|error| malformed(&error, Some(0)))?;
    let parts = RsaPrivateKeyRef::from_der(info.private_key.as_bytes())
        .map_err(|error| malformed(&error, key_offset(pkcs8)))?;
    check_size(&parts)?;
    let key = assemble(&parts)?;
    check_crt(&key, &parts)?;
    check_primes(&parts)?;
    Ok(key)
}

/// The error for a malformed key, at the position of `error` plus `start`.
///
/// `start` is the offset of the bytes that `der` read. Without `start`, the result has no position.
pub(crate) fn malformed(error: &der::Error, start: Option<usize>) -> Error {
    let Some(start) = start else { return Error::new(ErrorKind::MalformedKey) };
    let offset = error.position().and_then(asn1::offset).unwrap_or(0);
    Error::at(ErrorKind::MalformedKey, Position::Byte(start + offset))
}

/// The offset at which the content of `privateKey` begins.
fn key_offset(pkcs8: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(pkcs8).ok()?;
    Header::decode(&mut reader).ok()?;
    AnyRef::decode(&mut reader).ok()?;
    AnyRef::decode(&mut reader).ok()?;
    Header::decode(&mut reader).ok()?;
    asn1::offset(reader.position())
}

/// Checks the lengths of the operands, which limit the cost of the arithmetic that follows.
fn check_size(parts: &RsaPrivateKeyRef<'_>) -> Result<(), Error> {
    if parts.version() != Version::TwoPrime {
        return Err(Error::refused_key(KeyDefect::MultiPrime));
    }
    let bits = bit_length(parts.modulus);
    if !(1024..=8192).contains(&bits) {
        return Err(Error::refused_key(KeyDefect::ModulusSize { bits }));
    }
    let odd = parts.public_exponent.as_bytes().last().is_some_and(|byte| byte & 1 == 1);
    if !odd || !(2..=33).contains(&bit_length(parts.public_exponent)) {
        return Err(Error::refused_key(KeyDefect::PublicExponent));
    }
    if bit_length(parts.private_exponent) > bits {
        return Err(Error::refused_key(KeyDefect::PrivateExponent));
    }
    if [parts.prime1, parts.prime2].into_iter().any(|prime| bit_length(prime) > bits.div_ceil(2)) {
        return Err(Error::refused_key(KeyDefect::Prime));
    }
    Ok(())
}

fn assemble(parts: &RsaPrivateKeyRef<'_>) -> Result<rsa::PrivateKey, Error> {
    let primes = vec![number(parts.prime1)?, number(parts.prime2)?];
    rsa::PrivateKey::from_components(
        number(parts.modulus)?,
        number(parts.public_exponent)?,
        number(parts.private_exponent)?,
        primes,
    )
    .map_err(|error| Error::refused_key(defect(&error)))
}

fn defect(error: &rsa::Error) -> KeyDefect {
    match error {
        rsa::Error::PublicExponentTooSmall | rsa::Error::PublicExponentTooLarge => KeyDefect::PublicExponent,
        rsa::Error::InvalidExponent => KeyDefect::PrivateExponent,
        rsa::Error::InvalidPrime => KeyDefect::Prime,
        rsa::Error::InvalidCoefficient => KeyDefect::Crt,
        _ => KeyDefect::Modulus,
    }
}

/// Compares the CRT values with recomputed ones.
///
/// Only the recomputed values are used, but wrong values show that the key is damaged or malicious.
fn check_crt(key: &rsa::PrivateKey, parts: &RsaPrivateKeyRef<'_>) -> Result<(), Error> {
    let computed = key.to_pkcs1_der().map_err(|_| Error::refused_key(KeyDefect::Crt))?;
    let computed = RsaPrivateKeyRef::from_der(computed.as_bytes()).map_err(|_| Error::refused_key(KeyDefect::Crt))?;
    let same = |one: UintRef<'_>, other: UintRef<'_>| one.as_bytes().ct_eq(other.as_bytes());
    let all = same(computed.exponent1, parts.exponent1)
        & same(computed.exponent2, parts.exponent2)
        & same(computed.coefficient, parts.coefficient);
    if all.into() { Ok(()) } else { Err(Error::refused_key(KeyDefect::Crt)) }
}

fn check_primes(parts: &RsaPrivateKeyRef<'_>) -> Result<(), Error> {
    for prime in [parts.prime1, parts.prime2] {
        let prime = Zeroizing::new(number(prime)?);
        if !is_prime(Flavor::Any, &*prime) {
            return Err(Error::refused_key(KeyDefect::Prime));
        }
    }
    Ok(())
}

fn bit_length(number: UintRef<'_>) -> u32 {
    let bytes = number.as_bytes();
    let leading = bytes.first().map_or(0, |byte| byte.leading_zeros());
    u32::try_from(bytes.len()).map_or(u32::MAX, |bytes| bytes.saturating_mul(8).saturating_sub(leading))
}

pub(crate) fn number(number: UintRef<'_>) -> Result<BoxedUint, Error> {
    let bits =
        u32::try_from(number.as_bytes().len()).map_err(|_| Error::new(ErrorKind::MalformedKey))?.saturating_mul(8);
    BoxedUint::from_be_slice(number.as_bytes(), bits).map_err(|_| Error::new(ErrorKind::MalformedKey))
}
