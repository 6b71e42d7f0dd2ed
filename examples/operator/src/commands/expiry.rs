//! When certificates expire, and what happens then.

use std::path::Path;
use std::time::SystemTime;

use anyhow::Context as _;
use certgen::{CertificateInfo, ExpiryReport, Thresholds, TrustModel};
use clap::Args;
use keystore_core::rustls_pki_types::CertificateDer;

use crate::document::{Form, Schema};
use crate::inspect::certificates_in;
use crate::probe::probe;
use crate::secret::{PasswordArguments, Passwords};
use crate::status::Status;

/// Says when certificates expire, in files or on servers, and what happens then.
///
/// An expired certificate that is its own trust anchor is still accepted by Java; one from an authority cuts its node off.
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
}

const EXAMPLES: &str = "Examples:
  cassandra-tls expiry 192.0.2.11:7001 192.0.2.12:7001
  cassandra-tls expiry --password-file /root/store-password --warning 90 truststore.node0 node0.cer

Exit status, for monitoring: 0 fine, 1 warning, 2 error, 3 if something could not be looked at.";

pub(crate) fn run(arguments: &Arguments, form: Form) -> anyhow::Result<Status> {
    let thresholds = Thresholds::default().with_warning_days(arguments.warning).with_error_days(arguments.error);
    let passwords = Passwords::new(&arguments.passwords, &arguments.what)?;
    let mut report = ExpiryReport::new(SystemTime::now().into(), thresholds);
    for what in &arguments.what {
        for (name, certificate) in certificates(&passwords, what).with_context(|| what.clone())? {
            let info = CertificateInfo::read(&certificate).with_context(|| name.clone())?;
            report.add(name, &info, TrustModel::of(&info));
        }
    }
    form.print(Schema::EXPIRY, &report, || report.to_string())?;
    Ok(Status::of(report.severity().map(Into::into)))
}

type Named = Vec<(String, CertificateDer<'static>)>;

fn certificates(passwords: &Passwords<'_>, what: &str) -> anyhow::Result<Named> {
    if !Path::new(what).exists() && what.contains(':') {
        let chain = probe(what)?.chain;
        return Ok(chain.into_iter().take(1).map(|certificate| (what.to_owned(), certificate)).collect());
    }
    let bytes = std::fs::read(what)?;
    if let Some(certificates) = certificates_in(&bytes) {
        return Ok(certificates.into_iter().map(|certificate| (what.to_owned(), certificate)).collect());
    }
    let password = passwords.of(what)?;
    let store = keystore_core::decode(&bytes, &password)?;
    let view = store.view();
    let named = view.iter().filter_map(|entry| {
        let own = entry.certificates().first()?.clone().into_owned();
        Some((format!("{what}, {}", entry.alias()), own))
    });
    Ok(named.collect())
}
