//! Fingerprints of certificates.

use std::fmt;

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// A digest of a certificate's DER.
///
/// It is shown as keytool and OpenSSL show it, `9A:01:...`; with `{:x}` as plain hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint<const OCTETS: usize>([u8; OCTETS]);

impl<const OCTETS: usize> Fingerprint<OCTETS> {
    /// The digest's octets.
    pub const fn as_bytes(&self) -> &[u8; OCTETS] {
        &self.0
    }
}

impl Fingerprint<32> {
    /// The SHA-256 of a certificate's DER.
    pub fn sha256(certificate: &[u8]) -> Self {
        Self(Sha256::digest(certificate).into())
    }
}

impl Fingerprint<20> {
    /// The SHA-1 of a certificate's DER: to be recognised by, not to be trusted.
    pub fn sha1(certificate: &[u8]) -> Self {
        Self(Sha1::digest(certificate).into())
    }
}

impl<const OCTETS: usize> fmt::Display for Fingerprint<OCTETS> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, octet) in self.0.iter().enumerate() {
            write!(formatter, "{}{octet:02X}", if place == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

impl<const OCTETS: usize> fmt::LowerHex for Fingerprint<OCTETS> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(formatter, "{octet:02x}"))
    }
}

impl<const OCTETS: usize> fmt::Debug for Fingerprint<OCTETS> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fingerprint({self})")
    }
}

#[cfg(feature = "serde")]
impl<const OCTETS: usize> serde::Serialize for Fingerprint<OCTETS> {
    /// As it is shown.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
