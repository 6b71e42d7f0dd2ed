//! An unencrypted private key.

use crate::asn1::{Algorithm, Element, Reader, Tag, is_der};
use crate::error::{Error, Part};
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

/// Whether these bytes are one `PrivateKeyInfo ::= SEQUENCE { INTEGER, AlgorithmIdentifier, OCTET STRING, ... }` in DER.
pub(crate) fn is_pkcs8(der: &[u8]) -> bool {
    fields(der).is_ok() && is_der(der)
}

/// The algorithm of a `PrivateKeyInfo` (RFC 5208) or `OneAsymmetricKey` (RFC 5958), and the key in its own encoding.
pub(crate) fn fields(der: &[u8]) -> Result<(Algorithm<'_>, Element<'_>), Error> {
    const PART: Part = Part::PrivateKeyInfo;
    let mut outer = Reader::new(der, None);
    let mut fields = outer.expect(Tag::SEQUENCE, PART)?.children();
    outer.finish(PART)?;
    fields.expect(Tag::INTEGER, PART)?.unsigned()?;
    let algorithm = Algorithm::read(&mut fields)?;
    let key = fields.expect(Tag::OCTET_STRING, PART)?;
    fields.check()?;
    Ok((algorithm, key))
}
