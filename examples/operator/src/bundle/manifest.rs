//! The manifest of a generation: the digests of its certificates and files.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, ensure};
use bridge::Format;
use serde::{Deserialize, Serialize};

use super::settings::SettingsFormat;
use super::store_format;
use crate::document::Schema;
use crate::folders;
use crate::input::{Digest, Name};
use crate::reading::{MAX_BYTES, Root, read_text};

/// The name of the manifest's file.
///
/// The manifest is written last: a folder without it is unfinished, and is not a generation.
pub const MANIFEST: &str = "manifest.json";

/// One generation: the bundles of all nodes.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Manifest {
    /// The name of the generation.
    pub generation: Name,
    /// The name of the previous generation, if there is one.
    pub previous: Option<Name>,
    /// The format of the keystores and truststores.
    #[serde(with = "store_format")]
    pub store: Format,
    /// The bundles, by node.
    pub nodes: BTreeMap<Name, Bundle>,
}

/// One node's files.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Bundle {
    /// SHA-256 of the certificate that the node serves.
    pub identity: Digest,
    /// SHA-256 of the certificate that the node's peers must trust, the last in the node's chain.
    pub anchor: Digest,
    /// SHA-256 of each certificate in the truststore.
    pub trusts: Vec<Digest>,
    /// SHA-256 of each certificate in the truststore after the old ones are dropped.
    ///
    /// `None` if there was no previous truststore.
    pub trusts_after: Option<Vec<Digest>>,
    /// SHA-256 of each file.
    pub files: BTreeMap<Name, Digest>,
}

impl Manifest {
    /// Reads the manifest of a generation, and checks that its files are unchanged.
    ///
    /// # Errors
    /// If the manifest or a file cannot be read, if a file has changed, or if other users can change the folders; and the errors
    /// of [`parse`](Self::parse).
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        folders::is_ours(folder)?;
        let path = folder.join(MANIFEST);
        let manifest = Self::parse(&read_text(&path)?).with_context(|| path.display().to_string())?;
        let root = Root::Bundles(folder.to_owned());
        for (node, bundle) in &manifest.nodes {
            folders::is_ours(&folder.join(node.as_str()))?;
            for (name, digest) in &bundle.files {
                let file = Path::new(node.as_str()).join(name.as_str());
                let bytes = root.read(&file, MAX_BYTES)?.bytes;
                ensure!(
                    Digest::of(&bytes) == *digest,
                    "{} is not the file that was written",
                    root.place(&file).display()
                );
            }
        }
        Ok(manifest)
    }

    /// Reads the text of a manifest.
    ///
    /// # Errors
    /// Those of [`Schema::read`]; also if a bundle does not contain the certificate that its node serves.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let manifest: Self = Schema::MANIFEST.read(text)?;
        for (node, bundle) in &manifest.nodes {
            let held = bundle.file(&format!("{node}.cer"))?;
            ensure!(held == bundle.identity, "{node} is to serve {}, but its bundle holds {held}", bundle.identity);
        }
        Ok(manifest)
    }

    /// A node's bundle.
    ///
    /// # Errors
    /// If the node has no bundle.
    pub fn bundle(&self, node: &str) -> anyhow::Result<&Bundle> {
        self.nodes.get(node).with_context(|| format!("{} has no bundle for {node}", self.generation))
    }

    /// The label of a node's certificate in this generation: `node0` in `g1`, `node0-2` in `g2`.
    ///
    /// # Errors
    /// If the label is not a valid [`Name`].
    pub fn label(&self, node: &str) -> anyhow::Result<Name> {
        let label = match self.generation.as_str().strip_prefix('g').and_then(|number| number.parse().ok()) {
            Some(number) => bridge::label(node, number),
            None => format!("{node}-{}", self.generation),
        };
        Ok(label.parse()?)
    }
}

impl Bundle {
    /// The SHA-256 of a file.
    ///
    /// # Errors
    /// If the bundle has no such file.
    pub fn file(&self, name: &str) -> anyhow::Result<Digest> {
        self.files.get(name).copied().with_context(|| format!("the bundle has no {name}"))
    }

    /// The name of the file with the settings of the stores.
    ///
    /// If the bundle has two settings files, `NODE.properties` is returned.
    ///
    /// # Errors
    /// If the bundle has no settings file.
    pub fn settings_file(&self, node: &str) -> anyhow::Result<String> {
        let mut files = SettingsFormat::ALL.into_iter().map(|format| format.file_of(node));
        let there = files.find(|file| self.files.contains_key(file.as_str()));
        there.with_context(|| format!("the bundle of {node} has no settings"))
    }

    /// The name of the file with the truststore that the node has after the rotation.
    pub fn last_truststore(&self, node: &str) -> String {
        let after = format!("truststore-after.{node}");
        if self.files.contains_key(after.as_str()) { after } else { format!("truststore.{node}") }
    }
}
