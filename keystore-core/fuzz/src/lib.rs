//! Limits that the fuzz targets share.

use keystore_core::{Limits, MissingMac};

/// Limits that keep a run quick and accept files without a MAC, because mutations seldom keep a MAC valid.
pub fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.iterations = 2_000;
    limits.total_iterations = 20_000;
    limits.missing_mac = MissingMac::Accept;
    limits.scrypt_work = 1 << 12;
    limits.memory = 1 << 20;
    limits
}
