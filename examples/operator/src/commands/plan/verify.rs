//! Checks a printed plan against an observed state of the cluster.

use std::path::Path;

use anyhow::{Context as _, ensure};
use rotation_planner::{Cluster, Goal, Plan, Preference, check};
use serde::{Deserialize, Serialize};

use crate::document::{Form, Schema};
use crate::input::Name;
use crate::plan::Change;
use crate::reading::read_text;
use crate::show::counted;
use crate::state::State;
use crate::status::Status;

#[derive(Deserialize)]
struct Printed {
    id: Option<Name>,
    nodes: Vec<Change>,
    /// The goal; `None` for a rollback.
    goal: Option<Goal>,
    plan: Option<Plan>,
}

#[derive(Serialize)]
struct Verdict<'a> {
    id: &'a Name,
    /// Whether all steps, carried out in order from the observed state, are safe.
    safe: bool,
    /// Whether the plan is safe and reaches its goal; for a rollback, whether the plan is safe.
    reaches_its_goal: bool,
    reason: Option<String>,
    not_checked: &'static str,
}

const NOT_CHECKED: &str = "changes on the hosts since the state was observed, and the gates of earlier steps";

pub(super) fn run(plan: &Path, state: &Path, form: Form) -> anyhow::Result<Status> {
    let file = plan.display().to_string();
    let Printed { id, nodes, goal, plan } = Schema::PLAN.read(&read_text(plan)?).with_context(|| file.clone())?;
    let (plan, id) = plan.zip(id).with_context(|| format!("{file} holds no plan"))?;
    let found = crate::plan::id(&plan, &nodes)?;
    ensure!(found == id, "{file} was changed: its plan is {found}, not {id}");
    let state = State::read(state)?;
    let (safe, reason) = match check(&state.cluster, &plan) {
        Ok(()) => (true, left_after(&state.cluster, &plan, goal.as_ref())),
        Err(error) => (false, Some(error.to_string())),
    };
    let verdict = Verdict { id: &id, safe, reaches_its_goal: reason.is_none(), reason, not_checked: NOT_CHECKED };
    form.print(Schema::VERIFICATION, &verdict, || {
        let said = match (&verdict.reason, safe) {
            (None, _) if goal.is_none() => "safe from here".to_owned(),
            (None, _) => "safe from here, and reaches its goal".to_owned(),
            (Some(reason), true) => format!("safe from here, but does not reach its goal: {reason}"),
            (Some(reason), false) => format!("not safe from here: {reason}. Plan again"),
        };
        format!("Plan {id}: {said}.\nNot checked: {NOT_CHECKED}.")
    })?;
    Ok(if verdict.reaches_its_goal { Status::Fine } else { Status::No })
}

/// The reason why a safe plan does not reach its goal.
///
/// `None` if the plan reaches its goal or is a rollback.
fn left_after(cluster: &Cluster, plan: &Plan, goal: Option<&Goal>) -> Option<String> {
    let mut reached = cluster.clone();
    for step in plan.steps() {
        if let Err(error) = reached.apply(step) {
            return Some(error.to_string());
        }
    }
    match rotation_planner::plan(&reached, goal?, &Preference::default()) {
        Ok(left) if left.is_empty() => None,
        Ok(left) => {
            let cost = left.cost();
            Some(format!("{} and {} remain", counted(cost.restarts, "restart"), counted(cost.reloads, "reload")))
        }
        Err(refusal) => Some(refusal.to_string()),
    }
}
