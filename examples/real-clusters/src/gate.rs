//! The gates: conditions that must hold after each group of steps.
//!
//! Connections that were established before a step prove nothing about the step. So the gates need new connections.
//! First the probe connects to each node that accepts TLS, as that node's peers. Then, if the privileges allow this, every
//! connection is cut, and every pair of nodes must connect again in both directions.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rotation_planner::{ClientAuth, Identity, Transport};

use super::log::{LogEvent, event_in};
use super::nodetool::{self, Liveness};
use super::probe::{self, Shown, Verdict};
use super::report::Row;
use super::test_cluster::{Member, TestCluster};

/// The longest wait for the nodes to see each other as up.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The result of a TLS handshake with `server`, made by the probe as `client`.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) client: String,
    pub(super) server: String,
    pub(super) outcome: Result<(), Unfit>,
}

/// The reason why a pair cannot talk.
#[derive(Debug)]
pub(super) enum Unfit {
    /// There was no complete handshake.
    NoHandshake(String),
    /// The certificate is not the expected one, or not trusted.
    Certificate(String),
    /// The server does not require a client certificate although it should, or the reverse.
    ClientAuth(String),
}

/// What a node should show in a handshake.
struct Expected {
    identity: Option<Identity>,
    client_auth: ClientAuth,
}

impl TestCluster {
    pub(super) fn gate_and_keep(&mut self, mut row: Row, since: Instant) -> anyhow::Result<()> {
        let result = self.gate(&mut row);
        self.count_operations(&mut row);
        row.seconds = since.elapsed().as_secs();
        if let Err(error) = &result {
            row.failures.push(format!("{}: {error:#}", row.step));
        }
        let failed = row.failed_operations;
        self.rows.push(row);
        self.console.step_done();
        if failed > 0 {
            self.console.say(&format!("{failed} operations failed"));
        }
        result
    }

    /// Waits until the running nodes see each other as up and no operation is in flight.
    ///
    /// Operations that failed until then count in `row`, as an effect of the deliberate error.
    pub(super) fn settle_after_trouble(&mut self, row: &mut Row) -> anyhow::Result<()> {
        self.wait_for_ring()?;
        if let Some(loader) = &self.loader {
            loader.settle(&self.console)?;
        }
        self.count_operations(row);
        self.begin_row();
        Ok(())
    }

    fn gate(&mut self, row: &mut Row) -> anyhow::Result<()> {
        let probes = self.probe_all()?;
        row.probes += probes.len();
        let refused: Vec<String> = probes.iter().filter_map(Probe::failure).collect();
        if !refused.is_empty() {
            bail!("{}", refused.join("; "));
        }
        row.reconnected += self.reconnect()?;
        self.wait_for_ring()?;
        self.require_queries()?;
        self.require_no_refusal()?;
        self.record_loads()
    }

    pub(super) fn probe_all(&self) -> anyhow::Result<Vec<Probe>> {
        let mut pairs = Vec::new();
        for server in self.running() {
            let (mode, identity) = self.loaded(server)?;
            if !mode.accepts(Transport::Tls) {
                continue;
            }
            let expected = Arc::new(Expected { identity, client_auth: self.loaded_client_auth(server)? });
            pairs.extend(self.clients(server)?.into_iter().map(|client| (client, server, Arc::clone(&expected))));
        }
        thread::scope(|scope| {
            let probes: Vec<_> =
                pairs.iter().map(|(a, b, expected)| scope.spawn(|| self.probe(a, b, expected))).collect();
            probes.into_iter().map(|probe| probe.join().ok().context("a probe panicked")).collect()
        })
    }

    /// The peers that have stores, so that they can dial over TLS.
    ///
    /// If no peer has stores, returns `server` itself.
    pub(super) fn clients<'a>(&'a self, server: &'a Member) -> anyhow::Result<Vec<&'a Member>> {
        let mut clients = Vec::new();
        for peer in self.members.iter().filter(|peer| peer.node.name() != server.node.name()) {
            if peer.host.stores()?.is_some() {
                clients.push(peer);
            }
        }
        Ok(if clients.is_empty() { vec![server] } else { clients })
    }

