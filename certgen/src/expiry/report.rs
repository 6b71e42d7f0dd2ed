//! The expiry of many certificates, the most urgent first.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::fmt;

use rustls_pki_types::CertificateDer;

use super::{Expiry, Thresholds, TrustModel};
use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::info::CertificateInfo;
use crate::severity::Severity;
use crate::time::Time;

/// The expiry of the certificates of a fleet.
///
/// `Display` writes a table. With the feature `serde`, the report can be serialized.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ExpiryReport {
    now: Time,
    thresholds: Thresholds,
    rows: Vec<ExpiryRow>,
    open_ends: Vec<OpenEnd>,
    /// The last certificates of the chains in `open_ends`, in the same order.
    #[cfg_attr(feature = "serde", serde(skip))]
    lasts: Vec<CertificateInfo>,
    /// The self-issued certificates, and those that peers pin ([`TrustModel::Pinned`]).
    #[cfg_attr(feature = "serde", serde(skip))]
    anchors: Vec<CertificateInfo>,
    #[cfg_attr(feature = "serde", serde(skip))]
    issuers: HashSet<Fingerprint>,
}

/// A chain whose last certificate is neither self-issued nor issued by one of the anchors.
///
/// The anchors are the self-issued and the [pinned](TrustModel::Pinned) certificates in the report.
///
/// The certificate of the last certificate's issuer is missing from the chain. Peers that trust the last certificate or
/// the issuer do not need the missing certificate, and do not check its dates. Peers that trust only a certificate above
/// the issuer refuse the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct OpenEnd {
    name: String,
    issuer: String,
}

/// One certificate of an [`ExpiryReport`].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(into = "Fields"))]
pub struct ExpiryRow {
    name: String,
    subject: String,
    sha256: Fingerprint,
    expiry: Expiry,
    severity: Option<Severity>,
}

impl ExpiryReport {
    /// A report without rows, as of `now`.
    pub fn new(now: Time, thresholds: Thresholds) -> Self {
        Self {
            now,
            thresholds,
            rows: Vec::new(),
            open_ends: Vec::new(),
            lasts: Vec::new(),
            anchors: Vec::new(),
            issuers: HashSet::new(),
        }
    }

    /// Adds the certificate of `name`, which is a node, an alias or a file.
    ///
    /// If the certificate is self-issued or pinned, the [open ends](Self::open_ends) of the chains whose last certificate
    /// it issued are removed.
    pub fn add(&mut self, name: impl Into<String>, certificate: &CertificateInfo, trust: TrustModel) {
        let expiry = Expiry::of(certificate, self.now, trust);
        let row = ExpiryRow {
            name: name.into(),
            subject: certificate.subject().to_string(),
            sha256: certificate.sha256(),
            expiry,
            severity: expiry.severity(self.thresholds),
        };
        let place = self.rows.partition_point(|other| other.urgency() <= row.urgency());
        self.rows.insert(place, row);
        if trust == TrustModel::Pinned || certificate.is_self_issued() {
            self.close_ends(certificate);
            self.anchors.push(certificate.clone());
        }
    }

    fn close_ends(&mut self, issuer: &CertificateInfo) {
        let ends = std::mem::take(&mut self.open_ends).into_iter().zip(std::mem::take(&mut self.lasts));
        (self.open_ends, self.lasts) = ends.filter(|(_, last)| !last.is_issued_by(issuer)).unzip();
    }

