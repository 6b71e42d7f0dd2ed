//! A plan as a runbook.

use std::collections::HashMap;
use std::fmt::Write as _;

use rotation_planner::{Cluster, Plan, Step, rollback};

use super::{Words, words};
use crate::plan::{Basis, Change};
use crate::shown::{markdown, shown};

/// What a runbook is made of.
#[derive(Debug)]
pub struct Runbook<'a> {
    /// What the cluster is called.
    pub title: &'a str,
    /// What tells the plan from others.
    pub id: &'a str,
    /// The cluster as it is before the plan.
    pub cluster: &'a Cluster,
    /// The plan.
    pub plan: &'a Plan,
    /// What it rests on.
    pub rests_on: &'a [Basis],
    /// The nodes, and what becomes of each.
    pub nodes: &'a [Change],
    /// What the settings are called.
    pub words: Words<'a>,
}

impl Runbook<'_> {
    /// A checklist: what the plan rests on, a section for each wave with its steps, their commands and why they come there, the
    /// gate before the next, and the rollback.
    pub fn text(&self) -> String {
        let mut text = format!(
            "# {}\n\nPlan {}: {}\n\nStop at the first box that cannot be ticked. Observe the cluster and plan again: that is \
             safe from wherever it stands.\n",
            markdown(self.title),
            self.id,
            markdown(&super::summary(self.plan)),
        );
        if let Some(repairs) = self.plan.repairs() {
            let _ = write!(text, "\n{}\n", markdown(&repairs.to_string()));
        }
        section(&mut text, "It rests on", self.rests_on.iter().map(ToString::to_string));
        section(&mut text, "From which certificate to which", self.nodes.iter().filter_map(super::from_to));
        text.push_str("\n## Where things are\n\n");
        for line in self.words.legend() {
            let _ = writeln!(text, "- {line}");
        }
        let places = super::places(self.nodes);
        for (number, wave) in (1..).zip(self.plan.waves()) {
            let _ = write!(text, "\n## Wave {number}\n\n");
            for step in wave.steps() {
                self.step(&mut text, step, &places);
            }
            for gate in wave.gates() {
                let _ = writeln!(text, "- [ ] Before going on: {}", markdown(&gate.to_string()));
            }
            self.rollback(&mut text, number);
        }
        text
    }

    fn step(&self, text: &mut String, step: &Step, places: &HashMap<&str, String>) {
        let node = step.node().as_str();
        let place = places.get(node).map_or_else(String::new, |place| format!(" ({})", markdown(place)));
        let _ = write!(text, "- [ ] **{}**{place}: {}", markdown(node), markdown(&words(step)));
        let why = step.waits_for().iter().map(|event| markdown(&event.to_string())).collect::<Vec<_>>().join(" and ");
        let _ = writeln!(text, "{}", if why.is_empty() { String::new() } else { format!(" (now that {why})") });
        text.push('\n');
        for command in self.words.commands(step) {
            // Indented: nothing in it is markup.
            let _ = writeln!(text, "      {}", shown(&command));
        }
        text.push('\n');
    }

    fn rollback(&self, text: &mut String, waves: usize) {
        let _ = match rollback(self.cluster, self.plan, waves) {
            Ok(back) => {
                let cost = super::cost(back.cost());
                writeln!(text, "\nRollback from here: {cost} (`--back-from {waves}`).")
            }
            Err(refusal) => writeln!(text, "\nThere is no rollback from here: {}.", markdown(&refusal.to_string())),
        };
    }
}

fn section(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        let _ = write!(text, "\n## {title}\n\n");
        for line in lines {
            let _ = writeln!(text, "- {}", markdown(&line));
        }
    }
}
