//! The SHA-256 of each node's files after each of the plan's steps.
//!
//! The digests show the progress of a node, even after an interrupted run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use rotation_planner::{Action, Activation, ClientAuth, Cluster, InternodeMode, Plan, Step, Transport};
use serde::{Deserialize, Serialize};

use super::node::{Kind, Node, Put, Stage};
use crate::input::{Digest, Name};
use crate::state::Loaded;

/// The action on a node's process after its files are in place.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Load {
    Reload,
    Restart,
    Start,
    /// Stops the node until a later wave starts it.
    Stop,
}

/// The work on one node in one wave.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) wave: usize,
    pub(super) node: Name,
    pub(super) puts: Vec<Placed>,
    /// The stage of the node afterwards.
    pub(super) stage: usize,
    pub(super) load: Option<Load>,
    /// The state of the node once it has loaded the files of this stage.
    pub(super) loaded: Loaded,
    pub(super) proofs: Proofs,
}

/// The proofs that a load needs, besides the proof of the load itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Proofs {
    /// Whether to prove, after a reload, that the node trusts new certificates.
    ///
    /// The field is false if the node does not dial TLS, and for a start or restart, which certainly loads the truststore.
    pub(super) widens: bool,
    /// A bundle whose certificate the node must accept after the load and did not accept before.
    ///
    /// The field is `None` if `widens` is false, the node requires no client certificates, or there is no such bundle.
    pub(super) presents: Option<PathBuf>,
    /// Whether to prove that the node has no plaintext connection before it refuses plaintext.
    pub(super) leaves_plaintext: bool,
}

