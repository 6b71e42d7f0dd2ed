//! What Java makes of a PKCS#12: which entries and chains it shows, which versions read it, and what it reads when it loads
//! the file.

mod chain;
pub(in crate::pkcs12) mod distinguished_name;
pub(in crate::pkcs12) mod entry_index;
pub(in crate::pkcs12) mod loading;
pub(crate) mod readers;
pub(crate) mod x509;
