//! Private keys from PEM.

use std::fmt;

use rustls_pki_types::PrivatePkcs8KeyDer;
use zeroize::Zeroizing;

use super::block::{self, Block};
use super::{ENCRYPTED_PRIVATE_KEY, PRIVATE_KEY, RSA_PRIVATE_KEY};
use crate::asn1;
use crate::error::{Error, ErrorKind, PemDefect};

/// A private key of any algorithm in the PKCS#8 form, as it was read: zeroized on drop, elided by `Debug`.
///
/// What can be signed with is an [`KeyPair`](crate::KeyPair); keys of other algorithms can be put into stores.
pub struct PrivateKey(Zeroizing<Vec<u8>>);

impl PrivateKey {
    /// The key's DER, borrowed.
    pub fn secret_pkcs8(&self) -> PrivatePkcs8KeyDer<'_> {
        PrivatePkcs8KeyDer::from(self.0.as_slice())
    }

    #[cfg(feature = "encrypted-keys")]
    pub(super) fn new(der: Zeroizing<Vec<u8>>) -> Self {
        Self(der)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PrivateKey([elided])")
    }
}

/// The one private key of a PEM text, not encrypted; certificates are skipped.
///
/// It takes `PRIVATE KEY` (PKCS#8) and `RSA PRIVATE KEY` (PKCS#1, which OpenSSL 1 wrote).
///
/// # Errors
/// [`ErrorKind::MalformedPem`] with the line, also for a key in OpenSSL's old encryption and for a second key;
/// [`ErrorKind::EncryptedKey`] for one that needs a password; [`ErrorKind::NothingInPem`].
pub fn decode_private_key(text: &[u8]) -> Result<PrivateKey, Error> {
    let blocks = block::read(text)?;
    let block =
        single_private_key(&blocks)?.ok_or_else(|| Error::new(ErrorKind::NothingInPem { wanted: PRIVATE_KEY }))?;
    match block.label() {
        ENCRYPTED_PRIVATE_KEY => Err(Error::new(ErrorKind::EncryptedKey)),
        RSA_PRIVATE_KEY => Ok(PrivateKey(pkcs8_of_pkcs1(&block.decode()?))),
        _ => Ok(PrivateKey(block.decode()?)),
    }
}

/// The block of a private key, if there is one; a second one is an error.
pub(super) fn single_private_key<'a, 'b>(blocks: &'a [Block<'b>]) -> Result<Option<&'a Block<'b>>, Error> {
    let labels = [PRIVATE_KEY, RSA_PRIVATE_KEY, ENCRYPTED_PRIVATE_KEY];
    let mut keys = blocks.iter().filter(|block| labels.contains(&block.label()));
    match (keys.next(), keys.next()) {
        (_, Some(second)) => Err(second.malformed(PemDefect::SeveralKeys)),
        (first, None) => Ok(first),
    }
}

/// `PrivateKeyInfo` with rsaEncryption (RFC 5958, section 2; RFC 8017, appendix A.1).
fn pkcs8_of_pkcs1(key: &[u8]) -> Zeroizing<Vec<u8>> {
    const RSA_ENCRYPTION: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
    let algorithm = asn1::sequence(&[asn1::tlv(asn1::OBJECT_IDENTIFIER, &RSA_ENCRYPTION), asn1::tlv(asn1::NULL, &[])]);
    let key = Zeroizing::new(asn1::tlv(asn1::OCTET_STRING, key));
    let fields = Zeroizing::new([asn1::unsigned(0).as_slice(), &algorithm, &key].concat());
    Zeroizing::new(asn1::tlv(asn1::SEQUENCE, &fields))
}
