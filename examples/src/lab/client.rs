//! A client application, which connects to nodes and opens no port.

use std::sync::Arc;

use anyhow::Context as _;
use bridge::{Locked, open_truststore};
use keystore_core::Password;
use rustls::ClientConfig;

use super::context;
use super::dial::{self, Outcome};
use super::host::Host;
use super::process::{Process, closed};
use super::release::FAMILY;

/// A running application, which presents no certificate.
#[derive(Debug)]
pub struct Client {
    config: Arc<ClientConfig>,
}

impl Client {
    /// Starts the application of `host` with the truststore that its settings name.
    ///
    /// # Errors
    /// If the settings are invalid or name no truststore, or if the truststore cannot be used.
    pub fn start(host: &Host) -> anyhow::Result<Self> {
        Self::try_start(host).with_context(|| format!("{} does not start", host.name()))
    }

    /// Connects to a node.
    pub fn dial(&self, node: &Process) -> Outcome {
        node.tls_address().map_or_else(closed, |address| dial::tls(address, Arc::clone(&self.config)))
    }

    fn try_start(host: &Host) -> anyhow::Result<Self> {
        let store = host.settings(FAMILY)?.truststore.context("the settings name no truststore")?;
        let password = Password::new(store.secret_password());
        let trusted = open_truststore(Locked { bytes: &host.read(store.path())?, password: &password })?;
        Ok(Self { config: Arc::new(context::without_certificate(trusted)?) })
    }
}
