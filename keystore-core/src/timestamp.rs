//! The date of an entry.

use crate::error::{Error, ErrorKind};
use std::fmt;
use std::time::{Duration, SystemTime};

/// A moment as Java stores it: signed 64-bit milliseconds since 1970-01-01T00:00:00Z.
///
/// The value is that of `java.util.Date.getTime()`. `Display` writes a moment as `java.time.Instant` does: in UTC, with
/// milliseconds unless they are zero.
///
/// ```
/// let created = keystore_core::Timestamp::from_millis(1_700_000_000_123);
/// assert_eq!(created.to_string(), "2023-11-14T22:13:20.123Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `millis` milliseconds after the start of 1970 in UTC.
    ///
    /// A negative `millis` means a moment before 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The milliseconds since the start of 1970 in UTC.
    pub const fn millis(self) -> i64 {
        self.0
    }
}

impl Timestamp {
    /// The start of this day in UTC; `None` if there is no such day in the years 0 to 9,999.
    pub(crate) fn from_date(year: i64, month: i64, day: i64) -> Option<Self> {
        let days = days(year, month, day);
        ((0..=9_999).contains(&year) && civil(days) == (year, month, day)).then(|| Self(days * MILLIS_PER_DAY))
    }
}

/// Truncates to whole milliseconds, and saturates at the limits of 64 bits.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
        })
    }
}

/// # Errors
/// [`ErrorKind::TimestampOutOfRange`] for a moment that the platform's clock cannot express, such as a moment before
/// 1601 on Windows.
impl TryFrom<Timestamp> for SystemTime {
    type Error = Error;

    fn try_from(timestamp: Timestamp) -> Result<Self, Error> {
        let distance = Duration::from_millis(timestamp.0.unsigned_abs());
        let time = if timestamp.0 < 0 {
            Self::UNIX_EPOCH.checked_sub(distance)
        } else {
            Self::UNIX_EPOCH.checked_add(distance)
        };
        time.ok_or_else(|| Error::new(ErrorKind::TimestampOutOfRange(timestamp)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, millis) = (self.0.div_euclid(MILLIS_PER_DAY), self.0.rem_euclid(MILLIS_PER_DAY));
        let (year, month, day) = civil(days);
        match year {
            0..=9_999 => write!(f, "{year:04}")?,
            ..0 => write!(f, "{year:05}")?,
            10_000.. => write!(f, "+{year}")?,
        }
        let (seconds, millis) = (millis / 1_000, millis % 1_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(f, "-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if millis != 0 {
            write!(f, ".{millis:03}")?;
        }
        f.write_str("Z")
    }
}

const MILLIS_PER_DAY: i64 = 86_400_000;

/// Converts days since the start of 1970 to a date of the proleptic Gregorian calendar.
///
/// Years are counted from March, so that the leap day comes last (Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms").
const fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

/// The inverse of [`civil`].
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_time_is_cut_to_milliseconds_on_either_side_of_1970() {
        let after = SystemTime::UNIX_EPOCH + Duration::from_micros(1_700_000_000_123_456);
        let before = SystemTime::UNIX_EPOCH - Duration::from_millis(5);
        assert_eq!(Timestamp::from(after), Timestamp::from_millis(1_700_000_000_123));
        assert_eq!(Timestamp::from(before), Timestamp::from_millis(-5));
        assert_eq!(SystemTime::try_from(Timestamp::from_millis(-5)).unwrap(), before);
    }

    #[test]
    fn a_timestamp_comes_back_from_system_time() {
        for millis in [-62_135_596_800_001, -1, 0, 1, 1_700_000_000_123] {
            let timestamp = Timestamp::from_millis(millis);
            assert_eq!(Timestamp::from(SystemTime::try_from(timestamp).unwrap()), timestamp);
        }
    }

    /// The texts are those of `Instant.ofEpochMilli(millis).toString()` in Java 17.
    #[test]
    fn dates_are_shown_as_java_shows_an_instant() {
        for (millis, expected) in INSTANTS {
            assert_eq!(Timestamp::from_millis(millis).to_string(), expected);
        }
    }

    const INSTANTS: [(i64, &str); 13] = [
        (0, "1970-01-01T00:00:00Z"),
        (1_700_000_000_123, "2023-11-14T22:13:20.123Z"),
        (1_700_000_000_000, "2023-11-14T22:13:20Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00Z"),
        (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        (-2_203_891_200_000, "1900-03-01T00:00:00Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (253_402_300_800_000, "+10000-01-01T00:00:00Z"),
        (-62_167_219_200_000, "0000-01-01T00:00:00Z"),
        (-62_167_219_200_001, "-0001-12-31T23:59:59.999Z"),
        (i64::MAX, "+292278994-08-17T07:12:55.807Z"),
        (i64::MIN, "-292275055-05-16T16:47:04.192Z"),
    ];
}
