//! Findings about trusted certificates and chains.

use super::{Code, Finding};
use crate::managers::{Anchor, anchor};
use crate::pkcs12::java::x509::Names;
use crate::{EntryType, KeyStore};
use rustls_pki_types::CertificateDer;
use std::collections::HashMap;

pub(super) fn check(keystore: &KeyStore<'_>, findings: &mut Vec<Finding>) {
    for entry in keystore.all() {
        findings.extend(entry.unreadable().map(|defect| Finding::of_certificate(entry.alias(), defect)));
    }
    let mut certificates = HashMap::new();
    let mut subjects = HashMap::new();
    for entry in keystore {
        let alias = entry.alias();
        if !links(entry.certificates()) {
            findings.push(Finding::of_entry(Code::BrokenChain, alias));
        }
        let Some(Anchor { certificate, .. }) = anchor(entry) else { continue };
        if let Some(other) = certificates.insert(certificate.as_ref(), alias) {
            findings.push(Finding::of_two(Code::DuplicateCertificate, alias, other));
            continue;
        }
        if entry.entry_type() != EntryType::TrustedCertificate {
            continue;
        }
        let subject = Names::read(certificate).map(|names| names.subject);
        if let Some(other) = subject.and_then(|subject| subjects.insert(subject, alias)) {
            findings.push(Finding::of_two(Code::SharedSubject, alias, other));
        }
    }
}

/// Whether each certificate names the next one as its issuer.
///
/// Pairs with an unreadable certificate are ignored.
fn links(chain: &[CertificateDer<'_>]) -> bool {
    let names: Vec<_> = chain.iter().map(|certificate| Names::read(certificate)).collect();
    names.iter().zip(names.iter().skip(1)).all(|pair| match pair {
        (Some(certificate), Some(next)) => certificate.issuer == next.subject,
        _ => true,
    })
}
