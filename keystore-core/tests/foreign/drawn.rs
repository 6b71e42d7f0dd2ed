//! Randomness that was drawn before, by somebody else.

use keystore_core::rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

/// Gives these octets, in their order.
pub(crate) struct Drawn(Vec<u8>);

impl Drawn {
    /// The 8 octets behind the first occurrence of a DER header.
    pub(crate) fn salt(octets: &[u8], header: &[u8]) -> Self {
        let start = octets.windows(header.len()).position(|window| window == header).expect("a salt") + header.len();
        Self(octets[start..start + 8].to_vec())
    }

    pub(crate) fn new(octets: &[u8]) -> Self {
        Self(octets.to_vec())
    }
}

impl TryRng for Drawn {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("salts are drawn as octets")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        panic!("salts are drawn as octets")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        let rest = self.0.split_off(bytes.len());
        bytes.copy_from_slice(&self.0);
        self.0 = rest;
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}
