//! The password-encrypted envelope in which PKCS#12 seals private and secret keys.

use crate::Password;
use crate::asn1::Envelope;
use crate::budget::Budget;
use crate::error::Error;
use crate::pkcs12::crypto::encoded_password::{EmptyPasswordEncoding, EncodedPassword};
use crate::pkcs12::crypto::pbe::Scheme;
use crate::private_key::is_key;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

pub(in crate::pkcs12) fn scheme(ber: &[u8]) -> Result<Scheme, Error> {
    Scheme::of(&Envelope::read(ber)?.algorithm)
}

pub(crate) fn open(
    envelope: &Envelope<'_>,
    password: &Password,
    budget: &mut Budget<'_>,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let scheme = Scheme::of(&envelope.algorithm)?;
    scheme.count(budget)?;
    if password.is_empty() {
        // An empty password has two encodings.
        scheme.count(budget)?;
    }
    scheme.decrypt(password, &envelope.encrypted, is_key).map(|(plain, _)| plain)
}

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
