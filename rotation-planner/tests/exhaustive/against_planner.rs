//! Compares the planner with the search.

use rotation_planner::{
    AnchorId, ClientAuth, Cluster, Goal as Wanted, Identity, NodeName, Observed, Optimality, Plan, Preference, Scope,
    Semantics, Staging, TlsConfig, Trust, plan,
};

use crate::space::{self, BOTH, Goal, LOADED, LoadMove, NEW, NEW_OLD, OLD, ON_DISK, RESTART, Rule, Space};
use crate::world::{Reads, World};

/// One way of reading stores, as given to the planner and as the search models it.
pub struct Case {
    pub name: &'static str,
    pub rule: Rule,
    pub loads: &'static [LoadMove],
    release: (u32, u32, u32),
    client_auth: ClientAuth,
    staging: Staging,
    pub reads: Reads,
}

pub const LOADED_STORES: Reads = Reads {
    dials_trust_disk: false,
    dials_offer_disk: false,
    demands: true,
    reloads_trust: false,
    reloads_identity: false,
};
const TRUST_UNDER_A_NEW_PATH: Staging =
    Staging::new(rotation_planner::Placement::NewPath, rotation_planner::Placement::InPlace);

pub const CASES: [Case; 7] = [
    Case {
        name: "conservative",
        rule: Rule::Loaded,
        loads: space::RESTART_ONLY,
        release: (2, 1, 22),
        client_auth: ClientAuth::Off,
        staging: Staging::DOCUMENTED,
        reads: LOADED_STORES,
    },
    Case {
        name: "3.11, client auth, keystore under a new path",
        rule: Rule::Loaded,
        loads: space::RESTART_ONLY,
        release: (3, 11, 19),
        client_auth: ClientAuth::On,
        staging: Staging::DOCUMENTED,
        reads: Reads { dials_trust_disk: true, ..LOADED_STORES },
    },
    Case {
        name: "3.11, client auth, in place",
        rule: Rule::DiskWithAuth,
        loads: space::RESTART_ONLY,
        release: (3, 11, 19),
        client_auth: ClientAuth::On,
        staging: Staging::IN_PLACE,
        reads: Reads { dials_trust_disk: true, dials_offer_disk: true, ..LOADED_STORES },
    },
    Case {
        name: "3.11, no client auth",
        rule: Rule::Disk,
        loads: space::RESTART_ONLY,
        release: (3, 11, 19),
        client_auth: ClientAuth::Off,
        staging: Staging::DOCUMENTED,
        reads: Reads { dials_trust_disk: true, demands: false, ..LOADED_STORES },
    },
    Case {
        name: "5.0, in place",
        rule: Rule::Loaded,
        loads: space::RELOAD_ONLY,
        release: (5, 0, 6),
        client_auth: ClientAuth::On,
        staging: Staging::IN_PLACE,
        reads: Reads { reloads_trust: true, reloads_identity: true, ..LOADED_STORES },
    },
    Case {
        name: "5.0, keystore under a new path",
        rule: Rule::Loaded,
        loads: space::RELOAD_TRUST,
        release: (5, 0, 6),
        client_auth: ClientAuth::On,
        staging: Staging::DOCUMENTED,
        reads: Reads { reloads_trust: true, ..LOADED_STORES },
    },
    Case {
        name: "5.0, truststore under a new path",
        rule: Rule::Loaded,
        loads: space::RELOAD_IDENTITY,
        release: (5, 0, 6),
        client_auth: ClientAuth::On,
        staging: TRUST_UNDER_A_NEW_PATH,
        reads: Reads { reloads_identity: true, ..LOADED_STORES },
    },
];

/// The labels of one space, made once.
struct Labels {
    names: Vec<NodeName>,
    dcs: Vec<String>,
    identities: Vec<(Identity, Identity)>,
    /// The truststores by bit mask over the anchors.
    truststores: Vec<Trust>,
    olds: Vec<AnchorId>,
}

