//! A password and the encodings that the formats use.

use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A password: Unicode text that is wiped from memory on drop and never shown by `Debug`.
///
/// A password is kept as text, because its encoding depends on the use (UTF-16 for JKS, ASCII for the keys of JCEKS, a
/// terminated BMPString for PKCS#12's own derivation, UTF-8 for PBES2 in a PKCS#12). A lone surrogate, which Java's `char[]`
/// can contain, is not supported.
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes ownership of the text. A `String` is moved, not copied, so no second copy remains.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Copies the password, for a document that must later recognise it.
    pub(crate) fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    /// Compares both texts, in constant time if they have the same length.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.utf8().ct_eq(other.utf8()).into()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether Java up to 17 accepts the password for password-based encryption.
    ///
    /// See `com.sun.crypto.provider.PBEKey`.
    pub(crate) fn is_printable_ascii(&self) -> bool {
        self.0.bytes().all(|byte| matches!(byte, 0x20..=0x7e))
    }

    /// The password in big-endian UTF-16.
    ///
    /// See `sun.security.provider.JavaKeyStore.getPreKeyedHash` and `sun.security.provider.KeyProtector`.
    pub(crate) fn utf16_be(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.0.len() * 2 + 2));
        bytes.extend(self.0.encode_utf16().flat_map(u16::to_be_bytes));
        bytes
    }

    /// The password in UTF-16 and two zero bytes, for PKCS#12's key derivation.
    ///
    /// See RFC 7292, appendix B.1.
    pub(crate) fn bmp_terminated(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = self.utf16_be();
        bytes.extend([0, 0]);
        bytes
    }

    /// [`bmp_terminated`](Self::bmp_terminated), except that an empty password gives no bytes.
    pub(crate) fn bmp_or_nothing(&self) -> Zeroizing<Vec<u8>> {
        if self.is_empty() { Zeroizing::default() } else { self.bmp_terminated() }
    }

    /// The password if it is printable ASCII, as JCEKS requires for its keys.
    pub(crate) fn ascii(&self) -> Option<&[u8]> {
        self.is_printable_ascii().then_some(self.utf8())
    }

    /// The password in UTF-8, for the key derivations of PKCS#5 (RFC 8018, section 3).
    ///
    /// See `com.sun.crypto.provider.PBKDF2KeyImpl`.
    pub(crate) fn utf8(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(elided)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_the_bmp_a_character_is_two_units() {
        let password = Password::new("é😀");
        assert_eq!(*password.utf16_be(), [0x00, 0xe9, 0xd8, 0x3d, 0xde, 0x00]);
        assert_eq!(*password.bmp_terminated(), [0x00, 0xe9, 0xd8, 0x3d, 0xde, 0x00, 0, 0]);
        assert_eq!(password.utf8(), "é😀".as_bytes());
    }

    #[test]
    fn the_buffer_of_an_encoding_never_grows_and_so_leaves_no_copy() {
        for text in ["", "changeit", "pässwörd", "日本語", "😀😀"] {
            let bytes = Password::new(text).bmp_terminated();
            assert!(bytes.capacity() <= text.len() * 2 + 2, "{text} was moved to a larger buffer");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Password::new("topsecret")), "Password(elided)");
    }
}
