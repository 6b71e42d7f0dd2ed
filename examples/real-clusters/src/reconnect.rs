//! Makes every pair of nodes connect again, in both directions.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use rotation_planner::Transport;

use super::distribution::PLAIN_PORT;
use super::log::{Connection, Mark, Protection, connection};
use super::sockets::{self, Socket};
use super::test_cluster::{ConnectionCutter, TestCluster};

/// The longest wait for nodes to replace their connections.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The age at which a connection counts as lasting.
///
/// A connection whose handshake fails usually ends sooner.
const SETTLED: Duration = Duration::from_millis(1200);

impl TestCluster {
    /// Cuts all connections, and waits until all pairs have connected again, in both directions.
    ///
    /// Returns the number of pairs, where each direction counts; 0 if connections cannot be cut.
    pub(super) fn reconnect(&mut self) -> anyhow::Result<usize> {
        let marks: Vec<Mark> = self.members.iter().map(|member| member.node.log().mark()).collect();
        self.cut()?;
        if self.connection_cutter == ConnectionCutter::Missing {
            return Ok(0);
        }
        let expected = self.expected_pairs()?;
        let mut missing = String::new();
        let connected = self.console.clone().wait("every pair to connect again", TIMEOUT, || {
            let lacking = self.lacking(&expected, &marks)?;
            missing = lacking.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            Ok(lacking.is_empty().then_some(expected.len()))
        });
        connected.with_context(|| format!("not connected: {missing}"))
    }

    fn expected_pairs(&self) -> anyhow::Result<Vec<Pair>> {
        let mut expected = Vec::new();
        for client in self.running() {
            let (mode, _) = self.loaded(client)?;
            let tls = mode.dials() == Transport::Tls;
            let port = if tls { self.settings.distribution.tls_port() } else { PLAIN_PORT };
            for server in self.running().filter(|server| server.node.name() != client.node.name()) {
                expected.push(Pair {
                    client: client.node.address(),
                    server: SocketAddrV4::new(server.node.address(), port),
                    protection: if tls { Protection::Tls } else { Protection::Plain },
                });
            }
        }
        Ok(expected)
    }

    fn lacking(&self, expected: &[Pair], marks: &[Mark]) -> anyhow::Result<Vec<Pair>> {
        let logged = self.logged_connections(marks)?;
        let standing: Vec<Pair> = lasting()?.iter().filter_map(|socket| self.pair(socket, &logged)).collect();
        let stands = |wanted: &Pair| {
            let of_pair = |seen: &&Pair| (seen.client, seen.server) == (wanted.client, wanted.server);
            let seen: Vec<&Pair> = standing.iter().filter(of_pair).collect();
            !seen.is_empty() && seen.iter().all(|seen| *seen == wanted)
        };
        Ok(expected.iter().filter(|wanted| !stands(wanted)).copied().collect())
    }

    /// The nodes and the protection of a socket; `None` if they are not known.
    ///
    /// On 4.0 and later, the client's log says whether the connection is encrypted. Earlier releases use one port for
    /// plaintext and another for TLS.
    fn pair(&self, socket: &Socket, logged: &[Connection]) -> Option<Pair> {
        let client = self.running().find(|member| member.node.process_id().map(|id| id.pid) == socket.process)?;
        let protection = if self.settings.distribution.has_one_port() {
            let is_this = |seen: &&Connection| (seen.from, seen.server) == (socket.client, socket.server);
            logged.iter().find(is_this)?.protection
        } else if socket.server.port() == PLAIN_PORT {
            Protection::Plain
        } else {
            Protection::Tls
        };
        Some(Pair { client: client.node.address(), server: socket.server, protection })
    }

    fn logged_connections(&self, marks: &[Mark]) -> anyhow::Result<Vec<Connection>> {
        let mut connections = Vec::new();
        for (member, mark) in self.members.iter().zip(marks) {
            let lines = member.node.log().since(*mark)?;
            connections.extend(lines.iter().filter_map(|line| connection(line)));
        }
        Ok(connections)
    }
}

/// The connections from one node to another, counted as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pair {
    client: Ipv4Addr,
    server: SocketAddrV4,
    protection: Protection,
}

impl fmt::Display for Pair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} to {}", self.client, self.server)
    }
}

fn lasting() -> anyhow::Result<Vec<Socket>> {
    let before = sockets::established()?;
    thread::sleep(SETTLED);
    let after = sockets::established()?;
    Ok(after.into_iter().filter(|socket| before.contains(socket)).collect())
}
