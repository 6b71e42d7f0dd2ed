//! The iterations that one call may spend on key derivations.

use crate::error::{Error, Limit};
use crate::{Limits, Password};

/// What is left to spend. Everything is charged before anything is derived.
#[derive(Debug)]
pub(super) struct Budget<'l> {
    limits: &'l Limits,
    spent: u64,
    /// An empty password has two encodings, and both may have to be tried.
    attempts: u64,
}

impl<'l> Budget<'l> {
    pub(super) fn new(limits: &'l Limits, password: Option<&Password>) -> Self {
        let attempts = if password.is_some_and(Password::is_empty) { 2 } else { 1 };
        Self { limits, spent: 0, attempts }
    }

    /// Accounts for a derivation of so many blocks of output.
    ///
    /// # Errors
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded), for the derivation alone or for all so far together.
    pub(super) fn charge(&mut self, iterations: u32, blocks: usize) -> Result<(), Error> {
        self.limits.check(Limit::Iterations, iterations)?;
        let blocks = u64::try_from(blocks).unwrap_or(u64::MAX).saturating_mul(self.attempts);
        self.spent = self.spent.saturating_add(u64::from(iterations).saturating_mul(blocks));
        self.limits.check(Limit::TotalIterations, self.spent)
    }
}
