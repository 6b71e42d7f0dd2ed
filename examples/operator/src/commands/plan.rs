//! From a cluster and a goal to a plan, or an explained no.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::{eprintln, println};
use anyhow::{Context as _, ensure};
use cassandra_tls::bundle::{Manifest, STORES};
use cassandra_tls::description::{Description, Speaks};
use cassandra_tls::files::{self, Access};
use cassandra_tls::goal::{Subject, Wanted};
use cassandra_tls::preflight::Names;
use cassandra_tls::state::State;
use cassandra_tls::{playbook, show};
use clap::{Args, Parser};
use rotation_planner::{Cluster, Goal, Plan, Preference, Refusal, rollback};

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
    generations: Generations,
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
    /// If there is no safe plan: the fallback, with its impact.
    #[arg(long, visible_alias = "least-bad", global = true)]
    fallback: bool,
    /// Not the plan but its rollback, once this many waves have been carried out. On hosts: observe, then rotate to the
    /// generation before.
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
    /// Write an Ansible playbook into this folder, too: with --state, or with --cluster and --previous.
    #[arg(long, global = true, value_name = "FOLDER", conflicts_with = "back_from")]
    playbook: Option<PathBuf>,
    /// With --playbook and --state: the folder with copies of the nodes' trees that `observe` read.
    #[arg(long, global = true, value_name = "FOLDER")]
    trees: Option<PathBuf>,
    /// With --playbook: the names of the settings; else those that the files have.
    #[arg(long, global = true)]
    names: Option<Names>,
    /// With --playbook: where a node gets its first stores, `keystore.NODE` and `truststore.NODE`.
    #[arg(long, global = true, value_name = "FOLDER", default_value = STORES)]
    stores: String,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct ClusterSource {
    /// The cluster in TOML.
    #[arg(long, value_name = "FILE")]
    cluster: Option<PathBuf>,
    /// The cluster as `observe` saw it.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// The cluster as `nodetool status` prints it; `--cassandra` says the version.
    #[arg(long, value_name = "FILE", requires = "cassandra")]
    nodetool_status: Option<PathBuf>,
    /// The cluster as `ansible-inventory --list` prints it; `--cassandra` says the version.
    #[arg(long, value_name = "FILE", requires = "cassandra")]
    inventory: Option<PathBuf>,
}

