//! The files that can be installed on nodes: bundles, and certificates for new truststores.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use bridge::{Format, Named};
use rotation_planner::{Identity, Trust};

use crate::bundle::{Bundle, Manifest, StorePasswords};
use crate::input::Digest;
use crate::state::Certificates;

/// Digests and certificates, by label.
type Known<'a> = BTreeMap<&'a str, (Digest, Named)>;

pub(super) struct Supply<'a> {
    generations: Vec<(PathBuf, Manifest)>,
    certificates: &'a Certificates,
    by_label: Known<'a>,
}

impl<'a> Supply<'a> {
    /// Reads generations of bundles, in the order of preference.
    pub(super) fn new(folders: &[PathBuf], certificates: &'a Certificates) -> anyhow::Result<Self> {
        let read = |folder: &PathBuf| {
            let path = std::fs::canonicalize(folder).with_context(|| folder.display().to_string())?;
            Ok((path, Manifest::read(folder)?))
        };
        let generations = folders.iter().map(read).collect::<anyhow::Result<_>>()?;
        Ok(Self { generations, certificates, by_label: certificates.by_label()? })
    }

    pub(super) fn digests_of(&self, identity: &Identity) -> anyhow::Result<(Digest, Digest)> {
        Ok((self.known(identity.id().as_str())?.0, self.known(identity.anchor().as_str())?.0))
    }

    pub(super) fn certificates_of(&self, trust: &Trust) -> anyhow::Result<Vec<&(Digest, Named)>> {
        trust.iter().map(|anchor| self.known(anchor.as_str())).collect()
    }

    fn known(&self, label: &str) -> anyhow::Result<&(Digest, Named)> {
        self.by_label.get(label).with_context(|| format!("the certificate {label} is not known"))
    }

    pub(super) fn keystore(&self, node: &str, identity: &Identity) -> anyhow::Result<(PathBuf, Digest)> {
        let (certificate, _) = self.digests_of(identity)?;
        let found = self.generations.iter().find_map(|generation| {
            let bundle = generation.1.nodes.get(node).filter(|bundle| bundle.identity == certificate)?;
            Some((generation, bundle))
        });
        let (generation, bundle) = found.with_context(|| format!("no bundle holds the key of {identity}"))?;
        if !self.has_usual_password(node, generation, |passwords| &passwords.keystore)? {
            let usual = self.generation(node)?.0.join(node);
            bail!(
                "the keystore with the key of {identity} has another password or format than that in {}",
                usual.display()
            );
        }
        let name = format!("keystore.{node}");
        Ok((generation.0.join(node).join(&name), bundle.file(&name)?))
    }

    /// A truststore with these certificates.
    ///
    /// It has the password and the format of the node's first bundle.
    pub(super) fn truststore(&self, node: &str, wanted: &[Digest]) -> anyhow::Result<Option<(PathBuf, Digest)>> {
        let set = |digests: &[Digest]| digests.iter().copied().collect::<BTreeSet<_>>();
        let wanted = set(wanted);
        for generation in &self.generations {
            let Some(bundle) = generation.1.nodes.get(node) else { continue };
            let name = if set(&bundle.trusts) == wanted {
                format!("truststore.{node}")
            } else if bundle.trusts_after.as_deref().is_some_and(|after| set(after) == wanted) {
                format!("truststore-after.{node}")
            } else {
                continue;
            };
            if self.has_usual_password(node, generation, |passwords| &passwords.truststore)? {
                return Ok(Some((generation.0.join(node).join(&name), bundle.file(&name)?)));
            }
        }
        Ok(None)
    }

    /// Whether a store has the format and the password of the node's first bundle.
    ///
    /// They are also those of the store on the node.
    fn has_usual_password(
        &self,
        node: &str,
        (folder, manifest): &(PathBuf, Manifest),
        password: impl Fn(&StorePasswords) -> &str,
    ) -> anyhow::Result<bool> {
        let (usual, its_manifest) = self.generation(node)?;
        if usual == folder {
            return Ok(true);
        }
        let [own, usual] = [StorePasswords::read(folder, node)?, StorePasswords::read(usual, node)?];
        Ok(manifest.store == its_manifest.store && password(&own) == password(&usual))
    }

    /// The folder of a bundle whose certificate has an anchor in `now`, but none in `before`.
    pub(super) fn bundle_under(&self, before: &[Digest], now: &[Digest]) -> Option<PathBuf> {
        let is_newly_trusted = |bundle: &Bundle| {
            let anchors = self.certificates.get(bundle.identity).map_or(&[][..], |known| &known.anchors);
            let is_in = |trusts: &[Digest]| anchors.iter().any(|anchor| trusts.contains(anchor));
            is_in(now) && !is_in(before)
        };
        self.generations.iter().find_map(|(folder, manifest)| {
            let mut bundles = manifest.nodes.iter();
            bundles.find(|(_, bundle)| is_newly_trusted(bundle)).map(|(node, _)| folder.join(node.as_str()))
        })
    }

    pub(super) fn format(&self, node: &str) -> anyhow::Result<Format> {
        Ok(self.generation(node)?.1.store)
    }

    pub(super) fn passwords(&self, node: &str) -> anyhow::Result<StorePasswords> {
        StorePasswords::read(&self.generation(node)?.0, node)
    }

    fn generation(&self, node: &str) -> anyhow::Result<&(PathBuf, Manifest)> {
        let mut generations = self.generations.iter();
        let found = generations.find(|(_, manifest)| manifest.nodes.contains_key(node));
        found.context("no generation has its bundle: give --bundles")
    }
}
