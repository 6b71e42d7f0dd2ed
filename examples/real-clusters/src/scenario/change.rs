//! The scenarios that follow a plan: rotate, enable and disable.

use std::time::Instant;

use anyhow::Context as _;
use rotation_planner::{Goal, Plaintext, Plan, Preference, Refusal, plan};

use super::{Scenario, broken_off, report};
use crate::carry_out::Coordinators;
use crate::report::{Expected, Report, Row};
use crate::test_cluster::TestCluster;

/// Whether the fallback, which cuts connections, is carried out if there is no safe plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fallback {
    CarryOut,
    Refuse,
}

pub(crate) fn rotate(mut test_cluster: TestCluster) -> anyhow::Result<Report> {
    let goal = Goal::rotate(test_cluster.new_identities()?).dropping_unused();
    let plan = plan(&test_cluster.cluster, &goal, &Preference::default())?;
    follow(test_cluster, Scenario::Rotate, &plan)
}

pub(crate) fn disable(test_cluster: TestCluster) -> anyhow::Result<Report> {
    let plan = plan(&test_cluster.cluster, &Goal::disable(), &Preference::default())?;
    follow(test_cluster, Scenario::Disable, &plan)
}

/// Changes every node from plaintext to TLS only. Before 4.0 there is no safe order.
pub(crate) fn enable(mut test_cluster: TestCluster, fallback: Fallback) -> anyhow::Result<Report> {
    let goal = Goal::enable(test_cluster.new_identities()?, Plaintext::Refused);
    match plan(&test_cluster.cluster, &goal, &Preference::default()) {
        Ok(plan) => follow(test_cluster, Scenario::Enable, &plan),
        Err(refusal) => refused(test_cluster, &refusal, fallback),
    }
}

fn follow(mut test_cluster: TestCluster, scenario: Scenario, plan: &Plan) -> anyhow::Result<Report> {
    test_cluster.console.say(&plan.to_string());
    match test_cluster.carry_out(plan, Coordinators::LeftOut) {
        Ok(()) => report(test_cluster, scenario, Some(plan), Expected::Success, Vec::new()),
        Err(error) => Ok(broken_off(test_cluster, scenario, Some(plan), &error)),
    }
}

fn refused(test_cluster: TestCluster, refusal: &Refusal, fallback: Fallback) -> anyhow::Result<Report> {
    test_cluster.console.say(&refusal.to_string());
    let notes = vec![format!("refused: {refusal}")];
    if fallback == Fallback::Refuse {
        return report(test_cluster, Scenario::Enable, None, Expected::Refusal, notes);
    }
    let fallback = refusal.fallback().context("there is no fallback either")?;
    lose_what_was_expected(test_cluster, fallback.plan(), notes)
}

/// Carries out the fallback, without telling the client which nodes go down.
///
/// The whole cluster is down once.
fn lose_what_was_expected(
    mut test_cluster: TestCluster,
    plan: &Plan,
    mut notes: Vec<String>,
) -> anyhow::Result<Report> {
    test_cluster.console.say(&plan.to_string());
    let since = Instant::now();
    test_cluster.console.begin("the fallback");
    test_cluster.begin_row();
    let mut row = Row::of("the whole fallback");
    for step in plan.steps() {
        test_cluster.carry_out_step(step, &mut row, Coordinators::AllAsked)?;
        test_cluster.cluster.apply(step)?;
    }
    let down = since.elapsed();
    test_cluster.gate_and_keep(row, since)?;
    notes.push(format!(
        "expected: the whole cluster is down once; the last node was up {} s after the first stop",
        down.as_secs()
    ));
    report(test_cluster, Scenario::Enable, Some(plan), Expected::Trouble, notes)
}
