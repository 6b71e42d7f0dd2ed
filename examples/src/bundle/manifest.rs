//! What a generation of bundles holds, for programs and for whoever checks it later.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The manifest's file. It is written last: a folder without it was not finished, and nobody takes it for a generation.
pub const FILE: &str = "manifest.json";

/// One generation: the bundles of all nodes.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Manifest {
    /// Its name.
    pub generation: String,
    /// The generation that it follows, if there is one.
    pub previous: Option<String>,
    /// By node.
    pub nodes: BTreeMap<String, Bundle>,
}

/// One node's files.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Bundle {
    /// SHA-256 of the certificate that the node is to serve.
    pub identity: String,
    /// SHA-256 of the certificates that its truststore holds.
    pub trusts: Vec<String>,
    /// The same once the old certificates are dropped; none where there are none to drop.
    pub trusts_after: Option<Vec<String>>,
    /// SHA-256 of each file.
    pub files: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads the manifest of a generation, and that its files are those that were written.
    ///
    /// # Errors
    /// If there is none, or a file is missing or another.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(FILE);
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let manifest: Self = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        for (node, bundle) in &manifest.nodes {
            for (name, digest) in &bundle.files {
                let file = folder.join(node).join(name);
                let bytes = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
                ensure!(sha256(&bytes) == *digest, "{} is not the file that was written", file.display());
            }
        }
        Ok(manifest)
    }
}

/// The SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
