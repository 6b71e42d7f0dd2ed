//! Trusted certificates and chains.

use super::{Code, Finding};
use crate::KeyStore;
use crate::managers::{Anchor, anchor};
use crate::pkcs12::x509::Names;
use rustls_pki_types::CertificateDer;
use std::collections::HashMap;

pub(super) fn check(keystore: &KeyStore<'_>, findings: &mut Vec<Finding>) {
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
        let subject = Names::read(certificate).map(|names| names.subject);
        if let Some(other) = subject.and_then(|subject| subjects.insert(subject, alias)) {
            findings.push(Finding::of_two(Code::SharedSubject, alias, other));
        }
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
