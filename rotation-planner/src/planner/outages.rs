//! The restarts of a plan during which keyspaces are unavailable.

use std::collections::{BTreeMap, HashMap};

use crate::cluster::{Cluster, Scope};
use crate::error::{Error, ErrorKind};
use crate::keyspace::Keyspace;
use crate::label::NodeName;
use crate::plan::{Action, Plan};
use crate::refusal::{Fallback, Impact, Refusal};
use crate::semantics::Activation;

use super::availability::Availability;

/// A restart, or a stop for a later start, and a keyspace that is unavailable meanwhile.
struct Outage<'a> {
    node: &'a NodeName,
    keyspace: &'a str,
}

/// Refuses a plan with a restart that takes a keyspace below its consistency level.
///
/// The plan becomes the fallback.
pub(super) fn refuse(cluster: &Cluster, availability: &Availability<'_>, plan: Plan) -> Result<Plan, Refusal> {
    let outages = outages(cluster, availability, &plan, None);
    let Some(Outage { node, keyspace }) = outages.first() else { return Ok(plan) };
    let error = Error::new(ErrorKind::TooFewReplicas { node: (*node).clone(), keyspace: (*keyspace).to_owned() });
    let impact = vec![impact(&outages)];
    Err(Refusal { error, fallback: Some(Fallback { plan, impact }) })
}

/// Adds the outages that the restarts of a fallback cause, if any.
///
/// If the fallback divides the cluster, `scope` says along which lines. Nothing is added to a stop of the whole cluster.
pub(super) fn add_to(
    cluster: &Cluster,
    availability: &Availability<'_>,
    scope: Scope,
    mut refusal: Refusal,
) -> Refusal {
    let Some(Fallback { plan, impact: known }) = refusal.fallback.as_mut() else { return refusal };
    if known.contains(&Impact::ClusterDown) {
        return refusal;
    }
    let divided = known.iter().find_map(|impact| match impact {
        Impact::Divided(keyspaces) => Some(keyspaces),
        _ => None,
    });
    let mut outages = outages(cluster, availability, plan, divided.map(|_| scope));
    outages.retain(|outage| divided.is_none_or(|lost| lost.iter().all(|keyspace| keyspace != outage.keyspace)));
    if !outages.is_empty() {
        let impact = impact(&outages);
        known.push(impact);
    }
    refusal
}

fn impact(outages: &[Outage<'_>]) -> Impact {
    let mut restarts: BTreeMap<String, usize> = BTreeMap::new();
    for outage in outages {
        *restarts.entry(outage.keyspace.to_owned()).or_default() += 1;
    }
    Impact::Outages(restarts)
}

/// The outages in the order of the steps.
///
/// All nodes that a wave restarts or stops may be down at the same time. With `division`, connections between data centres or
/// racks may be cut, too.
fn outages<'a>(
    cluster: &'a Cluster,
    availability: &Availability<'a>,
    plan: &'a Plan,
    division: Option<Scope>,
) -> Vec<Outage<'a>> {
    if !availability.is_known() {
        return Vec::new();
    }
    let numbers: HashMap<&NodeName, usize> = cluster.nodes().map(|(name, _)| name).zip(0..).collect();
    let mut down = availability.down().clone();
    let mut outages = Vec::new();
    for wave in plan.waves() {
        let goes_down = |action: &Action| matches!(action, Action::Stop | Action::Activate(Activation::Restart));
        let leaving: Vec<&NodeName> =
            wave.steps().iter().filter(|step| goes_down(step.action())).map(crate::Step::node).collect();
        if !leaving.is_empty() {
            let without = down.iter().chain(leaving.iter().filter_map(|node| numbers.get(node))).copied().collect();
            let lost: Vec<&Keyspace> = availability.lost_without(&without, division).collect();
            let outage = |node| lost.iter().map(move |keyspace| Outage { node, keyspace: keyspace.name() });
            outages.extend(leaving.into_iter().flat_map(outage));
        }
        for step in wave.steps() {
            let Some(node) = numbers.get(step.node()) else { continue };
            match step.action() {
                Action::Stop => _ = down.insert(*node),
                Action::Start => _ = down.remove(node),
                _ => {}
            }
        }
    }
    outages
}
