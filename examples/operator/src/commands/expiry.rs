//! When certificates expire, and what happens then.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anstream::eprintln;
use certgen::{CertificateInfo, ExpiryReport, Thresholds, TrustModel};
use clap::Args;
use keystore_core::Content;
use serde::Serialize;

use crate::document::{Form, Schema};
use crate::inspect::certificates_in;
use crate::probe::{Served, TIMEOUT, probe_all};
use crate::reading::read;
use crate::secret::{PasswordArguments, Passwords};
use crate::shown::shown;
use crate::status::Status;

/// Says when certificates expire, in files or on servers, and what happens then.
///
/// An expired certificate that is its own trust anchor is still accepted by Java; one from an authority cuts its node off, and
/// so does an intermediate. Of what is served and of key entries the whole chain is looked at. Not checked: revocation, and
/// whether a peer trusts the chain.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Files (JKS, PKCS#12, PEM, DER) and servers (host:port).
    #[arg(required = true)]
    what: Vec<String>,
    #[command(flatten)]
    passwords: PasswordArguments,
    /// Days before the end from which expiry is a warning.
    #[arg(long, value_name = "DAYS", default_value_t = Thresholds::default().warning_days)]
    warning: u32,
    /// Days before the end from which expiry is an error.
    #[arg(long, value_name = "DAYS", visible_alias = "critical", default_value_t = Thresholds::default().error_days)]
    error: u32,
    /// After how many seconds a server that has not shown its certificate is given up.
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT.as_secs(), value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
}

const EXAMPLES: &str = "Examples:
  cassandra-tls expiry 192.0.2.11:7001 192.0.2.12:7001
  cassandra-tls expiry --password-file /root/store-password --warning 90 truststore.node0 node0.cer

Exit status, for monitoring: 0 fine, 1 warning, 2 error, 3 if something could not be looked at: it is named, and what could be is
reported.";

#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    expiry: &'a ExpiryReport,
    failures: &'a [Failure],
}

/// What could not be looked at; the others are reported all the same.
#[derive(Serialize)]
struct Failure {
    name: String,
    error: String,
}

pub(crate) fn run(arguments: &Arguments, form: Form) -> anyhow::Result<Status> {
    let thresholds = Thresholds::default().with_warning_days(arguments.warning).with_error_days(arguments.error);
    let passwords = Passwords::new(&arguments.passwords, &arguments.what)?;
    let mut answers = ask_servers(arguments);
    let (mut expiry, mut failures) = (ExpiryReport::new(SystemTime::now().into(), thresholds), Vec::new());
    let mut failed = |name: String, error: anyhow::Error| failures.push(Failure { name, error: format!("{error:#}") });
    for (index, what) in arguments.what.iter().enumerate() {
        let looked = match answers.remove(&index) {
            Some(answer) => answer.and_then(|answer| Ok(expiry.add_chain(what, &answer.chain)?)),
            None => add_file(&passwords, what, &mut expiry, &mut failed),
        };
        if let Err(error) = looked {
            failed(what.clone(), error);
        }
    }
    for Failure { name, error } in &failures {
        eprintln!("{}: {}", shown(name), shown(error));
    }
    form.print(Schema::EXPIRY, &Report { expiry: &expiry, failures: &failures }, || {
        if expiry.rows().is_empty() { String::new() } else { expiry.to_string() }
    })?;
    Ok(if failures.is_empty() { Status::of(expiry.severity().map(Into::into)) } else { Status::Failed })
}

/// What the servers among the names answer, all of them asked at once; by their place.
fn ask_servers(arguments: &Arguments) -> BTreeMap<usize, anyhow::Result<Served>> {
    let is_server = |what: &str| !Path::new(what).exists() && what.contains(':');
    let servers = arguments.what.iter().enumerate().filter(|(_, what)| is_server(what));
    let (places, targets): (Vec<usize>, Vec<String>) = servers.map(|(place, what)| (place, what.clone())).unzip();
    let answers = probe_all(&targets, Duration::from_secs(arguments.timeout), &|| ());
    places.into_iter().zip(answers).collect()
}

/// Adds what a file holds; what cannot be read of it is told to `failed`, one by one.
fn add_file(
    passwords: &Passwords<'_>,
    file: &str,
    report: &mut ExpiryReport,
    failed: &mut impl FnMut(String, anyhow::Error),
) -> anyhow::Result<()> {
    let bytes = read(Path::new(file))?;
    if let Some(certificates) = certificates_in(&bytes) {
        for certificate in certificates {
            if let Err(error) = report.add_chain(file, &[certificate]) {
                failed(file.to_owned(), error.into());
            }
        }
        return Ok(());
    }
    let password = passwords.of(file)?;
    let store = keystore_core::decode(&bytes, &password)?;
    for entry in &store.view() {
        let name = format!("{file}, {}", entry.alias());
        let added = match entry.content() {
            Content::TrustedCertificate(anchor) => {
                CertificateInfo::read(anchor).map(|anchor| report.add(name.as_str(), &anchor, TrustModel::Pinned))
            }
            _ => report.add_chain(&name, entry.certificates()),
        };
        if let Err(error) = added {
            failed(name, error.into());
        }
    }
    Ok(())
}
