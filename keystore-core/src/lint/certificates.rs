//! Trusted certificates and chains.

use super::{Code, Finding, visibility};
use crate::pkcs12::x509::Names;
use crate::{Content, Entry, KeyStore};
use rustls_pki_types::CertificateDer;
use std::collections::HashMap;

pub(super) fn check(keystore: &KeyStore<'_>, findings: &mut Vec<Finding>) {
    let mut certificates = HashMap::new();
    let mut subjects = HashMap::new();
    for entry in visibility::listed(keystore) {
        let alias = entry.alias();
        if !links(entry.certificates()) {
            findings.push(Finding::of_entry(Code::BrokenChain, alias));
        }
        let Some(certificate) = trusted(entry) else { continue };
        if let Some(other) = certificates.insert(certificate.as_ref(), alias) {
            findings.push(Finding::of_two(Code::DuplicateCertificate, alias, other));
            continue;
        }
        let subject = Names::read(certificate).map(|names| names.subject);
        if let Some(other) = subject.and_then(|subject| subjects.insert(subject, alias)) {
            findings.push(Finding::of_two(Code::SharedSubject, alias, other));
        }
    }
}

/// The trusted certificate, if that is what the entry is.
pub(super) fn trusted<'e, 'a>(entry: &'e Entry<'a>) -> Option<&'e CertificateDer<'a>> {
    match entry.content() {
        Content::TrustedCertificate(certificate) => Some(certificate),
        _ => None,
    }
}

/// Whether each certificate names the next as its issuer. Where one of the two cannot be read that is not known.
fn links(chain: &[CertificateDer<'_>]) -> bool {
    let names: Vec<_> = chain.iter().map(|certificate| Names::read(certificate)).collect();
    names.iter().zip(names.iter().skip(1)).all(|pair| match pair {
        (Some(certificate), Some(next)) => certificate.issuer == next.subject,
        _ => true,
    })
}
