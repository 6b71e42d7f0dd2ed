//! PKCS#12 (RFC 7292).
//!
//! ```text
//! PFX = version 3, AuthenticatedSafe, MAC over it
//! AuthenticatedSafe = list of ContentInfo, each a SafeContents, plain (data) or encrypted (encryptedData)
//! SafeContents = list of SafeBag
//! SafeBag = type, value, attributes (friendlyName, localKeyID, Oracle's trustedKeyUsage, ...)
//! ```
//!
//! By default, Java writes the sealed keys to an unencrypted part, and all certificates to an encrypted part.

pub(crate) mod crypto;
mod decode;
mod edit;
mod encode;
pub(crate) mod java;
mod pfx;
mod profile;
pub(crate) mod structure;

pub use encode::encode;
pub(crate) use java::loading::load;
pub use pfx::Pfx;
pub use profile::Profile;
