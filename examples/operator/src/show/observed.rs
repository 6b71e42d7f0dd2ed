//! Formats the observations of a cluster for a terminal.

use std::collections::BTreeMap;

use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use rotation_planner::InternodeMode;

use super::few;
use crate::state::Row;

/// A table with a row for each node, and the reasons to doubt that files are loaded.
pub fn observed(rows: &[Row]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(["node", "speaks", "serves", "trusts", "its files"]);
    let plain = InternodeMode::PlaintextOnly.to_string();
    for row in rows {
        let numbers: Vec<String> = row.trusts.iter().map(ToString::to_string).collect();
        let one_of = |candidates: &[String]| match (candidates, &row.mode) {
            (_, None) => "-".to_owned(),
            (_, Some(mode)) if *mode == plain => "-".to_owned(),
            ([], Some(_)) => "unknown".to_owned(),
            (candidates, Some(_)) => candidates.join(" or "),
        };
        let files = match (&row.mode, row.settled) {
            (None, _) => "not loaded: it is stopped",
            (Some(_), true) => "loaded",
            (Some(_), false) => "perhaps not loaded",
        };
        let speaks = row.mode.clone().unwrap_or_else(|| "-".to_owned());
        table.add_row([row.node.to_string(), speaks, one_of(&row.serves), one_of(&numbers), files.to_owned()]);
    }
    std::iter::once(table.to_string()).chain(doubts(rows)).collect::<Vec<_>>().join("\n")
}

fn doubts(rows: &[Row]) -> Vec<String> {
    let mut nodes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (node, doubt) in rows.iter().filter_map(|row| Some((row.node.as_str(), row.doubt.as_deref()?))) {
        nodes.entry(doubt).or_default().push(node);
    }
    let line = |(doubt, nodes): (&str, Vec<&str>)| format!("perhaps not loaded on {}: {doubt}", few(&nodes));
    nodes.into_iter().map(line).collect()
}
