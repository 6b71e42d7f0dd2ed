//! JCEKS's protection of private keys: `PBEWithMD5AndTripleDES` in an `EncryptedPrivateKeyInfo`
//! (`com.sun.crypto.provider.KeyProtector`).

use super::md5_triple_des::Parameters;
use crate::encrypted_key::EncryptedPrivateKeyInfo;
use crate::error::{Defect, Error};
use crate::{Limits, Password};
use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Encode};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// The algorithm's identifier, under Sun's private arc.
pub(crate) const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.42.2.19.1");

/// Seals a key, giving an `EncryptedPrivateKeyInfo`.
pub(crate) fn seal(
    key: &[u8],
    password: &Password,
    iterations: u32,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, Error> {
    let parameters = Parameters::draw(iterations, rng);
    let encrypted = parameters.encrypt(key, password)?;
    let parameters = parameters.write()?;
    let parameters =
        AnyRef::from_der(&parameters).map_err(|_| Error::internal("parameters that were written are DER"))?;
    EncryptedPrivateKeyInfo::write(OID, parameters, &encrypted)
}

/// Opens what [`seal`] sealed.
pub(crate) fn open(
    parameters: Option<AnyRef<'_>>,
    encrypted: &[u8],
    password: &Password,
    limits: &Limits,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let parameters = parameters.and_then(|parameters| parameters.to_der().ok());
    let parameters = parameters.ok_or_else(|| Error::malformed(Defect::AlgorithmParameters))?;
    Parameters::read(&parameters)?.decrypt(encrypted, password, limits)
}
