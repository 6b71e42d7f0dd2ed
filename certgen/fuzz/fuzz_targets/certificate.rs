//! Any bytes are a certificate or an error; what is read can be displayed and checked.
#![no_main]

use certgen::rustls_pki_types::CertificateDer;
use certgen::{CertificateInfo, Expiry, ExpiryReport, LintPolicy, Time, Thresholds, TrustModel, lint, verify_chain};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let certificate = CertificateDer::from(bytes);
    let Ok(info) = CertificateInfo::read(&certificate) else { return };
    let _ = format!("{info:?} {} {} {}", info.subject(), info.issuer(), info.serial());
    let _ = lint(&[("a", &info), ("b", &info)], LintPolicy::default());
    let _ = verify_chain(&[certificate.clone(), certificate]);
    let _ = Expiry::new(info.validity(), Time::from_unix_seconds(0), TrustModel::Authority).to_string();
    let mut report = ExpiryReport::new(Time::from_unix_seconds(i64::MAX), Thresholds::default());
    report.add("a", &info, TrustModel::Pinned);
    let _ = report.to_string();
});
