//! A plan as an Ansible playbook: a play that changes nothing, then one for each node of each wave, in the plan's order.
//!
//! Where a node stands is seen from the SHA-256 of its two stores and from a marker that is written last, so the same command
//! goes on wherever a run stopped, and does nothing when all is done. A store that is neither an old one nor one of the plan's
//! is never written over.

mod sequence;
mod tasks;
mod yaml;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rotation_planner::{Plan, way_back};

use crate::bundle::{Manifest, sha256};
use crate::files::{self, Access};
use sequence::Sequence;
use yaml::Yaml;

/// What a playbook is made from.
#[derive(Debug)]
pub struct Order<'a> {
    /// The cluster as it is.
    pub cluster: &'a rotation_planner::Cluster,
    /// The plan: a rotation, both stores in place.
    pub plan: &'a Plan,
    /// The generation that the nodes have.
    pub old: PathBuf,
    /// The generation that they are to have.
    pub new: PathBuf,
}

/// The files of a playbook, by their names.
///
/// # Errors
/// If a generation is not whole, or the plan wants something that no bundle holds.
pub fn render(order: &Order<'_>) -> anyhow::Result<Vec<(&'static str, String)>> {
    let (old, new) = (Manifest::read(&order.old)?, Manifest::read(&order.new)?);
    let sequence = Sequence::of(order.plan, &old, &new)?;
    let folder = std::fs::canonicalize(&order.new).with_context(|| order.new.display().to_string())?;
    let identity: String = sha256(order.plan.to_string().as_bytes()).chars().take(12).collect();
    let mut text = format!(
        "---\n# Generated from a plan; do not edit, plan again. {}\n# Run it again after any stop: it goes on from where each node stands.\n",
        order.plan.to_string().lines().next().unwrap_or_default()
    );
    text.push_str(&Yaml::List(vec![tasks::preflight(&sequence)]).to_string());
    let mut wave = 0;
    for visit in &sequence.visits {
        if visit.wave != wave {
            wave = visit.wave;
            text.push_str(&way_back_note(order, wave)?);
        }
        text.push('\n');
        text.push_str(&Yaml::List(vec![tasks::visit(visit, &new)]).to_string());
    }
    text.push_str("\n# Only with --tags prune, when the rotation is over: what is removed holds old keys.\n");
    text.push_str(&Yaml::List(vec![tasks::prune(&sequence)]).to_string());
    Ok(vec![
        ("rotate.yml", text),
        ("plan_vars.yml", tasks::plan_variables(&sequence, &folder, &identity).to_string()),
        ("site_vars.yml", tasks::APIGEE.to_owned()),
        ("site_vars.systemd.yml", tasks::SYSTEMD.to_owned()),
    ])
}

/// Writes the playbook into a folder.
///
/// # Errors
/// As [`render`], and if something cannot be written. `site_vars.yml` is the operator's: it is not written over.
pub fn write(order: &Order<'_>, folder: &Path) -> anyhow::Result<()> {
    for (name, text) in render(order)? {
        let file = folder.join(name);
        if name == "site_vars.yml" && file.exists() {
            continue;
        }
        files::install(&file, text.as_bytes(), Access::Editable)
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}

fn way_back_note(order: &Order<'_>, wave: usize) -> anyhow::Result<String> {
    let back = way_back(order.cluster, order.plan, wave)?.cost();
    Ok(format!(
        "\n# Wave {wave}. The way back from its end: {} restarts, {} reloads, {} files (plan ... --back-from {wave}).",
        back.restarts, back.reloads, back.files
    ))
}
