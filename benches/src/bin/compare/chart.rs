//! Draws bars for each row, and a plot for each operation that was measured at several sizes.

use std::fmt::Write as _;

use crate::growth::{Growth, Line, growths};
use crate::{Rival, Row, machine, time};

const WIDTH: f64 = 780.0;
const LEFT: f64 = 170.0;
const LONGEST: f64 = 400.0;
const LINE: f64 = 18.0;
/// The width and height of a plot without its labels.
const PLOT: (f64, f64) = (290.0, 150.0);
/// The width and height of a plot with its labels.
const CELL: (f64, f64) = (WIDTH / 2.0, PLOT.1 + 100.0);
const MARGIN: f64 = 70.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Ours,
    Limit,
    /// The index of a rival in [`Row::rivals`].
    Rival(usize),
}

const COLOURS: usize = 6;

/// Each rival's name and the index of its colour.
struct Palette<'a>(Vec<(&'a str, usize)>);

impl<'a> Palette<'a> {
    /// Assigns each rival a colour, if possible one that is free in the rival's first row.
    fn of(rows: &'a [Row]) -> Self {
        let mut palette = Self(Vec::new());
        for row in rows {
            for Rival { name, .. } in &row.rivals {
                if palette.colour(name).is_none() {
                    let next = palette.0.len();
                    let taken: Vec<usize> = row.rivals.iter().filter_map(|rival| palette.colour(&rival.name)).collect();
                    let free =
                        (next..next + COLOURS).map(|colour| colour % COLOURS).find(|colour| !taken.contains(colour));
                    palette.0.push((name, free.unwrap_or(next % COLOURS)));
                }
            }
        }
        palette
    }

    fn colour(&self, name: &str) -> Option<usize> {
        self.0.iter().find(|(rival, _)| *rival == name).map(|(_, colour)| *colour)
    }

    fn class(&self, who: Who, name: &str) -> String {
        match who {
            Who::Ours => "ours".to_owned(),
            Who::Limit => "limit".to_owned(),
            Who::Rival(_) => format!("rival{}", self.colour(name).unwrap_or_default()),
        }
    }
}

/// The rows as an SVG.
///
/// `missing` names the rivals that were not measured.
pub(crate) fn chart(rows: &[Row], missing: &[String]) -> String {
    let palette = Palette::of(rows);
    let mut body = String::new();
    let mut y = 48.0;
    for row in rows {
        y = bars(&mut body, &palette, row, y);
    }
    let growths = growths(rows);
    if !growths.is_empty() {
        let _ = writeln!(body, "{}", text("title", 10.0, y + 20.0, "Growth: time over size, both logarithmic"));
        y += 50.0;
    }
    for pair in growths.chunks(2) {
        for (growth, x) in pair.iter().zip([0.0, CELL.0]) {
            plot(&mut body, &palette, growth, x, y);
        }
        y += CELL.1;
    }
    for line in notes(missing) {
        y += LINE;
        let _ = writeln!(body, "{}", text("said", 10.0, y, &line));
    }
    let height = y + 16.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\">\n<style>{STYLE}</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n{}\n{body}</svg>\n",
        text("title", 10.0, 24.0, "Time of each operation: shorter is better; each group has a scale of its own")
    )
}

