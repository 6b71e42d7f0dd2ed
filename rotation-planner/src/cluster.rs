//! A cluster: its nodes, the pairs that must talk, and what each node has loaded and on disk.

use std::collections::{BTreeMap, BTreeSet};

use crate::effect::{Effect, Process, Reloads, Staged};
use crate::error::{Error, ErrorKind};
use crate::keyspace::Keyspace;
use crate::label::{AnchorId, Identity, NodeName};
use crate::mode::{InternodeMode, Transport};
use crate::plan::Step;
use crate::semantics::{ClientAuth, Moved, Placement, Semantics, Staging};
use crate::trust::Trust;

/// The pairs of nodes that must be able to talk over TLS (`internode_encryption`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Scope {
    /// Every pair.
    All,
    /// Pairs in different data centres.
    Dc,
    /// Pairs in different racks. Racks of different data centres are different, even if they have the same name.
    Rack,
}

/// The TLS settings and stores that a process has loaded, or that a restart would load.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TlsConfig {
    mode: InternodeMode,
    identity: Option<Identity>,
    trust: Trust,
    /// If `None`, the setting in the node's semantics applies.
    client_auth: Option<ClientAuth>,
}

impl TlsConfig {
    /// No TLS and no stores.
    pub fn plaintext() -> Self {
        Self { mode: InternodeMode::PlaintextOnly, identity: None, trust: Trust::none(), client_auth: None }
    }

    /// TLS only, serving `identity` and trusting `trust`.
    pub fn tls(identity: Identity, trust: Trust) -> Self {
        Self { mode: InternodeMode::TlsOnly, identity: Some(identity), trust, client_auth: None }
    }

    /// A client that trusts `trust` and shows no identity. See [`Role::Client`].
    pub fn client(trust: Trust) -> Self {
        Self { mode: InternodeMode::TlsOnly, identity: None, trust, client_auth: None }
    }

    /// The same configuration with another mode.
    #[must_use]
    pub fn with_mode(mut self, mode: InternodeMode) -> Self {
        self.mode = mode;
        self
    }

    /// The same configuration with this `require_client_auth`.
    ///
    /// Without this call, the setting in the node's semantics applies.
    #[must_use]
    pub fn with_client_auth(mut self, client_auth: ClientAuth) -> Self {
        self.client_auth = Some(client_auth);
        self
    }

    /// The transports that the process dials and accepts.
    pub fn mode(&self) -> InternodeMode {
        self.mode
    }

    /// The identity in the keystore, if there is one.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The anchors in the truststore.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The node's own `require_client_auth`, if it is given.
    pub fn client_auth(&self) -> Option<ClientAuth> {
        self.client_auth
    }
}

/// A fact that cannot always be observed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Known<T> {
    /// This value.
    Certain(T),
    /// One of these values.
    OneOf(Vec<T>),
    /// Any value.
    Unknown,
}

impl<T> Known<T> {
    /// The possible values; empty for [`Unknown`](Self::Unknown).
    pub fn candidates(&self) -> &[T] {
        match self {
            Self::Certain(one) => std::slice::from_ref(one),
            Self::OneOf(several) => several,
            Self::Unknown => &[],
        }
    }
}

/// The settings and stores that a node's process has loaded, as far as they are known.
///
/// A file's modification time does not prove that the file is loaded, because a copy that preserves times makes a new file
/// look old. [`Known::Certain`] needs better evidence: a handshake, or a record of what the process has loaded
/// ([`Evidence`](crate::Evidence)).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Loaded {
    /// The transports that the process dials and accepts.
    pub mode: InternodeMode,
    /// The identity that the process has loaded, if it has one.
    pub identity: Known<Option<Identity>>,
    /// The anchors that the process trusts.
    pub trust: Known<Trust>,
    /// The process's `require_client_auth`, or `None` for the setting in the node's semantics.
    ///
    /// The settings on disk do not prove the value, because they may have changed since the process started.
    pub client_auth: Known<Option<ClientAuth>>,
}

