//! Limits for untrusted files and keys.

use crate::error::{Error, ErrorKind, Limit};

/// Limits on the work and the memory that an untrusted file or key may cost.
///
/// The defaults accept stores of any realistic size and cost. Unlike Java, they refuse a PKCS#12 without a MAC. Start from
/// the defaults and change single fields.
///
/// ```
/// let mut limits = keystore_core::Limits::default();
/// limits.iterations = 100_000;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The size of the whole file in bytes. Default: 256 MiB.
    pub bytes: usize,
    /// The number of entries of a store. Default: 1,000,000.
    ///
    /// In a PKCS#12, this field limits the number of bags, and the number of certificates in all chains together.
    pub entries: usize,
    /// The number of certificates in the chain of one key. Default: 1,000.
    pub chain: usize,
    /// The depth of nested bags in a PKCS#12, where the outermost bags have depth 1. Default: 32.
    pub depth: usize,
    /// The iterations of any single key derivation. Default: 5,000,000, as in Java.
    ///
    /// See `PKCS12KeyStore.MAX_ITERATION_COUNT` and `com.sun.crypto.provider.KeyProtector.MAX_ITERATION_COUNT`.
    pub iterations: u32,
    /// The iterations of all key derivations in one call. Default: 30,000,000, which can take 20 seconds.
    ///
    /// The iterations of a derivation count for each block of its output.
    pub total_iterations: u64,
    /// The work of all scrypt derivations in one call. Default: 16,777,216, which can take a few seconds.
    ///
    /// The work is cost times block size times parallelization. In a BCFKS, the parallelization equals the block size. Bouncy
    /// Castle limits only the memory.
    pub scrypt_work: u64,
    /// The memory of any single scrypt derivation, in bytes. Default: 256 MiB.
    pub memory: u64,
    /// Whether to accept a PKCS#12 without a MAC, whose integrity cannot be verified. Default: refuse.
    pub missing_mac: MissingMac,
    /// The minimum length of a MAC key of a BCFKS, in bytes.
    pub(crate) mac_key: u32,
}

/// The minimum length of a MAC key in bytes, as for PBMAC1 (RFC 9579, section 9).
///
/// A store with a very short key could be forged by guessing the key: a key of one byte takes at most 256 attempts.
const MIN_MAC_KEY: u32 = 20;

pub(crate) const MAX_JAVA_ITERATIONS: u32 = 5_000_000;

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            entries: 1_000_000,
            chain: 1_000,
            depth: 32,
            iterations: MAX_JAVA_ITERATIONS,
            total_iterations: 30_000_000,
            scrypt_work: 1 << 24,
            memory: 256 << 20,
            missing_mac: MissingMac::Refuse,
            mac_key: MIN_MAC_KEY,
        }
    }
}

impl Limits {
    /// For bytes that this crate wrote or has read, and for checks in which Java has no limits.
    pub(crate) const NONE: Self = Self {
        bytes: usize::MAX,
        entries: usize::MAX,
        chain: usize::MAX,
        depth: usize::MAX,
        iterations: u32::MAX,
        total_iterations: u64::MAX,
        scrypt_work: u64::MAX,
        memory: u64::MAX,
        missing_mac: MissingMac::Accept,
        mac_key: 1,
    };

    pub(crate) fn check_mac_key(&self, length: u32) -> Result<(), Error> {
        if length >= self.mac_key {
            return Ok(());
        }
        let (found, allowed) = (length.into(), self.mac_key.into());
        Err(Error::new(ErrorKind::LimitExceeded { limit: Limit::MacKey, found, allowed }))
    }

    pub(crate) fn check(&self, limit: Limit, found: impl TryInto<u64>) -> Result<(), Error> {
        let allowed = match limit {
            Limit::Bytes => wide(self.bytes),
            Limit::Entries => wide(self.entries),
            Limit::Chain => wide(self.chain),
            Limit::Depth => wide(self.depth),
            Limit::Iterations => self.iterations.into(),
            Limit::TotalIterations => self.total_iterations,
            Limit::ScryptWork => self.scrypt_work,
            Limit::Memory => self.memory,
            // These two bounds are checked elsewhere.
            Limit::KeyLength | Limit::MacKey => 0,
        };
        let found = wide(found);
        if found <= allowed { Ok(()) } else { Err(Error::new(ErrorKind::LimitExceeded { limit, found, allowed })) }
    }
}

fn wide(number: impl TryInto<u64>) -> u64 {
    number.try_into().unwrap_or(u64::MAX)
}

/// The policy for a PKCS#12 without a MAC.
///
/// `openssl pkcs12 -nomac` makes such files, and so does Java with `keystore.pkcs12.macAlgorithm=NONE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingMac {
    /// A file without a MAC is refused with [`ErrorKind::MissingMac`](crate::ErrorKind::MissingMac).
    Refuse,
    /// A file without a MAC is read, as in Java and OpenSSL.
    Accept,
}
