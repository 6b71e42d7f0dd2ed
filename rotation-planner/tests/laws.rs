//! Laws that relate one plan to another, over random clusters.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::fn_params_excessive_bools,
    clippy::similar_names,
    reason = "tests say what they expect by panicking"
)]

use proptest::prelude::*;
use rotation_planner::{
    Checker, ClientAuth, Cluster, Goal, Identity, Observed, Optimality, Plan, Preference, Scope, Semantics, Setup,
    Staging, Step, Trust, Version, Wave, check, plan, way_back,
};

/// What one node has: whether the new identity is loaded and on disk, and which anchors are, by bits: the old ones first.
#[derive(Clone, Debug)]
struct Drawn {
    group: usize,
    identity: (bool, bool),
    trust: (u32, u32),
}

#[derive(Clone, Debug)]
struct Case {
    semantics: Semantics,
    nodes: Vec<Drawn>,
}

fn semantics() -> impl Strategy<Value = Semantics> {
    let of = |version, auth, staging| Semantics::of(version, auth).staging(staging);
    prop::sample::select(vec![
        of(Version::V2_1, ClientAuth::On, Staging::DOCUMENTED),
        of(Version::V3_11, ClientAuth::Off, Staging::DOCUMENTED),
        of(Version::V3_11, ClientAuth::On, Staging::DOCUMENTED),
        of(Version::V3_11, ClientAuth::On, Staging::IN_PLACE),
        of(Version::V5_0, ClientAuth::On, Staging::IN_PLACE),
        of(Version::V5_0, ClientAuth::Off, Staging::DOCUMENTED),
    ])
}

/// Half-done states, most of them safe: what is served is trusted, then some bits are drawn.
fn case(nodes: std::ops::Range<usize>) -> impl Strategy<Value = Case> {
    let node = (0..3_usize, (any::<bool>(), any::<bool>()), (any::<u32>(), any::<u32>()));
    (semantics(), prop::collection::vec(node, nodes)).prop_map(|(semantics, drawn)| {
        let count = drawn.len();
        let served: u32 = drawn
            .iter()
            .enumerate()
            .map(|(node, (_, (loaded, disk), _))| {
                let bit = |new: bool| 1 << (node + usize::from(new) * count);
                bit(*loaded) | bit(*disk)
            })
            .fold(0, |all, bits| all | bits);
        let known = (1_u32 << (2 * count)) - 1;
        let nodes = drawn.into_iter().map(|(group, identity, (loaded, disk))| Drawn {
            group,
            identity,
            trust: ((loaded | served) & known, (disk | served) & known),
        });
        Case { semantics, nodes: nodes.collect() }
    })
}

fn identity(node: usize, new: bool) -> Identity {
    Identity::self_signed(&format!("node{node:02}-{}", if new { "new" } else { "old" }))
}

impl Case {
    fn trust(&self, bits: u32) -> Trust {
        let count = self.nodes.len();
        let held = (0..2 * count).filter(|bit| bits >> bit & 1 == 1);
        held.map(|bit| identity(bit % count, bit >= count).anchor().clone()).collect()
    }

    fn cluster(&self) -> Cluster {
        self.cluster_in(&(0..self.nodes.len()).collect::<Vec<_>>(), |name| name)
    }

    /// The same cluster, its nodes added in this order, under other names.
    fn cluster_in(&self, order: &[usize], rename: impl Fn(String) -> String) -> Cluster {
        order.iter().fold(Cluster::new(Scope::Dc, self.semantics), |cluster, &number| {
            let node = &self.nodes[number];
            let setup = |new, trust| Setup::tls(identity(number, new), self.trust(trust));
            let observed =
                Observed::running(setup(node.identity.0, node.trust.0), setup(node.identity.1, node.trust.1));
            let dc = format!("dc{}", node.group);
            cluster.node(rename(format!("node{number:02}")), dc, "r1", observed).unwrap()
        })
    }

    fn switch(&self) -> Goal {
        Goal::rotate((0..self.nodes.len()).map(|node| (format!("node{node:02}"), identity(node, true))))
    }

    fn drop_old(&self) -> Goal {
        self.switch().dropping((0..self.nodes.len()).map(|node| identity(node, false).anchor().clone()).collect())
    }
}

fn planned(cluster: &Cluster, goal: &Goal) -> Plan {
    let found = plan(cluster, goal, &Preference::default()).unwrap();
    check(cluster, &found).unwrap();
    found
}

fn loads(plan: &Plan) -> (usize, usize) {
    (plan.cost().restarts, plan.cost().reloads)
}

fn after(cluster: &Cluster, steps: &[&Step]) -> Cluster {
    let mut after = cluster.clone();
    for step in steps {
        after.apply(step).unwrap();
    }
    after
}

