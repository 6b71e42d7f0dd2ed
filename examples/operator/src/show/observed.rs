//! Prints what was observed of a cluster, in a terminal.

use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use rotation_planner::InternodeMode;

use crate::state::Row;

/// A table with a row for each node.
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
    table.to_string()
}
