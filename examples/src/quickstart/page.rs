//! The rotation as an HTML page.

use std::collections::BTreeMap;

use anyhow::Context as _;
use page::{Basis, Known, Page};
use rotation_planner::{Cluster, Plan};

use super::report::Report;

#[derive(Debug)]
pub(super) struct Rotation {
    pub(super) before: Cluster,
    pub(super) plan: Plan,
}

impl Report {
    /// The rotation as one HTML page.
    ///
    /// The page shows the certificates that each node served and trusted at each step, and the number of connections.
    ///
    /// # Errors
    /// If no rotation was carried out, or only one with `wrong_order`, or if the page cannot be generated.
    pub fn page(&self) -> anyhow::Result<String> {
        let Rotation { before, plan } = self.rotation.as_ref().context("no rotation was planned")?;
        let basis = |about, known, said| Basis { about, known, said };
        let clients = if self.client_auth { "required" } else { "not required" };
        let page = Page {
            id: page::id(plan, &BTreeMap::new())?,
            title: format!("{} nodes on Cassandra {}", self.nodes.len(), self.cassandra),
            goal: "Every node serves a new certificate, and the old ones are no longer trusted.".to_owned(),
            cluster: before,
            plan,
            refusal: None,
            rests_on: vec![
                basis("Cassandra", Known::Given, format!("{} on every node, imitated", self.cassandra)),
                basis("client authentication", Known::Given, clients.to_owned()),
                basis(
                    "nodes",
                    Known::Observed,
                    format!("{} inside one process, each running with its files", self.nodes.len()),
                ),
                basis("carried out", Known::Observed, self.connections()),
            ],
            addresses: BTreeMap::new(),
            certificates: BTreeMap::new(),
        };
        page.html()
    }

    fn connections(&self) -> String {
        let Self { handshakes, refused, .. } = self;
        format!(
            "{handshakes} handshakes, after every step, while a node was down and after a crash of each; {refused} refused"
        )
    }
}
