//! A plan as a picture: who is loaded in which wave.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rotation_planner::{Action, LoadKind, Plan};

use super::{loads, words};

const LEFT: usize = 140;
const CELL: usize = 46;
const ROW: usize = 26;
const TOP: usize = 60;

/// An SVG: nodes downwards, waves to the right. Filled is a restart, ringed a reload, a small square a file; what a mark
/// stands for is its tooltip.
pub fn picture(title: &str, plan: &Plan) -> String {
    let mut rows = BTreeMap::new();
    for step in plan.steps() {
        let next = rows.len();
        rows.entry(step.node().as_str()).or_insert(next);
    }
    let (width, height) = (LEFT + CELL * plan.waves().len() + 20, TOP + ROW * rows.len() + 20);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"10\" y=\"20\" \
         font-weight=\"bold\">{}</text>\n",
        escaped(title)
    );
    for (node, row) in &rows {
        let _ = writeln!(svg, "<text x=\"10\" y=\"{}\">{}</text>", middle(*row) + 4, escaped(node));
    }
    for (place, wave) in plan.waves().iter().enumerate() {
        let x = LEFT + CELL * place + CELL / 2;
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" fill=\"gray\">{}</text>",
            TOP - 8,
            place + 1
        );
        for step in wave.steps() {
            let y = middle(rows.get(step.node().as_str()).copied().unwrap_or_default());
            let mark = match (loads(step), step.action()) {
                (Some(LoadKind::Reload), _) => format!(
                    "<circle cx=\"{x}\" cy=\"{y}\" r=\"9\" fill=\"none\" stroke=\"#b45309\" stroke-width=\"3\">"
                ),
                (Some(LoadKind::Restart), _) => format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"10\" fill=\"#b91c1c\">"),
                (None, Action::StageTrust(_)) => square(x - 18, y, "#2563eb"),
                (None, _) => square(x + 12, y, "#047857"),
            };
            let end = if mark.starts_with("<circle") { "</circle>" } else { "</rect>" };
            let _ =
                writeln!(svg, "{mark}<title>{}: {}</title>{end}", escaped(step.node().as_str()), escaped(&words(step)));
        }
    }
    svg + "</svg>\n"
}

fn middle(row: usize) -> usize {
    TOP + ROW * row + ROW / 2
}

fn square(x: usize, y: usize, colour: &str) -> String {
    format!("<rect x=\"{x}\" y=\"{}\" width=\"6\" height=\"6\" fill=\"{colour}\">", y - 3)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
