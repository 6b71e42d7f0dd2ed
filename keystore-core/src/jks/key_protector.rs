//! Sun's proprietary protection of private keys (`sun.security.provider.KeyProtector`).
//!
//! The object identifier is 1.3.6.1.4.1.42.2.17.1.1.
//!
//! ```text
//! encryptedData = salt (20) || key XOR keystream || SHA-1(password || key)
//! keystream     = block 1 || block 2 || ...      block i = SHA-1(password || block i-1), block 0 = salt
//! ```
//!
//! The password is in big-endian UTF-16. The key derivation takes almost no time, so the protection is only as strong as the
//! password.

use crate::Password;
use crate::asn1::{Envelope, Writer};
use crate::error::Error;
use der::asn1::ObjectIdentifier;
use rand_core::CryptoRng;
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

pub(crate) const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.42.2.17.1.1");

const DIGEST: usize = 20;

pub(crate) fn seal(key: &[u8], password: &Password, rng: &mut (impl CryptoRng + ?Sized)) -> Vec<u8> {
    let password = password.utf16_be();
    let mut salt = [0; DIGEST];
    rng.fill_bytes(&mut salt);
    let mut body = Zeroizing::new(key.to_vec());
    apply_keystream(&mut body, &password, salt);
    let encrypted = [&salt[..], &body, &digest(&password, key)].concat();
    let algorithm = |writer: &mut Writer| {
        writer.algorithm(OID, |writer| {
            writer.null();
        });
    };
    Envelope::write(algorithm, &encrypted)
}

pub(crate) fn open(envelope: &Envelope<'_>, password: &Password) -> Result<Zeroizing<Vec<u8>>, Error> {
    let password = password.utf16_be();
    let parts = envelope
        .encrypted
        .split_first_chunk()
        .and_then(|(salt, rest)| Some((salt, rest.split_last_chunk::<DIGEST>()?)));
    let Some((salt, (body, check))) = parts else {
        return Err(Error::wrong_password());
    };
    let mut key = Zeroizing::new(body.to_vec());
    apply_keystream(&mut key, &password, *salt);
    if bool::from(digest(&password, &key).ct_eq(check)) { Ok(key) } else { Err(Error::wrong_password()) }
}

/// Seals or opens `body` by XOR with the keystream.
fn apply_keystream(body: &mut [u8], password: &[u8], salt: [u8; DIGEST]) {
    let mut hasher = Sha1::new();
    let mut block = Zeroizing::new(salt.into());
    for chunk in body.chunks_mut(DIGEST) {
        hasher.update(password);
        hasher.update(*block);
        hasher.finalize_into_reset(&mut block);
        chunk.iter_mut().zip(*block).for_each(|(byte, stream)| *byte ^= stream);
    }
}

fn digest(password: &[u8], key: &[u8]) -> [u8; DIGEST] {
    Sha1::new_with_prefix(password).chain_update(key).finalize().into()
}
