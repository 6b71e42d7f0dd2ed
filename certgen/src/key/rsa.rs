//! RSA keys.

use crypto_bigint::{BitOps as _, BoxedUint, RandomBits as _};
use rand_core::CryptoRng;
use rsa::PrivateKey;
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};

use super::primes::Sieve;
use super::{KeyPair, Secret};
use crate::error::Error;
use crate::public_key::PublicKey;
use crate::signing_algorithm::SigningAlgorithm;

const EXPONENT: u64 = 65_537;

/// About one draw in 30,000 gives primes that do not suit the exponent.
const MOST_DRAWS: usize = 16;

/// Generates a key as `rsa::PrivateKey::new` does, but with the larger prime first.
///
/// Both starts are drawn before the searches, because only the start of a search is random. With the feature
/// `parallel`, the searches run in parallel.
pub(super) fn generate(bits: u32, rng: &mut (impl CryptoRng + ?Sized)) -> Result<KeyPair, Error> {
    let sieve = Sieve::new(bits / 2);
    for _ in 0..MOST_DRAWS {
        let starts = [start(bits / 2, rng)?, start(bits / 2, rng)?];
        let [Some(first), Some(second)] = both(starts, |start| sieve.next_prime(start)) else { continue };
        let primes = if first < second { vec![second, first] } else { vec![first, second] };
        if let Ok(key) = PrivateKey::from_primes(primes, BoxedUint::from(EXPONENT)) {
            return pair(key);
        }
    }
    Err(Error::internal())
}

/// A random odd number whose two highest bits are set.
///
/// The product of two such numbers has full length.
fn start(bits: u32, rng: &mut (impl CryptoRng + ?Sized)) -> Result<BoxedUint, Error> {
    let mut start = BoxedUint::try_random_bits(rng, bits).map_err(|_| Error::internal())?;
    for bit in [0, bits - 1, bits - 2] {
        start.set_bit_vartime(bit, true);
    }
    Ok(start)
}

#[cfg(feature = "parallel")]
fn both<T: Send, U: Send>([first, second]: [T; 2], work: impl Fn(T) -> U + Sync) -> [U; 2] {
    rayon::join(|| work(first), || work(second)).into()
}

#[cfg(not(feature = "parallel"))]
fn both<T, U>(inputs: [T; 2], work: impl Fn(T) -> U) -> [U; 2] {
    inputs.map(work)
}

pub(super) fn from_checked(key: PrivateKey) -> Result<KeyPair, Error> {
    pair(larger_prime_first(key)?)
}

fn pair(key: PrivateKey) -> Result<KeyPair, Error> {
    let pkcs8 = key.to_pkcs8_der().map_err(|_| Error::internal())?;
    let public_key = PublicKey::of_rsa(&key)?;
    Ok(KeyPair::new(Secret::Rsa(Box::new(key)), pkcs8.as_bytes(), public_key))
}

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
