//! The plan that leads back from the end of a wave.

use crate::cluster::Cluster;
use crate::goal::{Goal, Plaintext};
use crate::mode::{InternodeMode, Transport};
use crate::plan::{Action, Plan, Step, Wave};
use crate::planner;
use crate::preference::Preference;
use crate::refusal::Refusal;
use crate::semantics::ClientAuth;

/// The plan that leads back to what `cluster` was, once the first `waves` waves of `plan` have been carried out on it.
///
/// It is checked like every plan. In the middle of a wave, or after a crash, observe the cluster instead: then plan the
/// same goal to go on, or [`Goal::rollback_to`] to go back from a rotation.
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
/// As [`plan`](crate::plan); a step that does not fit `cluster`.
pub fn rollback(cluster: &Cluster, plan: &Plan, waves: usize) -> Result<Plan, Refusal> {
    let mut reached = cluster.clone();
    for step in plan.waves().iter().take(waves).flat_map(Wave::steps) {
        reached.apply(step)?;
    }
    planner::plan(&reached, &goal_back(cluster, plan), &Preference::default())
}

fn goal_back(cluster: &Cluster, plan: &Plan) -> Goal {
    let changes_mode = |step: &Step| matches!(step.action(), Action::StageMode(_));
    let demanded = plan.steps().find_map(|step| match step.action() {
        Action::StageClientAuth(ClientAuth::On) => Some(ClientAuth::Off),
        Action::StageClientAuth(ClientAuth::Off) => Some(ClientAuth::On),
        _ => None,
    });
    if let Some(client_auth) = demanded {
        return Goal::client_auth(client_auth);
    }
    if !plan.steps().any(changes_mode) {
        return Goal::rollback_to(cluster);
    }
    let mode =
        |node: &crate::Node| node.observed().loaded().map_or(node.observed().disk().mode(), |loaded| loaded.mode);
    let modes: Vec<InternodeMode> = cluster.nodes().map(|(_, node)| mode(node)).collect();
    if modes.iter().all(|mode| mode.dials() == Transport::Plaintext) {
        return Goal::disable();
    }
    let plaintext = if modes.contains(&InternodeMode::TlsOnly) { Plaintext::Refused } else { Plaintext::Accepted };
    let identities = cluster
        .nodes()
        .filter_map(|(name, node)| node.observed().disk().identity().map(|identity| (name.clone(), identity.clone())));
    Goal::enable(identities, plaintext)
}
