//! The running cluster: nodes, their files, the client, and the known state.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use anyhow::{Context as _, bail};
use bridge::{Format, Identities};
use rotation_planner::{
    ClientAuth, Cluster, Identity, InternodeMode, NodeName, Observed, Scope, Semantics, Staging, TlsConfig, Trust,
};
use tokio::runtime::Runtime;

use super::configuration::NODES;
use super::console::Console;
use super::distribution::Distribution;
use super::host::Host;
use super::loader::{CoordinatorGone, Loader};
use super::log::Mark;
use super::node::{Node, Server};
use super::report::Row;
use super::sockets::{self, Cut};

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) distribution: Distribution,
    pub(super) client_auth: ClientAuth,
    pub(super) staging: Staging,
    pub(super) format: Format,
    pub(super) mode: InternodeMode,
    pub(super) root: PathBuf,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) node: Node,
    pub(super) host: Host,
    /// The end of the node's log when the current step began.
    pub(super) mark: Mark,
}

/// Whether connections can be cut, so that every step is tested with new connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConnectionCutter {
    Available,
    /// The user lacks `CAP_NET_ADMIN`, or the kernel lacks `CONFIG_INET_DIAG_DESTROY`.
    Missing,
}

#[derive(Debug)]
pub(super) struct TestCluster {
    pub(super) console: Console,
    pub(super) settings: Settings,
    pub(super) members: Vec<Member>,
    pub(super) identities: Identities,
    pub(super) loader: Option<Loader>,
    /// The known state of the cluster, updated after every step.
    pub(super) cluster: Cluster,
    pub(super) connection_cutter: ConnectionCutter,
    pub(super) rows: Vec<Row>,
}

impl TestCluster {
    /// Creates keys, files and folders, then starts all nodes and, except on 2.1, the client.
    pub(super) fn bring_up(
        settings: Settings,
        server: &Server,
        console: &Console,
        runtime: &Arc<Runtime>,
    ) -> anyhow::Result<Self> {
        let mut test_cluster = Self {
            console: console.clone(),
            identities: Identities::new(settings.format),
            members: members(&settings, server),
            loader: None,
            cluster: Cluster::new(Scope::All, semantics(&settings)?),
            connection_cutter: ConnectionCutter::Available,
            rows: Vec::new(),
            settings,
        };
        let since = Instant::now();
        test_cluster.prepare()?;
        test_cluster.start_all()?;
        test_cluster.wait_for_ring()?;
        test_cluster.start_client(runtime)?;
        let row = Row { seconds: since.elapsed().as_secs(), ..Row::of("all nodes up") };
        test_cluster.begin_row();
        test_cluster.gate_and_keep(row, since)?;
        Ok(test_cluster)
    }

    pub(super) fn new_identities(&mut self) -> anyhow::Result<Vec<(NodeName, Identity)>> {
        self.console.begin("new keys and certificates");
        let mut identities = Vec::new();
        for member in &self.members {
            self.console.check()?;
            let (name, address) = (member.node.name(), member.node.address());
            identities.push((
                name.into(),
                self.identities.generate(name, address.into(), SystemTime::now(), &mut rand::rng())?,
            ));
        }
        Ok(identities)
    }

    pub(super) fn member(&self, name: &NodeName) -> anyhow::Result<&Member> {
        self.members.iter().find(|member| member.node.name() == name.as_str()).context("no node has that name")
    }

    pub(super) fn member_mut(&mut self, name: &NodeName) -> anyhow::Result<&mut Member> {
        self.members.iter_mut().find(|member| member.node.name() == name.as_str()).context("no node has that name")
    }

