//! Makes handshakes that show what a node serves to each of its peers.
//!
//! The probe connects from the peer's address, with the certificate (in case the node requires one) and the truststore
//! on the peer's disk. In these clusters every anchor is a node's own certificate, so Java trusts a node's certificate
//! exactly if the truststore contains that certificate.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use bridge::Stores;
use rotation_planner::ClientAuth;
use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, ProtocolVersion, SignatureScheme};

use super::onlooker::Onlooker;

/// The longest wait for one read or write; a busy node may need seconds.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest wait for a server to refuse the client.
const VERDICT: Duration = Duration::from_millis(500);

#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) certificate: CertificateDer<'static>,
    /// Whether the client's truststore contains the certificate.
    pub(super) trust: Verdict,
    /// Whether the server requested a client certificate.
    pub(super) client_auth: ClientAuth,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Trusted,
    NotTrusted,
}

/// Connects to the listener at `server` as the node at `client` with these `stores`.
pub(super) fn shake_hands(client: Ipv4Addr, stores: &Stores, server: SocketAddrV4) -> anyhow::Result<Shown> {
    let presenter = Arc::new(Presenter::of(stores)?);
    let config = config(Arc::<Presenter>::clone(&presenter))?;
    let mut stream = dial(client, server).with_context(|| format!("{client} cannot connect to {server}"))?;
    let name = ServerName::IpAddress((*server.ip()).into());
    let mut connection = ClientConnection::new(Arc::new(config), name)?;
    while connection.is_handshaking() {
        connection
            .complete_io(&mut stream)
            .with_context(|| format!("the handshake from {client} to {server} failed"))?;
    }
    let certificate = connection
        .peer_certificates()
        .and_then(<[_]>::first)
        .map(|certificate| certificate.clone().into_owned())
        .context("the server showed no certificate")?;
    await_verdict(&mut connection, &mut stream).with_context(|| format!("{server} rejected {client}"))?;
    connection.send_close_notify();
    // The certificate is known; it does not matter whether the closing message arrives.
    let _ = connection.complete_io(&mut stream);
    let trust = if stores.trusted.contains(&certificate) { Verdict::Trusted } else { Verdict::NotTrusted };
    Ok(Shown { certificate, trust, client_auth: presenter.requested() })
}

/// Waits, in TLS 1.3 only, for the server to accept or refuse the client.
///
/// In TLS 1.2, the server checks the client's certificate before the client's handshake ends; in TLS 1.3, later.
fn await_verdict(connection: &mut ClientConnection, stream: &mut TcpStream) -> anyhow::Result<()> {
    if connection.protocol_version() != Some(ProtocolVersion::TLSv1_3) {
        return Ok(());
    }
    stream.set_read_timeout(Some(VERDICT))?;
    match connection.read_tls(stream) {
        Ok(_) => Ok(connection.process_new_packets().map(drop)?),
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn dial(from: Ipv4Addr, to: SocketAddrV4) -> anyhow::Result<TcpStream> {
    let socket: OwnedFd = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&socket, &SocketAddrV4::new(from, 0))?;
    connect(&socket, &to)?;
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    Ok(stream)
}

fn config(presenter: Arc<Presenter>) -> anyhow::Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Onlooker::new(provider)))
        .with_client_cert_resolver(presenter);
    config.resumption = Resumption::disabled();
    config.enable_sni = false;
    Ok(config)
}

/// Presents the peer's certificate, and records whether the server requested one.
#[derive(Debug)]
struct Presenter {
    key: Arc<CertifiedKey>,
    requested: AtomicBool,
}

impl Presenter {
    fn of(stores: &Stores) -> anyhow::Result<Self> {
        let key = stores.key.secret_pkcs8().clone_key().into();
        let key = CertifiedKey::from_der(stores.chain.clone(), key, &ring::default_provider())?;
        Ok(Self { key: Arc::new(key), requested: AtomicBool::new(false) })
    }

    fn requested(&self) -> ClientAuth {
        if self.requested.load(Ordering::SeqCst) { ClientAuth::On } else { ClientAuth::Off }
    }
}

impl ResolvesClientCert for Presenter {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.requested.store(true, Ordering::SeqCst);
        Some(Arc::clone(&self.key))
    }

    fn has_certs(&self) -> bool {
        true
    }
}
