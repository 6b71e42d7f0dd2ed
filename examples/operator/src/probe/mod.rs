//! Which certificate a server serves, seen without being a node.

mod hello;
mod onlooker;
mod rustls_dial;

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use anyhow::Context as _;
use keystore_core::rustls_pki_types::CertificateDer;

pub(crate) use onlooker::Onlooker;

const TIMEOUT: Duration = Duration::from_secs(10);

/// What a handshake showed.
#[derive(Clone, Debug)]
pub struct Served {
    /// The chain that the server served, its own certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The version of TLS.
    pub version: String,
    /// Whether it asked for a certificate.
    pub asked: ClientCertificate,
}

/// Whether a server asked the client for a certificate (`require_client_auth`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientCertificate {
    /// It did.
    Asked,
    /// It did not.
    NotAsked,
}

/// Shakes hands with the server at `target` (`host:port`), far enough to see its certificate; verifies no chain and shows no
/// certificate.
///
/// A server with which rustls has no suite in common (Cassandra 2.1 offers only suites without forward secrecy) is greeted
/// with an old hello, and its certificate is read from its answer, which is unencrypted up to TLS 1.2.
///
/// # Errors
/// If there is no server, or it does not speak TLS.
pub fn probe(target: &str) -> anyhow::Result<Served> {
    let address = target.to_socket_addrs().with_context(|| format!("{target} is not an address"))?.next();
    let address = address.with_context(|| format!("{target} has no address"))?;
    rustls_dial::dial(connect(address)?, address.ip()).or_else(|modern| {
        hello::dial(connect(address)?).map_err(|old| old.context(format!("{modern:#}; and with an old hello")))
    })
}

fn connect(address: SocketAddr) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, TIMEOUT).context("no answer")?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    Ok(stream)
}
