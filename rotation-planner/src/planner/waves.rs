//! Assigns the activations of one phase to waves.

use crate::preference::Batching;
use crate::semantics::Activation;

use super::availability::Availability;
use super::schedule::{Awaited, Job, Problem};

pub(super) struct Waves<'a> {
    pub(super) batching: Batching,
    pub(super) availability: &'a Availability<'a>,
}

impl Waves<'_> {
    pub(super) fn units(&self) -> Option<Vec<usize>> {
        (self.batching != Batching::OneNode).then(|| self.availability.units(self.batching))
    }

    /// Packs the jobs of a phase into waves.
    ///
    /// With [`Batching::OneNode`], each restart has a wave of its own. Otherwise, each job is put into the first possible
    /// wave: after the jobs that it waits for and, for a restart, only with nodes that may be down together with its
    /// node.
    pub(super) fn pack<'a>(
        &self,
        all: &'a [Job],
        kind: Activation,
        problem: Option<&Problem<'_>>,
    ) -> Vec<Vec<&'a Job>> {
        let mut phase: Vec<&Job> = all.iter().collect();
        let is_ordered = phase.iter().any(|job| job.accepts_and_uses());
        if !is_ordered {
            phase.sort_by_key(|job| self.availability.dc(job.node));
        }
        if kind == Activation::Restart && self.batching == Batching::OneNode {
            return phase.into_iter().map(|job| vec![job]).collect();
        }
        let mut awaited = problem.filter(|_| is_ordered).map(|problem| Awaited::new(problem, all));
        let mut waves: Vec<Vec<&Job>> = Vec::new();
        for job in phase {
            let first =
                awaited.as_ref().filter(|_| job.accepts_and_uses()).map_or(0, |awaited| awaited.first_wave(job.node));
            let fits = |wave: &Vec<&Job>| kind == Activation::Reload || self.may_be_down_together(wave, job);
            let place = (first..waves.len()).find(|place| waves.get(*place).is_some_and(fits)).unwrap_or(waves.len());
            match waves.get_mut(place) {
                Some(wave) => wave.push(job),
                None => waves.push(vec![job]),
            }
            if let Some(awaited) = &mut awaited {
                awaited.put(job.node, place);
            }
        }
        waves
    }

    fn may_be_down_together(&self, wave: &[&Job], job: &Job) -> bool {
        let dc = |job: &Job| self.availability.dc(job.node);
        let is_dc_free = self.batching == Batching::ReplicasOfAllDcs || wave.iter().all(|other| dc(other) == dc(job));
        is_dc_free && self.availability.lost(&with(wave, job)).is_none()
    }
}

fn with(wave: &[&Job], job: &Job) -> Vec<usize> {
    wave.iter().map(|job| job.node).chain([job.node]).collect()
}
