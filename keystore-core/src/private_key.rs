//! An unencrypted private key.

use crate::encrypted_key::Algorithm;
use crate::error::Error;
use der::{Decode, Reader, SliceReader, asn1::AnyRef};
use rustls_pki_types::PrivatePkcs8KeyDer;
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A private key that was opened: PKCS#8 in DER, wiped on drop, without `Clone` or `Eq`, elided by `Debug`.
pub struct PrivateKey(Zeroizing<Vec<u8>>);

impl PrivateKey {
    /// The key as `PrivateKeyInfo` (RFC 5208) or `OneAsymmetricKey` (RFC 5958), borrowed; it is a secret.
    pub fn secret_pkcs8(&self) -> PrivatePkcs8KeyDer<'_> {
        PrivatePkcs8KeyDer::from(self.0.as_slice())
    }

    /// Copies what is unencrypted in a file. Nothing is checked.
    pub(crate) fn plaintext(der: &[u8]) -> Self {
        Self(Zeroizing::new(der.to_vec()))
    }

    /// Takes over what a decryption gave.
    ///
    /// # Errors
    /// `WrongPasswordOrTampered` if it is not a PKCS#8 key: a decryption with the wrong key gives noise.
    pub(crate) fn decrypted(der: Zeroizing<Vec<u8>>) -> Result<Self, Error> {
        if is_pkcs8(&der) { Ok(Self(der)) } else { Err(Error::wrong_password()) }
    }
}

impl PrivateKey {
    /// Whether both are the same bytes, found out in constant time for keys of one length.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(elided)")
    }
}

/// Whether these bytes are one `PrivateKeyInfo ::= SEQUENCE { INTEGER, AlgorithmIdentifier, OCTET STRING, ... }`.
pub(crate) fn is_pkcs8(der: &[u8]) -> bool {
    fn fields(der: &[u8]) -> der::Result<()> {
        let mut outer = SliceReader::new(der)?;
        outer.sequence(|fields| {
            u8::decode(fields)?;
            Algorithm::decode(fields)?;
            <&der::asn1::OctetStringRef>::decode(fields)?;
            rest(fields)
        })?;
        outer.finish()
    }
    fields(der).is_ok()
}

/// Reads over the fields that are left.
pub(crate) fn rest(fields: &mut SliceReader<'_>) -> der::Result<()> {
    while !fields.is_finished() {
        AnyRef::decode(fields)?;
    }
    Ok(())
}
