//! Shows the content, the problems and the expiry of the certificates in a PEM file.
//!
//! `cargo run -p certgen --example pem_expiry -- node0.pem`
//!
//! Without a file, the example reads a certificate that keytool made.

use std::time::SystemTime;

use certgen::{CertificateInfo, ExpiryReport, LintPolicy, Thresholds, Time, TrustModel, lint, pem};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = match std::env::args().nth(1) {
        Some(file) => std::fs::read(file)?,
        None => include_bytes!("../tests/fixtures/keytool-17.pem").to_vec(),
    };

    let mut report = ExpiryReport::new(Time::from(SystemTime::now()), Thresholds::default().with_warning_days(90));
    let mut certificates = Vec::new();
    for (place, der) in pem::decode_certificates(&text)?.iter().enumerate() {
        let info = CertificateInfo::read(der)?;
        println!("certificate {place}");
        println!("  subject      {}", info.subject());
        println!("  issuer       {}", info.issuer());
        println!("  serial       {}", info.serial());
        println!("  valid        {} to {}", info.validity().not_before(), info.validity().not_after());
        println!("  key          {:?}", info.public_key().algorithm());
        println!("  signature    {}", info.signature_algorithm());
        println!("  SHA-256      {}", info.sha256());
        certificates.push((format!("certificate {place}"), info));
    }

    // All certificates are checked together, so that a key or a serial number that two nodes share is found.
    let named: Vec<_> = certificates.iter().map(|(name, info)| (name.as_str(), info)).collect();
    for finding in lint(&named, LintPolicy::default()) {
        println!("{finding}");
    }
    for (name, info) in named {
        report.add(name, info, TrustModel::of(info));
    }
    print!("{report}");
    Ok(())
}
