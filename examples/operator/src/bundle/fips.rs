//! Finds the parts of a generation that FIPS mode refuses.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use bridge::Reader;
use keystore_core::Password;
use keystore_core::lint::Code;

use super::acceptance::listed;
use super::{Manifest, StorePasswords};
use crate::input::Name;
use crate::reading::{MAX_BYTES, Root};

/// The defects for which FIPS mode refuses stores of a generation.
///
/// Each text names the kind of store, up to three nodes, and the reason. The result is empty unless the stores are BCFKS, the
/// format that Bouncy Castle's FIPS provider reads.
///
/// # Errors
/// If a store or its password cannot be read.
pub fn refused_in_fips_mode(folder: &Path, manifest: &Manifest) -> anyhow::Result<Vec<String>> {
    if manifest.store.reader() != Reader::BouncyCastle {
        return Ok(Vec::new());
    }
    let mut found: BTreeMap<(&str, Code), Vec<&Name>> = BTreeMap::new();
    for node in manifest.nodes.keys() {
        let passwords = StorePasswords::read(folder, node.as_str())?;
        for (kind, password) in [("keystore", &passwords.keystore), ("truststore", &passwords.truststore)] {
            for code in refused(folder, node, kind, &Password::new(password.as_str()))? {
                found.entry((kind, code)).or_default().push(node);
            }
        }
    }
    let text = |((kind, code), nodes): (&(&str, Code), &Vec<&Name>)| {
        format!("the {kind} of {}: {}: {}", listed(nodes), code.what(), code.why())
    };
    Ok(found.iter().map(text).collect())
}

fn refused(folder: &Path, node: &Name, kind: &str, password: &Password) -> anyhow::Result<Vec<Code>> {
    let (root, file) = (Root::Bundles(folder.join(node.as_str())), format!("{kind}.{node}"));
    let bytes = root.read(Path::new(&file), MAX_BYTES)?.bytes;
    let store = keystore_core::decode(&bytes, password).with_context(|| file)?;
    Ok(store.lint_fips(Some(password)).iter().map(keystore_core::lint::Finding::code).collect())
}
