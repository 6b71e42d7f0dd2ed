//! Shows keystores, and findings about them.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use bridge::lint_store;
use certgen::{CertificateInfo, CertificateRole, Time, pem};
use keystore_core::lint::Purpose;
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Entry, Format, Integrity, Java, KeyStore, Password, Visibility, bcfks, loads};
use serde::Serialize;

use super::certificate::{self, CertificateView, Held};
use super::opened::Opened;
use super::{Content, FindingView, MAX_CHAIN, MAX_SHOWN};
use crate::status::Severity;

/// An entry of a store.
#[derive(Debug, Serialize)]
pub struct EntryView {
    /// The alias.
    pub alias: String,
    /// The type, in keytool's words if Java knows it.
    pub entry_type: &'static str,
    /// Whether Java finds the entry: the name of its [`Visibility`], in lower case.
    pub visibility: &'static str,
    /// The date of creation in milliseconds since 1970, if the entry has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_ms: Option<i64>,
    /// The chain, the entry's own certificate first: at most [`MAX_CHAIN`] certificates.
    pub certificates: Vec<Held>,
    /// The number of further certificates.
    pub certificates_left_out: usize,
}

pub(super) fn look(opened: &Opened<'_>, now: Time) -> (Content, Vec<FindingView>) {
    let Opened { bytes, store, password } = opened;
    let (view, password) = (store.view(), password.as_ref());
    let found = lint_store(store, password, purpose(&view, store.integrity()));
    let mut findings = java_refuses(bytes, password, store.format());
    findings.extend(found.iter().map(FindingView::of_store));
    let mut certificates = Certificates { now, known: HashMap::new(), judged: HashSet::new(), findings };
    let mut entries = Vec::new();
    for (place, entry) in view.all().enumerate() {
        let held = certificates.of_entry(entry, if place < MAX_SHOWN { MAX_CHAIN } else { 1 });
        if place < MAX_SHOWN {
            entries.push(EntryView {
                alias: entry.alias().to_owned(),
                entry_type: entry_type(entry),
                visibility: visibility(entry),
                created_ms: entry.created().map(keystore_core::Timestamp::millis),
                certificates: held,
                certificates_left_out: entry.certificates().len().saturating_sub(MAX_CHAIN),
            });
        }
    }
    let entries_left_out = view.all().len().saturating_sub(entries.len());
    let (format, listed) = (store.format().to_string(), view.len());
    let integrity = match store.integrity() {
        Integrity::Verified => "verified",
        Integrity::NotVerified => "not_verified",
        _ => "none",
    };
    (Content::Store { format, integrity, listed, entries, entries_left_out }, certificates.findings)
}

fn purpose(view: &KeyStore<'_>, integrity: Integrity) -> Purpose {
    use keystore_core::Content::{Certificate, PlainPrivateKey, PrivateKey, TrustedCertificate};
    let has = |is: fn(&keystore_core::Content<'_>) -> bool| view.all().any(|entry| is(entry.content()));
    let has_key = has(|content| matches!(content, PrivateKey { .. } | PlainPrivateKey { .. }));
    if integrity == Integrity::NotVerified {
        // Encrypted parts may hold more.
        Purpose::Any
    } else if has_key && view.private_keys().is_empty() {
        // The store is meant to be a keystore, although Java can offer none of its keys.
        Purpose::Identity
    } else if has(|content| matches!(content, TrustedCertificate(_)))
        || !has_key && has(|content| matches!(content, Certificate(_)))
    {
        Purpose::Trust
    } else {
        Purpose::Identity
    }
}

const LOAD: &str = "java.security.KeyStore.load";

fn java_refuses(bytes: &[u8], password: Option<&Password>, format: Format) -> Vec<FindingView> {
    let versions: &[(Java, &str)] = match format {
        Format::Pkcs12 => &[(Java::V8, "8"), (Java::V17, "17"), (Java::V25, "25")],
        // All versions behave in the same way.
        Format::Jks | Format::Jceks => &[(Java::V17, "8 to 25")],
        _ => {
            let text = format!("the JDK does not read {format}: Bouncy Castle's provider does");
            let note = FindingView::new(Severity::Note, &text, None, LOAD);
            return std::iter::once(note).chain(bouncy_castle_refuses(bytes, password, format)).collect();
        }
    };
    let refused =
        versions.iter().filter_map(|(java, name)| Some((format!("Java {name}"), loads(*java, bytes, password).err()?)));
    not_loaded(refused)
}

fn bouncy_castle_refuses(bytes: &[u8], password: Option<&Password>, format: Format) -> Vec<FindingView> {
    if format != Format::Bcfks || password.is_none() {
        return Vec::new();
    }
    let refused =
        |provider: bcfks::Provider| Some((provider.to_string(), bcfks::loads(provider, bytes, password).err()?));
    not_loaded(bcfks::Provider::ALL.into_iter().filter_map(refused))
}

fn not_loaded(refused: impl Iterator<Item = (String, keystore_core::Error)>) -> Vec<FindingView> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for (name, error) in refused {
        let why = error.to_string();
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, names)) => names.push(name),
            None => reasons.push((why, vec![name])),
        }
    }
    let finding = |(why, names): (String, Vec<String>)| {
        let text = format!("{} does not load it: {why}", names.join(", "));
        FindingView::new(Severity::Error, &text, None, LOAD)
    };
    reasons.into_iter().map(finding).collect()
}

