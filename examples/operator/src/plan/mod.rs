//! The additions to a plan: the facts that it rests on, its id, and the nodes' certificates.

mod authority;
mod basis;
mod change;

pub use page::{Basis, Known};
use rotation_planner::Plan;

use crate::input::Name;

pub(crate) use basis::Looked;
pub use change::{Change, Shown, changes};

/// The plan's id.
///
/// Plans with the same steps but different known certificates have different ids.
///
/// # Errors
/// None in practice.
pub fn id(plan: &Plan, nodes: &[Change]) -> anyhow::Result<Name> {
    let shown = nodes.iter().flat_map(|node| node.from.iter().chain(&node.to));
    let known = shown.filter_map(|shown| Some((shown.label.clone(), shown.sha256?.to_string())));
    Ok(page::id(plan, &known.collect())?.parse()?)
}
