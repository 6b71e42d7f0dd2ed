//! Completions for a shell.

use std::io::Write as _;

use clap::Args;
use clap_complete::{Shell, generate};

use crate::cli;
use crate::status::Status;

/// Prints completions for a shell.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The shell.
    shell: Shell,
}

const EXAMPLES: &str = "Examples:
  cassandra-tls completions bash > /etc/bash_completion.d/cassandra-tls
  cassandra-tls completions zsh > ~/.zfunc/_cassandra-tls";

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Status> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut cli::command(), "cassandra-tls", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(Status::Fine)
}
