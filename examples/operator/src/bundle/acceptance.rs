//! Judges new certificates as the nodes' peers would, before a generation is made.
//!
//! A generation is judged with the truststores of the transition and with the final truststores.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::time::SystemTime;

use bridge::{EndpointVerification, Judges, Peer};
use cassandra_props::RequireClientAuth;
use certgen::Time;
use keystore_core::rustls_pki_types::CertificateDer;
use rotation_planner::ClientAuth;

use super::Order;
use super::before::PreviousFiles;
use crate::description::Node;
use crate::input::{Line, Name};
use crate::status::Refused;

pub(super) struct Acceptance {
    judges: Vec<Judges>,
    client_auth: RequireClientAuth,
    names: EndpointVerification,
    now: Time,
}

impl Acceptance {
    pub(super) fn of(order: &Order<'_>, had: &[PreviousFiles]) -> anyhow::Result<Self> {
        let description = order.description;
        // Both roles are checked unless every node is known to demand no certificates.
        let demands = |node: &Node| node.client_auth(description.client_auth) != Some(ClientAuth::Off);
        let is_demanded = description.nodes.iter().any(demands);
        let client_auth = if is_demanded { RequireClientAuth::Required } else { RequireClientAuth::NotRequired };
        let verifies = had.iter().any(|had| had.names == EndpointVerification::On);
        let names = if verifies { EndpointVerification::On } else { EndpointVerification::Off };
        let managers: Vec<_> = had.iter().map(|had| had.trust_manager).collect();
        let of_release = |release| Judges::of(release, order.javas(release)).with_trust_managers(&managers);
        let judges = order.releases()?.into_iter().map(of_release).collect();
        Ok(Self { judges, client_auth, names, now: SystemTime::now().into() })
    }

    /// The reason why peers that trust the last certificate of `chain` would not accept the node.
    ///
    /// Returns `None` if such peers would accept the node.
    pub(super) fn refusal(&self, node: &Node, chain: &[CertificateDer<'static>]) -> Option<String> {
        let asked = || {
            let served = served(node, chain, self.names)?;
            let reader = self.reader(chain.last().map_or(&[], std::slice::from_ref))?;
            Ok(self.refusal_by(&reader, &served))
        };
        asked().unwrap_or_else(|Refused(why)| Some(why))
    }

    /// Checks that every node accepts the new chains of all nodes.
    ///
    /// # Errors
    /// [`Refused`], with the reasons, if a node would not be accepted or Java cannot read a certificate.
    pub(super) fn check(
        &self,
        order: &Order<'_>,
        had: &[PreviousFiles],
        chains: &[&[CertificateDer<'static>]],
    ) -> anyhow::Result<()> {
        let nodes = &order.description.nodes;
        let served = nodes.iter().zip(chains).map(|(node, chain)| served(node, chain, self.names));
        let served = served.collect::<Result<Vec<_>, _>>()?;
        let mut refused = Refusals::default();
        for trusted in trusts(had, chains) {
            let reader = self.reader(&trusted)?;
            for (node, served) in nodes.iter().zip(&served) {
                if let Some(why) = self.refusal_by(&reader, served) {
                    refused.add(&node.name, why);
                }
            }
        }
        refused.result()
    }

    fn reader(&self, trusted: &[CertificateDer<'static>]) -> Result<Peer, Refused> {
        let reader = Peer::new("", &[], trusted).map_err(|why| not_loaded("a truststore", &why))?;
        Ok(reader.asking(self.client_auth, self.names))
    }

    /// The first reason why a judge does not accept one of `served`; `None` if all judges accept.
    fn refusal_by(&self, reader: &Peer, served: &[Peer]) -> Option<String> {
        reader.roles().iter().find_map(|role| {
            let refused =
                |peer: &Peer| self.judges.iter().find_map(|judges| judges.refusal(reader, peer, *role, self.now));
            let why = served.iter().find_map(refused)?;
            Some(format!("not accepted as a {role}: {why}"))
        })
    }
}

fn not_loaded(what: &str, why: &bridge::Error) -> Refused {
    Refused(format!("{what}: Java cannot read its certificates: {why}"))
}

/// The node without a host and, if its peers verify names, also with each of its hosts.
fn served(node: &Node, chain: &[CertificateDer<'static>], names: EndpointVerification) -> Result<Vec<Peer>, Refused> {
    let peer = Peer::new(node.name.as_str(), chain, &[]).map_err(|why| not_loaded(node.name.as_str(), &why))?;
    let hosts = match names {
        EndpointVerification::On => dialled(node),
        EndpointVerification::Off => Vec::new(),
    };
    let dialled = hosts.into_iter().map(|host| peer.clone().at(Some(host)));
    Ok(std::iter::once(peer.clone()).chain(dialled).collect())
}

/// The different truststores of a generation: the final one and those of the transition.
fn trusts(had: &[PreviousFiles], chains: &[&[CertificateDer<'static>]]) -> Vec<Vec<CertificateDer<'static>>> {
    let new = distinct(chains.iter().filter_map(|chain| chain.last()));
    let mut trusts = vec![new.clone()];
    for old in had.iter().filter_map(|had| had.trusted.as_ref()) {
        let both = distinct(old.iter().map(|(_, certificate)| certificate).chain(&new));
        if !trusts.contains(&both) {
            trusts.push(both);
        }
    }
    trusts
}

fn distinct(certificates: impl Iterator<Item = impl Borrow<CertificateDer<'static>>>) -> Vec<CertificateDer<'static>> {
    let mut certificates: Vec<_> = certificates.map(|each| each.borrow().clone()).collect();
    certificates.sort_by(|one, other| one.as_ref().cmp(other.as_ref()));
    certificates.dedup();
    certificates
}

/// The node's addresses and host names, except wildcard names, which no peer dials.
fn dialled(node: &Node) -> Vec<String> {
    let addresses = node.address.iter().chain(&node.addresses).map(ToString::to_string);
    let hosts = node.hostnames.iter().map(Line::as_str).filter(|host| !host.starts_with('*'));
    addresses.chain(hosts.map(str::to_owned)).collect()
}

/// The refused nodes, by reason.
#[derive(Default)]
struct Refusals<'a>(BTreeMap<String, Vec<&'a Name>>);

impl<'a> Refusals<'a> {
    fn add(&mut self, node: &'a Name, why: String) {
        let nodes = self.0.entry(why).or_default();
        if !nodes.contains(&node) {
            nodes.push(node);
        }
    }

    fn result(self) -> anyhow::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let reasons: Vec<String> = self.0.iter().map(|(why, nodes)| format!("{}: {why}", listed(nodes))).collect();
        Err(Refused(format!("peers would not accept the new certificates: {}", reasons.join("; "))).into())
    }
}

pub(super) fn listed(nodes: &[&Name]) -> String {
    let shown: Vec<&str> = nodes.iter().take(3).map(|node| node.as_str()).collect();
    match nodes.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
