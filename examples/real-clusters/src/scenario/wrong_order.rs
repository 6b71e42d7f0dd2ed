//! The key before the trust in it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rotation_planner::{Action, Activation, Checker, Identity, NodeName, Placement, Step};

use super::{Scenario, report};
use crate::carry_out::Coordinators;
use crate::gate::{Probe, Unfit, View};
use crate::report::{Foretold, Report, Row};
use crate::rig::Rig;

/// How long the trouble is watched before it is mended.
const WATCH: Duration = Duration::from_secs(40);

/// Gives the last node a key that nobody trusts, shows what that does, and mends it.
pub(crate) fn wrong_order(mut rig: Rig) -> anyhow::Result<Report> {
    let (name, new) = rig.new_identities()?.pop().context("there is no node")?;
    let (_, old) = rig.loaded(rig.member(&name)?)?;
    let old = old.context("the node serves nothing")?;
    let mut notes = vec![refusal(&rig, &name, &new)?];
    let mut row = Row::of(&format!("{name}: the new key, which nobody trusts"));
    rig.begin_row();
    let since = Instant::now();
    let load = begin_load(&mut rig, &name, &new, &mut row)?;
    notes.extend(look(&rig, load, &mut row)?);
    finish_load(&mut rig, &name, load)?;
    notes.extend(watch(&mut rig)?);
    rig.count_operations(&mut row);
    row.seconds = since.elapsed().as_secs();
    rig.rows.push(row);
    mend(&mut rig, &name, &old)?;
    for note in &notes {
        rig.console.say(note);
    }
    report(rig, Scenario::WrongOrder, None, Foretold::Trouble, notes)
}

/// What the checker says of it.
fn refusal(rig: &Rig, name: &NodeName, new: &Identity) -> anyhow::Result<String> {
    let step = Step::new(name, Action::StageIdentity(new.clone()));
    match Checker::safe(&rig.cluster)?.apply(&step) {
        Ok(()) => bail!("the checker lets the wrong order pass"),
        Err(error) => Ok(format!("refused: {error}")),
    }
}

/// Puts the key on disk and has it loaded; a process that is started anew is not waited for.
fn begin_load(rig: &mut Rig, name: &NodeName, identity: &Identity, row: &mut Row) -> anyhow::Result<Activation> {
    let reloads = rig.settings.release.is_4_or_later() && rig.settings.staging.identity == Placement::InPlace;
    let load = if reloads { Activation::Reload } else { Activation::Restart };
    let [stage, load_it] =
        [Action::StageIdentity(identity.clone()), Action::Activate(load)].map(|a| Step::new(name, a));
    rig.console.begin(&format!("{stage}, {}", load_it.action()));
    rig.carry_out_step(&stage, row, Coordinators::LeftOut)?;
    match load {
        Activation::Reload => rig.carry_out_step(&load_it, row, Coordinators::LeftOut)?,
        Activation::Restart => {
            row.restarts += 1;
            rig.stop(name, Coordinators::LeftOut)?;
            rig.launch(name)?;
        }
    }
    rig.cluster.apply(&stage)?;
    rig.cluster.apply(&load_it)?;
    Ok(load)
}

fn finish_load(rig: &mut Rig, name: &NodeName, load: Activation) -> anyhow::Result<()> {
    match load {
        Activation::Reload => Ok(()),
        // It sees no peer, and is asked all the same: so does a load balancer that looks at the port.
        Activation::Restart => {
            rig.await_queries(name)?;
            rig.take_in(name)
        }
    }
}

/// Looks with the probe as soon as a listener answers, and with nodetool.
fn look(rig: &Rig, load: Activation, row: &mut Row) -> anyhow::Result<Vec<String>> {
    let since = Instant::now();
    let probes = rig.console.wait("the probe to see it", Duration::from_secs(60), || {
        let probes = rig.probe_all()?;
        let answered = probes.iter().all(|probe| !matches!(probe.outcome, Err(Unfit::NoHandshake(_))));
        Ok(answered.then_some(probes))
    })?;
    row.probes += probes.len();
    let refused: Vec<String> = probes.iter().filter_map(Probe::failure).collect();
    if refused.is_empty() {
        bail!("the probe sees nothing wrong");
    }
    let moment = match load {
        Activation::Reload => "the reload",
        Activation::Restart => "the start",
    };
    let seen = format!("{:.1} s after {moment} the probe says: {}", since.elapsed().as_secs_f32(), refused.join("; "));
    let nodetool = match (all_up(&rig.views()?), load) {
        (true, _) => "nodetool then: every node is up, seen from every node",
        (false, Activation::Restart) => "nodetool then: a node is down, as in any restart",
        (false, Activation::Reload) => "nodetool then: a node is down",
    };
    Ok(vec![seen, nodetool.to_owned()])
}

/// Cuts all connections, and looks with nodetool's and with the client's eyes for a while.
fn watch(rig: &mut Rig) -> anyhow::Result<Vec<String>> {
    rig.cut()?;
    let cut = Instant::now();
    rig.console.say("all connections are cut");
    let mut seen_down = None;
    while cut.elapsed() < WATCH {
        if seen_down.is_none() && !all_up(&rig.views()?) {
            seen_down = Some(cut.elapsed());
        }
        rig.console.pause("the trouble to show", Duration::from_secs(1))?;
    }
    let nodetool = match seen_down {
        Some(after) => format!("nodetool shows a node down {} s after all connections were cut", after.as_secs()),
        None => format!("nodetool shows no node down within {} s", WATCH.as_secs()),
    };
    Ok(vec![nodetool, format!("{} lines of failed handshakes in the logs", rig.refusals()?.len())])
}

fn all_up(views: &[View]) -> bool {
    views.iter().all(|(_, view)| view.len() == views.len())
}

/// Back to the old key; then all gates must hold again.
fn mend(rig: &mut Rig, name: &NodeName, old: &Identity) -> anyhow::Result<()> {
    let since = Instant::now();
    let mut row = Row::of(&format!("{name}: the old key again"));
    let load = begin_load(rig, name, old, &mut row)?;
    if load == Activation::Restart {
        rig.await_start(name)?;
    }
    // What failed until the peers dialled again belongs to the trouble, not to the mending.
    rig.settle_after_trouble(&mut row)?;
    rig.gate_and_keep(row, since)
}
