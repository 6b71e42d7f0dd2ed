//! Makes a plan from a state and a goal.
//!
//! The checker judges every step, except steps of a fallback that may cut pairs.

mod acyclic;
mod availability;
mod builder;
mod enabling;
mod foreign;
mod frozen;
mod outages;
mod prospects;
mod quarantine;
mod repair;
mod rotation;
mod schedule;
mod waiting;
mod waves;

use crate::checker::Checker;
use crate::cluster::{Cluster, Role, Scope};
use crate::error::{Error, ErrorKind, Unfinished};
use crate::goal::{Goal, Kind};
use crate::mode::Transport;
use crate::plan::{Optimality, Plan};
use crate::preference::{Batching, Preference};
use crate::refusal::{Fallback, Refusal, Rule, Shown, When, Witness};
use crate::repair::Repair;
use crate::semantics::Placement;
use crate::state::State;

use availability::Availability;
use enabling::Old;
use waves::Waves;

/// Plans the way from the state of `cluster` to `goal`.
///
/// No step of the plan cuts a pair of nodes that must talk, even if nodes crash. [`Plan::optimality`] says whether a safe plan
/// with fewer restarts or reloads may exist.
///
/// If pairs of nodes are or may be cut already, the plan repairs them, and [`Plan::repairs`] describes them. For client
/// authentication and quarantine, such a cluster is refused.
///
/// # Errors
/// A [`Refusal`] with the reason why there is no safe plan: for example the pair that would be cut, the keyspace that
/// would not stay available, or an error in the input.
pub fn plan(cluster: &Cluster, goal: &Goal, preference: &Preference) -> Result<Plan, Refusal> {
    plan_with_earlier(cluster, goal, preference, None)
}

/// Like [`plan`](plan()), but each node may again trust what it trusted in the `earlier` cluster.
pub(crate) fn plan_with_earlier(
    cluster: &Cluster,
    goal: &Goal,
    preference: &Preference,
    earlier: Option<&Cluster>,
) -> Result<Plan, Refusal> {
    let availability = Availability::of(cluster);
    match whatever_the_outages(cluster, goal, preference, &availability, earlier) {
        Ok(plan) => outages::refuse(cluster, &availability, plan),
        Err(refusal) => Err(outages::add_to(cluster, &availability, widest_scope(cluster), refusal)),
    }
}

/// Makes the plan without checking that data stays available during restarts.
fn whatever_the_outages(
    cluster: &Cluster,
    goal: &Goal,
    preference: &Preference,
    availability: &Availability<'_>,
    earlier: Option<&Cluster>,
) -> Result<Plan, Refusal> {
    if let Some(node) = &goal.named_twice {
        return Err(Error::new(ErrorKind::TwoTargets(node.clone())).into());
    }
    let mut state = State::observe_naming(cluster, goal.targets.values(), goal.dropped_by_name())?;
    if let Some(earlier) = earlier {
        state.know_trust_of(earlier);
    }
    refuse_password_in_place(&state)?;
    let repairs = if can_repair(goal.kind) {
        Repair::of(cluster, &state)
    } else {
        Checker::safe(cluster)?;
        None
    };
    if !matches!(goal.kind, Kind::Rotate | Kind::Quarantine) {
        refuse_down(&state)?;
    }
    if preference.batching != Batching::OneNode && !availability.is_known() {
        return Err(Error::new(ErrorKind::NoKeyspaces).into());
    }
    let scope = widest_scope(cluster);
    let waves = Waves { batching: preference.batching, availability };
    let plan = match goal.kind {
        Kind::Rotate => rotation::plan(state, goal, preference, &waves),
        Kind::Enable(plaintext) => enabling::enable(state, scope, goal, plaintext.into(), preference.order, &waves),
        Kind::AcceptBoth(Transport::Tls) => enabling::enable(state, scope, goal, Old::Accept, preference.order, &waves),
        Kind::Disable => enabling::disable(state, scope, Old::Refuse, preference.order, &waves),
        Kind::AcceptBoth(Transport::Plaintext) => {
            enabling::disable(state, scope, Old::Accept, preference.order, &waves)
        }
        Kind::ClientAuth(client_auth) => enabling::client_auth(state, &waves, |_| Some(client_auth)),
        Kind::ClientAuthOfEach => enabling::client_auth(state, &waves, |name| goal.client_auth.get(name).copied()),
        Kind::Quarantine => quarantine::plan(state, goal),
    };
    let plan = plan.map(|plan| Plan { repairs, ..plan });
    if !goal.drops() || matches!(goal.kind, Kind::Rotate | Kind::Quarantine) {
        return plan;
    }
    let dropping = |first| dropping(cluster, goal, preference, first, earlier);
    match plan {
        Ok(plan) => dropping(plan),
        Err(Refusal { error, fallback }) => {
            let with_drops = |Fallback { plan, impact }| Some(Fallback { plan: dropping(plan).ok()?, impact });
            Err(Refusal { error, fallback: fallback.and_then(with_drops) })
        }
    }
}

