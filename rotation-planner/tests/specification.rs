//! A rotation as a state machine.
//!
//! An operator follows a plan, nodes crash at any time, and the operator may forget the plan, observe the cluster and
//! plan again. Every reachable state is visited.
//!
//! State: the cluster, the plan, and the number of its steps that are done. Actions: the next step; a crash of any
//! node, which starts again with what is on its disk; forgetting the plan. Always: every pair that must talk can talk,
//! and the goal can be reached with no more loads (restarts and reloads) than the first plan had. Sometimes: a state of
//! each kind listed below is reached.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say what they expect by panicking")]

use std::collections::{HashSet, VecDeque};

use rotation_planner::{
    ClientAuth, Cluster, Goal, Identity, Known, Observed, Plan, Preference, Scope, Semantics, Staging, Step, TlsConfig,
    Trust, plan,
};

/// The cluster, the plan, the number of its steps that are done, and the starts of each node.
#[derive(Clone)]
struct State {
    cluster: Cluster,
    plan: Plan,
    done: usize,
    starts: Vec<usize>,
}

/// The identity of a state, which does not depend on how it was reached.
type Key = String;

impl State {
    fn key(&self) -> Key {
        let rest: Vec<String> = self.plan.steps().skip(self.done).map(ToString::to_string).collect();
        format!("{:?} {rest:?}", self.cluster)
    }

    fn successors(&self, goal: &Goal) -> Vec<(Action, Self)> {
        let step = self.plan.steps().nth(self.done).map(|step| {
            let mut next = Self { done: self.done + 1, ..self.clone() };
            next.cluster.apply(step).unwrap();
            if is_load(step) {
                next.starts[number(step)] += 1;
            }
            (Action::Step, next)
        });
        let crashes = self.cluster.nodes().enumerate().map(|(number, (name, node))| {
            let mut next = self.clone();
            next.cluster.observe(name, Observed::settled(node.observed().disk().clone())).unwrap();
            next.starts[number] += 1;
            (Action::Crash(number), next)
        });
        let forgets = std::iter::once_with(|| {
            let plan = plan(&self.cluster, goal, &Preference::default()).unwrap();
            (Action::Forget, Self { plan, done: 0, ..self.clone() })
        });
        step.into_iter().chain(crashes).chain(forgets).collect()
    }

