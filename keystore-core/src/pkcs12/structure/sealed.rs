//! The password-encrypted envelope in which PKCS#12 seals private and secret keys.

use crate::asn1::Envelope;
use crate::budget::Budget;
use crate::error::Error;
use crate::pkcs12::crypto::encoded_password::{EmptyPasswordEncoding, EncodedPassword};
use crate::pkcs12::crypto::pbe::Scheme;
use crate::private_key::is_key;
use crate::{Limits, Password};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// The scheme that seals a key.
///
/// # Errors
/// `UnsupportedAlgorithm`; `Malformed` or `Truncated` if the envelope or the algorithm's parameters are not valid.
pub(in crate::pkcs12) fn scheme(ber: &[u8]) -> Result<Scheme, Error> {
    Scheme::of(&Envelope::read(ber)?.algorithm)
}

/// Opens a key in any known form, within limits.
pub(crate) fn open(envelope: &Envelope<'_>, password: &Password, limits: &Limits) -> Result<Zeroizing<Vec<u8>>, Error> {
    let scheme = Scheme::of(&envelope.algorithm)?;
    scheme.count(&mut Budget::new(limits, Some(password)))?;
    scheme.decrypt(password, &envelope.encrypted, is_key).map(|(plain, _)| plain)
}

/// Seals a key again with the same scheme and cost, and new randomness.
pub(crate) fn reseal(
    envelope: &Envelope<'_>,
    plain: &[u8],
    password: &Password,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, Error> {
    let scheme = Scheme::of(&envelope.algorithm)?.renewed(rng);
    seal(&scheme, plain, &EncodedPassword::new(password, EmptyPasswordEncoding::Terminator))
}

pub(in crate::pkcs12) fn seal(scheme: &Scheme, plain: &[u8], password: &EncodedPassword<'_>) -> Result<Vec<u8>, Error> {
    let encrypted = scheme.encrypt(password, plain)?;
    Ok(Envelope::write(|writer| scheme.write(writer), &encrypted))
}
