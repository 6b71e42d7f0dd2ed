//! The expiry of a certificate and its consequences.

mod report;

use std::fmt;

use crate::info::CertificateInfo;
use crate::severity::Severity;
use crate::time::Time;
use crate::validity::{DAY, Validity};
use crate::verify::SelfSigned;

pub use report::{ExpiryReport, ExpiryRow, OpenEnd};

/// The reason why peers trust a certificate.
///
/// ```
/// # use certgen::{CertificateInfo, KeyKind, NodeParams, KeyPair, Time, TrustModel};
/// # let mut rng = rand::rng();
/// # let key = KeyPair::generate(KeyKind::Rsa2048, &mut rng)?;
/// # let params = NodeParams::for_ip("10.0.0.11".parse()?).valid_from(Time::from_unix_seconds(1_800_000_000));
/// # let certificate = params.self_signed(&key, &mut rng)?;
/// assert_eq!(TrustModel::of(&CertificateInfo::read(&certificate)?), TrustModel::Pinned);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum TrustModel {
    /// The certificate itself is in the peers' truststores.
    ///
    /// Java then does not check the certificate's dates (`sun.security.validator`, both `SunX509` and `PKIX`). For an
    /// authority's certificate, this holds if the served chain is in order. For an expired certificate in the node's
    /// own keystore, Cassandra logs `Certificate for <alias> expired on <date>`.
    Pinned,
    /// An authority above the certificate is in the peers' truststores.
    ///
    /// Java then refuses the certificate outside its dates.
    Authority,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub(crate) enum ExpiryStatus {
    NotYetValid,
    Valid,
    Expired,
}

/// Which certificates an expiry affects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Holder {
    Own,
    /// The certificates below an authority's certificate.
    Issued,
}

/// The effect of a certificate's dates on new connections.
///
/// The dates of an authority's certificate affect the nodes whose certificates are below the authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Consequence {
    /// The certificate is within its dates, and is accepted.
    Accepted,
    /// The certificate is outside its dates, but is still accepted.
    StillAccepted,
    /// The certificate is outside its dates, and is refused.
    ///
    /// The nodes that need the certificate are cut off.
    Outage,
}

/// The numbers of days before the end within which a warning or an error is due.
///
/// ```
/// let thresholds = certgen::Thresholds::default().with_warning_days(90);
/// assert_eq!((thresholds.warning_days, thresholds.error_days), (90, 14));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Thresholds {
    /// If fewer days than this are left, the severity is at least [`Severity::Warning`].
    pub warning_days: u32,
    /// If fewer days than this are left, the severity is [`Severity::Error`].
    ///
    /// A pinned certificate has [`Severity::Warning`] instead.
    pub error_days: u32,
}

impl Thresholds {
    /// Sets [`warning_days`](Self::warning_days).
    #[must_use]
    pub const fn with_warning_days(mut self, days: u32) -> Self {
        self.warning_days = days;
        self
    }

    /// Sets [`error_days`](Self::error_days).
    #[must_use]
    pub const fn with_error_days(mut self, days: u32) -> Self {
        self.error_days = days;
        self
    }
}

impl TrustModel {
    /// The model that a certificate implies by itself.
    ///
    /// The model is [`Pinned`](Self::Pinned) if the certificate is signed with its own key, because peers trust such a
    /// certificate only if it is in their truststores. Otherwise, or if this build cannot check the signature, the model
    /// is [`Authority`](Self::Authority).
    pub fn of(certificate: &CertificateInfo) -> Self {
        match certificate.self_signed() {
            SelfSigned::Yes => Self::Pinned,
            SelfSigned::No | SelfSigned::Unchecked => Self::Authority,
        }
    }
}

impl Default for Thresholds {
    /// 60 days for a warning, and 14 days for an error.
    ///
    /// 60 days are enough to plan a rotation, and 14 to carry one out.
    fn default() -> Self {
        Self { warning_days: 60, error_days: 14 }
    }
}

/// A certificate's dates at a given time, under a given trust model.
///
/// ```
/// use certgen::{Consequence, Expiry, Time, TrustModel, Validity};
///
/// let start = Time::from_unix_seconds(1_700_000_000);
/// let validity = Validity::days(start, 365)?;
/// let a_year_and_a_day_later = Time::from_unix_seconds(1_700_000_000 + 366 * 86_400);
/// let expiry = Expiry::new(validity, a_year_and_a_day_later, TrustModel::Authority);
/// assert_eq!((expiry.days_left(), expiry.consequence()), (-1, Consequence::Outage));
/// # Ok::<(), certgen::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Expiry {
    validity: Validity,
    now: Time,
    trust: TrustModel,
    holder: Holder,
}

impl Expiry {
    /// The expiry of `validity` as of `now`, for peers with the trust model `trust`.
    pub const fn new(validity: Validity, now: Time, trust: TrustModel) -> Self {
        Self { validity, now, trust, holder: Holder::Own }
    }

    /// The expiry of `certificate` as of `now`, for peers with the trust model `trust`.
    ///
    /// If the certificate is an authority's and is not pinned, `Display` describes the effect on the certificates below
    /// the authority.
    pub fn of(certificate: &CertificateInfo, now: Time, trust: TrustModel) -> Self {
        let holder = if certificate.is_authority() { Holder::Issued } else { Holder::Own };
        Self { holder, ..Self::new(certificate.validity(), now, trust) }
    }

