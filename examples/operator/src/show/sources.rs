//! The paths, files and certificates in the commands of a runbook, as far as they are known.

use std::path::Path;

use cassandra_props::Setting;
use rotation_planner::{Action, Identity, Step, Trust};

use crate::bundle::{Bundle, Manifest};
use crate::input::{Digest, HostPath};
use crate::shown;
use crate::state::{OnDisk, State};

/// The state of the cluster, and the generation for its nodes, as far as they are known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sources<'a> {
    /// The state of the cluster.
    pub state: Option<&'a State>,
    /// The folder of the generation, and its manifest.
    pub generation: Option<(&'a Path, &'a Manifest)>,
}

pub(super) struct Copied {
    /// The path of the file on the controller, escaped for output.
    pub(super) from: String,
    pub(super) name: String,
    pub(super) sha256: Digest,
}

impl Sources<'_> {
    /// The path of a node's keystore or truststore, if the path is known and needs no quoting.
    pub(super) fn path(&self, node: &str, store: Setting) -> Option<&str> {
        let disk = self.state?.disks.get(node)?;
        let file = if store == Setting::Keystore { &disk.keystore } else { &disk.truststore };
        path(file.as_ref()?)
            .filter(|path| path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+@".contains(&byte)))
    }

    /// Whether some node's settings were observed in Edge's file.
    pub(super) fn is_edge(&self) -> bool {
        let mut settings = self.state.into_iter().flat_map(State::settings);
        settings.any(|path| path.as_str().ends_with(".properties"))
    }

    pub(super) fn is_yaml(&self) -> bool {
        let mut disks = self.state.into_iter().flat_map(|state| state.disks.values());
        disks.any(|disk| disk.settings.is_some()) && !self.is_edge()
    }

    /// The file of the generation that a step copies; `None` if it is unknown or there is none.
    pub(super) fn file(&self, step: &Step) -> Option<Copied> {
        let (folder, manifest) = self.generation?;
        let node = step.node().as_str();
        let bundle = manifest.bundle(node).ok()?;
        let name = match step.action() {
            Action::StageIdentity(identity) => self.is_own(bundle, identity).then(|| format!("keystore.{node}"))?,
            Action::StageTrust(trust) => self.truststore(bundle, node, trust)?,
            _ => return None,
        };
        let sha256 = bundle.file(&name).ok()?;
        Some(Copied { from: shown::path(&folder.join(node).join(&name)), name, sha256 })
    }

    pub(super) fn certificate(&self, identity: &Identity) -> Option<Digest> {
        self.state?.certificates.digests().get(identity.id().as_str()).copied()
    }

    fn is_own(&self, bundle: &Bundle, identity: &Identity) -> bool {
        self.certificate(identity) == Some(bundle.identity)
    }

    fn truststore(&self, bundle: &Bundle, node: &str, trust: &Trust) -> Option<String> {
        let certificates = &self.state?.certificates;
        let holds = |digests: &[Digest]| certificates.trust(digests).is_ok_and(|held| held == *trust);
        if holds(&bundle.trusts) {
            return Some(format!("truststore.{node}"));
        }
        bundle.trusts_after.as_deref().is_some_and(holds).then(|| format!("truststore-after.{node}"))
    }
}

fn path(file: &OnDisk) -> Option<&str> {
    file.path.as_ref().map(HostPath::as_str)
}
