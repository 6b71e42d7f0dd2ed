//! Enables internode TLS on three nodes and rotates their certificates.
//!
//! Every pair connects after every step.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anstream::{eprintln, println};
use anyhow::Context as _;
use clap::Parser;
use examples::quickstart::{self, Options, Report};

/// Enables internode TLS on three nodes and rotates their certificates, without a JDK.
///
/// The nodes run inside this program, on free ports of 127.0.0.1. They read their files when their Cassandra version
/// would, and speak real TLS. After every step, while a node is down, and after a simulated crash of each node, all running
/// nodes connect to each other. Each connection must use TLS or plaintext as the steps so far require, and each TLS server
/// must show the expected certificate.
///
/// Exit status: 0 if every connection had the expected result, 2 if one did not, 3 if the run failed or an
/// argument is wrong.
#[derive(Parser)]
#[command(name = "quickstart", version, after_help = EXAMPLES)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Print the report as JSON at the end, instead of text.
    #[arg(long)]
    json: bool,
    /// Write the rotation to this file as a self-contained HTML page.
    #[arg(long, value_name = "FILE", conflicts_with = "wrong_order")]
    html: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:
  quickstart
  quickstart --cassandra 3.11 --client-auth
  quickstart --cassandra 4.0 --wrong-order
  quickstart --client
  quickstart --html plan.html
  quickstart --json --dir /tmp/nodes";

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // The message is lost if its output stream is closed.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(3) } else { ExitCode::SUCCESS };
        }
    };
    run(&arguments).unwrap_or_else(|error| {
        eprintln!("quickstart: {error:#}");
        ExitCode::from(3)
    })
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let show = |report: &Report| {
        if !arguments.json {
            println!("{}", report.last_part());
        }
    };
    let report = quickstart::run(&arguments.options, &mut { show })?;
    if let Some(file) = &arguments.html {
        fs::write(file, report.page()?).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    println!("{}", if arguments.json { report.json()? } else { report.ending() });
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
