//! The simulated nodes and clients, on which steps are carried out.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use cassandra_props::Release;
use certgen::Fingerprint;
use rotation_planner::{
    Action, Activation, Checker, Cluster, Identity, NodeName, Observed, Role, Scope, Semantics, Step, TlsConfig, Trust,
};

use super::check::{Expected, Moment, Running, Tally, every_node, every_pair};
use super::tree::{Trees, check_foreign_content};
use crate::lab::{Client, Host, Process};

#[derive(Debug)]
pub(super) struct Nodes {
    release: Release,
    trees: Trees,
    hosts: BTreeMap<NodeName, Host>,
    running: BTreeMap<NodeName, Process>,
    clients: BTreeMap<NodeName, Client>,
    cluster: Cluster,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// The checker must accept each step before the step is carried out.
    Safe,
    /// The steps are not checked, because they stop all nodes, or break connections on purpose.
    Any,
}

impl Nodes {
    pub(super) fn start(
        release: Release,
        semantics: Semantics,
        trees: Trees,
        names: &[String],
    ) -> anyhow::Result<Self> {
        let cluster = Cluster::new(Scope::All, semantics);
        let (hosts, running, clients) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut nodes = Self { release, trees, hosts, running, clients, cluster };
        for name in names {
            let host = nodes.trees.host(name)?;
            let node = NodeName::from(name.as_str());
            nodes.running.insert(node.clone(), Process::start(&host, release)?);
            nodes.hosts.insert(node, host);
            nodes.cluster.add_node(name.as_str(), "dc1", "ra1", Observed::settled(TlsConfig::plaintext()))?;
        }
        Ok(nodes)
    }

    pub(super) fn add_client(&mut self, name: &str, trust: Trust) -> anyhow::Result<()> {
        let host = self.trees.host(name)?;
        self.trees.stage(&host, &Action::StageTrust(trust.clone()))?;
        let client = NodeName::from(name);
        self.clients.insert(client.clone(), Client::start(&host)?);
        self.hosts.insert(client, host);
        self.cluster.add_node(name, "clients", "clients", Observed::settled(TlsConfig::client(trust)))?;
        self.cluster.set_role(name, Role::Client)?;
        Ok(())
    }

    pub(super) fn count(&self) -> usize {
        self.hosts.len() - self.clients.len()
    }

    pub(super) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    pub(super) fn trees_mut(&mut self) -> &mut Trees {
        &mut self.trees
    }

    pub(super) fn check_foreign_content(&self) -> anyhow::Result<()> {
        self.hosts.values().try_for_each(check_foreign_content)
    }

    /// Connects every pair while a node is down, after the step, and after simulated crashes.
    pub(super) fn carry_out(&mut self, step: &Step, demand: Demand) -> anyhow::Result<Tally> {
        if demand == Demand::Safe {
            Checker::safe(&self.cluster)?.apply(step)?;
        }
        let mut tally = self.act(step).with_context(|| step.to_string())?;
        self.cluster.apply(step)?;
        tally.add(self.check()?);
        Ok(tally)
    }

    pub(super) fn check(&self) -> anyhow::Result<Tally> {
        let running = self.as_they_run()?;
        let mut tally = every_pair(&running, &self.clients, &Moment::Between);
        for node in running.keys() {
            tally.add(self.check_crash_of(node)?);
        }
        for name in self.clients.keys() {
            let restarted = Client::start(self.host(name)?)?;
            tally.add(every_node((name, &restarted), &running, &Moment::AfterCrash(name.clone())));
        }
        Ok(tally)
    }

    fn act(&mut self, step: &Step) -> anyhow::Result<Tally> {
        let node = step.node();
        match step.action() {
            Action::Activate(_) if self.clients.contains_key(node) => {
                let restarted = Client::start(self.host(node)?)?;
                self.clients.insert(node.clone(), restarted);
                Ok(Tally::default())
            }
            Action::Activate(Activation::Reload) => {
                self.running.get_mut(node).context("the node is stopped")?.reload()?;
                Ok(Tally::default())
            }
            Action::Activate(Activation::Restart) => {
                let tally = self.stop(node)?;
                self.boot(node)?;
                Ok(tally)
            }
            Action::Stop => self.stop(node),
            Action::Start => self.boot(node).map(|()| Tally::default()),
            files => {
                let host = self.hosts.get(node).with_context(|| format!("there is no {node}"))?;
                self.trees.stage(host, files).map(|()| Tally::default())
            }
        }
    }

    fn stop(&mut self, node: &NodeName) -> anyhow::Result<Tally> {
        if self.running.remove(node).is_none() {
            bail!("{node} is stopped already");
        }
        Ok(every_pair(&self.as_they_run()?, &self.clients, &Moment::WhileDown(node.clone())))
    }

    fn boot(&mut self, node: &NodeName) -> anyhow::Result<()> {
        let started = Process::start(self.host(node)?, self.release)?;
        self.running.insert(node.clone(), started);
        Ok(())
    }

    fn host(&self, name: &NodeName) -> anyhow::Result<&Host> {
        self.hosts.get(name).with_context(|| format!("there is no {name}"))
    }

    fn as_they_run(&self) -> anyhow::Result<BTreeMap<NodeName, Running<'_>>> {
        let running = |(node, process)| {
            let observed = self.observed(node)?;
            let dials = observed.loaded().with_context(|| format!("{node} is stopped"))?.mode.dials();
            let expected = Expected { shows: self.certificate_of(observed.serves())?, dials };
            Ok((node.clone(), Running { process, expected }))
        };
        self.running.iter().map(running).collect()
    }

    /// In this check, a process started from the files on disk replaces the running process.
    fn check_crash_of(&self, node: &NodeName) -> anyhow::Result<Tally> {
        let moment = Moment::AfterCrash(node.clone());
        let restarted = Process::start(self.host(node)?, self.release).with_context(|| moment.to_string())?;
        let disk = self.observed(node)?.disk();
        let expected = Expected { shows: self.certificate_of(disk.identity())?, dials: disk.mode().dials() };
        let mut nodes = self.as_they_run()?;
        nodes.insert(node.clone(), Running { process: &restarted, expected });
        Ok(every_pair(&nodes, &self.clients, &moment))
    }

    fn observed(&self, node: &NodeName) -> anyhow::Result<&Observed> {
        Ok(self.cluster.get(node).with_context(|| format!("there is no {node}"))?.observed())
    }

    fn certificate_of(&self, identity: Option<&Identity>) -> anyhow::Result<Option<Fingerprint>> {
        let Some(identity) = identity else { return Ok(None) };
        let known = self.trees.identities().identity(identity.id().as_str())?;
        Ok(Some(Fingerprint::of(known.certificate())))
    }

    pub(super) fn shown_and_trusted(&self) -> Vec<(Option<Identity>, Trust)> {
        let of = |(_, node): (&NodeName, &rotation_planner::Node)| {
            let observed = node.observed();
            (observed.serves().cloned(), observed.disk().trust().clone())
        };
        self.cluster.nodes().map(of).collect()
    }
}
