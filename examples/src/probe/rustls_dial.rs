//! A handshake by rustls, with whoever it is.

use std::io::ErrorKind;
use std::net::{IpAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme};

use super::{ClientCertificate, Served};

pub(super) fn dial(mut stream: TcpStream, address: IpAddr) -> anyhow::Result<Served> {
    let provider = Arc::new(ring::default_provider());
    let asked = Arc::new(Asked::default());
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Onlooker { provider }))
        .with_client_cert_resolver(Arc::<Asked>::clone(&asked));
    config.enable_sni = false;
    let mut connection = ClientConnection::new(Arc::new(config), ServerName::IpAddress(address.into()))?;
    let outcome = shake_hands(&mut connection, &mut stream);
    let chain = connection.peer_certificates().map(|chain| chain.iter().map(|der| der.clone().into_owned()).collect());
    // Whoever demands a certificate turns us away in the end; the certificate has been seen by then.
    let chain: Vec<_> = chain.map_or_else(|| outcome.map(|()| Vec::new()), Ok)?;
    let version =
        connection.protocol_version().and_then(|version| version.as_str()).unwrap_or("TLS").replace("TLSv1_", "TLS 1.");
    Ok(Served { chain, version, asked: asked.answer() })
}

fn shake_hands(connection: &mut ClientConnection, stream: &mut TcpStream) -> anyhow::Result<()> {
    while connection.is_handshaking() {
        match connection.complete_io(stream) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                return Err(error).context("the listener hangs up");
            }
            Err(error) => return Err(error).context("no handshake"),
        }
    }
    Ok(())
}

/// Has no certificate, and remembers whether one was asked for.
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
        // Else rustls answers by itself, and nobody learns that it was asked.
        true
    }
}

/// Lets every certificate pass, so that it can be looked at; that the listener has its key is verified.
#[derive(Debug)]
struct Onlooker {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
