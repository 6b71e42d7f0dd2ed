//! Compares the costs of a change on several releases, and of the documented procedure.

use std::fmt;

use cassandra_props::Release;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use rotation_planner::{Cost, Goal, Preference, plan};
use serde::Serialize;

use crate::description::{Build, Description, StagingChoice};
use crate::status::Refused;

/// The release, `require_client_auth`, the placement of new stores, and the case's name.
type Case = (Release, bool, Option<StagingChoice>, &'static str);

const CASES: [Case; 5] = [
    (Release::V3_11, false, None, "3.11"),
    (Release::V3_11, true, None, "3.11, client authentication"),
    (Release::V5_0, false, Some(StagingChoice::InPlace), "5.0, stores in place"),
    (Release::V5_0, false, Some(StagingChoice::Documented), "5.0, keystore under a new path"),
    (Release::V2_1, false, None, "2.1 and builds that may be patched, conservatively"),
];

/// The costs of a change on several releases, and of the documented procedure.
#[derive(Debug, Serialize)]
pub struct Comparison {
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    case: &'static str,
    #[serde(flatten)]
    cost: Cost,
}

/// Plans the same change on several releases, and as the documented procedure does.
///
/// # Errors
/// [`Refused`] if one of the plans is refused; and the errors of [`Description::cluster`].
pub fn comparison(description: &Description, goal: &Goal) -> anyhow::Result<Comparison> {
    let row = |case, description: &Description, preference: &Preference| {
        let plan = plan(&description.cluster()?, goal, preference);
        let plan = plan.map_err(|refusal| Refused(format!("{case}: {refusal}")))?;
        Ok(Row { case, cost: plan.cost() })
    };
    let cases = CASES.into_iter().map(|(cassandra, client_auth, staging, name)| {
        let (cassandra, client_auth) = (Build::Apache(cassandra), Some(client_auth));
        let mut case = Description { cassandra, client_auth, staging, ..description.clone() };
        for node in &mut case.nodes {
            (node.cassandra, node.client_auth) = (None, None);
        }
        row(name, &case, &Preference::default())
    });
    let documented = row("as the procedure has it", description, &Preference::as_documented());
    Ok(Comparison { rows: cases.chain(std::iter::once(documented)).collect::<anyhow::Result<_>>()? })
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED);
        table.set_header(["Cassandra", "restarts", "reloads", "files", "waves"]);
        for Row { case, cost } in &self.rows {
            let [restarts, reloads, files, waves] =
                [cost.restarts, cost.reloads, cost.files, cost.waves].map(|number| number.to_string());
            table.add_row([(*case).to_owned(), restarts, reloads, files, waves]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_nodes_cost_what_the_formulas_say() {
        let nodes: Vec<String> = (0..6).map(|node| format!("[[node]]\nname = \"node{node}\"\n")).collect();
        let description = Description::from_toml(&format!("cassandra = \"3.11\"\n{}", nodes.concat())).unwrap();
        let next = |node: &crate::description::Node| (node.name.to_string(), node.next());
        let goal = Goal::rotate(description.nodes.iter().map(next)).dropping_unused();
        let text = comparison(&description, &goal).unwrap().to_string();
        let numbers = |line: &str| {
            line.split('┆').skip(1).take(2).filter_map(|cell| cell.trim().parse().ok()).collect::<Vec<usize>>()
        };
        let rows: Vec<Vec<usize>> = text.lines().map(numbers).filter(|row| row.len() == 2).collect();
        // For n nodes, row by row: n restarts; 3n - 2 restarts; 3n - 2 reloads; n restarts and 2n - 2 reloads; 3n - 2 restarts;
        // 3n restarts.
        assert_eq!(rows, [[6, 0], [16, 0], [0, 16], [6, 10], [16, 0], [18, 0]], "{text}");
    }
}
