//! Java's view of a PKCS#12.
//!
//! These modules find the entries and chains that Java shows, say which versions of Java support an algorithm, and check
//! whether Java loads a file.

mod chain;
pub(in crate::pkcs12) mod distinguished_name;
pub(in crate::pkcs12) mod entry_index;
pub(crate) mod loading;
pub(crate) mod readers;
pub(crate) mod x509;
