//! Compares our libraries with their rivals and with the limit.

mod chart;
mod growth;
mod machine;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anstream::{eprintln, println};
use benches::{Clock, Contestant, Effort, Measured, Operation, java_rows, measure, missing_rivals, operations};
use clap::Parser;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use serde::Serialize;

/// Times each operation with our libraries, their rivals and the limit; prints the ratios.
///
/// The contestants run in turn, so that a busy machine slows all of them; only Java measures itself beforehand, in a
/// process of its own. Only ratios are meaningful. Results that can be compared are asserted equal first. A target is a
/// maximum multiple of the limit, or a minimum speedup over a rival. Exit status: 0, whether targets are met or not; 1 if
/// the JSON or the chart cannot be written; 2 if no operation matches or the arguments are wrong; 101 after any other
/// failure, such as results that differ.
#[derive(Parser)]
#[command(name = "compare", version, after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct Arguments {
    /// Measure only operations whose name contains this text.
    #[arg(default_value = "")]
    filter: String,
    /// Measure large inputs too, and take more time for each operation.
    #[arg(long)]
    full: bool,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
    /// Leave out the measurements in Java, even if there is a JDK.
    #[arg(long)]
    no_java: bool,
    /// Also draw the result as SVG: bars and plots, the machine, and the missing rivals.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Measure the processor time of all threads instead of elapsed time, for a busy machine. Leaves Java out.
    #[arg(long)]
    processor_time: bool,
}

const EXAMPLES: &str = "Examples:
  compare
  compare \"jks decode\"
  compare --full --processor-time \"certificate key, RSA 4096\"
  compare --full --json
  compare jks --full --svg jks.svg";

#[derive(Serialize)]
struct Row {
    operation: String,
    ours_ns: f64,
    ours_quartiles_ns: [f64; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_ns: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    times_limit: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<f64>,
    rivals: Vec<Rival>,
}

#[derive(Serialize)]
struct Rival {
    name: String,
    ns: f64,
    times_ours: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<f64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let (effort, budget) = if arguments.full {
        (Effort::Full, Duration::from_secs(3))
    } else {
        (Effort::Quick, Duration::from_millis(700))
    };
    let mut missing = missing_rivals();
    if arguments.no_java {
        missing.push("Java: left out by --no-java".to_owned());
    } else if arguments.processor_time {
        missing.push("Java: measures only elapsed time".to_owned());
    }
    for rival in &missing {
        eprintln!("SKIPPED {rival}");
    }
    let without_java = arguments.no_java || arguments.processor_time;
    let java = if without_java { None } else { java_rows(effort) }.unwrap_or_default();
    let clock = if arguments.processor_time { Clock::Processor } else { Clock::Wall };
    let measured = operations(&arguments.filter, effort).into_iter().map(|mut operation| {
        eprintln!("{} ...", operation.name);
        let result = measure(&mut operation, budget, clock);
        row(&operation, &result, &java)
    });
    let rows: Vec<Row> = measured.collect();
    let text = if arguments.json { serde_json::to_string_pretty(&rows) } else { Ok(table(&rows)) };
    match text {
        Ok(text) => println!("{text}"),
        Err(error) => {
            eprintln!("compare: the result cannot be written as JSON: {error}");
            return ExitCode::FAILURE;
        }
    }
    if rows.is_empty() {
        eprintln!("compare: no operation's name contains {:?}", arguments.filter);
        return ExitCode::from(2);
    }
    if let Some(file) = &arguments.svg
        && let Err(error) = fs::write(file, chart::chart(&rows, &missing))
    {
        eprintln!("compare: {} cannot be written: {error}", file.display());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn row(operation: &Operation, measured: &Measured, java: &BTreeMap<String, f64>) -> Row {
    let time = |wanted: Contestant| measured.nanoseconds.iter().find(|(who, _)| *who == wanted).map(|(_, ns)| *ns);
    let ours_ns = time(Contestant::Ours).unwrap_or(f64::NAN);
    let ratio = |wanted: Contestant| measured.ratios.iter().find(|(who, _)| *who == wanted).map(|(_, ratio)| *ratio);
    let target = |wanted: Contestant| operation.runs.iter().find(|run| run.contestant == wanted)?.target;
    let rivals = measured.ratios.iter().filter_map(|(who, ratio)| match who {
        Contestant::Rival(name) => {
            let ns = time(*who).unwrap_or(f64::NAN);
            Some(Rival { name: (*name).to_owned(), ns, times_ours: 1.0 / ratio, target: target(*who) })
        }
        _ => None,
    });
    let in_java = java.iter().filter(|(name, _)| operation.name.starts_with(name.as_str())).map(|(_, ns)| Rival {
        name: operation.java_name.to_owned(),
        ns: *ns,
        times_ours: ns / ours_ns,
        target: operation.java_target,
    });
    Row {
        operation: operation.name.clone(),
        ours_ns,
        ours_quartiles_ns: measured.quartiles,
        limit_ns: time(Contestant::Limit),
        times_limit: ratio(Contestant::Limit),
        target: target(Contestant::Limit),
        rivals: rivals.chain(in_java).collect(),
    }
}

fn table(rows: &[Row]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["operation", "ours", "limit", "ours / limit", "rivals / ours"]);
    for row in rows {
        table.add_row([
            row.operation.clone(),
            spread(row),
            row.limit_ns.map(time).unwrap_or_default(),
            row.times_limit.map(|times| against(times, row.target, f64::le)).unwrap_or_default(),
            row.rivals.iter().map(rival).collect::<Vec<_>>().join("\n"),
        ]);
    }
    for column in table.column_iter_mut().skip(1).take(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

fn spread(row: &Row) -> String {
    let [low, high] = row.ours_quartiles_ns;
    let median = time(row.ours_ns);
    if high > low * 1.1 { format!("{median} ({} to {})", time(low), time(high)) } else { median }
}

fn rival(rival: &Rival) -> String {
    let Rival { name, ns, times_ours, target } = rival;
    format!("{name} {} ({})", time(*ns), against(*times_ours, *target, f64::ge))
}

/// A ratio, with its target if there is one: `1.04 of 1.10`, or `1.14 of 1.10 missed`.
fn against(times: f64, target: Option<f64>, meets: fn(&f64, &f64) -> bool) -> String {
    match target {
        Some(target) if meets(&times, &target) => format!("{times:.2} of {target:.2}"),
        Some(target) => format!("{times:.2} of {target:.2} missed"),
        None => format!("{times:.2}"),
    }
}

fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1e3 => format!("{ns:.0} ns"),
        ns if ns < 1e6 => format!("{:.1} \u{b5}s", ns / 1e3),
        ns if ns < 1e9 => format!("{:.2} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}
