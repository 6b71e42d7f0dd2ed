//! A node's process, which opens a port and connects to other nodes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context as _, bail};
use cassandra_props::{InternodeEncryption, OptionalTls, Release};

use super::context::{Context, read_stores};
use super::dial::{self, Outcome};
use super::host::Host;
use super::listener::{Accepts, Listener, Plain};
use super::release::{FAMILY, connects_from_disk, has_one_port, reload_compares_times};
use super::settings::Settings;

/// A running node, which stops when this value is dropped.
#[derive(Debug)]
pub struct Process {
    host: Host,
    release: Release,
    /// Read only at the start.
    settings: Settings,
    /// From the start, or from the last reload that loaded the stores.
    cached: Option<Context>,
    /// The stores' modification times; `None` if the stores were never read.
    ///
    /// These are the times at the start or at the last successful reload.
    looked: Option<[SystemTime; 2]>,
    plain: Option<Listener>,
    tls: Option<Listener>,
}

impl Process {
    /// Starts the node of `host` from the files in its tree.
    ///
    /// # Errors
    /// If the settings cannot be read or are not supported, if the node needs its stores and cannot use them, or if a
    /// port cannot be opened.
    pub fn start(host: &Host, release: Release) -> anyhow::Result<Self> {
        Self::try_start(host, release).with_context(|| format!("{} does not start", host.name()))
    }

    /// Reads the stores again, as `nodetool reloadssl` does (4.0 and later).
    ///
    /// The paths and passwords are those from the start. New connections use the new stores. Before 4.1.4, a reload loads
    /// nothing if neither store has a new modification time.
    ///
    /// # Errors
    /// If the release has no reload (before 4.0), or if a store is not named or cannot be used. The node then keeps the
    /// stores that it has loaded.
    pub fn reload(&mut self) -> anyhow::Result<()> {
        if !has_one_port(self.release) {
            bail!("Cassandra {} has no reload", self.release);
        }
        let context = read(&self.host, &self.settings)?;
        let before = self.looked.replace(modified(&self.host, &self.settings)?);
        if reload_compares_times(self.release) && before == self.looked {
            return Ok(());
        }
        if let Some(listener) = &self.tls {
            listener.renew(accepts(&self.settings, Some(&context)));
        }
        self.cached = Some(context);
        Ok(())
    }

    /// Dials `peer` according to this node's settings and version.
    pub fn dial(&self, peer: &Self) -> Outcome {
        match self.settings.internode {
            InternodeEncryption::All => self.dial_tls(peer),
            _ => peer.plain_port().map_or_else(closed, |port| dial::plain(port.address())),
        }
    }

    /// The address of the port for TLS, which is the only port from 4.0 on.
    ///
    /// `None` before 4.0 if internode encryption is off.
    pub(super) fn tls_address(&self) -> Option<SocketAddr> {
        self.tls.as_ref().map(Listener::address)
    }

    fn try_start(host: &Host, release: Release) -> anyhow::Result<Self> {
        let settings = host.settings(FAMILY)?;
        let needs_stores = needs_stores(host, &settings, release);
        let cached = needs_stores.then(|| read(host, &settings)).transpose()?;
        let looked = needs_stores.then(|| modified(host, &settings)).transpose()?;
        let mut process = Self { host: host.clone(), release, settings, cached, looked, plain: None, tls: None };
        process.open_ports()?;
        Ok(process)
    }

    fn open_ports(&mut self) -> anyhow::Result<()> {
        let accepts = accepts(&self.settings, self.cached.as_ref());
        if has_one_port(self.release) {
            self.tls = Some(Listener::open(accepts)?);
        } else if self.settings.internode == InternodeEncryption::All {
            self.tls = Some(Listener::open(Accepts { plain: Plain::Refused, ..accepts })?);
        } else {
            self.plain = Some(Listener::open(Accepts { tls: None, plain: Plain::Accepted })?);
        }
        Ok(())
    }

    fn dial_tls(&self, peer: &Self) -> Outcome {
        let Some(address) = peer.tls_address() else { return closed() };
        match self.offered() {
            Ok(context) => dial::tls(address, context),
            Err(error) => Outcome::Cut(format!("the client cannot read its stores: {error:#}")),
        }
    }

    fn offered(&self) -> anyhow::Result<Arc<rustls::ClientConfig>> {
        if connects_from_disk(self.release) {
            return Ok(read(&self.host, &self.settings)?.client);
        }
        self.cached.as_ref().map(|context| Arc::clone(&context.client)).context("no store was loaded")
    }

    fn plain_port(&self) -> Option<&Listener> {
        if has_one_port(self.release) { self.tls.as_ref() } else { self.plain.as_ref() }
    }
}

pub(super) fn closed() -> Outcome {
    Outcome::Cut("no server listens on that port".to_owned())
}

fn read(host: &Host, settings: &Settings) -> anyhow::Result<Context> {
    Context::new(read_stores(host, settings)?, settings.client_auth)
}

fn modified(host: &Host, settings: &Settings) -> anyhow::Result<[SystemTime; 2]> {
    let (keystore, truststore) = settings.stores()?;
    Ok([host.modified(keystore.path())?, host.modified(truststore.path())?])
}

/// 4.0 and later load an existing keystore even if internode encryption is off.
///
/// These releases may then accept TLS (`optional`).
fn needs_stores(host: &Host, settings: &Settings, release: Release) -> bool {
    settings.internode == InternodeEncryption::All
        || (has_one_port(release) && settings.keystore.as_ref().is_some_and(|store| host.file(store.path()).is_file()))
}

/// The connections that the port of 4.0 and later accepts.
///
/// Source: `EncryptionOptions.tlsEncryptionPolicy`. `bridge::settings` is not used, so that the quickstart tests that module against this function.
fn accepts(settings: &Settings, cached: Option<&Context>) -> Accepts {
    let takes_tls = settings.internode == InternodeEncryption::All
        || settings.optional != OptionalTls::Required && cached.is_some();
    let takes_plain = settings.internode == InternodeEncryption::None || settings.optional == OptionalTls::Accepted;
    Accepts {
        tls: cached.filter(|_| takes_tls).map(|context| Arc::clone(&context.server)),
        plain: if takes_plain { Plain::Accepted } else { Plain::Refused },
    }
}
