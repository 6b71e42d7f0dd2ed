//! A truststore put in place under a new password.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rotation_planner::{Cluster, Goal, NodeName, Placement, Preference, Scope, Staging, Trust, plan};

use super::{Scenario, report};
use crate::report::{Foretold, Report, Row};
use crate::rig::Rig;

/// Whether what the planner refuses is done all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Force {
    Yes,
    No,
}

/// The planner refuses a new password in place; forced, the last node shows why.
pub(crate) fn password_in_place(mut rig: Rig, force: Force) -> anyhow::Result<Report> {
    let mut notes = vec![refusal(&mut rig)?];
    if force == Force::Yes {
        notes.extend(forced(&mut rig)?);
    }
    let foretold = if force == Force::Yes { Foretold::Trouble } else { Foretold::Refusal };
    for note in &notes {
        rig.console.say(note);
    }
    report(rig, Scenario::Password, None, foretold, notes)
}

fn refusal(rig: &mut Rig) -> anyhow::Result<String> {
    let goal = Goal::rotate(rig.new_identities()?);
    let staging = Staging::new(Placement::InPlaceNewPassword, rig.settings.staging.identity);
    let mut cluster = Cluster::new(Scope::All, rig.cluster.semantics().with_staging(staging));
    for (name, node) in rig.cluster.nodes() {
        cluster.add_node(name, node.dc(), node.rack(), node.observed().clone())?;
    }
    match plan(&cluster, &goal, &Preference::default()) {
        Ok(_) => bail!("the planner plans a new password in place"),
        Err(refusal) => Ok(format!("refused: {refusal}")),
    }
}

/// Does it on the last node, and watches until its connections are gone; then puts the old file back.
fn forced(rig: &mut Rig) -> anyhow::Result<Vec<String>> {
    let (name, trust) = last_node(rig)?;
    let since = Instant::now();
    let mut row = Row::of(&format!("{name}: the same truststore under a new password, in place"));
    rig.begin_row();
    let host = &rig.member(&name)?.host;
    let before = host.keep_truststore()?;
    host.change_truststore_password(&trust, &rig.identities)?;
    let mut notes = Vec::new();
    if rig.settings.release.is_4_or_later() {
        row.failures.push(reload_in_vain(rig, &name)?);
    }
    rig.cut()?;
    rig.console.pause("the trouble to show", Duration::from_secs(25))?;
    let up: Vec<String> = rig.views()?.iter().map(|(node, view)| format!("{node} sees {} up", view.len())).collect();
    notes.push(format!("after all connections were cut: {}", up.join(", ")));
    rig.count_operations(&mut row);
    row.seconds = since.elapsed().as_secs();
    rig.rows.push(row);
    mend(rig, &name, &before)?;
    Ok(notes)
}

fn mend(rig: &mut Rig, name: &NodeName, before: &crate::host::Kept) -> anyhow::Result<()> {
    let since = Instant::now();
    let mut row = Row::of(&format!("{name}: the old file again"));
    rig.member(name)?.host.put_back(before)?;
    if rig.settings.release.is_4_or_later() {
        row.reloads += 1;
        rig.reload(name)?;
    }
    rig.settle_after_trouble(&mut row)?;
    rig.gate_and_keep(row, since)
}

fn last_node(rig: &Rig) -> anyhow::Result<(NodeName, Trust)> {
    let (name, node) = rig.cluster.nodes().last().context("there is no node")?;
    Ok((name.clone(), node.observed().disk().trust().clone()))
}

/// What the node says to it: 4.0 on nodetool's exit status, 5.0 in its log alone. The old context stays in use, and no
/// operation is lost until the node restarts.
fn reload_in_vain(rig: &Rig, name: &NodeName) -> anyhow::Result<String> {
    match rig.reload(name) {
        Ok(()) => bail!("the reload does not fail"),
        Err(error) => Ok(format!("the reload fails: {error:#}")),
    }
}
