//! Keystores.

use std::collections::HashMap;
use std::rc::Rc;

use certgen::{CertificateInfo, Time};
use keystore_core::lint::Purpose;
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Entry, Password};
use serde::Serialize;

use super::certificate::{self, CertificateView};
use super::{Content, FindingView, MAX_CHAIN, MAX_SHOWN};
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
    /// The chain, its own certificate first: at most [`MAX_CHAIN`].
    pub certificates: Vec<CertificateView>,
    /// How many more there are.
    pub certificates_left_out: usize,
}

pub(super) fn look(bytes: &[u8], password: &Password, now: Time) -> anyhow::Result<(Content, Vec<FindingView>)> {
    let store = keystore_core::decode(bytes, password)?;
    let view = store.view();
    let purpose = if view.iter().any(|entry| matches!(entry.content(), keystore_core::Content::TrustedCertificate(_))) {
        Purpose::Trust
    } else {
        Purpose::Identity
    };
    let mut findings: Vec<_> = store.lint(Some(password), purpose).iter().map(of_store).collect();
    let (mut entries, mut certificates) = (Vec::new(), Certificates::default());
    for (place, entry) in view.iter().enumerate() {
        let is_shown = place < MAX_SHOWN;
        let mut shown = Vec::new();
        // Of every entry, its own is judged.
        for (index, der) in entry.certificates().iter().take(if is_shown { MAX_CHAIN } else { 1 }).enumerate() {
            match certificates.read(der).as_ref() {
                Ok(info) => {
                    if index == 0 {
                        findings.extend(certificate::findings(entry.alias(), info, now));
                    }
                    if is_shown {
                        shown.push(CertificateView::of(info, now));
                    }
                }
                Err(error) => findings.push(unreadable(entry.alias(), index, error)),
            }
        }
        if is_shown {
            entries.push(EntryView {
                alias: entry.alias().to_owned(),
                entry_type: entry_type(entry),
                created_ms: entry.created().map(keystore_core::Timestamp::millis),
                certificates: shown,
                certificates_left_out: entry.certificates().len().saturating_sub(MAX_CHAIN),
            });
        }
    }
    let entries_left_out = view.iter().count().saturating_sub(entries.len());
    Ok((Content::Store { format: store.format().to_string(), entries, entries_left_out }, findings))
}

/// Certificates that were read, of which entries can share many.
#[derive(Default)]
struct Certificates<'a>(HashMap<&'a [u8], Rc<Result<CertificateInfo, certgen::Error>>>);

impl<'a> Certificates<'a> {
    fn read(&mut self, der: &'a CertificateDer<'_>) -> Rc<Result<CertificateInfo, certgen::Error>> {
        if let Some(known) = self.0.get(der.as_ref()) {
            return Rc::clone(known);
        }
        let read = Rc::new(CertificateInfo::read(der));
        if self.0.len() < MAX_SHOWN {
            self.0.insert(der, Rc::clone(&read));
        }
        read
    }
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
