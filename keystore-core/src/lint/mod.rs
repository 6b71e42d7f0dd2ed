//! Problems of a keystore, many of which Java accepts silently.
//!
//! [`KeyStore::lint`], [`Store::lint`] and [`Store::lint_fips`] find such problems.

mod algorithms;
mod certificates;
mod finding;
mod fips;
mod keys;
mod visibility;

pub use finding::{Code, Finding, Severity};
pub(crate) use fips::check as fips;

use crate::{KeyStore, Password, Store};

/// The purpose of a keystore, on which some findings and their severities depend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// The key and certificate that a server or client presents, such as Cassandra's `keystore`.
    ///
    /// Such a store should contain exactly one private key, sealed with the store's password.
    Identity,
    /// The certificates that a server or client trusts, such as Cassandra's `truststore`.
    ///
    /// Such a store should contain at least one certificate that Java trusts, and no private key.
    Trust,
    /// Identity and trust, or any other purpose.
    ///
    /// Several keys are not a finding, and a key with its own password is only a note. Java's key manager opens all keys with
    /// one password; [`loads_keys`](crate::loads_keys) checks that this password opens every key.
    Any,
}

pub(crate) fn of_view(keystore: &KeyStore<'_>, password: Option<&Password>, purpose: Purpose) -> Vec<Finding> {
    let mut findings = Vec::new();
    visibility::check(keystore, &mut findings);
    algorithms::check(keystore, &mut findings);
    if let Some(password) = password {
        keys::check(keystore, password, purpose, &mut findings);
    }
    certificates::check(keystore, &mut findings);
    purpose_is_served(keystore, purpose, &mut findings);
    findings
}

pub(crate) fn of_store(store: &Store<'_>, password: Option<&Password>, purpose: Purpose) -> Vec<Finding> {
    let mut findings = of_view(&store.view(), password, purpose);
    algorithms::check_file(store, password, &mut findings);
    findings
}

fn purpose_is_served(keystore: &KeyStore<'_>, purpose: Purpose, findings: &mut Vec<Finding>) {
    let private_keys = keystore.private_keys();
    match purpose {
        Purpose::Identity if private_keys.is_empty() => findings.push(Finding::of_store(Code::NoPrivateKey)),
        Purpose::Identity if private_keys.len() > 1 => {
            findings.push(Finding::of_store(Code::SeveralPrivateKeys));
        }
        Purpose::Trust => {
            findings.extend(private_keys.iter().map(|key| Finding::of_entry(Code::KeyInTruststore, key.alias)));
            if keystore.trust_anchors().is_empty() {
                findings.push(Finding::of_store(Code::NoTrustedCertificate));
            }
        }
        _ => {}
    }
}
