//! Java's reading of a PKCS#12: which entries and chains it shows, which versions read it, and which parts loading
//! reads.

mod chain;
pub(in crate::pkcs12) mod distinguished_name;
pub(in crate::pkcs12) mod entry_index;
pub(in crate::pkcs12) mod loading;
pub(crate) mod readers;
pub(crate) mod x509;
