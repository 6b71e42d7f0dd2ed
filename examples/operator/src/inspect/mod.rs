//! Shows the content of keystores, certificates and settings, and findings about them.

mod certificate;
mod kind;
mod opened;
mod pem;
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

/// The result of examining a file.
#[derive(Debug, Serialize)]
pub struct Inspected {
    /// The name of the file.
    pub file: String,
    /// The kind and content of the file.
    #[serde(flatten)]
    pub content: Content,
    /// The findings about the file, at most [`MAX_SHOWN`]. The most severe findings are kept.
    pub findings: Vec<FindingView>,
    /// The number of further findings.
    pub findings_left_out: usize,
}

/// The maximum number of entries of a store, and of findings of a file, that are shown.
pub const MAX_SHOWN: usize = 10_000;

/// The maximum number of certificates of a chain that are shown.
///
/// Usual chains have up to three certificates.
pub const MAX_CHAIN: usize = 10;

/// The kind of a file, and its content.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// A keystore.
    Store {
        /// The format of the keystore.
        format: String,
        /// Whether the integrity was checked: `verified`, `not_verified`, or `none` without a MAC.
        integrity: &'static str,
        /// The number of entries that Java lists.
        listed: usize,
        /// The entries, in the order of the file: at most [`MAX_SHOWN`].
        entries: Vec<EntryView>,
        /// The number of further entries.
        entries_left_out: usize,
    },
    /// One certificate or more, in PEM, DER or PKCS#7.
    Certificates {
        /// The certificates, in the order of the file.
        certificates: Vec<Held>,
    },
    /// A `cassandra.properties` or a `cassandra.yaml`.
    Properties {
        /// The internode TLS settings in the file.
        settings: Vec<SettingView>,
    },
}

/// A finding, as reports show it.
#[derive(Debug, Serialize)]
pub struct FindingView {
    /// The severity of the finding.
    pub severity: Severity,
    /// The finding in words, without its severity.
    pub text: String,
    /// The effect of the defect on Java or Cassandra, if the text does not give it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The source of the rule, such as a class of the JDK or a section of an RFC.
    pub source: String,
}

impl FindingView {
    /// Makes a finding. If `text` begins with the severity, that part is removed.
    pub fn new(severity: Severity, text: &str, why: Option<&str>, source: &str) -> Self {
        let text = text.strip_prefix(&format!("{severity}: ")).unwrap_or(text).to_owned();
        Self { severity, text, why: why.map(str::to_owned), source: source.to_owned() }
    }

    /// Converts a finding about a store.
    pub fn of_store(finding: &keystore_core::lint::Finding) -> Self {
        let code = finding.code();
        Self::new(finding.severity().into(), &finding.to_string(), Some(code.why()), code.source())
    }

    /// Converts a finding about settings.
    pub fn of_settings(finding: &cassandra_props::Finding) -> Self {
        Self::new(finding.severity().into(), &finding.to_string(), None, finding.code().source())
    }
}

/// Examines a file.
///
/// `password` is called as in [`Opened::open`], and only if the file may be a store.
///
/// # Errors
/// If settings are too long or cannot be parsed; and the errors of [`open`].
pub fn inspect(
    file: &str,
    bytes: &[u8],
    now: Time,
    password: &mut dyn FnMut() -> anyhow::Result<Option<Password>>,
) -> anyhow::Result<Inspected> {
    let is_named = [".properties", ".yaml", ".yml"].iter().any(|end| file.ends_with(end));
    let (content, mut findings) = if is_named || is_settings(bytes) {
        ensure!(bytes.len() <= MAX_TEXT, "it is longer than {MAX_TEXT} bytes");
        properties::look(bytes, now)?
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

/// Opens a file as a store, after the caller has found no certificates in it.
///
/// # Errors
/// If the file is known not to be a store; and the errors of [`Opened::open`].
pub fn open<'a>(
    bytes: &'a [u8],
    password: &mut dyn FnMut() -> anyhow::Result<Option<Password>>,
) -> anyhow::Result<Opened<'a>> {
    if let Some(other) = kind::other(bytes) {
        bail!(other);
    }
    Opened::open(bytes, password)
}

/// The maximum size of a file that is not a store, in bytes.
///
/// Certificates and settings are small, and large ones would be expensive to read.
const MAX_TEXT: usize = 4 << 20;

impl Inspected {
    /// The severity of the worst finding; `None` if there are no findings.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}
