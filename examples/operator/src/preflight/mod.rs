//! Checks a node before a restart.
//!
//! The node's settings must name stores that Java loads, that have the expected content and that Cassandra's user can
//! read. The node and its peers must accept each other.

mod acceptance;
mod access;
mod peers;
mod pem;
mod report;
mod stores;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use bridge::{JavaRelease, NodeSettings};
use cassandra_props::{Family, Release, Setting};
use certgen::Time;
use keystore_core::rustls_pki_types::CertificateDer;

use crate::bundle::Bundle;
use crate::input::Digest;
use crate::inspect::FindingView;
use crate::pem_stores::{PemStores, read_checkable};
use crate::reading::Root;
use crate::settings;

pub use report::{Check, Report};

/// A node to check, and the known facts about it.
#[derive(Debug)]
pub struct Node<'a> {
    /// The root under which paths are looked up: that of the node itself, or a copy of its tree.
    pub root: Root,
    /// The path of the settings; `None` for the one of [`settings::PLACES`] that exists.
    pub settings: Option<PathBuf>,
    /// The family of names in the settings; `None` if it is not given.
    pub family: Option<Family>,
    /// The family of names that the node's version of Edge reads; `None` to accept any.
    pub read_names: Option<Family>,
    /// The release of Cassandra; `None` for the newest of [`settings::assumed_releases`].
    pub release: Option<Release>,
    /// The release of Java; `None` for every release on which the node's Cassandra may run.
    pub java: Option<JavaRelease>,
    /// The expected content of the stores, as far as it is given.
    pub expected: Expected<'a>,
    /// The ID of the user who runs Cassandra; `None` to omit checks of that user's access.
    pub user: Option<u32>,
    /// The node's name among its peers, if it is known.
    pub name: Option<String>,
    /// The known addresses or host names of the nodes, including this node, by node name.
    pub hosts: BTreeMap<String, String>,
    /// The known releases of the nodes, by node name. The other peers are assumed to run the release of this node.
    pub releases: BTreeMap<String, Release>,
    /// The node's peers: trees, folders of trees, generations of bundles, or `host:port`.
    pub peers: &'a [String],
    /// The time at which certificates are judged.
    pub now: Time,
}

impl Node<'_> {
    /// A node without any of the optional facts.
    pub fn new(root: Root, now: Time) -> Self {
        Self {
            root,
            settings: None,
            family: None,
            read_names: None,
            release: None,
            java: None,
            expected: Expected::default(),
            user: None,
            name: None,
            hosts: BTreeMap::new(),
            releases: BTreeMap::new(),
            peers: &[],
            now,
        }
    }
}

/// A family of names, as the value of an option.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Names {
    /// `conf_cassandra_keystore`: Edge up to 4.52.01.
    Legacy,
    /// `conf_cassandra_server_encryption_keystore`: Edge 4.52.02 and later.
    ServerEncryption,
}

impl Names {
    /// The family with these names.
    pub fn family(self) -> Family {
        match self {
            Self::Legacy => Family::Legacy,
            Self::ServerEncryption => Family::ServerEncryption,
        }
    }
}

/// The expected content of a node's stores.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected<'a> {
    /// SHA-256 of the certificate that the node should serve.
    pub identity: Option<Digest>,
    /// SHA-256 of certificates that the node must trust.
    pub trusts: &'a [Digest],
}

impl<'a> Expected<'a> {
    /// The certificate of a bundle's node, and the certificates that the bundle trusts.
    pub fn of(bundle: &'a Bundle) -> Self {
        Self { identity: Some(bundle.identity), trusts: &bundle.trusts }
    }
}

/// Checks a node.
///
/// A check that a failed one makes impossible is omitted.
pub fn preflight(node: &Node<'_>) -> Report {
    let mut gate = Gate { node, javas: Vec::new(), report: Report::default() };
    gate.look();
    gate.report
}

type Certificates = Vec<CertificateDer<'static>>;

struct Gate<'a> {
    node: &'a Node<'a>,
    javas: Vec<JavaRelease>,
    report: Report,
}

impl Gate<'_> {
    fn look(&mut self) {
        self.report.not_checked("revocation");
        let Some((settings, pem)) = self.settings() else { return };
        let newest = || settings::newest_release(settings.file(), settings.family());
        let release = self.node.release.unwrap_or_else(newest);
        self.javas = self.node.java.map_or_else(|| self.possible_javas(&settings), |java| vec![java]);
        self.assumptions(release);
        self.lint(&settings, release);
        let (chain, trusted) = match &pem {
            Some(pem) => self.pem(&settings, pem),
            None => (
                self.named(&settings, Setting::Keystore).and_then(|named| self.keystore(&settings, &named)),
                self.named(&settings, Setting::Truststore).and_then(|named| self.truststore(&settings, &named)),
            ),
        };
        if let (Some(chain), Some(trusted)) = (chain, trusted) {
            self.acceptance(&settings, release, &chain, &trusted);
        } else {
            self.report.not_checked("whether peers accept the node, since one of its stores cannot be used");
        }
    }

    fn settings(&mut self) -> Option<(NodeSettings, Option<PemStores>)> {
        let node = self.node;
        match read_checkable(&node.root, node.settings.as_deref(), node.family, node.release) {
            Ok((found, pem)) => Some((found.settings, pem)),
            Err(error) => {
                self.report.push(Check::of("the settings can be read", Err(error)));
                None
            }
        }
    }

    fn possible_javas(&self, settings: &NodeSettings) -> Vec<JavaRelease> {
        let assumed = || settings::assumed_releases(settings.file(), settings.family());
        let releases = self.node.release.map_or_else(assumed, |release| BTreeSet::from([release]));
        let javas = releases.into_iter().flat_map(JavaRelease::of_cassandra).copied();
        javas.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn assumptions(&mut self, release: Release) {
        if self.node.release.is_none() {
            self.report.not_checked(format!(
                "the release of Cassandra, which is assumed to be {release}: --cassandra says it"
            ));
        }
        if self.node.java.is_none() {
            let javas: Vec<String> = self.javas.iter().map(ToString::to_string).collect();
            let javas = javas.join(", ");
            self.report
                .not_checked(format!("the release of Java, which is assumed to be one of {javas}: --java says it"));
        }
    }

    fn lint(&mut self, settings: &NodeSettings, release: Release) {
        if let Some(family) = self.node.read_names {
            let read = settings.are_read_under(family);
            self.report.push(Check::of("Edge reads the names of the settings", read.map_err(Into::into)));
        }
        for finding in settings.lint(release) {
            self.report.push(Check::found("the settings", FindingView::of_settings(&finding)));
        }
        self.report.checked(format!("the settings, as Cassandra {release} reads them"));
    }
}
