//! The digest at the end of a JKS. It is keyed by the password, so it also detects a wrong one.

use crate::Password;
use crate::invariant::slice;
use sha1::{Digest, Sha1};

/// Bytes of the digest.
pub(super) const LENGTH: usize = 20;

/// Digested after the password (`JavaKeyStore.getPreKeyedHash`).
const PHRASE: &[u8] = b"Mighty Aphrodite";

/// The digest after the password and Java's phrase.
pub(super) fn keyed(password: &Password) -> Sha1 {
    keyed_with(&password.utf16_be())
}

fn keyed_with(password: &[u8]) -> Sha1 {
    Sha1::new_with_prefix(password).chain_update(PHRASE)
}

/// Bytes that are digested in pieces, while they are in the processor's cache.
pub(super) struct Output {
    bytes: Vec<u8>,
    digest: Sha1,
    digested: usize,
    /// The number of bytes that were digested before `bytes`.
    before: usize,
}

/// The number of bytes that are digested together: much less than a processor's cache, much more than a block.
const PIECE: usize = 1 << 10;

/// The block length of SHA-1, in bytes. Whole blocks need not be kept until the next piece.
const BLOCK: usize = 64;

impl Output {
    /// An output with room for this many bytes and the digest.
    pub(super) fn new(length: usize, password: &Password) -> Self {
        let password = password.utf16_be();
        let before = password.len() + PHRASE.len();
        Self { bytes: Vec::with_capacity(length + LENGTH), digest: keyed_with(&password), digested: 0, before }
    }

    /// What has been written so far, to append to.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        let end = self.bytes.len();
        if end - self.digested >= PIECE {
            self.update(end - (self.before + end) % BLOCK);
        }
        &mut self.bytes
    }

    /// All bytes, with the digest at the end.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.update(self.bytes.len());
        self.bytes.extend_from_slice(&self.digest.finalize());
        self.bytes
    }

    /// Digests the bytes up to this position.
    fn update(&mut self, end: usize) {
        self.digest.update(slice(&self.bytes, self.digested..end));
        self.digested = end;
    }
}