impl From<TlsConfig> for Loaded {
    fn from(config: TlsConfig) -> Self {
        Self {
            mode: config.mode,
            identity: Known::Certain(config.identity),
            trust: Known::Certain(config.trust),
            client_auth: Known::Certain(config.client_auth),
        }
    }
}

/// The observed state of a node: what its process has loaded, and what is on its disk.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Observed {
    loaded: Option<Loaded>,
    disk: TlsConfig,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Details::is_default"))]
    details: Details,
}

/// Facts that have their default value on most nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
pub(crate) struct Details {
    /// Whether the node has no data yet, so that no replica is missing while it is down.
    pub(crate) empty: bool,
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub(crate) moved: Moved,
}

#[cfg(feature = "serde")]
impl Details {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference to skip_serializing_if")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Observed {
    /// A node that has loaded what is on its disk.
    pub fn settled(config: TlsConfig) -> Self {
        Self { loaded: Some(config.clone().into()), disk: config, details: Details::default() }
    }

    /// A node whose process may have loaded something other than what is on its disk.
    pub fn running(loaded: impl Into<Loaded>, disk: TlsConfig) -> Self {
        Self { loaded: Some(loaded.into()), disk, details: Details::default() }
    }

    /// A stopped node that is kept from starting until a plan starts it. Its replicas are missing until then.
    pub fn stopped(disk: TlsConfig) -> Self {
        Self { loaded: None, disk, details: Details::default() }
    }

    /// A node that is about to join: like [`Observed::stopped`], but without data.
    pub fn joining(disk: TlsConfig) -> Self {
        Self { loaded: None, disk, details: Details { empty: true, ..Details::default() } }
    }

    /// The same node, not restarted since the stores on disk were placed as `staging` says.
    ///
    /// A store under [`Placement::NewPath`] is not read before a restart: the process still uses the store that it was
    /// started with. Without this call, the stores on disk are taken to be placed as the node's [`Semantics`] say.
    #[must_use]
    pub fn with_staging(mut self, staging: Staging) -> Self {
        self.details.moved.trust = staging.trust == Placement::NewPath;
        self.details.moved.identity = staging.identity == Placement::NewPath;
        self
    }

    pub(crate) fn details(&self) -> Details {
        self.details
    }

    /// What the process has loaded; `None` for a node that is stopped.
    pub fn loaded(&self) -> Option<&Loaded> {
        self.loaded.as_ref()
    }

    /// What is on disk.
    pub fn disk(&self) -> &TlsConfig {
        &self.disk
    }

    /// The identity that the running process has certainly loaded, if there is one.
    pub fn serves(&self) -> Option<&Identity> {
        match &self.loaded.as_ref()?.identity {
            Known::Certain(identity) => identity.as_ref(),
            _ => None,
        }
    }
}

/// Whether a node can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Mutability {
    /// The node's files can be written, and the node can be restarted.
    Changeable,
    /// The node must not be changed or restarted.
    Frozen,
}

/// The role of a node: an ordinary node, a seed or a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Role {
    /// A seed. A seed with broken TLS starts alone and reports no error, so a plan restarts another node first if possible.
    Seed,
    /// A node that is neither a seed nor a client.
    NonSeed,
    /// An application. It connects to every node over TLS, and no node connects to it. The nodes use the same stores for
    /// the application as for their peers, whatever their [`InternodeMode`]. If the application has an identity, a plan
    /// assumes that every node verifies that identity.
    ///
    /// The application reads its stores when it starts, unless [`Cluster::set_semantics`] says otherwise. If its stores
    /// cannot be changed, mark the application as [`Mutability::Frozen`]: its trust then limits the identities that nodes
    /// may serve.
    Client,
}

/// One node of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Node {
    dc: String,
    rack: String,
    observed: Observed,
    mutability: Mutability,
    role: Role,
    /// If `None`, the default for the node's role applies ([`Cluster::semantics_of`]).
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    semantics: Option<Semantics>,
    /// If `None`, the cluster's scope applies.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    scope: Option<Scope>,
}

impl Node {
    /// The data centre.
    pub fn dc(&self) -> &str {
        &self.dc
    }

