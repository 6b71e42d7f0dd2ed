//! What Java and Cassandra would trip over, as findings.

mod algorithms;
mod certificates;
mod finding;
mod keys;
mod visibility;

pub use finding::{Code, Finding, Severity};

use crate::{KeyStore, Password, Store};

/// What a key store is for; it decides which findings there are, and how grave they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// Cassandra's `keystore`: exactly one private key, sealed with the store's password.
    CassandraKeystore,
    /// Cassandra's `truststore`: at least one trusted certificate.
    CassandraTruststore,
    /// Anything else that Java reads.
    Any,
}

/// Looks for what Java accepts without a word and its users regret. The findings come check by check, each in the order
/// of the entries; what is said of the whole store comes last.
///
/// `password` is the store's. Keys are opened with it, within the default [`Limits`](crate::Limits), whose sum of
/// iterations they share. What only the file shows (its MAC, how its parts are encrypted) is looked at by
/// [`Store::lint`](crate::Store::lint).
pub fn lint(keystore: &KeyStore<'_>, password: &Password, purpose: Purpose) -> Vec<Finding> {
    let mut findings = Vec::new();
    visibility::check(keystore, &mut findings);
    algorithms::check(keystore, &mut findings);
    keys::check(keystore, password, &mut findings);
    certificates::check(keystore, &mut findings);
    purpose_is_served(keystore, purpose, &mut findings);
    findings
}

/// [`lint`], and what only the file shows.
pub(crate) fn lint_store(store: &Store<'_>, password: &Password, purpose: Purpose) -> Vec<Finding> {
    let mut findings = lint(&store.view(), password, purpose);
    algorithms::check_file(store, password, &mut findings);
    findings
}

/// Whether there is what the purpose asks for.
fn purpose_is_served(keystore: &KeyStore<'_>, purpose: Purpose, findings: &mut Vec<Finding>) {
    let private_keys = visibility::listed(keystore).filter(|entry| keys::sealed(entry).is_some()).count();
    let anchors = visibility::listed(keystore).filter(|entry| certificates::trusted(entry).is_some()).count();
    let code = match purpose {
        Purpose::CassandraKeystore if private_keys == 0 => Code::NoPrivateKey,
        Purpose::CassandraKeystore if private_keys > 1 => Code::SeveralPrivateKeys,
        Purpose::CassandraTruststore if anchors == 0 => Code::NoTrustedCertificate,
        _ => return,
    };
    findings.push(Finding::of_store(code));
}
