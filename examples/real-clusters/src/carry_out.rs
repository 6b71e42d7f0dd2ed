//! Carries out a plan step by step.

use std::time::{Duration, Instant};

use anyhow::bail;
use rotation_planner::{Action, Activation, Checker, NodeName, Plan, Step};

use super::log::{LogEvent, event_in};
use super::nodetool;
use super::report::Row;
use super::test_cluster::TestCluster;

const RELOAD_TIMEOUT: Duration = Duration::from_secs(20);

/// Steps after which the gates are checked: at most one activation, which is the last step.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub(super) steps: Vec<&'a Step>,
}

/// Whether the client stops using a node as a coordinator before the node goes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coordinators {
    /// The client stops using the node, as a load balancer does before a planned restart.
    LeftOut,
    /// The client keeps using the node, so that the loss is visible.
    AllAsked,
}

impl TestCluster {
    pub(super) fn carry_out(&mut self, plan: &Plan, coordinators: Coordinators) -> anyhow::Result<()> {
        let groups: Vec<Group<'_>> = plan.waves().iter().flat_map(|wave| groups(wave.steps())).collect();
        self.console.expect_steps(groups.len())?;
        for group in groups {
            self.carry_out_group(&group, coordinators)?;
        }
        Ok(())
    }

    pub(super) fn carry_out_group(&mut self, group: &Group<'_>, coordinators: Coordinators) -> anyhow::Result<()> {
        let since = Instant::now();
        let title = group.title();
        self.console.begin(&title);
        self.begin_row();
        let mut row = Row::of(&title);
        for step in &group.steps {
            if coordinators == Coordinators::LeftOut {
                Checker::never_worse(&self.cluster)?.apply(step)?;
            }
            self.carry_out_step(step, &mut row, coordinators)?;
            self.cluster.apply(step)?;
        }
        self.gate_and_keep(row, since)
    }

    /// Carries out the step on the node without applying it to the known state of the cluster.
    pub(super) fn carry_out_step(
        &mut self,
        step: &Step,
        row: &mut Row,
        coordinators: Coordinators,
    ) -> anyhow::Result<()> {
        self.console.check()?;
        let (staging, format) = (self.settings.staging, self.settings.format);
        let host = &self.member(step.node())?.host;
        match step.action() {
            Action::StageTrust(trust) => host.stage_trust(trust, staging.trust, &self.identities)?,
            Action::StageIdentity(identity) => host.stage_identity(identity, staging.identity, &self.identities)?,
            Action::StageMode(mode) => host.stage_mode(*mode, format)?,
            Action::StageClientAuth(client_auth) => host.stage_client_auth(*client_auth)?,
            Action::Activate(Activation::Reload) => {
                row.reloads += 1;
                self.reload(step.node())?;
            }
            Action::Activate(Activation::Restart) => {
                row.restarts += 1;
                self.stop(step.node(), coordinators)?;
                self.start(step.node())?;
            }
            Action::Stop => self.stop(step.node(), coordinators)?,
            Action::Start => {
                row.restarts += 1;
                self.start(step.node())?;
            }
            other => bail!("this program cannot carry out the action `{other}`"),
        }
        Ok(())
    }

    /// Runs `nodetool reloadssl` and waits until the log confirms the reload.
    ///
    /// 4.0 reports a failure by the exit status of nodetool, 5.0 only in its log.
    pub(super) fn reload(&self, name: &NodeName) -> anyhow::Result<()> {
        let node = &self.member(name)?.node;
        let mark = node.log().mark();
        let answer = nodetool::run(node, "reloadssl")?;
        if !answer.status.success() {
            bail!("{name}: nodetool reloadssl failed ({}): {}", answer.status, answer.text);
        }
        self.console.wait(&format!("the log of {name} to report the reload"), RELOAD_TIMEOUT, || {
            let lines = node.log().since(mark)?;
            if let Some(line) = lines.iter().find(|line| event_in(line) == Some(LogEvent::ReloadFailed)) {
                bail!("{name}: {line}");
            }
            Ok(lines.iter().any(|line| event_in(line) == Some(LogEvent::Reloaded)).then_some(()))
        })
    }

    pub(super) fn stop(&mut self, name: &NodeName, coordinators: Coordinators) -> anyhow::Result<()> {
        let console = self.console.clone();
        if coordinators == Coordinators::LeftOut {
            let address = self.member(name)?.node.address();
            self.loader.iter().try_for_each(|loader| loader.leave_out(address, &console))?;
        }
        self.member_mut(name)?.node.drain_and_stop(&console)
    }

