//! Whether a node would come up with what lies on its disk.

use std::path::PathBuf;
use std::process::ExitCode;

use anstream::{eprintln, println};
use cassandra_tls::bundle::Manifest;
use cassandra_tls::preflight::{Check, Expected, Names, Node, preflight};
use cassandra_tls::show::{BAD, GOOD};
use clap::Parser;

/// Looks at what a restart would find out too late: whether the settings name stores that open with the passwords named
/// there, hold one key and the certificates that they are to hold, and can be read by the user that runs Cassandra.
///
/// Nothing is changed, and no secret is shown. Exit status: 0 if all is well, 1 if not, 2 if it cannot be looked at.
#[derive(Parser)]
#[command(name = "preflight", version, after_help = EXAMPLES)]
struct Arguments {
    /// A copy of the node's tree; else this machine is looked at.
    #[arg(long, value_name = "FOLDER")]
    root: Option<PathBuf>,
    /// The properties file.
    #[arg(long, value_name = "FILE", default_value = "/opt/apigee/customer/application/cassandra.properties")]
    properties: PathBuf,
    /// The names of the settings; else those that the file has.
    #[arg(long)]
    names: Option<Names>,
    /// The generation of bundles that the node is to have.
    #[arg(long, value_name = "FOLDER", requires = "node")]
    bundles: Option<PathBuf>,
    /// The node's name in it.
    #[arg(long, requires = "bundles")]
    node: Option<String>,
    /// SHA-256 of the certificate that the keystore is to hold.
    #[arg(long, value_name = "SHA256", conflicts_with = "bundles")]
    identity: Option<String>,
    /// The number of the user that runs Cassandra (`id -u apigee`).
    #[arg(long, value_name = "UID")]
    user: Option<u32>,
    /// The result as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  preflight
  preflight --user $(id -u apigee) --bundles bundles/g2 --node node0
  preflight --root collected/node0 --bundles bundles/g2 --node node0 --json";

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("preflight: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let manifest = arguments.bundles.as_deref().map(Manifest::read).transpose()?;
    let expected = match (&manifest, &arguments.node) {
        (Some(manifest), Some(node)) => Expected::of(manifest.bundle(node)?),
        _ => Expected { identity: arguments.identity.as_deref(), ..Expected::default() },
    };
    let family = arguments.names.map(Names::family);
    let (root, properties) = (arguments.root.clone().unwrap_or_default(), arguments.properties.clone());
    let checks = preflight(&Node { root, properties, family, expected, user: arguments.user });
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&checks)?);
    } else {
        checks.iter().for_each(show);
    }
    Ok(if checks.iter().all(|check| check.wrong.is_none()) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(check: &Check) {
    match &check.wrong {
        None => println!("{GOOD}ok{GOOD:#}     {}", check.what),
        Some(wrong) => println!("{BAD}WRONG{BAD:#}  {}: {wrong}", check.what),
    }
}

#[test]
fn the_arguments_fit_together() {
    use clap::CommandFactory;
    Arguments::command().debug_assert();
}

#[test]
#[allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]
fn without_a_root_this_machine_is_looked_at() {
    let arguments = Arguments::try_parse_from(["preflight", "--properties", "/etc/hostname/none"]).unwrap();
    assert_eq!(arguments.root, None);
    assert_eq!(run(&arguments).unwrap(), ExitCode::FAILURE);
}
