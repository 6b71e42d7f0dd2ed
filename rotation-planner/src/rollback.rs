//! The plan that leads back from the end of a wave.

use crate::cluster::{Cluster, Mutability, Observed, Role, TlsConfig};
use crate::error::{Error, ErrorKind};
use crate::goal::{Goal, Plaintext};
use crate::label::NodeName;
use crate::mode::{InternodeMode, Transport};
#[cfg(doc)]
use crate::origin::Origin;
use crate::plan::{Action, Gate, Optimality, Plan, Step, Wave};
use crate::planner;
use crate::preference::Preference;
use crate::refusal::{Fallback, Refusal};

/// Plans the way back to the state of `cluster` from the end of a wave of `plan`.
///
/// `cluster` is the cluster before `plan`, and the first `waves` waves have been carried out since.
///
/// The plan back is checked like every other plan, but may restore a node's trust in an [`Origin::Foreign`] anchor that was in
/// that node's truststore on disk. In the middle of a wave, or after a crash, observe the cluster instead. Then plan the same
/// goal again to continue, or [`Goal::rollback_to`] to return from a rotation.
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
    let stopped = stop_what_was_started(cluster, &mut reached)?;
    let goal = goal_back(cluster, plan);
    let after_stops = |plan: Plan| Plan { waves: stopped.into_iter().chain(plan.waves).collect(), ..plan };
    match planner::plan_with_earlier(&reached, &goal, &Preference::default(), Some(cluster)) {
        Ok(back) => Ok(after_stops(back)),
        Err(Refusal { error, fallback }) => {
            let whole = |Fallback { plan, impact }| Fallback { plan: after_stops(plan), impact };
            Err(Refusal { error, fallback: fallback.map(whole) })
        }
    }
}

/// A wave that stops the nodes that the plan started, before their peers stop trusting them.
///
/// A node that holds data and had an identity also gets its earlier files back.
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
    let mut steps = Vec::new();
    for name in &joined {
        steps.push(Step::new(name, Action::Stop));
        let (Some(before), Some(now)) = (cluster.get(name), reached.get(name)) else { continue };
        let (before, now) = (before.observed(), now.observed().disk().clone());
        if before.details().empty || before.disk().identity().is_none() {
            reached.observe(name, Observed::joining(now))?;
        } else {
            steps.extend(restored(before.disk(), &now).map(|action| Step::new(name, action)));
            reached.observe(name, before.clone())?;
        }
    }
    Ok(Some(Wave { steps, gates: joined.into_iter().map(Gate::Stopped).collect() }))
}

/// Writes the stores and the mode of `before` over those of `now`.
fn restored(before: &TlsConfig, now: &TlsConfig) -> impl Iterator<Item = Action> {
    let trust = (before.trust() != now.trust()).then(|| Action::StageTrust(before.trust().clone()));
    let identity = before.identity().filter(|identity| now.identity() != Some(*identity));
    let mode = (before.mode() != now.mode()).then(|| Action::StageMode(before.mode()));
    trust.into_iter().chain(identity.cloned().map(Action::StageIdentity)).chain(mode)
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
    let mode =
        |node: &crate::Node| node.observed().loaded().map_or(node.observed().disk().mode(), |loaded| loaded.mode);
    let nodes = || cluster.nodes().filter(|(_, node)| node.role() != Role::Client);
    let modes: Vec<InternodeMode> = nodes().map(|(_, node)| mode(node)).collect();
    let is_plaintext = modes.iter().all(|mode| mode.dials() == Transport::Plaintext);
    // Without TLS and clients, certificates are not in use, so there is no rotation.
    let is_unused = is_plaintext && nodes().count() == cluster.nodes().count();
    if !is_unused && !plan.steps().any(changes_mode) {
        return Goal::rollback_to(cluster);
    }
    let identities = nodes()
        .filter_map(|(name, node)| node.observed().disk().identity().map(|identity| (name.clone(), identity.clone())));
    if modes.iter().all(|mode| *mode == InternodeMode::PlaintextAcceptingTls) {
        return Goal::accept_both(Transport::Plaintext, None);
    }
    if is_plaintext {
        return Goal::disable();
    }
    if modes.contains(&InternodeMode::TlsOnly) {
        return Goal::enable(identities, Plaintext::Refused);
    }
    Goal::accept_both(Transport::Tls, identities)
}
