//! The digest that closes a JKS: it is keyed by the password, and so it also tells a wrong one.

use crate::Password;
use sha1::{Digest, Sha1};

/// Octets of the digest.
pub(super) const LENGTH: usize = 20;

const PHRASE: &[u8] = b"Mighty Aphrodite";

/// The digest with the password and Java's phrase already fed (`JavaKeyStore.getPreKeyedHash`).
pub(super) fn keyed(password: &Password) -> Sha1 {
    Sha1::new_with_prefix(&*password.utf16_be()).chain_update(PHRASE)
}

/// Octets that are digested a piece at a time, while they are still in the processor's cache.
pub(super) struct Output {
    octets: Vec<u8>,
    digest: Sha1,
    digested: usize,
    /// Octets that were digested before the first of `octets`.
    before: usize,
}

/// Octets that are digested together.
const PIECE: usize = 1 << 10;

/// Octets of a block of SHA-1: whole ones need not be kept until the next piece.
const BLOCK: usize = 64;

impl Output {
    /// An output with room for so many octets and the digest.
    pub(super) fn new(length: usize, password: &Password) -> Self {
        let before = password.utf16_be().len() + PHRASE.len();
        Self { octets: Vec::with_capacity(length + LENGTH), digest: keyed(password), digested: 0, before }
    }

    /// The octets, to append to.
    pub(super) fn octets(&mut self) -> &mut Vec<u8> {
        let end = self.octets.len();
        if end - self.digested >= PIECE {
            self.digest(end - (self.before + end) % BLOCK);
        }
        &mut self.octets
    }

    /// Everything, closed with the digest.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.digest(self.octets.len());
        self.octets.extend_from_slice(&self.digest.finalize());
        self.octets
    }

    fn digest(&mut self, end: usize) {
        self.digest.update(self.octets.get(self.digested..end).unwrap_or_default());
        self.digested = end;
    }
}
