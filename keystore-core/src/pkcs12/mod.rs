//! PKCS#12 (RFC 7292).
//!
//! ```text
//! PFX = version 3, AuthenticatedSafe, MAC over it
//! AuthenticatedSafe = list of ContentInfo, each a SafeContents in clear (data) or encrypted (encryptedData)
//! SafeContents = list of SafeBag
//! SafeBag = type, value, attributes (friendlyName, localKeyID, Oracle's trustedKeyUsage, ...)
//! ```
//!
//! Java writes the sealed keys into a part in clear, and all certificates into an encrypted one.

mod algorithm;
mod allowance;
mod attributes;
mod bag;
mod ber;
mod chain;
mod change;
mod content_info;
mod decode;
mod distinguished_name;
mod edit;
mod encode;
mod encoded_password;
mod hash;
mod kdf;
#[cfg(test)]
mod known_answers;
mod mac;
mod new_bags;
mod oid;
mod outline;
mod pbe;
mod pbkdf2;
mod pfx;
mod profile;
mod rc4;
mod readers;
mod safe;
mod sealed;
mod secret;
mod write;
mod x509;

pub use encode::encode;
pub use pfx::Pfx;
pub use profile::Profile;
pub(crate) use readers::{JavaVersions, Readers, Strength, of_key as readers_of_key};
pub(crate) use sealed::open as open_key;
pub(crate) use secret::{info as secret_key_info, open as open_secret_key};
pub(crate) use x509::Names;
