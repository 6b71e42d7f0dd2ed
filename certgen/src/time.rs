//! Points in time, in whole seconds.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::{Error, ErrorKind};
use crate::validity::DAY;

/// A point in time in whole seconds, the precision of X.509 dates.
///
/// This crate does not read the clock: the program passes the time. `Time` converts from [`SystemTime`], rounding down
/// to the second, and back.
///
/// ```
/// use certgen::Time;
///
/// let now = Time::from(std::time::SystemTime::now());
/// assert!(now > Time::from_unix_seconds(0));
/// assert_eq!(Time::from_unix_seconds(1_000_000_000).to_string(), "2001-09-09T01:46:40Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

/// A date and a time of day in UTC, in the proleptic Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Calendar {
    pub(crate) year: i64,
    /// From 1.
    pub(crate) month: i64,
    /// From 1.
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
}

impl Time {
    /// The years 1 to 9999.
    pub(crate) const RANGE: std::ops::RangeInclusive<Self> = Self(-62_135_596_800)..=Self(253_402_300_799);

    /// The time `seconds` after 1970-01-01T00:00:00Z (before, if negative).
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// The seconds since 1970-01-01T00:00:00Z, negative for an earlier time.
    pub const fn unix_seconds(self) -> i64 {
        self.0
    }

    /// The time `seconds` later, saturating at the limits of `i64`.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    pub(crate) fn calendar(self) -> Option<Calendar> {
        Self::RANGE.contains(&self).then(|| Calendar::of(self.0))
    }
}

impl Calendar {
    /// `civil_from_days` of Howard Hinnant ("chrono-Compatible Low-Level Date Algorithms").
    ///
    /// The algorithm's years begin in March, so that the leap day is the last day of a year. 400 years have 146,097 days.
    fn of(unix_seconds: i64) -> Self {
        let second_of_day = unix_seconds.rem_euclid(DAY);
        let days = unix_seconds.div_euclid(DAY) + 719_468;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        Self {
            year: era * 400 + year_of_era + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
            hour: second_of_day / 3600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
        }
    }
}

/// The days from 1970-01-01 to a date (Howard Hinnant's `days_from_civil`).
///
/// A day after the end of the month is a day of the next month.
pub(crate) const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

impl From<SystemTime> for Time {
    /// The second that contains `time`.
    fn from(time: SystemTime) -> Self {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(seconds(after)),
            Err(before) => {
                let before = before.duration();
                Self((-seconds(before)).saturating_sub(i64::from(before.subsec_nanos() > 0)))
            }
        }
    }
}

impl TryFrom<Time> for SystemTime {
    type Error = Error;

    /// # Errors
    /// [`ErrorKind::DateOutOfRange`] for a time that the platform's `SystemTime` cannot hold.
    fn try_from(time: Time) -> Result<Self, Error> {
        let distance = Duration::from_secs(time.0.unsigned_abs());
        let system = if time.0 < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
        system.ok_or_else(|| Error::new(ErrorKind::DateOutOfRange { date: time }))
    }
}

impl fmt::Display for Time {
    /// Writes RFC 3339 in UTC, such as `2026-11-25T05:00:00Z`.
    ///
    /// A time outside the years 1 to 9999 is written as the seconds since 1970, such as `@253402300800`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(at) = self.calendar() else { return write!(formatter, "@{}", self.0) };
        write!(formatter, "{:04}-{:02}-{:02}T", at.year, at.month, at.day)?;
        write!(formatter, "{:02}:{:02}:{:02}Z", at.hour, at.minute, at.second)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Time {
    /// Serializes the text of `Display`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_before_the_epoch_lies_in_the_second_that_it_falls_into() {
        let half_a_second_before = UNIX_EPOCH.checked_sub(Duration::from_millis(500)).unwrap();
        assert_eq!(Time::from(half_a_second_before), Time(-1));
        assert_eq!(Time::from(UNIX_EPOCH.checked_sub(Duration::from_secs(1)).unwrap()), Time(-1));
    }

    #[test]
    fn whole_seconds_survive_the_way_through_the_systems_time() {
        for seconds in [-62_135_596_800, -1, 0, 1, 1_700_000_000, 253_402_300_799] {
            assert_eq!(Time::from(SystemTime::try_from(Time(seconds)).unwrap()), Time(seconds));
        }
    }

    #[test]
    fn the_range_is_the_years_1_to_9999() {
        assert_eq!(Time::RANGE.start().to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(Time::RANGE.end().to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(Time::RANGE.end().plus_seconds(1).to_string(), "@253402300800");
        assert_eq!(Time(i64::MIN).to_string(), "@-9223372036854775808");
    }

    #[test]
    fn every_day_is_followed_by_the_next_one() {
        let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = |year, month| match month {
            2 => 28 + i64::from(leap(year)),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let (mut year, mut month, mut day) = (1, 1, 1);
        for midnight in (Time::RANGE.start().0..=Time::RANGE.end().0).step_by(86_400) {
            let at = Calendar::of(midnight);
            assert_eq!((at.year, at.month, at.day, at.hour, at.minute, at.second), (year, month, day, 0, 0, 0));
            assert_eq!(days_from_civil(year, month, day) * 86_400, midnight);
            day += 1;
            if day > length(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!((year, month, day), (10_000, 1, 1));
    }
}
