//! A plan in a terminal.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use rotation_planner::Plan;

use super::{places, words};
use crate::plan::Change;

/// The width without a terminal.
const COLUMNS: u16 = 110;

/// A table in which consecutive steps on one node share a row.
///
/// A row belongs to one wave, and the last row of a wave has the wave's gates.
pub fn table(plan: &Plan, nodes: &[Change]) -> String {
    let places = places(nodes);
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(COLUMNS);
    }
    table.set_header(["wave", "node", "where", "steps", "then"]);
    for (number, wave) in (1_usize..).zip(plan.waves()) {
        let mut rows: Vec<(&str, Vec<String>)> = Vec::new();
        for step in wave.steps() {
            match rows.last_mut().filter(|(node, _)| *node == step.node().as_str()) {
                Some((_, steps)) => steps.push(words(step)),
                None => rows.push((step.node().as_str(), vec![words(step)])),
            }
        }
        let gates = wave.gates().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let last = rows.len().saturating_sub(1);
        for (row, (node, steps)) in rows.into_iter().enumerate() {
            let gates = if row == last { gates.clone() } else { String::new() };
            let place = places.get(node).cloned().unwrap_or_default();
            table.add_row([number.to_string(), node.to_owned(), place, steps.join("\n"), gates]);
        }
    }
    table.to_string()
}
