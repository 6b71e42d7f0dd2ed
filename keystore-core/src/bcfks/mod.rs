//! BCFKS, the keystore of Bouncy Castle's FIPS provider.
//!
//! See `org.bouncycastle.asn1.bc` and `org.bouncycastle.jcajce.provider.keystore.bcfks.BcFKSKeyStoreSpi`.
//!
//! ```text
//! ObjectStore = store data, encrypted or not, and its integrity check: a MAC under the password, or a signature
//! store data  = version 1, the algorithm of the check again, two dates, entries, an optional comment
//! entry       = type, alias, two dates, data, an optional comment; keys in the data are sealed separately
//! ```
//!
//! Each key is derived from the password and the key's purpose, so keys with different purposes differ. Aliases are
//! case-sensitive.

mod check;
mod cipher;
mod decode;
mod document;
mod encode;
mod kdf;
pub(crate) mod key;
mod key_names;
mod loading;
mod profile;
mod raw_entry;
mod scheme;
#[cfg(test)]
mod tests;

pub use check::{Signed, Verdict};
pub use document::Bcfks;
pub use encode::encode;
pub use loading::{Provider, loads, loads_keys};
pub use profile::Profile;
