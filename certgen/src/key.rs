//! RSA key pairs.

use std::fmt;

use rand_core::CryptoRng;
use rsa::pkcs8::{EncodePrivateKey as _, SecretDocument};
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use crate::error::Error;
use crate::import;
use crate::info::CertificateInfo;
use crate::public_key::PublicKey;
use crate::signing_algorithm::SigningAlgorithm;

/// How long the modulus of a new key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// 2048 bits: keytool's default in JDK 17; 112 bits of security (NIST SP 800-57 Part 1 Rev. 5, table 2).
    Rsa2048,
    /// 3072 bits: keytool's default in JDK 25; 128 bits of security.
    Rsa3072,
    /// 4096 bits.
    Rsa4096,
}

impl KeyKind {
    /// The length in bits.
    pub(crate) const fn bits(self) -> u32 {
        match self {
            Self::Rsa2048 => 2048,
            Self::Rsa3072 => 3072,
            Self::Rsa4096 => 4096,
        }
    }
}

/// An RSA private key with its public key, for signing.
///
/// Its numbers were checked; its memory is zeroized on drop; it cannot be cloned, compared or printed.
/// The larger prime is written first, since some readers fail on a key where it is not.
/// The primes are drawn independently; no conformity with FIPS 186-5 is claimed.
///
/// ```
/// # use certgen::{KeyKind, KeyPair};
/// let key = KeyPair::generate(KeyKind::Rsa2048, &mut rand::rng())?;
/// assert_eq!(format!("{key:?}"), "KeyPair { bits: 2048, secret: [elided] }");
/// # Ok::<(), certgen::Error>(())
/// ```
pub struct KeyPair {
    key: rsa::PrivateKey,
    pkcs8: SecretDocument,
    public_key: PublicKey,
}

impl KeyPair {
    /// Draws a new key with the public exponent 65537. The same generator in the same state gives the same key.
    ///
    /// It takes as long as it takes to find two primes: about 40 ms for 2048 bits, 400 ms for 4096, and now and then
    /// several times that.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal) if the key cannot be encoded, which does not happen with a
    /// working generator.
    pub fn generate(size: KeyKind, rng: &mut (impl CryptoRng + ?Sized)) -> Result<Self, Error> {
        let bits = usize::try_from(size.bits()).map_err(|_| Error::internal())?;
        let key = rsa::PrivateKey::new(rng, bits).map_err(|_| Error::internal())?;
        Self::from_checked(key)
    }

    /// Takes a key in the PKCS#8 form, as [`secret_pkcs8`](Self::secret_pkcs8) gives it and as keytool and OpenSSL
    /// write it.
    ///
    /// # Errors
    /// Of [`ErrorKind`](crate::ErrorKind): `MalformedKey`, `UnsupportedKey` for anything but RSA, `RefusedKey` for numbers
    /// that do not make a safe RSA key of 1024 to 8192 bits.
    pub fn from_pkcs8(pkcs8: &PrivatePkcs8KeyDer<'_>) -> Result<Self, Error> {
        Self::from_checked(import::rsa_private_key(pkcs8.secret_pkcs8_der())?)
    }

    /// The private key in the PKCS#8 form (RFC 5958), in DER, for a keystore or for PEM.
    pub fn secret_pkcs8(&self) -> PrivatePkcs8KeyDer<'_> {
        PrivatePkcs8KeyDer::from(self.pkcs8.as_bytes())
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        self.public_key.clone()
    }

    /// Whether `certificate` is one for this key.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedCertificate`](crate::ErrorKind::MalformedCertificate).
    pub fn matches(&self, certificate: &CertificateDer<'_>) -> Result<bool, Error> {
        Ok(CertificateInfo::read(certificate)?.public_key() == &self.public_key)
    }

    /// The signature over `message`; `rng` blinds the computation and does not change its result (RFC 8017, 8.2.1).
    pub(crate) fn sign(
        &self,
        algorithm: SigningAlgorithm,
        message: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, Error> {
        let (scheme, digest) = algorithm.scheme(message);
        self.key.sign_with_rng(rng, scheme, &digest).map_err(|_| Error::internal())
    }

    fn from_checked(key: rsa::PrivateKey) -> Result<Self, Error> {
        let key = larger_prime_first(key)?;
        let pkcs8 = key.to_pkcs8_der().map_err(|_| Error::internal())?;
        let public_key = PublicKey::of_rsa(&key)?;
        Ok(Self { key, pkcs8, public_key })
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyPair {{ bits: {}, secret: [elided] }}", self.key.n().bit_width_vartime())
    }
}

fn larger_prime_first(key: rsa::PrivateKey) -> Result<rsa::PrivateKey, Error> {
    let [first, second] = key.primes() else { return Err(Error::internal()) };
    if first >= second {
        return Ok(key);
    }
    let primes = vec![second.as_ref().clone(), first.as_ref().clone()];
    rsa::PrivateKey::from_components(key.n().as_ref().clone(), key.e().clone(), key.d().clone(), primes)
        .map_err(|_| Error::internal())
}
