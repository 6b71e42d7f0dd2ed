//! What every node of a cluster has loaded and on its disk, in one file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::{eprintln, println};
use anyhow::Context as _;
use cassandra_tls::description::Description;
use cassandra_tls::files::{self, Access};
use cassandra_tls::playbook::{self, Programs};
use cassandra_tls::preflight::Names;
use cassandra_tls::probe::probe;
use cassandra_tls::show;
use cassandra_tls::state::{Look, Unknown, observe};
use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use keystore_core::rustls_pki_types::CertificateDer;

/// Sees a cluster as it is, and writes it down for `plan --state`: first a playbook that collects each node's settings, stores,
/// process and marker, then what follows from them.
///
/// Nothing is changed, and no secret is shown or written into the file. Exit status: 0 if every node was seen, 2 if not.
#[derive(Parser)]
#[command(name = "observe", version, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Write the playbook that collects, into a folder: `ansible-playbook -i INVENTORY FOLDER/observe.yml`.
    Playbook {
        /// The cluster in TOML.
        #[arg(long, value_name = "FILE")]
        cluster: PathBuf,
        /// The folder.
        folder: PathBuf,
    },
    /// See what follows from copies of the nodes' trees.
    Trees(Looked),
}

#[derive(Args)]
struct Looked {
    /// The cluster in TOML.
    #[arg(long, value_name = "FILE")]
    cluster: PathBuf,
    /// The folder with a copy of each node's tree under its name: `collected` beside the playbook.
    trees: PathBuf,
    /// The properties file.
    #[arg(long, value_name = "FILE", default_value = "/opt/apigee/customer/application/cassandra.properties")]
    properties: PathBuf,
    /// The names of the settings; else those that each file has.
    #[arg(long)]
    names: Option<Names>,
    /// A generation of bundles, whose certificates are called by their names. Can be given several times.
    #[arg(long, value_name = "FOLDER")]
    bundles: Vec<PathBuf>,
    /// Ask each node at its address what it serves on this port, too.
    #[arg(long, value_name = "PORT")]
    probe: Option<u16>,
    /// Every node has been restarted since its files were last changed: for copies without facts of processes.
    #[arg(long)]
    settled: bool,
    /// The file to write.
    #[arg(long, value_name = "FILE", default_value = "state.json")]
    state: PathBuf,
    /// What was seen as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  observe playbook --cluster cluster.toml play
  ansible-playbook -i inventory play/observe.yml
  observe trees --cluster cluster.toml --bundles bundles/g1 --probe 7001 play/collected
  plan --state state.json rotate --bundles bundles/g2";

fn main() -> ExitCode {
    let done = match Arguments::parse().what {
        What::Playbook { cluster, folder } => write_playbook(&cluster, &folder),
        What::Trees(trees) => look(&trees),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("observe: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn write_playbook(cluster: &Path, folder: &Path) -> anyhow::Result<()> {
    let description = describe(cluster)?;
    let nodes: Vec<&str> = description.nodes.iter().map(|node| node.name.as_str()).collect();
    playbook::write(&playbook::observer(&nodes, &Programs::beside_this()?), folder)?;
    eprintln!("ansible-playbook -i INVENTORY {}", folder.join("observe.yml").display());
    Ok(())
}

fn look(arguments: &Looked) -> anyhow::Result<()> {
    let description = describe(&arguments.cluster)?;
    let served = match arguments.probe {
        Some(port) => ask(&description, port)?,
        None => BTreeMap::new(),
    };
    let look = Look {
        description: &description,
        trees: &arguments.trees,
        properties: &arguments.properties,
        family: arguments.names.map(Names::family),
        generations: &arguments.bundles,
        unknown: if arguments.settled { Unknown::HasLoadedItsFiles } else { Unknown::CanBeAnything },
        served: &served,
    };
    let (state, rows) = observe(&look)?;
    files::install(&arguments.state, state.json()?.as_bytes(), Access::Editable)
        .with_context(|| format!("{} cannot be written", arguments.state.display()))?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        println!("{}", show::observed(&rows));
        println!("{} is written.", arguments.state.display());
    }
    Ok(())
}

/// A node that serves nothing, or is not there, is left out: its tree says what can be said.
fn ask(description: &Description, port: u16) -> anyhow::Result<BTreeMap<String, CertificateDer<'static>>> {
    let length = u64::try_from(description.nodes.len())?;
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} nodes asked {elapsed}")?);
    let mut served = BTreeMap::new();
    for node in &description.nodes {
        let address = node.address.with_context(|| format!("{} has no address", node.name))?;
        let target = std::net::SocketAddr::from((address, port)).to_string();
        match probe(&target) {
            Ok(answer) => served.extend(answer.chain.into_iter().next().map(|own| (node.name.clone(), own))),
            Err(error) => bar.suspend(|| eprintln!("{} at {target}: {error:#}", node.name)),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(served)
}

fn describe(cluster: &Path) -> anyhow::Result<Description> {
    Description::from_toml(&files::read_text(cluster)?).with_context(|| cluster.display().to_string())
}

#[test]
fn the_arguments_fit_together() {
    use clap::CommandFactory;
    Arguments::command().debug_assert();
}
