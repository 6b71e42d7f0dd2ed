//! What FIPS mode refuses.

use super::{Code, Finding};
use crate::key_match::rsa_bits;
use crate::{KeyStore, Password};

/// Characters of a password, at least: 112 bits, if each has 8.
const PASSWORD: usize = 14;
/// Bits of an RSA key, at least.
const RSA: usize = 2_048;

/// The password, and each certificate's key: also that of a chain or of an anchor, whose signatures have to be verified.
pub(crate) fn check(keystore: &KeyStore<'_>, password: Option<&Password>) -> Vec<Finding> {
    let short = password.is_some_and(|password| password.characters() < PASSWORD);
    let mut findings: Vec<_> = short.then_some(Finding::of_store(Code::FipsPassword)).into_iter().collect();
    for entry in keystore {
        let mut bits = entry.certificates().iter().filter_map(|certificate| rsa_bits(certificate));
        if bits.any(|bits| bits < RSA) {
            findings.push(Finding::of_entry(Code::FipsKeySize, entry.alias()));
        }
    }
    findings
}