const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#1c1e22}.title{font-weight:600}.said{fill:#595e67}.end{text-anchor:end}\
    .middle{text-anchor:middle}.paper{fill:#fff}.axis{stroke:#d8d4ca;fill:none}.ours{fill:#17663f;stroke:#17663f}\
    .limit{fill:#8a8f98;stroke:#8a8f98}.rival0{fill:#1f56a8;stroke:#1f56a8}.rival1{fill:#a8201a;stroke:#a8201a}\
    .rival2{fill:#7c4a03;stroke:#7c4a03}.rival3{fill:#6b2fa0;stroke:#6b2fa0}.rival4{fill:#0b6f7d;stroke:#0b6f7d}\
    .rival5{fill:#b0318a;stroke:#b0318a}polyline{fill:none!important;stroke-width:2}\
    @media(prefers-color-scheme:dark){text{fill:#e9e6de}.said{fill:#a8abb2}.paper{fill:#15171a}.axis{stroke:#3a3e45}\
    .ours{fill:#86d3a8;stroke:#86d3a8}.limit{fill:#7d828b;stroke:#7d828b}.rival0{fill:#9dc1fb;stroke:#9dc1fb}\
    .rival1{fill:#ff9d94;stroke:#ff9d94}.rival2{fill:#f0bf6b;stroke:#f0bf6b}\
    .rival3{fill:#c9a3f2;stroke:#c9a3f2}.rival4{fill:#7ad0dc;stroke:#7ad0dc}.rival5{fill:#f09ad6;stroke:#f09ad6}}";

/// The contestants of a row with their times in nanoseconds.
pub(crate) fn times(row: &Row) -> impl Iterator<Item = (Who, &str, f64)> {
    let limit = row.limit_ns.map(|ns| (Who::Limit, "limit", ns));
    let rivals = row.rivals.iter().enumerate().map(|(place, rival)| (Who::Rival(place), rival.name.as_str(), rival.ns));
    [(Who::Ours, "ours", row.ours_ns)].into_iter().chain(limit).chain(rivals)
}

/// A contestant's time divided by ours.
///
/// The ratio is usually the median of the ratios within the rounds, which can differ from the ratio of the medians.
fn times_ours(row: &Row, who: Who) -> f64 {
    match who {
        Who::Ours => 1.0,
        Who::Limit => row.times_limit.map_or(1.0, |times| 1.0 / times),
        Who::Rival(place) => row.rivals.get(place).map_or(1.0, |rival| rival.times_ours),
    }
}

/// Draws a row at `y`, and returns the `y` of the next row.
fn bars(body: &mut String, palette: &Palette<'_>, row: &Row, y: f64) -> f64 {
    let _ = writeln!(body, "{}", text("title", 10.0, y, &row.operation));
    let slowest = times(row).map(|(who, ..)| times_ours(row, who)).fold(1.0, f64::max);
    let mut y = y + 4.0;
    for (who, name, ns) in times(row) {
        let ratio = times_ours(row, who);
        let (long, base) = ((ratio / slowest * LONGEST).max(1.0), y + 13.0);
        let against = if who == Who::Ours { String::new() } else { format!(", {ratio:.2} times ours") };
        let _ = writeln!(body, "{}", text("said end", LEFT - 8.0, base, name));
        let _ = writeln!(
            body,
            "<rect class=\"{}\" x=\"{LEFT}\" y=\"{:.1}\" width=\"{long:.1}\" height=\"11\"/>",
            palette.class(who, name),
            y + 3.0
        );
        let _ = writeln!(body, "{}", text("said", LEFT + long + 8.0, base, &format!("{}{against}", time(ns))));
        y += LINE;
    }
    y + 22.0
}

fn plot(body: &mut String, palette: &Palette<'_>, growth: &Growth<'_>, x: f64, y: f64) {
    let _ = writeln!(body, "{}", text("title", x + 10.0, y, &growth.name));
    let (left, top) = (x + MARGIN, y + 12.0);
    let bottom = top + PLOT.1;
    let ((first, last), (low, high)) = (growth.sizes(), growth.decades());
    let across = |size: f64| left + PLOT.0 * (size / first).log10() / (last / first).log10();
    let up = |ns: f64| bottom - PLOT.1 * (ns.log10() - low) / (high - low);
    let _ = writeln!(body, "<path class=\"axis\" d=\"M{left} {top}V{bottom}H{}\"/>", left + PLOT.0);
    let mut decade = low;
    while decade <= high {
        let ns = 10_f64.powf(decade);
        let _ = writeln!(body, "<path class=\"axis\" d=\"M{left} {0:.1}H{1}\"/>", up(ns), left + PLOT.0);
        let _ = writeln!(body, "{}", text("said end", left - 6.0, up(ns) + 4.0, &time(ns)));
        decade += 1.0;
    }
    for (size, name) in &growth.ticks {
        let _ = writeln!(body, "{}", text("said middle", across(*size), bottom + 16.0, name));
    }
    let mut key = left;
    for Line { who, name, points } in &growth.lines {
        let class = palette.class(*who, name);
        let places: Vec<String> =
            points.iter().map(|(size, ns)| format!("{:.1},{:.1}", across(*size), up(*ns))).collect();
        let _ = writeln!(body, "<polyline class=\"{class}\" points=\"{}\"/>", places.join(" "));
        for (size, ns) in points {
            let _ = writeln!(
                body,
                "<circle class=\"{class}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\"><title>{}: {}</title></circle>",
                across(*size),
                up(*ns),
                escaped(name),
                time(*ns)
            );
        }
        let _ = writeln!(body, "<circle class=\"{class}\" cx=\"{key}\" cy=\"{}\" r=\"4\"/>", bottom + 34.0);
        let _ = writeln!(body, "{}", text("said", key + 8.0, bottom + 38.0, name));
        key += 26.0 + 6.5 * f64::from(u32::try_from(name.len()).unwrap_or(u32::MAX));
    }
}

fn notes(missing: &[String]) -> Vec<String> {
    let limit =
        "The limit is the part of the work that no implementation can avoid, such as a digest over the same bytes.";
    let machine = format!(
        "Measured on {} by `compare` {}. Bars are ratios within rounds, so that other load on the machine affects all alike.",
        machine::name(),
        env!("CARGO_PKG_VERSION")
    );
    let missing = missing.iter().map(|rival| format!("Not measured: {rival}."));
    [limit.to_owned(), machine].into_iter().chain(missing).collect()
}

fn text(class: &str, x: f64, y: f64, said: &str) -> String {
    format!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(said))
}

fn escaped(said: &str) -> String {
    said.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(operation: &str, ours_ns: f64, rival: (&str, f64)) -> Row {
        Row {
            operation: operation.to_owned(),
            ours_ns,
            ours_quartiles_ns: [ours_ns; 2],
            limit_ns: Some(ours_ns / 2.0),
            times_limit: Some(2.0),
            target: None,
            rivals: vec![Rival { name: rival.0.to_owned(), ns: rival.1, times_ours: rival.1 / ours_ns, target: None }],
        }
    }

    #[test]
    fn every_contestant_has_a_bar_in_proportion_and_what_is_missing_is_named() {
        let svg = chart(&[row("jks decode, key", 100.0, ("jks & co", 400.0))], &["Java: no JDK was found".to_owned()]);
        for bar in [
            "ours\" x=\"170\" y=\"55.0\" width=\"100.0",
            "limit\" x=\"170\" y=\"73.0\" width=\"50.0",
            "rival0\" x=\"170\" y=\"91.0\" width=\"400.0",
        ] {
            assert!(svg.contains(bar), "{bar}: {svg}");
        }
        assert!(svg.contains("jks &amp; co") && svg.contains("Not measured: Java: no JDK was found."), "{svg}");
        assert!(svg.contains("Measured on ") && !svg.contains("Growth"), "{svg}");
    }

    #[test]
    fn a_rival_has_one_colour_in_the_whole_picture() {
        let mut rows = [row("jks encode", 1.0, ("copy", 2.0)), row("jks decode", 1.0, ("Java", 2.0))];
        rows[1].rivals.push(Rival { name: "copy".to_owned(), ns: 2.0, times_ours: 2.0, target: None });
        let palette = Palette::of(&rows);
        assert_eq!([palette.colour("copy"), palette.colour("Java")], [Some(0), Some(1)]);
        assert_eq!(chart(&rows, &[]).matches("<rect class=\"rival0\"").count(), 2);
    }

    #[test]
    fn growth_is_drawn_over_sizes() {
        let rows = [
            row("jks decode, 1 certificates", 1e3, ("jks", 2e3)),
            row("jks decode, 100 certificates", 1e5, ("jks", 2e5)),
        ];
        let svg = chart(&rows, &[]);
        assert_eq!(svg.matches("<polyline").count(), 3, "{svg}");
        // The line begins at the left axis.
        assert!(svg.contains("<polyline class=\"ours\" points=\"70.0,"), "{svg}");
        assert!(svg.contains(">jks decode, certificates<") && svg.contains(">100</text>"), "{svg}");
    }
}