/// Bundles that `prepare` made.
#[derive(Args)]
struct Generations {
    /// The generation that the nodes are to have.
    #[arg(long, global = true, value_name = "FOLDER")]
    bundles: Option<PathBuf>,
    /// The generation that they have: with --cluster it is taken for granted that they do.
    #[arg(long, global = true, value_name = "FOLDER")]
    previous: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:
  plan --cluster cluster.toml rotate
  plan --nodetool-status status.txt --cassandra 3.11 rotate --markdown > runbook.md
  plan --inventory inventory.json --cassandra 4.0 --group cassandra rotate
  plan --cluster cluster.toml --svg waves.svg enable
  plan --cluster cluster.toml rotate --back-from 2
  plan --cluster cluster.toml distrust node1 --at-once --fallback
  plan --cluster cluster.toml rotate --previous bundles/g1 --bundles bundles/g2 --playbook play
  plan --state state.json enable --bundles bundles/g1 --trees play/collected --playbook play

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
    if matches!(arguments.goal, Wanted::Compare) {
        let description = describe(arguments)?;
        println!("{}", show::comparison(&description, &Subject::of(&description)?.goal(&arguments.goal)?)?);
        return Ok(ExitCode::SUCCESS);
    }
    let given = arguments.generations.bundles.as_deref().map(Manifest::read).transpose()?;
    let state = known_state(arguments, given.as_ref())?;
    let subject = match &state {
        Some(state) => Subject::of_state(state, given.as_ref())?,
        None => Subject::of(&describe(arguments)?)?,
    };
    let goal = subject.goal(&arguments.goal)?;
    let plan = match planned(arguments, &subject.cluster, &goal) {
        Ok(plan) => plan,
        Err(refusal) => {
            eprintln!("{refusal}");
            match refusal.fallback().filter(|_| arguments.choice.fallback) {
                Some(fallback) => fallback.plan().clone(),
                None => return Ok(ExitCode::FAILURE),
            }
        }
    };
    if let Some(file) = &arguments.output.svg {
        files::install(file, show::picture(&subject.title, &plan).as_bytes(), Access::Everybody)?;
    }
    if let Some(folder) = &arguments.output.playbook {
        let state = state.as_ref().context("a playbook needs --state, or --cluster with --previous and --bundles")?;
        write_playbook(arguments, state, &plan, folder)?;
    }
    if arguments.output.json {
        println!("{}", serde_json::to_string_pretty(&plan)?);
    } else if arguments.output.markdown {
        println!("{}", show::runbook(&subject.title, &subject.cluster, &plan));
    } else {
        println!("{}", plan.to_string().lines().next().unwrap_or_default());
        if let Some(repairs) = plan.repairs() {
            println!("{repairs}");
        }
        if !plan.is_empty() {
            println!("{}", show::table(&plan));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn write_playbook(arguments: &Arguments, state: &State, plan: &Plan, folder: &Path) -> anyhow::Result<()> {
    let Generations { bundles, previous } = &arguments.generations;
    ensure!(
        arguments.cluster.state.is_none() || arguments.output.trees.is_some(),
        "a playbook from --state needs --trees, too: the passwords in the nodes' settings must be those of the bundles"
    );
    let order = playbook::Order {
        state,
        plan,
        generations: bundles.iter().chain(previous).cloned().collect(),
        trees: arguments.output.trees.as_deref(),
        family: arguments.output.names.map(Names::family),
        stores: &arguments.output.stores,
        programs: playbook::Programs::beside_this()?,
    };
    playbook::write(&playbook::render(&order)?, folder)?;
    eprintln!("ansible-playbook -i INVENTORY {}", folder.join("apply.yml").display());
    Ok(())
}

fn planned(arguments: &Arguments, cluster: &Cluster, goal: &Goal) -> Result<Plan, Refusal> {
    let mut preference =
        if arguments.choice.as_documented { Preference::as_documented() } else { Preference::default() };
    if arguments.choice.racks_together {
        preference = preference.racks_together();
    }
    let plan = rotation_planner::plan(cluster, goal, &preference)?;
    match arguments.choice.back_from {
        Some(waves) => rollback(cluster, &plan, waves),
        None => Ok(plan),
    }
}

/// What somebody saw of the cluster, or what it must be by the bundles that it was given.
fn known_state(arguments: &Arguments, given: Option<&Manifest>) -> anyhow::Result<Option<State>> {
    let Generations { bundles, previous } = &arguments.generations;
    let mut state = match (&arguments.cluster.state, previous) {
        (Some(file), _) => State::read(file)?,
        (None, Some(previous)) => State::of_generation(&describe(arguments)?, previous)?,
        (None, None) => return Ok(None),
    };
    if let (Some(folder), Some(manifest)) = (bundles, given) {
        state.certificates.add_generation(folder, manifest)?;
    }
    // A state that was made of it has it already.
    if let Some(folder) = previous.as_ref().filter(|_| arguments.cluster.state.is_some()) {
        state.certificates.add_generation(folder, &Manifest::read(folder)?)?;
    }
    Ok(Some(state))
}

fn describe(arguments: &Arguments) -> anyhow::Result<Description> {
    let source = &arguments.cluster;
    if let Some(file) = &source.cluster {
        return Description::from_toml(&files::read_text(file)?).with_context(|| file.display().to_string());
    }
    let speaks = if matches!(arguments.goal, Wanted::Enable) { Speaks::Plain } else { Speaks::Tls };
    let cassandra = arguments.cassandra.as_deref().unwrap_or("unknown");
    if let Some(file) = &source.inventory {
        return Description::from_inventory(&files::read_text(file)?, &arguments.group, cassandra, speaks)
            .with_context(|| file.display().to_string());
    }
    let file = source.nodetool_status.as_ref().context("no cluster is described: this needs --cluster")?;
    Description::from_nodetool_status(&files::read_text(file)?, cassandra, speaks)
        .with_context(|| file.display().to_string())
}

#[test]
fn the_arguments_fit_together() {
    use clap::CommandFactory;
    Arguments::command().debug_assert();
}