    fn probe(&self, client: &Member, server: &Member, expected: &Expected) -> Probe {
        let outcome = match Self::show(client, server) {
            Ok(Some(shown)) => self.judge(&shown, expected),
            Ok(None) => Err(Unfit::NoHandshake("the client has no stores to dial with".to_owned())),
            Err(error) => Err(Unfit::NoHandshake(format!("{error:#}"))),
        };
        Probe { client: client.node.name().to_owned(), server: server.node.name().to_owned(), outcome }
    }

    /// A handshake with `server`, by the stores on the disk of `client`; `None` without stores.
    pub(super) fn show(client: &Member, server: &Member) -> anyhow::Result<Option<Shown>> {
        let Some(stores) = client.host.stores()? else { return Ok(None) };
        let address = SocketAddrV4::new(server.node.address(), server.node.release().tls_port());
        probe::shake_hands(client.node.address(), &stores, address).map(Some)
    }

    fn judge(&self, shown: &Shown, expected: &Expected) -> Result<(), Unfit> {
        let served = self.identities.label_of(&shown.certificate);
        let name = served.as_ref().map_or("an unknown certificate".to_owned(), |label| label.id().to_string());
        if served != expected.identity {
            let expected = expected.identity.as_ref().map_or("nothing", |label| label.id().as_str());
            return Err(Unfit::Certificate(format!("the server serves {name} instead of {expected}")));
        }
        if shown.client_auth != expected.client_auth {
            let requests = if shown.client_auth == ClientAuth::On { "requests" } else { "does not request" };
            return Err(Unfit::ClientAuth(format!("the server {requests} a client certificate")));
        }
        match shown.trust {
            Verdict::Trusted => Ok(()),
            Verdict::NotTrusted => {
                Err(Unfit::Certificate(format!("the server serves {name}, which is not in the client's truststore")))
            }
        }
    }

    pub(super) fn wait_for_ring(&self) -> anyhow::Result<()> {
        self.wait_for_ring_of(&self.running().collect::<Vec<_>>())
    }

    pub(super) fn wait_for_ring_of(&self, viewers: &[&Member]) -> anyhow::Result<()> {
        let up: BTreeSet<Ipv4Addr> = self.running().map(|member| member.node.address()).collect();
        self.console.wait("every node to be seen up", TIMEOUT, || {
            Ok(views(viewers)?.iter().all(|(_, view)| view.is_superset(&up)).then_some(()))
        })
    }

    pub(super) fn views(&self) -> anyhow::Result<Vec<View>> {
        views(&self.running().collect::<Vec<_>>())
    }

    fn require_queries(&self) -> anyhow::Result<()> {
        match self.running().find(|member| !member.node.takes_queries()) {
            Some(member) => bail!("{} does not accept queries", member.node.name()),
            None => Ok(()),
        }
    }

    fn require_no_refusal(&self) -> anyhow::Result<()> {
        match self.refusals()?.first() {
            Some((node, line)) => bail!("the log of {node} says: {line}"),
            None => Ok(()),
        }
    }

    pub(super) fn refusals(&self) -> anyhow::Result<Vec<(String, String)>> {
        let mut refusals = Vec::new();
        for member in &self.members {
            let lines = member.node.log().since(member.mark)?;
            let refused = lines.into_iter().filter(|line| event_in(line) == Some(LogEvent::Refused));
            refusals.extend(refused.map(|line| (member.node.name().to_owned(), line)));
        }
        Ok(refusals)
    }
}

impl Probe {
    pub(super) fn failure(&self) -> Option<String> {
        let (Unfit::NoHandshake(reason) | Unfit::Certificate(reason) | Unfit::ClientAuth(reason)) =
            self.outcome.as_ref().err()?;
        Some(format!("{} cannot dial {}: {reason}", self.client, self.server))
    }
}

/// A node's name, and the nodes that it sees as up.
pub(super) type View = (String, BTreeSet<Ipv4Addr>);

fn views(viewers: &[&Member]) -> anyhow::Result<Vec<View>> {
    thread::scope(|scope| {
        let asked: Vec<_> = viewers.iter().map(|viewer| scope.spawn(|| view(viewer))).collect();
        asked.into_iter().map(|view| view.join().ok().context("a thread that ran nodetool panicked")?).collect()
    })
}

fn view(viewer: &Member) -> anyhow::Result<View> {
    let ring = nodetool::ring(&viewer.node)?;
    let up = ring.into_iter().filter(|(_, state)| *state == Liveness::UpNormal).map(|(address, _)| address);
    Ok((viewer.node.name().to_owned(), up.collect()))
}