    /// The name of the rack within the data centre.
    pub fn rack(&self) -> &str {
        &self.rack
    }

    /// What was observed of the node.
    pub fn observed(&self) -> &Observed {
        &self.observed
    }

    #[cfg(feature = "serde")]
    pub(crate) fn observed_mut(&mut self) -> &mut Observed {
        &mut self.observed
    }

    /// Whether the node can be changed.
    pub fn mutability(&self) -> Mutability {
        self.mutability
    }

    /// The node's role.
    pub fn role(&self) -> Role {
        self.role
    }
}

/// A cluster: its nodes, their semantics and scopes, its keyspaces, and its foreign anchors.
///
/// With the feature `serde`, truststores are written in the list `nodes.truststores`. An item is a list of anchors or a
/// difference: `like` is the position of an earlier truststore, `without` and `with` are the anchors that are removed
/// and added. In `nodes.by_name`, a truststore is written as its position in the list, for example `["0"]` for the first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Cluster {
    scope: Scope,
    semantics: Semantics,
    #[cfg_attr(feature = "serde", serde(default))]
    keyspaces: Vec<Keyspace>,
    #[cfg_attr(feature = "serde", serde(with = "crate::format::nodes"))]
    nodes: BTreeMap<NodeName, Node>,
    /// Anchors that no plan may make a node newly trust.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "BTreeSet::is_empty"))]
    pub(crate) foreign: BTreeSet<AnchorId>,
}

impl Cluster {
    /// A cluster without nodes.
    pub fn new(scope: Scope, semantics: Semantics) -> Self {
        Self { scope, semantics, keyspaces: Vec::new(), nodes: BTreeMap::new(), foreign: BTreeSet::new() }
    }

    /// Adds a node that has [`Role::NonSeed`] and can be changed.
    ///
    /// # Errors
    /// [`ErrorKind::DuplicateNode`] if the cluster already has a node with that name.
    pub fn add_node(
        &mut self,
        name: impl Into<NodeName>,
        dc: impl Into<String>,
        rack: impl Into<String>,
        observed: Observed,
    ) -> Result<&mut Self, Error> {
        let name = name.into();
        if self.nodes.contains_key(&name) {
            return Err(Error::new(ErrorKind::DuplicateNode(name)));
        }
        let node = Node {
            dc: dc.into(),
            rack: rack.into(),
            observed: self.sharing(observed),
            mutability: Mutability::Changeable,
            role: Role::NonSeed,
            semantics: None,
            scope: None,
        };
        self.nodes.insert(name, node);
        Ok(self)
    }

    /// Adds a keyspace that must stay readable and writable while nodes are restarted.
    ///
    /// If the cluster has no keyspaces, availability is not checked.
    pub fn add_keyspace(&mut self, keyspace: Keyspace) -> &mut Self {
        self.keyspaces.push(keyspace);
        self
    }

    /// Sets whether a node can be changed and restarted.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownNode`].
    pub fn set_mutability(&mut self, name: impl Into<NodeName>, mutability: Mutability) -> Result<&mut Self, Error> {
        self.named(&name.into())?.mutability = mutability;
        Ok(self)
    }

    /// Sets a node's role: ordinary, seed or client.
    ///
    /// ```
    /// use rotation_planner::{
    ///     ClientAuth, Cluster, Goal, Identity, Mutability, Observed, Preference, Role, Scope, Semantics, TlsConfig, Trust, plan,
    /// };
    ///
    /// let mut cluster = Cluster::new(Scope::All, Semantics::cassandra(5, 0, 6, ClientAuth::Off)?);
    /// let trust: Trust = ["node0", "node1"].into_iter().collect();
    /// for node in ["node0", "node1"] {
    ///     let config = TlsConfig::tls(Identity::self_signed(node), trust.clone());
    ///     cluster.add_node(node, "dc1", "r1", Observed::settled(config))?;
    /// }
    /// // An application has pinned both certificates, and its truststore cannot be changed.
    /// cluster.add_node("app", "dc1", "r1", Observed::settled(TlsConfig::client(trust)))?;
    /// cluster.set_role("app", Role::Client)?.set_mutability("app", Mutability::Frozen)?;
    ///
    /// let goal = Goal::rotate([("node0", Identity::self_signed("node0-new"))]);
    /// let refusal = plan(&cluster, &goal, &Preference::default()).unwrap_err();
    /// assert_eq!(refusal.witness().map(|witness| witness.client.as_str()), Some("app"));
    /// # Ok::<(), rotation_planner::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownNode`].
    pub fn set_role(&mut self, name: impl Into<NodeName>, role: Role) -> Result<&mut Self, Error> {
        self.named(&name.into())?.role = role;
        Ok(self)
    }

