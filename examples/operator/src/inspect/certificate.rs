//! Shows certificates, and findings about them.

use certgen::{
    CertificateInfo, CertificateRole, Expiry, Finding, KeyAlgorithm, LintPolicy, SubjectAltName, Thresholds, Time,
    TrustModel, lint, lint_authority, pem, reply,
};
use keystore_core::rustls_pki_types::CertificateDer;
use serde::Serialize;

use super::{Content, FindingView, MAX_TEXT, kind};
use crate::status::Severity;

/// The fields of a certificate that are shown.
#[derive(Clone, Debug, Serialize)]
pub struct CertificateView {
    /// The subject, as keytool prints it.
    pub subject: String,
    /// The issuer, as keytool prints it.
    pub issuer: String,
    /// The role in which the certificate is judged.
    pub role: String,
    /// The serial number, in hexadecimal.
    pub serial: String,
    /// The time from which the certificate is valid.
    pub not_before: String,
    /// The last second at which the certificate is valid.
    pub not_after: String,
    /// Whether the certificate is valid now, and for how long, in words.
    pub expiry: String,
    /// The alternative names.
    pub alt_names: Vec<String>,
    /// The algorithm of the key, with the size or the curve if known.
    pub key: String,
    /// The algorithm of the signature.
    pub signature: String,
    /// SHA-256 of the whole certificate, as keytool prints it.
    pub sha256: String,
}

/// A certificate, or the reason why the certificate cannot be read.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Held {
    /// A certificate that was read.
    Read(Box<CertificateView>),
    /// A certificate that cannot be read.
    Unread {
        /// The reason.
        error: String,
    },
}

impl Held {
    /// Reads a certificate as [`CertificateView::read`] does.
    pub fn read(der: &CertificateDer<'_>, now: Time) -> Self {
        match CertificateView::read(der, now) {
            Ok(certificate) => Self::Read(Box::new(certificate)),
            Err(error) => Self::Unread { error: error.to_string() },
        }
    }
}

impl CertificateView {
    /// Reads a certificate, and judges its dates in its usual role ([`CertificateRole::of`]).
    ///
    /// # Errors
    /// If the certificate cannot be read.
    pub fn read(der: &CertificateDer<'_>, now: Time) -> anyhow::Result<Self> {
        let info = CertificateInfo::read(der)?;
        Ok(Self::of(&info, CertificateRole::of(&info), now))
    }

    pub(super) fn of(info: &CertificateInfo, role: CertificateRole, now: Time) -> Self {
        let validity = info.validity();
        Self {
            subject: info.subject().to_string(),
            issuer: info.issuer().to_string(),
            role: role.to_string(),
            serial: info.serial().to_string(),
            not_before: validity.not_before().to_string(),
            not_after: validity.not_after().to_string(),
            expiry: expiry(info, role, now).to_string(),
            alt_names: info.subject_alt_names().iter().map(alt_name).collect(),
            key: key(info.public_key().algorithm()),
            signature: info.signature_algorithm().to_string(),
            sha256: info.sha256().to_string(),
        }
    }
}

/// The certificates in a PEM, DER or PKCS#7 file.
///
/// `None` if the file is of another kind, cannot be decoded, has no certificates, or is longer than 4 MiB. A byte order mark
/// before PEM is skipped, as in OpenSSL.
pub fn certificates_in(bytes: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    if bytes.len() > MAX_TEXT || STORES.iter().any(|magic| bytes.starts_with(magic)) {
        return None;
    }
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    if let Some(read) = pem::decode_certificates(bytes).ok().filter(|read| !read.is_empty()) {
        return Some(read);
    }
    let der = CertificateDer::from(bytes.to_vec());
    if CertificateInfo::read(&der).is_ok() {
        return Some(vec![der]);
    }
    let is_pkcs7 = kind::is_pkcs7(bytes) || kind::is_text_with(bytes, "-----BEGIN ");
    is_pkcs7.then(|| reply::read(bytes).ok()).flatten().filter(|read| !read.is_empty())
}

/// The magic numbers of JKS and JCEKS.
///
/// Such a store may contain PEM, but is not a PEM file.
const STORES: [&[u8]; 2] = [b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"];

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

pub(super) fn look(
    file: &str,
    bytes: &[u8],
    certificates: &[CertificateDer<'static>],
    now: Time,
) -> (Content, Vec<FindingView>) {
    let mut findings: Vec<_> = byte_order_mark(file, bytes).into_iter().collect();
    let mut held = Vec::new();
    for (place, der) in certificates.iter().enumerate() {
        match CertificateInfo::read(der) {
            Ok(info) => {
                let role = CertificateRole::of(&info);
                findings.extend(self::findings(file, &info, role, now));
                held.push(Held::Read(Box::new(CertificateView::of(&info, role, now))));
            }
            Err(error) => {
                findings.push(unreadable(&format!("{file}: certificate {}", place + 1), &error));
                held.push(Held::Unread { error: error.to_string() });
            }
        }
    }
    (Content::Certificates { certificates: held }, findings)
}

fn byte_order_mark(file: &str, bytes: &[u8]) -> Option<FindingView> {
    bytes.starts_with(BYTE_ORDER_MARK).then(|| {
        let text = format!("{file}: it begins with a UTF-8 byte order mark, so keytool does not read it");
        FindingView::new(Severity::Warning, &text, None, "sun.security.provider.X509Factory")
    })
}

pub(super) fn unreadable(name: &str, error: &certgen::Error) -> FindingView {
    FindingView::new(Severity::Error, &format!("{name} cannot be read: {error}"), None, "RFC 5280, section 4.1")
}

pub(super) fn findings(name: &str, info: &CertificateInfo, role: CertificateRole, now: Time) -> Vec<FindingView> {
    let expiry = expiry(info, role, now);
    let dates = expiry.severity(Thresholds::default()).map(|severity| {
        // If the served chain is in order, Java does not check the dates of an anchor.
        let severity = if role == CertificateRole::Anchor { Severity::Note } else { severity.into() };
        FindingView::new(severity, &format!("{name}: {expiry}"), None, "PKIXValidator and SimpleValidator of the JDK")
    });
    let own = judged(name, info, role).into_iter().map(|finding| {
        let (kind, certificate) = (finding.kind(), finding.certificate());
        let severity = match (finding.severity().into(), role) {
            // Java accepts such an anchor. Other readers may refuse it.
            (Severity::Warning, CertificateRole::Anchor) => Severity::Note,
            (severity, _) => severity,
        };
        FindingView::new(severity, &format!("{certificate}: {kind}"), None, kind.source())
    });
    dates.into_iter().chain(own).collect()
}

fn judged(name: &str, info: &CertificateInfo, role: CertificateRole) -> Vec<Finding> {
    let policy = LintPolicy::default();
    match role {
        CertificateRole::Node => lint(&[(name, info)], policy),
        // A trusted certificate may be a node's own. The rules for authorities do not apply to such a certificate.
        CertificateRole::Anchor if CertificateRole::of(info) == CertificateRole::Node => Vec::new(),
        _ => lint_authority(name, info, policy),
    }
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

fn expiry(info: &CertificateInfo, role: CertificateRole, now: Time) -> Expiry {
    let trust = if role == CertificateRole::Anchor { TrustModel::Pinned } else { TrustModel::of(info) };
    Expiry::of(info, now, trust)
}
