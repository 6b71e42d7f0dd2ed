//! A client that reads and writes while a cluster is changed by another program.

use std::process::ExitCode;

use anstream::{eprintln, println};
use clap::Parser;

/// Reads and writes at QUORUM until a file appears, then reads everything back. Makes twenty operations a second, in
/// its own keyspace `live` with three replicas in the data centre `dc1`. An operation is sent to another coordinator
/// only if the previous coordinator does not answer.
///
/// Runs on Linux only, and prints the result as JSON. Exit status: 0 if no operation failed and no value is lost, 2 if
/// an operation failed or an argument is wrong, 3 if the run could not be completed or a value is lost at the end.
#[derive(Parser)]
#[command(name = "load", version, after_help = EXAMPLES)]
struct Arguments {
    #[cfg(target_os = "linux")]
    #[command(flatten)]
    load: real_clusters::Load,
}

const EXAMPLES: &str = "Examples:
  load --until /tmp/done 10.0.0.11 10.0.0.12 10.0.0.13";

fn main() -> ExitCode {
    run(&Arguments::parse()).unwrap_or_else(|error| {
        eprintln!("load: {error:#}");
        ExitCode::from(3)
    })
}

#[cfg(target_os = "linux")]
fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let report = real_clusters::load(&arguments.load)?;
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(if report.failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

#[cfg(not(target_os = "linux"))]
fn run(_: &Arguments) -> anyhow::Result<ExitCode> {
    anyhow::bail!("load runs on Linux only")
}

#[test]
fn the_arguments_fit_together() {
    use clap::CommandFactory;
    Arguments::command().debug_assert();
}
