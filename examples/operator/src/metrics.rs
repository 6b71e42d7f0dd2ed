//! Expiry as metrics for the textfile collector of Prometheus's `node_exporter`.
//!
//! The version of the text format is 0.0.4.

use std::collections::BTreeSet;
use std::fmt;

use certgen::{ExpiryReport, ExpiryRow, Time, TrustModel};

use crate::input::Digest;
use crate::renewal::Renewal;
use crate::shown::shown;
use crate::status::{Failure, Status};

#[derive(Debug)]
pub(crate) struct Metrics<'a> {
    pub(crate) now: Time,
    pub(crate) report: &'a ExpiryReport,
    pub(crate) failures: &'a [Failure],
    pub(crate) renewal: Option<&'a Renewal>,
}

/// The labels of a sample, in braces; empty if there are none.
type Labels = String;

impl fmt::Display for Metrics<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.report.rows();
        let of_rows = |value: fn(&ExpiryRow) -> i64| rows.iter().map(move |row| (labels_of(row), value(row)));
        gauge(
            formatter,
            "certificate_not_before_timestamp_seconds",
            "The first moment at which a certificate is valid.",
            of_rows(|row| row.expiry().validity().not_before().unix_seconds()),
        )?;
        gauge(
            formatter,
            "certificate_not_after_timestamp_seconds",
            "The last moment at which a certificate is valid. With trust=\"authority\", peers refuse it afterwards.",
            of_rows(|row| row.expiry().validity().not_after().unix_seconds()),
        )?;
        gauge(
            formatter,
            "certificate_status",
            "0: fine, 1: warning, 2: error, by the thresholds of the run.",
            of_rows(|row| i64::from(Status::of(row.severity().map(Into::into)).code())),
        )?;
        gauge(
            formatter,
            "expiry_failed",
            "1 for each file or server that could not be read.",
            self.failures.iter().map(|failure| (labels(&[("name", &failure.name)]), 1)),
        )?;
        gauge(
            formatter,
            "expiry_open_ends",
            "Chains whose last issuer was not shown, so that its dates were not checked.",
            [(Labels::new(), self.report.open_ends().len())],
        )?;
        gauge(
            formatter,
            "expiry_last_run_timestamp_seconds",
            "The time at which expiry wrote these metrics.",
            [(Labels::new(), self.now.unix_seconds())],
        )?;
        self.renewal.map_or(Ok(()), |renewal| of_renewal(formatter, renewal))
    }
}

fn of_renewal(formatter: &mut fmt::Formatter<'_>, renewal: &Renewal) -> fmt::Result {
    if let Some(plan) = &renewal.plan {
        let own = labels(&[("plan", plan.id.as_str())]);
        let help = "The cost of a rotation of all certificates.";
        gauge(formatter, "renewal_restarts", help, [(own.clone(), plan.restarts)])?;
        gauge(formatter, "renewal_reloads", help, [(own, plan.reloads)])?;
    }
    if let Some(start) = renewal.latest_start {
        let help = "The time by which the rotation must begin: --error days before the first certificate is refused.";
        let name = "renewal_latest_start_timestamp_seconds";
        gauge(formatter, name, help, [(Labels::new(), start.unix_seconds())])?;
    }
    Ok(())
}

/// Writes a gauge.
///
/// Equal samples are written once, because the collector refuses duplicates.
fn gauge<V: fmt::Display + Ord>(
    formatter: &mut fmt::Formatter<'_>,
    name: &str,
    help: &str,
    samples: impl IntoIterator<Item = (Labels, V)>,
) -> fmt::Result {
    writeln!(formatter, "# HELP cassandra_tls_{name} {help}")?;
    writeln!(formatter, "# TYPE cassandra_tls_{name} gauge")?;
    let samples: BTreeSet<(Labels, V)> = samples.into_iter().collect();
    samples.into_iter().try_for_each(|(labels, value)| writeln!(formatter, "cassandra_tls_{name}{labels} {value}"))
}

fn labels_of(row: &ExpiryRow) -> Labels {
    let trust = match row.expiry().trust() {
        TrustModel::Pinned => "pinned",
        _ => "authority",
    };
    let sha256 = Digest::from(row.sha256()).to_string();
    labels(&[("name", row.name()), ("subject", row.subject()), ("sha256", &sha256), ("trust", trust)])
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    let quoted = |value: &str| shown(value).replace('\\', "\\\\").replace('"', "\\\"");
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}=\"{}\"", quoted(value))).collect();
    format!("{{{}}}", pairs.join(","))
}
