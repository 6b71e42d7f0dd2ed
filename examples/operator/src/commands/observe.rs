//! Records the TLS files on every node's disk, and those that its process has loaded.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anstream::eprintln;
use anyhow::Context as _;
use bridge::NodeSettings;
use cassandra_props::{AnyFile, Family, Store};
use clap::{Args, Subcommand};
use keystore_core::rustls_pki_types::CertificateDer;
use serde::Serialize;

use super::nodes::{NodesSource, at_port};
use super::{bar, install};
use crate::description::Description;
use crate::document::{Form, Schema};
use crate::files::{self, Access};
use crate::input::{Digest, HostPath, Name};
use crate::playbook::{self, Program};
use crate::preflight::Names;
use crate::probe::{TIMEOUT, probe_all};
use crate::reading::{MAX_SETTINGS, Root};
use crate::state::{Foreign, ObserveOptions, RefusedNode, Row, Stranger, Unknown, observe};
use crate::status::Status;
use crate::{show, shown};

/// Records for `plan` the TLS files that each node has on disk, and those that it has loaded.
///
/// First, run the playbook that `playbook` writes. The playbook copies each node's settings and stores, and the marker that
/// `apply` leaves on the node, and collects facts about the process. Then `trees` determines the state of the cluster from the
/// copies.
///
/// Nothing is changed on a node. No secret is printed or written into the state file.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write the playbook that copies the nodes' files. `ansible-playbook -i INVENTORY FOLDER/observe.yml` runs the playbook.
    Playbook {
        #[command(flatten)]
        nodes: NodesSource,
        /// The folder for the playbook.
        folder: PathBuf,
    },
    /// Determine the state of the cluster from copies of the nodes' file trees.
    Trees(TreesArguments),
    /// Show the paths of the internode stores that a settings file names. The playbook calls this subcommand for each host.
    Stores {
        /// The settings file: cassandra.properties or cassandra.yaml.
        settings: PathBuf,
        /// The family of the settings' names. By default, that of the file.
        #[arg(long)]
        names: Option<Names>,
    },
}

#[derive(Args, Debug)]
struct TreesArguments {
    #[command(flatten)]
    nodes: NodesSource,
    /// The folder with a copy of each node's file tree under the node's name.
    ///
    /// `observe.yml` makes this folder beside itself, as `collected`.
    trees: PathBuf,
    /// The settings on each node: cassandra.properties or cassandra.yaml. By default, Edge's file or the one below
    /// /etc/cassandra.
    #[arg(long, value_name = "FILE", alias = "properties")]
    settings: Option<HostPath>,
    /// The family of the settings' names. By default, that of each file.
    #[arg(long)]
    names: Option<Names>,
    /// A generation of bundles; its certificates are shown by their labels. Can be given several times.
    #[arg(long, value_name = "FOLDER")]
    bundles: Vec<PathBuf>,
    /// Also connect to each node on this port, and record the certificate that the node serves.
    #[arg(long, value_name = "PORT")]
    probe: Option<u16>,
    /// The full SHA-256 of a certificate of yours that no given generation was made with. Can be given several times.
    #[arg(long, value_name = "SHA256")]
    trust: Vec<Digest>,
    /// If a copy lacks facts about the process, assume a restart after the files last changed.
    ///
    /// Plans from the state give the number of nodes for which a restart is assumed.
    #[arg(long)]
    settled: bool,
    /// The file for the state of the cluster.
    #[arg(long, value_name = "FILE", default_value = "state.json")]
    state: PathBuf,
}

const EXAMPLES: &str = "Examples:
  cassandra-tls observe playbook --cluster cluster.toml play
  ansible-playbook -i inventory play/observe.yml
  cassandra-tls observe trees --cluster cluster.toml --bundles bundles/g1 --probe 7001 play/collected
  cassandra-tls plan --state state.json rotate --bundles bundles/g2

A certificate is foreign if no given generation was made with it and --trust does not name it. No plan makes a node trust a
foreign certificate that the node does not trust already, unless `plan` gets a generation that was made with the certificate, or
the certificate's SHA-256 (--trust). A foreign certificate that a node serves must be in the node's keystore; otherwise
another server is assumed to answer in the node's place.

Exit status: 0 if every node's tree was read, 1 if a node has a certificate that no node accepts (for example, it has
expired or lacks its issuer), 2 if another server is assumed to answer in a node's place (and nothing is written), 3 if an
input is invalid or cannot be read, or the result cannot be written. A node that does not answer --probe is named, and only its
tree is used.";

#[derive(Serialize)]
struct Report<'a> {
    /// The written file; `None` if another server is assumed to answer in a node's place.
    written: Option<&'a Path>,
    nodes: &'a [Row],
    foreign: &'a [Foreign],
    strangers: &'a [Stranger],
    refused: &'a [RefusedNode],
}

