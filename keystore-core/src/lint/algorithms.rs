//! How keys, certificates and the whole are protected, by what Java makes of it.

use super::{Code, Finding, keys, visibility};
use crate::KeyStore;
use crate::pkcs12::{self, JavaVersions, Readers, Strength};

pub(super) fn check(keystore: &KeyStore<'_>, findings: &mut Vec<Finding>) {
    for entry in visibility::listed(keystore) {
        let readers = keys::sealed(entry).and_then(|(key, _)| pkcs12::readers_of_key(key.as_der()));
        findings.extend(codes(readers).map(|code| Finding::of_entry(code, entry.alias())));
    }
}

fn codes(readers: Option<Readers>) -> impl Iterator<Item = Code> {
    let java = readers.and_then(|readers| match readers.java {
        JavaVersions::All => None,
        JavaVersions::Recent => Some(Code::RecentAlgorithm),
        JavaVersions::None => Some(Code::UnreadableAlgorithm),
    });
    let broken = readers.is_some_and(|readers| readers.strength == Strength::Broken);
    java.into_iter().chain(broken.then_some(Code::WeakAlgorithm))
}
