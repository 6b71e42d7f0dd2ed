//! When a certificate expires, and what happens then.

mod report;

use std::fmt;

use crate::moment::Moment;
use crate::severity::Severity;
use crate::validity::{DAY, Validity};

pub use report::{ExpiryReport, ExpiryRow};

/// Why the peers of a node trust its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Trust {
    /// The certificate itself is in their truststores. Java then looks at no date: an expired certificate goes on being
    /// accepted (`sun.security.validator`, both `SunX509` and `PKIX`), and Cassandra logs
    /// `Certificate for <alias> expired on <date>`.
    OwnAnchor,
    /// An authority that issued it is in their truststores. Java then checks the dates: an expired certificate is refused by
    /// every peer.
    Authority,
}

/// Where `now` lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum ExpiryStatus {
    /// Before the first date.
    NotYetValid,
    /// Between the dates, both included.
    Valid,
    /// After the last date.
    Expired,
}

/// What a new connection to the node makes of its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Consequence {
    /// It is accepted.
    Accepted,
    /// It is outside its dates and accepted nevertheless; logs say so.
    StillAccepted,
    /// It is refused: the node is cut off.
    Outage,
}

/// How many days before the end it is time to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Thresholds {
    /// Fewer days left than this: a warning.
    pub warning_days: u32,
    /// Fewer days left than this: critical.
    pub critical_days: u32,
}

impl Default for Thresholds {
    /// 60 and 14 days: time to plan a rotation, time to carry one out.
    fn default() -> Self {
        Self { warning_days: 60, critical_days: 14 }
    }
}

/// A certificate's dates at a given moment, under a given trust.
///
/// ```
/// use certgen::{Consequence, Expiry, Moment, Trust, Validity};
///
/// let start = Moment::from_unix_seconds(1_700_000_000);
/// let validity = Validity::days(start, 365)?;
/// let a_year_and_a_day_later = Moment::from_unix_seconds(1_700_000_000 + 366 * 86_400);
/// let expiry = Expiry::new(validity, a_year_and_a_day_later, Trust::Authority);
/// assert_eq!((expiry.days_left(), expiry.consequence()), (-1, Consequence::Outage));
/// # Ok::<(), certgen::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Expiry {
    validity: Validity,
    now: Moment,
    trust: Trust,
}

impl Expiry {
    /// `validity`, seen at `now` by peers that trust the certificate because of `trust`.
    pub const fn new(validity: Validity, now: Moment, trust: Trust) -> Self {
        Self { validity, now, trust }
    }

    /// Whole days until the last date, rounded down: 0 on the last day, -1 within the first day after it.
    pub fn days_left(self) -> i64 {
        self.validity.not_after().unix_seconds().saturating_sub(self.now.unix_seconds()).div_euclid(DAY)
    }

    /// Where the moment lies.
    pub fn status(self) -> ExpiryStatus {
        if self.now < self.validity.not_before() {
            ExpiryStatus::NotYetValid
        } else if self.now > self.validity.not_after() {
            ExpiryStatus::Expired
        } else {
            ExpiryStatus::Valid
        }
    }

    /// What a new connection makes of the certificate.
    pub fn consequence(self) -> Consequence {
        match (self.status(), self.trust) {
            (ExpiryStatus::Valid, _) => Consequence::Accepted,
            (_, Trust::OwnAnchor) => Consequence::StillAccepted,
            (_, Trust::Authority) => Consequence::Outage,
        }
    }

    /// How bad it is. A certificate that is its own anchor never gets beyond a warning: its expiry cuts nobody off.
    pub fn severity(self, thresholds: Thresholds) -> Severity {
        let below = |days| self.days_left() < i64::from(days);
        match (self.consequence(), self.trust) {
            (Consequence::Outage, _) => Severity::Critical,
            (Consequence::Accepted, Trust::Authority) if below(thresholds.critical_days) => Severity::Critical,
            (Consequence::Accepted, _) if below(thresholds.warning_days.max(thresholds.critical_days)) => {
                Severity::Warning
            }
            (Consequence::Accepted, _) => Severity::Fine,
            (Consequence::StillAccepted, _) => Severity::Warning,
        }
    }

    /// The dates.
    pub const fn validity(self) -> Validity {
        self.validity
    }

    /// Why the certificate is trusted.
    pub const fn trust(self) -> Trust {
        self.trust
    }
}

impl fmt::Display for Expiry {
    /// One sentence for people, such as `expires in 13 days, then its node is cut off`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.status(), self.trust) {
            (ExpiryStatus::Valid, _) => write!(formatter, "expires in {}", days(self.days_left()))?,
            (ExpiryStatus::NotYetValid, _) => write!(formatter, "valid from {}", self.validity.not_before())?,
            (ExpiryStatus::Expired, _) => write!(formatter, "expired on {}", self.validity.not_after())?,
        }
        formatter.write_str(match (self.consequence(), self.trust) {
            (Consequence::Accepted, Trust::OwnAnchor) => ", and is accepted after that too",
            (Consequence::Accepted, Trust::Authority) => ", then its node is cut off",
            (Consequence::StillAccepted, _) => ", accepted nevertheless as its own trust anchor",
            (Consequence::Outage, _) => ", refused by every peer",
        })
    }
}

fn days(count: i64) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_700_000_000;

    fn at(days: i64, seconds: i64, trust: Trust) -> Expiry {
        let validity = Validity::days(Moment::from_unix_seconds(START), 100).unwrap();
        Expiry::new(validity, Moment::from_unix_seconds(START + days * DAY + seconds), trust)
    }

    #[test]
    fn the_last_second_is_valid_and_the_next_one_is_not() {
        assert_eq!(at(100, 0, Trust::Authority).status(), ExpiryStatus::Valid);
        assert_eq!(at(100, 0, Trust::Authority).days_left(), 0);
        assert_eq!(at(100, 1, Trust::Authority).status(), ExpiryStatus::Expired);
        assert_eq!(at(100, 1, Trust::Authority).days_left(), -1);
        assert_eq!(at(0, -1, Trust::Authority).status(), ExpiryStatus::NotYetValid);
    }

    #[test]
    fn expiry_is_an_outage_under_an_authority_only() {
        assert_eq!(at(101, 0, Trust::Authority).consequence(), Consequence::Outage);
        assert_eq!(at(101, 0, Trust::OwnAnchor).consequence(), Consequence::StillAccepted);
        assert_eq!(at(-1, 0, Trust::Authority).consequence(), Consequence::Outage);
    }

    #[test]
    fn severity_follows_the_days_that_are_left() {
        let severity = |days, trust| at(days, 0, trust).severity(Thresholds::default());
        assert_eq!(severity(40, Trust::Authority), Severity::Fine);
        assert_eq!(severity(41, Trust::Authority), Severity::Warning);
        assert_eq!(severity(86, Trust::Authority), Severity::Warning);
        assert_eq!(severity(87, Trust::Authority), Severity::Critical);
        assert_eq!(severity(101, Trust::Authority), Severity::Critical);
        assert_eq!(severity(99, Trust::OwnAnchor), Severity::Warning);
        assert_eq!(severity(1000, Trust::OwnAnchor), Severity::Warning);
    }

    #[test]
    fn it_is_told_in_one_sentence() {
        assert_eq!(at(99, 0, Trust::Authority).to_string(), "expires in 1 day, then its node is cut off");
        let expired = at(101, 0, Trust::OwnAnchor).to_string();
        assert_eq!(expired, "expired on 2024-02-22T22:13:20Z, accepted nevertheless as its own trust anchor");
    }
}
