//! From a cluster and a goal to a plan, or an explained no.

use std::path::PathBuf;
use std::process::ExitCode;

use anstream::{eprintln, println};
use anyhow::Context as _;
use clap::{Args, Parser, Subcommand, ValueEnum};
use examples::description::{Description, Speaks};
use examples::files::{self, Access};
use examples::{playbook, show};
use rotation_planner::{ClientAuth, Cluster, Goal, Plaintext, Plan, Preference, Refusal, Trust, way_back};

/// Plans a change of trust through a cluster: which node gets which files and is restarted or reloaded when, and what must
/// hold before the next step. Every plan is safe after each step, whatever crashes come.
///
/// Exit status: 0 if there is a plan, 1 if there is none (and why), 2 if the description cannot be read.
#[derive(Parser)]
#[command(name = "plan", version, after_help = EXAMPLES)]
struct Arguments {
    #[command(flatten)]
    cluster: ClusterSource,
    /// With --nodetool-status or --inventory: the Cassandra version.
    #[arg(long, conflicts_with = "cluster")]
    cassandra: Option<String>,
    /// With --inventory: the group of the nodes.
    #[arg(long, default_value = "cassandra")]
    group: String,
    #[command(subcommand)]
    goal: Wanted,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    output: Output,
}

#[derive(Args)]
struct Choice {
    /// As the procedure does it: every node restarted once for each thing.
    #[arg(long, global = true)]
    as_documented: bool,
    /// Fewer waves: as many nodes are restarted at once as every `[[keyspace]]` can do without.
    #[arg(long, global = true)]
    racks_together: bool,
    /// Where there is no safe plan: the least bad one, with its price.
    #[arg(long, global = true)]
    least_bad: bool,
    /// Not the plan but the way back, once so many waves of it have been carried out.
    #[arg(long, global = true, value_name = "WAVES")]
    back_from: Option<usize>,
}

