//! A plan as a picture: the steps of each node, in order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rotation_planner::{Action, Activation, Plan, Step, Wave};

use super::{activation, words};
use crate::shown::xml;

const LEFT: usize = 140;
const SLOT: usize = 30;
const GAP: usize = 10;
const ROW: usize = 30;
const TOP: usize = 64;
const KIND: usize = 150;

/// An SVG of the plan with this id.
///
/// Nodes are drawn from top to bottom, and waves from left to right. Each step is a mark with a tooltip, and a legend explains
/// the marks. Within a wave, the marks of a node are in the order of the steps.
pub fn picture(title: &str, id: &str, plan: &Plan) -> String {
    let mut rows = BTreeMap::new();
    for step in plan.steps() {
        let next = rows.len();
        rows.entry(step.node().as_str()).or_insert(next);
    }
    let kinds: BTreeSet<Mark> = plan.steps().map(Mark::of).collect();
    let columns: usize = plan.waves().iter().map(|wave| SLOT * slots(wave) + GAP).sum();
    let width = (LEFT + columns).max(20 + KIND * kinds.len()) + 20;
    let bottom = TOP + ROW * rows.len();
    let mut svg = head(&format!("{title}: plan {id}"), width, bottom + 50);
    for (node, row) in &rows {
        let y = middle(*row);
        let _ = writeln!(svg, "<text x=\"10\" y=\"{}\">{}</text>", y + 4, xml(node));
        let _ = writeln!(svg, "<path class=\"row\" d=\"M{LEFT} {y}H{}\"/>", width - 20);
    }
    let mut x = LEFT;
    for (number, wave) in (1..).zip(plan.waves()) {
        let span = SLOT * slots(wave);
        let (centre, ruler) = (x + span / 2, TOP - 6);
        let _ = writeln!(
            svg,
            "<text class=\"said\" x=\"{centre}\" y=\"{}\" text-anchor=\"middle\">{number}</text>",
            TOP - 12
        );
        let _ = writeln!(svg, "<path class=\"ruler\" d=\"M{} {ruler}H{}\"/>", x + 2, x + span - 2);
        let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
        for step in wave.steps() {
            let node = step.node().as_str();
            let place = taken.entry(node).or_default();
            let y = middle(rows.get(node).copied().unwrap_or_default());
            let tooltip = format!("{node}: {}", words(step));
            let _ = writeln!(svg, "{}", Mark::of(step).drawn(x + SLOT * *place + SLOT / 2, y, &tooltip));
            *place += 1;
        }
        x += span + GAP;
    }
    for (place, kind) in kinds.into_iter().enumerate() {
        let (x, y) = (20 + KIND * place, bottom + 26);
        let _ = writeln!(svg, "{}", kind.drawn(x, y, kind.meaning()));
        let _ = writeln!(svg, "<text class=\"said\" x=\"{}\" y=\"{}\">{}</text>", x + 18, y + 4, kind.meaning());
    }
    svg + "</svg>\n"
}

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1c1e22}.title{font-weight:600}.said{fill:#595e67}\
    .paper{fill:#fff}.row{stroke:#e5e2da}.ruler{stroke:#595e67}.trust{fill:#fff;stroke:#1f56a8;stroke-width:2}\
    .key{fill:#17663f}.setting{fill:#7c4a03}.restart{fill:#a8201a}.reload{fill:#fff;stroke:#a8201a;stroke-width:3}\
    @media(prefers-color-scheme:dark){text{fill:#e9e6de}.said{fill:#a8abb2}.paper{fill:#15171a}.row{stroke:#3a3e45}\
    .ruler{stroke:#a8abb2}.trust{fill:#15171a;stroke:#9dc1fb}.key{fill:#86d3a8}.setting{fill:#f0bf6b}.restart{fill:#ff9d94}\
    .reload{fill:#15171a;stroke:#ff9d94}}";

fn head(title: &str, width: usize, height: usize) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
         <style>{STYLE}</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n<text class=\"title\" x=\"10\" \
         y=\"22\">{}</text>\n<text class=\"said\" x=\"10\" y=\"{}\">wave</text>\n",
        xml(title),
        TOP - 12
    )
}

fn slots(wave: &Wave) -> usize {
    let mut steps: BTreeMap<&str, usize> = BTreeMap::new();
    for step in wave.steps() {
        *steps.entry(step.node().as_str()).or_default() += 1;
    }
    steps.into_values().max().unwrap_or(1)
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Truststore,
    Keystore,
    Setting,
    Restart,
    Reload,
}

impl Mark {
    fn of(step: &Step) -> Self {
        match (activation(step), step.action()) {
            (Some(Activation::Reload), _) => Self::Reload,
            (Some(Activation::Restart), _) => Self::Restart,
            (None, Action::StageTrust(_)) => Self::Truststore,
            (None, Action::StageIdentity(_)) => Self::Keystore,
            (None, _) => Self::Setting,
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Truststore => "truststore",
            Self::Keystore => "keystore",
            Self::Setting => "setting",
            Self::Restart => "stop, start, restart",
            Self::Reload => "reload",
        }
    }

    /// The mark of this kind in SVG.
    ///
    /// The kinds differ in shape or fill, not only in colour.
    fn drawn(self, x: usize, y: usize, tooltip: &str) -> String {
        let title = format!("<title>{}</title>", xml(tooltip));
        match self {
            Self::Truststore => {
                format!(
                    "<rect class=\"trust\" x=\"{}\" y=\"{}\" width=\"12\" height=\"12\">{title}</rect>",
                    x - 6,
                    y - 6
                )
            }
            Self::Keystore => format!(
                "<path class=\"key\" d=\"M{x} {}L{} {y}L{x} {}L{} {y}Z\">{title}</path>",
                y - 9,
                x + 9,
                y + 9,
                x - 9
            ),
            Self::Setting => {
                format!("<path class=\"setting\" d=\"M{x} {}L{} {}H{}Z\">{title}</path>", y - 8, x + 9, y + 7, x - 9)
            }
            Self::Restart => format!("<circle class=\"restart\" cx=\"{x}\" cy=\"{y}\" r=\"9\">{title}</circle>"),
            Self::Reload => format!("<circle class=\"reload\" cx=\"{x}\" cy=\"{y}\" r=\"8\">{title}</circle>"),
        }
    }
}

fn middle(row: usize) -> usize {
    TOP + ROW * row + ROW / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use rotation_planner::{
        ClientAuth, Cluster, Goal, Identity, Observed, Preference, Scope, Semantics, TlsConfig, plan,
    };

    #[test]
    fn steps_are_drawn_in_their_order() {
        let mut cluster = Cluster::new(Scope::All, Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap());
        for node in ["node0", "node1"] {
            let config = TlsConfig::tls(Identity::self_signed(node), ["node0", "node1"].into_iter().collect());
            cluster.add_node(node, "dc1", "ra1", Observed::settled(config)).unwrap();
        }
        let new = |node: &str| (node.to_owned(), Identity::self_signed(&format!("{node}-2")));
        let goal = Goal::rotate(["node0", "node1"].map(new)).dropping_unused();
        let plan = plan(&cluster, &goal, &Preference::default()).unwrap();
        let svg = picture("2 nodes", "0123456789ab", &plan);
        let drawn = |node: &str| -> Vec<(usize, &str)> {
            let of_node = |line: &&str| line.contains(&format!("<title>{node}: "));
            svg.lines().filter(of_node).map(|line| (centre(line), tooltip(line))).collect()
        };
        for node in ["node0", "node1"] {
            let steps =
                plan.steps().filter(|step| step.node().as_str() == node).map(|step| format!("{node}: {}", words(step)));
            assert_eq!(drawn(node).iter().map(|(_, said)| *said).collect::<Vec<_>>(), steps.collect::<Vec<_>>());
            let places: Vec<usize> = drawn(node).iter().map(|(x, _)| *x).collect();
            assert!(places.is_sorted_by(|one, next| one + SLOT <= *next), "{places:?}");
        }
    }

    fn tooltip(line: &str) -> &str {
        line.split_once("<title>").unwrap().1.split_once("</title>").unwrap().0
    }

    fn centre(line: &str) -> usize {
        let number = |before: &str| -> usize {
            let digits = line.split_once(before).unwrap().1;
            digits.split(|char: char| !char.is_ascii_digit()).next().unwrap().parse().unwrap()
        };
        if line.starts_with("<rect") {
            number("x=\"") + 6
        } else if line.starts_with("<circle") {
            number("cx=\"")
        } else {
            number("d=\"M")
        }
    }
}
