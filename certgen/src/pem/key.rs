//! Private keys in PKCS#8, PKCS#1 and SEC1.

use std::fmt;

use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

use super::block::{self, Block};
use super::{EC_PRIVATE_KEY, ENCRYPTED_PRIVATE_KEY, PRIVATE_KEY, RSA_PRIVATE_KEY, nothing};
use crate::element::Element;
use crate::error::{Error, ErrorKind, PemDefect};
use crate::{asn1, oid};

/// A private key of any algorithm, in PKCS#8.
///
/// The key is zeroized on drop, and `Debug` omits it. To sign, use a [`KeyPair`](crate::KeyPair), which supports fewer
/// algorithms.
pub struct PrivateKey(Zeroizing<Vec<u8>>);

impl PrivateKey {
    /// Converts a key from PKCS#1 or SEC1 to PKCS#8. A key in PKCS#8 is kept as it is.
    ///
    /// # Errors
    /// For SEC1, [`ErrorKind::MalformedKey`], and [`ErrorKind::NoCurve`] if the key does not name its curve.
    pub fn from_der(key: &PrivateKeyDer<'_>) -> Result<Self, Error> {
        match key {
            PrivateKeyDer::Pkcs1(key) => Ok(Self(pkcs8_of_pkcs1(key.secret_pkcs1_der()))),
            PrivateKeyDer::Sec1(key) => pkcs8_of_sec1(key.secret_sec1_der()).map(Self),
            other => Ok(Self(Zeroizing::new(other.secret_der().to_vec()))),
        }
    }

    /// The DER of the key, in PKCS#8.
    pub fn secret_pkcs8(&self) -> PrivatePkcs8KeyDer<'_> {
        PrivatePkcs8KeyDer::from(self.0.as_slice())
    }

    #[cfg(feature = "encrypted-keys")]
    pub(super) fn new(der: Zeroizing<Vec<u8>>) -> Self {
        Self(der)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PrivateKey([elided])")
    }
}

/// Reads the only private key of a PEM text, which must not be encrypted.
///
/// Blocks of other kinds are skipped.
///
/// Supports `PRIVATE KEY` (PKCS#8), `RSA PRIVATE KEY` (PKCS#1, which `openssl genrsa` of OpenSSL 1 writes) and
/// `EC PRIVATE KEY` (SEC1, which `openssl ecparam -genkey` writes).
///
/// # Errors
/// [`ErrorKind::MalformedPem`] with the line, also for a key in OpenSSL's old encryption and for a second key;
/// [`ErrorKind::EncryptedKey`] for an `ENCRYPTED PRIVATE KEY`; [`ErrorKind::NothingInPem`] if there is no private key;
/// otherwise as for [`PrivateKey::from_der`].
pub fn decode_private_key(text: &[u8]) -> Result<PrivateKey, Error> {
    let blocks = block::read(text)?;
    let block = single_private_key(&blocks)?.ok_or_else(|| nothing(PRIVATE_KEY, &blocks))?;
    let der = || block.decode();
    match block.label() {
        ENCRYPTED_PRIVATE_KEY => Err(Error::new(ErrorKind::EncryptedKey)),
        RSA_PRIVATE_KEY => Ok(PrivateKey(pkcs8_of_pkcs1(&der()?))),
        EC_PRIVATE_KEY => Ok(PrivateKey(pkcs8_of_sec1(&der()?)?)),
        _ => Ok(PrivateKey(der()?)),
    }
}

pub(super) fn single_private_key<'a, 'b>(blocks: &'a [Block<'b>]) -> Result<Option<&'a Block<'b>>, Error> {
    let labels = [PRIVATE_KEY, RSA_PRIVATE_KEY, EC_PRIVATE_KEY, ENCRYPTED_PRIVATE_KEY];
    let mut keys = blocks.iter().filter(|block| labels.contains(&block.label()));
    match (keys.next(), keys.next()) {
        (_, Some(second)) => Err(second.malformed(PemDefect::SeveralKeys)),
        (first, None) => Ok(first),
    }
}

/// Encodes a PKCS#1 key as a `PrivateKeyInfo` with rsaEncryption (RFC 8017, appendix A.1).
fn pkcs8_of_pkcs1(key: &[u8]) -> Zeroizing<Vec<u8>> {
    pkcs8(&[asn1::object_identifier(&oid::RSA), asn1::tlv(asn1::NULL, &[])], key)
}

/// Encodes an `ECPrivateKey` (RFC 5915, section 3) as a `PrivateKeyInfo`, as OpenSSL does.
///
/// The curve's name moves from the key's `parameters` to the algorithm.
///
/// ```text
/// ECPrivateKey ::= SEQUENCE {
///   version        INTEGER { ecPrivkeyVer1(1) } (ecPrivkeyVer1),
///   privateKey     OCTET STRING,
///   parameters [0] ECParameters {{ NamedCurve }} OPTIONAL,
///   publicKey  [1] BIT STRING OPTIONAL }
/// ```
fn pkcs8_of_sec1(key: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let fields = Element::outermost(key).ok().and_then(|outer| outer.sequence());
    let fields = fields.ok_or_else(|| Error::new(ErrorKind::MalformedKey))?;
    let (parameters, others): (Vec<_>, Vec<_>) = fields.into_iter().partition(|field| field.is_numbered(0));
    let curve = parameters.first().and_then(|field| field.numbered(0)?.first()?.oid());
    let curve = curve.ok_or_else(|| Error::new(ErrorKind::NoCurve))?;
    // A buffer that grows would leave copies of the key in memory.
    let mut content = Zeroizing::new(Vec::with_capacity(others.iter().map(|field| field.der().len()).sum()));
    for field in &others {
        content.extend_from_slice(field.der());
    }
    let key = Zeroizing::new(asn1::tlv(asn1::SEQUENCE, &content));
    Ok(pkcs8(&[asn1::object_identifier(&oid::EC), asn1::object_identifier(&curve)], &key))
}

/// Encodes a `PrivateKeyInfo` (RFC 5958, section 2).
///
/// `algorithm` consists of an object identifier and parameters, in DER. `key` has the algorithm's own form.
fn pkcs8(algorithm: &[Vec<u8>], key: &[u8]) -> Zeroizing<Vec<u8>> {
    let key = Zeroizing::new(asn1::tlv(asn1::OCTET_STRING, key));
    let fields = Zeroizing::new([asn1::unsigned(0).as_slice(), &asn1::sequence(algorithm), &key].concat());
    Zeroizing::new(asn1::tlv(asn1::SEQUENCE, &fields))
}
