//! The structures inside a PKCS#12, such as `ContentInfo`, `SafeContents` and `SafeBag`.

pub(in crate::pkcs12) mod attributes;
pub(in crate::pkcs12) mod bag;
pub(in crate::pkcs12) mod content_info;
pub(in crate::pkcs12) mod new_bags;
pub(in crate::pkcs12) mod safe;
pub(crate) mod sealed;
pub(crate) mod secret;
