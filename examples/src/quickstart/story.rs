//! The course of a run, from an empty folder to rotated certificates.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use anyhow::Context as _;
use bridge::{Format, Identities, settings};
use cassandra_props::Release;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use rotation_planner::{
    Action, Activation, Checker, ClientAuth, Goal, Identity, Plaintext, Plan, Preference, Staging, Step, Trust, check,
    plan,
};

use super::folder::Folder;
use super::nodes::{Demand, Nodes};
use super::page::Rotation;
use super::report::{self, Part, Procedure, Report, Row};
use super::tree::Trees;
use crate::lab::{RELEASES, has_one_port};

/// The options of a run.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// The Cassandra release that the nodes imitate.
    #[arg(long, value_parser = PossibleValuesParser::new(RELEASES).try_map(|name| name.parse::<Release>()), default_value = "5.0")]
    pub cassandra: Release,
    /// Require client certificates (`require_client_auth`).
    #[arg(long)]
    pub client_auth: bool,
    /// Add an application that connects to every node and trusts each node's certificate. Without --wrong-order, the plan
    /// first makes the application trust the new certificates.
    #[arg(long, conflicts_with = "client_auth")]
    pub client: bool,
    /// Rotate in a wrong order, to see which connections break. Without --client, each node switches its key before its
    /// new certificate is trusted; with --client, the plan does not consider the client.
    #[arg(long)]
    pub wrong_order: bool,
    /// The folder for the nodes' files: new, empty or from an earlier run.
    #[arg(long, default_value = "target/quickstart")]
    pub dir: PathBuf,
}

/// Enables internode TLS on three nodes, then rotates their certificates. `tell` is called with the report after each
/// part.
///
/// # Errors
/// If the folder may be changed by other users, or contains files but no valid list of an earlier run; or if the run
/// cannot be completed, for example because a node does not start. Failed connections are in the report.
pub fn run(options: &Options, tell: &mut dyn FnMut(&Report)) -> anyhow::Result<Report> {
    let client_auth = if options.client_auth { ClientAuth::On } else { ClientAuth::Off };
    let staging = if has_one_port(options.cassandra) { Staging::IN_PLACE } else { Staging::DOCUMENTED };
    let semantics = settings::semantics(options.cassandra, client_auth)?.with_staging(staging);
    let names: Vec<String> = (0..3).map(|number| format!("node{number}")).collect();

    let folder = Folder::take(options.dir.clone())?;
    let mut trees = Trees::new(folder, Identities::new(Format::Jks), options.cassandra, staging, client_auth);
    let old = generate(&mut trees, &names)?;
    let mut nodes = Nodes::start(options.cassandra, semantics, trees, &names)?;
    let mut report = Report::new(options, &names);

    report.push(enable(&mut nodes, &old)?);
    tell(&report);
    let nodes_alone = nodes.cluster().clone();
    if options.client {
        nodes.add_client(CLIENT, old.iter().map(|(_, identity)| identity.anchor()).collect())?;
        report.nodes.push(CLIENT.to_owned());
    }
    let new = generate(nodes.trees_mut(), &names)?;
    let goal = rotation(&new);
    if options.wrong_order && options.client {
        let plan = plan(&nodes_alone, &goal.dropping_unused(), &Preference::default())?;
        report.push(rotate_in_spite_of_the_client(&mut nodes, &plan)?);
    } else if options.wrong_order {
        report.push(rotate_wrongly(&mut nodes, &new)?);
    } else {
        // The procedure does not consider clients.
        report.procedure = (!options.client).then(|| procedure(&nodes, &goal)).transpose()?;
        let before = nodes.cluster().clone();
        let plan = plan(&before, &goal.dropping_unused(), &Preference::default())?;
        report.push(rotate(&mut nodes, &plan)?);
        report.rotation = Some(Rotation { before, plan });
    }
    tell(&report);
    nodes.check_foreign_content()?;
    Ok(report)
}

/// The client's name, which sorts after the names of the nodes.
const CLIENT: &str = "web";

type Targets = Vec<(String, Identity)>;

fn generate(trees: &mut Trees, names: &[String]) -> anyhow::Result<Targets> {
    let mut identities = Vec::new();
    for (number, name) in (11..).zip(names) {
        // Addresses that are reserved for documentation (RFC 5737).
        let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, number));
        identities.push((name.clone(), trees.generate(name, address)?));
    }
    Ok(identities)
}

