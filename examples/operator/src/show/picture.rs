//! A plan as a picture: which node is restarted or reloaded in which wave.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rotation_planner::{Action, Activation, Plan, Step};

use super::{activation, words};
use crate::shown::xml;

const LEFT: usize = 140;
const CELL: usize = 46;
const ROW: usize = 26;
const TOP: usize = 60;
const KIND: usize = 160;

/// An SVG: nodes downwards, waves to the right, and below them what the marks mean. What a step does is its mark's tooltip.
pub fn picture(title: &str, plan: &Plan) -> String {
    let mut rows = BTreeMap::new();
    for step in plan.steps() {
        let next = rows.len();
        rows.entry(step.node().as_str()).or_insert(next);
    }
    let kinds: BTreeSet<Mark> = plan.steps().map(Mark::of).collect();
    let width = (LEFT + CELL * plan.waves().len()).max(KIND * kinds.len()) + 20;
    let height = TOP + ROW * (rows.len() + 1) + 20;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"10\" y=\"20\" \
         font-weight=\"bold\">{}</text>\n<text x=\"10\" y=\"{}\" fill=\"gray\">wave</text>\n",
        xml(title),
        TOP - 8
    );
    for (node, row) in &rows {
        let _ = writeln!(svg, "<text x=\"10\" y=\"{}\">{}</text>", middle(*row) + 4, xml(node));
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
            let tooltip = format!("{}: {}", step.node().as_str(), words(step));
            let mark = Mark::of(step);
            let _ = writeln!(svg, "{}", mark.drawn(mark.beside(x), y, &tooltip));
        }
    }
    for (place, kind) in kinds.into_iter().enumerate() {
        let (x, y) = (20 + KIND * place, middle(rows.len()) + 10);
        let _ = writeln!(svg, "{}", kind.drawn(x, y, kind.meaning()));
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{}\" fill=\"gray\">{}</text>", x + 20, y + 4, kind.meaning());
    }
    svg + "</svg>\n"
}

/// How a step is drawn.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Truststore,
    Other,
    Restart,
    Reload,
}

impl Mark {
    fn of(step: &Step) -> Self {
        match (activation(step), step.action()) {
            (Some(Activation::Reload), _) => Self::Reload,
            (Some(Activation::Restart), _) => Self::Restart,
            (None, Action::StageTrust(_)) => Self::Truststore,
            (None, _) => Self::Other,
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Truststore => "truststore",
            Self::Other => "keystore, setting",
            Self::Restart => "restart",
            Self::Reload => "reload",
        }
    }

    /// Where it stands in its cell: files beside the restart or reload that uses them.
    fn beside(self, x: usize) -> usize {
        match self {
            Self::Truststore => x - 15,
            Self::Other => x + 15,
            Self::Restart | Self::Reload => x,
        }
    }

    fn drawn(self, x: usize, y: usize, tooltip: &str) -> String {
        let title = format!("<title>{}</title>", xml(tooltip));
        let square = |colour: &str| {
            let (x, y) = (x - 3, y - 3);
            format!("<rect x=\"{x}\" y=\"{y}\" width=\"6\" height=\"6\" fill=\"{colour}\">{title}</rect>")
        };
        let circle = |shape: &str| format!("<circle cx=\"{x}\" cy=\"{y}\" {shape}>{title}</circle>");
        match self {
            Self::Truststore => square("#2563eb"),
            Self::Other => square("#047857"),
            Self::Restart => circle("r=\"10\" fill=\"#b91c1c\""),
            Self::Reload => circle("r=\"9\" fill=\"none\" stroke=\"#b45309\" stroke-width=\"3\""),
        }
    }
}

fn middle(row: usize) -> usize {
    TOP + ROW * row + ROW / 2
}
