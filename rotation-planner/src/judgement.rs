//! The [`Checker`]'s judgement of a cluster, for programs that display it.

use crate::bundle::Bundle;
use crate::checker::{self, Checker};
use crate::cluster::Cluster;
use crate::error::Error;
use crate::label::{Identity, NodeName};
use crate::mode::Transport;
use crate::moment::moment;
use crate::refusal::Witness;
use crate::safety::{self, Relation};
use crate::state::{NodeState, State};
use crate::trust::Trust;

/// A cluster as a [`Checker`] judges it.
///
/// The judgement contains what each node may show and certainly accepts, and the connections that are or may be cut.
///
/// ```
/// use rotation_planner::{ClientAuth, Cluster, Identity, Judgement, Observed, Scope, Semantics, TlsConfig};
///
/// let mut cluster = Cluster::new(Scope::All, Semantics::cassandra(3, 11, 19, ClientAuth::Off)?);
/// for node in ["node0", "node1"] {
///     let config = TlsConfig::tls(Identity::self_signed(node), ["node0"].into_iter().collect());
///     cluster.add_node(node, "dc1", "ra1", Observed::settled(config))?;
/// }
/// let judgement = Judgement::of(&cluster)?;
/// let [witness] = judgement.broken().try_into().expect("one connection is cut");
/// assert_eq!((witness.client.as_str(), witness.server.as_str()), ("node0", "node1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Judgement<'a> {
    cluster: &'a Cluster,
    checker: Checker,
}

/// What a node may show and certainly accepts, even after a crash.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facts {
    /// The transports that the node may dial, as its mode says.
    ///
    /// A [client](crate::Role::Client) has none, because it connects to a separate listener of the nodes.
    pub dials: Vec<Transport>,
    /// The transports that the node certainly accepts, as its mode says. A client has none.
    pub accepts: Vec<Transport>,
    /// The identities that the node may serve.
    pub serves: Vec<Identity>,
    /// The identities that the node may offer to a server that requires one.
    pub offers: Vec<Identity>,
    /// The anchors that the node certainly trusts in servers; `None` if it does not verify them.
    pub trusts_servers: Option<Trust>,
    /// The anchors that the node certainly trusts in clients; `None` if it does not verify them.
    pub trusts_clients: Option<Trust>,
}

impl<'a> Judgement<'a> {
    /// Judges a cluster.
    ///
    /// # Errors
    /// As [`Checker::never_worse`].
    pub fn of(cluster: &'a Cluster) -> Result<Self, Error> {
        Ok(Self { cluster, checker: Checker::never_worse(cluster)? })
    }

    /// Every connection that must work and is or may be cut, ordered by client and server.
    ///
    /// A connection that breaks several rules, or one rule for several anchors or transports, appears several times.
    pub fn broken(&self) -> Vec<Witness> {
        if !self.checker.is_broken() {
            return Vec::new();
        }
        let state = self.checker.state();
        let witness = |broken| checker::witness(state, broken, moment(self.cluster, state, broken));
        let mut witnesses: Vec<Witness> = safety::broken(state).map(witness).collect();
        witnesses.sort_by(|one, other| (&one.client, &one.server).cmp(&(&other.client, &other.server)));
        witnesses
    }

    /// Whether `client` must be able to connect to `server` over TLS once TLS is enabled.
    ///
    /// Returns `false` if one of the two nodes is not in the cluster, or if `server` is a [client](crate::Role::Client).
    pub fn must_connect(&self, client: &NodeName, server: &NodeName) -> bool {
        let State { model, nodes, .. } = self.checker.state();
        match (model.node(client), model.node(server)) {
            (Ok(client), Ok(server)) => model.places.is_tls(client, server) && !nodes[server].is_client(),
            _ => false,
        }
    }

    /// What a node may show and certainly accepts.
    ///
    /// Returns `None` if the node is stopped or not in the cluster.
    pub fn facts(&self, node: &NodeName) -> Option<Facts> {
        let state = self.checker.state();
        let node = &state.nodes[state.model.node(node).ok()?];
        node.up.then(|| Facts {
            dials: if node.is_client() { Vec::new() } else { node.dials.iter().collect() },
            accepts: if node.is_client() { Vec::new() } else { node.accepts.iter().collect() },
            serves: self.identities(Relation::Serving, node),
            offers: self.identities(Relation::Offering, node),
            trusts_servers: self.trusts(Relation::Serving, node),
            trusts_clients: self.trusts(Relation::Offering, node),
        })
    }

    fn identities(&self, relation: Relation, node: &NodeState) -> Vec<Identity> {
        let state = self.checker.state();
        let numbers = relation.identities(node).iter();
        numbers.map(|identity| state.model.identity_label(*identity).clone()).collect()
    }

    fn trusts(&self, relation: Relation, node: &NodeState) -> Option<Trust> {
        let accepted = relation.accepted(&self.checker.state().model, node);
        (accepted != Bundle::EVERYTHING).then(|| self.checker.state().model.labels_of(accepted))
    }
}
