//! What lies on each node's disk after each of the plan's steps, as the SHA-256 of two files: where a node stands is seen from
//! them, whoever stopped in the middle.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use rotation_planner::{Action, LoadKind, Plan, Step};

use crate::bundle::{Bundle, Manifest};

/// The two files of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stage {
    pub(super) keystore: String,
    pub(super) truststore: String,
}

/// What one play does on one node.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) wave: usize,
    pub(super) node: String,
    /// The files to put, by kind and by their names in the bundle.
    pub(super) files: Vec<(Kind, String)>,
    /// Which stage of the node that is.
    pub(super) stage: usize,
    pub(super) load: Option<LoadKind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Keystore,
    Truststore,
}

/// The stages of every node, and the visits in the plan's order.
pub(super) struct Sequence {
    pub(super) stages: BTreeMap<String, Vec<Stage>>,
    pub(super) visits: Vec<Visit>,
}

impl Sequence {
    /// # Errors
    /// If the plan does something that files in place cannot do, or wants files that no bundle holds.
    pub(super) fn of(plan: &Plan, old: &Manifest, new: &Manifest) -> anyhow::Result<Self> {
        let mut sequence = Self { stages: BTreeMap::new(), visits: Vec::new() };
        for node in new.nodes.keys() {
            let bundle = old.nodes.get(node).with_context(|| format!("{} has no {node}", old.generation))?;
            let last = format!("truststore-after.{node}");
            let truststore = bundle.files.get(&last).or_else(|| bundle.files.get(&format!("truststore.{node}")));
            let stage = Stage {
                keystore: digest(bundle, &format!("keystore.{node}"))?,
                truststore: truststore.with_context(|| format!("{node} had no truststore"))?.clone(),
            };
            sequence.stages.insert(node.clone(), vec![stage]);
        }
        for (number, wave) in (1..).zip(plan.waves()) {
            let mut visited: Vec<&str> = Vec::new();
            for step in wave.steps() {
                if !visited.contains(&step.node().as_str()) {
                    visited.push(step.node().as_str());
                }
            }
            for node in visited {
                let steps: Vec<&Step> = wave.steps().iter().filter(|step| step.node().as_str() == node).collect();
                sequence.visit(number, node, &steps, new)?;
            }
        }
        Ok(sequence)
    }

    fn visit(&mut self, wave: usize, node: &str, steps: &[&Step], new: &Manifest) -> anyhow::Result<()> {
        let bundle = new.nodes.get(node).with_context(|| format!("{} has no {node}", new.generation))?;
        let stages = self.stages.get_mut(node).with_context(|| format!("{} has no {node}", new.generation))?;
        let mut stage = stages.last().cloned().context("a node without files")?;
        let (mut files, mut load) = (Vec::new(), None);
        for step in steps {
            match step.action() {
                Action::StageTrust(trust) => {
                    let after = bundle.trusts_after.as_ref().is_some_and(|after| after.len() == trust.len());
                    ensure!(
                        after || bundle.trusts.len() == trust.len(),
                        "the plan wants a truststore with {} certificates on {node}, and the bundle has none",
                        trust.len()
                    );
                    let file = format!("truststore{}.{node}", if after { "-after" } else { "" });
                    stage.truststore = digest(bundle, &file)?;
                    files.push((Kind::Truststore, file));
                }
                Action::StageIdentity(_) => {
                    let file = format!("keystore.{node}");
                    stage.keystore = digest(bundle, &file)?;
                    files.push((Kind::Keystore, file));
                }
                Action::Load(kind) => load = Some(*kind),
                other => bail!("playbooks are written for rotations in place; this plan wants to {other}"),
            }
        }
        if stages.last() != Some(&stage) {
            stages.push(stage);
        }
        self.visits.push(Visit { wave, node: node.to_owned(), files, stage: stages.len() - 1, load });
        Ok(())
    }
}

fn digest(bundle: &Bundle, file: &str) -> anyhow::Result<String> {
    bundle.files.get(file).cloned().with_context(|| format!("there is no {file} in its bundle"))
}
