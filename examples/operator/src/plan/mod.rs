//! What a plan is shown with: what it rests on, which node goes from which certificate to which, and what tells it from others.

mod basis;
mod change;

pub use page::{Basis, Known};
use rotation_planner::Plan;

use crate::input::Name;

pub(crate) use basis::Looked;
pub use change::{Change, Shown, changes};

/// What tells a plan from every other.
///
/// # Errors
/// None in practice.
pub fn id(plan: &Plan) -> anyhow::Result<Name> {
    Ok(page::id(plan)?.parse()?)
}
