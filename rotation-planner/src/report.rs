//! Writes plans as text: each step with its purpose, and the gates before the next wave.
//!
//! In a long plan or wave, steps that many nodes have in common are written once; the alternate form `{plan:#}` writes
//! every step.

use std::fmt;

use crate::label::NodeName;
use crate::plan::{Action, Event, Gate, Optimality, Plan, Step, Waiting, WaitsFor, Wave};

/// A plan with more waves than this is long, and so is a wave with more steps.
const LONG: usize = 64;

/// The maximum length of a run of similar items that is written in full.
///
/// Of a longer run, only the first item is written in full.
const SEVERAL: usize = 3;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("Nothing needs to be done.");
        }
        let cost = self.cost();
        write!(f, "{}, ", counted(cost.restarts, "restart"))?;
        write!(f, "{}, ", counted(cost.reloads, "reload"))?;
        write!(f, "{} in {}", counted(cost.files, "file"), counted(cost.waves, "wave"))?;
        match self.optimality {
            Optimality::Minimum => write!(f, "; {}.", self.optimality)?,
            Optimality::Within(gap) => {
                let activations = cost.restarts + cost.reloads;
                write!(f, "; at least {} needed.", are(activations.saturating_sub(gap)))?;
            }
        }
        if let Some(repairs) = &self.repairs {
            write!(f, "\n{repairs}")?;
        }
        let is_long = self.waves.len() > LONG && !f.alternate();
        let mut number = 1;
        for run in self.waves.chunk_by(|one, other| is_long && on_one_node(one) && alike(&one.steps, &other.steps)) {
            let (said, rest) = split_run(run);
            for wave in said {
                write!(f, "\nWave {number}\n")?;
                fmt::Display::fmt(wave, f)?;
                number += 1;
            }
            if let (Some(first), Some(last)) = (rest.first().and_then(node), rest.last().and_then(node)) {
                let last_number = number + rest.len() - 1;
                write!(f, "\nWaves {number} to {last_number}, one after the other\n  ")?;
                write!(f, "the same on {} other nodes, from {first} to {last}", rest.len())?;
                let steps: Vec<&[Step]> = run.iter().map(Wave::steps).collect();
                f.write_str(differently_awaited(&steps))?;
                number = last_number + 1;
            }
        }
        Ok(())
    }
}

fn node(wave: &Wave) -> Option<&NodeName> {
    wave.steps.first().map(Step::node)
}

fn on_one_node(wave: &Wave) -> bool {
    wave.steps.iter().all(|step| Some(step.node()) == node(wave))
}

/// Whether two nodes have similar steps.
///
/// Such steps may differ in the staged identity, and in awaited events that name no nodes.
fn alike(one: &[Step], other: &[Step]) -> bool {
    let is_unnamed = |step: &Step| step.waits_for().iter().all(|waits_for| waits_for.on == Waiting::EveryPeer);
    let is_same = |(one, other): (&Step, &Step)| {
        let is_same_action = match (one.action(), other.action()) {
            (Action::StageIdentity(_), Action::StageIdentity(_)) => true,
            (one, other) => one == other,
        };
        let is_same_wait = one.waits_for() == other.waits_for() || is_unnamed(one) && is_unnamed(other);
        is_same_action && one.purpose() == other.purpose() && is_same_wait
    };
    one.len() == other.len() && one.iter().zip(other).all(is_same)
}

fn differently_awaited(run: &[&[Step]]) -> &'static str {
    let is_same = |pair: &[&[Step]]| match pair {
        [one, other] => one.iter().map(Step::waits_for).eq(other.iter().map(Step::waits_for)),
        _ => true,
    };
    if run.windows(2).all(is_same) { "" } else { " (some wait for other events)" }
}

fn split_run<T>(run: &[T]) -> (&[T], &[T]) {
    run.split_at(if run.len() > SEVERAL { 1 } else { run.len() })
}

impl fmt::Display for Optimality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minimum => f.write_str("no safe plan with one node down at a time has fewer activations"),
            Self::Within(gap) => write!(f, "within {} of the minimum", counted(*gap, "activation")),
        }
    }
}

impl fmt::Display for Wave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_long = self.steps.len() > LONG && !f.alternate();
        let of_nodes: Vec<&[Step]> = self.steps.chunk_by(|one, other| one.node() == other.node()).collect();
        for run in of_nodes.chunk_by(|one, other| is_long && alike(one, other)) {
            let (said, rest) = split_run(run);
            said.iter().copied().flatten().try_for_each(|step| writeln!(f, "  {step}"))?;
            if let (Some([first, ..]), Some([last, ..])) = (rest.first(), rest.last()) {
                let note = differently_awaited(run);
                writeln!(
                    f,
                    "  the same on {} other nodes, from {} to {}{note}",
                    rest.len(),
                    first.node(),
                    last.node()
                )?;
            }
        }
        let mut newline = "";
        let is_same = |one: &Gate, other: &Gate| std::mem::discriminant(one) == std::mem::discriminant(other);
        for run in self.gates.chunk_by(|one, other| is_long && is_same(one, other)) {
            let (said, rest) = split_run(run);
            for gate in said {
                write!(f, "{newline}  gate: {gate}")?;
                newline = "\n";
            }
            if !rest.is_empty() {
                write!(f, "\n  gate: the same for {} other nodes", rest.len())?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.node(), self.action())?;
        let mut before = " (to ";
        for event in self.purpose() {
            write!(f, "{before}{event}")?;
            before = " and ";
        }
        if !self.purpose().is_empty() {
            f.write_str(")")?;
        }
        let mut before = ", after ";
        for waits_for in self.waits_for() {
            write!(f, "{before}{waits_for}")?;
            before = " and ";
        }
        Ok(())
    }
}

impl fmt::Display for WaitsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (does, done) = match self.event {
            Event::Repair => ("repairs", "repaired"),
            Event::Accept => ("accepts", "accepted"),
            Event::Use => ("uses", "used"),
            Event::Refuse => ("refuses", "refused"),
        };
        match &self.on {
            Waiting::EveryPeer => write!(f, "every peer that {does} in an earlier wave has done so"),
            Waiting::Nodes(nodes) => {
                for (position, node) in nodes.iter().enumerate() {
                    let comma = if position == 0 { "" } else { ", " };
                    write!(f, "{comma}{node}")?;
                }
                write!(f, " {done}")
            }
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Staged => f.write_str("every file of this wave is complete on its disk"),
            Self::Handshakes { node, serves: Some(identity) } => {
                write!(f, "fresh handshakes from and to {node} work, and show {identity}")
            }
            Self::Handshakes { node, serves: None } => write!(f, "fresh connections from and to {node} work"),
            Self::Stopped(node) => write!(f, "{node} is down and cannot start by itself"),
        }
    }
}

fn are(count: usize) -> String {
    format!("{count} {}", if count == 1 { "is" } else { "are" })
}

fn counted(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}