    /// Sets the semantics of one node, if they differ from the default for its role.
    ///
    /// For example, the node runs another release during an upgrade, or its stores are placed differently. The node's
    /// own client authentication and mode are in its [`TlsConfig`].
    ///
    /// ```
    /// use rotation_planner::{
    ///     ClientAuth, Cluster, Goal, Identity, Observed, Preference, Scope, Semantics, Staging, TlsConfig, Trust, plan,
    /// };
    ///
    /// // node0 is upgraded, node1 is not yet.
    /// let release = |major, minor, patch| Semantics::cassandra(major, minor, patch, ClientAuth::Off);
    /// let mut cluster = Cluster::new(Scope::All, release(3, 11, 19)?);
    /// let trust: Trust = ["node0", "node1"].into_iter().collect();
    /// for node in ["node0", "node1"] {
    ///     let config = TlsConfig::tls(Identity::self_signed(node), trust.clone());
    ///     cluster.add_node(node, "dc1", "r1", Observed::settled(config))?;
    /// }
    /// cluster.set_semantics("node0", release(4, 0, 17)?.with_staging(Staging::IN_PLACE))?;
    /// let goal = Goal::rotate(["node0", "node1"].map(|node| (node, Identity::self_signed(&format!("{node}-new")))));
    /// let cost = plan(&cluster, &goal, &Preference::default())?.cost();
    /// assert_eq!((cost.restarts, cost.reloads), (1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownNode`].
    pub fn set_semantics(&mut self, name: impl Into<NodeName>, semantics: Semantics) -> Result<&mut Self, Error> {
        self.named(&name.into())?.semantics = Some(semantics);
        Ok(self)
    }

    /// Sets the scope of one node, if its `internode_encryption` differs from the cluster's.
    ///
    /// For example, that setting is changed node by node. The node that connects chooses the transport, and its peer
    /// must accept that transport.
    ///
    /// ```
    /// use rotation_planner::{ClientAuth, Cluster, Identity, Judgement, Observed, Scope, Semantics, TlsConfig};
    ///
    /// let mut cluster = Cluster::new(Scope::All, Semantics::cassandra(4, 0, 17, ClientAuth::Off)?);
    /// for node in ["node0", "node1"] {
    ///     let config = TlsConfig::tls(Identity::self_signed(node), ["node1"].into_iter().collect());
    ///     cluster.add_node(node, "dc1", "r1", Observed::settled(config))?;
    /// }
    /// // node1 uses plaintext within its data centre, so it need not trust node0, but node0 must accept plaintext.
    /// cluster.set_scope("node1", Scope::Dc)?;
    /// let judgement = Judgement::of(&cluster)?;
    /// assert!(judgement.must_connect(&"node0".into(), &"node1".into()));
    /// assert!(!judgement.must_connect(&"node1".into(), &"node0".into()));
    /// let [cut] = judgement.broken().try_into().expect("one connection is cut");
    /// assert_eq!((cut.client.as_str(), cut.shown.to_string().as_str()), ("node1", "plaintext"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownNode`].
    pub fn set_scope(&mut self, name: impl Into<NodeName>, scope: Scope) -> Result<&mut Self, Error> {
        self.named(&name.into())?.scope = Some(scope);
        Ok(self)
    }

