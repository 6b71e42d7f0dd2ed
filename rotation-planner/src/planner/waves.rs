//! Which loads of one phase happen in one wave.

use crate::preference::Batching;
use crate::semantics::Activation;

use super::availability::Availability;
use super::schedule::Load;

/// What decides how many nodes are restarted at once.
pub(super) struct Waves<'a> {
    pub(super) batching: Batching,
    pub(super) availability: &'a Availability<'a>,
}

impl Waves<'_> {
    /// The number of each node's unit, where nodes are restarted together.
    pub(super) fn units(&self) -> Option<Vec<usize>> {
        (self.batching != Batching::OneNode).then(|| self.availability.units())
    }

    /// Puts the loads of a phase into waves, each in the first where it can be: behind those that it waits for, and, if
    /// processes are restarted, only with nodes that may be down together with it.
    pub(super) fn pack<'a>(
        &self,
        phase: &'a [Load],
        kind: Activation,
        waits: impl Fn(usize, usize) -> bool,
    ) -> Vec<Vec<&'a Load>> {
        if kind == Activation::Restart && self.batching == Batching::OneNode {
            return phase.iter().map(|load| vec![load]).collect();
        }
        let mut waves: Vec<Vec<&Load>> = Vec::new();
        for load in phase {
            let is_awaited = |wave: &Vec<&Load>| wave.iter().any(|other| waits(load.node, other.node));
            let awaited = if load.accepts_and_uses() { waves.iter().rposition(is_awaited) } else { None };
            let first = awaited.map_or(0, |awaited| awaited + 1);
            let fits =
                |wave: &Vec<&Load>| kind == Activation::Reload || self.availability.lost(&with(wave, load)).is_none();
            match waves.iter_mut().skip(first).find(|wave| fits(wave)) {
                Some(wave) => wave.push(load),
                None => waves.push(vec![load]),
            }
        }
        waves
    }
}

fn with(wave: &[&Load], load: &Load) -> Vec<usize> {
    wave.iter().map(|load| load.node).chain([load.node]).collect()
}
