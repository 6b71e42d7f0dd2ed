//! A plan as a runbook.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::IpAddr;

use rotation_planner::{Cluster, Cost, Gate, NodeName, Plan, Step, Wave, rollback};

use super::{Words, activation, words};
use crate::plan::{Basis, Change, Shown};
use crate::shown::{markdown, shown};

/// The facts from which a runbook is written.
#[derive(Debug)]
pub struct Runbook<'a> {
    /// A title for the cluster.
    pub title: &'a str,
    /// The plan's id.
    pub id: &'a str,
    /// The goal in words.
    pub goal: &'a str,
    /// The cluster as it is before the plan.
    pub cluster: &'a Cluster,
    /// The plan.
    pub plan: &'a Plan,
    /// The reason why the plan is not safe; `None` if it is safe.
    pub refusal: Option<&'a str>,
    /// The facts that the plan rests on.
    pub rests_on: &'a [Basis],
    /// The nodes, with their old and new certificates.
    pub nodes: &'a [Change],
    /// The facts for the commands of steps and gates.
    pub words: Words<'a>,
}

impl Runbook<'_> {
    /// The runbook, as a document to approve and a checklist.
    ///
    /// The runbook contains the goal, the cost of the plan, each node's certificates, the facts that the plan rests on, and a
    /// section for each wave: the steps with their commands and reasons, the gates, and the rollback.
    pub fn text(&self) -> String {
        let mut text = format!("# {}\n\n", markdown(self.title));
        self.head(&mut text);
        if let Some(refusal) = self.refusal {
            let _ = write!(text, "\n**This plan is a fallback: {}.**\n", markdown(refusal));
        }
        text.push_str(
            "\nStop at the first box that cannot be ticked. Observe the cluster and plan again: a new plan begins from \
             the nodes' current state.\n",
        );
        if let Some(repairs) = self.plan.repairs() {
            let _ = write!(text, "\n{}\n", markdown(&repairs.to_string()));
        }
        self.certificates(&mut text);
        section(&mut text, "It rests on", self.rests_on.iter().map(ToString::to_string));
        text.push_str("\n## Settings and stores\n\n");
        for line in self.words.legend() {
            let _ = writeln!(text, "- {line}");
        }
        let places = super::places(self.nodes);
        for (number, wave) in (1..).zip(self.plan.waves()) {
            let _ = write!(text, "\n## Wave {number}\n\n");
            for step in wave.steps() {
                self.step(&mut text, step, &places);
                let loaded = |gate: &&Gate| activation(step).is_some() && is_of(gate, step.node());
                wave.gates().iter().filter(loaded).for_each(|gate| self.gate(&mut text, gate, wave));
            }
            let is_shown =
                |gate: &&Gate| wave.steps().iter().any(|step| activation(step).is_some() && is_of(gate, step.node()));
            wave.gates().iter().filter(|gate| !is_shown(gate)).for_each(|gate| self.gate(&mut text, gate, wave));
            self.rollback(&mut text, number);
        }
        text
    }

    fn head(&self, text: &mut String) {
        let rows = [
            ("Goal", self.goal.to_owned()),
            ("Plan", format!("{}: {}", self.id, super::summary(self.plan))),
            ("Duration", duration(self.plan.cost())),
            (
                "Rollback",
                "after each wave: the cost is below, and the same command with --back-from prints the steps".to_owned(),
            ),
            ("Approved by, on", String::new()),
        ];
        text.push_str("| | |\n| --- | --- |\n");
        for (name, value) in rows {
            let _ = writeln!(text, "| {name} | {} |", markdown(&value));
        }
    }

    fn certificates(&self, text: &mut String) {
        text.push_str("\n## Certificates\n\n| node | where | before | after |\n| --- | --- | --- | --- |\n");
        for change in self.nodes {
            let before = change.from.as_ref().map_or_else(|| "none, or unknown".to_owned(), certificate);
            let after = change.to.as_ref().filter(|to| Some(*to) != change.from.as_ref());
            let after = after.map_or_else(|| "the same".to_owned(), certificate);
            let (node, place) = (markdown(&change.node), markdown(&super::place(change)));
            let _ = writeln!(text, "| {node} | {place} | {before} | {after} |");
        }
    }

    fn address(&self, node: &str) -> Option<IpAddr> {
        self.nodes.iter().find(|change| change.node == node).and_then(|change| change.address)
    }

    fn step(&self, text: &mut String, step: &Step, places: &HashMap<&str, String>) {
        let node = step.node().as_str();
        let place = places.get(node).map_or_else(String::new, |place| format!(" ({})", markdown(place)));
        let _ = write!(text, "- [ ] **{}**{place}: {}", markdown(node), markdown(&words(step)));
        let why = step.waits_for().iter().map(|event| markdown(&event.to_string())).collect::<Vec<_>>().join(" and ");
        let _ = writeln!(text, "{}", if why.is_empty() { String::new() } else { format!(" (now that {why})") });
        text.push('\n');
        commands(text, &self.words.commands(step, self.id));
    }

    fn gate(&self, text: &mut String, gate: &Gate, wave: &Wave) {
        let _ = writeln!(text, "- [ ] Before going on: {}\n", markdown(&gate.to_string()));
        commands(text, &self.words.gate(gate, wave, |node| self.address(node)));
    }

    fn rollback(&self, text: &mut String, waves: usize) {
        let _ = match rollback(self.cluster, self.plan, waves) {
            Ok(back) => {
                let cost = super::cost(back.cost());
                writeln!(text, "Rollback from here: {cost} (`--back-from {waves}`).")
            }
            Err(refusal) => writeln!(text, "There is no rollback from here: {}.", markdown(&refusal.to_string())),
        };
    }
}

fn commands(text: &mut String, commands: &[String]) {
    for command in commands {
        // Indented, so that nothing in the command is markup.
        let _ = writeln!(text, "      {}", shown(command));
    }
    if !commands.is_empty() {
        text.push('\n');
    }
}

fn certificate(shown: &Shown) -> String {
    let mut text = markdown(&shown.label);
    if let Some(sha256) = shown.sha256 {
        let _ = write!(text, "<br>SHA-256 `{sha256}`");
    }
    if let Some(until) = shown.until {
        let _ = write!(text, "<br>valid until {until}");
    }
    if let Some(until) = shown.chain_until {
        let _ = write!(text, "<br>another certificate of its chain only until {until}");
    }
    text
}

fn is_of(gate: &Gate, loader: &NodeName) -> bool {
    matches!(gate, Gate::Handshakes { node, .. } if node == loader)
}

fn duration(cost: Cost) -> String {
    if cost.restarts + cost.reloads == 0 {
        return "that of copying files: nothing is restarted or reloaded".to_owned();
    }
    let each = |restart: usize, reload: usize| minutes(cost.restarts * restart + cost.reloads * reload);
    let guesses = match (cost.restarts, cost.reloads) {
        (_, 0) => "3 to 10 minutes for each",
        (0, _) => "1 to 3 minutes for each",
        _ => "3 to 10 minutes for a restart, 1 to 3 for a reload",
    };
    let loads = super::loads(cost);
    format!("{loads}, one after another: {} to {} ({guesses}); time one node first", each(3, 1), each(10, 3))
}

fn minutes(minutes: usize) -> String {
    if minutes < 60 { format!("{minutes} minutes") } else { format!("{} h {:02} min", minutes / 60, minutes % 60) }
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
