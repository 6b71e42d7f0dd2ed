//! A handshake by rustls that accepts any server certificate.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use bridge::owned;
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, DEFAULT_VERSIONS, SignatureScheme, SupportedProtocolVersion};

use super::dial::Connection;
use super::{ClientCertificate, Onlooker, Served};

pub(super) fn dial(mut stream: Connection<'_>, address: IpAddr) -> anyhow::Result<Served> {
    let asked = Arc::new(Asked::default());
    let mut connection = connection(DEFAULT_VERSIONS, Arc::<Asked>::clone(&asked), address)?;
    let outcome = shake_hands(&mut connection, &mut stream);
    let chain = connection.peer_certificates().map(owned);
    // A server that requires a certificate refuses the client only after it has sent its own.
    let chain: Vec<_> = chain.map_or_else(|| outcome.map(|()| Vec::new()), Ok)?;
    let version =
        connection.protocol_version().and_then(|version| version.as_str()).unwrap_or("TLS").replace("TLSv1_", "TLS 1.");
    Ok(Served { chain, version, asked: asked.answer() })
}

pub(super) fn connection(
    versions: &[&'static SupportedProtocolVersion],
    resolver: Arc<dyn ResolvesClientCert>,
    address: IpAddr,
) -> anyhow::Result<ClientConnection> {
    let provider = Arc::new(ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Onlooker::new(provider)))
        .with_client_cert_resolver(resolver);
    config.enable_sni = false;
    Ok(ClientConnection::new(Arc::new(config), ServerName::IpAddress(address.into()))?)
}

pub(super) fn shake_hands(connection: &mut ClientConnection, stream: &mut Connection<'_>) -> anyhow::Result<()> {
    while connection.is_handshaking() {
        match connection.complete_io(stream) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                return Err(error).context("the server closes the connection");
            }
            Err(error) => return Err(error).context("no handshake"),
        }
    }
    Ok(())
}

#[derive(Debug, Default)]
struct Asked(AtomicBool);

impl Asked {
    fn answer(&self) -> ClientCertificate {
        if self.0.load(Ordering::SeqCst) { ClientCertificate::Asked } else { ClientCertificate::NotAsked }
    }
}

impl ResolvesClientCert for Asked {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::SeqCst);
        None
    }

    fn has_certs(&self) -> bool {
        // Otherwise rustls does not call `resolve`.
        true
    }
}
