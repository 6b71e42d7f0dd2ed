//! Keystores.

use certgen::{CertificateInfo, Time};
use keystore_core::lint::Purpose;
use keystore_core::{Entry, Password};
use serde::Serialize;

use super::certificate::{self, CertificateView};
use super::{Content, FindingView};
use crate::status::Severity;

/// An entry, as `keytool -list -v` shows it.
#[derive(Debug, Serialize)]
pub struct EntryView {
    /// The alias.
    pub alias: String,
    /// The type, in keytool's words.
    pub entry_type: &'static str,
    /// When it was made, in milliseconds since 1970, where the format says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_ms: Option<i64>,
    /// The chain, its own certificate first.
    pub certificates: Vec<CertificateView>,
}

pub(super) fn look(bytes: &[u8], password: &Password, now: Time) -> anyhow::Result<(Content, Vec<FindingView>)> {
    let store = keystore_core::decode(bytes, password)?;
    let view = store.view();
    let purpose = if view.iter().any(|entry| matches!(entry.content(), keystore_core::Content::TrustedCertificate(_))) {
        Purpose::CassandraTruststore
    } else {
        Purpose::CassandraKeystore
    };
    let mut findings: Vec<_> = store.lint(password, purpose).iter().map(of_store).collect();
    let mut entries = Vec::new();
    for entry in &view {
        let mut infos = Vec::new();
        for (index, der) in entry.certificates().iter().enumerate() {
            match CertificateInfo::read(der) {
                Ok(info) if index == 0 => {
                    findings.extend(certificate::findings(entry.alias(), &info, now));
                    infos.push(info);
                }
                Ok(info) => infos.push(info),
                Err(error) => findings.push(unreadable(entry.alias(), index, &error)),
            }
        }
        entries.push(EntryView {
            alias: entry.alias().to_owned(),
            entry_type: entry_type(entry),
            created_ms: entry.created().map(keystore_core::Timestamp::millis),
            certificates: infos.iter().map(|info| CertificateView::of(info, now)).collect(),
        });
    }
    Ok((Content::Store { format: store.format().to_string(), entries }, findings))
}

fn unreadable(alias: &str, index: usize, error: &certgen::Error) -> FindingView {
    FindingView {
        severity: Severity::Warning,
        text: format!("entry {alias:?}: certificate {} of its chain cannot be read: {error}", index + 1),
        source: "RFC 5280, section 4.1".to_owned(),
    }
}

fn of_store(finding: &keystore_core::lint::Finding) -> FindingView {
    FindingView {
        severity: finding.severity().into(),
        text: finding.to_string(),
        source: finding.code().source().to_owned(),
    }
}

fn entry_type(entry: &Entry<'_>) -> &'static str {
    match entry.content() {
        keystore_core::Content::PrivateKey { .. } | keystore_core::Content::PlainPrivateKey { .. } => "PrivateKeyEntry",
        keystore_core::Content::TrustedCertificate(_) => "trustedCertEntry",
        keystore_core::Content::SecretKey(_) => "SecretKeyEntry",
        _ => "unknown",
    }
}
