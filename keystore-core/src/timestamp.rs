//! The date of an entry.

use std::time::SystemTime;

/// A moment as Java stores it: signed 64-bit milliseconds since 1970-01-01T00:00:00Z (`java.util.Date.getTime()`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `millis` milliseconds after (or, negative, before) the start of 1970 in UTC.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the start of 1970 in UTC.
    pub const fn millis(self) -> i64 {
        self.0
    }
}

/// Cut to whole milliseconds; what 64 bits do not hold becomes the nearest moment that they do.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn system_time_is_cut_to_milliseconds_on_either_side_of_1970() {
        let after = SystemTime::UNIX_EPOCH + Duration::from_micros(1_700_000_000_123_456);
        let before = SystemTime::UNIX_EPOCH - Duration::from_millis(5);
        assert_eq!(Timestamp::from(after), Timestamp::from_millis(1_700_000_000_123));
        assert_eq!(Timestamp::from(before), Timestamp::from_millis(-5));
    }
}
