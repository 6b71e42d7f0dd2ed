//! A generator that returns randomness which another program drew.

use keystore_core::rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

/// Returns these bytes in order.
pub(crate) struct Drawn(Vec<u8>);

impl Drawn {
    /// The 8 bytes after the first occurrence of a DER header.
    pub(crate) fn salt(bytes: &[u8], header: &[u8]) -> Self {
        let start = bytes.windows(header.len()).position(|window| window == header).expect("a salt") + header.len();
        Self(bytes[start..start + 8].to_vec())
    }

    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// The randomness that Java drew for a PKCS#12: a salt and an IV for each key and for the certificates, and a salt
    /// for the MAC.
    pub(crate) fn in_pkcs12(bytes: &[u8]) -> Self {
        /// The identifiers of PBKDF2 and AES-256 in CBC mode with the headers that follow, the length of what comes then.
        const MARKS: [(&[u8], usize); 2] = [
            (b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c\x30\x2b\x04\x14", 20),
            (b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a\x04\x10", 16),
        ];
        let mut drawn = Vec::new();
        for place in 0..bytes.len() {
            for (mark, length) in MARKS {
                if let Some(rest) = bytes[place..].strip_prefix(mark) {
                    drawn.extend_from_slice(&rest[..length]);
                }
            }
        }
        // The file ends with the salt of the MAC and INTEGER 10000.
        drawn.extend_from_slice(&bytes[bytes.len() - 24..bytes.len() - 4]);
        Self(drawn)
    }

    /// Skips the salt and the IV of one key.
    pub(crate) fn skip_sealing(&mut self) {
        self.0.drain(..36);
    }

    pub(crate) fn is_used_up(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryRng for Drawn {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("salts are drawn as bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        panic!("salts are drawn as bytes")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        let rest = self.0.split_off(bytes.len());
        bytes.copy_from_slice(&self.0);
        self.0 = rest;
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}
