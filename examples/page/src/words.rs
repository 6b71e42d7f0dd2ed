//! Steps in a few words.

use rotation_planner::{Action, Cost, Step, Trust};

/// The maximum number of anchors that are named.
const NAMED: usize = 6;

/// A step in a few words.
pub fn words(step: &Step) -> String {
    match step.action() {
        Action::StageTrust(trust) => format!("copy truststore with {}", anchors(trust)),
        Action::StageIdentity(identity) => format!("copy keystore with {identity}"),
        other => other.to_string(),
    }
}

fn anchors(trust: &Trust) -> String {
    if trust.len() > NAMED {
        return format!("{} certificates", trust.len());
    }
    trust.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The numbers of restarts, reloads and files of a plan, as text.
pub fn cost(cost: Cost) -> String {
    let Cost { restarts, reloads, files, .. } = cost;
    format!("{}, {}, {}", counted(restarts, "restart"), counted(reloads, "reload"), counted(files, "file"))
}

/// A count with its noun, in the plural unless the count is 1: `1 restart`, `2 restarts`.
pub fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}
