//! What lies on each node's disk after each of the plan's steps, as the SHA-256 of its files: where a node stands is seen from
//! them, whoever stopped in the middle.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use rotation_planner::{Action, Activation, Plan, Step};

use super::node::{Kind, Node, Put, Stage};
use super::tasks::hosts;
use crate::input::{Digest, Name};
use crate::state::Loaded;

/// What one play does on one node.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) wave: usize,
    pub(super) node: Name,
    /// The files to put, each with the stage that the node is at with it.
    pub(super) puts: Vec<(usize, Put)>,
    /// Which stage of the node that leads to.
    pub(super) stage: usize,
    pub(super) load: Option<Activation>,
    /// What the node has loaded then.
    pub(super) loaded: Loaded,
}

/// The stages of every node, and the visits in the plan's order.
pub(super) struct Sequence {
    pub(super) stages: BTreeMap<Name, Vec<Stage>>,
    pub(super) visits: Vec<Visit>,
}

impl Sequence {
    /// # Errors
    /// If the plan does something that files in place cannot do, or wants files that nobody has.
    pub(super) fn of(plan: &Plan, mut nodes: BTreeMap<Name, Node<'_>>) -> anyhow::Result<Self> {
        let stages = nodes.iter().map(|(name, node)| (name.clone(), vec![node.stage()])).collect();
        let mut sequence = Self { stages, visits: Vec::new() };
        for (number, wave) in (1..).zip(plan.waves()) {
            for group in by_node(wave.steps()) {
                let name: Name = group.first().context("a group of steps without one")?.node().as_str().parse()?;
                let node = nodes.get_mut(&name).with_context(|| format!("{name} was not observed"))?;
                sequence.visit(number, &name, node, &group).with_context(|| name.to_string())?;
            }
        }
        if !sequence.edits_settings() {
            sequence.stages.values_mut().flatten().for_each(|stage| stage.settings = None);
        }
        Ok(sequence)
    }

    fn visit(&mut self, wave: usize, name: &Name, node: &mut Node<'_>, steps: &[&Step]) -> anyhow::Result<()> {
        let stages = self.stages.get_mut(name).context("a node without files")?;
        let (mut puts, mut load) = (Vec::new(), None);
        for step in steps {
            let made = match step.action() {
                Action::StageTrust(trust) => node.put_truststore(trust)?,
                Action::StageIdentity(identity) => node.put_keystore(identity)?,
                Action::StageMode(mode) => node.set_mode(*mode)?,
                Action::StageClientAuth(client_auth) => node.set_client_auth(*client_auth)?,
                Action::Activate(kind) => {
                    load = Some(*kind);
                    Vec::new()
                }
                other => bail!("a playbook cannot {other}; the runbook (--markdown) says what to do"),
            };
            for put in made {
                let Some(stage) = node.take(&put) else { continue };
                // Settings that nobody reads before they are changed again are put once.
                if put.kind == Kind::Settings
                    && puts.last().is_some_and(|(_, last): &(usize, Put)| last.kind == put.kind)
                {
                    stages.pop();
                    puts.pop();
                }
                ensure!(!stages.contains(&stage), "the plan comes back to files that were there before");
                stages.push(stage);
                puts.push((stages.len() - 1, put));
            }
        }
        let visit = Visit { wave, node: name.clone(), puts, stage: stages.len() - 1, load, loaded: node.load() };
        self.visits.push(visit);
        Ok(())
    }

    /// Tells this plan from every other, those of the same shape between other files too: a marker that one of them left
    /// must not pass for ours.
    pub(super) fn identity(&self, plan: &Plan) -> Name {
        let stages = self.stages.values().flatten().map(ToString::to_string);
        let text: Vec<String> = std::iter::once(plan.to_string()).chain(stages).collect();
        Digest::of(text.join("\n").as_bytes()).brief()
    }

    /// All nodes, as a pattern of Ansible's.
    pub(super) fn hosts(&self) -> String {
        hosts(&self.stages.keys().collect::<Vec<_>>())
    }

    /// What nodes trust once they are loaded, each thing once, under a name.
    pub(super) fn trusts(&self) -> BTreeMap<&[Digest], String> {
        let mut named = BTreeMap::new();
        for visit in self.visits.iter().filter(|visit| visit.load.is_some()) {
            let next = format!("t{}", named.len() + 1);
            named.entry(visit.loaded.trusts.as_slice()).or_insert(next);
        }
        named
    }

    /// The files that the plan is about. What else is in the settings nobody asks if they stay as they are.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> + Clone {
        let settings = self.edits_settings();
        Kind::ALL.into_iter().filter(move |kind| *kind != Kind::Settings || settings)
    }

    /// Whether some step changes the settings.
    fn edits_settings(&self) -> bool {
        self.visits.iter().flat_map(|visit| &visit.puts).any(|(_, put)| put.kind == Kind::Settings)
    }
}

/// The steps of a wave by node, nodes in the order in which they come first.
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
