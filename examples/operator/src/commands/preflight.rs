//! Whether a node would come up with what lies on its disk.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::bundle::Manifest;
use crate::document::{Form, Schema};
use crate::input::Digest;
use crate::preflight::{Check, Expected, Names, Node, preflight};
use crate::reading::Root;
use crate::show::{BAD, GOOD};
use crate::shown::shown;
use crate::status::Status;

/// Checks before a restart whether a node would come up with what lies on its disk.
///
/// The settings must name stores that open with the passwords named there, hold one key and the certificates that they are
/// to hold, and can be read by the user that runs Cassandra.
///
/// Nothing is changed, and no secret is shown.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A copy of the node's tree; otherwise this machine is looked at.
    #[arg(long, value_name = "FOLDER")]
    root: Option<PathBuf>,
    /// The settings: cassandra.properties or cassandra.yaml. Otherwise Edge's, or the one in /etc/cassandra.
    #[arg(long, value_name = "FILE", alias = "properties")]
    settings: Option<PathBuf>,
    /// The names of the settings; otherwise those that the file has.
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
    identity: Option<Digest>,
    /// The number of the user that runs Cassandra (`id -u apigee`).
    #[arg(long, value_name = "UID")]
    user: Option<u32>,
}

const EXAMPLES: &str = "Examples:
  cassandra-tls preflight
  cassandra-tls preflight --user 1000 --bundles bundles/g2 --node node0
  cassandra-tls preflight --root play/collected/node0 --bundles bundles/g2 --node node0 --json

Exit status: 0 if all is well, 2 if the node would not come up as it is to, 3 if the bundles cannot be read.";

#[derive(Serialize)]
struct Report<'a> {
    checks: &'a [Check],
}

pub(crate) fn run(arguments: &Arguments, form: Form) -> anyhow::Result<Status> {
    let manifest = arguments.bundles.as_deref().map(Manifest::read).transpose()?;
    let expected = match (&manifest, &arguments.node) {
        (Some(manifest), Some(node)) => Expected::of(manifest.bundle(node)?),
        _ => Expected { identity: arguments.identity, ..Expected::default() },
    };
    let family = arguments.names.map(Names::family);
    let root = arguments.root.clone().map_or(Root::Host, Root::Copy);
    let settings = arguments.settings.clone();
    let checks = preflight(&Node { root, settings, family, expected, user: arguments.user });
    form.print(Schema::PREFLIGHT, &Report { checks: &checks }, || {
        checks.iter().map(display).collect::<Vec<_>>().join("\n")
    })?;
    Ok(if checks.iter().all(|check| check.wrong.is_none()) { Status::Fine } else { Status::No })
}

fn display(check: &Check) -> String {
    let what = shown(&check.what);
    match &check.wrong {
        None => format!("{GOOD}ok{GOOD:#}     {what}"),
        Some(wrong) => format!("{BAD}WRONG{BAD:#}  {what}: {}", shown(wrong)),
    }
}
