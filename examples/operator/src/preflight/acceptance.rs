//! Checks that the node and its peers accept each other.

use anyhow::anyhow;
use bridge::{Judges, NodeSettings, Peer, Refused};
use cassandra_props::Release;
use certgen::path::PeerRole;
use certgen::{CertificateInfo, CertificateRole};
use keystore_core::rustls_pki_types::CertificateDer;

use super::Gate;
use super::peers::{self, Known};
use super::report::Check;
use crate::inspect::FindingView;
use crate::status::{Failure, Severity};

const UNNAMED: &str = "this node";

/// The number of seconds before the end of acceptance at which warnings begin: 14 days.
const SOON: i64 = 14 * 86_400;

impl Gate<'_> {
    pub(super) fn acceptance(
        &mut self,
        settings: &NodeSettings,
        release: Release,
        chain: &[CertificateDer<'static>],
        trusted: &[CertificateDer<'static>],
    ) {
        let node = self.node;
        let name = node.name.clone().unwrap_or_else(|| UNNAMED.to_owned());
        let own = Peer::new(name, chain, trusted).map_err(anyhow::Error::from).and_then(|own| asking(own, settings));
        let own = match own {
            Ok(own) => own.at(node.name.as_ref().and_then(|name| node.hosts.get(name)).cloned()),
            Err(error) => return self.report.push(Check::of("its certificates can be read by Java", Err(error))),
        };
        let default = Judges::of(release, &self.javas);
        let judges = match judges_of(&default, settings) {
            Ok(judges) => judges,
            Err(error) => {
                return self.report.push(Check::of("Java has the trust manager that `algorithm` names", Err(error)));
            }
        };
        if node.peers.is_empty() {
            self.by_itself(&judges, &own, chain);
            return self.report.not_checked("what its peers trust: --peers says it");
        }
        let (mut met, mut met_as_servers) = (Vec::new(), Vec::new());
        for known in peers::all(node, &default) {
            match known {
                Ok(known) => {
                    let list = if known.judges.is_some() { &mut met } else { &mut met_as_servers };
                    list.push(known.peer.name().to_owned());
                    self.between(&judges, &own, &known);
                }
                Err((name, error)) => self.report.failures.push(Failure::of(&name, &error)),
            }
        }
        if !met.is_empty() {
            self.report.checked(format!("acceptance over whole chains, in each role: {}", met.join(", ")));
        }
        if node.release.is_some() && met.iter().any(|name| !node.releases.contains_key(name)) {
            self.report.not_checked("the releases of peers, which are assumed to be that of this node: give --cluster");
        }
        if !met_as_servers.is_empty() {
            let peers = met_as_servers.join(", ");
            self.report.checked(format!("whether the node accepts the whole chains of these servers: {peers}"));
        }
        if met.is_empty() && met_as_servers.is_empty() && self.report.failures.is_empty() {
            self.report.not_checked("any peer: --peers names the node alone");
        }
        if met.is_empty() {
            self.by_itself(&judges, &own, chain);
        }
    }

    /// Finds defects that do not depend on the peers' trust, such as the wrong role.
    fn by_itself(&mut self, judges: &Judges, own: &Peer, chain: &[CertificateDer<'_>]) {
        // A node need not have its own certificate in its truststore.
        let is_pinned = chain
            .first()
            .and_then(|own| CertificateInfo::read(own).ok())
            .is_some_and(|own| own.subject() == own.issuer() && CertificateRole::of(&own) == CertificateRole::Node);
        if let Some(refused) = judges.key_refusal(own) {
            return self.report.push(Check::of("TLS takes its key", result(Some(refused))));
        }
        for role in own.roles() {
            let refused = judges.refusal(own, own, *role, self.node.now);
            let what = format!("its own truststore, in place of its peers', accepts its certificate as a {role}'s");
            let check = Check::of(what, result(refused));
            self.report.push(if is_pinned { check.at_most(Severity::Warning) } else { check });
        }
        self.names(own, own);
        self.ends(judges, own, own);
        self.report.checked("the roles and dates of its whole chain, by its own truststore");
    }

    fn between(&mut self, judges: &Judges, own: &Peer, known: &Known) {
        let (now, peer) = (self.node.now, &known.peer);
        for role in own.roles() {
            // The certificate that a node serves does not show which one it presents as a client.
            if *role == PeerRole::Client && known.judges.is_none() {
                continue;
            }
            let what = format!("{} accepts {} as a {role}", own.name(), peer.name());
            self.report.push(Check::of(what, result(judges.refusal(own, peer, *role, now))));
        }
        self.names(own, peer);
        let Some(theirs) = &known.judges else {
            let what = "its settings and both stores are needed, in a tree or a bundle";
            return self.report.not_checked(format!("whether {} accepts it: {what}", peer.name()));
        };
        for role in peer.roles() {
            let what = format!("{} accepts {} as a {role}", peer.name(), own.name());
            self.report.push(Check::of(what, result(theirs.refusal(peer, own, *role, now))));
        }
        self.names(peer, own);
        self.ends(theirs, peer, own);
    }

    fn names(&mut self, one: &Peer, other: &Peer) {
        if one.lacks_host_of(other) {
            let is_own = other.name() == self.node.name.as_deref().unwrap_or(UNNAMED);
            let options = if is_own { "--cluster or --address" } else { "--cluster" };
            let what = format!(
                "whether the certificate of {} is for its address: give the address with {options}",
                other.name()
            );
            self.report.not_checked(what);
        }
    }

    fn ends(&mut self, judges: &Judges, one: &Peer, other: &Peer) {
        let now = self.node.now;
        let Some((until, subject)) = judges.accepted_until(one, other, PeerRole::Server, now) else { return };
        if until <= now.plus_seconds(SOON) && now <= until {
            let what = format!("{} accepts {} for at least 14 days", one.name(), other.name());
            let wrong = format!("until {until}, because of the certificate of {subject}");
            let source = "sun.security.provider.certpath.BasicChecker";
            self.report.push(Check::found(what, FindingView::new(Severity::Warning, &wrong, None, source)));
        }
    }
}

fn result(refused: Option<Refused>) -> anyhow::Result<()> {
    refused.map_or(Ok(()), |refused| Err(anyhow!("{refused}")))
}

pub(super) fn judges_of(default: &Judges, settings: &NodeSettings) -> anyhow::Result<Judges> {
    Ok(default.clone().with_trust_managers(&[settings.trust_manager()?]))
}

pub(super) fn asking(peer: Peer, settings: &NodeSettings) -> anyhow::Result<Peer> {
    Ok(peer.asking(settings.view().client_auth()?, settings.endpoint_verification()?))
}
