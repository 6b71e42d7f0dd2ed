//! When certificates expire, and what happens then.

use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

use anstream::{eprintln, println};
use anyhow::Context as _;
use cassandra_tls::inspect::certificates_in;
use cassandra_tls::probe::probe;
use cassandra_tls::secret::PasswordSource;
use certgen::{CertificateInfo, ExpiryReport, Severity, Thresholds, TrustModel};
use clap::Parser;
use keystore_core::rustls_pki_types::CertificateDer;

/// Says when certificates expire: of key stores, of certificate files, and of what listeners serve now.
///
/// An expired certificate that is its own trust anchor is still accepted by Java; one from an authority cuts its node off.
/// Exit status, for monitoring: 0 fine, 1 warning, 2 critical, 3 if something could not be looked at.
#[derive(Parser)]
#[command(name = "expiry", version, after_help = EXAMPLES)]
struct Arguments {
    /// Files (JKS, PKCS#12, PEM, DER) and listeners (host:port).
    #[arg(required = true)]
    what: Vec<String>,
    #[command(flatten)]
    password: PasswordSource,
    /// Warn so many days before.
    #[arg(long, default_value_t = Thresholds::default().warning_days)]
    warning: u32,
    /// Critical so many days before.
    #[arg(long, default_value_t = Thresholds::default().error_days)]
    critical: u32,
    /// The result as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  expiry 192.0.2.11:7001 192.0.2.12:7001
  expiry --password-file /root/store-password --warning 90 truststore.node0 node0.cer";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run(&arguments).map_or_else(
        |error| {
            eprintln!("expiry: {error:#}");
            ExitCode::from(3)
        },
        ExitCode::from,
    )
}

fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let thresholds = Thresholds::default().with_warning_days(arguments.warning).with_error_days(arguments.critical);
    let mut report = ExpiryReport::new(SystemTime::now().into(), thresholds);
    for what in &arguments.what {
        for (name, certificate) in certificates(arguments, what).with_context(|| what.clone())? {
            let info = CertificateInfo::read(&certificate).with_context(|| name.clone())?;
            report.add(name, &info, TrustModel::of(&info));
        }
    }
    println!("{}", if arguments.json { serde_json::to_string_pretty(&report)? } else { report.to_string() });
    Ok(match report.severity() {
        None | Some(Severity::Note) => 0,
        Some(Severity::Warning) => 1,
        Some(Severity::Error) => 2,
    })
}

type Named = Vec<(String, CertificateDer<'static>)>;

fn certificates(arguments: &Arguments, what: &str) -> anyhow::Result<Named> {
    if !Path::new(what).exists() && what.contains(':') {
        let chain = probe(what)?.chain;
        return Ok(chain.into_iter().take(1).map(|certificate| (what.to_owned(), certificate)).collect());
    }
    let bytes = std::fs::read(what)?;
    if let Some(certificates) = certificates_in(&bytes) {
        return Ok(certificates.into_iter().map(|certificate| (what.to_owned(), certificate)).collect());
    }
    let password = arguments.password.password(what)?;
    let store = keystore_core::decode(&bytes, &password)?;
    let view = store.view();
    let named = view.iter().filter_map(|entry| {
        let own = entry.certificates().first()?.clone().into_owned();
        Some((format!("{what}, {}", entry.alias()), own))
    });
    Ok(named.collect())
}
