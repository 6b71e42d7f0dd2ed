//! The input of the page's script: distinct states and cells, and each step's changes.

use std::collections::{BTreeMap, BTreeSet};

use rotation_planner::Trust;
use serde::Serialize;

use crate::table::Table;
use crate::units::Kind;

#[derive(Debug, Serialize)]
pub(crate) struct Data {
    pub(crate) by: Kind,
    pub(crate) units: Vec<Unit>,
    pub(crate) identities: Vec<Identity>,
    pub(crate) trusts: Vec<Vec<String>>,
    /// The anchors of new certificates that no old certificate or truststore has.
    ///
    /// Old certificates and truststores are those on disk before the plan.
    pub(crate) fresh: BTreeSet<String>,
    pub(crate) states: Table<State>,
    pub(crate) cells: Table<Cells>,
    pub(crate) texts: Table<String>,
    /// The texts of the rules about transports, server certificates and client certificates.
    pub(crate) rules: [String; 3],
    pub(crate) moments: Vec<Moment>,
    pub(crate) waves: Vec<Wave>,
}

impl Data {
    pub(crate) fn state_after(&self, steps: usize, unit: usize) -> Option<&State> {
        let mut changes = self.moments.iter().take(steps + 1).flat_map(|moment| &moment.states);
        let (_, state) = changes.rfind(|(number, _)| *number == unit)?;
        self.states.value(*state)
    }

    pub(crate) fn old_and_new(&self, trust: &[String]) -> String {
        let new = trust.iter().filter(|anchor| self.fresh.contains(*anchor)).count();
        match (trust.len() - new, new) {
            (0, 0) => "nothing".to_owned(),
            (old, 0) => format!("{old} old"),
            (0, new) => format!("{new} new"),
            (old, new) => format!("{old} old, {new} new"),
        }
    }

    pub(crate) fn is_cut(&self) -> bool {
        let mut cells = self.moments.iter().filter_map(|moment| self.cells.value(moment.cells));
        cells.any(|cells| cells.cut > 0)
    }

    pub(crate) fn has_state(&self, is: impl Fn(&State) -> bool) -> bool {
        self.states.iter().any(is)
    }
}

/// A node or a rack: a row and a column of the table of pairs.
#[derive(Debug, Serialize)]
pub(crate) struct Unit {
    pub(crate) name: String,
    pub(crate) dc: String,
    pub(crate) rack: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) about: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Identity {
    pub(crate) label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<String>,
    /// The anchors, of which a peer must trust one.
    ///
    /// The list is empty if the certificate is its own only anchor.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) through: Vec<String>,
    /// Whether the plan introduces the certificate.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) new: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub(crate) enum State {
    Node(Box<Node>),
    Rack(Rack),
}

/// The state of a node, with certificates and truststores by number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Node {
    /// The loaded stores and mode; `None` if the node is stopped.
    pub(crate) runs: Option<Runs>,
    /// The stores and the mode that a process would load if it started now.
    pub(crate) disk: Disk,
    /// The checker's facts about the node; `None` if the node is stopped.
    pub(crate) sure: Option<Sure>,
}

/// The stores and the mode that a process has loaded.
///
/// Uncertain stores have several candidates; unknown stores have none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Runs {
    pub(crate) serves: Vec<Option<usize>>,
    pub(crate) trusts: Vec<usize>,
    pub(crate) mode: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Disk {
    pub(crate) serves: Option<usize>,
    pub(crate) trusts: usize,
    pub(crate) mode: usize,
}

/// [`rotation_planner::Facts`], with certificates and truststores by number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Sure {
    pub(crate) dials: Vec<usize>,
    pub(crate) accepts: Vec<usize>,
    pub(crate) serves: Vec<usize>,
    pub(crate) offers: Vec<usize>,
    pub(crate) trusts_servers: Option<usize>,
    pub(crate) trusts_clients: Option<usize>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Rack {
    pub(crate) nodes: usize,
    pub(crate) running: usize,
    /// The number of nodes that certainly serve a certificate that the plan introduces.
    pub(crate) new: usize,
    /// The number of other nodes that have such a certificate on disk.
    pub(crate) new_after_crash: usize,
    /// The number of nodes with each truststore on disk.
    pub(crate) trusts: BTreeMap<usize, usize>,
    /// The number of nodes that run in each mode.
    pub(crate) modes: BTreeMap<usize, usize>,
}

/// The verdicts on the cells of a moment, row by row, and the reasons for them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Cells {
    /// Runs of [`Verdict::sign`](crate::scene::Verdict), each with its length: `.1=3`.
    pub(crate) signs: String,
    /// The reasons why cells are or may be cut, by the number of the cell.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) why: BTreeMap<usize, Vec<Why>>,
    /// The number of connections that are or may be cut.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) cut: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference to skip_serializing_if")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// A witness as the numbers of its five texts.
///
/// The texts are the client, the server, the shown certificate or transport, the time and the rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Why(pub(crate) [usize; 5]);

/// The cluster after a number of steps.
#[derive(Debug, Serialize)]
pub(crate) struct Moment {
    /// The step that was taken; `None` at the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) step: Option<Step>,
    /// The units whose state is new, each with the number of its state.
    pub(crate) states: Vec<(usize, usize)>,
    pub(crate) cells: usize,
    /// For each unit, the cells after its running nodes restart, if they differ from `cells`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) crash: BTreeMap<usize, usize>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Step {
    pub(crate) node: String,
    pub(crate) unit: usize,
    pub(crate) words: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) why: String,
    pub(crate) wave: usize,
}

#[derive(Debug, Serialize)]
pub(crate) struct Wave {
    /// The number of steps up to the end of the wave.
    pub(crate) end: usize,
    pub(crate) gates: Vec<String>,
    pub(crate) rollback: String,
}

pub(crate) fn anchors(trust: &Trust) -> Vec<String> {
    trust.iter().map(|anchor| crate::shown(anchor.as_str()).into_owned()).collect()
}
