//! Findings about sealed keys: their passwords, and the certificates of private keys.

use super::{Code, Finding, Purpose};
use crate::{Content, Entry, ErrorKind, Format, KeyMatch, KeyStore, Limits, Password, SealedKey, key_match};
use rustls_pki_types::CertificateDer;

pub(super) fn check(keystore: &KeyStore<'_>, password: &Password, purpose: Purpose, findings: &mut Vec<Finding>) {
    let keys: Vec<_> = keystore.iter().filter(|entry| is_sealed(entry)).collect();
    let limits = share(keys.len());
    for entry in keys {
        let code = match entry.content() {
            Content::PrivateKey { key, chain } => private_key(key, chain, password, &limits),
            Content::SecretKey(key) => key.open_within(password, &limits).err().and_then(|error| refused(error.kind())),
            _ => None,
        };
        findings.extend(code.map(|code| Finding::of_entry(for_purpose(code, purpose), entry.alias())));
    }
}

pub(super) const fn is_sealed(entry: &Entry<'_>) -> bool {
    matches!(entry.content(), Content::PrivateKey { .. } | Content::SecretKey(_))
}

/// The sealed private key of an entry, or the sealed secret key of a PKCS#12.
pub(super) fn sealed_bytes<'e>(entry: &'e Entry<'_>) -> Option<&'e [u8]> {
    match entry.content() {
        Content::PrivateKey { key, .. } => Some(key.as_der()),
        Content::SecretKey(key) if key.format() == Format::Pkcs12 => Some(key.as_bytes()),
        _ => None,
    }
}

pub(super) fn sealed<'e, 'a>(entry: &'e Entry<'a>) -> Option<(&'e SealedKey<'a>, &'e [CertificateDer<'a>])> {
    match entry.content() {
        Content::PrivateKey { key, chain } => Some((key, chain)),
        _ => None,
    }
}

/// The limits for one key.
///
/// All keys together stay within the default totals.
fn share(keys: usize) -> Limits {
    let keys = u64::try_from(keys.max(1)).unwrap_or(u64::MAX);
    let mut limits = Limits::default();
    limits.total_iterations /= keys;
    limits.scrypt_work /= keys;
    limits
}

fn for_purpose(code: Code, purpose: Purpose) -> Code {
    match (code, purpose) {
        (Code::KeyPasswordDiffers, Purpose::Trust | Purpose::Any) => Code::KeyPasswordOfItsOwn,
        _ => code,
    }
}

fn private_key(
    key: &SealedKey<'_>,
    chain: &[CertificateDer<'_>],
    password: &Password,
    limits: &Limits,
) -> Option<Code> {
    match key.open_within(password, limits) {
        Ok(key) => {
            let certificate = chain.first()?;
            (key_match(&key.secret_pkcs8(), certificate) == KeyMatch::Differs).then_some(Code::KeyMismatch)
        }
        Err(error) => refused(error.kind()),
    }
}

const fn refused(kind: &ErrorKind) -> Option<Code> {
    match kind {
        ErrorKind::LimitExceeded { .. } => Some(Code::KeyNotTried),
        ErrorKind::UnsupportedAlgorithm { .. } => None,
        ErrorKind::NotPkcs8(_) => Some(Code::KeyNotPkcs8),
        _ => Some(Code::KeyPasswordDiffers),
    }
}
