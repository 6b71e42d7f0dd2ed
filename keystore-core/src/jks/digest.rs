//! The digest at the end of a JKS or JCEKS, keyed by the password.
//!
//! The digest also detects a wrong password.

use crate::Password;
use crate::invariant::slice;
use sha1::{Digest as _, Sha1};

pub(super) const LENGTH: usize = 20;

/// The phrase that is digested after the password (`JavaKeyStore.getPreKeyedHash`).
const PHRASE: &[u8] = b"Mighty Aphrodite";

/// The digest of a growing buffer.
///
/// Until the end, the buffer is digested up to a block boundary, so that SHA-1 need not copy a partial block.
pub(super) struct Digest {
    sha1: Sha1,
    digested: usize,
    /// The number of bytes that were digested before the buffer.
    before: usize,
}

impl Digest {
    pub(super) fn keyed(password: &Password) -> Self {
        let password = password.utf16_be();
        let sha1 = Sha1::new_with_prefix(&password).chain_update(PHRASE);
        Self { sha1, digested: 0, before: password.len() + PHRASE.len() }
    }

    /// Digests the new whole blocks of `bytes`, which is the whole buffer so far.
    pub(super) fn follow(&mut self, bytes: &[u8]) {
        let end = bytes.len().saturating_sub((self.before + bytes.len()) % BLOCK);
        self.update(bytes, end.max(self.digested));
    }

    /// Digests the rest of `bytes`, which is the whole buffer, and returns the digest.
    pub(super) fn of(mut self, bytes: &[u8]) -> [u8; LENGTH] {
        self.update(bytes, bytes.len());
        self.sha1.finalize().into()
    }

    fn update(&mut self, bytes: &[u8], end: usize) {
        self.sha1.update(slice(bytes, self.digested..end));
        self.digested = end;
    }
}

/// Bytes that are digested in pieces, while they are in the processor's cache.
pub(super) struct Output {
    bytes: Vec<u8>,
    digest: Digest,
}

/// The minimum length of a piece in bytes: much more than a block, much less than a cache.
const PIECE: usize = 1 << 10;

/// The block length of SHA-1, in bytes.
const BLOCK: usize = 64;

impl Output {
    pub(super) fn new(length: usize, password: &Password) -> Self {
        Self { bytes: Vec::with_capacity(length + LENGTH), digest: Digest::keyed(password) }
    }

    /// Digests new blocks if there are [`PIECE`] new bytes; returns the buffer for appending.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        if self.bytes.len() - self.digest.digested >= PIECE {
            self.digest.follow(&self.bytes);
        }
        &mut self.bytes
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        let digest = self.digest.of(&self.bytes);
        self.bytes.extend_from_slice(&digest);
        self.bytes
    }
}
