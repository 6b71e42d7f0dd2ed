//! Shows the certificates that servers serve.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anstream::eprintln;
use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use crate::document::{Form, Schema};
use crate::input::Digest;
use crate::inspect::{CertificateView, Held};
use crate::probe::{Acceptance, ClientCertificate, Credential, Served, TIMEOUT, present, probe_all};
use crate::show::{BAD, GOOD};
use crate::shown::shown;
use crate::status::Status;

/// Shows a server's certificate, and whether the server asks for a client certificate.
///
/// No certificate is verified, and none is presented unless --present gives one. Old servers (Cassandra 2.1) are supported,
/// except by --present.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The servers, as host:port.
    #[arg(required = true)]
    servers: Vec<String>,
    /// SHA-256 of the certificate that every server is to serve, with colons or without.
    #[arg(long, value_name = "SHA256")]
    expect: Option<Digest>,
    /// Present the certificate of this bundle (such as bundles/g2/node0) to each server.
    ///
    /// The connection uses TLS 1.2, because in TLS 1.3 the client's handshake ends before the server has verified the
    /// certificate.
    #[arg(long, value_name = "FOLDER")]
    present: Option<PathBuf>,
    /// The number of seconds to wait for a server's certificate and (with --present) verdict.
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT.as_secs(), value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
}

const EXAMPLES: &str = "Examples:
  cassandra-tls probe 192.0.2.11:7001 192.0.2.12:7001
  cassandra-tls probe --expect 1d6e2f0b9a7c54831d6e2f0b9a7c54831d6e2f0b9a7c54831d6e2f0b9a7c5483 192.0.2.11:7000
  cassandra-tls probe --present bundles/g2/node0 192.0.2.11:7000

Exit status: 0 if every server answered, served the certificate of --expect, and accepted that of --present; 1 if a server asks
for no certificate, so that --present shows nothing; 2 if a server served another certificate, or refused the presented one; 3 if
a server could not be probed, or the bundle could not be read.";

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
    /// The rest of the chain, in the server's order.
    #[serde(skip_serializing_if = "Option::is_none")]
    issuers: Option<Vec<Held>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    as_expected: Option<bool>,
    /// With --present: whether the server accepts the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    accepts: Option<Accepts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Accepts {
    Yes,
    No,
    NotAsked,
}

pub(crate) fn run(arguments: &Arguments, form: Form) -> anyhow::Result<Status> {
    let timeout = Duration::from_secs(arguments.timeout);
    let credential = arguments.present.as_deref().map(Credential::of_bundle).transpose()?;
    let answers = probe_all(&arguments.servers, timeout, &|| ());
    let servers = arguments.servers.iter().zip(answers);
    let mut probed: Vec<Probed> = servers.map(|(server, answer)| look(arguments, server, answer)).collect();
    if let Some(credential) = &credential {
        for server in &mut probed {
            server.present(credential, timeout);
        }
    }
    for Probed { server, error, refusal, .. } in &probed {
        if let Some(error) = error.as_ref().or(refusal.as_ref()) {
            eprintln!("{}: {}", shown(server), shown(error));
        }
    }
    form.print(Schema::PROBE, &Report { servers: &probed }, || {
        probed.iter().filter_map(display).collect::<Vec<_>>().join("\n")
    })?;
    let status = |one: &Probed| match one {
        Probed { error: Some(_), .. } => Status::Failed,
        Probed { as_expected: Some(false), .. } | Probed { accepts: Some(Accepts::No), .. } => Status::No,
        Probed { accepts: Some(Accepts::NotAsked), .. } => Status::Warnings,
        _ => Status::Fine,
    };
    Ok(probed.iter().map(status).max().unwrap_or(Status::Fine))
}

fn look(arguments: &Arguments, server: &str, answer: anyhow::Result<Served>) -> Probed {
    match answer.and_then(|shown| seen(arguments, server, shown)) {
        Ok(probed) => probed,
        Err(error) => Probed::failed(server, &error),
    }
}

fn seen(arguments: &Arguments, server: &str, shown: Served) -> anyhow::Result<Probed> {
    let own = shown.chain.first().context("it serves no certificate")?;
    let now = SystemTime::now().into();
    let certificate = CertificateView::read(own, now)?;
    let issuers = shown.chain.iter().skip(1).map(|der| Held::read(der, now));
    Ok(Probed {
        tls: Some(shown.version),
        asks_for_certificate: Some(shown.asked == ClientCertificate::Asked),
        as_expected: arguments.expect.map(|expected| expected == Digest::of(own)),
        certificate: Some(certificate),
        issuers: Some(issuers.collect()),
        ..Probed::unseen(server)
    })
}

impl Probed {
    fn present(&mut self, credential: &Credential, timeout: Duration) {
        if self.error.is_some() {
            return;
        }
        match present(&self.server, credential, timeout) {
            Ok(Acceptance::Accepted) => self.accepts = Some(Accepts::Yes),
            Ok(Acceptance::NotAsked) => self.accepts = Some(Accepts::NotAsked),
            Ok(Acceptance::Refused(why)) => {
                self.accepts = Some(Accepts::No);
                self.refusal = Some(format!("the server refuses the presented certificate: {why}"));
            }
            Err(error) => *self = Self::failed(&self.server, &error),
        }
    }

    fn failed(server: &str, error: &anyhow::Error) -> Self {
        Self { error: Some(format!("{error:#}")), ..Self::unseen(server) }
    }

    fn unseen(server: &str) -> Self {
        Self {
            server: server.to_owned(),
            error: None,
            tls: None,
            asks_for_certificate: None,
            certificate: None,
            issuers: None,
            as_expected: None,
            accepts: None,
            refusal: None,
        }
    }
}

fn display(probed: &Probed) -> Option<String> {
    let certificate = probed.certificate.as_ref()?;
    let asks = if probed.asks_for_certificate == Some(true) { "asks for a certificate" } else { "asks for none" };
    let expected = match probed.as_expected {
        Some(false) => format!("\n  {BAD}NOT THE ONE EXPECTED{BAD:#}"),
        Some(true) => format!("\n  {GOOD}as expected{GOOD:#}"),
        None => String::new(),
    };
    let accepted = match probed.accepts {
        Some(Accepts::Yes) => format!("\n  {GOOD}accepts the presented certificate{GOOD:#}"),
        Some(Accepts::No) => format!("\n  {BAD}REFUSES THE PRESENTED CERTIFICATE{BAD:#}"),
        Some(Accepts::NotAsked) => "\n  no certificate was presented, because the server asks for none".to_owned(),
        None => String::new(),
    };
    let CertificateView { subject, alt_names, not_before, not_after, expiry, sha256, .. } = certificate;
    Some(format!(
        "{}: {}, {asks}\n  {}, {}\n  {not_before} to {not_after}: {expiry}\n  SHA-256 {sha256}{expected}{accepted}{}",
        shown(&probed.server),
        probed.tls.as_deref().unwrap_or_default(),
        shown(subject),
        shown(&alt_names.join(", ")),
        display_issuers(certificate, probed.issuers.as_deref().unwrap_or_default())
    ))
}

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
                // The issuer is unknown.
                last = None;
                let _ = write!(text, "\n  with a certificate that cannot be read: {}", shown(error));
            }
        }
    }
    if let Some(last) = last.filter(|last| last.subject != last.issuer) {
        let issuer = shown(&last.issuer);
        let _ = write!(
            text,
            "\n  without {issuer}: peers that trust neither this issuer nor a certificate of the chain refuse the chain"
        );
    }
    text
}