pub(crate) fn run(arguments: &Arguments, form: Form) -> anyhow::Result<Status> {
    match &arguments.what {
        What::Playbook { nodes, folder } => write_playbook(&nodes.description()?, folder, form),
        What::Trees(trees) => look(trees, form),
        What::Stores { settings, names } => name_stores(settings, *names, form),
    }
}

/// The paths of the stores.
///
/// A path is `None` if internode encryption is off and the settings lack the store's absolute path or password.
#[derive(Serialize)]
struct Stores {
    keystore: Option<String>,
    truststore: Option<String>,
}

fn name_stores(file: &Path, names: Option<Names>, form: Form) -> anyhow::Result<Status> {
    let place = || file.display().to_string();
    let bytes = Root::Host.read(file, MAX_SETTINGS)?.bytes;
    let family = match AnyFile::parse(&bytes).with_context(place)? {
        // The node has never used TLS, so no family names a store.
        AnyFile::Properties(file) if bridge::settings::has_no_setting(&file) => Some(Family::ServerEncryption),
        _ => None,
    };
    let settings = NodeSettings::parse(&bytes, names.map(Names::family).or(family), None).with_context(place)?;
    let path = |store: Option<Store>| store.map(|store| store.path().to_owned());
    let keystore = path(settings.keystore().with_context(place)?);
    let truststore = path(settings.truststore().with_context(place)?);
    let stores = Stores { keystore, truststore };
    form.print(Schema::STORES, &stores, || {
        let line = |name, path: &Option<String>| format!("{name}: {}", path.as_deref().unwrap_or("none"));
        [line("keystore", &stores.keystore), line("truststore", &stores.truststore)].join("\n")
    })?;
    Ok(Status::Fine)
}

fn write_playbook(description: &Description, folder: &Path, form: Form) -> anyhow::Result<Status> {
    let nodes: Vec<&Name> = description.nodes.iter().map(|node| &node.name).collect();
    install(&playbook::observer(&nodes, &Program::this()?)?, folder, &description.builds())?;
    let written = folder.join("observe.yml");
    let report = Report { written: Some(&written), nodes: &[], foreign: &[], strangers: &[], refused: &[] };
    form.print(Schema::OBSERVE, &report, || format!("ansible-playbook -i INVENTORY {}", shown::path(&written)))?;
    Ok(Status::Fine)
}

fn look(arguments: &TreesArguments, form: Form) -> anyhow::Result<Status> {
    let description = arguments.nodes.description()?;
    let served = match arguments.probe {
        Some(port) => ask(&description, port)?,
        None => BTreeMap::new(),
    };
    let look = ObserveOptions {
        description: &description,
        trees: &arguments.trees,
        settings: arguments.settings.as_ref(),
        family: arguments.names.map(Names::family),
        generations: &arguments.bundles,
        unknown: if arguments.settled { Unknown::HasLoadedItsFiles } else { Unknown::CanBeAnything },
        served: &served,
        vouched: &arguments.trust,
    };
    let seen = observe(&look)?;
    let foreign = Foreign::all(&seen.state.certificates)?;
    let written = seen.strangers.is_empty().then_some(arguments.state.as_path());
    if let Some(file) = written {
        files::install(file, seen.state.json()?.as_bytes(), Access::Editable)
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    for stranger in &seen.strangers {
        eprintln!("{}", show::stranger(stranger));
    }
    for RefusedNode { node, place, why } in &seen.refused {
        eprintln!("{node}: no node accepts the certificate of its {place}: {}", shown::shown(why));
    }
    let report =
        Report { written, nodes: &seen.rows, foreign: &foreign, strangers: &seen.strangers, refused: &seen.refused };
    form.print(Schema::OBSERVE, &report, || {
        let end = match written {
            Some(file) => format!("{} is written.", shown::path(file)),
            None => format!("{} is not written.", shown::path(&arguments.state)),
        };
        let foreign = show::foreign(&foreign, description.nodes.len());
        [Some(show::observed(&seen.rows)), foreign, Some(end)].into_iter().flatten().collect::<Vec<_>>().join("\n")
    })?;
    Ok(match (seen.strangers.is_empty(), seen.refused.is_empty()) {
        (false, _) => Status::No,
        (true, false) => Status::Warnings,
        (true, true) => Status::Fine,
    })
}

fn ask(description: &Description, port: u16) -> anyhow::Result<BTreeMap<Name, Vec<CertificateDer<'static>>>> {
    let targets = description.each(|node| at_port(node, port))?;
    let bar = bar(targets.len(), "nodes asked")?;
    let answers = probe_all(&targets, TIMEOUT, &|| bar.inc(1));
    bar.finish_and_clear();
    let mut served = BTreeMap::new();
    for ((node, target), answer) in description.nodes.iter().zip(targets).zip(answers) {
        match answer {
            Ok(answer) => {
                served.insert(node.name.clone(), answer.chain);
            }
            Err(error) => eprintln!("{} at {target}: {}", node.name, shown::error(&error)),
        }
    }
    Ok(served)
}
