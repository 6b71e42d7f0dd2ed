//! The protection of private keys in a JCEKS (`com.sun.crypto.provider.KeyProtector`).
//!
//! A key is encrypted with `PBEWithMD5AndTripleDES`, in an `EncryptedPrivateKeyInfo`.

use super::md5_triple_des::Parameters;
use crate::Password;
use crate::asn1::{Envelope, Writer};
use crate::budget::Budget;
use crate::error::Error;
use der::asn1::ObjectIdentifier;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

pub(crate) const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.42.2.19.1");

pub(crate) fn seal(
    key: &[u8],
    password: &Password,
    iterations: u32,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, Error> {
    let parameters = Parameters::draw(iterations, rng);
    let encrypted = parameters.encrypt(key, password)?;
    let algorithm = |writer: &mut Writer| {
        writer.algorithm(OID, |writer| parameters.write(writer));
    };
    Ok(Envelope::write(algorithm, &encrypted))
}

/// Seals a key with a new salt and the iterations of the old `envelope`.
pub(crate) fn reseal(
    envelope: &Envelope<'_>,
    key: &[u8],
    password: &Password,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, Error> {
    seal(key, password, Parameters::read(&mut envelope.algorithm.parameters())?.iterations(), rng)
}

pub(crate) fn open(
    envelope: &Envelope<'_>,
    password: &Password,
    budget: &mut Budget<'_>,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let parameters = Parameters::read(&mut envelope.algorithm.parameters())?;
    parameters.decrypt(&envelope.encrypted, password, budget)
}
