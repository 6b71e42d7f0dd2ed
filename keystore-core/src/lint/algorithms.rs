//! Findings about unsupported or broken algorithms, and about the protection of the store.

use super::{Code, Finding, keys};
use crate::jks::{jce_protector, key_protector};
use crate::pkcs12::java::readers::{self, JavaVersions, Readers, Strength};
use crate::{Content, Format, Integrity, KeyStore, Password, SealedKey, Store};

pub(super) fn check(keystore: &KeyStore<'_>, findings: &mut Vec<Finding>) {
    for entry in keystore {
        let readers = keys::sealed_bytes(entry).and_then(readers::of_key);
        findings.extend(codes(readers).map(|code| Finding::of_entry(code, entry.alias())));
    }
}

fn check_schemes(store: &Store<'_>, findings: &mut Vec<Finding>) {
    let view = store.view();
    let unknown = view.iter().filter(|entry| {
        keys::sealed_bytes(entry).is_some_and(|sealed| {
            let has =
                |oids: &[_]| SealedKey::from_unchecked_der(sealed).algorithm().is_none_or(|oid| oids.contains(&oid));
            match store.format() {
                Format::Jks => !has(&[key_protector::OID]),
                Format::Jceks => !has(&[key_protector::OID, jce_protector::OID]),
                Format::Pkcs12 => readers::of_key(sealed).is_none() && !has(&[]),
                _ => false,
            }
        })
    });
    findings.extend(unknown.map(|entry| Finding::of_entry(Code::UnreadableAlgorithm, entry.alias())));
}

fn holds_certificates_alone(keystore: &KeyStore<'_>) -> bool {
    let is_certificate =
        |content: &Content<'_>| matches!(content, Content::TrustedCertificate(_) | Content::Certificate(_));
    keystore.all().all(|entry| is_certificate(entry.content()))
}

pub(super) fn check_file(store: &Store<'_>, password: Option<&Password>, findings: &mut Vec<Finding>) {
    if let Store::Bks(bks) = store {
        findings.extend(bks.has_weak_mac().then_some(Finding::of_store(Code::WeakMac)));
    }
    if store.integrity() == Integrity::NotVerified {
        findings.push(Finding::of_store(Code::NotVerified));
    }
    check_schemes(store, findings);
    let Store::Pfx(pfx) = store else { return };
    let Some(protections) = pfx.protections() else { return };
    let mut found: Vec<Code> = protections.parts.iter().flat_map(|readers| codes(Some(*readers))).collect();
    match protections.mac {
        None if protections.parts.is_empty() && holds_certificates_alone(&store.view()) => {
            found.push(Code::NoPassword);
        }
        None => found.push(Code::MissingMac),
        Some(java) => found.extend(java_code(java)),
    }
    let is_protected =
        protections.mac.is_some() || !protections.parts.is_empty() || store.view().all().any(keys::is_sealed);
    if is_protected && password.is_some_and(|password| password.ascii().is_none()) {
        found.push(Code::PasswordNotAscii);
    }
    for finding in found.into_iter().map(Finding::of_store) {
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
}

fn codes(readers: Option<Readers>) -> impl Iterator<Item = Code> {
    let broken = readers.is_some_and(|readers| readers.strength == Strength::Broken);
    let java = readers.and_then(|readers| java_code(readers.java));
    java.into_iter().chain(broken.then_some(Code::WeakAlgorithm))
}

fn java_code(java: JavaVersions) -> Option<Code> {
    match java {
        JavaVersions::All => None,
        JavaVersions::Since8u301 => Some(Code::NeedsJava8u301),
        JavaVersions::Since26 => Some(Code::NeedsJava26),
        JavaVersions::None => Some(Code::UnreadableAlgorithm),
    }
}
