//! Plans for people: a table for the terminal, a runbook in Markdown, a picture.

mod comparison;
mod foreign;
mod markdown;
mod observed;
mod picture;
mod table;

use anstyle::{AnsiColor, Style};
use rotation_planner::{Action, Activation, Step};

pub use comparison::{Comparison, comparison};
pub use foreign::{foreign, foreigner, stranger};
pub use markdown::runbook;
pub use observed::observed;
pub use picture::picture;
pub use table::table;

/// What is as it should be.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What is not.
pub const BAD: Style = AnsiColor::Red.on_default().bold();

/// What a step does, with the number of anchors in place of a long list of them.
fn words(step: &Step) -> String {
    match step.action() {
        Action::StageTrust(trust) if trust.len() > 6 => format!("stage truststore with {} anchors", trust.len()),
        other => other.to_string(),
    }
}

/// How the step makes a node use its files, if it does.
fn activation(step: &Step) -> Option<Activation> {
    match step.action() {
        Action::Activate(kind) => Some(*kind),
        Action::Stop | Action::Start => Some(Activation::Restart),
        _ => None,
    }
}
