//! RSA keys.

use rand_core::CryptoRng;
use rsa::PrivateKey;
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};

use super::{KeyPair, Secret};
use crate::error::Error;
use crate::public_key::PublicKey;
use crate::signing_algorithm::SigningAlgorithm;

pub(super) fn generate(bits: usize, rng: &mut (impl CryptoRng + ?Sized)) -> Result<KeyPair, Error> {
    from_checked(PrivateKey::new(rng, bits).map_err(|_| Error::internal())?)
}

pub(super) fn from_checked(key: PrivateKey) -> Result<KeyPair, Error> {
    let key = larger_prime_first(key)?;
    let pkcs8 = key.to_pkcs8_der().map_err(|_| Error::internal())?;
    let public_key = PublicKey::of_rsa(&key)?;
    Ok(KeyPair::new(Secret::Rsa(Box::new(key)), pkcs8.as_bytes(), public_key))
}

/// The signature, if the algorithm is one of RSA.
pub(super) fn sign(
    key: &PrivateKey,
    algorithm: SigningAlgorithm,
    message: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Option<Vec<u8>>, Error> {
    let Some((scheme, digest)) = algorithm.rsa(message) else { return Ok(None) };
    key.sign_with_rng(rng, scheme, &digest).map(Some).map_err(|_| Error::internal())
}

fn larger_prime_first(key: PrivateKey) -> Result<PrivateKey, Error> {
    let [first, second] = key.primes() else { return Err(Error::internal()) };
    if first >= second {
        return Ok(key);
    }
    let primes = vec![second.as_ref().clone(), first.as_ref().clone()];
    PrivateKey::from_components(key.n().as_ref().clone(), key.e().clone(), key.d().clone(), primes)
        .map_err(|_| Error::internal())
}
