//! The protection of a PKCS#12: its MAC, its password-based encryption, and the key derivations of both.

pub(in crate::pkcs12) mod encoded_password;
pub(crate) mod hash;
pub(crate) mod kdf;
#[cfg(test)]
mod known_answers;
pub(crate) mod mac;
pub(in crate::pkcs12) mod pbe;
pub(in crate::pkcs12) mod pbkdf2;
mod rc4;
