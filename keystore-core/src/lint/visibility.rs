//! Findings about entries that Java does not show or find, and about unsealed private keys.

use super::{Code, Finding};
use crate::{Content, Entry, KeyStore, Visibility};

pub(super) fn check(keystore: &KeyStore<'_>, findings: &mut Vec<Finding>) {
    findings.extend(keystore.all().filter_map(|entry| Some(Finding::of_entry(code(entry)?, entry.alias()))));
}

fn code(entry: &Entry<'_>) -> Option<Code> {
    match (entry.visibility(), entry.content()) {
        (_, Content::PlainPrivateKey { .. }) => Some(Code::PlainPrivateKey),
        (Visibility::Reachable, _) => None,
        (Visibility::Unreachable, _) => Some(Code::UnreachableAlias),
        (Visibility::Shadowed, _) => Some(Code::ShadowedAlias),
        (Visibility::Hidden, _) => Some(Code::HiddenCertificate),
    }
}