/// The scope, of those that the nodes have, that encrypts the most pairs.
fn widest_scope(cluster: &Cluster) -> Scope {
    let nodes = cluster.nodes().filter(|(_, node)| node.role() != Role::Client);
    let scopes: Vec<Scope> = nodes.map(|(_, node)| cluster.scope_of(node)).collect();
    let widest = [Scope::All, Scope::Rack, Scope::Dc].into_iter().find(|scope| scopes.contains(scope));
    widest.unwrap_or(cluster.scope())
}

fn can_repair(kind: Kind) -> bool {
    matches!(kind, Kind::Rotate | Kind::Enable(_) | Kind::Disable | Kind::AcceptBoth(_))
}

fn refuse_down(state: &State) -> Result<(), Error> {
    match state.nodes.0.iter().position(|node| !node.up && !node.is_client()) {
        Some(node) => {
            Err(Error::new(ErrorKind::Unfinished { node: state.model.name(node).clone(), reason: Unfinished::Down }))
        }
        None => Ok(()),
    }
}

/// Adds the steps that drop anchors to `first`, the plan of a goal that is not a rotation.
fn dropping(
    cluster: &Cluster,
    goal: &Goal,
    preference: &Preference,
    first: Plan,
    earlier: Option<&Cluster>,
) -> Result<Plan, Refusal> {
    let mut reached = cluster.clone();
    first.steps().try_for_each(|step| reached.apply(step))?;
    let then = if matches!(goal.kind, Kind::Disable | Kind::AcceptBoth(Transport::Plaintext)) {
        rotation::drop_on_disk(State::observe_with(&reached, goal.targets.values())?, goal)?
    } else {
        let goal = Goal { kind: Kind::Rotate, ..goal.clone() };
        whatever_the_outages(&reached, &goal, preference, &Availability::of(&reached), earlier)?
    };
    let gap = match first.optimality {
        Optimality::Minimum => 0,
        Optimality::Within(gap) => gap,
    };
    let more = then.cost().restarts + then.cost().reloads + gap;
    let optimality = Optimality::of_gap(more);
    Ok(Plan { waves: [first.waves, then.waves].concat(), optimality, repairs: first.repairs })
}

/// Refuses a new password for a store under its old path.
///
/// A process that was started with the old password cannot read that store.
fn refuse_password_in_place(state: &State) -> Result<(), Error> {
    let is_unreadable = |node: &usize| {
        let staging = state.nodes[*node].semantics.staging;
        [staging.trust, staging.identity].contains(&Placement::InPlaceNewPassword)
    };
    let clients = (0..state.model.len()).filter(is_unreadable);
    let mut talking = clients.flat_map(|a| (0..state.model.len()).map(move |b| (a, b)));
    let Some((client, server)) = talking.find(|(a, b)| state.model.talk(*a, *b)) else {
        return Ok(());
    };
    let name = |node: usize| state.model.name(node).clone();
    let node = &state.nodes[server];
    let shown = match node.shown().first() {
        Some(identity) => Shown::Identity(state.model.identity_label(*identity).clone()),
        None => Shown::Transport(Transport::Tls),
    };
    let dials_at_once = state.nodes[client].semantics.opens_files_to_dial();
    let when = if dials_at_once { When::Now } else { When::AfterActivation(name(client)) };
    let witness = Witness { client: name(client), server: name(server), shown, when, rule: Rule::PasswordInPlace };
    Err(Error::cut(witness))
}
