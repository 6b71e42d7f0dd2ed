//! What a plan is shown with: what it rests on, which node goes from which certificate to which, and what tells it from others.

mod basis;
mod change;

use rotation_planner::Plan;

use crate::input::{Digest, Name};

pub(crate) use basis::Looked;
pub use basis::{Basis, Known};
pub use change::{Change, Shown, changes};

/// What tells a plan from every other: the start of the SHA-256 of its JSON.
///
/// # Errors
/// None in practice.
pub fn id(plan: &Plan) -> anyhow::Result<Name> {
    Ok(Digest::of(serde_json::to_string(plan)?.as_bytes()).brief())
}
