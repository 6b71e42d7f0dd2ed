//! Expiry as metrics in Prometheus's text format, version 0.0.4, for the textfile collector of its node exporter.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use certgen::{ExpiryReport, ExpiryRow, Time, TrustModel};

use crate::renewal::Renewal;
use crate::shown::shown;
use crate::status::{Failure, Status};

/// What `expiry` found, as metrics.
#[derive(Debug)]
pub(crate) struct Metrics<'a> {
    pub(crate) now: Time,
    pub(crate) report: &'a ExpiryReport,
    pub(crate) failures: &'a [Failure],
    pub(crate) renewal: Option<&'a Renewal>,
}

/// Labels in braces.
type Labels = String;

impl fmt::Display for Metrics<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        let of_rows = |value: fn(&ExpiryRow) -> i64| -> BTreeSet<(Labels, i64)> {
            self.report.rows().iter().map(|row| (labels_of(row), value(row))).collect()
        };
        gauge(
            &mut text,
            "certificate_not_before_timestamp_seconds",
            "The first moment at which a certificate is valid.",
            of_rows(|row| row.expiry().validity().not_before().unix_seconds()),
        );
        gauge(
            &mut text,
            "certificate_not_after_timestamp_seconds",
            "The last moment at which a certificate is valid. With trust=\"authority\" peers refuse it afterwards.",
            of_rows(|row| row.expiry().validity().not_after().unix_seconds()),
        );
        gauge(
            &mut text,
            "certificate_status",
            "0: fine, 1: warning, 2: error, by the thresholds of the run.",
            of_rows(|row| i64::from(Status::of(row.severity().map(Into::into)).code())),
        );
        gauge(
            &mut text,
            "expiry_failed",
            "1 for each file or server that could not be looked at.",
            self.failures.iter().map(|failure| (labels(&[("name", &failure.name)]), 1)),
        );
        gauge(
            &mut text,
            "expiry_open_ends",
            "Chains whose last issuer was not shown, so that its dates were not checked.",
            [(String::new(), count(self.report.open_ends().len()))],
        );
        gauge(
            &mut text,
            "expiry_last_run_timestamp_seconds",
            "When expiry wrote these metrics.",
            [(String::new(), self.now.unix_seconds())],
        );
        if let Some(renewal) = self.renewal {
            of_renewal(&mut text, renewal);
        }
        formatter.write_str(&text)
    }
}

fn of_renewal(text: &mut String, renewal: &Renewal) {
    if let Some(plan) = &renewal.plan {
        let own = labels(&[("plan", plan.id.as_str())]);
        let help = "What a rotation of all certificates takes.";
        gauge(text, "renewal_restarts", help, [(own.clone(), count(plan.restarts))]);
        gauge(text, "renewal_reloads", help, [(own, count(plan.reloads))]);
    }
    if let Some(start) = renewal.latest_start {
        let help =
            "When the rotation must begin: the thresholds' days for an error before the first certificate is refused.";
        gauge(text, "renewal_latest_start_timestamp_seconds", help, [(String::new(), start.unix_seconds())]);
    }
}

/// A metric whose values are what they are now.
fn gauge(text: &mut String, name: &str, help: &str, samples: impl IntoIterator<Item = (Labels, i64)>) {
    let _ = writeln!(text, "# HELP cassandra_tls_{name} {}", help.replace('\\', "\\\\"));
    let _ = writeln!(text, "# TYPE cassandra_tls_{name} gauge");
    for (labels, value) in samples {
        let _ = writeln!(text, "cassandra_tls_{name}{labels} {value}");
    }
}

fn labels_of(row: &ExpiryRow) -> Labels {
    let trust = match row.expiry().trust() {
        TrustModel::Pinned => "pinned",
        _ => "authority",
    };
    let sha256 = row.sha256().to_string().replace(':', "").to_lowercase();
    labels(&[("name", row.name()), ("subject", row.subject()), ("sha256", &sha256), ("trust", trust)])
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    let quoted = |value: &str| shown(value).replace('\\', "\\\\").replace('"', "\\\"");
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}=\"{}\"", quoted(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
