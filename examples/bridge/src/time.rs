//! The clock, as keystore-core has it.

use std::time::{SystemTime, UNIX_EPOCH};

use keystore_core::Timestamp;

/// In milliseconds, for the entries of a store.
pub(crate) fn timestamp(now: SystemTime) -> Timestamp {
    Timestamp::from_millis(millis(now))
}

fn millis(now: SystemTime) -> i64 {
    let elapsed = now.duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis());
    i64::try_from(elapsed).unwrap_or(i64::MAX)
}
