//! Man pages.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::cli;
use crate::folders;
use crate::shown;
use crate::status::Status;

/// Writes man pages: one for the program, and one for each subcommand.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The folder for the pages.
    folder: PathBuf,
}

const EXAMPLES: &str = "Examples:
  cassandra-tls man /usr/local/share/man/man1";

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Status> {
    let folder = &arguments.folder;
    let unwritable = || format!("{}: the pages cannot be written", shown::path(folder));
    folders::make(folder).with_context(unwritable)?;
    clap_mangen::generate_to(cli::command(), folder).with_context(unwritable)?;
    Ok(Status::Fine)
}
