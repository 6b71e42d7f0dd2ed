//! Enabling and disabling TLS, with a search over every safe state of two and three nodes. Each node runs in one of
//! four modes and has one of them on disk.
//!
//! A node is the set of modes that its process may be in (the loaded one and each that a crash could have started since) and the
//! mode on disk. Staging puts another mode on disk; after a restart, only that mode may run.

use rotation_planner::{
    Action, ClientAuth, Cluster, Goal as Wanted, Identity, InternodeMode, Observed, Optimality, Plaintext, Plan,
    Preference, Scope, Semantics, TlsConfig, Trust, check, plan,
};

/// The transports that a mode dials and accepts (Cassandra 4.0's `OutboundConnectionSettings` and `InboundSockets`).
#[derive(Clone, Copy)]
struct Mode {
    named: InternodeMode,
    dials_tls: bool,
    takes_plain: bool,
    takes_tls: bool,
}

const MODES: [Mode; 4] = [
    Mode { named: InternodeMode::PlaintextOnly, dials_tls: false, takes_plain: true, takes_tls: false },
    Mode { named: InternodeMode::PlaintextAcceptingTls, dials_tls: false, takes_plain: true, takes_tls: true },
    Mode { named: InternodeMode::TlsAcceptingPlaintext, dials_tls: true, takes_plain: true, takes_tls: true },
    Mode { named: InternodeMode::TlsOnly, dials_tls: true, takes_plain: false, takes_tls: true },
];

const PLAIN: usize = 0;
const TLS: usize = 3;

/// The number of states of a node: four bits for the modes that may run, two for the one on disk.
const NODE: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Goal {
    Enable,
    EnableAndAcceptPlain,
    Disable,
}

fn node(state: usize, number: usize) -> (usize, usize) {
    let digit = state / NODE.pow(u32::try_from(number).unwrap()) % NODE;
    (digit >> 2, digit & 3)
}

fn with(state: usize, number: usize, (may_run, disk): (usize, usize)) -> usize {
    let radix = NODE.pow(u32::try_from(number).unwrap());
    state - state / radix % NODE * radix + (may_run << 2 | disk) * radix
}

fn modes(may_run: usize) -> impl Iterator<Item = Mode> {
    MODES.into_iter().enumerate().filter(move |(number, _)| may_run >> number & 1 == 1).map(|(_, mode)| mode)
}

fn is_safe(state: usize, nodes: usize) -> bool {
    let takes = |server: Mode, client: Mode| if client.dials_tls { server.takes_tls } else { server.takes_plain };
    (0..nodes).all(|a| {
        let (a_may_run, a_disk) = node(state, a);
        a_may_run >> a_disk & 1 == 1
            && (0..nodes)
                .filter(|b| a != *b)
                .all(|b| modes(a_may_run).all(|client| modes(node(state, b).0).all(|server| takes(server, client))))
    })
}

fn is_goal(state: usize, nodes: usize, goal: Goal) -> bool {
    (0..nodes).all(|number| {
        let runs = |mode: usize| node(state, number) == (1 << mode, mode);
        match goal {
            Goal::Enable => runs(TLS),
            Goal::EnableAndAcceptPlain => modes(node(state, number).0).all(|mode| mode.dials_tls),
            Goal::Disable => runs(PLAIN),
        }
    })
}

/// The pairs that are or may be cut, with the transport that is rejected.
fn cut(state: usize, nodes: usize) -> Vec<(usize, usize, bool)> {
    let mut cut = Vec::new();
    for (a, b) in (0..nodes).flat_map(|a| (0..nodes).map(move |b| (a, b))).filter(|(a, b)| a != b) {
        for client in modes(node(state, a).0) {
            let takes = |server: Mode| if client.dials_tls { server.takes_tls } else { server.takes_plain };
            if !modes(node(state, b).0).all(takes) {
                cut.push((a, b, client.dials_tls));
            }
        }
    }
    cut
}

/// Whether no step of the plan cuts a pair that was not cut before, and the goal is reached.
fn never_worsens(mut state: usize, nodes: usize, goal: Goal, plan: &Plan) -> bool {
    let mut before = cut(state, nodes);
    for step in plan.steps() {
        let number: usize = step.node().as_str().strip_prefix("node").unwrap().parse().unwrap();
        let (may_run, disk) = node(state, number);
        let next = match step.action() {
            Action::StageMode(mode) => {
                let mode = MODES.iter().position(|known| known.named == *mode).unwrap();
                (may_run | 1 << mode, mode)
            }
            Action::Activate(_) => (1 << disk, disk),
            _ => (may_run, disk),
        };
        state = with(state, number, next);
        let now = cut(state, nodes);
        if !now.iter().all(|pair| before.contains(pair)) {
            return false;
        }
        before = now;
    }
    before.is_empty() && is_goal(state, nodes, goal)
}

