//! The period in which a certificate is valid.

use crate::error::{Error, ErrorKind};
use crate::time::Time;

/// The length of a day in seconds.
pub(crate) const DAY: i64 = 86_400;

/// The two dates of a certificate, both inclusive (RFC 5280, section 4.1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Validity {
    not_before: Time,
    not_after: Time,
}

impl Validity {
    /// The validity that [`NodeParams::valid_from`](crate::NodeParams::valid_from) sets, in days: ten years of 365 days.
    ///
    /// A node's self-signed certificate is long-lived, because its replacement affects every node. Java accepts such a
    /// certificate even after its expiry, because the certificate is its own trust anchor. For a certificate from a private
    /// authority, a year or less is better, because its expiry is an outage and its replacement is cheap.
    ///
    /// This number is also the default of [`LintPolicy::max_validity_days`](crate::LintPolicy::max_validity_days).
    pub const DEFAULT_DAYS: u32 = 3650;

    /// The period from `not_before` to `not_after`, both inclusive.
    ///
    /// # Errors
    /// [`ErrorKind::EndsBeforeItStarts`]; [`ErrorKind::DateOutOfRange`] for a date outside the years 1 to 9999.
    pub fn new(not_before: Time, not_after: Time) -> Result<Self, Error> {
        for date in [not_before, not_after] {
            if !Time::RANGE.contains(&date) {
                return Err(Error::new(ErrorKind::DateOutOfRange { date }));
            }
        }
        if not_after < not_before {
            return Err(Error::new(ErrorKind::EndsBeforeItStarts { not_before, not_after }));
        }
        Ok(Self { not_before, not_after })
    }

    /// The period of `days` days of 86,400 seconds from `not_before`, like keytool's `-validity`.
    ///
    /// # Errors
    /// [`ErrorKind::DateOutOfRange`] for a date outside the years 1 to 9999.
    pub fn days(not_before: Time, days: u32) -> Result<Self, Error> {
        Self::new(not_before, not_before.plus_seconds(i64::from(days) * DAY))
    }

    pub(crate) const fn as_read(not_before: Time, not_after: Time) -> Self {
        Self { not_before, not_after }
    }

    /// The first second at which the certificate is valid.
    pub const fn not_before(self) -> Time {
        self.not_before
    }

    /// The last second at which the certificate is valid.
    pub const fn not_after(self) -> Time {
        self.not_after
    }

    /// Whether `at` is within the period, both ends included.
    pub fn contains(self, at: Time) -> bool {
        (self.not_before..=self.not_after).contains(&at)
    }

    /// Moves the start back by `seconds`.
    ///
    /// For a peer whose clock is slow, a certificate that begins now is not yet valid.
    ///
    /// # Errors
    /// As for [`Validity::new`].
    pub fn with_clock_skew(self, seconds: u32) -> Result<Self, Error> {
        Self::new(self.not_before.plus_seconds(-i64::from(seconds)), self.not_after)
    }

    pub(crate) fn plus_skew(self, seconds: i64) -> Self {
        let not_before = self.not_before.plus_seconds(seconds).min(self.not_after);
        Self { not_before, not_after: self.not_after }
    }

    pub(crate) fn encloses(self, other: Self) -> bool {
        self.contains(other.not_before) && self.contains(other.not_after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_86_400_seconds() {
        let validity = Validity::days(Time::from_unix_seconds(0), Validity::DEFAULT_DAYS).unwrap();
        assert_eq!(validity.not_after().to_string(), "1979-12-30T00:00:00Z");
    }

    #[test]
    fn an_end_before_the_start_is_refused() {
        let (not_before, not_after) = (Time::from_unix_seconds(1), Time::from_unix_seconds(0));
        let error = Validity::new(not_before, not_after).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::EndsBeforeItStarts { not_before, not_after });
    }

    #[test]
    fn a_year_above_9999_is_refused() {
        let start = Time::from_unix_seconds(253_402_300_799);
        let error = Validity::days(start, 1).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::DateOutOfRange { date: start.plus_seconds(DAY) });
    }
}
