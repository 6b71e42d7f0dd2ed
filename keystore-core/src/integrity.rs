//! Whether the integrity of a store was verified.

/// Whether the integrity of a store was verified when the store was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Integrity {
    /// The digest, the MAC or the signature was verified, or the store is new.
    Verified,
    /// The file is a PKCS#12 without a MAC, so anyone may have changed its content.
    Absent,
    /// The file was read without verification, so anyone may have changed its content.
    ///
    /// See [`decode_unverified`](crate::decode_unverified).
    NotVerified,
}