#[derive(Args)]
struct Output {
    /// The plan as JSON, for programs.
    #[arg(long, global = true)]
    json: bool,
    /// The plan as a runbook in Markdown.
    #[arg(long, global = true, conflicts_with = "json")]
    markdown: bool,
    /// Draw the waves into this file, too.
    #[arg(long, global = true, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Write an Ansible playbook into this folder, too: for a rotation with both stores in place.
    #[arg(long, global = true, value_name = "FOLDER", requires = "bundles", requires = "previous")]
    playbook: Option<PathBuf>,
    /// With --playbook: the generation of bundles that the nodes have.
    #[arg(long, global = true, value_name = "FOLDER")]
    previous: Option<PathBuf>,
    /// With --playbook: the generation that they are to have.
    #[arg(long, global = true, value_name = "FOLDER")]
    bundles: Option<PathBuf>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct ClusterSource {
    /// The cluster in TOML.
    #[arg(long, value_name = "FILE")]
    cluster: Option<PathBuf>,
    /// The cluster as `nodetool status` prints it; `--cassandra` says the version.
    #[arg(long, value_name = "FILE", requires = "cassandra")]
    nodetool_status: Option<PathBuf>,
    /// The cluster as `ansible-inventory --list` prints it; `--cassandra` says the version.
    #[arg(long, value_name = "FILE", requires = "cassandra")]
    inventory: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Wanted {
    /// Every node serves a new certificate, and old trust is dropped.
    Rotate {
        /// Old trust stays.
        #[arg(long)]
        keep_old: bool,
    },
    /// What a rotation of these nodes costs under each Cassandra version's way of reading stores.
    Compare,
    /// TLS where there is none.
    Enable,
    /// Plaintext where there is TLS.
    Disable,
    /// Whether listeners demand a certificate.
    ClientAuth {
        /// On or off.
        switch: Switch,
    },
    /// The trust in these labels is dropped everywhere, after their nodes serve something else.
    Distrust {
        /// The labels, for example of a stolen key.
        #[arg(required = true)]
        labels: Vec<String>,
        /// Not after, but at once: their nodes are down meanwhile.
        #[arg(long)]
        at_once: bool,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Switch {
    On,
    Off,
}

const EXAMPLES: &str = "Examples:
  plan --cluster cluster.toml rotate
  plan --nodetool-status status.txt --cassandra 3.11 rotate --markdown > runbook.md
  plan --inventory inventory.json --cassandra 4.0 --group cassandra rotate
  plan --cluster cluster.toml --svg waves.svg enable
  plan --cluster cluster.toml rotate --back-from 2
  plan --cluster cluster.toml distrust node1 --at-once --least-bad

cluster.toml:
  cassandra = \"3.11\"
  [[node]]
  name = \"node0\"
  rack = \"ra1\"
  seed = true
  [[node]]
  name = \"node1\"
  rack = \"ra2\"
  [[keyspace]]                    # what must stay readable and writable
  name = \"orders\"
  replicas = { dc1 = 3 }
  consistency = \"local_quorum\"";

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("plan: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let description = describe(arguments)?;
    let (cluster, goal) = (description.cluster()?, goal(&arguments.goal, &description)?);
    if matches!(arguments.goal, Wanted::Compare) {
        println!("{}", show::comparison(&description, &goal)?);
        return Ok(ExitCode::SUCCESS);
    }
    let plan = match planned(arguments, &cluster, &goal) {
        Ok(plan) => plan,
        Err(refusal) => {
            eprintln!("{refusal}");
            match refusal.least_bad().filter(|_| arguments.choice.least_bad) {
                Some(least_bad) => least_bad.plan().clone(),
                None => return Ok(ExitCode::FAILURE),
            }
        }
    };
    let title = format!("{} nodes on Cassandra {}", description.nodes.len(), description.cassandra);
    if let Some(file) = &arguments.output.svg {
        files::install(file, show::picture(&title, &plan).as_bytes(), Access::Everybody)?;
    }
    if let (Some(folder), Some(old), Some(new)) =
        (&arguments.output.playbook, &arguments.output.previous, &arguments.output.bundles)
    {
        let order = playbook::Order { cluster: &cluster, plan: &plan, old: old.clone(), new: new.clone() };
        playbook::write(&order, folder)?;
        eprintln!("ansible-playbook -i INVENTORY {}", folder.join("rotate.yml").display());
    }
    if arguments.output.json {
        println!("{}", serde_json::to_string_pretty(&plan)?);
    } else if arguments.output.markdown {
        println!("{}", show::runbook(&title, &cluster, &plan));
    } else {
        println!("{}", plan.to_string().lines().next().unwrap_or_default());
        if let Some(mends) = plan.mends() {
            println!("{mends}");
        }
        if !plan.is_empty() {
            println!("{}", show::table(&plan));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn planned(arguments: &Arguments, cluster: &Cluster, goal: &Goal) -> Result<Plan, Refusal> {
    let mut preference =
        if arguments.choice.as_documented { Preference::as_documented() } else { Preference::default() };
    if arguments.choice.racks_together {
        preference = preference.racks_together();
    }
    let plan = rotation_planner::plan(cluster, goal, &preference)?;
    match arguments.choice.back_from {
        Some(waves) => way_back(cluster, &plan, waves),
        None => Ok(plan),
    }
}

fn describe(arguments: &Arguments) -> anyhow::Result<Description> {
    let source = &arguments.cluster;
    let read =
        |file: &PathBuf| std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()));
    if let Some(file) = &source.cluster {
        return Description::from_toml(&read(file)?).with_context(|| file.display().to_string());
    }
    let speaks = if matches!(arguments.goal, Wanted::Enable) { Speaks::Plain } else { Speaks::Tls };
    let cassandra = arguments.cassandra.as_deref().unwrap_or("unknown");
    if let Some(file) = &source.inventory {
        return Description::from_inventory(&read(file)?, &arguments.group, cassandra, speaks)
            .with_context(|| file.display().to_string());
    }
    let file = source.nodetool_status.as_ref().context("no cluster is described")?;
    Description::from_nodetool_status(&read(file)?, cassandra, speaks).with_context(|| file.display().to_string())
}

fn goal(wanted: &Wanted, description: &Description) -> anyhow::Result<Goal> {
    let successors = |filter: &dyn Fn(&str) -> bool| -> anyhow::Result<Vec<_>> {
        let nodes = description.nodes.iter().filter(|node| !node.frozen && filter(node.served().anchor().as_str()));
        nodes.map(|node| Ok((node.name.as_str(), node.next()?))).collect()
    };
    Ok(match wanted {
        Wanted::Rotate { keep_old: true } => Goal::rotate(successors(&|_| true)?),
        Wanted::Rotate { keep_old: false } | Wanted::Compare => Goal::rotate(successors(&|_| true)?).dropping_unused(),
        Wanted::Enable => {
            Goal::enable(description.nodes.iter().map(|node| (node.name.as_str(), node.served())), Plaintext::Refused)
        }
        Wanted::Disable => Goal::disable(),
        Wanted::ClientAuth { switch: Switch::On } => Goal::client_auth(ClientAuth::On),
        Wanted::ClientAuth { switch: Switch::Off } => Goal::client_auth(ClientAuth::Off),
        Wanted::Distrust { labels, at_once } => {
            let bad = |label: &str| labels.iter().any(|bad| bad == label);
            if *at_once {
                return Ok(Goal::quarantine(successors(&bad)?));
            }
            let dropped: Trust = labels.iter().map(String::as_str).collect();
            Goal::rotate(successors(&bad)?).dropping(dropped)
        }
    })
}

#[test]
fn the_arguments_fit_together() {
    use clap::CommandFactory;
    Arguments::command().debug_assert();
}
