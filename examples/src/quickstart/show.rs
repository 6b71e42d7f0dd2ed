//! The report as text for a terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};

use super::report::{Goal, Part, Procedure, Report, Row};

const TITLE: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

impl Report {
    /// The latest part: the refusal and the plan, if there are any, and a table of the steps.
    pub fn last_part(&self) -> String {
        let Some(part) = self.parts.last() else { return String::new() };
        let mut text = format!("{TITLE}{}{TITLE:#}\n", title(part));
        if let Some(refusal) = &part.refusal {
            let _ = writeln!(text, "{BAD}{refusal}{BAD:#}");
        }
        if let Some(plan) = &part.plan {
            let _ = writeln!(text, "{plan}");
        }
        text + &table(part, &self.nodes)
    }

    /// The end of the report: the [cut pairs](Self::cut_pairs), the folder and the totals.
    pub fn ending(&self) -> String {
        let mut text = String::new();
        for pair in self.cut_pairs() {
            let _ = writeln!(text, "{BAD}cut: {pair}{BAD:#} ({})", self.first_reason(&pair));
        }
        let _ = writeln!(text, "The nodes' files are in {}", self.folder);
        let style = if self.is_clean() { GOOD } else { BAD };
        let Self { handshakes, plain, refused, .. } = self;
        let plain = if *plain > 0 { format!(" and {plain} plain connections") } else { String::new() };
        let _ = write!(text, "{style}{handshakes} handshakes{plain}, {refused} refused{style:#}; {}", self.loads());
        text
    }

    fn loads(&self) -> String {
        let reloads = if self.reloads > 0 { format!(" and {} reloads", self.reloads) } else { String::new() };
        let procedure = self.procedure.map_or(String::new(), |Procedure { restarts, restarts_with_clean_up }| {
            format!(
                " (the page's procedure: {restarts}; with the clean-up that is done here: {restarts_with_clean_up})"
            )
        });
        format!("rotation: {} restarts{reloads}{procedure}", self.restarts)
    }

    fn first_reason(&self, pair: &str) -> String {
        let refused = self.parts.iter().flat_map(|part| &part.rows).flat_map(|row| &row.refused);
        let mut of_pair = refused.filter(|refused| format!("{} -> {}", refused.client, refused.server) == pair);
        of_pair.next().map_or(String::new(), |refused| format!("{}{}", refused.why, refused.moment))
    }
}

fn title(part: &Part) -> &'static str {
    match part.goal {
        Goal::Enable => "Enable internode encryption",
        Goal::Rotate => "Rotate the certificates",
    }
}

fn table(part: &Part, nodes: &[String]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["#", "node", "steps", "serve", "trust", "handshakes", "plain", "refused"]);
    for (number, row) in (1_usize..).zip(&part.rows) {
        table.add_row(cells(number, row));
    }
    for column in [0, 5, 6, 7] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let order = nodes.join(", ");
    format!("{table}\nserve, trust: generation of the certificates shown and in the truststore, for {order}\n")
}

fn cells(number: usize, row: &Row) -> [String; 8] {
    [
        number.to_string(),
        row.node.clone(),
        row.actions.join("; "),
        row.serves.join("  "),
        row.trusts.join("  "),
        row.handshakes.to_string(),
        row.plain.to_string(),
        row.refused.len().to_string(),
    ]
}
