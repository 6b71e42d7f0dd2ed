//! Key pairs.

#[cfg(feature = "ec")]
mod ec;
mod primes;
mod rsa;

use std::fmt;

use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Decode as _;
use rand_core::CryptoRng;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};
use crate::info::CertificateInfo;
use crate::public_key::{KeyAlgorithm, PublicKey};
use crate::signer::Signer;
use crate::signing_algorithm::SigningAlgorithm;
use crate::{import, oid};

/// The algorithm and the size of a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// RSA, 2048 bits: keytool's default in JDK 17; 112 bits of security (NIST SP 800-57 Part 1).
    Rsa2048,
    /// RSA, 3072 bits: keytool's default in JDK 25; 128 bits of security.
    Rsa3072,
    /// RSA, 4096 bits.
    Rsa4096,
    /// ECDSA on NIST P-256; 128 bits of security.
    #[cfg(feature = "ec")]
    EcP256,
    /// ECDSA on NIST P-384; 192 bits of security.
    #[cfg(feature = "ec")]
    EcP384,
    /// Ed25519 (RFC 8032). Java reads such keys from JDK 15 on; Cassandra's PEM reader does not.
    #[cfg(feature = "ec")]
    Ed25519,
}

#[cfg(feature = "ec")]
impl KeyKind {
    /// The default of `keytool -genkeypair -keyalg EC` in JDK 17: P-256.
    ///
    /// With this key, keytool signs the certificate with `SHA256withECDSA`.
    pub const KEYTOOL_17_EC: Self = Self::EcP256;
    /// The default of `keytool -genkeypair -keyalg EC` in JDK 25: P-384.
    ///
    /// With this key, keytool signs the certificate with `SHA384withECDSA`.
    pub const KEYTOOL_25_EC: Self = Self::EcP384;
}

/// A private key and its public key, for signing.
///
/// The key is for RSA or, with the feature `ec`, for ECDSA on P-256, P-384 or P-521, or for Ed25519.
///
/// The private key is zeroized on drop, and `Debug` omits it. The primes of an RSA key are drawn independently, and no
/// conformity with FIPS 186-5 is claimed. In PKCS#8, the larger prime of an RSA key comes first, and an ECDSA key
/// includes its public half. Java omits the public half, but ring, one of rustls's providers, requires it.
///
/// ```
/// # use certgen::{KeyKind, KeyPair};
/// let key = KeyPair::generate(KeyKind::Rsa2048, &mut rand::rng())?;
/// assert_eq!(format!("{key:?}"), "KeyPair { algorithm: RSA of 2048 bits, secret: [elided] }");
/// # Ok::<(), certgen::Error>(())
/// ```
pub struct KeyPair {
    secret: Secret,
    pkcs8: Zeroizing<Vec<u8>>,
    public_key: PublicKey,
}

enum Secret {
    Rsa(Box<::rsa::PrivateKey>),
    #[cfg(feature = "ec")]
    Ec(Box<ec::Secret>),
}

impl KeyPair {
    /// Draws a new key.
    ///
    /// RSA keys have the public exponent 65537. The same generator in the same state gives the same key.
    ///
    /// An RSA key takes about 40 ms for 2048 bits and 400 ms for 4096, and occasionally several times as long. Other keys
    /// take about a millisecond.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] if no key can be made, which does not happen with a working generator.
    pub fn generate(kind: KeyKind, rng: &mut (impl CryptoRng + ?Sized)) -> Result<Self, Error> {
        match kind {
            KeyKind::Rsa2048 => rsa::generate(2048, rng),
            KeyKind::Rsa3072 => rsa::generate(3072, rng),
            KeyKind::Rsa4096 => rsa::generate(4096, rng),
            #[cfg(feature = "ec")]
            KeyKind::EcP256 | KeyKind::EcP384 | KeyKind::Ed25519 => ec::generate(kind, rng),
        }
    }

    /// Reads a key in PKCS#8, as keytool and OpenSSL write it.
    ///
    /// [`pem::PrivateKey`](crate::pem::PrivateKey) reads other forms too.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedKey`]; [`ErrorKind::UnsupportedKey`] for an unsupported algorithm or curve;
    /// [`ErrorKind::RefusedKey`] for numbers that do not make a safe RSA key of 1024 to 8192 bits.
    pub fn from_pkcs8(pkcs8: &PrivatePkcs8KeyDer<'_>) -> Result<Self, Error> {
        let der = pkcs8.secret_pkcs8_der();
        let info = PrivateKeyInfoRef::from_der(der).map_err(|error| import::malformed(&error, Some(0)))?;
        match info.algorithm.oid {
            oid::RSA => rsa::from_checked(import::rsa_private_key(der)?),
            #[cfg(feature = "ec")]
            oid::EC | oid::ED25519 => ec::import(&info),
            _ => Err(Error::new(ErrorKind::UnsupportedKey { algorithm: KeyAlgorithm::of_private_key(&info)? })),
        }
    }

    /// The private key in PKCS#8 (RFC 5958), in DER, for a keystore or for PEM.
    pub fn secret_pkcs8(&self) -> PrivatePkcs8KeyDer<'_> {
        PrivatePkcs8KeyDer::from(self.pkcs8.as_slice())
    }

    /// The public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Whether `certificate` is for this key.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedCertificate`].
    pub fn matches(&self, certificate: &CertificateDer<'_>) -> Result<bool, Error> {
        Ok(CertificateInfo::read(certificate)?.public_key() == &self.public_key)
    }

    fn new(secret: Secret, pkcs8: &[u8], public_key: PublicKey) -> Self {
        Self { secret, pkcs8: Zeroizing::new(pkcs8.to_vec()), public_key }
    }
}

impl Signer for KeyPair {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Uses `rng` for RSA and ECDSA, but not for Ed25519.
    ///
    /// For RSA, `rng` blinds the computation, which does not change the signature. For ECDSA, `rng` contributes to the
    /// nonce, which also depends on the key and the message (RFC 6979, section 3.6), so a weak generator does not reveal
    /// the key.
    fn sign(&self, algorithm: SigningAlgorithm, message: &[u8], rng: &mut dyn CryptoRng) -> Result<Vec<u8>, Error> {
        let signature = match &self.secret {
            Secret::Rsa(key) => rsa::sign(key, algorithm, message, rng)?,
            #[cfg(feature = "ec")]
            Secret::Ec(key) => key.sign(algorithm, message, rng)?,
        };
        signature.ok_or_else(|| {
            let key = self.public_key.algorithm().clone();
            Error::new(ErrorKind::UnsuitableAlgorithm { algorithm, key })
        })
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyPair {{ algorithm: {}, secret: [elided] }}", self.public_key.algorithm())
    }
}
