//! Laws that relate one plan to another, over random clusters.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::similar_names,
    unreachable_pub,
    reason = "tests say what they expect by panicking"
)]

mod bound;
mod case;
#[path = "../orders/mod.rs"]
mod orders;

use bound::{Drops, least};
use case::{any_case, case, name, unbegun_case};
use orders::moves;
use proptest::prelude::*;
use rotation_planner::{
    Action, Activation, Checker, Cluster, Goal, Observed, Optimality, Plan, Preference, Step, Trust, Wave, check, plan,
    rollback,
};

/// Whether the checker finds no pair that is or may be cut. It must have no other objection.
fn is_safe(cluster: &Cluster) -> bool {
    match Checker::safe(cluster) {
        Ok(_) => true,
        Err(error) => {
            assert!(error.witness().is_some(), "{error}");
            false
        }
    }
}

fn planned(cluster: &Cluster, goal: &Goal) -> Plan {
    let found = plan(cluster, goal, &Preference::default()).unwrap();
    check(cluster, &found).unwrap();
    found
}

/// The numbers of restarts and of reloads.
fn loads(plan: &Plan) -> (usize, usize) {
    (plan.cost().restarts, plan.cost().reloads)
}

fn loads_of(steps: &[&Step]) -> (usize, usize) {
    let of = |kind| steps.iter().filter(|step| *step.action() == Action::Activate(kind)).count();
    (of(Activation::Restart), of(Activation::Reload))
}

fn after(cluster: &Cluster, steps: &[&Step]) -> Cluster {
    let mut after = cluster.clone();
    for step in steps {
        after.apply(step).unwrap();
    }
    after
}

/// The cluster after one node has crashed and started again with what is on its disk.
fn crashed(cluster: &Cluster, node: usize) -> Cluster {
    let mut crashed = cluster.clone();
    let (name, disk) = cluster.nodes().nth(node).map(|(name, node)| (name, node.observed().disk())).unwrap();
    crashed.observe(name, Observed::settled(disk.clone())).unwrap();
    crashed
}

