//! Writes a plan as one HTML page that needs no network.
//!
//! The page shows the cluster by data centres, racks and nodes, with a slider over the steps. At each step, the page shows
//! what each node serves, trusts and accepts, which pairs can talk and why, and what a crash of a node would change. For a
//! cluster of more than 50 nodes, the page shows racks instead of nodes.
//!
//! The page judges nothing itself: it shows the [`Judgement`](rotation_planner::Judgement) of the cluster after each step.
//! Names are shown as text, whatever they contain, and the content security policy admits only the page's own script and
//! style.

mod alternative;
mod basis;
mod data;
mod document;
mod scene;
mod sections;
mod story;
mod table;
mod text;
mod units;
mod words;

use std::collections::BTreeMap;

use rotation_planner::{Cluster, Plan, Refusal};
use sha2::{Digest as _, Sha256};

pub use basis::{Basis, Known};
pub use text::{is_hidden, shown, xml};
pub use words::{cost, counted, words};

/// The plan's id, in twelve hexadecimal digits.
///
/// The id is the start of the SHA-256 of the plan and its certificates as JSON. `certificates` contains the SHA-256 of
/// certificates by label, as far as they are known. Approving the id also approves these certificates.
///
/// # Errors
/// If the plan cannot be written as JSON.
pub fn id(plan: &Plan, certificates: &BTreeMap<String, String>) -> anyhow::Result<String> {
    let digest = Sha256::digest(serde_json::to_string(&(plan, certificates))?.as_bytes());
    let start = digest.iter().take(6);
    Ok(start.fold(String::new(), |text, byte| format!("{text}{byte:02x}")))
}

/// The content of a page.
#[derive(Clone, Debug)]
pub struct Page<'a> {
    /// The plan's [`id`].
    pub id: String,
    /// The name of the cluster.
    pub title: String,
    /// The goal, in a sentence.
    pub goal: String,
    /// The cluster as it is before the plan.
    pub cluster: &'a Cluster,
    /// The plan.
    pub plan: &'a Plan,
    /// The refusal, if the plan is its fallback.
    pub refusal: Option<&'a Refusal>,
    /// The facts that the plan rests on.
    pub rests_on: Vec<Basis>,
    /// The addresses of nodes by name, as far as they are known.
    pub addresses: BTreeMap<String, String>,
    /// The SHA-256 of certificates by label, as far as they are known.
    pub certificates: BTreeMap<String, String>,
}

impl Page<'_> {
    /// Writes the page as HTML.
    ///
    /// # Errors
    /// If the cluster cannot be judged, if a step of the plan cannot be applied to the cluster, or if the data of the page cannot
    /// be written as JSON.
    pub fn html(&self) -> anyhow::Result<String> {
        document::document(self)
    }
}
