//! Signers: a key in memory, or a key that never leaves its device.

use std::fmt;

use rand_core::CryptoRng;

use crate::error::{Error, ErrorKind};
use crate::public_key::PublicKey;
use crate::signing_algorithm::SigningAlgorithm;
use crate::verify::{Check, Signed};

/// A private key that signs certificates and requests.
///
/// The key is a [`KeyPair`](crate::KeyPair), or is held elsewhere, for example in a hardware security module.
///
/// Every signature is checked with the public key before it is used.
///
/// ```
/// use certgen::rand_core::CryptoRng;
/// use certgen::{Error, PublicKey, Signer, SigningAlgorithm};
///
/// #[derive(Debug)]
/// struct Module { public_key: PublicKey }
///
/// impl Signer for Module {
///     fn public_key(&self) -> &PublicKey {
///         &self.public_key
///     }
///
///     fn sign(&self, _: SigningAlgorithm, _: &[u8], _: &mut dyn CryptoRng) -> Result<Vec<u8>, Error> {
///         Err(Error::signer("the module is not plugged in"))
///     }
/// }
/// ```
pub trait Signer: fmt::Debug + Send + Sync {
    /// The public half of the key.
    fn public_key(&self) -> &PublicKey;

    /// Signs `message`, which is not yet digested.
    ///
    /// An RSA signature has the length of the modulus, an ECDSA signature is the DER of `Ecdsa-Sig-Value` (RFC 3279, section
    /// 2.2.3), and an Ed25519 signature has 64 bytes. A device may ignore `rng`.
    ///
    /// # Errors
    /// [`ErrorKind::UnsuitableAlgorithm`] if the key cannot sign with `algorithm`; [`Error::signer`] with a device's
    /// own error.
    fn sign(&self, algorithm: SigningAlgorithm, message: &[u8], rng: &mut dyn CryptoRng) -> Result<Vec<u8>, Error>;
}

pub(crate) fn sign(
    signer: &dyn Signer,
    algorithm: SigningAlgorithm,
    message: &[u8],
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, Error> {
    let mut rng = rng;
    let signature = signer.sign(algorithm, message, &mut rng)?;
    let checked = Signed { scheme: Some(algorithm.scheme()), message, signature: &signature };
    match checked.check(signer.public_key()) {
        Check::Good => Ok(signature),
        _ => Err(Error::new(ErrorKind::WrongSignature { key: signer.public_key().algorithm().clone() })),
    }
}

pub(crate) fn algorithm(signer: &dyn Signer, asked: Option<SigningAlgorithm>) -> Result<SigningAlgorithm, Error> {
    let key = signer.public_key().algorithm();
    let algorithm = asked.or_else(|| SigningAlgorithm::of_key(key));
    algorithm.ok_or_else(|| Error::new(ErrorKind::UnsupportedKey { algorithm: key.clone() }))
}
