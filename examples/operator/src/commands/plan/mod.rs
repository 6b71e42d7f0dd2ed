//! Turns a cluster and a goal into a plan, or into an explained refusal.

mod arguments;
mod report;
mod verify;

use std::collections::BTreeMap;

use std::path::Path;

use anstream::{eprintln, println};
use anyhow::{Context as _, ensure};
use rotation_planner::{Cluster, Cost, Goal, Plan, Preference, Refusal, Wave, rollback};

use super::install;
use crate::bundle::{Manifest, PACKAGE_STORES, STORES};
use crate::description::{Builds, Description, EXPLAINED};
use crate::document::{Form, Schema};
use crate::files::{self, Access};
use crate::goal::{Subject, Wanted};
use crate::input::{HostPath, Name};
use crate::plan::{Basis, Looked, changes};
use crate::preflight::Names;
use crate::state::State;
use crate::status::Status;
use crate::{playbook, show, shown};

pub(crate) use arguments::Arguments;
use arguments::Generations;
use report::{Refused, Report};

const EXAMPLES: &str = "Examples:
  cassandra-tls plan --cluster cluster.toml rotate
  cassandra-tls plan --nodetool-status status.txt --cassandra 3.11.19 --client-auth off rotate --markdown > runbook.md
  cassandra-tls plan --inventory inventory.json --cassandra 4.0.17 --group cassandra rotate
  cassandra-tls plan --cluster cluster.toml --html plan.html --svg waves.svg enable
  cassandra-tls plan --cluster cluster.toml rotate --back-from 2
  cassandra-tls plan --cluster cluster.toml distrust node1 --at-once --fallback
  cassandra-tls plan --cluster cluster.toml rotate --previous bundles/g1 --bundles bundles/g2 --playbook play
  cassandra-tls plan --state state.json enable --bundles bundles/g1 --trees play/collected --playbook play
  cassandra-tls plan --verify plan.json --state now.json
  cassandra-tls plan --explain-input

cluster.toml:
  cassandra = \"3.11.19\"
  client_auth = false             # require_client_auth, as it is now
  [[node]]
  name = \"node0\"
  dc = \"dc1\"
  rack = \"ra1\"
  seed = true
  [[node]]
  name = \"node1\"
  dc = \"dc1\"
  rack = \"ra2\"
  [[keyspace]]                    # must stay readable and writable
  name = \"orders\"
  replicas = { dc1 = 2 }
  consistency = \"one\"

Exit status: 0 if there is a safe plan, 1 if --fallback gives an unsafe plan, 2 if no plan is given or --verify rejects the
plan, 3 if an input is invalid, cannot be read or lacks information that the goal needs, or if a file cannot be written.";

pub(crate) fn run(arguments: &Arguments, form: Form) -> anyhow::Result<Status> {
    if arguments.explain_input {
        println!("{}", EXPLAINED.trim_end());
        return Ok(Status::Fine);
    }
    if let Some(plan) = &arguments.verify {
        ensure!(arguments.goal.is_none(), "--verify checks a printed plan, and accepts no goal");
        arguments.refuse_options_of_plans("--verify")?;
        return verify::run(plan, arguments.cluster.file()?, form);
    }
    let wanted = arguments.goal()?;
    arguments.refuse_unused()?;
    if matches!(wanted, Wanted::Compare) {
        arguments.refuse_options_of_plans("compare")?;
        let description = arguments.cluster.description()?;
        let rows = show::comparison(&description, &Subject::of(&description)?.goal(wanted)?)?;
        form.print(Schema::COMPARISON, &rows, || rows.to_string())?;
        return Ok(Status::Fine);
    }
    ensure!(form == Form::Text || !arguments.output.markdown, "give either --json or --markdown");
    Planning::of(arguments, wanted)?.carry_out(form)
}

struct Planning<'a> {
    arguments: &'a Arguments,
    wanted: &'a Wanted,
    /// The description of the cluster; `None` with `--state`.
    description: Option<Description>,
    /// The state in `--state`, or the one that follows from `--previous`; otherwise `None`.
    state: Option<State>,
    /// The generation in `--bundles`.
    given: Option<Manifest>,
    /// The cluster before the plan; for a rollback, after the waves that the rollback reverts.
    subject: Subject,
    goal: Goal,
    /// The goal in words.
    sentence: String,
    plan: Option<Plan>,
    refusal: Option<Refusal>,
}

