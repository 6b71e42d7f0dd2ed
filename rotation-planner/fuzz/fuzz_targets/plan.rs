//! Any cluster and goal give either a checked plan that reaches the goal, or a refusal with its reason.
#![no_main]

use arbitrary::Arbitrary;
use rotation_planner::{
    Mutability, Checker, ClientAuth, Cluster, Consistency, Goal, Identity, InternodeMode, Keyspace, Known, Loaded, Observed,
    Plaintext, Preference, Role, Scope, Semantics, TlsConfig, Staging, Trust, check, plan, rollback,
};

#[derive(Arbitrary, Debug)]
struct Input {
    release: u8,
    client_auth: bool,
    staging: u8,
    scope: u8,
    nodes: Vec<Node>,
    goal: u8,
    targets: u8,
    dropped: u16,
    preference: u8,
    replicas: Option<u8>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Node {
    place: u8,
    loaded: Held,
    disk: Held,
    known: u8,
    frozen: bool,
    seed: bool,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Held {
    identity: u8,
    trust: u16,
    mode: u8,
}

const NODES: usize = 6;

fn identity(number: u8) -> Identity {
    let number = number % 12;
    // Some identities are issued by one authority.
    if number < 9 { Identity::self_signed(&format!("i{number}")) } else { Identity::new(format!("i{number}"), "ca") }
}

fn trust(bits: u16) -> Trust {
    (0..12).filter(|bit| bits >> bit & 1 == 1).map(|bit| identity(bit).anchor().clone()).collect()
}

fn config(held: Held) -> TlsConfig {
    let mode = match held.mode % 8 {
        0 => InternodeMode::PlaintextOnly,
        1 => InternodeMode::PlaintextAcceptingTls,
        2 => InternodeMode::TlsAcceptingPlaintext,
        _ => InternodeMode::TlsOnly,
    };
    if mode == InternodeMode::PlaintextOnly && held.identity > 127 {
        return TlsConfig::plaintext();
    }
    TlsConfig::tls(identity(held.identity), trust(held.trust)).with_mode(mode)
}

fn trusting(config: TlsConfig, trust: Known<Trust>) -> Loaded {
    let mut loaded = Loaded::from(config);
    loaded.trust = trust;
    loaded
}

fn observed(node: Node) -> Observed {
    let (loaded, disk) = (config(node.loaded), config(node.disk));
    match node.known % 8 {
        0 => Observed::stopped(disk),
        1 => Observed::running(trusting(loaded, Known::Unknown), disk),
        2 => {
            let trust = Known::OneOf(vec![loaded.trust().clone(), disk.trust().clone()]);
            Observed::running(trusting(loaded, trust), disk)
        }
        3 => Observed::settled(disk),
        _ => Observed::running(loaded, disk),
    }
}

fn cluster(input: &Input) -> Cluster {
    let client_auth = if input.client_auth { ClientAuth::On } else { ClientAuth::Off };
    let staging = [Staging::IN_PLACE, Staging::DOCUMENTED, Staging::NEW_PATHS][usize::from(input.staging % 3)];
    let semantics = match input.release % 5 {
        0 => Semantics::cassandra(2, 1, 22, client_auth),
        1 => Semantics::cassandra(3, 11, 19, client_auth),
        2 => Semantics::cassandra(4, 0, 17, client_auth),
        3 => Semantics::cassandra(5, 0, 6, client_auth),
        _ => Ok(Semantics::conservative(client_auth)),
    };
    let semantics = semantics.unwrap().with_staging(staging);
    let scope = [Scope::All, Scope::Dc, Scope::Rack][usize::from(input.scope % 3)];
    let mut cluster = Cluster::new(scope, semantics);
    if let Some(replicas) = input.replicas {
        let replicas = [("dc0", usize::from(replicas % 5)), ("dc1", usize::from(replicas / 5 % 5))];
        cluster.add_keyspace(Keyspace::network_topology("k", replicas, Consistency::LocalQuorum));
    }
    for (number, node) in input.nodes.iter().take(NODES).enumerate() {
        let (dc, rack) = (format!("dc{}", node.place % 2), format!("r{}", node.place / 2 % 3));
        let name = format!("n{number}");
        cluster.add_node(name.as_str(), dc, rack, observed(*node)).unwrap();
        if node.frozen && node.seed {
            cluster.set_mutability(name.as_str(), Mutability::Frozen).unwrap();
        }
        if node.seed {
            cluster.set_role(name.as_str(), Role::Seed).unwrap();
        }
    }
    cluster
}

fn goal(input: &Input) -> Goal {
    let count = input.nodes.len().min(NODES);
    let named = (0..count).filter(|node| input.targets >> node & 1 == 1);
    let targets = named.map(|node| (format!("n{node}"), identity(u8::try_from(node).unwrap() + input.goal / 8)));
    let goal = match input.goal % 8 {
        0 => Goal::enable(targets, Plaintext::Refused),
        1 => Goal::disable(),
        2 => Goal::client_auth(ClientAuth::On),
        3 => Goal::quarantine(targets),
        _ => Goal::rotate(targets),
    };
    match input.dropped % 3 {
        0 => goal.dropping_unused(),
        1 => goal.dropping(trust(input.dropped / 3)),
        _ => goal,
    }
}

libfuzzer_sys::fuzz_target!(|input: Input| {
    let (cluster, goal) = (cluster(&input), goal(&input));
    let preference = match input.preference % 3 {
        0 => Preference::as_documented(),
        1 => Preference::default().racks_together(),
        _ => Preference::default(),
    };
    match plan(&cluster, &goal, &preference) {
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty());
            if let Some(fallback) = refusal.fallback() {
                assert!(fallback.impact().iter().all(|impact| !impact.to_string().is_empty()));
            }
        }
        Ok(found) => {
            check(&cluster, &found).expect("every plan is checked");
            let mut done = cluster.clone();
            found.steps().for_each(|step| done.apply(step).expect("every step can be applied"));
            Checker::safe(&done).expect("the cluster is safe in the end");
            assert!(found.is_empty() || !found.to_string().is_empty());
            if input.goal % 8 == 3 {
                // A quarantine planned again would distrust the identities that are served by then.
                return;
            }
            let again = plan(&done, &goal, &preference).expect("the goal can be planned again once it is reached");
            assert!(again.is_empty(), "{cluster:?}\n{goal:?}\n{found}\nleaves\n{again}");
            let _ = rollback(&cluster, &found, found.waves().len());
            let written = serde_json::to_string(&found).unwrap();
            assert_eq!(serde_json::from_str::<rotation_planner::Plan>(&written).unwrap(), found);
        }
    }
});
