//! Formats foreign certificates for a terminal.

use std::collections::{BTreeMap, BTreeSet};

use rotation_planner::NodeName;

use crate::shown::shown;
use crate::state::{About, Foreign, Place, Stranger};

/// The foreign certificates as text; `None` if there are none.
///
/// The own certificates of several nodes share an entry if they have the same issuer. `nodes` is the number of nodes in the
/// cluster.
pub fn foreign(foreign: &[Foreign], nodes: usize) -> Option<String> {
    if foreign.is_empty() {
        return None;
    }
    let mut of_nodes: BTreeMap<&str, Vec<&Foreign>> = BTreeMap::new();
    let mut shown: Vec<String> = Vec::new();
    for certificate in foreign {
        match issuer_of_a_nodes_own(certificate) {
            Some(issuer) => of_nodes.entry(issuer).or_default().push(certificate),
            None => shown.push(foreigner(certificate, nodes)),
        }
    }
    for (issuer, certificates) in of_nodes {
        match certificates.as_slice() {
            [only] => shown.push(foreigner(only, nodes)),
            several => shown.push(together(issuer, several)),
        }
    }
    Some(format!(
        "Foreign certificates, with which no given generation was made. If you know them, there is nothing to do: no plan makes a \
         node newly trust one, unless `plan` is given its SHA-256 (--trust) or a generation that was made with it.\n{}",
        shown.join("\n")
    ))
}

/// The issuer of a node's own certificate that is not self-issued.
///
/// A node's own certificate is not an authority's, and was seen only in keystores and handshakes.
fn issuer_of_a_nodes_own(foreign: &Foreign) -> Option<&str> {
    let is_own = foreign.about.ca == Some(false)
        && !foreign.seen.is_empty()
        && foreign.seen.iter().all(|seen| matches!(seen.place, Place::Keystore | Place::Handshake));
    foreign.about.issuer.as_deref().filter(|_| is_own)
}

fn together(issuer: &str, certificates: &[&Foreign]) -> String {
    let nodes: BTreeSet<NodeName> =
        certificates.iter().flat_map(|foreign| &foreign.seen).map(|seen| NodeName::from(seen.node.as_str())).collect();
    let nodes: Vec<&str> = nodes.iter().map(NodeName::as_str).collect();
    format!(
        "  {} certificates of nodes, from {} (--json lists them)\n    seen in: {}",
        certificates.len(),
        shown(issuer),
        first_and_last(&nodes)
    )
}

fn first_and_last(nodes: &[&str]) -> String {
    match nodes {
        [first, .., last] if nodes.len() > 6 => format!("{} nodes, {first} to {last}", nodes.len()),
        few => few.join(", "),
    }
}

/// One foreign certificate in three lines. `nodes` is the number of nodes in the cluster.
pub fn foreigner(foreign: &Foreign, nodes: usize) -> String {
    let places = [Place::Keystore, Place::Truststore, Place::Handshake].into_iter().filter_map(|place| {
        let of = foreign.seen.iter().filter(|seen| seen.place == place).map(|seen| NodeName::from(seen.node.as_str()));
        let of: BTreeSet<NodeName> = of.collect();
        match of.len() {
            0 => None,
            all if all == nodes && nodes > 1 => Some(format!("{place} of every node")),
            _ => Some(format!("{place} of {}", of.iter().map(NodeName::as_str).collect::<Vec<_>>().join(", "))),
        }
    });
    let places: Vec<String> = places.collect();
    let seen = if places.is_empty() { "a generation's truststore".to_owned() } else { places.join("; ") };
    format!(
        "  {}: {}\n    SHA-256 {}\n    seen in: {seen}",
        foreign.label,
        subject(&foreign.about),
        foreign.about.sha256
    )
}

/// A message about a certificate that another server may have served in a node's place.
pub fn stranger(stranger: &Stranger) -> String {
    let Stranger { node, about } = stranger;
    format!(
        "{node}: perhaps another server answers there. Its certificate is neither on the disk of {node} nor in a given \
         generation:\n  {}\n    SHA-256 {}\nIf the node loaded it before its files were replaced, add --trust {}",
        subject(about),
        about.sha256,
        about.sha256
    )
}

fn subject(about: &About) -> String {
    let subject = about.subject.as_deref().unwrap_or("an unreadable certificate");
    let kind = match about.ca {
        Some(true) => "CA: nodes that trust it trust all that it issues",
        Some(false) => "not a CA",
        None => "perhaps a CA",
    };
    format!("{} ({kind})", shown(subject))
}
