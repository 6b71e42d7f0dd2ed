//! A password in the octets that the derivations take.

use crate::Password;
use zeroize::Zeroizing;

/// One encoding of a password.
pub(super) struct EncodedPassword<'p> {
    /// For PKCS#12's own derivation (RFC 7292, appendix B.1).
    pub(super) bmp: Zeroizing<Vec<u8>>,
    /// For PBKDF2.
    pub(super) utf8: &'p [u8],
}

impl<'p> EncodedPassword<'p> {
    /// The encoding that is written, and tried first.
    pub(super) fn new(password: &'p Password) -> Self {
        Self { bmp: password.bmp_terminated(), utf8: password.utf8() }
    }

    /// Calls `attempt` with each encoding until one succeeds; the first error if none does.
    ///
    /// An empty password is no octets for some writers (Windows, NSS) and a terminator alone for others (OpenSSL, Java);
    /// Java retries too (`PKCS12KeyStore.RetryWithZero`).
    pub(super) fn attempt<T, E>(password: &'p Password, attempt: impl Fn(&Self) -> Result<T, E>) -> Result<T, E> {
        let first = attempt(&Self::new(password));
        if first.is_ok() || !password.is_empty() {
            return first;
        }
        attempt(&Self { bmp: Zeroizing::new(Vec::new()), utf8: b"\0" }).or(first)
    }
}
