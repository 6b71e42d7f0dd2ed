//! Records what the nodes have loaded. The cluster can be observed from these records and its present state alone.

use std::fs;

use anyhow::Context as _;
use rotation_planner::{Cluster, Identity, Observed, Scope, TlsConfig, Transport, Trust};

use super::log::{LogEvent, event_in};
use super::test_cluster::{Member, TestCluster};
use crate::files;
use rotation_planner::{Evidence, LoadRecord, SinceLoad};

const FILE: &str = "tls/loaded.json";

impl TestCluster {
    /// The cluster, derived only from the records and the nodes' present state.
    pub(super) fn observe(&self) -> anyhow::Result<Cluster> {
        let mut cluster = Cluster::new(Scope::All, self.cluster.semantics());
        for member in &self.members {
            let observed = self.evidence(member)?.observed();
            cluster.add_node(member.node.name(), "dc1", "r1", observed)?;
        }
        Ok(cluster)
    }

    pub(super) fn record_loads(&self) -> anyhow::Result<()> {
        for member in self.running() {
            let node = self.cluster.get(&member.node.name().into()).context("the cluster has no node of this name")?;
            if let Some(loaded) = certain(node.observed()) {
                Self::record_load(member, loaded)?;
            }
        }
        Ok(())
    }

    pub(super) fn record_start(&self, member: &Member) -> anyhow::Result<()> {
        Self::record_load(member, self.disk(member)?)
    }

    fn record_load(member: &Member, loaded: TlsConfig) -> anyhow::Result<()> {
        let process = member.node.process_id().context("the node is not running")?;
        let mark = LoadRecord::new(process, loaded, member.node.log().mark().position());
        files::install(&member.node.file(FILE), &serde_json::to_vec(&mark)?)?;
        Ok(())
    }

    fn evidence(&self, member: &Member) -> anyhow::Result<Evidence> {
        let record: Option<LoadRecord> = match fs::read(member.node.file(FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes).ok(),
            Err(_) => None,
        };
        let mut evidence = Evidence::new(self.disk(member)?);
        evidence.process = member.node.process_id();
        evidence.served = self.served(member)?;
        evidence.since_load = record.as_ref().map_or(Ok(SinceLoad::PerhapsReloaded), |record| since(member, record))?;
        evidence.record = record;
        Ok(evidence)
    }

    fn disk(&self, member: &Member) -> anyhow::Result<TlsConfig> {
        let mode = member.host.mode()?;
        let Some(stores) = member.host.stores()? else { return Ok(TlsConfig::plaintext().with_mode(mode)) };
        let label = |certificate| self.identities.label_of(certificate).context("unknown certificate in a store");
        let trusted: Vec<Identity> = stores.trusted.iter().map(label).collect::<anyhow::Result<_>>()?;
        let trust: Trust = trusted.iter().map(Identity::anchor).collect();
        let identity = label(stores.chain.first().context("the keystore contains no certificate")?)?;
        Ok(TlsConfig::tls(identity, trust).with_mode(mode))
    }

    fn served(&self, member: &Member) -> anyhow::Result<Option<Identity>> {
        let takes_tls = member.node.is_running() && member.host.mode()?.accepts(Transport::Tls);
        let clients = if takes_tls { self.clients(member)? } else { Vec::new() };
        let Some(client) = clients.first() else { return Ok(None) };
        Ok(Self::show(client, member)?.and_then(|shown| self.identities.label_of(&shown.certificate)))
    }
}

fn certain(observed: &Observed) -> Option<TlsConfig> {
    let loaded = observed.loaded()?;
    let ([identity], [trust]) = (loaded.identity.candidates(), loaded.trust.candidates()) else { return None };
    let [client_auth] = loaded.client_auth.candidates() else { return None };
    let setup = match identity {
        Some(identity) => TlsConfig::tls(identity.clone(), trust.clone()),
        None => TlsConfig::plaintext(),
    };
    let setup = setup.with_mode(loaded.mode);
    Some(client_auth.map_or(setup.clone(), |client_auth| setup.with_client_auth(client_auth)))
}

fn since(member: &Member, record: &LoadRecord) -> anyhow::Result<SinceLoad> {
    let log = member.node.log();
    if log.mark().position() < record.log_length {
        return Ok(SinceLoad::PerhapsReloaded);
    }
    let lines = log.since(super::log::Mark::at(record.log_length))?;
    let reloaded = lines.iter().any(|line| event_in(line) == Some(LogEvent::Reloaded));
    Ok(if reloaded { SinceLoad::PerhapsReloaded } else { SinceLoad::NoReload })
}
