//! Reads the certificates that servers serve, and presents certificates to servers.

mod dial;
mod flight;
mod hello;
mod onlooker;
mod present;
mod rustls_dial;

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use keystore_core::rustls_pki_types::CertificateDer;

use dial::Dial;

pub use flight::ServerFlight;
pub(crate) use onlooker::Onlooker;
pub use present::{Acceptance, Credential, present};

/// The default time limit of a dial, over all of its connections.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// The maximum number of certificates in the chain that a server serves.
pub const MAX_CERTIFICATES: usize = 32;

const AT_A_TIME: usize = 32;

/// The result of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The chain that the server served, its own certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The version of TLS, such as `TLS 1.2`.
    pub version: String,
    /// Whether the server asked for a certificate.
    pub asked: ClientCertificate,
}

/// Whether a server asked the client for a certificate (`require_client_auth`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientCertificate {
    /// The server asked for a certificate.
    Asked,
    /// The server did not ask for a certificate.
    NotAsked,
}

/// Reads the certificates that the server at `target` (`host:port`) serves.
///
/// Verifies no chain and presents no certificate. If the handshake of rustls yields no certificate and no limit is reached,
/// this function connects again and sends the hello of an old client. The server's answer to that hello contains the
/// certificates in clear. For example, rustls shares no cipher suite with Cassandra 2.1, which offers only suites without
/// forward secrecy.
///
/// A server cannot exhaust time or memory: the dial ends after `timeout` or after 256 KiB, whatever the server sends. The
/// time for the resolution of a host name is not limited. If the name has several addresses, they are dialled in order until one
/// answers.
///
/// # Errors
/// If `target` has no address or no server answers there, if both handshakes fail, if the server serves no certificate, or
/// if `timeout`, 256 KiB or [`MAX_CERTIFICATES`] is exceeded.
pub fn probe(target: &str, timeout: Duration) -> anyhow::Result<Served> {
    let addresses = addresses_of(target)?;
    let mut dial = Dial::new(timeout);
    let connection = dial.connect(&addresses)?;
    let address = connection.address;
    let modern = rustls_dial::dial(connection, address.ip());
    let served = match modern {
        Err(modern) if !dial.is_over() => {
            let old = dial.connect(&[address]).and_then(hello::dial);
            old.map_err(|old| old.context(format!("{modern:#}; and with an old hello")))?
        }
        modern => modern?,
    };
    ensure!(!served.chain.is_empty(), "it serves no certificate");
    ensure!(served.chain.len() <= MAX_CERTIFICATES, "the server shows more than {MAX_CERTIFICATES} certificates");
    Ok(served)
}

fn addresses_of(target: &str) -> anyhow::Result<Vec<SocketAddr>> {
    let addresses = target.to_socket_addrs().with_context(|| format!("{target} is not an address"))?;
    let addresses: Vec<_> = addresses.collect();
    ensure!(!addresses.is_empty(), "{target} has no address");
    Ok(addresses)
}

/// Probes many servers, up to 32 at a time.
///
/// `probed` is called after each probe. The results are in the order of the targets.
pub fn probe_all(targets: &[String], timeout: Duration, probed: &(dyn Fn() + Sync)) -> Vec<anyhow::Result<Served>> {
    let results: Vec<OnceLock<anyhow::Result<Served>>> = targets.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((target, result)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            targets.get(index).zip(results.get(index))
        } {
            result.get_or_init(|| probe(target, timeout));
            probed();
        }
    };
    thread::scope(|scope| (0..targets.len().min(AT_A_TIME)).for_each(|_| drop(scope.spawn(work))));
    let done = |result: OnceLock<_>| result.into_inner().unwrap_or_else(|| Err(anyhow::anyhow!("not dialled")));
    results.into_iter().map(done).collect()
}
