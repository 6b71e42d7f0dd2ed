//! Plans in words: one line per step, why, and the gate before the next wave.

use std::fmt;

use crate::plan::{Event, Gate, Optimality, Plan, Step, Waiting, WaitsFor, Wave};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("Nothing is to be done.");
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
        for (number, wave) in (1..).zip(&self.waves) {
            write!(f, "\nWave {number}\n{wave}")?;
        }
        Ok(())
    }
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
        for step in &self.steps {
            writeln!(f, "  {step}")?;
        }
        for (position, gate) in self.gates.iter().enumerate() {
            let newline = if position == 0 { "" } else { "\n" };
            write!(f, "{newline}  gate: {gate}")?;
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
        let done = match self.event {
            Event::Repair => "repaired",
            Event::Accept => "accepted",
            Event::Use => "used",
            Event::Refuse => "refused",
        };
        match &self.on {
            Waiting::EveryPeer => write!(f, "every peer {done}"),
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
