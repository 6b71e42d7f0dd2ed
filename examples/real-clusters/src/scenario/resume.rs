//! A rotation with a new observation and a new plan after each group of steps.

use anyhow::bail;
use rotation_planner::{Goal, Preference, plan};

use super::{Scenario, broken_off, report};
use crate::carry_out::{Coordinators, groups};
use crate::report::{Expected, Report};
use crate::test_cluster::TestCluster;

/// A bound for the number of plans: more than any rotation of three nodes needs.
const MANY: usize = 60;

/// Rotates, with a new observation and a new plan after each group of steps.
///
/// This shows that another run can continue after any group of steps.
pub(crate) fn resume(mut test_cluster: TestCluster) -> anyhow::Result<Report> {
    let goal = Goal::rotate(test_cluster.new_identities()?).dropping_unused();
    let first = plan(&test_cluster.cluster, &goal, &Preference::default())?;
    match resume_until_done(&mut test_cluster, &goal) {
        Ok(plans) => {
            let notes = vec![format!("observed and planned {plans} times")];
            report(test_cluster, Scenario::Resume, Some(&first), Expected::Success, notes)
        }
        Err(error) => Ok(broken_off(test_cluster, Scenario::Resume, Some(&first), &error)),
    }
}

fn resume_until_done(test_cluster: &mut TestCluster, goal: &Goal) -> anyhow::Result<usize> {
    for plans in 1..MANY {
        test_cluster.cluster = test_cluster.observe()?;
        let plan = plan(&test_cluster.cluster, goal, &Preference::default())?;
        let all = plan.waves().iter().flat_map(|wave| groups(wave.steps()));
        let Some(group) = all.into_iter().next() else { return Ok(plans) };
        test_cluster.console.say(&format!("plan {plans}: {}", plan.to_string().lines().next().unwrap_or_default()));
        test_cluster.carry_out_group(&group, Coordinators::LeftOut)?;
    }
    bail!("the rotation needs at least {MANY} plans")
}
