//! What is wrong with a cluster before anything is done.

use std::collections::BTreeSet;
use std::fmt;

use crate::checker;
use crate::cluster::Cluster;
use crate::refusal::Witness;
use crate::safety::{self, Relation};
use crate::state::State;

/// Pairs of nodes that are cut at the start, or may be because what a node has loaded is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Repair {
    /// The first of them, by names, and why.
    pub first: Box<Witness>,
    /// How many there are, each direction counted.
    pub pairs: usize,
}

impl Repair {
    pub(crate) fn of(cluster: &Cluster, state: &mut State) -> Option<Self> {
        let broken = safety::broken(state);
        let pair = |broken: &safety::Broken| match broken.relation {
            Relation::Serving => (broken.to, broken.by),
            Relation::Offering | Relation::Transport => (broken.by, broken.to),
        };
        let pairs: BTreeSet<_> = broken.iter().map(pair).collect();
        let first = broken.into_iter().min_by_key(|broken| pair(broken))?;
        let first = Box::new(checker::witness(state, first, checker::moment(cluster, state, first)));
        Some(Self { first, pairs: pairs.len() })
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, pairs } = self;
        let (pairs, verb) = if *pairs == 1 { ("pair".to_owned(), "is") } else { (format!("{pairs} pairs"), "are") };
        write!(f, "Before: the {pairs} of nodes that {verb} cut, or may be, are repaired first. {first}.")
    }
}
