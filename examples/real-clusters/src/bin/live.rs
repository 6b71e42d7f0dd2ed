//! Enables, disables and rotates internode TLS on three real Cassandra nodes under load.

use std::process::ExitCode;

use anstream::{eprintln, println};
use clap::Parser;

/// Changes TLS on three real Cassandra nodes during reads and writes at QUORUM. The nodes use the addresses 127.0.0.1
/// to 127.0.0.3.
///
/// Runs on Linux only. Needs mvn (once), ss, setpriv and the release's Java (.ci/get-jdks gets 8 and 11). Connections
/// can be cut only with root or `CAP_NET_ADMIN`. On 2.1, there are no reads and writes, because the driver does not
/// support its CQL protocol.
///
/// Exit status: 0 if everything was done and nothing failed (--scenario all: if every scenario ended as expected), 2 if
/// not, or if an argument is wrong, 3 if an error ended the program without a report.
#[derive(Parser)]
#[command(name = "live", after_help = EXAMPLES)]
struct Arguments {
    #[cfg(target_os = "linux")]
    #[command(flatten)]
    options: real_clusters::Options,
    /// Print the result of each scenario as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  live --cassandra 5.0 --scenario rotate
  live --cassandra 3.11 --scenario rotate --client-auth
  live --cassandra 4.0 --scenario all --json";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run(&arguments).unwrap_or_else(|error| {
        eprintln!("live: {error:#}");
        ExitCode::from(3)
    })
}

#[cfg(target_os = "linux")]
fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.options.fetch {
        println!("{}", real_clusters::fetch(&arguments.options)?.display());
        return Ok(ExitCode::SUCCESS);
    }
    let reports = real_clusters::run(&arguments.options)?;
    for report in &reports {
        println!("{}", if arguments.json { report.json()? } else { report.table() });
    }
    if reports.len() > 1 && !arguments.json {
        for report in &reports {
            println!("{}", report.summary());
        }
    }
    let good = match reports.as_slice() {
        [one] => one.is_clean(),
        all => all.iter().all(real_clusters::Report::is_as_expected),
    };
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

#[cfg(not(target_os = "linux"))]
fn run(_: &Arguments) -> anyhow::Result<ExitCode> {
    anyhow::bail!("live runs on Linux only: it starts real nodes on addresses that other systems do not have")
}
