//! Operations that were measured at several sizes.

use crate::Row;
use crate::chart::{Who, times};

#[derive(Debug)]
pub(crate) struct Growth<'a> {
    pub(crate) name: String,
    pub(crate) ticks: Vec<(f64, String)>,
    pub(crate) lines: Vec<Line<'a>>,
}

/// A contestant's points, each a size and a time in nanoseconds.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) who: Who,
    pub(crate) name: &'a str,
    pub(crate) points: Vec<(f64, f64)>,
}

impl Growth<'_> {
    pub(crate) fn sizes(&self) -> (f64, f64) {
        let sizes = || self.ticks.iter().map(|(size, _)| *size);
        (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max))
    }

    /// The lowest and the highest power of ten on the time axis, as exponents.
    pub(crate) fn decades(&self) -> (f64, f64) {
        let times = || self.lines.iter().flat_map(|line| &line.points).map(|(_, ns)| ns.log10());
        let low = times().fold(f64::INFINITY, f64::min).floor();
        (low, times().fold(f64::NEG_INFINITY, f64::max).ceil().max(low + 1.0))
    }
}

/// Groups the rows whose operations differ only in their size.
///
/// Rows without a size and groups of a single row are omitted.
pub(crate) fn growths(rows: &[Row]) -> Vec<Growth<'_>> {
    let mut found: Vec<Growth<'_>> = Vec::new();
    for (row, size) in rows.iter().filter_map(|row| Some((row, Size::of(&row.operation)?))) {
        let place = found.iter().position(|growth| growth.name == size.of_what).unwrap_or_else(|| {
            found.push(Growth { name: size.of_what.clone(), ticks: Vec::new(), lines: Vec::new() });
            found.len() - 1
        });
        let Some(growth) = found.get_mut(place) else { continue };
        growth.ticks.push((size.number, size.written));
        for (who, name, ns) in times(row) {
            match growth.lines.iter_mut().find(|line| line.name == name) {
                Some(line) => line.points.push((size.number, ns)),
                None => growth.lines.push(Line { who, name, points: vec![(size.number, ns)] }),
            }
        }
    }
    found.retain(|growth| growth.ticks.len() > 1);
    found
}

/// The first size in an operation's name, such as `1000 certificates`.
struct Size {
    number: f64,
    written: String,
    of_what: String,
}

impl Size {
    fn of(operation: &str) -> Option<Self> {
        let parts: Vec<&str> = operation.split(", ").collect();
        let (place, (number, value, what)) =
            parts.iter().enumerate().find_map(|(place, part)| Some((place, sized(part)?)))?;
        let scale = match what {
            "kB" => 1e3,
            "MB" => 1e6,
            _ => 1.0,
        };
        let (written, what) = if scale > 1.0 { (format!("{number} {what}"), "") } else { (number.to_owned(), what) };
        let others = parts.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, part)| *part);
        let of_what: Vec<&str> = others.chain([what].into_iter().filter(|what| !what.is_empty())).collect();
        Some(Self { number: value * scale, written, of_what: of_what.join(", ") })
    }
}

/// Splits a size such as `1000 certificates` into its number, as text and value, and unit.
fn sized(part: &str) -> Option<(&str, f64, &str)> {
    let (number, what) = part.split_once(' ')?;
    Some((number, number.parse().ok()?, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_from_names() {
        for (name, expected) in [
            ("jks decode, owned, 1000 certificates", Some((1e3, "1000", "jks decode, owned, certificates"))),
            ("properties parse, 10 MB", Some((1e7, "10 MB", "properties parse"))),
            (
                "plan and check, 300 nodes, clean, per node",
                Some((300.0, "300", "plan and check, clean, per node, nodes")),
            ),
            ("jks decode and open, key and certificate", None),
            ("certificate key, RSA 2048, median of 9", None),
        ] {
            let size = Size::of(name);
            let found = size.as_ref().map(|size| (size.number, size.written.as_str(), size.of_what.as_str()));
            assert_eq!(found, expected, "{name}");
        }
    }
}
