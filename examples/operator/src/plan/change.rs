//! The old and the new certificate of each node.

use std::collections::BTreeMap;
use std::net::IpAddr;

use certgen::Time;
use rotation_planner::{Action, Cluster, Identity, Plan, Role};
use serde::{Deserialize, Serialize};

use crate::input::Digest;
use crate::state::{Certificates, FirstEnds};

/// A node, its location, and its certificates before and after the plan.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The name of the node.
    pub node: String,
    /// The address, if it is known.
    pub address: Option<IpAddr>,
    /// The data centre.
    pub dc: String,
    /// The rack.
    pub rack: String,
    /// The certificate that the node has certainly loaded; `None` if there is none.
    pub from: Option<Shown>,
    /// The certificate in the last keystore that the plan installs on the node.
    ///
    /// The field is `None` if the plan installs no keystore on the node, or if there is no plan.
    pub to: Option<Shown>,
}

/// A certificate, as plans name it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The label.
    pub label: String,
    /// The SHA-256, if the certificate itself is known.
    pub sha256: Option<Digest>,
    /// The last moment at which the certificate is valid, if the certificate itself is known.
    #[serde(skip)]
    pub until: Option<Time>,
    /// The first end of an anchor or of a certificate in the chain.
    ///
    /// The field is `None` unless this end is known and earlier than `until`.
    #[serde(skip)]
    pub chain_until: Option<Time>,
}

impl Shown {
    fn of(identity: &Identity, known: Option<&FirstEnds<'_>>) -> Self {
        let sha256 = known.and_then(|known| known.digest(identity));
        let until = sha256.and_then(|digest| known?.end(digest));
        let chain_until = sha256.and_then(|digest| Some(known?.before(digest)?.0));
        Self { label: identity.id().as_str().to_owned(), sha256, until, chain_until }
    }
}

impl std::fmt::Display for Shown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.label)?;
        match self.sha256.map(|digest| digest.to_string()) {
            Some(digits) => write!(formatter, " (SHA-256 ends in {})", digits.get(56..).unwrap_or_default()),
            None => Ok(()),
        }
    }
}

/// The old and the new certificate of each node except clients, ordered by name.
pub fn changes(
    cluster: &Cluster,
    plan: Option<&Plan>,
    addresses: &BTreeMap<String, IpAddr>,
    certificates: Option<&Certificates>,
) -> Vec<Change> {
    let known = certificates.map(FirstEnds::of);
    let mut last = BTreeMap::new();
    for step in plan.into_iter().flat_map(Plan::steps) {
        if let Action::StageIdentity(identity) = step.action() {
            last.insert(step.node(), identity);
        }
    }
    cluster
        .nodes()
        .filter(|(_, node)| node.role() != Role::Client)
        .map(|(name, node)| Change {
            node: name.as_str().to_owned(),
            address: addresses.get(name.as_str()).copied(),
            dc: node.dc().to_owned(),
            rack: node.rack().to_owned(),
            from: node.observed().serves().map(|identity| Shown::of(identity, known.as_ref())),
            to: last.get(name).map(|identity| Shown::of(identity, known.as_ref())),
        })
        .collect()
}
