//! The pairs of nodes that are or may be cut before a plan begins.

use std::fmt;

use crate::checker;
use crate::cluster::Cluster;
use crate::moment::moment;
use crate::pairs::CutPairs;
use crate::refusal::Witness;
use crate::safety::{self, RELATIONS, Relation};
use crate::state::State;

/// The pairs of nodes that are or may be cut at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Repair {
    /// The first of these pairs, by name, and the reason why it is or may be cut.
    pub first: Box<Witness>,
    /// The number of these pairs. A pair that is or may be cut in both directions counts twice.
    pub pairs: usize,
}

impl Repair {
    pub(crate) fn of(cluster: &Cluster, state: &State) -> Option<Self> {
        let CutPairs { first: (client, server), count } = CutPairs::of(state)?;
        let first = RELATIONS.into_iter().find_map(|relation| {
            let (by, to) = if relation == Relation::Serving { (server, client) } else { (client, server) };
            safety::broken_to(state, relation, to).find(|broken| broken.by == by)
        })?;
        let first = Box::new(checker::witness(state, first, moment(cluster, state, first)));
        Some(Self { first, pairs: count })
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, pairs } = self;
        let (pairs, verb) = if *pairs == 1 { ("pair".to_owned(), "is") } else { (format!("{pairs} pairs"), "are") };
        write!(f, "Before: the {pairs} of nodes that {verb} cut, or may be, {verb} repaired. {first}.")
    }
}
