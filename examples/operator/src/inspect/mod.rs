//! What a keystore, a certificate, a `cassandra.properties` or a `cassandra.yaml` holds, and what is wrong with it.

mod certificate;
mod properties;
mod show;
mod store;

use std::cmp::Reverse;

use anyhow::{Context as _, ensure};
use certgen::Time;
use keystore_core::Password;
use serde::Serialize;

use crate::status::Severity;

pub use certificate::{CertificateView, certificates_in};
pub use properties::SettingView;
pub use store::EntryView;

/// What was found in a file.
#[derive(Debug, Serialize)]
pub struct Inspected {
    /// The file.
    pub file: String,
    /// What it is and holds.
    #[serde(flatten)]
    pub content: Content,
    /// What is wrong with it, or will be: at most [`MAX_SHOWN`], the worst.
    pub findings: Vec<FindingView>,
    /// How many more there are.
    pub findings_left_out: usize,
}

/// The most entries of a store that are shown, and findings of a file.
pub const MAX_SHOWN: usize = 10_000;

/// The most certificates of a chain that are shown. One that a peer accepts has two or three.
pub const MAX_CHAIN: usize = 10;

/// What a file is.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// A JKS, JCEKS or PKCS#12.
    Store {
        /// Its format.
        format: String,
        /// Its entries, as Java lists them.
        entries: Vec<EntryView>,
        /// How many more there are.
        entries_left_out: usize,
    },
    /// One certificate or more, in PEM or DER.
    Certificates {
        /// In the order of the file.
        certificates: Vec<CertificateView>,
    },
    /// A `cassandra.properties`.
    Properties {
        /// The internode TLS settings in it.
        settings: Vec<SettingView>,
    },
}

/// A finding of whichever library.
#[derive(Debug, Serialize)]
pub struct FindingView {
    /// How severe it is.
    pub severity: Severity,
    /// What was found, and why it matters.
    pub text: String,
    /// Where that is known from.
    pub source: String,
}

/// Looks into a file. `password` is asked for only if it is a store.
///
/// # Errors
/// If it is none of the kinds that are known here, or does not open.
pub fn inspect(
    file: &str,
    bytes: &[u8],
    now: Time,
    password: &mut dyn FnMut() -> anyhow::Result<Password>,
) -> anyhow::Result<Inspected> {
    let is_settings = [".properties", ".yaml", ".yml"].iter().any(|end| file.ends_with(end));
    let (content, mut findings) = if is_settings {
        ensure!(bytes.len() <= MAX_TEXT, "it is longer than {MAX_TEXT} bytes");
        properties::look(bytes)?
    } else if let Some(certificates) = certificates_in(bytes) {
        certificate::look(file, &certificates, now)?
    } else {
        store::look(bytes, &password()?, now).context("it is not a certificate; as a keystore")?
    };
    let findings_left_out = findings.len().saturating_sub(MAX_SHOWN);
    if findings_left_out > 0 {
        findings.sort_by_key(|finding| Reverse(finding.severity));
        findings.truncate(MAX_SHOWN);
    }
    Ok(Inspected { file: file.to_owned(), content, findings, findings_left_out })
}

/// The most bytes of what is not a store: certificates and settings are small, and costly to read where they are not.
const MAX_TEXT: usize = 4 << 20;

impl Inspected {
    /// How severe the worst finding is.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}