fn enable(nodes: &mut Nodes, identities: &Targets) -> anyhow::Result<Part> {
    let goal = Goal::enable(targets(identities), Plaintext::Refused);
    match plan(nodes.cluster(), &goal, &Preference::default()) {
        Ok(plan) => carry_out(nodes, &steps_of(&plan), Part::planned(report::Goal::Enable, &plan), Demand::Safe),
        Err(refusal) => {
            let instead = refusal.fallback().with_context(|| refusal.to_string())?.plan();
            carry_out(
                nodes,
                &steps_of(instead),
                Part::refused(report::Goal::Enable, &refusal, Some(instead)),
                Demand::Any,
            )
        }
    }
}

fn rotate(nodes: &mut Nodes, plan: &Plan) -> anyhow::Result<Part> {
    carry_out(nodes, &steps_of(plan), Part::planned(report::Goal::Rotate, plan), Demand::Safe)
}

fn rotate_in_spite_of_the_client(nodes: &mut Nodes, plan: &Plan) -> anyhow::Result<Part> {
    let refused =
        check(nodes.cluster(), plan).err().context("the checker did not refuse a plan that cuts the client off")?;
    let part = Part { refusal: Some(refused.to_string()), ..Part::planned(report::Goal::Rotate, plan) };
    carry_out(nodes, &steps_of(plan), part, Demand::Any)
}

/// Gives the nodes their new keys first, although no peer trusts the new certificates.
///
/// Afterwards, each node gets a truststore with all certificates.
fn rotate_wrongly(nodes: &mut Nodes, new: &Targets) -> anyhow::Result<Part> {
    let trust: Trust = nodes
        .cluster()
        .nodes()
        .flat_map(|(_, node)| node.observed().disk().trust().iter().cloned())
        .chain(new.iter().map(|(_, identity)| identity.anchor().clone()))
        .collect();
    let semantics = nodes.cluster().semantics();
    let keys = new.iter().flat_map(|(name, identity)| {
        pair(name, Action::StageIdentity(identity.clone()), semantics.identity_activation())
    });
    let trusts =
        new.iter().flat_map(|(name, _)| pair(name, Action::StageTrust(trust.clone()), semantics.trust_activation()));
    let steps: Vec<Step> = keys.chain(trusts).collect();

    let mut checker = Checker::safe(nodes.cluster())?;
    let warned = steps
        .iter()
        .find_map(|step| checker.apply(step).err())
        .context("the checker did not refuse the wrong order")?;
    carry_out(nodes, &steps, Part::against_the_rule(report::Goal::Rotate, warned.to_string()), Demand::Any)
}

fn pair(name: &str, files: Action, load: Option<Activation>) -> impl Iterator<Item = Step> {
    let load = load.map(|load| Step::new(name, Action::Activate(load)));
    std::iter::once(Step::new(name, files)).chain(load)
}

fn steps_of(plan: &Plan) -> Vec<Step> {
    plan.steps().cloned().collect()
}

/// Consecutive steps on one node share a row.
fn carry_out(nodes: &mut Nodes, steps: &[Step], mut part: Part, demand: Demand) -> anyhow::Result<Part> {
    let mut row: Option<Row> = None;
    for step in steps {
        let name = step.node().as_str();
        if let Some(done) = row.take_if(|row| row.node != name) {
            part.rows.push(done);
        }
        let tally = nodes.carry_out(step, demand)?;
        row.get_or_insert_with(|| Row::of(name)).add(step, tally, &nodes.shown_and_trusted(), nodes.count());
    }
    part.rows.extend(row);
    Ok(part)
}

fn rotation(new: &Targets) -> Goal {
    Goal::rotate(targets(new))
}

fn targets(identities: &Targets) -> impl Iterator<Item = (&str, Identity)> {
    identities.iter().map(|(name, identity)| (name.as_str(), identity.clone()))
}

/// The restarts of Apigee's procedure, as the planner counts them.
fn procedure(nodes: &Nodes, goal: &Goal) -> anyhow::Result<Procedure> {
    let restarts = |goal: &Goal| anyhow::Ok(plan(nodes.cluster(), goal, &Preference::as_documented())?.cost().restarts);
    Ok(Procedure { restarts: restarts(goal)?, restarts_with_clean_up: restarts(&goal.clone().dropping_unused())? })
}
