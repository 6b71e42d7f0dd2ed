//! The parts of a PKCS#12, from the outermost to the innermost.
//!
//! They are `ContentInfo`, `SafeContents`, `SafeBag`, its attributes, and the sealed keys and secrets in it.

pub(in crate::pkcs12) mod attributes;
pub(in crate::pkcs12) mod bag;
pub(in crate::pkcs12) mod content_info;
pub(in crate::pkcs12) mod new_bags;
pub(in crate::pkcs12) mod safe;
pub(crate) mod sealed;
pub(crate) mod secret;
