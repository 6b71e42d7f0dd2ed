//! Identities that are trusted through any of several anchors.
//!
//! For example, the anchors are a root and an intermediate, or the certificates of a renewed or cross-signed authority.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking"
)]

mod draw;

use std::collections::{BTreeMap, BTreeSet};

use draw::Draw;
use rotation_planner::{
    Action, Checker, ClientAuth, Cluster, Goal, Identity, Loaded, Observed, Optimality, Origin, Plan, Preference,
    Scope, Semantics, Staging, TlsConfig, Trust, check, plan,
};

fn trust(anchors: &[&str]) -> Trust {
    anchors.iter().copied().collect()
}

fn semantics() -> Semantics {
    Semantics::cassandra(5, 0, 6, ClientAuth::On).unwrap().with_staging(Staging::IN_PLACE)
}

fn cluster(nodes: &[(&str, Identity, Trust)]) -> Cluster {
    let mut cluster = Cluster::new(Scope::All, semantics());
    for (name, identity, trust) in nodes {
        let config = TlsConfig::tls(identity.clone(), trust.clone());
        cluster.add_node(*name, "d", "r", Observed::settled(config)).unwrap();
    }
    cluster
}

fn planned(cluster: &Cluster, goal: &Goal) -> Plan {
    let plan = plan(cluster, goal, &Preference::default()).unwrap();
    check(cluster, &plan).unwrap();
    plan
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// A truststore with the root and one with the intermediate have no anchor in common, and both accept the chain.
#[test]
fn what_lies_on_disk_and_what_is_loaded_need_no_anchor_in_common() {
    let chain = |name: &str| Identity::new(name, "root").or_through("intermediate");
    let mut cluster = cluster(&[("a", chain("a"), trust(&["root"])), ("b", chain("b"), trust(&["root"]))]);
    let config = |anchor| TlsConfig::tls(chain("c"), trust(&[anchor]));
    cluster.add_node("c", "d", "r", Observed::running(config("intermediate"), config("root"))).unwrap();
    Checker::safe(&cluster).unwrap();
    let neither = TlsConfig::tls(chain("c"), trust(&["other"]));
    cluster.observe("c", Observed::running(config("root"), neither)).unwrap();
    let error = Checker::safe(&cluster).unwrap_err().to_string();
    assert!(error.contains("c cannot connect to a, once c restarts"), "{error}");
}

/// An authority is renewed under its name and key.
///
/// A truststore with the old certificate accepts leaves issued under the new one.
#[test]
fn renewing_an_authority_that_keeps_its_key_costs_nothing() {
    let leaf =
        |name: &str, generation: u32| Identity::new(format!("{name}{generation}"), "ca-2016").or_through("ca-2026");
    let nodes: Vec<_> = NAMES.map(|name| (name, leaf(name, 1), trust(&["ca-2016"]))).to_vec();
    let cluster = cluster(&nodes);
    let same = planned(&cluster, &Goal::rotate(NAMES.map(|name| (name, leaf(name, 1)))));
    assert!(same.is_empty(), "{same}");
    // New leaves take one reload each; another authority would take two for each node but one.
    let next = planned(&cluster, &Goal::rotate(NAMES.map(|name| (name, leaf(name, 2)))));
    assert_eq!((next.cost().reloads, next.optimality()), (4, Optimality::Minimum), "{next}");
    let other = planned(&cluster, &Goal::rotate(NAMES.map(|name| (name, Identity::new(format!("{name}2"), "other")))));
    assert_eq!(other.cost().reloads, 7, "{other}");
}

/// The authority's new certificate replaces the old one in the truststores, and every leaf stays accepted.
#[test]
fn the_renewed_authority_takes_the_place_of_the_old() {
    let leaf = |name: &str| Identity::new(name, "ca-2016").or_through("ca-2026");
    let nodes: Vec<_> = NAMES.map(|name| (name, leaf(name), trust(&["ca-2016"]))).to_vec();
    let mut cluster = cluster(&nodes);
    let goal = Goal::rotate(NAMES.map(|name| (name, leaf(name)))).dropping(trust(&["ca-2016"]));
    let plan = planned(&cluster, &goal);
    plan.steps().for_each(|step| cluster.apply(step).unwrap());
    assert!(cluster.nodes().all(|(_, node)| *node.observed().disk().trust() == trust(&["ca-2026"])), "{plan}");
    let nothing = trust(&["ca-2016", "ca-2026"]);
    let goal = Goal::rotate(NAMES.map(|name| (name, leaf(name)))).dropping(nothing);
    let refusal = rotation_planner::plan(&cluster, &goal, &Preference::default()).unwrap_err().to_string();
    assert!(refusal.contains("anchor ca-2016 cannot be dropped"), "{refusal}");
}

/// A foreign anchor is not granted if another anchor of the identity is vouched for.
#[test]
fn of_several_anchors_the_one_that_is_vouched_for_is_granted() {
    let old = |name: &str| Identity::self_signed(name);
    let all = trust(&["a", "b"]);
    let mut cluster = cluster(&[("a", old("a"), all.clone()), ("b", old("b"), all)]);
    cluster.set_origin("root", Origin::Foreign);
    let next = |name: &str| Identity::new(format!("{name}2"), "root").or_through("intermediate");
    let plan = planned(&cluster, &Goal::rotate([("a", next("a")), ("b", next("b"))]));
    let granted = plan.steps().filter_map(|step| match step.action() {
        Action::StageTrust(trust) => Some(trust.contains(&"root".into())),
        _ => None,
    });
    assert!(granted.into_iter().all(|root| !root), "{plan}");
    cluster.set_origin("intermediate", Origin::Foreign);
    let goal = Goal::rotate([("a", next("a")), ("b", next("b"))]);
    assert!(rotation_planner::plan(&cluster, &goal, &Preference::default()).is_err());
}

/// A third anchor is dropped. Of the two that are left, the identity's first is granted, whatever the order in which they were
/// numbered.
#[test]
fn after_a_drop_the_preferred_anchor_is_still_the_one_that_is_granted() {
    let all = trust(&["a", "b", "c"]);
    let wider = trust(&["a", "b", "c", "other"]);
    let old = Identity::self_signed;
    let cluster = cluster(&[("a", old("a"), all.clone()), ("b", old("b"), all), ("c", old("c"), wider)]);
    let next = |name: &str| Identity::new(format!("{name}2"), "preferred").or_through("other").or_through("dropped");
    let goal = Goal::rotate(["a", "b", "c"].map(|name| (name, next(name)))).dropping(trust(&["dropped"]));
    let plan = planned(&cluster, &goal);
    let of_others = plan.steps().filter(|step| step.node().as_str() != "c");
    let staged: Vec<&Trust> = of_others
        .filter_map(|step| match step.action() {
            Action::StageTrust(trust) => Some(trust),
            _ => None,
        })
        .collect();
    assert!(!staged.is_empty(), "{plan}");
    for trust in staged {
        assert!(trust.contains(&"preferred".into()) && !trust.contains(&"other".into()), "{plan}");
    }
}

/// The identity that a process serves, and the anchors that it trusts.
type Process = (Identity, BTreeSet<String>);

/// Every process that may run on a node: the observed one, and each that a crash may have started.
struct Believed {
    processes: Vec<Process>,
    disk: Process,
}

fn accepts(trust: &BTreeSet<String>, identity: &Identity) -> bool {
    identity.anchors().any(|anchor| trust.contains(anchor.as_str()))
}

/// Whether every process that may run on a node can connect to every process that may run on another node.
///
/// This judge shares no code with the checker.
fn is_whole(nodes: &BTreeMap<String, Believed>) -> bool {
    nodes.iter().all(|(name, node)| {
        nodes.iter().filter(|(other, _)| *other != name).all(|(_, other)| {
            node.processes.iter().all(|(_, trust)| other.processes.iter().all(|(served, _)| accepts(trust, served)))
        })
    })
}

fn take(node: &mut Believed, action: &Action) {
    match action {
        Action::StageTrust(trust) => node.disk.1 = trust.iter().map(ToString::to_string).collect(),
        Action::StageIdentity(identity) => node.disk.0 = identity.clone(),
        Action::Activate(_) => node.processes.clear(),
        other => panic!("{other}"),
    }
    node.processes.push(node.disk.clone());
}

fn some_of(draw: &mut Draw, anchors: &[&'static str]) -> Vec<&'static str> {
    loop {
        let some: Vec<_> = anchors.iter().copied().filter(|_| draw.below(2) == 0).collect();
        if !some.is_empty() {
            return some;
        }
    }
}

fn any_identity(draw: &mut Draw, id: String, anchors: &[&'static str]) -> Identity {
    let anchors = some_of(draw, anchors);
    anchors.iter().skip(1).fold(Identity::new(id, anchors[0]), |identity, anchor| identity.or_through(*anchor))
}

/// The checker and the independent judge agree on clusters with random sets of anchors.
///
/// No step of a plan cuts a pair, whatever crashes happen.
#[test]
fn random_clusters_stay_whole_by_an_own_judge() {
    let mut draw = Draw(0x2026_1127);
    let anchors = ["p", "q", "r", "s"];
    let (mut whole, mut dropping, mut refused) = (0, 0, 0);
    for case in 0..1500 {
        let count = 2 + case % 3;
        let mut cluster = Cluster::new(Scope::All, semantics());
        let (mut believed, mut targets) = (BTreeMap::new(), Vec::new());
        for name in &NAMES[..count] {
            let identity = any_identity(&mut draw, format!("{name}1"), &anchors);
            let (loaded, disk) = (some_of(&mut draw, &anchors), some_of(&mut draw, &anchors));
            let disk = if draw.below(2) == 0 { loaded.clone() } else { disk };
            let config = |held: &[&str]| TlsConfig::tls(identity.clone(), trust(held));
            cluster.add_node(*name, "d", "r", Observed::running(Loaded::from(config(&loaded)), config(&disk))).unwrap();
            let process = |held: &[&str]| (identity.clone(), held.iter().map(ToString::to_string).collect());
            let node = Believed { processes: vec![process(&loaded), process(&disk)], disk: process(&disk) };
            believed.insert((*name).to_owned(), node);
            targets.push((*name, any_identity(&mut draw, format!("{name}2"), &anchors)));
        }
        assert_eq!(Checker::safe(&cluster).is_ok(), is_whole(&believed), "{cluster:?}");
        let mut goal = Goal::rotate(targets.clone());
        let dropped = some_of(&mut draw, &anchors);
        match draw.below(3) {
            0 => goal = goal.dropping_unused(),
            1 => goal = goal.dropping(trust(&dropped)),
            _ => {}
        }
        if !is_whole(&believed) {
            continue;
        }
        let Ok(plan) = plan(&cluster, &goal, &Preference::default()) else {
            let is_lost =
                |(_, target): &(&str, Identity)| target.anchors().all(|anchor| dropped.contains(&anchor.as_str()));
            assert!(targets.iter().any(is_lost), "{cluster:?} {goal:?}");
            refused += 1;
            continue;
        };
        check(&cluster, &plan).unwrap();
        for step in plan.steps() {
            take(believed.get_mut(step.node().as_str()).unwrap(), step.action());
            assert!(is_whole(&believed), "{step}\n{cluster:?}\n{plan}");
            cluster.apply(step).unwrap();
        }
        for (name, target) in &targets {
            assert_eq!(cluster.get(&(*name).into()).unwrap().observed().serves(), Some(target), "{plan}");
        }
        let again = rotation_planner::plan(&cluster, &goal, &Preference::default()).unwrap();
        assert!(again.is_empty(), "{again}\n{cluster:?} {goal:?}");
        whole += 1;
        dropping += usize::from(plan.cost().files > plan.cost().reloads);
    }
    println!(
        "{whole} plans from safe clusters carried out, {dropping} with more files than reloads, {refused} refused"
    );
    assert!(whole > 150 && refused > 5, "{whole} {refused}");
}

/// One of two nodes in the search.
///
/// The processes that may run are a bit for each identity and truststore. `staged` says whether a truststore and an
/// identity were staged since the last activation. Staging more than one truststore and one identity between two
/// activations gains nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Searched {
    processes: u16,
    disk: (usize, usize),
    staged: (bool, bool),
}

impl Searched {
    fn of(disk: (usize, usize)) -> Self {
        Self { processes: 1 << (disk.0 * 8 + disk.1), disk, staged: (false, false) }
    }

    fn with(mut self, disk: (usize, usize), staged: (bool, bool)) -> Self {
        (self.disk, self.staged) = (disk, staged);
        self.processes |= Self::of(disk).processes;
        self
    }

    /// The states after one file is staged.
    fn staged(self) -> Vec<Self> {
        let (identity, trust) = self.disk;
        let trusts = (1..8).filter(|other| *other != trust && !self.staged.0);
        let mut next: Vec<Self> = trusts.map(|other| self.with((identity, other), (true, self.staged.1))).collect();
        if identity == 0 && !self.staged.1 {
            next.push(self.with((1, trust), (self.staged.0, true)));
        }
        next
    }

    fn processes(self) -> impl Iterator<Item = (usize, usize)> {
        (0..16).filter(move |process| self.processes >> process & 1 == 1).map(|process| (process / 8, process % 8))
    }
}

/// The fewest activations of two nodes, by breadth-first search; `None` if they are not fewer than `bound`.
fn fewest(start: [Searched; 2], ways: [[usize; 2]; 2], dropped: usize, bound: usize) -> Option<usize> {
    let connects = |nodes: &[Searched; 2]| {
        nodes[0]
            .processes()
            .all(|(a, trust)| nodes[1].processes().all(|(b, other)| trust & ways[1][b] != 0 && other & ways[0][a] != 0))
    };
    let is_reached = |nodes: &[Searched; 2]| {
        nodes.iter().all(|node| {
            node.processes == Searched::of(node.disk).processes && node.disk.0 == 1 && node.disk.1 & dropped == 0
        })
    };
    let mut met = std::collections::HashSet::from([start]);
    let mut layer = vec![start];
    for activations in 0..bound {
        let mut place = 0;
        while let Some(nodes) = layer.get(place).copied() {
            place += 1;
            for node in 0..2 {
                for next in nodes[node].staged() {
                    let mut then = nodes;
                    then[node] = next;
                    if connects(&then) && met.insert(then) {
                        layer.push(then);
                    }
                }
            }
        }
        if layer.iter().any(is_reached) {
            return Some(activations);
        }
        let activated = layer.iter().flat_map(|nodes| {
            (0..2).map(move |node| {
                let mut then = *nodes;
                then[node] = Searched::of(nodes[node].disk);
                then
            })
        });
        let activated: Vec<_> = activated.filter(connects).collect();
        layer = activated.into_iter().filter(|nodes| met.insert(*nodes)).collect();
    }
    None
}

/// A plan that is called minimal has as few activations as the search finds.
#[test]
fn what_is_called_minimal_is_minimal_by_an_own_search() {
    let mut draw = Draw(0x0017_2026);
    let anchors = ["p", "q", "r"];
    let bits = |held: &[&str]| held.iter().map(|anchor| 1 << anchors.iter().position(|a| a == anchor).unwrap()).sum();
    let (mut minimal, mut bounded) = (0, 0);
    while minimal < 120 {
        let mut cluster = Cluster::new(Scope::All, semantics());
        let (mut start, mut ways, mut targets) = (Vec::new(), Vec::new(), Vec::new());
        for name in ["a", "b"] {
            let [old, new] = [1, 2].map(|generation| any_identity(&mut draw, format!("{name}{generation}"), &anchors));
            let held = some_of(&mut draw, &anchors);
            let config = TlsConfig::tls(old.clone(), trust(&held));
            cluster.add_node(name, "d", "r", Observed::settled(config)).unwrap();
            start.push(Searched::of((0, bits(&held))));
            let way = |identity: &Identity| {
                bits(&identity.anchors().map(rotation_planner::AnchorId::as_str).collect::<Vec<_>>())
            };
            ways.push([way(&old), way(&new)]);
            targets.push((name, new));
        }
        let used: usize = ways[0][1] | ways[1][1];
        let (goal, dropped) = match draw.below(2) {
            0 => (Goal::rotate(targets).dropping_unused(), 7 & !used),
            _ => (Goal::rotate(targets), 0),
        };
        if Checker::safe(&cluster).is_err() {
            continue;
        }
        let plan = planned(&cluster, &goal);
        let cost = plan.cost().reloads;
        let fewer = fewest([start[0], start[1]], [ways[0], ways[1]], dropped, cost);
        match plan.optimality() {
            Optimality::Minimum => {
                assert_eq!(fewer, None, "{plan}\n{cluster:?}");
                minimal += 1;
            }
            Optimality::Within(gap) => {
                assert!(fewer.is_none_or(|fewer| fewer + gap >= cost), "{fewer:?}: {plan}\n{cluster:?}");
                bounded += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    println!("{minimal} minimal, {bounded} bounded");
}
