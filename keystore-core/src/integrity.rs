//! Whether the integrity of a store was verified.

/// Whether the integrity of a store's content was verified when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Integrity {
    /// The digest, the MAC or the signature was verified.
    Verified,
    /// The file is a PKCS#12 without a MAC. Anyone may have changed it.
    Absent,
    /// The file was read without verifying it ([`decode_unverified`](crate::decode_unverified)). Anyone may have
    /// changed it.
    NotVerified,
}