    /// Adds the chain that the node `name` serves, the node's certificate first.
    ///
    /// Java checks the dates of every certificate below the anchor, so an expired intermediate cuts off the nodes
    /// below it. An issuer in several chains gets one row, under the name of the first chain.
    ///
    /// # Errors
    /// As for [`CertificateInfo::read`]. Certificates that were read before the error are in the report.
    pub fn add_chain(&mut self, name: &str, chain: &[CertificateDer<'_>]) -> Result<(), Error> {
        for (place, der) in chain.iter().enumerate() {
            let is_last = place + 1 == chain.len();
            let fingerprint = Fingerprint::of(der);
            let is_known = place > 0 && self.issuers.contains(&fingerprint);
            if is_known && !is_last {
                continue;
            }
            let certificate = CertificateInfo::read(der)?;
            if place > 0 {
                self.issuers.insert(fingerprint);
            }
            let has_issuer = || self.anchors.iter().any(|anchor| certificate.is_issued_by(anchor));
            if is_last && !certificate.is_self_issued() && !has_issuer() {
                let (name, issuer) = (name.to_owned(), certificate.issuer().to_string());
                self.open_ends.push(OpenEnd { name, issuer });
                self.lasts.push(certificate.clone());
            }
            if is_known {
                continue;
            }
            let name = match place {
                0 => name.to_owned(),
                _ => format!("{name}, certificate {} of {}", place + 1, chain.len()),
            };
            self.add(name, &certificate, TrustModel::of(&certificate));
        }
        Ok(())
    }

    /// The rows, the highest severity first. Rows of the same severity are sorted by last date.
    pub fn rows(&self) -> &[ExpiryRow] {
        &self.rows
    }

    /// The open ends of the chains that were added.
    pub fn open_ends(&self) -> &[OpenEnd] {
        &self.open_ends
    }

    /// One open end for each issuer, named after the issuer's chains, such as `node0 and 2 more`.
    fn open_ends_by_issuer(&self) -> Vec<OpenEnd> {
        let mut ends: Vec<(OpenEnd, usize)> = Vec::new();
        for end in &self.open_ends {
            match ends.iter_mut().find(|(first, _)| first.issuer == end.issuer) {
                Some((_, others)) => *others += 1,
                None => ends.push((end.clone(), 0)),
            }
        }
        let named = |(end, others): (OpenEnd, usize)| match others {
            0 => end,
            others => OpenEnd { name: format!("{} and {others} more", end.name), ..end },
        };
        ends.into_iter().map(named).collect()
    }

    /// The highest severity of all rows; `None` if nothing needs to be done yet.
    pub fn severity(&self) -> Option<Severity> {
        self.rows.first().and_then(|row| row.severity)
    }
}

impl OpenEnd {
    /// The caller's name for the chain.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the issuer of the chain's last certificate.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }
}

impl fmt::Display for OpenEnd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, issuer) = (one_line(&self.name), one_line(&self.issuer));
        write!(
            formatter,
            "{name}: the certificate of {issuer}, which issued the last certificate of the chain, is missing: its dates are not \
             checked, and peers that trust only a certificate above it refuse the chain"
        )
    }
}

impl ExpiryRow {
    /// The caller's name for the certificate.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The certificate's subject.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The SHA-256 fingerprint of the certificate.
    pub fn sha256(&self) -> Fingerprint {
        self.sha256
    }

    /// The certificate's expiry as of the time of the report.
    pub fn expiry(&self) -> Expiry {
        self.expiry
    }

    /// The severity of the expiry; `None` if nothing needs to be done yet.
    pub fn severity(&self) -> Option<Severity> {
        self.severity
    }

    fn urgency(&self) -> (Reverse<Option<Severity>>, Time) {
        (Reverse(self.severity), self.expiry.validity().not_after())
    }
}

impl fmt::Display for ExpiryReport {
    /// Writes a table, then the open ends by issuer.
    ///
    /// The columns are name, last date, days left, severity and meaning.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.rows.iter().map(|row| one_line(&row.name)).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(4);
        writeln!(formatter, "{:width$}  {:20}  {:>9}  {:8}  meaning", "name", "not after", "days left", "severity")?;
        for (name, row) in names.iter().zip(&self.rows) {
            let (end, left) = (row.expiry.validity().not_after().to_string(), row.expiry.days_left());
            let severity = row.severity.map_or_else(|| "-".to_owned(), |severity| severity.to_string());
            writeln!(formatter, "{name:width$}  {end:20}  {left:>9}  {severity:8}  {}", row.expiry)?;
        }
        self.open_ends_by_issuer().iter().try_for_each(|end| writeln!(formatter, "{end}"))
    }
}

/// Escapes control characters, which could move a terminal's cursor.
///
/// Names may come from untrusted input.
fn one_line(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            let escaped = character.is_control().then(|| character.escape_default());
            let plain = escaped.is_none().then_some(character);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect()
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize)]
struct Fields {
    name: String,
    subject: String,
    sha256: Fingerprint,
    not_before: Time,
    not_after: Time,
    days_left: i64,
    trust: TrustModel,
    status: super::ExpiryStatus,
    consequence: super::Consequence,
    severity: Option<Severity>,
}

#[cfg(feature = "serde")]
impl From<ExpiryRow> for Fields {
    fn from(row: ExpiryRow) -> Self {
        Self {
            name: row.name,
            subject: row.subject,
            sha256: row.sha256,
            not_before: row.expiry.validity().not_before(),
            not_after: row.expiry.validity().not_after(),
            days_left: row.expiry.days_left(),
            trust: row.expiry.trust(),
            status: row.expiry.status(),
            consequence: row.expiry.consequence(),
            severity: row.severity,
        }
    }
}
