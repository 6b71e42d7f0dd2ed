//! What is shown with a plan: what it rests on, each node's old and new certificate, and its id.

mod basis;
mod change;

pub use page::{Basis, Known};
use rotation_planner::Plan;

use crate::input::Name;

pub(crate) use basis::Looked;
pub use change::{Change, Shown, changes};

/// The plan's id, which distinguishes it from every other.
///
/// # Errors
/// None in practice.
pub fn id(plan: &Plan) -> anyhow::Result<Name> {
    Ok(page::id(plan)?.parse()?)
}
