//! Formats plans, their costs and the observations of a cluster for people.

mod comparison;
mod foreign;
mod markdown;
mod observed;
mod picture;
mod sources;
mod table;
mod words;

use std::collections::{BTreeMap, HashMap};

use anstyle::{AnsiColor, Style};
use page::words;
use rotation_planner::{Action, Activation, Cost, NodeName, Plan, Step};

use crate::input::Name;
use crate::plan::{Basis, Change};

pub use comparison::{Comparison, comparison};
pub use foreign::{foreign, foreigner, stranger};
pub use markdown::Runbook;
pub use observed::observed;
pub use picture::picture;
pub use sources::Sources;
pub use table::table;
pub use words::Words;

pub(crate) use page::{cost, counted};

/// The style of a good result.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// The style of a bad result.
pub const BAD: Style = AnsiColor::Red.on_default().bold();

pub(crate) fn summary(plan: &Plan) -> String {
    plan.to_string().lines().next().unwrap_or_default().to_owned()
}

pub(crate) fn few(names: &[&str]) -> String {
    let first = names.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(3) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

pub(crate) fn loads(cost: Cost) -> String {
    match (cost.restarts, cost.reloads) {
        (restarts, 0) => counted(restarts, "restart"),
        (0, reloads) => counted(reloads, "reload"),
        (restarts, reloads) => format!("{}, {}", counted(restarts, "restart"), counted(reloads, "reload")),
    }
}

pub(crate) fn bases(bases: &[Basis]) -> String {
    let lines: Vec<String> = bases.iter().map(|basis| format!("  {basis}")).collect();
    format!("It rests on:\n{}", lines.join("\n"))
}

/// The entries in the natural order of the names: `db-2` before `db-10`.
pub(crate) fn in_order<T>(nodes: &BTreeMap<Name, T>) -> Vec<(&Name, &T)> {
    let mut ordered: Vec<_> = nodes.iter().collect();
    ordered.sort_by_cached_key(|(node, _)| NodeName::from(node.as_str()));
    ordered
}

fn places(nodes: &[Change]) -> HashMap<&str, String> {
    nodes.iter().map(|node| (node.node.as_str(), place(node))).collect()
}

fn place(node: &Change) -> String {
    let address = node.address.map(|address| format!("{address}, "));
    format!("{}{}, {}", address.unwrap_or_default(), node.dc, node.rack)
}

pub(crate) fn from_to(node: &Change) -> Option<String> {
    let to = node.to.as_ref().filter(|to| Some(*to) != node.from.as_ref())?;
    let from = node.from.as_ref().map_or_else(|| "none, or unknown".to_owned(), ToString::to_string);
    Some(format!("{} ({}): {from} -> {to}", node.node, place(node)))
}

fn activation(step: &Step) -> Option<Activation> {
    match step.action() {
        Action::Activate(kind) => Some(*kind),
        Action::Stop | Action::Start => Some(Activation::Restart),
        _ => None,
    }
}
