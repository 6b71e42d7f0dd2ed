//! Bouncy Castle's older keystores, BKS and UBER, which are read but never written.
//!
//! See `org.bouncycastle.jcajce.provider.keystore.bc.BcKeyStoreSpi`.
//!
//! ```text
//! store  = version (i32: 1 or 2) salt (length i32, bytes) iterations (i32) then
//!          BKS:  entry* 0 (u8), HMAC-SHA-1 over the entries and the 0
//!          UBER: entry* 0 (u8) SHA-1 over the entries and the 0, all encrypted with Twofish in CBC mode
//! entry  = type (u8) alias (UTF) date (i64) chain length (i32) certificate* body
//! body   = 1: certificate   2: key   3: length (i32) bytes   4: length (i32) sealed
//! certificate = type (UTF) length (i32) bytes
//! key    = kind (u8: 0 private, 1 public, 2 secret) format (UTF) algorithm (UTF) length (i32) bytes
//! sealed = salt (length i32, bytes) iterations (i32), a key encrypted with triple DES in CBC mode
//! ```
//!
//! All numbers are big-endian; UTF is Java's modified UTF-8 after a 16-bit length. Keys and IVs are derived from passwords as
//! in PKCS#12 (RFC 7292, appendix B), with SHA-1. Aliases are case-sensitive. Bouncy Castle also reads version 0, which this
//! crate refuses.

mod decode;
mod document;
pub(crate) mod key;

pub use document::Bks;

use crate::Password;
use crate::error::{Defect, Error};
use crate::pkcs12::crypto::hash::Hash;
use crate::pkcs12::crypto::kdf::{self, Purpose};
use crate::reader::Reader;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, KeyInit, KeyIvInit, block_padding::Pkcs7};
use zeroize::Zeroizing;

fn decrypt<C: BlockCipherDecrypt + KeyInit>(
    password: &Password,
    salt: &[u8],
    iterations: u32,
    encrypted: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let derive = |purpose, length| {
        let mut out = Zeroizing::new(vec![0; length]);
        kdf::derive(Hash::Sha1, purpose, &password.bmp_or_nothing(), salt, iterations, &mut out);
        out
    };
    let (key, iv) = (derive(Purpose::Key, C::key_size()), derive(Purpose::Iv, C::block_size()));
    let mode = cbc::Decryptor::<C>::new_from_slices(&key, &iv);
    let mode = mode.map_err(|_| Error::internal("the key and the IV have the lengths of the cipher"))?;
    let mut plain = Zeroizing::new(encrypted.to_vec());
    let length = mode.decrypt_padded::<Pkcs7>(&mut plain).map_err(|_| Error::wrong_password())?.len();
    plain.truncate(length);
    Ok(plain)
}

fn parameters<'a>(reader: &mut Reader<'a>) -> Result<(&'a [u8], u32), Error> {
    let salt = reader.long_bytes()?;
    let start = *reader;
    let iterations = u32::try_from(reader.count()?).unwrap_or_default();
    if salt.is_empty() || iterations == 0 {
        return Err(start.malformed(Defect::AlgorithmParameters));
    }
    Ok((salt, iterations))
}
