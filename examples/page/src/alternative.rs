//! An order of the steps that the checker refuses, and the pair that it cuts.

use rotation_planner::{Action, Checker, Judgement, Plan, Step, Witness};

use crate::Page;
use crate::scene::{Verdict, connections, verdicts};
use crate::units::Units;

/// What would happen if a later step of the plan came first.
#[derive(Debug)]
pub(crate) struct Alternative<'a> {
    /// The first step of the plan that the checker refuses at the start.
    pub(crate) step: &'a Step,
    /// Why the checker refuses it.
    pub(crate) witness: Witness,
    /// How many steps the checker refuses at the start, and the number of all steps.
    pub(crate) refused: usize,
    pub(crate) steps: usize,
    /// The next activation of the same node, if it can be carried out after `step`.
    pub(crate) activation: Option<&'a Step>,
    /// How many connections are or may be cut after both steps, and the cells of the table.
    pub(crate) cut: usize,
    pub(crate) units: Units,
    pub(crate) verdicts: Vec<Verdict>,
}

impl<'a> Alternative<'a> {
    /// The first such order; `None` if no step cuts a pair when it comes first.
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

/// The first restart or reload of a step's node after the step; `None` if there is none.
fn activation<'a>(plan: &'a Plan, step: &Step) -> Option<&'a Step> {
    let after = plan.steps().skip_while(|other| *other != step);
    after.filter(|other| other.node() == step.node()).find(|other| matches!(other.action(), Action::Activate(_)))
}
