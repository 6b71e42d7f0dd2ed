//! The ciphers of password-based encryption. Block ciphers use CBC mode with PKCS#7 padding.

use crate::error::Error;
use crate::pkcs12::crypto::rc4;
use aes::{Aes128, Aes192, Aes256};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit};
use cbc::{Decryptor, Encryptor};
use des::{Des, TdesEde3};
use rc2::Rc2;
use zeroize::Zeroizing;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::pkcs12) enum Cipher {
    Rc4Bits40,
    Rc4Bits128,
    Rc2Bits40,
    Rc2Bits64,
    Rc2Bits128,
    Des,
    TripleDesTwoKeys,
    TripleDes,
    Aes128,
    Aes192,
    Aes256,
}

impl Cipher {
    /// The length of the key, in bytes.
    pub(super) const fn key_length(self) -> usize {
        match self {
            Self::Rc4Bits40 | Self::Rc2Bits40 => 5,
            Self::Rc2Bits64 | Self::Des => 8,
            Self::Rc4Bits128 | Self::Rc2Bits128 | Self::TripleDesTwoKeys | Self::Aes128 => 16,
            Self::TripleDes | Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Rc4Bits40 => "RC4 of 40 bits",
            Self::Rc4Bits128 => "RC4 of 128 bits",
            Self::Rc2Bits40 => "RC2 of 40 bits",
            Self::Rc2Bits64 => "RC2 of 64 bits",
            Self::Rc2Bits128 => "RC2 of 128 bits",
            Self::Des => "DES",
            Self::TripleDesTwoKeys => "triple DES with two keys",
            Self::TripleDes => "triple DES",
            Self::Aes128 => "AES-128",
            Self::Aes192 => "AES-192",
            Self::Aes256 => "AES-256",
        }
    }

    /// The length of the initialization vector, in bytes.
    pub(super) const fn iv_length(self) -> usize {
        match self {
            Self::Rc4Bits40 | Self::Rc4Bits128 => 0,
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
            // RC2 and DES have blocks of 8 bytes.
            _ => 8,
        }
    }

    /// Decrypts `data`.
    ///
    /// A wrong length or wrong padding gives `WrongPasswordOrTampered`.
    pub(super) fn decrypt(self, key: &[u8], iv: &[u8], data: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut data = Zeroizing::new(data.to_vec());
        let plain = match self {
            Self::Rc4Bits40 | Self::Rc4Bits128 => {
                rc4::apply(key, &mut data);
                Some(data.len())
            }
            Self::Rc2Bits40 => decrypt_cbc(Rc2::new_with_eff_key_len(key, 40), iv, &mut data),
            Self::Rc2Bits64 => decrypt_cbc(Rc2::new_with_eff_key_len(key, 64), iv, &mut data),
            Self::Rc2Bits128 => decrypt_cbc(Rc2::new_with_eff_key_len(key, 128), iv, &mut data),
            Self::Des => decrypt_with::<Des>(key, iv, &mut data),
            Self::TripleDesTwoKeys => decrypt_with::<TdesEde3>(&three_keys(key), iv, &mut data),
            Self::TripleDes => decrypt_with::<TdesEde3>(key, iv, &mut data),
            Self::Aes128 => decrypt_with::<Aes128>(key, iv, &mut data),
            Self::Aes192 => decrypt_with::<Aes192>(key, iv, &mut data),
            Self::Aes256 => decrypt_with::<Aes256>(key, iv, &mut data),
        };
        data.truncate(plain.ok_or_else(Error::wrong_password)?);
        Ok(data)
    }

    pub(super) fn encrypt(self, key: &[u8], iv: &[u8], plain: &[u8]) -> Result<Vec<u8>, Error> {
        let encrypted = match self {
            Self::Rc4Bits40 | Self::Rc4Bits128 => {
                let mut data = plain.to_vec();
                rc4::apply(key, &mut data);
                Some(data)
            }
            Self::Rc2Bits40 => encrypt_cbc(Rc2::new_with_eff_key_len(key, 40), iv, plain),
            Self::Rc2Bits64 => encrypt_cbc(Rc2::new_with_eff_key_len(key, 64), iv, plain),
            Self::Rc2Bits128 => encrypt_cbc(Rc2::new_with_eff_key_len(key, 128), iv, plain),
            Self::Des => encrypt_with::<Des>(key, iv, plain),
            Self::TripleDesTwoKeys => encrypt_with::<TdesEde3>(&three_keys(key), iv, plain),
            Self::TripleDes => encrypt_with::<TdesEde3>(key, iv, plain),
            Self::Aes128 => encrypt_with::<Aes128>(key, iv, plain),
            Self::Aes192 => encrypt_with::<Aes192>(key, iv, plain),
            Self::Aes256 => encrypt_with::<Aes256>(key, iv, plain),
        };
        encrypted.ok_or_else(|| Error::internal("a derived key and its IV have the lengths of the cipher"))
    }
}

/// Expands the key of two-key triple DES, whose third key is the first.
fn three_keys(two: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(two.iter().chain(two.iter().take(8)).copied().collect())
}

fn decrypt_with<C: BlockCipherDecrypt + KeyInit>(key: &[u8], iv: &[u8], data: &mut [u8]) -> Option<usize> {
    decrypt_cbc(C::new_from_slice(key).ok()?, iv, data)
}

/// Decrypts in place, and returns the length without the padding.
fn decrypt_cbc<C: BlockCipherDecrypt>(cipher: C, iv: &[u8], data: &mut [u8]) -> Option<usize> {
    let mode = Decryptor::inner_iv_slice_init(cipher, iv).ok()?;
    mode.decrypt_padded::<Pkcs7>(data).ok().map(<[u8]>::len)
}

fn encrypt_with<C: BlockCipherEncrypt + KeyInit>(key: &[u8], iv: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    encrypt_cbc(C::new_from_slice(key).ok()?, iv, plain)
}

fn encrypt_cbc<C: BlockCipherEncrypt>(cipher: C, iv: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    let mode = Encryptor::inner_iv_slice_init(cipher, iv).ok()?;
    Some(mode.encrypt_padded_vec::<Pkcs7>(plain))
}
