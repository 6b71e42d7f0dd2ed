//! Changes that a plan leads through: nothing may fail.

use std::time::Instant;

use anyhow::Context as _;
use rotation_planner::{Goal, Plaintext, Plan, Preference, Refusal, plan};

use super::{Scenario, broken_off, report};
use crate::carry_out::Coordinators;
use crate::report::{Foretold, Report, Row};
use crate::rig::Rig;

/// Whether a plan that loses something is carried out where there is no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fallback {
    CarryOut,
    Refuse,
}

/// New keys and certificates for all; then nobody trusts the old ones.
pub(crate) fn rotate(mut rig: Rig) -> anyhow::Result<Report> {
    let goal = Goal::rotate(rig.new_identities()?).dropping_unused();
    let plan = plan(&rig.cluster, &goal, &Preference::default())?;
    follow(rig, Scenario::Rotate, &plan)
}

/// From TLS alone to plaintext.
pub(crate) fn disable(rig: Rig) -> anyhow::Result<Report> {
    let plan = plan(&rig.cluster, &Goal::disable(), &Preference::default())?;
    follow(rig, Scenario::Disable, &plan)
}

/// From plaintext to TLS alone. Before 4.0 there is no safe order.
pub(crate) fn enable(mut rig: Rig, fallback: Fallback) -> anyhow::Result<Report> {
    let goal = Goal::enable(rig.new_identities()?, Plaintext::Refused);
    match plan(&rig.cluster, &goal, &Preference::default()) {
        Ok(plan) => follow(rig, Scenario::Enable, &plan),
        Err(refusal) => refused(rig, &refusal, fallback),
    }
}

fn follow(mut rig: Rig, scenario: Scenario, plan: &Plan) -> anyhow::Result<Report> {
    rig.console.say(&plan.to_string());
    match rig.carry_out(plan, Coordinators::LeftOut) {
        Ok(()) => report(rig, scenario, Some(plan), Foretold::Success, Vec::new()),
        Err(error) => Ok(broken_off(rig, scenario, Some(plan), &error)),
    }
}

fn refused(rig: Rig, refusal: &Refusal, fallback: Fallback) -> anyhow::Result<Report> {
    rig.console.say(&refusal.to_string());
    let notes = vec![format!("refused: {refusal}")];
    if fallback == Fallback::Refuse {
        return report(rig, Scenario::Enable, None, Foretold::Refusal, notes);
    }
    let fallback = refusal.fallback().context("there is no plan at all")?;
    lose_what_was_foretold(rig, fallback.plan(), notes)
}

/// The whole cluster is down once, and the client is told nothing of it.
fn lose_what_was_foretold(mut rig: Rig, plan: &Plan, mut notes: Vec<String>) -> anyhow::Result<Report> {
    rig.console.say(&plan.to_string());
    let since = Instant::now();
    rig.console.begin("the fallback");
    rig.begin_row();
    let mut row = Row::of("the fallback, all of it");
    for step in plan.steps() {
        rig.carry_out_step(step, &mut row, Coordinators::AllAsked)?;
        rig.cluster.apply(step)?;
    }
    let down = since.elapsed();
    rig.gate_and_keep(row, since)?;
    notes.push(format!("foretold: the whole cluster is down once; it took {} s from the first stop", down.as_secs()));
    report(rig, Scenario::Enable, Some(plan), Foretold::Trouble, notes)
}
