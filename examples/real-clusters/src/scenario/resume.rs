//! A rotation that forgets everything after each step.

use anyhow::bail;
use rotation_planner::{Goal, Preference, plan};

use super::{Scenario, broken_off, report};
use crate::carry_out::{Coordinators, groups};
use crate::report::{Foretold, Report};
use crate::rig::Rig;

/// More steps than any plan for three nodes has.
const MANY: usize = 60;

/// After each group of steps the state is observed anew, the goal planned again, and only the first group of the new
/// plan carried out. So every state that a run may be stopped in is one from which another run finishes.
pub(crate) fn resume(mut rig: Rig) -> anyhow::Result<Report> {
    let goal = Goal::rotate(rig.new_identities()?).dropping_unused();
    let first = plan(&rig.cluster, &goal, &Preference::default())?;
    match resume_until_done(&mut rig, &goal) {
        Ok(plans) => {
            let notes = vec![format!("observed and planned {plans} times")];
            report(rig, Scenario::Resume, Some(&first), Foretold::Success, notes)
        }
        Err(error) => Ok(broken_off(rig, Scenario::Resume, Some(&first), &error)),
    }
}

fn resume_until_done(rig: &mut Rig, goal: &Goal) -> anyhow::Result<usize> {
    for plans in 1..MANY {
        rig.cluster = rig.observe()?;
        let plan = plan(&rig.cluster, goal, &Preference::default())?;
        let all = plan.waves().iter().flat_map(|wave| groups(wave.steps()));
        let Some(group) = all.into_iter().next() else { return Ok(plans) };
        rig.console.say(&format!("plan {plans}: {}", plan.to_string().lines().next().unwrap_or_default()));
        rig.carry_out_group(&group, Coordinators::LeftOut)?;
    }
    bail!("{MANY} plans and no end")
}
