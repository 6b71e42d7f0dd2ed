//! The MAC and the password-based encryption of a PKCS#12, and their key derivations.

pub(in crate::pkcs12) mod encoded_password;
pub(crate) mod hash;
pub(crate) mod kdf;
#[cfg(test)]
mod known_answers;
pub(crate) mod mac;
pub(in crate::pkcs12) mod pbe;
pub(in crate::pkcs12) mod pbkdf2;
mod rc4;
