//! The public keys of certificates and requests.

use std::fmt;

use der::Decode as _;
use der::asn1::{AnyRef, ObjectIdentifier};
use pkcs8::{EncodePublicKey as _, PrivateKeyInfoRef, SubjectPublicKeyInfoRef};
use rustls_pki_types::PrivatePkcs8KeyDer;
use sha1::{Digest as _, Sha1};

use crate::error::{CertificatePart, Error, ErrorKind};
use crate::key::KeyPair;
use crate::{import, oid};

/// A public key of any algorithm: the `SubjectPublicKeyInfo` of RFC 5280, section 4.1.2.7.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    der: Vec<u8>,
    /// The value of `subjectPublicKey`, without the count of unused bits.
    bits: Vec<u8>,
    algorithm: KeyAlgorithm,
}

/// A key's algorithm, with the size of an RSA key or the curve of an EC key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// RSA, including a key that may only be used with PSS.
    Rsa {
        /// The length of the modulus, in bits.
        bits: u32,
    },
    /// An EC key (RFC 5480).
    Ec {
        /// The curve.
        curve: Curve,
    },
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// Ed448 (RFC 8410).
    Ed448,
    /// DSA.
    Dsa,
    /// Any other algorithm.
    Other {
        /// The algorithm's object identifier.
        oid: String,
    },
}

/// An elliptic curve for ECDSA.
///
/// `Display` writes OpenSSL's name, such as `prime256v1`. For [`Other`](Self::Other), it writes the object identifier, and
/// for [`Explicit`](Self::Explicit), it writes `explicit`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Curve {
    /// NIST P-256, `prime256v1`, `secp256r1`.
    P256,
    /// NIST P-384, `secp384r1`.
    P384,
    /// NIST P-521, `secp521r1`.
    P521,
    /// NIST P-192, `prime192v1`, `secp192r1`.
    P192,
    /// NIST P-224, `secp224r1`.
    P224,
    /// `secp256k1`.
    Secp256k1,
    /// `brainpoolP256r1` (RFC 5639).
    BrainpoolP256r1,
    /// `brainpoolP384r1` (RFC 5639).
    BrainpoolP384r1,
    /// `brainpoolP512r1` (RFC 5639).
    BrainpoolP512r1,
    /// Another named curve.
    Other {
        /// The curve's object identifier.
        oid: String,
    },
    /// A curve without an object identifier, such as a curve that is given by its parameters.
    Explicit,
}

impl fmt::Display for Curve {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, oid::CURVES.iter().find(|(_, curve, _)| curve == self)) {
            (_, Some((_, _, name))) => formatter.write_str(name),
            (Self::Other { oid }, None) => formatter.write_str(oid),
            (_, None) => formatter.write_str("explicit"),
        }
    }
}

impl PublicKey {
    pub(crate) fn from_spki_der(der: &[u8]) -> Result<Self, Error> {
        let spki = SubjectPublicKeyInfoRef::from_der(der)
            .map_err(|_| Error::malformed_certificate(CertificatePart::PublicKey))?;
        Ok(Self { der: der.to_vec(), bits: spki.subject_public_key.raw_bytes().to_vec(), algorithm: algorithm(&spki)? })
    }

    /// Computes the public half of a private key.
    ///
    /// A key belongs to a certificate if `PublicKey::of(&key)? == *CertificateInfo::read(&certificate)?.public_key()`.
    ///
    /// Supports the keys that [`KeyPair`] supports.
    ///
    /// # Errors
    /// As for [`KeyPair::from_pkcs8`].
    pub fn of(key: &PrivatePkcs8KeyDer<'_>) -> Result<Self, Error> {
        Ok(KeyPair::from_pkcs8(key)?.public_key().clone())
    }

    /// The DER of the `SubjectPublicKeyInfo`.
    pub fn as_spki_der(&self) -> &[u8] {
        &self.der
    }

    /// The key's algorithm.
    pub fn algorithm(&self) -> &KeyAlgorithm {
        &self.algorithm
    }

    /// The SHA-1 of the key (RFC 5280, section 4.2.1.2, method 1).
    ///
    /// keytool and, by default, OpenSSL write this value as the `SubjectKeyIdentifier`.
    pub fn key_identifier(&self) -> [u8; 20] {
        Sha1::digest(&self.bits).into()
    }

