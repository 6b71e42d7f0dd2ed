//! Keys on elliptic curves: ECDSA (FIPS 186-5) and Ed25519 (RFC 8032).

use ed25519_dalek::Signer as _;
use ed25519_dalek::pkcs8::KeypairBytes;
use p256::ecdsa::signature::hazmat::RandomizedPrehashSigner as _;
use p256::elliptic_curve::{CurveArithmetic, Generate as _, PublicKey as Point, SecretKey};
use pkcs8::{EncodePrivateKey, EncodePublicKey, PrivateKeyInfoRef};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{KeyKind, KeyPair};
use crate::error::{Error, ErrorKind};
use crate::public_key::{Curve, KeyAlgorithm, PublicKey};
use crate::signing_algorithm::SigningAlgorithm;

pub(super) enum Secret {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
}

pub(super) fn generate(kind: KeyKind, rng: &mut (impl CryptoRng + ?Sized)) -> Result<KeyPair, Error> {
    match kind {
        KeyKind::EcP256 => pair(&p256::SecretKey::generate_from_rng(rng), |key| Secret::P256(key.into())),
        KeyKind::EcP384 => pair(&p384::SecretKey::generate_from_rng(rng), |key| Secret::P384(key.into())),
        KeyKind::Ed25519 => {
            let mut seed = Zeroizing::new([0; 32]);
            rng.fill_bytes(&mut *seed);
            ed25519(&ed25519_dalek::SigningKey::from_bytes(&seed))
        }
        KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => Err(Error::internal()),
    }
}

pub(super) fn import(info: &PrivateKeyInfoRef<'_>) -> Result<KeyPair, Error> {
    let malformed = |_| Error::new(ErrorKind::MalformedKey);
    match KeyAlgorithm::of_private_key(info)? {
        KeyAlgorithm::Ec { curve: Curve::P256 } => {
            pair(&p256::SecretKey::try_from(info.clone()).map_err(malformed)?, |key| Secret::P256(key.into()))
        }
        KeyAlgorithm::Ec { curve: Curve::P384 } => {
            pair(&p384::SecretKey::try_from(info.clone()).map_err(malformed)?, |key| Secret::P384(key.into()))
        }
        KeyAlgorithm::Ec { curve: Curve::P521 } => {
            pair(&p521::SecretKey::try_from(info.clone()).map_err(malformed)?, |key| Secret::P521(key.into()))
        }
        KeyAlgorithm::Ed25519 => ed25519(&ed25519_dalek::SigningKey::try_from(info.clone()).map_err(malformed)?),
        algorithm => Err(Error::new(ErrorKind::UnsupportedKey { algorithm })),
    }
}

impl Secret {
    /// Signs a message; `None` if the algorithm does not suit this key.
    pub(super) fn sign(
        &self,
        algorithm: SigningAlgorithm,
        message: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Option<Vec<u8>>, Error> {
        if let (Self::Ed25519(key), SigningAlgorithm::Ed25519) = (self, algorithm) {
            return Ok(Some(key.sign(message).to_vec()));
        }
        let Some(digest) = algorithm.ecdsa(message) else { return Ok(None) };
        let signature = match self {
            Self::P256(key) => key
                .sign_prehash_with_rng(rng, &digest)
                .map(|signed: p256::ecdsa::DerSignature| signed.as_bytes().to_vec()),
            Self::P384(key) => key
                .sign_prehash_with_rng(rng, &digest)
                .map(|signed: p384::ecdsa::DerSignature| signed.as_bytes().to_vec()),
            // A digest must have at least half the length of a scalar, and SHA-256 is shorter.
            Self::P521(_) if digest.len() < 48 => return Ok(None),
            Self::P521(key) => key
                .sign_prehash_with_rng(rng, &digest)
                .map(|signed: p521::ecdsa::DerSignature| signed.as_bytes().to_vec()),
            Self::Ed25519(_) => return Ok(None),
        };
        signature.map(Some).map_err(|_| Error::internal())
    }
}

/// Makes a key pair whose PKCS#8 structure names the curve and contains the public half.
fn pair<C>(key: &SecretKey<C>, secret: impl Fn(&SecretKey<C>) -> Secret) -> Result<KeyPair, Error>
where
    C: CurveArithmetic,
    SecretKey<C>: EncodePrivateKey,
    Point<C>: EncodePublicKey,
{
    let pkcs8 = key.to_pkcs8_der().map_err(|_| Error::internal())?;
    Ok(KeyPair::new(super::Secret::Ec(Box::new(secret(key))), pkcs8.as_bytes(), public_half(&key.public_key())?))
}

/// Makes a key pair whose PKCS#8 structure has version 1 and no public half.
///
/// Every Java that supports Ed25519 reads this form.
fn ed25519(key: &ed25519_dalek::SigningKey) -> Result<KeyPair, Error> {
    let bytes = KeypairBytes { secret_key: key.to_bytes(), public_key: None };
    let pkcs8 = bytes.to_pkcs8_der().map_err(|_| Error::internal())?;
    let public_key = public_half(&key.verifying_key())?;
    Ok(KeyPair::new(super::Secret::Ec(Box::new(Secret::Ed25519(key.clone()))), pkcs8.as_bytes(), public_key))
}

fn public_half(key: &impl EncodePublicKey) -> Result<PublicKey, Error> {
    let spki = key.to_public_key_der().map_err(|_| Error::internal())?;
    PublicKey::from_spki_der(spki.as_bytes())
}
