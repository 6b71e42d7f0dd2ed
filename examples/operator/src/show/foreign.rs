//! Prints certificates for which no one vouches, in a terminal.

use crate::shown::shown;
use crate::state::{About, Foreign, Place, Stranger};

/// Each foreign certificate; `None` if there is none.
pub fn foreign(foreign: &[Foreign], nodes: usize) -> Option<String> {
    if foreign.is_empty() {
        return None;
    }
    let shown: Vec<String> = foreign.iter().map(|certificate| foreigner(certificate, nodes)).collect();
    Some(format!(
        "Foreign certificates, which no generation given was made with (no plan makes a node trust one that it does not \
         trust already):\n{}",
        shown.join("\n")
    ))
}

/// One foreign certificate in three lines.
pub fn foreigner(foreign: &Foreign, nodes: usize) -> String {
    let places = [Place::Keystore, Place::Truststore, Place::Handshake].into_iter().filter_map(|place| {
        let of: Vec<&str> =
            foreign.seen.iter().filter(|seen| seen.place == place).map(|seen| seen.node.as_str()).collect();
        match of.len() {
            0 => None,
            all if all == nodes && nodes > 1 => Some(format!("{place} of every node")),
            _ => Some(format!("{place} of {}", of.join(", "))),
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

/// What answered in a node's place.
pub fn stranger(stranger: &Stranger) -> String {
    let Stranger { node, about } = stranger;
    format!(
        "{node}: something else answers there. Its certificate is neither on the disk of {node} nor in a generation given:\n  \
         {}\n    SHA-256 {}\nIf it is the node's, loaded before its files were replaced: --trust {}",
        subject(about),
        about.sha256,
        about.sha256
    )
}

fn subject(about: &About) -> String {
    let subject = about.subject.as_deref().unwrap_or("not a certificate that can be read");
    let kind = match about.ca {
        Some(true) => "CA: trust in it is trust in all that it issues",
        Some(false) => "not a CA",
        None => "perhaps a CA",
    };
    format!("{} ({kind})", shown(subject))
}
