//! The orders in which a wave may be carried out: each node's steps in their order, those of different nodes in any.
#![allow(unreachable_pub, reason = "each test uses its part")]

use std::collections::{BTreeMap, VecDeque};

use rotation_planner::{Step, Wave};

/// The states before and after each step, in every order. The last state is the one at the end of the wave.
///
/// `take` carries out a step. A state must not depend on the order of the steps that led to it.
pub fn moves<S: Clone>(start: &S, wave: &Wave, take: impl Fn(&mut S, &Step)) -> Vec<(S, S)> {
    let mut steps: BTreeMap<_, Vec<&Step>> = BTreeMap::new();
    for step in wave.steps() {
        steps.entry(step.node()).or_default().push(step);
    }
    let steps: Vec<Vec<&Step>> = steps.into_values().collect();
    let nothing_done = vec![0; steps.len()];
    let mut states = BTreeMap::from([(nothing_done.clone(), start.clone())]);
    let mut queue = VecDeque::from([nothing_done]);
    let mut moves = Vec::new();
    while let Some(done) = queue.pop_front() {
        let before = states[&done].clone();
        for (node, steps) in steps.iter().enumerate() {
            let Some(step) = steps.get(done[node]) else { continue };
            let mut after = before.clone();
            take(&mut after, step);
            moves.push((before.clone(), after.clone()));
            let mut done = done.clone();
            done[node] += 1;
            if !states.contains_key(&done) {
                states.insert(done.clone(), after);
                queue.push_back(done);
            }
        }
    }
    moves
}
