//! A plan as data for the role: `playbook.json`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use rotation_planner::{ClientAuth, InternodeMode, Transport};
use serde::Serialize;

use super::cuts::Cut;
use super::node::{Kind, Paths, Source, Stage};
use super::sequence::{Load, Placed, Sequence, Visit};
use crate::input::{Digest, HostPath, Name};

pub(super) const MADE: &str = "files";

pub(super) fn made_name(node: &Name, stage: usize, kind: Kind) -> String {
    format!("{MADE}/{node}/{stage}.{}", kind.name())
}

/// The content of `playbook.json`, as `docs/schema/playbook-4.json` describes it.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    pub(super) plan: Name,
    pub(super) title: String,
    /// The SHA-256 of `state.json`, the state that the plan rests on.
    pub(super) observation: Digest,
    /// The SHA-256 of `plan.json`.
    pub(super) steps: Digest,
    pub(super) edits_settings: bool,
    /// The reason why the plan is not safe; `None` if it is safe.
    pub(super) breaks: Option<String>,
    /// The default TLS ports of the nodes' builds.
    pub(super) ports: BTreeSet<u16>,
    pub(super) nodes: BTreeMap<&'a Name, NodeEntry<'a>>,
    pub(super) trusts: BTreeMap<String, &'a [Digest]>,
    pub(super) waves: Vec<WaveEntry<'a>>,
    /// The cuts before each wave and after the last.
    pub(super) cuts: &'a [Cut],
}

#[derive(Serialize)]
pub(super) struct NodeEntry<'a> {
    address: Option<String>,
    /// The default TLS port of the node's build.
    port: u16,
    /// The path of the keystore; `None` if the settings of some host were not observed.
    ///
    /// The site's variables then give the paths of all stores.
    keystore: Option<&'a HostPath>,
    truststore: Option<&'a HostPath>,
    stages: &'a [Stage],
    visits: Vec<Due>,
}

#[derive(Serialize)]
struct Due {
    wave: usize,
    stage: usize,
    load: Option<Load>,
}

#[derive(Serialize)]
pub(super) struct WaveEntry<'a> {
    /// The cost of the rollback from the end of the wave, or the reason why there is none.
    rollback: String,
    visits: Vec<VisitEntry<'a>>,
}

#[derive(Serialize)]
struct VisitEntry<'a> {
    node: &'a Name,
    puts: Vec<PutEntry<'a>>,
    stage: usize,
    load: Option<Load>,
    accepts_tls: bool,
    /// The certificate of the node once it has loaded this stage.
    ///
    /// The node serves the certificate if `accepts_tls` is true.
    serves: Option<Digest>,
    /// This field and the next two are those of [`super::sequence::Proofs`].
    widens: bool,
    presents: Option<Cow<'a, str>>,
    leaves_plaintext: bool,
    loaded: LoadedEntry,
}

#[derive(Serialize)]
struct PutEntry<'a> {
    kind: Kind,
    stage: usize,
    sha256: Digest,
    /// Whether a replaced file is kept, because it is from before the plan.
    keeps: bool,
    /// A path on the controller, either absolute or relative to the playbook's folder.
    source: Cow<'a, str>,
}

/// The fields of [`crate::state::Loaded`], with a name for the trusted certificates.
#[derive(Serialize)]
struct LoadedEntry {
    mode: InternodeMode,
    identity: Option<(Digest, Digest)>,
    trusts: String,
    client_auth: Option<ClientAuth>,
}

impl<'a> NodeEntry<'a> {
    pub(super) fn new(
        name: &Name,
        address: Option<String>,
        port: u16,
        paths: Option<&'a Paths>,
        sequence: &'a Sequence,
    ) -> Self {
        let visits = sequence.visits.iter().filter(|visit| visit.node == *name);
        Self {
            address,
            port,
            keystore: paths.map(|paths| &paths.keystore),
            truststore: paths.map(|paths| &paths.truststore),
            stages: sequence.stages.get(name).map_or(&[], Vec::as_slice),
            visits: visits.map(|visit| Due { wave: visit.wave, stage: visit.stage, load: visit.load }).collect(),
        }
    }
}

impl<'a> WaveEntry<'a> {
    pub(super) fn new(
        number: usize,
        rollback: String,
        sequence: &'a Sequence,
        trusts: &BTreeMap<&[Digest], String>,
    ) -> anyhow::Result<Self> {
        let visits = sequence.visits.iter().filter(|visit| visit.wave == number);
        let visits = visits.map(|visit| VisitEntry::new(visit, trusts)).collect::<anyhow::Result<_>>()?;
        Ok(Self { rollback, visits })
    }
}

impl<'a> VisitEntry<'a> {
    fn new(visit: &'a Visit, trusts: &BTreeMap<&[Digest], String>) -> anyhow::Result<Self> {
        let Visit { node, puts, stage, load, loaded, proofs, .. } = visit;
        let loaded_entry = LoadedEntry {
            mode: loaded.mode,
            identity: loaded.identity,
            trusts: trusts.get(loaded.trusts.as_slice()).cloned().context("the trust after a visit has no name")?,
            client_auth: loaded.client_auth,
        };
        Ok(Self {
            node,
            puts: puts.iter().map(|put| PutEntry::new(node, put)).collect(),
            stage: *stage,
            load: *load,
            accepts_tls: loaded.mode.accepts(Transport::Tls),
            serves: loaded.identity.map(|(own, _)| own),
            widens: proofs.widens,
            presents: proofs.presents.as_deref().map(Path::to_string_lossy),
            leaves_plaintext: proofs.leaves_plaintext,
            loaded: loaded_entry,
        })
    }
}

impl<'a> PutEntry<'a> {
    fn new(node: &Name, placed: &'a Placed) -> Self {
        let Placed { stage, put, keeps } = placed;
        let source = match &put.source {
            Source::Bundle(path) => Path::to_string_lossy(path),
            Source::Made(_) => made_name(node, *stage, put.kind).into(),
        };
        Self { kind: put.kind, stage: *stage, sha256: put.sha256, keeps: *keeps, source }
    }
}
