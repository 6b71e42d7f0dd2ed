//! The digest that closes a JKS: it is keyed by the password, and so it also tells a wrong one.

use crate::Password;
use sha1::{Digest, Sha1};

/// Octets of the digest.
pub(super) const LENGTH: usize = 20;

/// The digest with the password and Java's phrase already fed (`JavaKeyStore.getPreKeyedHash`).
pub(super) fn keyed(password: &Password) -> Sha1 {
    Sha1::new_with_prefix(&*password.utf16_be()).chain_update(b"Mighty Aphrodite")
}

/// Appends the digest over everything so far.
pub(super) fn close(mut out: Vec<u8>, password: &Password) -> Vec<u8> {
    let digest = keyed(password).chain_update(&out).finalize();
    out.extend_from_slice(&digest);
    out
}