impl Proofs {
    fn of(load: Option<Load>, before: &Loaded, node: &Node<'_>) -> Self {
        let now = node.load();
        let is_wider = now.trusts.iter().any(|digest| !before.trusts.contains(digest));
        let widens = load == Some(Load::Reload) && is_wider && now.mode.dials() == Transport::Tls;
        let asks = widens && now.client_auth != Some(ClientAuth::Off);
        Self {
            widens,
            presents: if asks { node.newly_accepts(&before.trusts) } else { None },
            leaves_plaintext: load.is_some()
                && (before.mode, now.mode) == (InternodeMode::TlsAcceptingPlaintext, InternodeMode::TlsOnly),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// The stage that the node reaches with this file.
    pub(super) stage: usize,
    pub(super) put: Put,
    /// Whether the plan puts no earlier file of this kind on the node.
    ///
    /// A file that is replaced is then from before the plan.
    pub(super) keeps: bool,
}

pub(super) struct Sequence {
    pub(super) stages: BTreeMap<Name, Vec<Stage>>,
    pub(super) visits: Vec<Visit>,
}

impl Sequence {
    pub(super) fn of(plan: &Plan, cluster: &Cluster, mut nodes: BTreeMap<Name, Node<'_>>) -> anyhow::Result<Self> {
        let stages = nodes.iter().map(|(name, node)| (name.clone(), vec![node.stage()])).collect();
        let mut loaded: BTreeMap<Name, Loaded> = nodes.iter().map(|(name, node)| (name.clone(), node.load())).collect();
        let mut sequence = Self { stages, visits: Vec::new() };
        for (number, wave) in (1..).zip(plan.waves()) {
            for group in by_node(wave.steps()) {
                let name: Name = group.first().context("a group without steps")?.node().as_str().parse()?;
                let node = nodes.get_mut(&name).with_context(|| format!("{name} was not observed"))?;
                let load = loaded.get_mut(&name).with_context(|| format!("{name} was not observed"))?;
                sequence.visit(number, &name, node, load, &group).with_context(|| name.to_string())?;
            }
        }
        sequence.leaves_a_node_up(cluster)?;
        if !sequence.edits_settings() {
            sequence.stages.values_mut().flatten().for_each(|stage| stage.settings = None);
        }
        Ok(sequence)
    }

    /// Adds a visit with these steps, and updates `loaded` unless the node loads nothing.
    fn visit(
        &mut self,
        wave: usize,
        name: &Name,
        node: &mut Node<'_>,
        loaded: &mut Loaded,
        steps: &[&Step],
    ) -> anyhow::Result<()> {
        let stages = self.stages.get_mut(name).context("a node without files")?;
        let (mut puts, mut load) = (Vec::new(), None);
        for step in steps {
            let made = match step.action() {
                Action::StageTrust(trust) => node.put_truststore(trust)?,
                Action::StageIdentity(identity) => node.put_keystore(identity)?,
                Action::StageMode(mode) => node.set_mode(*mode)?,
                Action::StageClientAuth(client_auth) => node.set_client_auth(*client_auth)?,
                Action::Activate(Activation::Reload) => loaded_by(&mut load, Load::Reload),
                Action::Activate(Activation::Restart) => loaded_by(&mut load, Load::Restart),
                Action::Start => loaded_by(&mut load, Load::Start),
                Action::Stop => loaded_by(&mut load, Load::Stop),
                other => bail!("a playbook cannot {other}: carry out the runbook (--markdown) by hand"),
            };
            for put in made {
                let Some(stage) = node.take(&put) else { continue };
                // Settings that are changed twice in a row are put once.
                if put.kind == Kind::Settings && puts.last().is_some_and(|last: &Placed| last.put.kind == put.kind) {
                    stages.pop();
                    puts.pop();
                }
                ensure!(!stages.contains(&stage), "the plan returns to files that the node had before: {BY_HAND}");
                stages.push(stage);
                let before = self.visits.iter().filter(|visit| visit.node == *name).flat_map(|visit| &visit.puts);
                let keeps = !before.chain(&puts).any(|earlier| earlier.put.kind == put.kind);
                puts.push(Placed { stage: stages.len() - 1, put, keeps });
            }
        }
        let stage = stages.len() - 1;
        if load == Some(Load::Start) {
            // Progress is recorded by stage, so this visit must not have the stage of the stop.
            let stopped = self
                .visits
                .iter()
                .any(|visit| visit.node == *name && visit.load == Some(Load::Stop) && visit.stage == stage);
            ensure!(
                !stopped,
                "the plan stops this node and starts it with the same files, which show no progress: {BY_HAND}"
            );
        }
        let proofs = if load == Some(Load::Stop) { Proofs::default() } else { Proofs::of(load, loaded, node) };
        if load.is_some_and(|load| load != Load::Stop) {
            *loaded = node.load();
        }
        self.visits.push(Visit { wave, node: name.clone(), puts, stage, load, loaded: node.load(), proofs });
        Ok(())
    }

    /// Fails if a stop leaves no node up.
    ///
    /// A playbook asks the other nodes whether a node is up.
    fn leaves_a_node_up(&self, cluster: &Cluster) -> anyhow::Result<()> {
        let is_up = |name: &&Name| {
            let node = cluster.get(&name.as_str().into());
            node.is_some_and(|node| node.observed().loaded().is_some())
        };
        let mut up: BTreeSet<&Name> = self.stages.keys().filter(is_up).collect();
        for visit in &self.visits {
            match visit.load {
                Some(Load::Stop) => _ = up.remove(&visit.node),
                Some(Load::Start) => _ = up.insert(&visit.node),
                Some(Load::Reload | Load::Restart) | None => continue,
            }
            ensure!(
                !up.is_empty(),
                "wave {} leaves no node up, so a playbook has no node to ask about the others: {BY_HAND}",
                visit.wave
            );
        }
        Ok(())
    }

    pub(super) fn trusts(&self) -> BTreeMap<&[Digest], String> {
        let mut named = BTreeMap::new();
        for visit in &self.visits {
            let next = format!("t{}", named.len() + 1);
            named.entry(visit.loaded.trusts.as_slice()).or_insert(next);
        }
        named
    }

    pub(super) fn edits_settings(&self) -> bool {
        self.visits.iter().flat_map(|visit| &visit.puts).any(|placed| placed.put.kind == Kind::Settings)
    }
}

const BY_HAND: &str = "carry out the runbook (--markdown) by hand";

fn loaded_by(load: &mut Option<Load>, kind: Load) -> Vec<Put> {
    *load = Some(kind);
    Vec::new()
}

fn by_node(steps: &[Step]) -> Vec<Vec<&Step>> {
    let mut groups: Vec<Vec<&Step>> = Vec::new();
    for step in steps {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| first.node() == step.node())) {
            Some(group) => group.push(step),
            None => groups.push(vec![step]),
        }
    }
    groups
}
