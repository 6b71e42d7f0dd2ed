//! Java's view of a PKCS#12.

mod chain;
pub(in crate::pkcs12) mod distinguished_name;
pub(in crate::pkcs12) mod entry_index;
pub(crate) mod loading;
pub(crate) mod readers;
pub(crate) mod x509;
