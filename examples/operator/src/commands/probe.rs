//! What is served where.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use anstream::eprintln;
use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use crate::document::{Form, Schema};
use crate::input::Digest;
use crate::inspect::{CertificateView, Held};
use crate::probe::{ClientCertificate, Served, TIMEOUT, probe_all};
use crate::show::{BAD, GOOD};
use crate::shown::shown;
use crate::status::Status;

/// Shows which certificate a server serves, and whether it asks for one.
///
/// It verifies no certificate and presents none, so it needs no store. Old servers (Cassandra 2.1) are understood too.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The servers, as host:port.
    #[arg(required = true)]
    servers: Vec<String>,
    /// SHA-256 of the certificate that every one of them is to serve, in hexadecimal, with colons or without.
    #[arg(long, value_name = "SHA256")]
    expect: Option<Digest>,
    /// After how many seconds a server that has not shown its certificate is given up.
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT.as_secs(), value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
}

const EXAMPLES: &str = "Examples:
  cassandra-tls probe 192.0.2.11:7001 192.0.2.12:7001
  cassandra-tls probe --expect 1d6e2f0b9a7c54831d6e2f0b9a7c54831d6e2f0b9a7c54831d6e2f0b9a7c5483 192.0.2.11:7000

Exit status: 0 if every server answered, and with the certificate expected if one is named; 2 if one served another
certificate; 3 if one did not answer.";

#[derive(Serialize)]
struct Report<'a> {
    servers: &'a [Probed],
}

#[derive(Serialize)]
struct Probed {
    server: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asks_for_certificate: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<CertificateView>,
    /// What it showed with it, in that order: an expired one cuts it off as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    issuers: Option<Vec<Held>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    as_expected: Option<bool>,
}

pub(crate) fn run(arguments: &Arguments, form: Form) -> anyhow::Result<Status> {
    let answers = probe_all(&arguments.servers, Duration::from_secs(arguments.timeout), &|| ());
    let servers = arguments.servers.iter().zip(answers);
    let probed: Vec<Probed> = servers.map(|(server, answer)| look(arguments, server, answer)).collect();
    for Probed { server, error, .. } in &probed {
        if let Some(error) = error {
            eprintln!("{}: {}", shown(server), shown(error));
        }
    }
    form.print(Schema::PROBE, &Report { servers: &probed }, || {
        probed.iter().filter_map(display).collect::<Vec<_>>().join("\n")
    })?;
    let status = |one: &Probed| match one {
        Probed { error: Some(_), .. } => Status::Failed,
        Probed { as_expected: Some(false), .. } => Status::No,
        _ => Status::Fine,
    };
    Ok(probed.iter().map(status).max().unwrap_or(Status::Fine))
}

fn look(arguments: &Arguments, server: &str, answer: anyhow::Result<Served>) -> Probed {
    let empty = Probed {
        server: server.to_owned(),
        error: None,
        tls: None,
        asks_for_certificate: None,
        certificate: None,
        issuers: None,
        as_expected: None,
    };
    match answer.and_then(|shown| seen(arguments, shown)) {
        Ok(probed) => Probed { server: server.to_owned(), ..probed },
        Err(error) => Probed { error: Some(format!("{error:#}")), ..empty },
    }
}

fn seen(arguments: &Arguments, shown: Served) -> anyhow::Result<Probed> {
    let own = shown.chain.first().context("it serves no certificate")?;
    let now = SystemTime::now().into();
    let certificate = CertificateView::read(own, now)?;
    let issuers = shown.chain.iter().skip(1).map(|der| Held::read(der, now));
    Ok(Probed {
        server: String::new(),
        error: None,
        tls: Some(shown.version),
        asks_for_certificate: Some(shown.asked == ClientCertificate::Asked),
        as_expected: arguments.expect.map(|expected| expected == Digest::of(own)),
        certificate: Some(certificate),
        issuers: Some(issuers.collect()),
    })
}

fn display(probed: &Probed) -> Option<String> {
    let certificate = probed.certificate.as_ref()?;
    let asks = if probed.asks_for_certificate == Some(true) { "asks for a certificate" } else { "asks for none" };
    let expected = match probed.as_expected {
        Some(false) => format!("\n  {BAD}NOT THE ONE EXPECTED{BAD:#}"),
        Some(true) => format!("\n  {GOOD}as expected{GOOD:#}"),
        None => String::new(),
    };
    let CertificateView { subject, alt_names, not_before, not_after, expiry, sha256, .. } = certificate;
    Some(format!(
        "{}: {}, {asks}\n  {}, {}\n  {not_before} to {not_after}: {expiry}\n  SHA-256 {sha256}{expected}{}",
        shown(&probed.server),
        probed.tls.as_deref().unwrap_or_default(),
        shown(subject),
        shown(&alt_names.join(", ")),
        display_issuers(certificate, probed.issuers.as_deref().unwrap_or_default())
    ))
}

/// The rest of the chain, and who signed its last certificate if that is not in it.
fn display_issuers(own: &CertificateView, issuers: &[Held]) -> String {
    let (mut text, mut last) = (String::new(), Some(own));
    for issuer in issuers {
        match issuer {
            Held::Read(issuer) => {
                last = Some(&**issuer);
                let CertificateView { subject, not_after, expiry, .. } = &**issuer;
                let _ = write!(text, "\n  with {}, until {not_after}: {expiry}", shown(subject));
            }
            Held::Unread { error } => {
                // Who signed it is not known.
                last = None;
                let _ = write!(text, "\n  with a certificate that cannot be read: {}", shown(error));
            }
        }
    }
    if let Some(last) = last.filter(|last| last.subject != last.issuer) {
        let issuer = shown(&last.issuer);
        let _ = write!(text, "\n  without {issuer}: peers that do not trust that one itself refuse the chain");
    }
    text
}
