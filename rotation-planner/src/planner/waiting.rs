//! The events that each step waits for.

use crate::model::{Model, Table};
use crate::plan::{Event, Waiting, WaitsFor};

use super::schedule::{Awaited, Problem, Schedule};

pub(super) struct Waits<'a> {
    problem: &'a Problem<'a>,
    naming: Naming,
    /// The nodes that must accept.
    acceptors: Awaited<'a>,
    /// The number of nodes that must stop showing something old.
    users: usize,
    users_of_group: Table<usize>,
}

/// How a step names the nodes that it waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// Each by its name.
    Each,
    /// As [`Waiting::EveryPeer`].
    Together,
}

impl<'a> Waits<'a> {
    pub(super) fn new(problem: &'a Problem<'a>, schedule: &Schedule, naming: Naming) -> Self {
        let mut acceptors = Awaited::new(problem, &schedule.phases.concat());
        let (mut users, mut users_of_group) = (0, Table::default());
        for (node, pending) in problem.nodes.0.iter().enumerate() {
            if pending.due.accept {
                acceptors.put(node, 0);
            }
            if pending.due.uses_the_new() && pending.shows_old {
                users += 1;
                *users_of_group.row(pending.group) += 1;
            }
        }
        Self { problem, naming, acceptors, users, users_of_group }
    }

    /// The events that must come before these events of `node`.
    ///
    /// A node that is started may not trust what its peers show now, so it waits like a node that refuses.
    pub(super) fn of(&self, model: &Model, node: usize, events: &[Event]) -> Vec<WaitsFor> {
        let events = if self.problem.nodes[node].due.start { &[Event::Use, Event::Refuse] } else { events };
        events.iter().filter_map(|event| self.of_one(model, node, *event)).collect()
    }

    fn of_one(&self, model: &Model, node: usize, event: Event) -> Option<WaitsFor> {
        let nodes = &self.problem.nodes;
        let own = &nodes[node];
        let (event, is_any, waits): (Event, bool, &dyn Fn(usize) -> bool) = match event {
            Event::Use => (Event::Accept, self.acceptors.is_any_before(node), &|other| self.problem.waits(node, other)),
            Event::Refuse if !own.due.refuse_is_free => {
                let in_group = self.users_of_group.0.get(own.group).copied().unwrap_or(0);
                (Event::Use, self.users > in_group, &|other| self.problem.must_not_refuse_before(node, other))
            }
            _ => return None,
        };
        let named = || (0..nodes.0.len()).filter(|other| waits(*other)).map(|other| model.name(other).clone());
        let on = match self.naming {
            Naming::Each => Waiting::Nodes(named().collect()),
            Naming::Together => Waiting::EveryPeer,
        };
        is_any.then_some(WaitsFor { event, on })
    }
}
