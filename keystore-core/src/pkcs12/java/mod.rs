//! Java's view of a PKCS#12: the entries and chains that Java shows, the versions that support an algorithm, and the
//! checks of loading.

mod chain;
pub(in crate::pkcs12) mod distinguished_name;
pub(in crate::pkcs12) mod entry_index;
pub(in crate::pkcs12) mod loading;
pub(crate) mod readers;
pub(crate) mod x509;
