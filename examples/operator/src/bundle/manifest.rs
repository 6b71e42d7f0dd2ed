//! What a generation of bundles holds, for programs and for later checks.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::PASSWORD;
use crate::document::Schema;
use crate::reading::{MAX_BYTES, MAX_SETTINGS, Root, read_text};

/// The manifest's file. It is written last: a folder without it was not finished, and is not a generation.
pub const MANIFEST: &str = "manifest.json";

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
    /// SHA-256 of the certificate that others must trust to talk to it: its own, or its authority's.
    pub anchor: String,
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
        let path = folder.join(MANIFEST);
        let text = read_text(&path)?;
        let manifest: Self = Schema::MANIFEST.read(&text).with_context(|| path.display().to_string())?;
        let root = Root::Copy(folder.to_owned());
        for (node, bundle) in &manifest.nodes {
            for (name, digest) in &bundle.files {
                let file = Path::new(node).join(name);
                let bytes = root.read(&file, MAX_BYTES)?.bytes;
                ensure!(sha256(&bytes) == *digest, "{} is not the file that was written", root.place(&file).display());
            }
        }
        Ok(manifest)
    }

    /// A node's bundle.
    ///
    /// # Errors
    /// If there is none.
    pub fn bundle(&self, node: &str) -> anyhow::Result<&Bundle> {
        self.nodes.get(node).with_context(|| format!("{} has no bundle for {node}", self.generation))
    }

    /// The password of a node's stores, from a generation's folder.
    ///
    /// # Errors
    /// If its file cannot be read.
    pub fn password(folder: &Path, node: &str) -> anyhow::Result<Zeroizing<String>> {
        let (root, file) = (Root::Copy(folder.to_owned()), Path::new(node).join(PASSWORD));
        let found = root.read(&file, MAX_SETTINGS)?;
        let text = std::str::from_utf8(&found.bytes).with_context(|| root.place(&file).display().to_string())?;
        Ok(Zeroizing::new(text.trim_end().to_owned()))
    }

    /// The label of what a node gets in this generation: `node0` in `g1`, `node0-2` in `g2`.
    pub fn label(&self, node: &str) -> String {
        match self.generation.strip_prefix('g').and_then(|number| number.parse().ok()) {
            Some(number) => bridge::label(node, number),
            None => format!("{node}-{}", self.generation),
        }
    }
}

impl Bundle {
    /// The SHA-256 of a file.
    ///
    /// # Errors
    /// If it has no such file.
    pub fn file(&self, name: &str) -> anyhow::Result<&str> {
        self.files.get(name).map(String::as_str).with_context(|| format!("there is no {name} in its bundle"))
    }

    /// The truststore that a node has once a generation is rolled out to the end.
    pub fn last_truststore(&self, node: &str) -> String {
        let after = format!("truststore-after.{node}");
        if self.files.contains_key(&after) { after } else { format!("truststore.{node}") }
    }
}

/// The SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
