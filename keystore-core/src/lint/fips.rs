//! Findings about passwords and keys that FIPS mode refuses.

use super::{Code, Finding, keys};
use crate::key_match::rsa_bits;
use crate::{KeyStore, Password};

/// The minimum length of a password in bytes of UTF-8: 112 bits.
const PASSWORD: usize = 14;
/// The minimum length of an RSA key, in bits.
const RSA: usize = 2_048;

/// Checks the length of the password and the sizes of the RSA keys.
///
/// The size of a private key is read from its certificate. Trusted certificates are not checked, because FIPS mode still
/// verifies signatures with shorter keys.
pub(crate) fn check(keystore: &KeyStore<'_>, password: Option<&Password>) -> Vec<Finding> {
    let short = password.is_some_and(|password| password.utf8().len() < PASSWORD);
    let mut findings: Vec<_> = short.then_some(Finding::of_store(Code::FipsPassword)).into_iter().collect();
    for entry in keystore {
        let own = keys::sealed(entry).and_then(|(_, chain)| chain.first());
        if own.and_then(rsa_bits).is_some_and(|bits| bits < RSA) {
            findings.push(Finding::of_entry(Code::FipsKeySize, entry.alias()));
        }
    }
    findings
}
