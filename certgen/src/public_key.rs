//! Public keys, as certificates hold them.

use std::fmt;

use der::Decode as _;
use der::asn1::{AnyRef, ObjectIdentifier};
use pkcs8::{EncodePublicKey as _, SubjectPublicKeyInfoRef};
use sha1::{Digest as _, Sha1};

use crate::error::{CertificatePart, Error};
use crate::import;

/// A public key of any algorithm: the `SubjectPublicKeyInfo` of RFC 5280, section 4.1.2.7.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    der: Vec<u8>,
    /// The content of the BIT STRING.
    bits: Vec<u8>,
    algorithm: KeyAlgorithm,
}

/// A public key's algorithm, and how strong it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// RSA; also a key that may only be used with PSS.
    Rsa {
        /// Bits of the modulus.
        bits: u32,
    },
    /// An elliptic curve of the NIST family or another one that has a name.
    Ec {
        /// The curve, by the name that OpenSSL gives it, such as `prime256v1`; else its object identifier.
        curve: String,
    },
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// Ed448 (RFC 8410).
    Ed448,
    /// DSA.
    Dsa,
    /// Anything else.
    Other {
        /// The algorithm's object identifier.
        oid: String,
    },
}

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedCertificate`](crate::ErrorKind::MalformedCertificate) with
    /// [`CertificatePart::PublicKey`].
    pub(crate) fn from_spki_der(der: &[u8]) -> Result<Self, Error> {
        let spki = SubjectPublicKeyInfoRef::from_der(der)
            .map_err(|_| Error::malformed_certificate(CertificatePart::PublicKey))?;
        Ok(Self { der: der.to_vec(), bits: spki.subject_public_key.raw_bytes().to_vec(), algorithm: algorithm(&spki)? })
    }

    /// The DER of the `SubjectPublicKeyInfo`.
    pub fn as_spki_der(&self) -> &[u8] {
        &self.der
    }

    /// Which algorithm, and how strong.
    pub fn algorithm(&self) -> &KeyAlgorithm {
        &self.algorithm
    }

    /// SHA-1 over the key's bits: the `SubjectKeyIdentifier` of keytool, OpenSSL and RFC 5280, section 4.2.1.2 (1).
    pub fn key_identifier(&self) -> [u8; 20] {
        Sha1::digest(&self.bits).into()
    }

    /// The content of the BIT STRING.
    #[cfg(feature = "ec")]
    pub(crate) fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// The key for checking RSA signatures, if it is one of 512 to 16,384 bits with an exponent below 2^33: a check
    /// costs no more than milliseconds.
    pub(crate) fn rsa(&self) -> Option<rsa::PublicKey> {
        let KeyAlgorithm::Rsa { .. } = self.algorithm else { return None };
        let key = rsa::pkcs1::RsaPublicKeyRef::from_der(&self.bits).ok()?;
        let (modulus, exponent) = (import::number(key.modulus).ok()?, import::number(key.public_exponent).ok()?);
        rsa::PublicKey::new_with_size_limits(modulus, exponent, 512..=16_384).ok()
    }

    /// The public half of an RSA key that was checked.
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

const RSA_PSS: &str = "1.2.840.113549.1.1.10";
const EC: &str = "1.2.840.10045.2.1";

fn algorithm(spki: &SubjectPublicKeyInfoRef<'_>) -> Result<KeyAlgorithm, Error> {
    Ok(match spki.algorithm.oid.to_string().as_str() {
        import::RSA | RSA_PSS => KeyAlgorithm::Rsa { bits: modulus_bits(spki.subject_public_key.raw_bytes())? },
        EC => KeyAlgorithm::Ec { curve: curve(spki.algorithm.parameters)? },
        "1.3.101.112" => KeyAlgorithm::Ed25519,
        "1.3.101.113" => KeyAlgorithm::Ed448,
        "1.2.840.10040.4.1" => KeyAlgorithm::Dsa,
        oid => KeyAlgorithm::Other { oid: oid.to_owned() },
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

fn curve(parameters: Option<AnyRef<'_>>) -> Result<String, Error> {
    let Some(parameters) = parameters else { return Err(Error::malformed_certificate(CertificatePart::PublicKey)) };
    // Anything but a name spells the curve out.
    let Ok(oid) = parameters.decode_as::<ObjectIdentifier>() else { return Ok("explicit".to_owned()) };
    Ok(match oid.to_string().as_str() {
        "1.2.840.10045.3.1.7" => "prime256v1".to_owned(),
        "1.3.132.0.34" => "secp384r1".to_owned(),
        "1.3.132.0.35" => "secp521r1".to_owned(),
        "1.3.132.0.10" => "secp256k1".to_owned(),
        other => other.to_owned(),
    })
}
