//! Forms of private keys other than PKCS#8.

use std::fmt;

/// The form of a private key that is not in PKCS#8, the only form that Java opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyForm {
    /// An RSA key in PKCS#1 (`RSAPrivateKey`, RFC 8017, appendix A.1.2).
    Pkcs1,
    /// An elliptic curve key in SEC1 (`ECPrivateKey`, RFC 5915).
    Sec1,
    /// PEM text.
    Pem,
    /// An unknown form.
    Unknown,
}

impl fmt::Display for KeyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pkcs1 => "PKCS#1",
            Self::Sec1 => "SEC1",
            Self::Pem => "PEM text",
            Self::Unknown => "of an unknown form",
        })
    }
}