impl<'a> Planning<'a> {
    fn of(arguments: &'a Arguments, wanted: &'a Wanted) -> anyhow::Result<Self> {
        let description = match &arguments.cluster.state {
            Some(_) => None,
            None => Some(arguments.cluster.description()?),
        };
        match (&description, &arguments.generations.previous) {
            (Some(description), None) => wanted.ask(description)?,
            (Some(description), Some(_)) => wanted.ask_client_auth(description)?,
            (None, _) => {}
        }
        let given = arguments.generations.bundles.as_deref().map(Manifest::read).transpose()?;
        let state = known_state(arguments, description.as_ref(), given.as_ref())?;
        let mut subject = match (&state, &description) {
            (Some(state), _) => Subject::of_state(state, given.as_ref())?,
            (None, Some(description)) => Subject::of(description)?,
            (None, None) => anyhow::bail!("no cluster is given"),
        };
        let goal = subject.goal(wanted)?;
        let sentence = wanted.sentence(&subject, state.as_ref().map(|state| &state.certificates));
        let sentence = match arguments.choice.back_from {
            Some(1) => format!("Undo the first wave of: {sentence}"),
            Some(waves) => format!("Undo the first {waves} waves of: {sentence}"),
            None => sentence,
        };
        let (plan, refusal) = match planned(arguments, &subject.cluster, &goal)? {
            Ok((begins, plan)) => {
                subject.cluster = begins;
                (Some(plan), None)
            }
            Err(refusal) => {
                let fallback = refusal.fallback().filter(|_| arguments.choice.fallback);
                (fallback.map(|fallback| fallback.plan().clone()), Some(refusal))
            }
        };
        Ok(Self { arguments, wanted, description, state, given, subject, goal, sentence, plan, refusal })
    }

    fn carry_out(&self, form: Form) -> anyhow::Result<Status> {
        let output = &self.arguments.output;
        let report = self.report()?;
        if let Some(refused) = &report.refusal {
            refused.complain(self.subject.cluster.nodes().count());
        }
        let Some((plan, id)) = self.plan.as_ref().zip(report.id.as_ref()) else {
            form.print(Schema::PLAN, &report, || report.to_string())?;
            return Ok(Status::No);
        };
        if let Some(file) = &output.svg {
            files::install(file, show::picture(&self.subject.title, id.as_str(), plan).as_bytes(), Access::Everyone)?;
        }
        if let Some(file) = &output.html {
            files::install(file, self.page(plan, id, &report).html()?.as_bytes(), Access::Everyone)?;
        }
        if let Some(folder) = &output.playbook {
            let state = self.state.as_ref();
            let state = state.context("a playbook needs --state or --previous")?;
            write_playbook(self.arguments, state, (plan, id.clone()), Schema::PLAN.write(&report)?, folder)?;
        }
        form.print(Schema::PLAN, &report, || {
            if output.markdown { report.runbook(&self.subject.cluster) } else { report.to_string() }
        })?;
        Ok(if self.refusal.is_none() { Status::Fine } else { Status::Warnings })
    }

    fn report(&self) -> anyhow::Result<Report<'_>> {
        let cluster = &self.subject.cluster;
        let addresses = match (&self.state, &self.description) {
            (Some(state), _) => state.addresses(),
            (None, Some(description)) => description.addresses(),
            (None, None) => BTreeMap::new(),
        };
        let certificates = self.state.as_ref().map(|state| &state.certificates);
        let nodes = changes(cluster, self.plan.as_ref(), &addresses, certificates);
        let refused = |refusal| Refused::of(refusal, self.state.as_ref(), self.description.as_ref());
        Ok(Report {
            cluster: &self.subject.title,
            builds: self.builds()?,
            id: self.plan.as_ref().map(|plan| crate::plan::id(plan, &nodes)).transpose()?,
            goal: self.arguments.choice.back_from.is_none().then_some(&self.goal),
            rests_on: self.bases()?,
            nodes,
            staging: self.description.as_ref().map_or(crate::description::StagingChoice::InPlace, Description::staging),
            wanted: self.sentence.clone(),
            sources: show::Sources {
                state: self.state.as_ref(),
                generation: self.arguments.generations.bundles.as_deref().zip(self.given.as_ref()),
            },
            plan: self.plan.as_ref(),
            refusal: self.refusal.as_ref().map(refused).transpose()?,
        })
    }

    fn page<'b>(&'b self, plan: &'b Plan, id: &Name, report: &Report<'_>) -> page::Page<'b> {
        let addresses = report.nodes.iter().filter_map(|node| Some((node.node.clone(), node.address?.to_string())));
        let digests = self.state.as_ref().map(|state| state.certificates.digests()).unwrap_or_default();
        page::Page {
            id: id.to_string(),
            title: self.subject.title.clone(),
            goal: self.sentence.clone(),
            cluster: &self.subject.cluster,
            plan,
            refusal: self.refusal.as_ref(),
            rests_on: report.rests_on.clone(),
            addresses: addresses.collect(),
            certificates: digests.into_iter().map(|(label, digest)| (label.to_owned(), digest.to_string())).collect(),
        }
    }

    fn bases(&self) -> anyhow::Result<Vec<Basis>> {
        let builds = self.builds()?;
        let looked = Looked {
            cluster: &self.subject.cluster,
            builds: &builds,
            source: shown::path(self.arguments.cluster.file()?),
            description: self.description.as_ref(),
            served: self.subject.identities(),
            serve_clients: self.state.iter().flat_map(State::serve_clients).collect(),
            assumed_loaded: self.state.as_ref().map_or(0, State::assumed_loaded),
            labels: self.description.as_ref().filter(|_| self.state.is_none()),
            price: &|description| self.price(description),
            plan: self.plan.as_ref(),
            known: self.state.as_ref().map(|state| &state.certificates),
        };
        Ok(looked.bases())
    }

    fn builds(&self) -> anyhow::Result<Builds<'_>> {
        let described = self.description.as_ref().map(Description::builds);
        described.or_else(|| self.state.as_ref().map(State::builds)).context("no cluster is given")
    }

    /// The cost of the same change for another description of the cluster.
    fn price(&self, description: &Description) -> Option<Cost> {
        let state = known_state(self.arguments, Some(description), self.given.as_ref()).ok()?;
        let subject = match &state {
            Some(state) => Subject::of_state(state, self.given.as_ref()),
            None => Subject::of(description),
        };
        let subject = subject.ok()?;
        let goal = subject.goal(self.wanted).ok()?;
        planned(self.arguments, &subject.cluster, &goal).ok()?.ok().map(|(_, plan)| plan.cost())
    }
}

