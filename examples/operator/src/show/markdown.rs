//! A plan as a runbook.

use std::fmt::Write as _;

use rotation_planner::{Cluster, Plan, rollback};

use super::words;
use crate::shown::markdown;

/// A checklist: a section for each wave, its steps and why they come there, the gate before the next, and the rollback.
pub fn runbook(title: &str, cluster: &Cluster, plan: &Plan) -> String {
    let cost = plan.cost();
    let mut text = format!(
        "# {title}\n\n{} restarts, {} reloads, {} files, {} waves; {}.\n\nStop at the first box that cannot be ticked. \
         Observe the cluster and plan again: that is safe from wherever it stands.\n",
        cost.restarts,
        cost.reloads,
        cost.files,
        cost.waves,
        plan.optimality()
    );
    if let Some(repairs) = plan.repairs() {
        let _ = write!(text, "\n{}\n", markdown(&repairs.to_string()));
    }
    for (number, wave) in (1..).zip(plan.waves()) {
        let _ = write!(text, "\n## Wave {number}\n\n");
        for step in wave.steps() {
            let _ = write!(text, "- [ ] **{}**: {}", markdown(step.node().as_str()), markdown(&words(step)));
            let why =
                step.waits_for().iter().map(|event| markdown(&event.to_string())).collect::<Vec<_>>().join(" and ");
            let _ = writeln!(text, "{}", if why.is_empty() { String::new() } else { format!(" (now that {why})") });
        }
        for gate in wave.gates() {
            let _ = writeln!(text, "- [ ] Before going on: {}", markdown(&gate.to_string()));
        }
        let _ = match rollback(cluster, plan, number) {
            Ok(back) => {
                let cost = back.cost();
                writeln!(
                    text,
                    "\nRollback from here: {} restarts, {} reloads, {} files (`--back-from {number}`).",
                    cost.restarts, cost.reloads, cost.files
                )
            }
            Err(refusal) => writeln!(text, "\nThere is no rollback from here: {}.", markdown(&refusal.to_string())),
        };
    }
    text
}