    fn start(&mut self, name: &NodeName) -> anyhow::Result<()> {
        self.launch(name)?;
        self.await_start(name)
    }

    pub(super) fn launch(&mut self, name: &NodeName) -> anyhow::Result<()> {
        let member = self.member_mut(name)?;
        let encryption = member.host.encryption()?;
        member.node.start(&encryption)?;
        self.record_start(self.member(name)?)
    }

    /// Waits until a started node is ready, then makes the client use the node again.
    ///
    /// A ready node accepts queries and sees every other running node. Accepting queries is not enough, because a node
    /// does so before it knows its peers.
    pub(super) fn await_start(&mut self, name: &NodeName) -> anyhow::Result<()> {
        self.await_queries(name)?;
        self.wait_for_ring_of(&[self.member(name)?])?;
        self.take_in(name)
    }

    pub(super) fn await_queries(&mut self, name: &NodeName) -> anyhow::Result<()> {
        let console = self.console.clone();
        self.member_mut(name)?.node.wait_for_cql(&console)
    }

    pub(super) fn take_in(&self, name: &NodeName) -> anyhow::Result<()> {
        let address = self.member(name)?.node.address();
        self.loader.iter().try_for_each(|loader| loader.take_in(address, &self.console))
    }
}

impl Group<'_> {
    pub(super) fn title(&self) -> String {
        let lines: Vec<String> = self.steps.iter().map(|step| format!("{}: {}", step.node(), step.action())).collect();
        match lines.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            _ => brief(&self.steps),
        }
    }
}

/// Describes several steps on one line.
///
/// The line is, for example, `node1: stage keystore node1-2, restart` for one node, and
/// `stage truststore {...} on node1, node2` for several.
fn brief(steps: &[&Step]) -> String {
    let mut by_action: Vec<(String, Vec<&str>)> = Vec::new();
    for step in steps {
        let action = step.action().to_string();
        match by_action.iter_mut().find(|(known, _)| *known == action) {
            Some((_, nodes)) => nodes.push(step.node().as_str()),
            None => by_action.push((action, vec![step.node().as_str()])),
        }
    }
    match by_action.iter().map(|(_, nodes)| nodes.as_slice()).collect::<Vec<_>>().as_slice() {
        [[first], rest @ ..] if rest.iter().all(|nodes| nodes == &[*first]) => {
            let actions: Vec<&str> = by_action.iter().map(|(action, _)| action.as_str()).collect();
            format!("{first}: {}", actions.join(", "))
        }
        _ => {
            let parts: Vec<String> =
                by_action.iter().map(|(action, nodes)| format!("{action} on {}", nodes.join(", "))).collect();
            parts.join("; ")
        }
    }
}

/// Splits the steps of a wave into groups.
///
/// An activation forms a group with the steps before it if all of them are on its node. Otherwise the steps before the
/// activation form a group of their own, because outbound connections of 2.1 to 3.11 use staged files immediately.
pub(super) fn groups(steps: &[Step]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut open: Vec<&Step> = Vec::new();
    for step in steps {
        let loads = matches!(step.action(), Action::Activate(_));
        if loads && open.iter().any(|staged| staged.node() != step.node()) {
            groups.push(Group { steps: std::mem::take(&mut open) });
        }
        open.push(step);
        if loads {
            groups.push(Group { steps: std::mem::take(&mut open) });
        }
    }
    if !open.is_empty() {
        groups.push(Group { steps: open });
    }
    groups
}

#[cfg(test)]
mod tests {
    use rotation_planner::{Identity, Trust};

    use super::*;

    fn trust(node: &str) -> Step {
        Step::new(node, Action::StageTrust(Trust::none()))
    }

    fn titles(steps: &[Step]) -> Vec<String> {
        groups(steps).iter().map(Group::title).collect()
    }

    #[test]
    fn what_is_staged_for_a_load_goes_with_it() {
        let identity = Step::new("node1", Action::StageIdentity(Identity::self_signed("node1-2")));
        let restart = Step::new("node1", Action::Activate(Activation::Restart));
        assert_eq!(titles(&[identity, restart]), ["node1: stage keystore node1-2, restart"]);
    }

    #[test]
    fn what_is_staged_on_all_stands_alone() {
        let reload = |node| Step::new(node, Action::Activate(Activation::Reload));
        let steps = [trust("node1"), trust("node2"), reload("node1"), reload("node2")];
        assert_eq!(titles(&steps), ["stage truststore {} on node1, node2", "node1: reload", "node2: reload"]);
    }
}
