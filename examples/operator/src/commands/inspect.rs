//! What key stores, certificates and `cassandra.properties` hold, and what is wrong with them.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use anstream::{eprintln, println};
use anyhow::Context as _;
use cassandra_tls::inspect::{Grave, Inspected, inspect};
use cassandra_tls::secret::PasswordSource;
use clap::Parser;

/// Shows what is in key stores (JKS, JCEKS, PKCS#12), certificates (PEM, DER) and .properties files, and what is wrong with
/// them, with reasons. No secret is shown.
///
/// Exit status: 0 if nothing is worse than a note, 1 if there are warnings, 2 if something does not work, 3 if a file
/// cannot be read.
#[derive(Parser)]
#[command(name = "inspect", version, after_help = EXAMPLES)]
struct Arguments {
    /// The files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    password: PasswordSource,
    /// The result as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  inspect node0.cer cassandra.properties
  inspect --password-file /root/store-password keystore.node0 truststore.node0
  STORE_PASSWORD=$(cat /root/store-password) inspect --json keystore.node0";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(gravest) => ExitCode::from(gravest),
        Err(error) => {
            eprintln!("inspect: {error:#}");
            ExitCode::from(3)
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let inspected: Vec<Inspected> =
        arguments.files.iter().map(|file| look(arguments, file)).collect::<Result<_, _>>()?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&inspected)?);
    } else {
        for file in &inspected {
            println!("{file}");
        }
    }
    Ok(match inspected.iter().filter_map(Inspected::gravest).max() {
        Some(Grave::Error) => 2,
        Some(Grave::Warning) => 1,
        Some(Grave::Note) | None => 0,
    })
}

fn look(arguments: &Arguments, file: &std::path::Path) -> anyhow::Result<Inspected> {
    let name = file.display().to_string();
    let bytes = std::fs::read(file).with_context(|| format!("{name} cannot be read"))?;
    inspect(&name, &bytes, SystemTime::now().into(), &mut || arguments.password.password(&name))
        .with_context(|| name.clone())
}
