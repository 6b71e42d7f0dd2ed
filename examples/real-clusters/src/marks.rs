//! Marks of what was loaded, and the cluster as it can be seen by somebody who knows nothing else.

use std::fs;

use anyhow::Context as _;
use rotation_planner::{Cluster, Identity, Observed, Scope, Setup, Trust, Wire};

use super::log::{Told, told};
use super::rig::{Member, Rig};
use crate::files;
use rotation_planner::{Evidence, Mark, SinceMark};

const FILE: &str = "tls/loaded.json";

impl Rig {
    /// The cluster, from nothing but what can be seen of it now and the marks that were left.
    pub(super) fn observe(&self) -> anyhow::Result<Cluster> {
        let mut cluster = Cluster::new(Scope::All, self.cluster.semantics());
        for member in &self.members {
            let observed = self.evidence(member)?.observed();
            cluster = cluster.node(member.node.name(), "dc1", "r1", observed)?;
        }
        Ok(cluster)
    }

    /// Marks what every running node has loaded, as far as it is sure.
    pub(super) fn leave_marks(&self) -> anyhow::Result<()> {
        for member in self.running() {
            let node = self.cluster.get(&member.node.name().into()).context("the cluster does not know the node")?;
            if let Some(loaded) = surely(node.observed()) {
                Self::leave_mark(member, loaded)?;
            }
        }
        Ok(())
    }

    /// Marks a node that was just started: it has loaded what lies on its disk.
    pub(super) fn leave_mark_of_start(&self, member: &Member) -> anyhow::Result<()> {
        Self::leave_mark(member, self.disk(member)?)
    }

    fn leave_mark(member: &Member, loaded: Setup) -> anyhow::Result<()> {
        let process = member.node.process_id().context("the node is not running")?;
        let mark = Mark { process, loaded, log_length: member.node.log().mark().position() };
        files::install(&member.node.file(FILE), &serde_json::to_vec(&mark)?)?;
        Ok(())
    }

    fn evidence(&self, member: &Member) -> anyhow::Result<Evidence> {
        let mark: Option<Mark> = match fs::read(member.node.file(FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes).ok(),
            Err(_) => None,
        };
        let since_mark = mark.as_ref().map_or(Ok(SinceMark::PerhapsReloaded), |mark| since(member, mark))?;
        Ok(Evidence {
            process: member.node.process_id(),
            served: self.served(member)?,
            disk: self.disk(member)?,
            mark,
            since_mark,
        })
    }

    /// What lies on the node's disk.
    fn disk(&self, member: &Member) -> anyhow::Result<Setup> {
        let mode = member.host.mode()?;
        let Some(stores) = member.host.stores()? else { return Ok(Setup::plain().in_mode(mode)) };
        let label = |certificate| self.identities.label_of(certificate).context("a certificate that nobody made");
        let trusted: Vec<Identity> = stores.trusted.iter().map(label).collect::<anyhow::Result<_>>()?;
        let trust: Trust = trusted.iter().map(Identity::anchor).collect();
        let identity = label(stores.chain.first().context("a keystore without a certificate")?)?;
        Ok(Setup::tls(identity, trust).in_mode(mode))
    }

    /// What the node serves to one of its peers.
    fn served(&self, member: &Member) -> anyhow::Result<Option<Identity>> {
        let takes_tls = member.node.is_running() && member.host.mode()?.accepts(Wire::Tls);
        let diallers = if takes_tls { self.diallers(member)? } else { Vec::new() };
        let Some(dialler) = diallers.first() else { return Ok(None) };
        Ok(Self::show(dialler, member)?.and_then(|shown| self.identities.label_of(&shown.certificate)))
    }
}

/// What a node has loaded, if that is sure in every part.
fn surely(observed: &Observed) -> Option<Setup> {
    let loaded = observed.loaded()?;
    let ([identity], [trust]) = (loaded.identity.candidates(), loaded.trust.candidates()) else { return None };
    let setup = match identity {
        Some(identity) => Setup::tls(identity.clone(), trust.clone()),
        None => Setup::plain(),
    };
    let setup = setup.in_mode(loaded.mode);
    Some(loaded.client_auth.map_or(setup.clone(), |client_auth| setup.with_client_auth(client_auth)))
}

fn since(member: &Member, mark: &Mark) -> anyhow::Result<SinceMark> {
    let log = member.node.log();
    if log.mark().position() < mark.log_length {
        return Ok(SinceMark::PerhapsReloaded);
    }
    let lines = log.since(super::log::Mark::at(mark.log_length))?;
    let reloaded = lines.iter().any(|line| told(line) == Some(Told::Reloaded));
    Ok(if reloaded { SinceMark::PerhapsReloaded } else { SinceMark::NoReload })
}
