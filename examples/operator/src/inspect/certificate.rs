//! Certificates.

use certgen::{
    CertificateInfo, Expiry, KeyAlgorithm, LintPolicy, SubjectAltName, Thresholds, Time, TrustModel, lint, pem,
};
use keystore_core::rustls_pki_types::CertificateDer;
use serde::Serialize;

use super::{Content, FindingView, MAX_TEXT};

/// What is worth knowing of a certificate.
#[derive(Clone, Debug, Serialize)]
pub struct CertificateView {
    /// Whom it is for, as keytool prints it.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The serial number, in hexadecimal.
    pub serial: String,
    /// From when it is valid.
    pub not_before: String,
    /// Until when.
    pub not_after: String,
    /// What that means now.
    pub expiry: String,
    /// The alternative names.
    pub alt_names: Vec<String>,
    /// Algorithm and size of the key.
    pub key: String,
    /// The signature's algorithm.
    pub signature: String,
    /// SHA-256 of the whole, as keytool prints it.
    pub sha256: String,
}

impl CertificateView {
    /// Reads a certificate, and judges its dates.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(der: &CertificateDer<'_>, now: Time) -> anyhow::Result<Self> {
        Ok(Self::of(&CertificateInfo::read(der)?, now))
    }

    pub(super) fn of(info: &CertificateInfo, now: Time) -> Self {
        let validity = info.validity();
        Self {
            subject: info.subject().to_string(),
            issuer: info.issuer().to_string(),
            serial: info.serial().to_string(),
            not_before: validity.not_before().to_string(),
            not_after: validity.not_after().to_string(),
            expiry: expiry(info, now).to_string(),
            alt_names: info.subject_alt_names().iter().map(alt_name).collect(),
            key: key(info.public_key().algorithm()),
            signature: info.signature_algorithm().to_string(),
            sha256: info.sha256().to_string(),
        }
    }
}

/// The certificates of a PEM or DER file; `None` if it is neither, or longer than 4 MiB.
pub fn certificates_in(bytes: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    if bytes.len() > MAX_TEXT {
        return None;
    }
    if let Some(read) = pem::decode_certificates(bytes).ok().filter(|read| !read.is_empty()) {
        return Some(read);
    }
    let der = CertificateDer::from(bytes.to_vec());
    CertificateInfo::read(&der).is_ok().then(|| vec![der])
}

pub(super) fn look(
    file: &str,
    certificates: &[CertificateDer<'static>],
    now: Time,
) -> anyhow::Result<(Content, Vec<FindingView>)> {
    let infos: Vec<_> = certificates.iter().map(CertificateInfo::read).collect::<Result<_, _>>()?;
    let findings = infos.iter().flat_map(|info| findings(file, info, now)).collect();
    let certificates = infos.iter().map(|info| CertificateView::of(info, now)).collect();
    Ok((Content::Certificates { certificates }, findings))
}

/// What is wrong with one certificate: by itself, and by its dates.
pub(super) fn findings(name: &str, info: &CertificateInfo, now: Time) -> Vec<FindingView> {
    let expiry = expiry(info, now);
    let dates = expiry.severity(Thresholds::default()).map(|severity| FindingView {
        severity: severity.into(),
        text: format!("{name}: {expiry}"),
        source: "PKIXValidator and SimpleValidator of the JDK".to_owned(),
    });
    let own = lint(&[(name, info)], LintPolicy::default()).into_iter().map(|finding| FindingView {
        severity: finding.severity().into(),
        text: finding.to_string(),
        source: finding.kind().source().to_owned(),
    });
    dates.into_iter().chain(own).collect()
}

fn alt_name(name: &SubjectAltName) -> String {
    match name {
        SubjectAltName::IpAddress(address) => format!("IP {address}"),
        SubjectAltName::DnsName(name) => format!("DNS {name}"),
        SubjectAltName::Email(name) => format!("email {name}"),
        SubjectAltName::Uri(name) => format!("URI {name}"),
        other => format!("{other:?}"),
    }
}

fn key(algorithm: &KeyAlgorithm) -> String {
    match algorithm {
        KeyAlgorithm::Rsa { bits } => format!("RSA {bits} bits"),
        KeyAlgorithm::Ec { curve } => format!("EC {curve}"),
        KeyAlgorithm::Other { oid } => format!("key of algorithm {oid}"),
        other => format!("{other:?}"),
    }
}

fn expiry(info: &CertificateInfo, now: Time) -> Expiry {
    Expiry::new(info.validity(), now, TrustModel::of(info))
}