    /// Replaces the observation of a node by a new one.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownNode`].
    pub fn observe(&mut self, name: impl Into<NodeName>, observed: Observed) -> Result<&mut Self, Error> {
        let observed = self.sharing(observed);
        self.named(&name.into())?.observed = observed;
        Ok(self)
    }

    fn sharing(&self, mut observed: Observed) -> Observed {
        // Without this check, a cluster of small truststores would be searched for each of its nodes.
        if !observed.truststores().any(Trust::is_large) {
            return observed;
        }
        let on_disk = observed.disk.trust.clone();
        let mut others = self.nodes.values().map(|node| &node.observed.disk.trust);
        let large = others.find(|trust| trust.is_large()).unwrap_or(&on_disk);
        let kept = on_disk.beside(large);
        for trust in observed.truststores_mut() {
            // The loaded truststore is usually the same shared set as the one on disk, and remains shared.
            *trust = if trust.address() == on_disk.address() { kept.clone() } else { trust.beside(large) };
        }
        observed
    }

    /// The nodes, ordered by name.
    pub fn nodes(&self) -> impl Iterator<Item = (&NodeName, &Node)> {
        self.nodes.iter()
    }

    /// The node with this name.
    pub fn get(&self, name: &NodeName) -> Option<&Node> {
        self.nodes.get(name)
    }

    /// The keyspaces that must stay available.
    pub fn keyspaces(&self) -> &[Keyspace] {
        &self.keyspaces
    }

    /// The scope of every node, unless [`Cluster::set_scope`] says otherwise.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The scope of a node of the cluster: its own, or else the cluster's.
    pub fn scope_of(&self, node: &Node) -> Scope {
        node.scope.unwrap_or(self.scope)
    }

    /// The semantics of every node except clients.
    ///
    /// [`Cluster::set_semantics`] takes precedence.
    pub fn semantics(&self) -> Semantics {
        self.semantics
    }

    pub(crate) fn semantics_of(&self, node: &Node) -> Semantics {
        let usual = if node.role == Role::Client { Semantics::of_clients() } else { self.semantics };
        node.semantics.unwrap_or(usual)
    }

    /// Applies `step`: the cluster becomes what an observation after the step would show.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownNode`], and [`ErrorKind::NotApplicable`] for a reload if no store is read at reloads, a
    /// start of a running node, or a restart, reload or stop of a stopped one.
    pub fn apply(&mut self, step: &Step) -> Result<(), Error> {
        let semantics = self.nodes.get(step.node()).map_or(self.semantics, |node| self.semantics_of(node));
        let observed = &self.named(step.node())?.observed;
        let process = if observed.loaded.is_some() { Process::Running } else { Process::Stopped };
        let readings = semantics.where_moved(observed.details.moved);
        let effect = readings.effect(step.action(), process).ok_or_else(|| Error::not_applicable(step))?;
        let effect = match effect {
            Effect::Reload(stores) if stores.trust_as_client != stores.trust_as_server => {
                Effect::Reload(self.with_unused(step.node(), semantics, stores))
            }
            other => other,
        };
        self.named(step.node())?.observed.take(effect, semantics.staging);
        Ok(())
    }

    /// Adds the uses of the truststore in which the node verifies no peer.
    ///
    /// The old truststore is not used there.
    fn with_unused(&self, name: &NodeName, semantics: Semantics, stores: Reloads) -> Reloads {
        let Some((node, loaded)) = self.nodes.get(name).and_then(|node| Some((node, node.observed.loaded()?))) else {
            return stores;
        };
        let is_on = |set: &Option<ClientAuth>| set.unwrap_or_else(|| semantics.assumed_auth()) == ClientAuth::On;
        let set = loaded.client_auth.candidates();
        let is_asked = node.role != Role::Client && AskedByClients::of(self) == AskedByClients::MutualTls;
        let verifies_clients = is_asked || set.is_empty() || set.iter().any(is_on);
        Reloads {
            trust_as_client: stores.trust_as_client || loaded.mode.dials() == Transport::Plaintext,
            trust_as_server: stores.trust_as_server || !verifies_clients,
            ..stores
        }
    }