    /// The number of days until the last date, rounded down.
    ///
    /// The number is 0 in the last 24 hours, and -1 in the first 24 hours after them.
    pub fn days_left(self) -> i64 {
        self.validity.not_after().unix_seconds().saturating_sub(self.now.unix_seconds()).div_euclid(DAY)
    }

    pub(crate) fn status(self) -> ExpiryStatus {
        if self.now < self.validity.not_before() {
            ExpiryStatus::NotYetValid
        } else if self.now > self.validity.not_after() {
            ExpiryStatus::Expired
        } else {
            ExpiryStatus::Valid
        }
    }

    /// The effect on new connections.
    pub fn consequence(self) -> Consequence {
        match (self.status(), self.trust) {
            (ExpiryStatus::Valid, _) => Consequence::Accepted,
            (_, TrustModel::Pinned) => Consequence::StillAccepted,
            (_, TrustModel::Authority) => Consequence::Outage,
        }
    }

    /// The severity of the expiry; `None` if nothing needs to be done yet.
    ///
    /// A pinned certificate never causes more than a warning, because its expiry cuts off no node.
    pub fn severity(self, thresholds: Thresholds) -> Option<Severity> {
        let below = |days| self.days_left() < i64::from(days);
        match (self.consequence(), self.trust) {
            (Consequence::Outage, _) => Some(Severity::Error),
            (Consequence::Accepted, TrustModel::Authority) if below(thresholds.error_days) => Some(Severity::Error),
            (Consequence::Accepted, _) if below(thresholds.warning_days.max(thresholds.error_days)) => {
                Some(Severity::Warning)
            }
            (Consequence::Accepted, _) => None,
            (Consequence::StillAccepted, _) => Some(Severity::Warning),
        }
    }

    /// The dates of the certificate.
    pub const fn validity(self) -> Validity {
        self.validity
    }

    /// The reason why peers trust the certificate.
    pub const fn trust(self) -> TrustModel {
        self.trust
    }
}

impl fmt::Display for Expiry {
    /// Writes the expiry and its consequence.
    ///
    /// An example is `expires in 13 days, then every peer refuses it`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.status(), self.trust) {
            (ExpiryStatus::Valid, _) => write!(formatter, "expires in {}", days(self.days_left()))?,
            (ExpiryStatus::NotYetValid, _) => write!(formatter, "valid from {}", self.validity.not_before())?,
            (ExpiryStatus::Expired, _) => write!(formatter, "expired on {}", self.validity.not_after())?,
        }
        formatter.write_str(match (self.consequence(), self.trust, self.holder) {
            (Consequence::Accepted, TrustModel::Pinned, _) => "; peers accept it after that too",
            (Consequence::Accepted, TrustModel::Authority, Holder::Own) => ", then every peer refuses it",
            (Consequence::Accepted, TrustModel::Authority, Holder::Issued) => {
                ", then every certificate from it is refused, except by peers that trust it directly"
            }
            (Consequence::StillAccepted, ..) => "; peers still accept it, because they trust it directly",
            (Consequence::Outage, _, Holder::Own) => ", refused by every peer",
            (Consequence::Outage, _, Holder::Issued) => {
                ": every certificate from it is refused, except by peers that trust it directly"
            }
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

    fn at(days: i64, seconds: i64, trust: TrustModel) -> Expiry {
        let validity = Validity::days(Time::from_unix_seconds(START), 100).unwrap();
        Expiry::new(validity, Time::from_unix_seconds(START + days * DAY + seconds), trust)
    }

    #[test]
    fn the_last_second_is_valid_and_the_next_one_is_not() {
        assert_eq!(at(100, 0, TrustModel::Authority).status(), ExpiryStatus::Valid);
        assert_eq!(at(100, 0, TrustModel::Authority).days_left(), 0);
        assert_eq!(at(100, 1, TrustModel::Authority).status(), ExpiryStatus::Expired);
        assert_eq!(at(100, 1, TrustModel::Authority).days_left(), -1);
        assert_eq!(at(0, -1, TrustModel::Authority).status(), ExpiryStatus::NotYetValid);
    }

    #[test]
    fn expiry_is_an_outage_under_an_authority_only() {
        assert_eq!(at(101, 0, TrustModel::Authority).consequence(), Consequence::Outage);
        assert_eq!(at(101, 0, TrustModel::Pinned).consequence(), Consequence::StillAccepted);
        assert_eq!(at(-1, 0, TrustModel::Authority).consequence(), Consequence::Outage);
    }

    #[test]
    fn severity_follows_the_days_that_are_left() {
        let severity = |days, trust| at(days, 0, trust).severity(Thresholds::default());
        assert_eq!(severity(40, TrustModel::Authority), None);
        assert_eq!(severity(41, TrustModel::Authority), Some(Severity::Warning));
        assert_eq!(severity(86, TrustModel::Authority), Some(Severity::Warning));
        assert_eq!(severity(87, TrustModel::Authority), Some(Severity::Error));
        assert_eq!(severity(101, TrustModel::Authority), Some(Severity::Error));
        assert_eq!(severity(99, TrustModel::Pinned), Some(Severity::Warning));
        assert_eq!(severity(1000, TrustModel::Pinned), Some(Severity::Warning));
    }

    #[test]
    fn it_is_displayed_as_one_sentence() {
        assert_eq!(at(99, 0, TrustModel::Authority).to_string(), "expires in 1 day, then every peer refuses it");
        let expired = at(101, 0, TrustModel::Pinned).to_string();
        assert_eq!(expired, "expired on 2024-02-22T22:13:20Z; peers still accept it, because they trust it directly");
    }
}
