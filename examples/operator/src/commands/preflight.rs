//! Checks whether a node would start, and whether its peers would accept it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use anstream::eprintln;
use anyhow::ensure;
use bridge::JavaRelease;
use clap::Args;

use super::nodes::describe;
use crate::bundle::Manifest;
use crate::description::{Build, Description};
use crate::document::{Form, Schema};
use crate::input::Digest;
use crate::preflight::{Check, Expected, Names, Node, Report, preflight};
use crate::reading::Root;
use crate::show::{BAD, GOOD};
use crate::shown::shown;
use crate::status::{Severity, Status};

/// Checks whether a node would start with the files on its disk and be accepted by its peers.
///
/// The settings must name stores that Java loads with the passwords in the settings and, with --user, that the user who runs
/// Cassandra can read. The keystore must hold exactly one key. With --bundles or --identity, the expected certificates must be in
/// the stores. Certificates are judged as in Java, over whole chains and in each role of the node: with the truststores of its
/// peers if --peers gives them, otherwise with its own truststore.
///
/// The output ends with lists of the checks that were made and of the checks that were not. Nothing is changed, and no secret is
/// shown.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The folder with a copy of the node's file tree. By default, the files of this machine.
    #[arg(long, value_name = "FOLDER")]
    root: Option<PathBuf>,
    /// The settings: cassandra.properties or cassandra.yaml. By default, Edge's file or the one below /etc/cassandra.
    #[arg(long, value_name = "FILE", alias = "properties")]
    settings: Option<PathBuf>,
    /// The family of the settings' names. By default, that of the file.
    #[arg(long)]
    names: Option<Names>,
    /// The release of Cassandra, such as 4.0.17, or of Edge, such as edge-4.53.01. By default, that of --cluster, otherwise the
    /// newest that reads such settings. The output names the release.
    #[arg(long, value_name = "RELEASE")]
    cassandra: Option<Build>,
    /// The release of Java that runs Cassandra: 8, 11, 17, 21 or 25. By default, every release that this
    /// Cassandra supports or, if its release is unknown, that one of the assumed releases supports.
    #[arg(long, value_name = "RELEASE")]
    java: Option<JavaRelease>,
    /// The node's peers: one tree, a folder of trees, a generation of bundles, or host:port. Can be given several times.
    #[arg(long, value_name = "PEERS")]
    peers: Vec<String>,
    /// The cluster in TOML, for the nodes' releases and addresses.
    #[arg(long, value_name = "FILE")]
    cluster: Option<PathBuf>,
    /// The address or name at which this node is dialled. By default, that of --cluster.
    #[arg(long, value_name = "HOST")]
    address: Option<String>,
    /// The generation of bundles that the node is to have. Needs --node.
    ///
    /// The node's keystore must hold the certificate of its bundle. Its truststore must contain every certificate that the bundle
    /// trusts, and may contain others.
    #[arg(long, value_name = "FOLDER", requires = "node")]
    bundles: Option<PathBuf>,
    /// The node's name in --bundles, --peers and --cluster. Required with --bundles; otherwise the default is the name of the
    /// folder of --root.
    #[arg(long)]
    node: Option<String>,
    /// SHA-256 of the certificate that the keystore is to hold.
    #[arg(long, value_name = "SHA256", conflicts_with = "bundles")]
    identity: Option<Digest>,
    /// The ID of the user who runs Cassandra (`id -u apigee`). The user's groups are read from /etc/passwd
    /// and /etc/group.
    #[arg(long, value_name = "UID")]
    user: Option<u32>,
}

const EXAMPLES: &str = "Examples:
  cassandra-tls preflight
  cassandra-tls preflight --user 1000 --cassandra 4.0.17 --bundles bundles/g2 --node node0
  cassandra-tls preflight --root play/collected/node0 --peers play/collected --cluster cluster.toml
  cassandra-tls preflight --peers bundles/g2 --node node0 --peers 10.0.0.12:7001 --json

Exit status: 0 if all is well, 1 if there are warnings, 2 if the node would not start as expected, or if the node and a
peer would not accept each other, 3 if an option, the bundles, the cluster or a peer is invalid or cannot be read.";

pub(crate) fn run(arguments: &Arguments, form: Form) -> anyhow::Result<Status> {
    let manifest = arguments.bundles.as_deref().map(Manifest::read).transpose()?;
    let expected = match (&manifest, &arguments.node) {
        (Some(manifest), Some(node)) => Expected::of(manifest.bundle(node)?),
        _ => Expected { identity: arguments.identity, ..Expected::default() },
    };
    let description = arguments.cluster.as_deref().map(describe).transpose()?;
    let folder = arguments.root.as_deref().and_then(|root| root.file_name()?.to_str());
    let mut name = arguments.node.clone().or_else(|| folder.map(str::to_owned));
    let (mut hosts, mut releases) = (BTreeMap::new(), BTreeMap::new());
    for (described, node) in description.iter().flat_map(|all| all.nodes.iter().map(move |node| (all, node))) {
        releases.extend(described.build_of(node).release().ok().map(|release| (node.name.to_string(), release)));
        let host = node.address.map(|address| address.to_string());
        let host = host.or_else(|| node.hostname().map(str::to_owned));
        hosts.extend(host.map(|host| (node.name.to_string(), host)));
    }
    if let Some(address) = &arguments.address {
        hosts.insert(name.get_or_insert_with(|| address.clone()).clone(), address.clone());
    }
    if let (Some(description), Some(name)) = (&description, &arguments.node) {
        ensure!(description.nodes.iter().any(|node| node.name.as_str() == name), "the cluster has no node {name}");
    }
    let described = description.as_ref().map(Description::builds);
    let described = described.map(|builds| name.as_deref().map_or(builds.usual(), |name| builds.of(name)));
    let build = arguments.cassandra.as_ref().or(described);
    let report = preflight(&Node {
        root: arguments.root.clone().map_or(Root::Host, Root::Copy),
        settings: arguments.settings.clone(),
        family: arguments.names.map(Names::family),
        read_names: build.filter(|_| arguments.names.is_none()).and_then(Build::family),
        release: build.map(Build::release).transpose()?,
        java: arguments.java,
        expected,
        user: arguments.user,
        name,
        hosts,
        releases,
        peers: &arguments.peers,
        now: SystemTime::now().into(),
    });
    for failure in &report.failures {
        eprintln!("{failure}");
    }
    form.print(Schema::PREFLIGHT, &report, || display(&report))?;
    Ok(report.status())
}

fn display(report: &Report) -> String {
    let list = |title: &str, items: &[String]| format!("{title}: {}", shown(&items.join("; ")));
    let checks = report.checks.iter().map(line);
    let end = [list("checked", &report.checked), list("not checked", &report.not_checked)];
    checks.chain(end).collect::<Vec<_>>().join("\n")
}

fn line(check: &Check) -> String {
    let what = shown(&check.what);
    let said = check.wrong.as_deref().map(shown).unwrap_or_default();
    match check.severity {
        None => format!("{GOOD}ok{GOOD:#}     {what}"),
        Some(Severity::Error) => format!("{BAD}WRONG{BAD:#}  {what}: {said}"),
        Some(Severity::Warning) => format!("warning  {what}: {said}"),
        Some(Severity::Note) => format!("note   {what}: {said}"),
    }
}
