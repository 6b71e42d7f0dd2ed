//! The output of `plan`: a plan, a refusal, or both.

use std::fmt;

use anstream::eprintln;
use rotation_planner::{Cluster, ErrorKind, Goal, Plan, Refusal, Witness};
use serde::Serialize;

use crate::description::{Builds, Description, StagingChoice};
use crate::input::Name;
use crate::plan::{Basis, Change};
use crate::show::{self, Runbook, Sources, Words};
use crate::shown;
use crate::state::{Foreign, State};

/// The output of `plan --json`.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    pub(super) cluster: &'a str,
    #[serde(skip)]
    pub(super) builds: Builds<'a>,
    #[serde(skip)]
    pub(super) staging: StagingChoice,
    /// The goal in words.
    #[serde(skip)]
    pub(super) wanted: String,
    #[serde(skip)]
    pub(super) sources: Sources<'a>,
    pub(super) id: Option<Name>,
    pub(super) rests_on: Vec<Basis>,
    pub(super) nodes: Vec<Change>,
    /// The goal; `None` for a rollback.
    pub(super) goal: Option<&'a Goal>,
    pub(super) plan: Option<&'a Plan>,
    pub(super) refusal: Option<Refused>,
}

#[derive(Serialize)]
pub(super) struct Refused {
    reason: String,
    witness: Option<Witness>,
    /// The certificate that a node would have to trust although `--trust` does not name it.
    foreign: Option<Foreign>,
    #[serde(skip)]
    advice: Option<&'static str>,
}

impl Refused {
    pub(super) fn of(
        refusal: &Refusal,
        state: Option<&State>,
        description: Option<&Description>,
    ) -> anyhow::Result<Self> {
        let foreign = match (refusal.error().kind(), state) {
            (ErrorKind::ForeignAnchor { anchor, .. }, Some(state)) => state.certificates.labelled(anchor),
            _ => None,
        };
        let foreign = foreign.map(Foreign::of).transpose()?;
        let advice = match refusal.error().kind() {
            ErrorKind::UnknownServedIdentity(_) => Some(
                "`observe trees --probe PORT` asks every node for its certificate (by default, PORT is 7001 up to \
                 Cassandra 3.11, and 7000 from 4.0 on). If every node has been restarted since its files were last changed, \
                 use `observe trees --settled`.",
            ),
            ErrorKind::Unsafe(witness) if is_client(witness.client.as_str(), description) => Some(
                "If the client already trusts the nodes' new certificates, set `trusts_new = true` in its [[client]]. \
                 Otherwise let the client trust them first.",
            ),
            _ => None,
        };
        Ok(Self { reason: refusal.to_string(), witness: refusal.witness().cloned(), foreign, advice })
    }

    pub(super) fn complain(&self, nodes: usize) {
        eprintln!("{}", shown::terminal(&self.reason));
        if let Some(advice) = self.advice {
            eprintln!("{advice}");
        }
        if let Some(foreign) = &self.foreign {
            eprintln!("{}", show::foreigner(foreign, nodes));
            eprintln!("If the certificate is yours, name it with --trust {}", foreign.about.sha256);
        }
    }
}

fn is_client(name: &str, description: Option<&Description>) -> bool {
    description.is_some_and(|description| description.clients.iter().any(|client| client.name.as_str() == name))
}

impl Report<'_> {
    pub(super) fn runbook(&self, cluster: &Cluster) -> String {
        let (Some(plan), Some(id)) = (self.plan, &self.id) else { return String::new() };
        let words = Words { builds: &self.builds, staging: self.staging, cluster, sources: self.sources };
        let (title, rests_on, nodes) = (self.cluster, self.rests_on.as_slice(), self.nodes.as_slice());
        let refusal = self.refusal.as_ref().map(|refused| refused.reason.as_str());
        Runbook { title, id: id.as_str(), goal: &self.wanted, cluster, plan, refusal, rests_on, nodes, words }.text()
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(plan), Some(id)) = (self.plan, &self.id) {
            writeln!(formatter, "Plan {id}: {}", show::summary(plan))?;
            if let Some(repairs) = plan.repairs() {
                writeln!(formatter, "{repairs}")?;
            }
            if !plan.is_empty() {
                writeln!(formatter, "{}", show::table(plan, &self.nodes))?;
            }
            for change in self.nodes.iter().filter_map(show::from_to) {
                writeln!(formatter, "{change}")?;
            }
        }
        write!(formatter, "{}", show::bases(&self.rests_on))
    }
}
