//! Enforces [`Limits`].

use crate::error::{Error, Limit};
use crate::{Limits, Password};

/// Counts resources before they are used, and refuses to exceed the limits.
///
/// A derivation that is refused does not count.
#[derive(Debug)]
pub(crate) struct Budget<'l> {
    limits: &'l Limits,
    iterations: u64,
    scrypt_work: u64,
    bags: usize,
    /// A factor for each key derivation: an empty password of a PKCS#12 has two encodings.
    attempts: u64,
}

impl<'l> Budget<'l> {
    pub(crate) fn new(limits: &'l Limits, password: Option<&Password>) -> Self {
        let attempts = if password.is_some_and(Password::is_empty) { 2 } else { 1 };
        Self { limits, iterations: 0, scrypt_work: 0, bags: 0, attempts }
    }

    pub(crate) fn unlimited() -> Self {
        Self::new(&Limits::NONE, None)
    }

    /// Counts a key derivation, which computes all iterations for each block of its output.
    pub(crate) fn derivation(&mut self, iterations: u32, blocks: usize) -> Result<(), Error> {
        self.limits.check(Limit::Iterations, iterations)?;
        let blocks = u64::try_from(blocks).unwrap_or(u64::MAX).saturating_mul(self.attempts);
        let total = self.iterations.saturating_add(u64::from(iterations).saturating_mul(blocks));
        self.limits.check(Limit::TotalIterations, total)?;
        self.iterations = total;
        Ok(())
    }

    pub(crate) fn scrypt(&mut self, n: u64, r: u32, p: u32) -> Result<(), Error> {
        let blocks = n.saturating_mul(r.into());
        self.limits.check(Limit::Memory, blocks.saturating_mul(128))?;
        let total = self.scrypt_work.saturating_add(blocks.saturating_mul(p.into()));
        self.limits.check(Limit::ScryptWork, total)?;
        self.scrypt_work = total;
        Ok(())
    }

    pub(crate) fn check_mac_key(&self, length: u32) -> Result<(), Error> {
        self.limits.check_mac_key(length)
    }

    /// Counts a bag; the outermost bags have depth 1.
    pub(crate) fn bag(&mut self, depth: usize) -> Result<(), Error> {
        self.bags += 1;
        self.limits.check(Limit::Entries, self.bags)?;
        self.limits.check(Limit::Depth, depth)
    }
}