    #[cfg(feature = "ec")]
    pub(crate) fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// The key for checking RSA signatures, if the key is for RSA and within the limits.
    ///
    /// The modulus must be odd and have 512 to 16,384 bits. The exponent must be odd and between 3 and 2^33-1. The limits
    /// bound the cost of a check.
    pub(crate) fn rsa(&self) -> Option<rsa::PublicKey> {
        let KeyAlgorithm::Rsa { .. } = self.algorithm else { return None };
        let key = rsa::pkcs1::RsaPublicKeyRef::from_der(&self.bits).ok()?;
        let (modulus, exponent) = (import::number(key.modulus).ok()?, import::number(key.public_exponent).ok()?);
        rsa::PublicKey::new_with_size_limits(modulus, exponent, 512..=16_384).ok()
    }

    pub(crate) fn of_rsa(key: &rsa::PrivateKey) -> Result<Self, Error> {
        let spki = key.to_public_key().to_public_key_der().map_err(|_| Error::internal())?;
        Self::from_spki_der(spki.as_bytes())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({:?})", self.algorithm)
    }
}

impl KeyAlgorithm {
    pub(crate) fn of_private_key(key: &PrivateKeyInfoRef<'_>) -> Result<Self, Error> {
        without_size(&key.algorithm).map_err(|_| Error::new(ErrorKind::MalformedKey))
    }
}

impl fmt::Display for KeyAlgorithm {
    /// A form for messages, such as `RSA of 2048 bits`, `EC on prime256v1` or `Ed25519`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(formatter, "RSA of {bits} bits"),
            Self::Ec { curve: Curve::Explicit } => formatter.write_str("EC on a curve without a name"),
            Self::Ec { curve } => write!(formatter, "EC on {curve}"),
            Self::Ed25519 => formatter.write_str("Ed25519"),
            Self::Ed448 => formatter.write_str("Ed448"),
            Self::Dsa => formatter.write_str("DSA"),
            Self::Other { oid } => write!(formatter, "the algorithm {oid}"),
        }
    }
}

fn algorithm(spki: &SubjectPublicKeyInfoRef<'_>) -> Result<KeyAlgorithm, Error> {
    match spki.algorithm.oid {
        oid::RSA | oid::RSA_PSS => Ok(KeyAlgorithm::Rsa { bits: modulus_bits(spki.subject_public_key.raw_bytes())? }),
        _ => without_size(&spki.algorithm),
    }
}

/// The algorithm that the identifier names.
///
/// RSA is [`KeyAlgorithm::Other`], because the identifier does not contain the key's length.
fn without_size(identifier: &pkcs8::AlgorithmIdentifierRef<'_>) -> Result<KeyAlgorithm, Error> {
    Ok(match identifier.oid {
        oid::EC => KeyAlgorithm::Ec { curve: curve(identifier.parameters)? },
        oid::ED25519 => KeyAlgorithm::Ed25519,
        oid::ED448 => KeyAlgorithm::Ed448,
        oid::DSA => KeyAlgorithm::Dsa,
        other => KeyAlgorithm::Other { oid: other.to_string() },
    })
}

fn modulus_bits(key: &[u8]) -> Result<u32, Error> {
    let key = rsa::pkcs1::RsaPublicKeyRef::from_der(key)
        .map_err(|_| Error::malformed_certificate(CertificatePart::PublicKey))?;
    let bytes = key.modulus.as_bytes();
    let leading = bytes.first().map_or(0, |byte| byte.leading_zeros());
    let length = u32::try_from(bytes.len()).map_err(|_| Error::malformed_certificate(CertificatePart::PublicKey))?;
    Ok(length.saturating_mul(8).saturating_sub(leading))
}

fn curve(parameters: Option<AnyRef<'_>>) -> Result<Curve, Error> {
    let Some(parameters) = parameters else { return Err(Error::malformed_certificate(CertificatePart::PublicKey)) };
    // Whatever is not an object identifier counts as the parameters of a curve.
    let Ok(oid) = parameters.decode_as::<ObjectIdentifier>() else { return Ok(Curve::Explicit) };
    let known = oid::CURVES.iter().find(|(known, ..)| *known == oid);
    Ok(known.map_or_else(|| Curve::Other { oid: oid.to_string() }, |(_, curve, _)| curve.clone()))
}