    pub(super) fn running(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.node.is_running())
    }

    pub(super) fn loaded(&self, member: &Member) -> anyhow::Result<(InternodeMode, Option<Identity>)> {
        let node = self.cluster.get(&member.node.name().into()).context("the cluster has no node of this name")?;
        let loaded = node.observed().loaded().context("the node is not running")?;
        match loaded.identity.candidates() {
            [identity] => Ok((loaded.mode, identity.clone())),
            _ => bail!("it is not known what {} has loaded", member.node.name()),
        }
    }

    /// Whether the process requires client certificates.
    pub(super) fn loaded_client_auth(&self, member: &Member) -> anyhow::Result<ClientAuth> {
        let node = self.cluster.get(&member.node.name().into()).context("the cluster has no node of this name")?;
        let loaded = node.observed().loaded().context("the node is not running")?;
        match loaded.client_auth.candidates() {
            [own] => Ok(own.unwrap_or(self.settings.client_auth)),
            _ => bail!("it is not known which client authentication {} has loaded", member.node.name()),
        }
    }

    pub(super) fn begin_row(&mut self) {
        for member in &mut self.members {
            member.mark = member.node.log().mark();
        }
    }

    pub(super) fn cut(&mut self) -> anyhow::Result<()> {
        let cut = match &self.loader {
            Some(loader) => loader.hold_while(sockets::cut)?,
            None => sockets::cut()?,
        };
        if cut == Cut::NotAllowed && self.connection_cutter == ConnectionCutter::Available {
            self.connection_cutter = ConnectionCutter::Missing;
            self.console.say(
                "connections between nodes cannot be cut here (this needs root or CAP_NET_ADMIN, and a kernel that allows it): \
                 old connections stay open, and the steps prove less",
            );
        }
        Ok(())
    }

    pub(super) fn count_operations(&self, row: &mut Row) {
        if let Some(loader) = &self.loader {
            row.add(&loader.take_interval());
        }
    }

    /// Ends the client, which reads everything back, and drops the nodes.
    ///
    /// Returns the rows, and the number of correct reads.
    pub(super) fn finish(mut self) -> anyhow::Result<(Vec<Row>, usize)> {
        let Some(loader) = self.loader.take() else { return Ok((self.rows, 0)) };
        self.console.begin("reading all values back");
        let since = Instant::now();
        loader.settle(&self.console)?;
        let mut row = Row::of("the client's last answers");
        row.add(&loader.take_interval());
        let checked = loader.finish(&self.console);
        row.seconds = since.elapsed().as_secs();
        let values = checked.unwrap_or_else(|error| {
            row.failures.push(format!("{error:#}"));
            0
        });
        self.rows.push(row);
        Ok((self.rows, values))
    }

    fn prepare(&mut self) -> anyhow::Result<()> {
        for member in &self.members {
            member.node.clear()?;
            member.host.prepare(self.settings.client_auth)?;
        }
        let setups = match self.settings.mode {
            InternodeMode::PlaintextOnly => vec![TlsConfig::plaintext(); self.members.len()],
            _ => self.first_stores()?,
        };
        for (member, setup) in self.members.iter().zip(setups) {
            self.cluster.add_node(member.node.name(), "dc1", "r1", Observed::settled(setup))?;
        }
        Ok(())
    }

    fn first_stores(&mut self) -> anyhow::Result<Vec<TlsConfig>> {
        let identities = self.new_identities()?;
        let trust: Trust = identities.iter().map(|(_, identity)| identity.anchor()).collect();
        let Settings { staging, mode, format, .. } = self.settings.clone();
        for (member, (_, identity)) in self.members.iter().zip(&identities) {
            member.host.stage_trust(&trust, staging.trust, &self.identities)?;
            member.host.stage_identity(identity, staging.identity, &self.identities)?;
            member.host.stage_mode(mode, format)?;
        }
        let setup = |(_, identity)| TlsConfig::tls(identity, trust.clone()).with_mode(mode);
        Ok(identities.into_iter().map(setup).collect())
    }

    fn start_client(&mut self, runtime: &Arc<Runtime>) -> anyhow::Result<()> {
        if self.settings.distribution == Distribution::V2_1 {
            self.console.say("no client: the driver does not support the CQL protocol of 2.1");
            return Ok(());
        }
        self.console.begin("the client");
        self.loader = Some(Loader::start(runtime, &NODES, CoordinatorGone::Fails, &self.console)?);
        Ok(())
    }

    fn start_all(&mut self) -> anyhow::Result<()> {
        self.console.begin(&format!("three nodes of Cassandra {}", self.settings.distribution.version()));
        for member in &mut self.members {
            let encryption = member.host.encryption()?;
            member.node.start(&encryption)?;
            self.console.say(&format!("{}: {}", member.node.name(), member.node.log().path().display()));
        }
        for member in &mut self.members {
            member.node.wait_for_cql(&self.console)?;
        }
        Ok(())
    }
}

fn members(settings: &Settings, server: &Server) -> Vec<Member> {
    let member = |(number, address): (usize, Ipv4Addr)| {
        let name = format!("node{number}");
        let folder = settings.root.join(&name);
        Member {
            node: Node::new(&name, address, folder.clone(), server.clone()),
            host: Host::new(folder, settings.distribution),
            mark: Mark::default(),
        }
    };
    (1..).zip(NODES).map(member).collect()
}

/// The planner's semantics of the release.
///
/// `optional` can be set wherever Cassandra has it, because these nodes do not use Edge's template.
fn semantics(settings: &Settings) -> anyhow::Result<Semantics> {
    let release = settings.distribution.release();
    let optional = bridge::settings::optional(release);
    let semantics = bridge::settings::semantics(release, settings.client_auth)?;
    Ok(semantics.with_staging(settings.staging).with_optional_support(optional))
}
