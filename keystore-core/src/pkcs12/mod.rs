//! PKCS#12 (RFC 7292).
//!
//! ```text
//! PFX = version 3, AuthenticatedSafe, MAC over it
//! AuthenticatedSafe = list of ContentInfo, each a SafeContents, plain (data) or encrypted (encryptedData)
//! SafeContents = list of SafeBag
//! SafeBag = type, value, attributes (friendlyName, localKeyID, Oracle's trustedKeyUsage, ...)
//! ```
//!
//! Java writes the sealed keys to an unencrypted part, and all certificates to an encrypted one.

mod attributes;
mod bag;
mod chain;
mod content_info;
mod decode;
mod distinguished_name;
mod edit;
mod encode;
mod encoded_password;
mod entry_index;
pub(crate) mod hash;
pub(crate) mod kdf;
#[cfg(test)]
mod known_answers;
mod loading;
pub(crate) mod mac;
mod new_bags;
mod pbe;
mod pbkdf2;
mod pfx;
mod profile;
mod rc4;
pub(crate) mod readers;
mod safe;
pub(crate) mod sealed;
pub(crate) mod secret;
pub(crate) mod x509;

pub use encode::encode;
pub(crate) use loading::load;
pub use pfx::Pfx;
pub use profile::Profile;