    fn named(&mut self, name: &NodeName) -> Result<&mut Node, Error> {
        self.nodes.get_mut(name).ok_or_else(|| Error::new(ErrorKind::UnknownNode(name.clone())))
    }
}

impl Observed {
    pub(crate) fn identities(&self) -> impl Iterator<Item = &Identity> {
        let loaded = self.loaded.as_ref().map_or(&[][..], |loaded| loaded.identity.candidates());
        loaded.iter().flatten().chain(&self.disk.identity)
    }

    pub(crate) fn truststores(&self) -> impl Iterator<Item = &Trust> {
        let loaded = self.loaded.as_ref().map_or(&[][..], |loaded| loaded.trust.candidates());
        loaded.iter().chain([&self.disk.trust])
    }

    pub(crate) fn truststores_mut(&mut self) -> impl Iterator<Item = &mut Trust> {
        let loaded = match self.loaded.as_mut().map(|loaded| &mut loaded.trust) {
            Some(Known::Certain(trust)) => std::slice::from_mut(trust),
            Some(Known::OneOf(several)) => several.as_mut_slice(),
            Some(Known::Unknown) | None => &mut [],
        };
        loaded.iter_mut().chain([&mut self.disk.trust])
    }

    fn take(&mut self, effect: Effect<'_>, staging: Staging) {
        match effect {
            Effect::Stage(Staged::Trust(trust)) => {
                self.disk.trust = trust.clone();
                self.details.moved.trust |= self.loaded.is_some() && staging.trust == Placement::NewPath;
            }
            Effect::Stage(Staged::Identity(identity)) => {
                self.disk.identity = Some(identity.clone());
                self.details.moved.identity |= self.loaded.is_some() && staging.identity == Placement::NewPath;
            }
            Effect::Stage(Staged::Mode(mode)) => self.disk.mode = mode,
            Effect::Stage(Staged::ClientAuth(client_auth)) => self.disk.client_auth = Some(client_auth),
            Effect::Start => *self = Self::settled(self.disk.clone()),
            Effect::Stop => *self = Self::stopped(self.disk.clone()),
            Effect::Reload(stores) => self.reload(stores),
        }
    }

    fn reload(&mut self, stores: Reloads) {
        let Some(loaded) = &mut self.loaded else { return };
        let (trust, identity) = (self.disk.trust.clone(), self.disk.identity.clone());
        loaded.trust.renew(trust, [stores.trust_as_client, stores.trust_as_server]);
        loaded.identity.renew(identity, [stores.identity_as_client, stores.identity_as_server]);
    }
}

impl<T: PartialEq> Known<T> {
    /// Updates the value after a reload; `uses` says which uses the reload renews.
    ///
    /// If only one of the two uses is renewed, the old value stays possible.
    fn renew(&mut self, on_disk: T, uses: [bool; 2]) {
        if uses == [false, false] {
            return;
        }
        *self = match std::mem::replace(self, Self::Unknown) {
            _ if uses == [true, true] => Self::Certain(on_disk),
            Self::Certain(one) if one != on_disk => Self::OneOf(vec![one, on_disk]),
            Self::OneOf(mut several) if !several.contains(&on_disk) => {
                several.push(on_disk);
                Self::OneOf(several)
            }
            before => before,
        };
    }
}

/// The requirements of a cluster's clients on every node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AskedByClients {
    /// There are no clients.
    Nothing,
    /// Every node must serve its identity.
    Identity,
    /// Every node must serve its identity and accept the identities of the clients.
    MutualTls,
}

impl AskedByClients {
    pub(crate) fn of(cluster: &Cluster) -> Self {
        let shows = |observed: &Observed| observed.identities().next().is_some();
        let mut clients = cluster.nodes.values().filter(|node| node.role == Role::Client).peekable();
        match (clients.peek().is_some(), clients.any(|client| shows(&client.observed))) {
            (false, _) => Self::Nothing,
            (true, false) => Self::Identity,
            (true, true) => Self::MutualTls,
        }
    }
}