struct Certificates<'a> {
    now: Time,
    known: HashMap<&'a [u8], Rc<Result<CertificateInfo, certgen::Error>>>,
    /// The judged certificates, except the first of each chain.
    ///
    /// Chains often share such certificates.
    judged: HashSet<&'a [u8]>,
    findings: Vec<FindingView>,
}

impl<'a> Certificates<'a> {
    fn of_entry(&mut self, entry: &'a Entry<'_>, most: usize) -> Vec<Held> {
        let chain = entry.certificates();
        let mut held = Vec::new();
        for (place, der) in chain.iter().take(most).enumerate() {
            let name = match place {
                0 => entry.alias().to_owned(),
                _ => format!("{}, certificate {} of {}", entry.alias(), place + 1, chain.len()),
            };
            let is_new = place == 0 || self.judged.insert(der);
            match self.read(der, &name).as_ref() {
                Ok(info) => {
                    let role = role(info, entry, place);
                    if is_new {
                        self.findings.extend(certificate::findings(&name, info, role, self.now));
                    }
                    held.push(Held::Read(Box::new(CertificateView::of(info, role, self.now))));
                }
                Err(error) => {
                    let place = format!("entry {:?}: certificate {} of {}", entry.alias(), place + 1, chain.len());
                    self.findings.push(certificate::unreadable(&place, error));
                    held.push(Held::Unread { error: error.to_string() });
                }
            }
        }
        held
    }

    /// Reads a certificate, or the PEM text in its place if there is one, as Java does.
    fn read(&mut self, der: &'a CertificateDer<'_>, name: &str) -> Rc<Result<CertificateInfo, certgen::Error>> {
        if let Some(known) = self.known.get(der.as_ref()) {
            return Rc::clone(known);
        }
        let mut read = CertificateInfo::read(der);
        if let (Err(_), Some(inner)) = (&read, in_pem(der)) {
            read = CertificateInfo::read(&inner);
            let text =
                format!("{name}: the store holds PEM in place of DER, which Java reads and other readers do not");
            self.findings.push(FindingView::new(Severity::Warning, &text, None, "sun.security.provider.X509Factory"));
        }
        let read = Rc::new(read);
        if self.known.len() < MAX_SHOWN {
            self.known.insert(der, Rc::clone(&read));
        }
        read
    }
}

fn in_pem(bytes: &[u8]) -> Option<CertificateDer<'static>> {
    let mut certificates = pem::decode_certificates(bytes).ok()?;
    certificates.pop().filter(|_| certificates.is_empty())
}

fn role(info: &CertificateInfo, entry: &Entry<'_>, place: usize) -> CertificateRole {
    use keystore_core::Content::{PlainPrivateKey, PrivateKey};
    match (entry.content(), place) {
        (PrivateKey { .. } | PlainPrivateKey { .. }, 0) => CertificateRole::Node,
        (PrivateKey { .. } | PlainPrivateKey { .. }, _) if info.subject() != info.issuer() => CertificateRole::Issuer,
        _ => CertificateRole::Anchor,
    }
}

fn entry_type(entry: &Entry<'_>) -> &'static str {
    match entry.content() {
        keystore_core::Content::PrivateKey { .. } | keystore_core::Content::PlainPrivateKey { .. } => "PrivateKeyEntry",
        keystore_core::Content::TrustedCertificate(_) => "trustedCertEntry",
        keystore_core::Content::SecretKey(_) => "SecretKeyEntry",
        keystore_core::Content::Certificate(_) => "certificate",
        _ => "unknown",
    }
}

fn visibility(entry: &Entry<'_>) -> &'static str {
    match entry.visibility() {
        Visibility::Reachable => "reachable",
        Visibility::Shadowed => "shadowed",
        Visibility::Unreachable => "unreachable",
        _ => "hidden",
    }
}
