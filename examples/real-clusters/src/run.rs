//! Carries out runs, from the arguments to the reports.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use bridge::Format;
use clap::Args;
use rotation_planner::{ClientAuth, Staging};
use rustix::fs::{FlockOperation, flock};
use tokio::runtime::{Builder, Runtime};

use super::artifacts;
use super::console::Console;
use super::distribution::Distribution;
use super::java::Java;
use super::node::Server;
use super::process::{Afterwards, end_leftovers};
use super::report::Report;
use super::scenario::{self, Fallback, Force, Scenario};
use super::test_cluster::{Settings, TestCluster};

/// Where a new keystore is placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum KeystorePlacement {
    /// At the path and under the password that the node already uses.
    InPlace,
    /// At a new path and under a new password. The truststore is replaced in place.
    NewPath,
}

/// The options of a run.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Options {
    /// The Cassandra release.
    #[arg(long, value_enum, default_value = "5.0")]
    pub cassandra: Distribution,
    /// The change to the cluster.
    #[arg(long, value_enum, default_value = "rotate")]
    pub scenario: Scenario,
    /// Where a new keystore is placed. Defaults to in place on 4.0 and later, and to a new path before.
    #[arg(long, value_enum)]
    pub staging: Option<KeystorePlacement>,
    /// Require client certificates (`require_client_auth`).
    #[arg(long)]
    pub client_auth: bool,
    /// The format of the stores.
    #[arg(long, default_value = "jks")]
    pub store: Format,
    /// If there is no safe plan, carry out the fallback (scenario enable).
    #[arg(long, visible_alias = "least-bad")]
    pub fallback: bool,
    /// Make the change that the planner refuses (scenario password).
    #[arg(long)]
    pub force: bool,
    /// Leave the nodes running at the end. The next run with the same --dir ends them.
    #[arg(long)]
    pub keep: bool,
    /// Only download the release, and print the folder of its jars.
    #[arg(long)]
    pub fetch: bool,
    /// The folder for the nodes' folders, which contain the logs. Nodes' folders of earlier runs of the same release
    /// are removed at the start.
    #[arg(long, default_value = "target/live")]
    pub dir: PathBuf,
}

/// Runs a scenario, or all that the release supports.
///
/// # Errors
/// If Java is missing, the release cannot be downloaded, another run uses the folder, or a run cannot be completed.
/// Failures while a safe plan is carried out are in the report.
pub fn run(options: &Options) -> anyhow::Result<Vec<Report>> {
    let runtime = Arc::new(Builder::new_multi_thread().worker_threads(2).enable_all().build()?);
    let console = Console::open(&runtime)?;
    let _lock = lock(&options.dir)?;
    let server = server(options, &console)?;
    let reports = runs(options).iter().map(|options| one(options, &server, &console, &runtime)).collect();
    console.close();
    reports
}

/// Downloads the release if necessary, and returns the folder of its jars.
///
/// # Errors
/// If there is no cache folder, or `mvn` cannot download the release.
pub fn fetch(options: &Options) -> anyhow::Result<PathBuf> {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let console = Console::open(&runtime)?;
    let jars = PathBuf::from(artifacts::class_path(options.cassandra, &artifacts::cache_folder()?, &console)?);
    console.close();
    Ok(jars.parent().context("jars without a folder")?.to_owned())
}

fn one(options: &Options, server: &Server, console: &Console, runtime: &Arc<Runtime>) -> anyhow::Result<Report> {
    let left = end_leftovers(&options.dir)?;
    if !left.is_empty() {
        console.say(&format!("ended the processes that an earlier run left: {left:?}"));
    }
    let test_cluster = TestCluster::bring_up(settings(options)?, server, console, runtime)?;
    match options.scenario {
        Scenario::Rotate => scenario::rotate(test_cluster),
        Scenario::Enable => {
            scenario::enable(test_cluster, if options.fallback { Fallback::CarryOut } else { Fallback::Refuse })
        }
        Scenario::Disable => scenario::disable(test_cluster),
        Scenario::WrongOrder => scenario::wrong_order(test_cluster),
        Scenario::Resume => scenario::resume(test_cluster),
        Scenario::Password => {
            scenario::password_in_place(test_cluster, if options.force { Force::Yes } else { Force::No })
        }
        Scenario::All => bail!("all is a list of scenarios"),
    }
}

fn runs(options: &Options) -> Vec<Options> {
    if options.scenario != Scenario::All {
        return vec![options.clone()];
    }
    let base = Options { fallback: true, force: true, ..options.clone() };
    let with =
        |scenario, staging, client_auth| Options { scenario, staging: Some(staging), client_auth, ..base.clone() };
    let (in_place, new_path) = (KeystorePlacement::InPlace, KeystorePlacement::NewPath);
    let mut runs = vec![with(Scenario::Rotate, new_path, false), with(Scenario::Rotate, new_path, true)];
    if options.cassandra.has_one_port() {
        runs.push(with(Scenario::Rotate, in_place, false));
        runs.push(with(Scenario::Rotate, in_place, true));
        runs.push(with(Scenario::Disable, in_place, false));
    }
    let last = if options.cassandra.has_one_port() { in_place } else { new_path };
    let rest = [Scenario::Enable, Scenario::WrongOrder, Scenario::Password, Scenario::Resume];
    runs.extend(rest.map(|scenario| with(scenario, last, false)));
    runs
}

fn settings(options: &Options) -> anyhow::Result<Settings> {
    let default =
        if options.cassandra.has_one_port() { KeystorePlacement::InPlace } else { KeystorePlacement::NewPath };
    let staging = match options.staging.unwrap_or(default) {
        KeystorePlacement::InPlace => Staging::IN_PLACE,
        KeystorePlacement::NewPath => Staging::DOCUMENTED,
    };
    Ok(Settings {
        distribution: options.cassandra,
        client_auth: if options.client_auth { ClientAuth::On } else { ClientAuth::Off },
        staging,
        format: options.store,
        mode: options.scenario.first_mode(),
        root: std::path::absolute(&options.dir)?.join(options.cassandra.to_string()),
    })
}

fn server(options: &Options, console: &Console) -> anyhow::Result<Server> {
    let cache = artifacts::cache_folder()?;
    Ok(Server {
        distribution: options.cassandra,
        java: Java::find(options.cassandra, &cache)?,
        jars: artifacts::class_path(options.cassandra, &cache, console)?,
        afterwards: if options.keep { Afterwards::Keep } else { Afterwards::End },
    })
}

/// Locks the folder against a second run, which would use the same addresses.
fn lock(folder: &PathBuf) -> anyhow::Result<fs::File> {
    fs::create_dir_all(folder)?;
    let file = fs::File::create(folder.join("lock"))?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)
        .with_context(|| format!("another run is using {}", folder.display()))?;
    Ok(file)
}