/// The fewest restarts from every safe state; `u8::MAX` for unsafe states.
fn restarts(nodes: usize, goal: Goal) -> Vec<u8> {
    let all = NODE.pow(u32::try_from(nodes).unwrap());
    let safe: Vec<bool> = (0..all).map(|state| is_safe(state, nodes)).collect();
    let mut restarts: Vec<u8> =
        (0..all).map(|state| if safe[state] && is_goal(state, nodes, goal) { 0 } else { u8::MAX }).collect();
    let mut changed = true;
    while changed {
        changed = false;
        for state in (0..all).filter(|state| safe[*state]) {
            let staged = (0..nodes).flat_map(|number| {
                let (may_run, _) = node(state, number);
                (0..MODES.len()).map(move |mode| with(state, number, (may_run | 1 << mode, mode)))
            });
            let by_staging = staged.filter(|next| safe[*next]).map(|next| restarts[next]).min();
            let loaded =
                (0..nodes).map(|number| with(state, number, (1 << node(state, number).1, node(state, number).1)));
            let by_loading = loaded.map(|next| restarts[next].saturating_add(1)).min();
            let best = by_staging.into_iter().chain(by_loading).min().unwrap();
            changed |= best < restarts[state];
            restarts[state] = restarts[state].min(best);
        }
    }
    restarts
}

fn identity(number: usize) -> Identity {
    Identity::self_signed(&format!("node{number}"))
}

fn cluster(nodes: usize, modes: impl Fn(usize) -> (usize, usize)) -> Cluster {
    let semantics = Semantics::cassandra(4, 1, 8, ClientAuth::Off).unwrap();
    let trust: Trust = (0..nodes).map(|number| identity(number).anchor().clone()).collect();
    (0..nodes).fold(Cluster::new(Scope::All, semantics), |mut cluster, number| {
        let config = |mode: usize| TlsConfig::tls(identity(number), trust.clone()).with_mode(MODES[mode].named);
        let (loaded, disk) = modes(number);
        cluster
            .add_node(format!("node{number}"), "dc1", "r1", Observed::running(config(loaded), config(disk)))
            .unwrap();
        cluster
    })
}

/// Plans from every state that can be observed. Returns the number of safe states for each least number of restarts.
fn compare(nodes: usize, goal: Goal) -> Vec<usize> {
    let restarts = restarts(nodes, goal);
    let wanted = match goal {
        Goal::Enable => Wanted::enable((0..nodes).map(|n| (format!("node{n}"), identity(n))), Plaintext::Refused),
        Goal::EnableAndAcceptPlain => {
            Wanted::enable((0..nodes).map(|n| (format!("node{n}"), identity(n))), Plaintext::Accepted)
        }
        Goal::Disable => Wanted::disable(),
    };
    let mut counts = Vec::new();
    for looked_at in 0..16_usize.pow(u32::try_from(nodes).unwrap()) {
        let seen = |number: usize| {
            let digit = looked_at >> (4 * number) & 15;
            (digit >> 2, digit & 3)
        };
        let state = (0..nodes).fold(0, |state, number| {
            let (loaded, disk) = seen(number);
            with(state, number, (1 << loaded | 1 << disk, disk))
        });
        let cluster = cluster(nodes, seen);
        let found = plan(&cluster, &wanted, &Preference::default());
        let least = restarts[state];
        let found = found.unwrap();
        assert!(never_worsens(state, nodes, goal, &found), "{goal:?} {cluster:?}\n{found}");
        if !is_safe(state, nodes) {
            assert!(found.repairs().is_some());
            continue;
        }
        check(&cluster, &found).unwrap();
        let within = if let Optimality::Within(gap) = found.optimality() { gap } else { 0 };
        let more = found.cost().restarts - usize::from(least);
        assert!(more <= within, "{goal:?}: {least} is the least from {cluster:?}\n{found}");
        counts.resize(counts.len().max(usize::from(least) + 1), 0);
        counts[usize::from(least)] += 1;
    }
    counts
}

type Pin = (usize, &'static [usize], &'static [usize], &'static [usize]);

/// The number of nodes, and the numbers of safe states by restarts to each goal.
///
/// The goals are TLS only, TLS that accepts plaintext, and plaintext. Without any stores, 3n - 2 restarts lead to TLS
/// only and 2n - 1 to both.
const PINS: [Pin; 2] = [
    (2, &[1, 6, 19, 19, 9], &[16, 10, 19, 9], &[1, 6, 19, 19, 9]),
    (3, &[1, 9, 27, 42, 27, 42, 27, 27], &[64, 15, 27, 42, 27, 27], &[1, 9, 27, 42, 27, 42, 27, 27]),
];

#[test]
fn every_state_on_the_way_to_tls_and_back() {
    for (nodes, enable, accept_plain, disable) in PINS {
        let pinned = [(Goal::Enable, enable), (Goal::EnableAndAcceptPlain, accept_plain), (Goal::Disable, disable)];
        for (goal, pinned) in pinned {
            let counts = compare(nodes, goal);
            println!("{nodes} nodes, {goal:?}: safe states by restarts {counts:?}");
            assert_eq!(counts, pinned);
        }
    }
}