impl Labels {
    fn of(space: &Space) -> Self {
        let shape = &space.shape;
        let anchor = |number: usize| AnchorId::from(format!("anchor{number}"));
        let identity =
            |node: usize, age: &str, number: usize| Identity::new(format!("node{node}-{age}"), anchor(number));
        let both = |(node, (old, new)): (usize, &(usize, usize))| {
            let new_age = if old == new { "old" } else { "new" };
            (identity(node, "old", *old), identity(node, new_age, *new))
        };
        let anchors = shape.anchors.iter().map(|(old, new)| old.max(new) + 1).max().unwrap();
        let members = |mask: usize| (0..anchors).filter(move |number| mask >> number & 1 == 1);
        Self {
            names: (0..shape.groups.len()).map(|node| format!("node{node}").into()).collect(),
            dcs: shape.groups.iter().map(|group| format!("dc{group}")).collect(),
            identities: shape.anchors.iter().enumerate().map(both).collect(),
            truststores: (0..1 << anchors).map(|mask| members(mask).map(anchor).collect()).collect(),
            olds: shape.anchors.iter().filter(|(old, new)| old != new).map(|(old, _)| anchor(*old)).collect(),
        }
    }
}

/// The planner's input for the states of one space.
pub struct Question<'a> {
    case: &'a Case,
    space: &'a Space,
    labels: Labels,
    wanted: Wanted,
}

impl<'a> Question<'a> {
    pub fn new(case: &'a Case, space: &'a Space, goal: Goal) -> Self {
        let labels = Labels::of(space);
        let new = labels.identities.iter().map(|both| both.1.clone());
        let wanted = Wanted::rotate(labels.names.iter().cloned().zip(new));
        let wanted = if goal == Goal::Drop { wanted.dropping(labels.olds.iter().collect()) } else { wanted };
        Self { case, space, labels, wanted }
    }

    pub fn cluster(&self, state: usize) -> Cluster {
        let (major, minor, patch) = self.case.release;
        let semantics = Semantics::cassandra(major, minor, patch, self.case.client_auth).unwrap();
        let semantics = semantics.with_staging(self.case.staging);
        cluster(self.space, &self.labels, semantics, state)
    }

    pub fn plan(&self, cluster: &Cluster) -> Plan {
        plan(cluster, &self.wanted, &Preference::default()).unwrap()
    }
}

/// Plans from each of `states`, and asserts that each plan has the least cost and survives every crash. Returns the
/// number of plans.
pub fn compare(case: &Case, space: &Space, goal: Goal, costs: &[u16], states: &[usize]) -> usize {
    let question = Question::new(case, space, goal);
    let labels = &question.labels;
    let dropped = if goal == Goal::Drop { labels.olds.as_slice() } else { &[] };
    for state in states {
        let cost = costs[*state];
        let cluster = question.cluster(*state);
        let found = question.plan(&cluster);
        let counted = found.cost();
        let planned = usize::from(reload_cost(case)) * counted.reloads + usize::from(RESTART) * counted.restarts;
        assert_eq!(planned, usize::from(cost), "{} {cluster:?}\n{found}", case.name);
        assert_eq!(found.optimality(), Optimality::Minimum);
        let target =
            |name: &str| labels.identities[name.strip_prefix("node").unwrap().parse::<usize>().unwrap()].1.clone();
        let world = World::of(&cluster, case.reads);
        assert!(world.survives(&found, target, dropped), "{} {cluster:?}\n{found}", case.name);
    }
    states.len()
}

fn reload_cost(case: &Case) -> u16 {
    case.loads.iter().map(|load| load.cost).filter(|cost| *cost < RESTART).min().unwrap_or(RESTART)
}

fn cluster(space: &Space, labels: &Labels, semantics: Semantics, state: usize) -> Cluster {
    let (served, trusted) = space.statuses(state);
    (0..labels.names.len()).fold(Cluster::new(Scope::Dc, semantics), |mut cluster, node| {
        let (old, new) = &labels.identities[node];
        let (loaded, disk) = match served[node] {
            OLD => (old, old),
            NEW => (new, new),
            NEW_OLD => (new, old),
            _ => (old, new),
        };
        let mask = |among: [u8; 2]| {
            trusted[node].iter().filter(|(_, status)| among.contains(status)).map(|(a, _)| 1 << a).sum::<usize>()
        };
        let config =
            |identity: &Identity, mask: usize| TlsConfig::tls(identity.clone(), labels.truststores[mask].clone());
        let observed = Observed::running(config(loaded, mask([LOADED, BOTH])), config(disk, mask([ON_DISK, BOTH])));
        cluster.add_node(labels.names[node].clone(), labels.dcs[node].clone(), "r1", observed).unwrap();
        cluster
    })
}
