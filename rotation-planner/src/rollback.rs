//! The plan that leads back from the end of a wave.

use crate::cluster::{Cluster, Mutability, Observed, Role};
use crate::error::{Error, ErrorKind};
use crate::goal::{Goal, Plaintext};
use crate::label::{AnchorId, NodeName};
use crate::mode::{InternodeMode, Transport};
use crate::origin::Origin;
use crate::plan::{Action, Gate, Optimality, Plan, Step, Wave};
use crate::planner;
use crate::preference::Preference;
use crate::refusal::Refusal;

/// Plans the way back to the state of `cluster` from the end of a wave of `plan`.
///
/// `cluster` is the cluster before `plan`, and the first `waves` waves have been carried out since.
///
/// The plan back is checked like every other plan, but may restore trust in an [`Origin::Foreign`] anchor that was in the
/// truststore on disk of every node except clients. In the middle of a wave, or after a crash, observe the cluster instead. Then
/// plan the same goal again to continue, or [`Goal::rollback_to`] to return from a rotation.
///
/// ```
/// use rotation_planner::{
///     ClientAuth, Cluster, Goal, Identity, Observed, Preference, Scope, Semantics, TlsConfig, plan, rollback,
/// };
///
/// let semantics = Semantics::cassandra(3, 11, 19, ClientAuth::Off)?;
/// let mut cluster = Cluster::new(Scope::All, semantics);
/// for node in ["node0", "node1"] {
///     let config = TlsConfig::tls(Identity::self_signed(node), ["node0", "node1"].into_iter().collect());
///     cluster.add_node(node, "dc1", "r1", Observed::settled(config))?;
/// }
/// let goal = Goal::rotate([("node0", Identity::self_signed("node0-new"))]);
/// let there = plan(&cluster, &goal, &Preference::default())?;
/// let back = rollback(&cluster, &there, there.waves().len())?;
/// assert_eq!(back.cost().restarts, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As for [`plan`](crate::plan()), or if a step of `plan` cannot be applied to `cluster`.
pub fn rollback(cluster: &Cluster, plan: &Plan, waves: usize) -> Result<Plan, Refusal> {
    if waves == 0 || plan.is_empty() {
        return Ok(Plan { waves: Vec::new(), optimality: Optimality::Minimum, repairs: None });
    }
    let mut reached = cluster.clone();
    for step in plan.waves().iter().take(waves).flat_map(Wave::steps) {
        reached.apply(step)?;
    }
    restore_trust(cluster, &mut reached);
    let stopped = stop_what_was_started(cluster, &mut reached)?;
    let mut back = planner::plan(&reached, &goal_back(cluster, plan), &Preference::default())?;
    back.waves.splice(0..0, stopped);
    Ok(back)
}

/// Vouches in `reached` for foreign anchors that all nodes except clients had on disk.
///
/// Trust in such an anchor is not new, even if `reached` no longer has it.
fn restore_trust(cluster: &Cluster, reached: &mut Cluster) {
    let is_old = |anchor: &AnchorId| {
        cluster.nodes().all(|(_, node)| node.role() == Role::Client || node.observed().disk().trust().contains(anchor))
    };
    for anchor in cluster.foreign.iter().filter(|anchor| is_old(anchor)) {
        reached.set_origin(anchor.clone(), Origin::Vouched);
    }
}

/// A wave that stops the nodes that the plan started, before their peers stop trusting them.
fn stop_what_was_started(cluster: &Cluster, reached: &mut Cluster) -> Result<Option<Wave>, Error> {
    let was_stopped = |name: &NodeName| cluster.get(name).is_some_and(|node| node.observed().loaded().is_none());
    let runs = reached.nodes().filter(|(name, node)| node.observed().loaded().is_some() && was_stopped(name));
    let joined: Vec<NodeName> = runs.map(|(name, _)| name.clone()).collect();
    if joined.is_empty() {
        return Ok(None);
    }
    let is_frozen = |name: &&NodeName| cluster.get(name).is_some_and(|node| node.mutability() == Mutability::Frozen);
    if let Some(frozen) = joined.iter().find(is_frozen) {
        return Err(Error::new(ErrorKind::Frozen(frozen.clone())));
    }
    for name in &joined {
        let disk = reached.get(name).map(|node| node.observed().disk().clone());
        disk.map(|disk| reached.observe(name, Observed::joining(disk))).transpose()?;
    }
    let steps = joined.iter().map(|name| Step::new(name, Action::Stop)).collect();
    Ok(Some(Wave { steps, gates: joined.into_iter().map(Gate::Stopped).collect() }))
}

/// Whether the plan starts `node` and never stops it.
fn starts(plan: &Plan, node: &NodeName) -> bool {
    let of_node = || plan.steps().filter(|step| step.node() == node);
    of_node().any(|step| *step.action() == Action::Start) && !of_node().any(|step| *step.action() == Action::Stop)
}

fn goal_back(cluster: &Cluster, plan: &Plan) -> Goal {
    // A rotation, too, may set the mode of a node that it starts.
    let changes_mode = |step: &Step| matches!(step.action(), Action::StageMode(_)) && !starts(plan, step.node());
    if plan.steps().any(|step| matches!(step.action(), Action::StageClientAuth(_))) {
        let set = |node: &crate::Node| {
            node.observed().disk().client_auth().unwrap_or_else(|| cluster.semantics_of(node).client_auth())
        };
        let each = cluster.nodes().map(|(name, node)| (name.clone(), set(node)));
        return Goal::client_auth_of_each(each.collect());
    }
    if !plan.steps().any(changes_mode) {
        return Goal::rollback_to(cluster);
    }
    let mode =
        |node: &crate::Node| node.observed().loaded().map_or(node.observed().disk().mode(), |loaded| loaded.mode);
    let nodes = || cluster.nodes().filter(|(_, node)| node.role() != Role::Client);
    let modes: Vec<InternodeMode> = nodes().map(|(_, node)| mode(node)).collect();
    if modes.iter().all(|mode| mode.dials() == Transport::Plaintext) {
        return Goal::disable();
    }
    let plaintext = if modes.contains(&InternodeMode::TlsOnly) { Plaintext::Refused } else { Plaintext::Accepted };
    let identities = nodes()
        .filter_map(|(name, node)| node.observed().disk().identity().map(|identity| (name.clone(), identity.clone())));
    Goal::enable(identities, plaintext)
}
