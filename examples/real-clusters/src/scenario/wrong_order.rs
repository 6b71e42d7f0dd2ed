//! Serves a new certificate before it is trusted.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rotation_planner::{Action, Activation, Checker, Identity, NodeName, Placement, Step};

use super::{Scenario, report};
use crate::carry_out::Coordinators;
use crate::gate::{Probe, Unfit, View};
use crate::report::{Expected, Report, Row};
use crate::test_cluster::TestCluster;

const WATCH: Duration = Duration::from_secs(40);

/// Gives the last node a certificate that no node trusts, and later the old one again.
pub(crate) fn wrong_order(mut test_cluster: TestCluster) -> anyhow::Result<Report> {
    let (name, new) = test_cluster.new_identities()?.pop().context("there is no node")?;
    let (_, old) = test_cluster.loaded(test_cluster.member(&name)?)?;
    let old = old.context("the node serves nothing")?;
    let mut notes = vec![refusal(&test_cluster, &name, &new)?];
    let mut row = Row::of(&format!("{name}: the new key, which no node trusts"));
    test_cluster.begin_row();
    let since = Instant::now();
    let load = begin_load(&mut test_cluster, &name, &new, &mut row)?;
    notes.extend(look(&test_cluster, load, &mut row)?);
    finish_load(&mut test_cluster, &name, load)?;
    notes.extend(watch(&mut test_cluster)?);
    test_cluster.count_operations(&mut row);
    row.seconds = since.elapsed().as_secs();
    test_cluster.rows.push(row);
    repair(&mut test_cluster, &name, &old)?;
    for note in &notes {
        test_cluster.console.say(note);
    }
    report(test_cluster, Scenario::WrongOrder, None, Expected::Trouble, notes)
}

fn refusal(test_cluster: &TestCluster, name: &NodeName, new: &Identity) -> anyhow::Result<String> {
    let step = Step::new(name, Action::StageIdentity(new.clone()));
    match Checker::safe(&test_cluster.cluster)?.apply(&step) {
        Ok(()) => bail!("the checker did not refuse the wrong order"),
        Err(error) => Ok(format!("refused: {error}")),
    }
}

/// Makes the node load the key, but does not wait until a restarted node is up.
fn begin_load(
    test_cluster: &mut TestCluster,
    name: &NodeName,
    identity: &Identity,
    row: &mut Row,
) -> anyhow::Result<Activation> {
    let reloads = test_cluster.settings.distribution.has_one_port()
        && test_cluster.settings.staging.identity == Placement::InPlace;
    let load = if reloads { Activation::Reload } else { Activation::Restart };
    let [stage, load_it] =
        [Action::StageIdentity(identity.clone()), Action::Activate(load)].map(|a| Step::new(name, a));
    test_cluster.console.begin(&format!("{stage}, {}", load_it.action()));
    test_cluster.carry_out_step(&stage, row, Coordinators::LeftOut)?;
    match load {
        Activation::Reload => test_cluster.carry_out_step(&load_it, row, Coordinators::LeftOut)?,
        Activation::Restart => {
            row.restarts += 1;
            test_cluster.stop(name, Coordinators::LeftOut)?;
            test_cluster.launch(name)?;
        }
    }
    test_cluster.cluster.apply(&stage)?;
    test_cluster.cluster.apply(&load_it)?;
    Ok(load)
}

fn finish_load(test_cluster: &mut TestCluster, name: &NodeName, load: Activation) -> anyhow::Result<()> {
    match load {
        Activation::Reload => Ok(()),
        // The node sees no peer, but the client uses it: a load balancer that checks the port would do the same.
        Activation::Restart => {
            test_cluster.await_queries(name)?;
            test_cluster.take_in(name)
        }
    }
}

/// Describes the failure as the probe and nodetool see it, once every listener answers.
fn look(test_cluster: &TestCluster, load: Activation, row: &mut Row) -> anyhow::Result<Vec<String>> {
    let since = Instant::now();
    let probes = test_cluster.console.wait("every listener to answer the probe", Duration::from_secs(60), || {
        let probes = test_cluster.probe_all()?;
        let answered = probes.iter().all(|probe| !matches!(probe.outcome, Err(Unfit::NoHandshake(_))));
        Ok(answered.then_some(probes))
    })?;
    row.probes += probes.len();
    let refused: Vec<String> = probes.iter().filter_map(Probe::failure).collect();
    if refused.is_empty() {
        bail!("the probe found no failure");
    }
    let moment = match load {
        Activation::Reload => "the reload",
        Activation::Restart => "the start",
    };
    let seen =
        format!("{:.1} s after {moment}, the probe reports: {}", since.elapsed().as_secs_f32(), refused.join("; "));
    let nodetool = match (all_up(&test_cluster.views()?), load) {
        (true, _) => "at that time, nodetool shows every node up on every node",
        (false, Activation::Restart) => "at that time, nodetool shows a node down, as in any restart",
        (false, Activation::Reload) => "at that time, nodetool shows a node down",
    };
    Ok(vec![seen, nodetool.to_owned()])
}

fn watch(test_cluster: &mut TestCluster) -> anyhow::Result<Vec<String>> {
    test_cluster.cut()?;
    let cut = Instant::now();
    test_cluster.console.say("all connections are cut");
    let mut seen_down = None;
    while cut.elapsed() < WATCH {
        if seen_down.is_none() && !all_up(&test_cluster.views()?) {
            seen_down = Some(cut.elapsed());
        }
        test_cluster.console.pause("the effect to show", Duration::from_secs(1))?;
    }
    let nodetool = match seen_down {
        Some(after) => format!("nodetool shows a node down {} s after all connections were cut", after.as_secs()),
        None => format!("nodetool shows no node down within {} s", WATCH.as_secs()),
    };
    Ok(vec![nodetool, format!("the logs report {} failed handshakes", test_cluster.refusals()?.len())])
}

fn all_up(views: &[View]) -> bool {
    views.iter().all(|(_, view)| view.len() == views.len())
}

fn repair(test_cluster: &mut TestCluster, name: &NodeName, old: &Identity) -> anyhow::Result<()> {
    let since = Instant::now();
    let mut row = Row::of(&format!("{name}: the old key restored"));
    let load = begin_load(test_cluster, name, old, &mut row)?;
    if load == Activation::Restart {
        test_cluster.await_start(name)?;
    }
    // Operations that fail until the peers have connected again count as an effect of the error.
    test_cluster.settle_after_trouble(&mut row)?;
    test_cluster.gate_and_keep(row, since)
}
