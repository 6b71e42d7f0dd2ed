//! A step that the checker refuses at the start, and the connections that the step would cut.

use rotation_planner::{Action, Checker, Judgement, Plan, Step, Witness};

use crate::Page;
use crate::scene::{Verdict, connections, verdicts};
use crate::units::Units;

/// A step that would be unsafe as the first step, and the connections that it would cut.
#[derive(Debug)]
pub(crate) struct Alternative<'a> {
    /// The first step, in the order of the plan, that would cut a pair at the start.
    pub(crate) step: &'a Step,
    pub(crate) witness: Witness,
    /// The number of steps that would cut a pair at the start.
    pub(crate) refused: usize,
    pub(crate) steps: usize,
    /// The next activation of the same node, if it can be carried out after `step`.
    pub(crate) activation: Option<&'a Step>,
    /// The number of connections that are or may be cut after `step` and `activation`.
    pub(crate) cut: usize,
    pub(crate) units: Units,
    pub(crate) verdicts: Vec<Verdict>,
}

impl<'a> Alternative<'a> {
    pub(crate) fn of(page: &Page<'a>) -> anyhow::Result<Option<Self>> {
        let checker = Checker::never_worse(page.cluster)?;
        let refusals = page.plan.steps().filter_map(|step| Some((step, witness(&checker, step)?)));
        let refusals: Vec<_> = refusals.collect();
        let refused = refusals.len();
        let Some((step, witness)) = refusals.into_iter().next() else { return Ok(None) };
        let mut cluster = page.cluster.clone();
        cluster.apply(step)?;
        let activation = activation(page.plan, step).filter(|next| cluster.apply(next).is_ok());
        let judgement = Judgement::of(&cluster)?;
        let broken = judgement.broken();
        let units = Units::of(&cluster, &judgement);
        let verdicts = verdicts(&units, &cluster, &broken)?;
        let (cut, steps) = (connections(&broken), page.plan.steps().count());
        Ok(Some(Self { step, witness, refused, steps, activation, cut, units, verdicts }))
    }
}

fn witness(checker: &Checker, step: &Step) -> Option<Witness> {
    checker.clone().apply(step).err()?.witness().cloned()
}

fn activation<'a>(plan: &'a Plan, step: &Step) -> Option<&'a Step> {
    let after = plan.steps().skip_while(|other| *other != step);
    after.filter(|other| other.node() == step.node()).find(|other| matches!(other.action(), Action::Activate(_)))
}