/// The nodes in a random order.
fn order(nodes: usize) -> impl Strategy<Value = Vec<usize>> {
    Just((0..nodes).collect::<Vec<_>>()).prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_checker_knows_what_is_safe(safe in case(2..6), any in any_case(2..4)) {
        prop_assert!(safe.is_safe());
        prop_assert!(is_safe(&safe.cluster()));
        prop_assert_eq!(is_safe(&any.cluster()), any.is_safe());
    }

    #[test]
    fn one_anchor_less_is_safe_or_not_for_both(mut case in case(2..6), node in 0..6_usize, bit in 0..12_usize) {
        let (node, bit) = (node % case.len(), bit % (2 * case.len()));
        case.nodes[node].disk.trust &= !(1 << bit);
        prop_assert_eq!(is_safe(&case.cluster()), case.is_safe());
    }

    #[test]
    fn the_order_of_listing_does_not_matter((case, order) in case(2..8).prop_flat_map(|case| {
        let order = order(case.len());
        (Just(case), order)
    })) {
        for goal in [case.switch(), case.drop_old()] {
            let listed = planned(&case.cluster(), &goal);
            prop_assert_eq!(listed, planned(&case.cluster_in(&order, name), &goal));
        }
    }

    #[test]
    fn renamed_nodes_have_the_renamed_plan((case, order) in case(2..8).prop_flat_map(|case| {
        let order = order(case.len());
        (Just(case), order)
    })) {
        let in_order: Vec<usize> = (0..case.len()).collect();
        let longer = |node: usize| format!("x-{}", name(node));
        let there = planned(&case.cluster(), &case.switch());
        let same = planned(&case.cluster_in(&in_order, longer), &case.switch_of(longer));
        let steps: Vec<_> = there.steps().map(|step| (format!("x-{}", step.node()), step.action().clone())).collect();
        let same_steps: Vec<_> = same.steps().map(|step| (step.node().to_string(), step.action().clone())).collect();
        prop_assert_eq!(steps, same_steps);
        // With names in another order, the cost is the same.
        let shuffled = |node: usize| name(order[node]);
        let other = planned(&case.cluster_in(&in_order, shuffled), &case.switch_of(shuffled));
        prop_assert_eq!(loads(&there), loads(&other));
    }

    #[test]
    fn more_trust_in_what_is_to_be_served_never_costs_more(case in case(2..8), node in 0..8_usize, target in 0..8_usize) {
        let before = planned(&case.cluster(), &case.switch());
        prop_assert_eq!(before.optimality(), Optimality::Minimum);
        let mut more = case.clone();
        let (node, bit) = (node % case.len(), case.new_bit(target % case.len()));
        more.nodes[node].loaded.trust |= bit;
        more.nodes[node].disk.trust |= bit;
        prop_assert!(loads(&planned(&more.cluster(), &case.switch())) <= loads(&before));
    }

    #[test]
    fn planning_again_costs_what_is_left(case in case(2..6)) {
        let cluster = case.settled().cluster();
        for goal in [case.switch(), case.drop_old()] {
            let there = planned(&cluster, &goal);
            let steps: Vec<&Step> = there.steps().collect();
            for done in 0..=steps.len() {
                let rest = planned(&after(&cluster, &steps[..done]), &goal);
                prop_assert_eq!(loads(&rest), loads_of(&steps[done..]), "after {} steps of\n{}", done, there);
            }
        }
    }

    /// Less work may be left than was planned if a process has loaded a file that is no longer on its disk.
    ///
    /// Putting the file back and observing again is then enough, but a plan must assume that the process may have
    /// crashed in between.
    #[test]
    fn planning_again_never_costs_more_than_is_left(case in case(2..6)) {
        let cluster = case.cluster();
        for goal in [case.switch(), case.drop_old()] {
            let there = planned(&cluster, &goal);
            let steps: Vec<&Step> = there.steps().collect();
            for done in 0..=steps.len() {
                let rest = planned(&after(&cluster, &steps[..done]), &goal);
                prop_assert!(loads(&rest) <= loads_of(&steps[done..]), "after {} steps of\n{}", done, there);
            }
        }
    }

    #[test]
    fn a_crash_never_costs(case in case(2..6)) {
        let cluster = case.cluster();
        for goal in [case.switch(), case.drop_old()] {
            let there = planned(&cluster, &goal);
            let steps: Vec<&Step> = there.steps().collect();
            for done in 0..=steps.len() {
                let reached = after(&cluster, &steps[..done]);
                for node in 0..case.len() {
                    let again = planned(&crashed(&reached, node), &goal);
                    prop_assert!(loads(&again) <= loads_of(&steps[done..]), "node {} after {} steps of\n{}", node, done, there);
                }
            }
        }
    }

    /// No order cuts a pair, even if the cluster is broken at the start. And a connection that works before and after a wave works
    /// all the time in between.
    #[test]
    fn the_order_within_a_wave_does_not_matter(case in any_case(2..5)) {
        let cluster = case.cluster();
        for goal in [case.switch(), case.drop_old()] {
            let there = planned(&cluster, &goal);
            let mut now = (cluster.clone(), Checker::never_worse(&cluster).unwrap());
            for wave in there.waves() {
                let moves = moves(&now, wave, |(cluster, checker), step| {
                    checker.apply(step).unwrap();
                    cluster.apply(step).unwrap();
                });
                let end = moves.last().unwrap().1.clone();
                let kept = &case.connected(&now.0) & &case.connected(&end.0);
                for (_, (after, _)) in &moves {
                    prop_assert!(kept.is_subset(&case.connected(after)), "in\n{}\nof\n{}", wave, there);
                }
                now = end;
            }
        }
    }

    #[test]
    fn there_is_a_rollback_from_every_wave(case in case(2..6)) {
        let cluster = case.cluster();
        for goal in [case.switch(), case.drop_old()] {
            let there = planned(&cluster, &goal);
            for waves in 0..=there.waves().len() {
                let reached = after(&cluster, &there.waves().iter().take(waves).flat_map(Wave::steps).collect::<Vec<_>>());
                let back = rollback(&cluster, &there, waves).unwrap();
                prop_assert_eq!(check(&reached, &back), Ok(()));
                let returned = after(&reached, &back.steps().collect::<Vec<_>>());
                prop_assert!(is_safe(&returned));
                for ((_, was), (_, is)) in cluster.nodes().zip(returned.nodes()) {
                    prop_assert_eq!(was.observed().serves(), is.observed().serves());
                }
            }
        }
    }

    /// In the end, a truststore may lack old anchors of nodes that the node does not talk to.
    #[test]
    fn backing_out_after_any_step_ends_where_it_began(case in case(2..6)) {
        let cluster = case.clean().cluster();
        let old: Vec<Trust> = (0..case.len()).map(|node| case.old_anchors_for(node)).collect();
        for goal in [case.switch(), case.drop_old()] {
            let there = planned(&cluster, &goal);
            let steps: Vec<&Step> = there.steps().collect();
            for done in 0..=steps.len() {
                let reached = after(&cluster, &steps[..done]);
                let back = planned(&reached, &Goal::rollback_to(&cluster));
                let returned = after(&reached, &back.steps().collect::<Vec<_>>());
                prop_assert!(is_safe(&returned));
                for (((_, was), (_, is)), old) in cluster.nodes().zip(returned.nodes()).zip(&old) {
                    let (was, is) = (was.observed(), is.observed());
                    prop_assert_eq!((was.serves(), was.disk().identity()), (is.serves(), is.disk().identity()));
                    let (was, is) = (was.disk().trust(), is.disk().trust());
                    prop_assert!(is.iter().all(|anchor| was.contains(anchor)), "after {} steps of\n{}", done, there);
                    prop_assert!(old.iter().all(|anchor| is.contains(anchor)), "after {} steps of\n{}", done, there);
                }
            }
        }
    }

    #[test]
    fn what_is_called_the_minimum_is_the_least(case in case(5..13)) {
        for (goal, drops) in [(case.switch(), Drops::Nothing), (case.drop_old(), Drops::Old)] {
            let cluster = case.cluster();
            let there = planned(&cluster, &goal);
            prop_assert_eq!(there.optimality(), Optimality::Minimum);
            prop_assert_eq!(loads(&there), least(&case, drops), "{}", there);
            let reached = after(&cluster, &there.steps().collect::<Vec<_>>());
            prop_assert!(plan(&reached, &goal, &Preference::default()).unwrap().is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Here more nodes wait for each other in cycles than the planner can solve exactly.
    #[test]
    fn no_plan_is_farther_from_the_least_than_it_says(case in unbegun_case(17..19)) {
        let there = planned(&case.cluster(), &case.switch());
        let gap = if let Optimality::Within(gap) = there.optimality() { gap } else { 0 };
        let ((restarts, reloads), least) = (loads(&there), least(&case, Drops::Nothing));
        prop_assert!(least.0 + least.1 <= restarts + reloads);
        prop_assert!(restarts + reloads <= least.0 + least.1 + gap, "{:?} {}", least, there);
    }
}
