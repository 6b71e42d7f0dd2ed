//! Findings about private keys: their passwords and their certificates.

use super::{Code, Finding, Purpose};
use crate::{Content, Entry, ErrorKind, KeyMatch, KeyStore, Limits, Password, SealedKey, key_match};
use rustls_pki_types::CertificateDer;

pub(super) fn check(keystore: &KeyStore<'_>, password: &Password, purpose: Purpose, findings: &mut Vec<Finding>) {
    let keys: Vec<_> = keystore.iter().filter_map(|entry| Some((entry.alias(), sealed(entry)?))).collect();
    let limits = share(keys.len());
    for (alias, (key, chain)) in keys {
        let code = code(key, chain, password, &limits);
        findings.extend(code.map(|code| Finding::of_entry(for_purpose(code, purpose), alias)));
    }
}

/// The sealed private key of the entry and its chain; `None` for an entry of another type.
pub(super) fn sealed<'e, 'a>(entry: &'e Entry<'a>) -> Option<(&'e SealedKey<'a>, &'e [CertificateDer<'a>])> {
    match entry.content() {
        Content::PrivateKey { key, chain } => Some((key, chain)),
        _ => None,
    }
}

/// The limits for each of this many keys, which share the default total of iterations.
fn share(keys: usize) -> Limits {
    let mut limits = Limits::default();
    limits.total_iterations /= u64::try_from(keys.max(1)).unwrap_or(u64::MAX);
    limits
}

/// Downgrades a differing key password to a note, except in an identity.
fn for_purpose(code: Code, purpose: Purpose) -> Code {
    match (code, purpose) {
        (Code::KeyPasswordDiffers, Purpose::Trust | Purpose::Any) => Code::KeyPasswordOfItsOwn,
        _ => code,
    }
}

fn code(key: &SealedKey<'_>, chain: &[CertificateDer<'_>], password: &Password, limits: &Limits) -> Option<Code> {
    match key.open_within(password, limits) {
        Ok(key) => {
            let certificate = chain.first()?;
            (key_match(&key.secret_pkcs8(), certificate) == KeyMatch::Differs).then_some(Code::KeyMismatch)
        }
        Err(error) => match error.kind() {
            ErrorKind::LimitExceeded { .. } => Some(Code::KeyNotTried),
            ErrorKind::UnsupportedAlgorithm { .. } => None,
            ErrorKind::NotPkcs8(_) => Some(Code::KeyNotPkcs8),
            _ => Some(Code::KeyPasswordDiffers),
        },
    }
}
