//! The encodings of a password for key derivations.

use crate::Password;
use zeroize::Zeroizing;

/// The encoding of an empty password in PKCS#12's own derivation.
///
/// Any other password has only one encoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::pkcs12) enum EmptyPasswordEncoding {
    /// A terminator alone, as in Java and OpenSSL.
    #[default]
    Terminator,
    /// No bytes, as in Windows and NSS.
    Nothing,
}

pub(in crate::pkcs12) struct EncodedPassword<'p> {
    pub(in crate::pkcs12) empty: EmptyPasswordEncoding,
    /// The encoding for PKCS#12's own derivation (RFC 7292, appendix B.1).
    pub(in crate::pkcs12) bmp: Zeroizing<Vec<u8>>,
    /// The encoding for PBKDF1 and PBKDF2.
    pub(in crate::pkcs12) utf8: &'p [u8],
}

impl<'p> EncodedPassword<'p> {
    pub(in crate::pkcs12) fn new(password: &'p Password, empty: EmptyPasswordEncoding) -> Self {
        let bmp = match empty {
            EmptyPasswordEncoding::Nothing => password.bmp_or_nothing(),
            EmptyPasswordEncoding::Terminator => password.bmp_terminated(),
        };
        Self { empty, bmp, utf8: password.utf8() }
    }

    /// Calls `attempt` with each encoding until a call succeeds, or returns the first error.
    ///
    /// Java retries in the same way (`PKCS12KeyStore.RetryWithZero`). For PBKDF1 and PBKDF2, the second encoding is a
    /// zero byte.
    pub(in crate::pkcs12) fn attempt<T, E>(
        password: &'p Password,
        attempt: impl Fn(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let first = attempt(&Self::new(password, EmptyPasswordEncoding::Terminator));
        if first.is_ok() || !password.is_empty() {
            return first;
        }
        attempt(&Self { utf8: b"\0", ..Self::new(password, EmptyPasswordEncoding::Nothing) }).or(first)
    }
}
