//! What is served where.

use std::process::ExitCode;
use std::time::SystemTime;

use anstream::{eprintln, println};
use anyhow::Context as _;
use cassandra_tls::inspect::CertificateView;
use cassandra_tls::probe::{ClientCertificate, probe};
use cassandra_tls::show::{BAD, GOOD};
use clap::Parser;
use serde::Serialize;

/// Shakes hands with listeners and shows whose certificate each serves, until when it is valid, and whether it asks for
/// one. It trusts nobody and shows nothing, so it needs no store; old listeners (Cassandra 2.1) are understood too.
///
/// Exit status: 0 if every listener answered, and with the certificate expected if one is named; 1 if one served another
/// certificate; 2 if one did not answer.
#[derive(Parser)]
#[command(name = "probe", version, after_help = EXAMPLES)]
struct Arguments {
    /// The listeners, as host:port.
    #[arg(required = true)]
    listeners: Vec<String>,
    /// SHA-256 of the certificate that every one of them is to serve, in hexadecimal, with colons or without.
    #[arg(long, value_name = "SHA256")]
    expect: Option<String>,
    /// The result as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  probe 192.0.2.11:7001 192.0.2.12:7001
  probe --expect 14:A7:3E:... 192.0.2.11:7000";

#[derive(Serialize)]
struct Probed {
    listener: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asks_for_certificate: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<CertificateView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    as_expected: Option<bool>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let probed: Vec<Probed> = arguments.listeners.iter().map(|listener| look(&arguments, listener)).collect();
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&probed).unwrap_or_default());
    } else {
        for one in &probed {
            show(one);
        }
    }
    let status = |one: &Probed| match one {
        Probed { error: Some(_), .. } => 2,
        Probed { as_expected: Some(false), .. } => 1,
        _ => 0,
    };
    ExitCode::from(probed.iter().map(status).max().unwrap_or(0))
}

fn look(arguments: &Arguments, listener: &str) -> Probed {
    let empty = Probed {
        listener: listener.to_owned(),
        error: None,
        tls: None,
        asks_for_certificate: None,
        certificate: None,
        as_expected: None,
    };
    match served(arguments, listener) {
        Ok(probed) => Probed { listener: listener.to_owned(), ..probed },
        Err(error) => Probed { error: Some(format!("{error:#}")), ..empty },
    }
}

fn served(arguments: &Arguments, listener: &str) -> anyhow::Result<Probed> {
    let served = probe(listener)?;
    let own = served.chain.first().context("it serves no certificate")?;
    let certificate = CertificateView::read(own, SystemTime::now().into())?;
    let digits = |text: &str| text.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_ascii_lowercase();
    Ok(Probed {
        listener: String::new(),
        error: None,
        tls: Some(served.version),
        asks_for_certificate: Some(served.asked == ClientCertificate::Asked),
        as_expected: arguments.expect.as_ref().map(|expected| digits(expected) == digits(&certificate.sha256)),
        certificate: Some(certificate),
    })
}

fn show(probed: &Probed) {
    let Some(certificate) = &probed.certificate else {
        eprintln!("{}: {}", probed.listener, probed.error.as_deref().unwrap_or_default());
        return;
    };
    let asks = if probed.asks_for_certificate == Some(true) { "asks for a certificate" } else { "asks for none" };
    let expected = match probed.as_expected {
        Some(false) => format!("\n  {BAD}NOT THE ONE EXPECTED{BAD:#}"),
        Some(true) => format!("\n  {GOOD}as expected{GOOD:#}"),
        None => String::new(),
    };
    println!("{}: {}, {asks}", probed.listener, probed.tls.as_deref().unwrap_or_default());
    println!("  {}, {}", certificate.subject, certificate.alt_names.join(", "));
    println!("  {} to {}: {}", certificate.not_before, certificate.not_after, certificate.expiry);
    println!("  SHA-256 {}{expected}", certificate.sha256);
}