fn write_playbook(
    arguments: &Arguments,
    state: &State,
    (plan, id): (&Plan, Name),
    printed: String,
    folder: &Path,
) -> anyhow::Result<()> {
    let Generations { bundles, previous, .. } = &arguments.generations;
    ensure!(
        arguments.cluster.state.is_none() || arguments.output.trees.is_some(),
        "a playbook from --state also needs --trees, to check that the passwords in the nodes' settings are those of the bundles"
    );
    let stores = match &arguments.output.stores {
        Some(stores) => stores.clone(),
        None => first_stores(state).parse()?,
    };
    let order = playbook::Order {
        state,
        plan,
        id,
        printed,
        generations: bundles.iter().chain(previous).cloned().collect(),
        trees: arguments.output.trees.as_deref(),
        family: arguments.output.names.map(Names::family),
        stores: &stores,
        program: playbook::Program::this()?,
    };
    install(&playbook::render(&order)?, folder, &state.builds())?;
    eprintln!("cassandra-tls apply {} -- -i INVENTORY", shown::path(folder));
    Ok(())
}

/// The default folder of the stores, for nodes whose settings name no stores yet.
fn first_stores(state: &State) -> &'static str {
    let is_yaml = |path: &HostPath| path.as_path().extension().is_some_and(|extension| extension == "yaml");
    if state.settings().any(is_yaml) { PACKAGE_STORES } else { STORES }
}

fn planned(arguments: &Arguments, cluster: &Cluster, goal: &Goal) -> anyhow::Result<Result<(Cluster, Plan), Refusal>> {
    let (there, from) = match (forward(arguments, cluster, goal), arguments.choice.back_from) {
        (Ok(there), Some(from)) => (there, from),
        (there, _) => return Ok(there.map(|there| (cluster.clone(), there))),
    };
    let waves = there.waves().len();
    ensure!(from <= waves, "--back-from {from}: the plan has {}", show::counted(waves, "wave"));
    Ok(led_back(cluster, &there, from))
}

/// The cluster after the first waves of a plan, and the plan that reverts them.
fn led_back(cluster: &Cluster, there: &Plan, waves: usize) -> Result<(Cluster, Plan), Refusal> {
    let mut begins = cluster.clone();
    for step in there.waves().iter().take(waves).flat_map(Wave::steps) {
        begins.apply(step)?;
    }
    Ok((begins, rollback(cluster, there, waves)?))
}

fn forward(arguments: &Arguments, cluster: &Cluster, goal: &Goal) -> Result<Plan, Refusal> {
    let mut preference =
        if arguments.choice.as_documented { Preference::as_documented() } else { Preference::default() };
    if arguments.choice.racks_together {
        preference = preference.racks_together();
    }
    if arguments.choice.data_centres_together {
        preference = preference.data_centres_together();
    }
    rotation_planner::plan(cluster, goal, &preference)
}

fn known_state(
    arguments: &Arguments,
    description: Option<&Description>,
    given: Option<&Manifest>,
) -> anyhow::Result<Option<State>> {
    let Generations { bundles, previous, trust } = &arguments.generations;
    let mut state = match (&arguments.cluster.state, description, previous) {
        (Some(file), _, _) => State::read(file)?,
        (None, Some(description), Some(previous)) => State::of_generation(description, previous)?,
        _ => return Ok(None),
    };
    if let (Some(folder), Some(manifest)) = (bundles, given) {
        state.add_generation(folder, manifest)?;
    }
    // A state that was made from this generation already has its certificates.
    if let Some(folder) = previous.as_ref().filter(|_| arguments.cluster.state.is_some()) {
        state.add_generation(folder, &Manifest::read(folder)?)?;
    }
    state.vouch(trust)?;
    Ok(Some(state))
}
