//! Creates TLS configurations from stores.

use std::sync::Arc;

use bridge::{Locked, Stores};
use cassandra_props::RequireClientAuth;
use keystore_core::Password;
use rustls::client::{Resumption, WantsClientCert};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ConfigBuilder, ServerConfig};

use super::host::Host;
use super::settings::Settings;
use super::trust::JavaTrust;

/// Reads the stores that `settings` name in the tree of `host`.
///
/// # Errors
/// If a store is not named, or cannot be read or used.
pub fn read_stores(host: &Host, settings: &Settings) -> anyhow::Result<Stores> {
    let (keystore, truststore) = settings.stores()?;
    let (key_bytes, trust_bytes) = (host.read(keystore.path())?, host.read(truststore.path())?);
    Ok(Stores::open(
        Locked { bytes: &key_bytes, password: &Password::new(keystore.secret_password()) },
        Locked { bytes: &trust_bytes, password: &Password::new(truststore.secret_password()) },
    )?)
}

/// The two TLS configurations for one pair of stores.
#[derive(Clone, Debug)]
pub struct Context {
    /// For inbound connections.
    pub server: Arc<ServerConfig>,
    /// For outbound connections. Sessions are not resumed: every connection makes a full handshake, and so verifies the
    /// server's certificate.
    pub client: Arc<ClientConfig>,
}

impl Context {
    /// Creates the configurations. `client_auth` applies to inbound connections.
    ///
    /// # Errors
    /// If rustls does not accept the key or its certificates.
    pub fn new(stores: Stores, client_auth: RequireClientAuth) -> anyhow::Result<Self> {
        let provider = Arc::new(ring::default_provider());
        let trust = Arc::new(JavaTrust::new(stores.trusted.clone(), Arc::clone(&provider)));
        let client = client(&provider, Arc::clone(&trust), &stores)?;
        let server = server(provider, trust, stores, client_auth)?;
        Ok(Self { server: Arc::new(server), client: Arc::new(client) })
    }
}

pub(super) fn without_certificate(trusted: Vec<CertificateDer<'static>>) -> anyhow::Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let trust = Arc::new(JavaTrust::new(trusted, Arc::clone(&provider)));
    Ok(with_full_handshakes(verifying(&provider, trust)?.with_no_client_auth()))
}

fn client(provider: &Arc<CryptoProvider>, trust: Arc<JavaTrust>, stores: &Stores) -> anyhow::Result<ClientConfig> {
    let key = stores.key.secret_pkcs8().clone_key().into();
    Ok(with_full_handshakes(verifying(provider, trust)?.with_client_auth_cert(stores.chain.clone(), key)?))
}

fn verifying(
    provider: &Arc<CryptoProvider>,
    trust: Arc<JavaTrust>,
) -> anyhow::Result<ConfigBuilder<ClientConfig, WantsClientCert>> {
    let builder = ClientConfig::builder_with_provider(Arc::clone(provider)).with_safe_default_protocol_versions()?;
    Ok(builder.dangerous().with_custom_certificate_verifier(trust))
}

fn with_full_handshakes(mut config: ClientConfig) -> ClientConfig {
    config.resumption = Resumption::disabled();
    config.enable_sni = false;
    config
}

fn server(
    provider: Arc<CryptoProvider>,
    trust: Arc<JavaTrust>,
    stores: Stores,
    client_auth: RequireClientAuth,
) -> anyhow::Result<ServerConfig> {
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let builder = match client_auth {
        RequireClientAuth::Required => builder.with_client_cert_verifier(trust),
        RequireClientAuth::NotRequired => builder.with_no_client_auth(),
    };
    let mut config = builder.with_single_cert(stores.chain, stores.key.secret_pkcs8().clone_key().into())?;
    config.send_tls13_tickets = 0;
    Ok(config)
}