    /// Whether one store was staged on the node and another will be before its next load.
    fn is_between_two_stores_of(&self, node: usize) -> bool {
        let on_node = |step: &&Step| number(step) == node;
        let last = self.plan.steps().take(self.done).filter(on_node).last();
        let next = self.plan.steps().skip(self.done).find(on_node);
        last.zip(next).is_some_and(|(last, next)| !is_load(last) && !is_load(next))
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Action {
    Step,
    Crash(usize),
    Forget,
}

fn is_load(step: &Step) -> bool {
    matches!(step.action(), rotation_planner::Action::Activate(_))
}

fn number(step: &Step) -> usize {
    step.node().as_str().strip_prefix("node").unwrap().parse().unwrap()
}

fn identity(node: usize, age: &str) -> Identity {
    Identity::self_signed(&format!("node{node}-{age}"))
}

fn start(nodes: usize, semantics: Semantics) -> Cluster {
    let trust: Trust = (0..nodes).map(|node| identity(node, "old").anchor().clone()).collect();
    (0..nodes).fold(Cluster::new(Scope::All, semantics), |mut cluster, node| {
        let observed = Observed::settled(TlsConfig::tls(identity(node, "old"), trust.clone()));
        cluster.add_node(format!("node{node}"), "dc1", "r1", observed).unwrap();
        cluster
    })
}

/// How processes read their stores.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// Clients and servers use what they have loaded, and servers demand a certificate.
    Loaded,
    /// Clients use the truststore on disk. Servers serve what they have loaded and demand no certificate.
    Disk,
}

fn all_talk(cluster: &Cluster, reads: Reads) -> bool {
    let trust = |observed: &Observed| match &observed.loaded().unwrap().trust {
        Known::Certain(trust) => trust.clone(),
        _ => Trust::none(),
    };
    cluster.nodes().all(|(a, client)| {
        cluster.nodes().filter(|(b, _)| a != *b).all(|(_, server)| {
            let (client, server) = (client.observed(), server.observed());
            let verifies = if reads == Reads::Disk { client.disk().trust().clone() } else { trust(client) };
            verifies.contains(server.serves().unwrap().anchor())
                && (reads == Reads::Disk || trust(server).contains(client.serves().unwrap().anchor()))
        })
    })
}

/// Explores all states. Returns the number of states and of moves between them.
fn explored(nodes: usize, semantics: Semantics, reads: Reads) -> (usize, usize) {
    let cluster = start(nodes, semantics);
    let goal = Goal::rotate((0..nodes).map(|node| (format!("node{node}"), identity(node, "new")))).dropping_unused();
    let first = plan(&cluster, &goal, &Preference::default()).unwrap();
    let most = first.cost();
    let mut queue = VecDeque::from([State { cluster, plan: first, done: 0, starts: vec![0; nodes] }]);
    let mut met: HashSet<Key> = queue.iter().map(State::key).collect();
    let mut moves = 0;
    let mut sometimes = Sometimes::default();
    while let Some(state) = queue.pop_front() {
        assert!(all_talk(&state.cluster, reads), "{:?}", state.cluster);
        let again = plan(&state.cluster, &goal, &Preference::default()).unwrap().cost();
        assert!((again.restarts, again.reloads) <= (most.restarts, most.reloads));
        sometimes.look(&state, again.restarts + again.reloads);
        for (action, next) in state.successors(&goal) {
            moves += 1;
            sometimes.act(action, &state, &next);
            if met.insert(next.key()) {
                queue.push_back(next);
            }
        }
    }
    assert_eq!(sometimes, Sometimes::ALL);
    (met.len(), moves)
}

/// Kinds of states that must be reached. Otherwise the exploration would prove little.
#[derive(Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing that was met or not")]
struct Sometimes {
    goal_reached: bool,
    crash_between_two_stores_of_a_node: bool,
    node_restarted_that_had_crashed_or_been_restarted: bool,
    crash_brings_what_was_staged: bool,
    crash_saves_a_load: bool,
    another_plan_in_the_middle: bool,
}

impl Sometimes {
    const ALL: Self = Self {
        goal_reached: true,
        crash_between_two_stores_of_a_node: true,
        node_restarted_that_had_crashed_or_been_restarted: true,
        crash_brings_what_was_staged: true,
        crash_saves_a_load: true,
        another_plan_in_the_middle: true,
    };

    fn look(&mut self, state: &State, loads_left: usize) {
        let left = state.plan.steps().skip(state.done);
        let planned = left.filter(|step| is_load(step)).count();
        self.goal_reached |= loads_left == 0 && state.plan.steps().count() == state.done;
        self.crash_saves_a_load |= loads_left < planned;
    }

    fn act(&mut self, action: Action, before: &State, after: &State) {
        match action {
            Action::Step => {
                let step = before.plan.steps().nth(before.done).unwrap();
                self.node_restarted_that_had_crashed_or_been_restarted |=
                    is_load(step) && after.starts[number(step)] > 1;
            }
            Action::Crash(node) => {
                self.crash_brings_what_was_staged |= before.cluster != after.cluster;
                self.crash_between_two_stores_of_a_node |= before.is_between_two_stores_of(node);
            }
            Action::Forget => self.another_plan_in_the_middle |= before.done > 0 && !after.plan.is_empty(),
        }
    }
}

#[test]
fn two_nodes_that_use_what_they_have_loaded() {
    assert_eq!(explored(2, Semantics::cassandra(2, 1, 22, ClientAuth::On).unwrap(), Reads::Loaded), (84, 335));
}

#[test]
fn three_nodes_that_use_what_they_have_loaded() {
    assert_eq!(explored(3, Semantics::cassandra(2, 1, 22, ClientAuth::On).unwrap(), Reads::Loaded), (277, 1384));
}

#[test]
fn three_nodes_whose_dials_read_the_disk() {
    assert_eq!(explored(3, Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap(), Reads::Disk), (94, 462));
}

#[test]
fn three_nodes_that_reload() {
    let semantics = Semantics::cassandra(5, 0, 6, ClientAuth::On).unwrap().with_staging(Staging::IN_PLACE);
    assert_eq!(explored(3, semantics, Reads::Loaded), (277, 1384));
}
