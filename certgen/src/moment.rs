//! Points in time, to the second, as certificates hold them.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

/// A point in time: whole seconds since 1970-01-01T00:00:00Z, as X.509 dates hold it (RFC 5280, section 4.1.2.5).
///
/// Nothing here reads a clock: take the time where the program starts and pass it on.
///
/// ```
/// use certgen::Moment;
///
/// let now = Moment::from(std::time::SystemTime::now());
/// assert!(now > Moment::from_unix_seconds(0));
/// assert_eq!(Moment::from_unix_seconds(1_000_000_000).to_string(), "2001-09-09T01:46:40Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    /// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, the limits of what a certificate can say.
    pub(crate) const RANGE: std::ops::RangeInclusive<Self> = Self(-62_135_596_800)..=Self(253_402_300_799);

    /// The moment `seconds` after 1970-01-01T00:00:00Z (before, where negative).
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub const fn unix_seconds(self) -> i64 {
        self.0
    }

    /// The moment `seconds` later; it stops at the ends of the range of `i64`.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Calendar date and time, for moments within [`Moment::RANGE`].
    pub(crate) fn calendar(self) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp(self.0).ok().filter(|_| Self::RANGE.contains(&self))
    }
}

impl From<SystemTime> for Moment {
    /// The whole second that `time` lies in.
    fn from(time: SystemTime) -> Self {
        let seconds = |duration: std::time::Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(seconds(after)),
            Err(before) => Self(-seconds(before.duration()) - i64::from(before.duration().subsec_nanos() > 0)),
        }
    }
}

impl fmt::Display for Moment {
    /// RFC 3339 in UTC, `2026-11-25T05:00:00Z`; outside the years 1 to 9999 the seconds, as `@253402300800`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(at) = self.calendar() else { return write!(formatter, "@{}", self.0) };
        let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
        let (hour, minute, second) = at.to_hms();
        write!(formatter, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Moment {
    /// As it is shown.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_before_the_epoch_lies_in_the_second_that_it_falls_into() {
        let half_a_second_before = UNIX_EPOCH.checked_sub(Duration::from_millis(500)).unwrap();
        assert_eq!(Moment::from(half_a_second_before), Moment(-1));
        assert_eq!(Moment::from(UNIX_EPOCH.checked_sub(Duration::from_secs(1)).unwrap()), Moment(-1));
    }

    #[test]
    fn the_range_is_the_years_1_to_9999() {
        assert_eq!(Moment::RANGE.start().to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(Moment::RANGE.end().to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(Moment::RANGE.end().plus_seconds(1).to_string(), "@253402300800");
        assert_eq!(Moment(i64::MIN).to_string(), "@-9223372036854775808");
    }
}
