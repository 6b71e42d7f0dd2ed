//! From a cluster and a goal to a plan, or an explained no.

use std::path::{Path, PathBuf};

use anstream::eprintln;
use anyhow::{Context as _, ensure};
use cassandra_props::Release;
use clap::Args;
use rotation_planner::{Cluster, ErrorKind, Goal, Plan, Preference, Refusal, Witness, rollback};
use serde::Serialize;

use super::describe;
use crate::bundle::{Manifest, STORES};
use crate::description::{Description, Protocol};
use crate::document::{Form, Schema};
use crate::files::{self, Access};
use crate::goal::{Subject, Wanted};
use crate::input::{Digest, HostPath};
use crate::preflight::Names;
use crate::reading::read_text;
use crate::state::{Foreign, State};
use crate::status::Status;
use crate::{playbook, show, shown};

/// Plans a change in steps of which none cuts a connection, or says why there are none.
///
/// A plan says which node gets which files and is restarted or reloaded when, and what must hold before the next step. Every
/// plan is safe after each step, even if nodes crash.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    cluster: ClusterSource,
    /// With --nodetool-status or --inventory: the release of Cassandra, such as 4.0.17.
    #[arg(long, value_name = "RELEASE", conflicts_with = "cluster")]
    cassandra: Option<Release>,
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

#[derive(Args, Debug)]
struct Choice {
    /// As the procedure does it: every node restarted once for each thing.
    #[arg(long, global = true)]
    as_documented: bool,
    /// Fewer waves: as many nodes are restarted at once as every `[[keyspace]]` can do without.
    #[arg(long, global = true)]
    racks_together: bool,
    /// If there is no safe plan: a plan that reaches the goal, and what it breaks meanwhile.
    #[arg(long, global = true, visible_alias = "least-bad")]
    fallback: bool,
    /// Not the plan but its rollback, once this many waves have been carried out. On hosts: observe, then rotate to the
    /// generation before.
    #[arg(long, global = true, value_name = "WAVES")]
    back_from: Option<usize>,
}

#[derive(Args, Debug)]
struct Output {
    /// The plan as a runbook in Markdown.
    #[arg(long, global = true)]
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
    /// With --playbook: the names of the settings; otherwise those that the files have.
    #[arg(long, global = true)]
    names: Option<Names>,
    /// With --playbook: where a node gets its first stores, `keystore.NODE` and `truststore.NODE`.
    #[arg(long, global = true, value_name = "FOLDER", default_value = STORES)]
    stores: HostPath,
}

#[derive(Args, Debug)]
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
#[derive(Args, Debug)]
struct Generations {
    /// The generation that the nodes are to have.
    #[arg(long, global = true, value_name = "FOLDER")]
    bundles: Option<PathBuf>,
    /// The generation that they have: with --cluster it is taken for granted that they do.
    #[arg(long, global = true, value_name = "FOLDER")]
    previous: Option<PathBuf>,
    /// A certificate that nodes may come to trust, though it is in neither generation: its whole SHA-256, as `observe` shows
    /// it. Can be given several times.
    #[arg(long, global = true, value_name = "SHA256")]
    trust: Vec<Digest>,
}

const EXAMPLES: &str = "Examples:
  cassandra-tls plan --cluster cluster.toml rotate
  cassandra-tls plan --nodetool-status status.txt --cassandra 3.11 rotate --markdown > runbook.md
  cassandra-tls plan --inventory inventory.json --cassandra 4.0 --group cassandra rotate
  cassandra-tls plan --cluster cluster.toml --svg waves.svg enable
  cassandra-tls plan --cluster cluster.toml rotate --back-from 2
  cassandra-tls plan --cluster cluster.toml distrust node1 --at-once --fallback
  cassandra-tls plan --cluster cluster.toml rotate --previous bundles/g1 --bundles bundles/g2 --playbook play
  cassandra-tls plan --state state.json enable --bundles bundles/g1 --trees play/collected --playbook play

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
  consistency = \"local_quorum\"

Exit status: 0 if there is a safe plan, 1 if only --fallback gives one, 2 if there is none (and why), 3 if an input cannot be
read.";

/// What `--json` prints: the plan, and why it is not a safe one or is missing.
#[derive(Serialize)]
struct Report<'a> {
    cluster: &'a str,
    plan: Option<&'a Plan>,
    refusal: Option<Refused<'a>>,
}

#[derive(Serialize)]
struct Refused<'a> {
    reason: String,
    witness: Option<&'a Witness>,
    /// The certificate that a node would have to trust, and for which nobody vouches.
    foreign: Option<Foreign>,
}

impl<'a> Refused<'a> {
    fn of(refusal: &'a Refusal, state: Option<&State>) -> anyhow::Result<Self> {
        let foreign = match (refusal.error().kind(), state) {
            (ErrorKind::ForeignAnchor { anchor, .. }, Some(state)) => state.certificates.labelled(anchor),
            _ => None,
        };
        let foreign = foreign.map(Foreign::of).transpose()?;
        Ok(Self { reason: refusal.to_string(), witness: refusal.witness(), foreign })
    }
}

