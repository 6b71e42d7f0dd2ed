//! Identifies the authorities that a plan adds or drops, and those that end early.
//!
//! An authority ends early if it ends before a node's certificate below it. Only the first such authority is named.

use std::collections::{BTreeMap, BTreeSet};

use page::{Basis, Known};
use rotation_planner::{Action, AnchorId, Cluster, Identity, NodeName, Plan, Trust};

use crate::input::Digest;
use crate::show::counted;
use crate::shown::shown;
use crate::state::{About, Certificates, FirstEnds, Source};

/// The authorities that the plan adds to truststores or drops from them.
///
/// The nodes' own certificates, `served`, are omitted.
pub(super) fn changed(
    cluster: &Cluster,
    plan: &Plan,
    certificates: &Certificates,
    served: &BTreeSet<&Identity>,
) -> Vec<Basis> {
    let mut staged: BTreeMap<&NodeName, Vec<&Trust>> = BTreeMap::new();
    for step in plan.steps() {
        if let Action::StageTrust(trust) = step.action() {
            staged.entry(step.node()).or_default().push(trust);
        }
    }
    let own: BTreeSet<&str> = served.iter().map(|identity| identity.id().as_str()).collect();
    let changed = certificates.iter().filter_map(|(digest, certificate)| {
        let label = certificate.label.as_str();
        if own.contains(label) || About::of(&certificate.read().ok()?).ca == Some(false) {
            return None;
        }
        let (anchor, mut added, mut dropped) = (AnchorId::from(label), 0, 0);
        for (node, trusts) in &staged {
            let had = cluster.get(node).is_some_and(|node| node.observed().disk().trust().contains(&anchor));
            added += usize::from(!had && trusts.iter().any(|trust| trust.contains(&anchor)));
            dropped += usize::from(had && trusts.last().is_some_and(|trust| !trust.contains(&anchor)));
        }
        let change = match (added, dropped) {
            (0, 0) => return None,
            (added, 0) => format!("added on {}", counted(added, "node")),
            (0, dropped) => format!("dropped on {}", counted(dropped, "node")),
            (added, dropped) => format!("added on {}, dropped on {dropped}", counted(added, "node")),
        };
        let known = if certificate.source == Source::Foreign { Known::Observed } else { Known::Given };
        let said = format!("{label} is {}; {change}", named(certificates, digest));
        Some(Basis { about: "authority", known, said })
    });
    changed.collect()
}

pub(super) fn ends_first(certificates: &Certificates, served: &BTreeSet<&Identity>) -> Option<Basis> {
    let ends = FirstEnds::of(certificates);
    let before = served.iter().filter_map(|identity| ends.before(ends.digest(identity)?));
    let before: Vec<_> = before.collect();
    let (_, first) = before.iter().min()?;
    let said = format!(
        "{} a chain in which another certificate ends first; the first to end is {}",
        if before.len() == 1 { "one has".to_owned() } else { format!("{} have", before.len()) },
        named(certificates, *first)
    );
    Some(Basis { about: "served certificates", known: Known::Observed, said })
}

fn named(certificates: &Certificates, digest: Digest) -> String {
    let der = certificates.certificate(digest).ok();
    let subject = der.and_then(|der| About::of(&der).subject);
    let subject = subject.as_deref().map_or("an unreadable certificate".into(), shown);
    let until = certificates.ends(digest).map_or_else(String::new, |end| format!(", valid until {end}"));
    format!("{subject}, SHA-256 {digest}{until}")
}
