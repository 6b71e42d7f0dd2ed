//! PBKDF1 (RFC 8018, section 5.1), as the schemes of PKCS#5 version 1.5 use it.

use md5::Md5;
use sha1::{Digest as _, Sha1};
use zeroize::Zeroizing;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::pkcs12) enum Digest {
    Md5,
    Sha1,
}

/// Derives a key and an IV of 8 bytes each from a password in UTF-8.
pub(super) fn derive(
    digest: Digest,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
) -> (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>) {
    let hash = |input: &[u8]| match digest {
        Digest::Md5 => Md5::digest(input).to_vec(),
        Digest::Sha1 => Sha1::digest(input).to_vec(),
    };
    let mut derived = Zeroizing::new(hash(&Zeroizing::new([password, salt].concat())));
    for _ in 1..iterations {
        derived = Zeroizing::new(hash(&derived));
    }
    let part = |skipped| Zeroizing::new(derived.iter().skip(skipped).take(8).copied().collect());
    (part(0), part(8))
}