pub(crate) fn run(arguments: &Arguments, form: Form) -> anyhow::Result<Status> {
    if matches!(arguments.goal, Wanted::Compare) {
        let description = description(arguments)?;
        let rows = show::comparison(&description, &Subject::of(&description)?.goal(&arguments.goal)?)?;
        form.print(Schema::COMPARISON, &rows, || rows.to_string())?;
        return Ok(Status::Fine);
    }
    ensure!(form == Form::Text || !arguments.output.markdown, "either --json or --markdown");
    let given = arguments.generations.bundles.as_deref().map(Manifest::read).transpose()?;
    let state = known_state(arguments, given.as_ref())?;
    let subject = match &state {
        Some(state) => Subject::of_state(state, given.as_ref())?,
        None => Subject::of(&description(arguments)?)?,
    };
    let goal = subject.goal(&arguments.goal)?;
    let (plan, refusal) = match planned(arguments, &subject.cluster, &goal) {
        Ok(plan) => (Some(plan), None),
        Err(refusal) => {
            let fallback = refusal.fallback().filter(|_| arguments.choice.fallback);
            (fallback.map(|fallback| fallback.plan().clone()), Some(refusal))
        }
    };
    let refused = refusal.as_ref().map(|refusal| Refused::of(refusal, state.as_ref())).transpose()?;
    if let Some(refused) = &refused {
        eprintln!("{}", shown::terminal(&refused.reason));
        if let Some(foreign) = &refused.foreign {
            eprintln!("{}", show::foreigner(foreign, subject.cluster.nodes().count()));
            eprintln!("If it is yours: --trust {}", foreign.about.sha256);
        }
    }
    let report = Report { cluster: &subject.title, plan: plan.as_ref(), refusal: refused };
    let Some(plan) = &plan else {
        form.print(Schema::PLAN, &report, String::new)?;
        return Ok(Status::No);
    };
    if let Some(file) = &arguments.output.svg {
        files::install(file, show::picture(&subject.title, plan).as_bytes(), Access::Everyone)?;
    }
    if let Some(folder) = &arguments.output.playbook {
        let state = state.as_ref().context("a playbook needs --state, or --cluster with --previous and --bundles")?;
        write_playbook(arguments, state, plan, folder)?;
    }
    form.print(Schema::PLAN, &report, || {
        if arguments.output.markdown { show::runbook(&subject.title, &subject.cluster, plan) } else { display(plan) }
    })?;
    Ok(if refusal.is_none() { Status::Fine } else { Status::Warnings })
}

fn display(plan: &Plan) -> String {
    let title = plan.to_string().lines().next().map(str::to_owned);
    let repairs = plan.repairs().map(ToString::to_string);
    let table = (!plan.is_empty()).then(|| show::table(plan));
    [title, repairs, table].into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn write_playbook(arguments: &Arguments, state: &State, plan: &Plan, folder: &Path) -> anyhow::Result<()> {
    let Generations { bundles, previous, .. } = &arguments.generations;
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
        program: playbook::Program::this()?,
    };
    playbook::write(&playbook::render(&order)?, folder)?;
    eprintln!("ansible-playbook -i INVENTORY {}", shown::path(&folder.join("apply.yml")));
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

/// What was seen of the cluster, or what it must be by the bundles that it was given.
fn known_state(arguments: &Arguments, given: Option<&Manifest>) -> anyhow::Result<Option<State>> {
    let Generations { bundles, previous, trust } = &arguments.generations;
    let mut state = match (&arguments.cluster.state, previous) {
        (Some(file), _) => State::read(file)?,
        (None, Some(previous)) => State::of_generation(&description(arguments)?, previous)?,
        (None, None) => {
            ensure!(
                trust.is_empty(),
                "--trust needs --state or --previous: a description has labels, and no certificates"
            );
            return Ok(None);
        }
    };
    if let (Some(folder), Some(manifest)) = (bundles, given) {
        state.add_generation(folder, manifest)?;
    }
    // A state that was made of it has it already.
    if let Some(folder) = previous.as_ref().filter(|_| arguments.cluster.state.is_some()) {
        state.add_generation(folder, &Manifest::read(folder)?)?;
    }
    state.vouch(trust)?;
    Ok(Some(state))
}

fn description(arguments: &Arguments) -> anyhow::Result<Description> {
    let source = &arguments.cluster;
    if let Some(file) = &source.cluster {
        return describe(file);
    }
    let speaks = if matches!(arguments.goal, Wanted::Enable) { Protocol::Plain } else { Protocol::Tls };
    let cassandra = arguments.cassandra.context("a cluster from another program's list needs --cassandra")?;
    if let Some(file) = &source.inventory {
        return Description::from_inventory(&read_text(file)?, &arguments.group, cassandra, speaks)
            .with_context(|| file.display().to_string());
    }
    let file = source.nodetool_status.as_ref().context("no cluster is described: this needs --cluster")?;
    Description::from_nodetool_status(&read_text(file)?, cassandra, speaks).with_context(|| file.display().to_string())
}