/// The process of one node is gone, and comes back with what lies on its disk.
fn crashed(cluster: &Cluster, node: usize) -> Cluster {
    let mut crashed = cluster.clone();
    let (name, disk) = cluster.nodes().nth(node).map(|(name, node)| (name, node.observed().disk())).unwrap();
    crashed.observe(name, Observed::settled(disk.clone())).unwrap();
    crashed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_order_of_listing_does_not_matter(case in case(2..6), seed in any::<u64>()) {
        let mut order: Vec<usize> = (0..case.nodes.len()).collect();
        order.sort_by_key(|node| (seed.rotate_left(u32::try_from(*node * 11).unwrap()) ^ seed, *node));
        for goal in [case.switch(), case.drop_old()] {
            let listed = plan(&case.cluster(), &goal, &Preference::default());
            prop_assert_eq!(listed, plan(&case.cluster_in(&order, |name| name), &goal, &Preference::default()));
        }
    }

    #[test]
    fn renamed_nodes_have_the_renamed_plan(case in case(2..6)) {
        // In the same order the plan is the same; in another one it costs the same.
        let later = case.cluster_in(&(0..case.nodes.len()).collect::<Vec<_>>(), |name| format!("x-{name}"));
        let rename = |name: String| {
            let number: usize = name.trim_start_matches("node").parse().unwrap();
            format!("node{:02}", case.nodes.len() - 1 - number)
        };
        let reversed = case.cluster_in(&(0..case.nodes.len()).collect::<Vec<_>>(), rename);
        let renamed = |prefix: fn(usize, usize) -> String| {
            Goal::rotate((0..case.nodes.len()).map(|node| (prefix(node, case.nodes.len()), identity(node, true))))
        };
        let there = planned(&case.cluster(), &case.switch());
        let same = planned(&later, &renamed(|node, _| format!("x-node{node:02}")));
        let steps: Vec<_> = there.steps().map(|step| (format!("x-{}", step.node()), step.action().clone())).collect();
        let same_steps: Vec<_> = same.steps().map(|step| (step.node().to_string(), step.action().clone())).collect();
        prop_assert_eq!(steps, same_steps);
        let other = planned(&reversed, &renamed(|node, count| format!("node{:02}", count - 1 - node)));
        prop_assert_eq!(loads(&there), loads(&other));
    }

    #[test]
    fn more_trust_in_what_is_to_be_served_never_costs_more(case in case(2..6), node in 0..6_usize, target in 0..6_usize) {
        let before = planned(&case.cluster(), &case.switch());
        prop_assume!(before.optimality() == Optimality::Minimum);
        let mut more = case.clone();
        let (node, target) = (node % case.nodes.len(), target % case.nodes.len());
        let bit = 1 << (target + case.nodes.len());
        more.nodes[node].trust.0 |= bit;
        more.nodes[node].trust.1 |= bit;
        prop_assert!(loads(&planned(&more.cluster(), &case.switch())) <= loads(&before));
    }

    /// Where a process has loaded what is not on its disk any more, less may be left: putting the file back and another
    /// look is enough, while a plan must take it that the process may have crashed meanwhile.
    #[test]
    fn planning_again_costs_what_is_left(case in case(2..6), settled in any::<bool>()) {
        for goal in [case.switch(), case.drop_old()] {
            let mut cluster = case.cluster();
            if settled {
                (0..case.nodes.len()).for_each(|node| cluster = crashed(&cluster, node));
            }
            let there = planned(&cluster, &goal);
            prop_assume!(there.optimality() == Optimality::Minimum);
            let steps: Vec<&Step> = there.steps().collect();
            for done in 0..=steps.len() {
                let rest = planned(&after(&cluster, &steps[..done]), &goal);
                let left = loads_of(&steps[done..]);
                prop_assert!(loads(&rest) <= left, "after {} steps of\n{}", done, there);
                prop_assert!(!settled || loads(&rest) == left, "after {} steps of\n{}", done, there);
            }
        }
    }

    #[test]
    fn a_crash_never_costs(case in case(2..6)) {
        for goal in [case.switch(), case.drop_old()] {
            let cluster = case.cluster();
            let there = planned(&cluster, &goal);
            prop_assume!(there.optimality() == Optimality::Minimum);
            let steps: Vec<&Step> = there.steps().collect();
            for done in 0..=steps.len() {
                let reached = after(&cluster, &steps[..done]);
                for node in 0..case.nodes.len() {
                    let again = planned(&crashed(&reached, node), &goal);
                    prop_assert!(loads(&again) <= loads_of(&steps[done..]), "node {} after {} steps of\n{}", node, done, there);
                }
            }
        }
    }

    #[test]
    fn there_is_a_way_back_from_every_wave(case in case(2..6)) {
        let cluster = case.cluster();
        for goal in [case.switch(), case.drop_old()] {
            let there = planned(&cluster, &goal);
            for waves in 0..=there.waves().len() {
                let reached = after(&cluster, &there.waves().iter().take(waves).flat_map(Wave::steps).collect::<Vec<_>>());
                let back = way_back(&cluster, &there, waves).unwrap();
                prop_assert_eq!(check(&reached, &back), Ok(()));
                let returned = after(&reached, &back.steps().collect::<Vec<_>>());
                prop_assert!(Checker::safe(&returned).is_ok());
                for ((_, was), (_, is)) in cluster.nodes().zip(returned.nodes()) {
                    prop_assert_eq!(was.observed().serves(), is.observed().serves());
                }
            }
        }
    }

    /// Every node that must be loaded is loaded once at least, and no plan claims to be nearer to the least than that.
    #[test]
    fn larger_clusters_are_within_what_is_claimed(case in case(5..13)) {
        for goal in [case.switch(), case.drop_old()] {
            let cluster = case.cluster();
            let there = planned(&cluster, &goal);
            let mut loaded: Vec<_> = there.steps().filter(|step| is_load(step)).map(Step::node).collect();
            let all = loaded.len();
            loaded.sort_unstable();
            loaded.dedup();
            if let Optimality::Within(gap) = there.optimality() {
                prop_assert!(gap <= all - loaded.len(), "{} of {} loads", gap, all);
            }
            let reached = after(&cluster, &there.steps().collect::<Vec<_>>());
            prop_assert!(plan(&reached, &goal, &Preference::default()).unwrap().is_empty());
        }
    }
}

fn is_load(step: &Step) -> bool {
    matches!(step.action(), rotation_planner::Action::Load(_))
}

fn loads_of(steps: &[&Step]) -> (usize, usize) {
    let of = |kind| steps.iter().filter(|step| *step.action() == rotation_planner::Action::Load(kind)).count();
    (of(rotation_planner::LoadKind::Restart), of(rotation_planner::LoadKind::Reload))
}
