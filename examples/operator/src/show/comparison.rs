//! What the same rotation costs under each way of reading stores.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use rotation_planner::{Goal, Preference, plan};

use crate::description::{Description, Placed};

/// Version, `require_client_auth`, where new stores go, and what the case is called.
type Case = (&'static str, bool, Option<Placed>, &'static str);

const CASES: [Case; 5] = [
    ("3.11", false, None, "3.11"),
    ("3.11", true, None, "3.11, client authentication"),
    ("5.0", false, Some(Placed::InPlace), "5.0, stores in place"),
    ("5.0", false, Some(Placed::Documented), "5.0, keystore under a new path"),
    ("2.1", false, None, "2.1 and builds that may be patched, conservatively"),
];

/// A row for each case, and one for the procedure as it is documented.
///
/// # Errors
/// If the cluster is contradictory, or there is no safe plan.
pub fn comparison(description: &Description, goal: &Goal) -> anyhow::Result<String> {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["Cassandra", "restarts", "reloads", "files", "waves"]);
    for (cassandra, client_auth, staging, name) in CASES {
        let cassandra = cassandra.to_owned();
        let case = Description { cassandra, client_auth, staging, ..description.clone() };
        table.add_row(row(name, &case, goal, &Preference::default())?);
    }
    table.add_row(row("as the procedure has it", description, goal, &Preference::as_documented())?);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    Ok(table.to_string())
}

fn row(name: &str, case: &Description, goal: &Goal, preference: &Preference) -> anyhow::Result<[String; 5]> {
    let cost = plan(&case.cluster()?, goal, preference)?.cost();
    let [restarts, reloads, files, waves] =
        [cost.restarts, cost.reloads, cost.files, cost.waves].map(|n| n.to_string());
    Ok([name.to_owned(), restarts, reloads, files, waves])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_nodes_cost_what_the_formulas_say() {
        let nodes: Vec<String> = (0..6).map(|node| format!("[[node]]\nname = \"node{node}\"\n")).collect();
        let description = Description::from_toml(&format!("cassandra = \"3.11\"\n{}", nodes.concat())).unwrap();
        let next = |node: &crate::description::Node| (node.name.clone(), node.next().unwrap());
        let goal = Goal::rotate(description.nodes.iter().map(next)).dropping_unused();
        let text = comparison(&description, &goal).unwrap();
        let numbers = |line: &str| {
            line.split('┆').skip(1).take(2).filter_map(|cell| cell.trim().parse().ok()).collect::<Vec<usize>>()
        };
        let rows: Vec<Vec<usize>> = text.lines().map(numbers).filter(|row| row.len() == 2).collect();
        // n; 3n - 2; none; n and 2n - 2 reloads; 3n - 2; 3n.
        assert_eq!(rows, [[6, 0], [16, 0], [0, 16], [6, 10], [16, 0], [18, 0]], "{text}");
    }
}
