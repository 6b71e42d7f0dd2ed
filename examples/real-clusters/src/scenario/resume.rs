//! A rotation with a new observation and a new plan after each group of steps.

use std::ops::ControlFlow;

use anyhow::bail;
use rotation_planner::{Goal, Preference, plan};

use super::{Scenario, broken_off, report};
use crate::carry_out::{Coordinators, groups};
use crate::report::{Expected, Report};
use crate::test_cluster::TestCluster;

/// The largest number of plans: more than any rotation of three nodes needs.
const MANY: usize = 60;

/// Shows that another run can continue a rotation after any group of steps.
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
    until_done(|number| {
        test_cluster.cluster = test_cluster.observe()?;
        let plan = plan(&test_cluster.cluster, goal, &Preference::default())?;
        let all = plan.waves().iter().flat_map(|wave| groups(wave.steps()));
        let Some(group) = all.into_iter().next() else { return Ok(ControlFlow::Break(())) };
        test_cluster.console.say(&format!("plan {number}: {}", plan.to_string().lines().next().unwrap_or_default()));
        test_cluster.carry_out_group(&group, Coordinators::LeftOut)?;
        Ok(ControlFlow::Continue(()))
    })
}

fn until_done(mut carry_on: impl FnMut(usize) -> anyhow::Result<ControlFlow<()>>) -> anyhow::Result<usize> {
    for number in 1..=MANY {
        if carry_on(number)?.is_break() {
            return Ok(number);
        }
    }
    bail!("the rotation needs more than {MANY} plans")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_plans_are_made_as_the_bound_allows() {
        let done_at = |last: usize| {
            let mut made = 0;
            let done = until_done(|number| {
                made += 1;
                assert_eq!(number, made);
                Ok(if number == last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            });
            (made, done.map_err(|error| error.to_string()))
        };
        assert_eq!(done_at(1), (1, Ok(1)));
        assert_eq!(done_at(MANY), (MANY, Ok(MANY)));
        assert_eq!(done_at(MANY + 1), (MANY, Err(format!("the rotation needs more than {MANY} plans"))));
    }
}
