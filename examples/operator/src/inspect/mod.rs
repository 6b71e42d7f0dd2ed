//! What a keystore, a certificate, a `cassandra.properties` or a `cassandra.yaml` holds, and what is wrong with it.

mod certificate;
mod kind;
mod opened;
mod properties;
mod show;
mod store;

use std::cmp::Reverse;

use anyhow::{bail, ensure};
use certgen::Time;
use keystore_core::Password;
use serde::Serialize;

use crate::status::Severity;

pub use certificate::{CertificateView, Held, certificates_in};
pub use opened::Opened;
pub use properties::SettingView;
pub use store::EntryView;

pub(crate) use kind::{is_settings, is_text_with};

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
    /// A keystore.
    Store {
        /// Its format.
        format: String,
        /// Whether its content is known to be what was written: `verified`, `not_verified`, or `none` without a MAC.
        integrity: &'static str,
        /// How many entries Java lists.
        listed: usize,
        /// All entries, in the order of the file.
        entries: Vec<EntryView>,
        /// How many more there are.
        entries_left_out: usize,
    },
    /// One certificate or more, in PEM, DER or PKCS#7.
    Certificates {
        /// In the order of the file.
        certificates: Vec<Held>,
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
    /// What was found.
    pub text: String,
    /// Why it matters: what Java or Cassandra does then, where the text does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Where that is known from.
    pub source: String,
}

impl FindingView {
    /// A finding. Its severity is not said again in its text.
    pub fn new(severity: Severity, text: &str, why: Option<&str>, source: &str) -> Self {
        let text = text.strip_prefix(&format!("{severity}: ")).unwrap_or(text).to_owned();
        Self { severity, text, why: why.map(str::to_owned), source: source.to_owned() }
    }

    /// A finding about a store.
    pub fn of_store(finding: &keystore_core::lint::Finding) -> Self {
        let code = finding.code();
        Self::new(finding.severity().into(), &finding.to_string(), Some(code.why()), code.source())
    }

    /// A finding about settings.
    pub fn of_settings(finding: &cassandra_props::Finding) -> Self {
        Self::new(finding.severity().into(), &finding.to_string(), None, finding.code().source())
    }
}

/// Looks into a file. `password` is asked for only if it is a store that needs one; `None` is no password.
///
/// # Errors
/// If it is none of the kinds that are known here, or does not open.
pub fn inspect(
    file: &str,
    bytes: &[u8],
    now: Time,
    password: &mut dyn FnMut() -> anyhow::Result<Option<Password>>,
) -> anyhow::Result<Inspected> {
    let is_named = [".properties", ".yaml", ".yml"].iter().any(|end| file.ends_with(end));
    let (content, mut findings) = if is_named || is_settings(bytes) {
        ensure!(bytes.len() <= MAX_TEXT, "it is longer than {MAX_TEXT} bytes");
        properties::look(bytes)?
    } else if let Some(certificates) = certificates_in(bytes) {
        certificate::look(file, bytes, &certificates, now)
    } else {
        store::look(&open(bytes, password)?, now)
    };
    let findings_left_out = findings.len().saturating_sub(MAX_SHOWN);
    if findings_left_out > 0 {
        findings.sort_by_key(|finding| Reverse(finding.severity));
        findings.truncate(MAX_SHOWN);
    }
    Ok(Inspected { file: file.to_owned(), content, findings, findings_left_out })
}

/// Opens a file that holds no certificates as a store.
///
/// # Errors
/// What it is, if that is something else; as [`Opened::open`].
pub fn open<'a>(
    bytes: &'a [u8],
    password: &mut dyn FnMut() -> anyhow::Result<Option<Password>>,
) -> anyhow::Result<Opened<'a>> {
    if let Some(other) = kind::other(bytes) {
        bail!(other);
    }
    Opened::open(bytes, password)
}

/// The most bytes of what is not a store: certificates and settings are small, and costly to read where they are not.
const MAX_TEXT: usize = 4 << 20;

impl Inspected {
    /// How severe the worst finding is.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}
