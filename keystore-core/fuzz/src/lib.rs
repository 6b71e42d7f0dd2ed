//! What the fuzz targets share.

use keystore_core::{Limits, MissingMac};

/// Limits that keep a run quick, and take files without a MAC, which mutations leave intact.
pub fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.iterations = 2_000;
    limits.total_iterations = 20_000;
    limits.missing_mac = MissingMac::Accept;
    limits.scrypt_work = 1 << 12;
    limits.memory = 1 << 20;
    limits
}
