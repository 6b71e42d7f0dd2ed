//! Keystores.

use certgen::{CertificateInfo, Time};
use keystore_core::lint::Purpose;
use keystore_core::{Content as Held, Entry, Password};
use serde::Serialize;

use super::certificate::{self, CertificateView};
use super::{Content, FindingView};

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
    let purpose = if view.iter().any(|entry| matches!(entry.content(), Held::TrustedCertificate(_))) {
        Purpose::CassandraTruststore
    } else {
        Purpose::CassandraKeystore
    };
    let mut findings: Vec<_> = store.lint(password, purpose).iter().map(of_store).collect();
    let mut entries = Vec::new();
    for entry in &view {
        let infos: Vec<_> = entry.certificates().iter().filter_map(|der| CertificateInfo::read(der).ok()).collect();
        findings.extend(infos.first().into_iter().flat_map(|own| certificate::findings(entry.alias(), own, now)));
        entries.push(EntryView {
            alias: entry.alias().to_owned(),
            entry_type: entry_type(entry),
            created_ms: entry.created().map(keystore_core::Timestamp::millis),
            certificates: infos.iter().map(|info| CertificateView::of(info, now)).collect(),
        });
    }
    Ok((Content::Store { format: store.format().to_string(), entries }, findings))
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
        Held::PrivateKey { .. } | Held::PlainPrivateKey { .. } => "PrivateKeyEntry",
        Held::TrustedCertificate(_) => "trustedCertEntry",
        Held::SecretKey(_) => "SecretKeyEntry",
        _ => "unknown",
    }
}
