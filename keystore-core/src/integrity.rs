//! Whether something vouches for the content of a store.

/// Whether the content of a store is what its owner wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Integrity {
    /// The digest, the MAC or the signature was verified.
    Verified,
    /// The file has none: a PKCS#12 without MAC. Anyone may have changed it.
    Absent,
    /// The file was read without verifying it ([`decode_unverified`](crate::decode_unverified)): anyone may have changed it.
    NotVerified,
}
