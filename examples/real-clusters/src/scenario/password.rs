//! Replaces a truststore in place under a new password.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rotation_planner::{Cluster, Goal, NodeName, Placement, Preference, Scope, Staging, Trust, plan};

use super::{Scenario, report};
use crate::report::{Expected, Report, Row};
use crate::test_cluster::TestCluster;

/// Whether to make the change that the planner refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Force {
    Yes,
    No,
}

/// Shows that the planner refuses a new password in place.
///
/// With [`Force::Yes`], replaces the truststore anyway, to show why.
pub(crate) fn password_in_place(mut test_cluster: TestCluster, force: Force) -> anyhow::Result<Report> {
    let mut notes = vec![refusal(&mut test_cluster)?];
    if force == Force::Yes {
        notes.extend(forced(&mut test_cluster)?);
    }
    let expected = if force == Force::Yes { Expected::Trouble } else { Expected::Refusal };
    for note in &notes {
        test_cluster.console.say(note);
    }
    report(test_cluster, Scenario::Password, None, expected, notes)
}

fn refusal(test_cluster: &mut TestCluster) -> anyhow::Result<String> {
    let goal = Goal::rotate(test_cluster.new_identities()?);
    let staging = Staging::new(Placement::InPlaceNewPassword, test_cluster.settings.staging.identity);
    let mut cluster = Cluster::new(Scope::All, test_cluster.cluster.semantics().with_staging(staging));
    for (name, node) in test_cluster.cluster.nodes() {
        cluster.add_node(name, node.dc(), node.rack(), node.observed().clone())?;
    }
    match plan(&cluster, &goal, &Preference::default()) {
        Ok(_) => bail!("the planner did not refuse a new password in place"),
        Err(refusal) => Ok(format!("refused: {refusal}")),
    }
}

/// Changes the password on the last node, observes the effect, and restores the old state.
fn forced(test_cluster: &mut TestCluster) -> anyhow::Result<Vec<String>> {
    let (name, trust) = last_node(test_cluster)?;
    let since = Instant::now();
    let mut row = Row::of(&format!("{name}: the same truststore under a new password, in place"));
    test_cluster.begin_row();
    let host = &test_cluster.member(&name)?.host;
    let before = host.keep_truststore()?;
    host.change_truststore_password(&trust, &test_cluster.identities)?;
    let mut notes = Vec::new();
    if test_cluster.settings.distribution.has_one_port() {
        row.failures.push(reload_in_vain(test_cluster, &name)?);
    }
    test_cluster.cut()?;
    test_cluster.console.pause("the effect to show", Duration::from_secs(25))?;
    let up: Vec<String> =
        test_cluster.views()?.iter().map(|(node, view)| format!("{node} sees {} up", view.len())).collect();
    notes.push(format!("after all connections were cut: {}", up.join(", ")));
    test_cluster.count_operations(&mut row);
    row.seconds = since.elapsed().as_secs();
    test_cluster.rows.push(row);
    repair(test_cluster, &name, &before)?;
    Ok(notes)
}

fn repair(test_cluster: &mut TestCluster, name: &NodeName, before: &crate::host::Kept) -> anyhow::Result<()> {
    let since = Instant::now();
    let mut row = Row::of(&format!("{name}: the old file restored"));
    test_cluster.member(name)?.host.put_back(before)?;
    if test_cluster.settings.distribution.has_one_port() {
        row.reloads += 1;
        test_cluster.reload(name)?;
    }
    test_cluster.settle_after_trouble(&mut row)?;
    test_cluster.gate_and_keep(row, since)
}

fn last_node(test_cluster: &TestCluster) -> anyhow::Result<(NodeName, Trust)> {
    let (name, node) = test_cluster.cluster.nodes().last().context("there is no node")?;
    Ok((name.clone(), node.observed().disk().trust().clone()))
}

fn reload_in_vain(test_cluster: &TestCluster, name: &NodeName) -> anyhow::Result<String> {
    match test_cluster.reload(name) {
        Ok(()) => bail!("the reload did not fail"),
        Err(error) => Ok(format!("the reload fails: {error:#}")),
    }
}
