//! The state of each node: what it certainly and possibly does, even after a crash.
//!
//! A crash loads the stores on disk. So a node may serve the identity that it has loaded **or** any that was on its disk
//! since its last activation. The node certainly trusts only the anchors in the loaded truststore **and** in each truststore
//! that was on disk since that activation.

use crate::bundle::Bundle;
use crate::cluster::{AskedByClients, Cluster, Known, Loaded, Mutability, Node, Role, TlsConfig};
use crate::effect::{Effect, Process, Reloads, Staged};
use crate::error::{Error, ErrorKind};
use crate::few::Few;
use crate::label::Identity;
use crate::mode::{InternodeMode, Transport};
use crate::model::{Model, Table};
use crate::plan::{Action, Step};
use crate::semantics::{Activation, ClientAuth, Moved, Placement, Reading, Semantics};
use crate::transports::Inside;
use crate::trust::Trust;

/// A node in the model.
///
/// In these comments, a process is the running process or a process that a crash would start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NodeState {
    pub(crate) semantics: Semantics,
    pub(crate) up: bool,
    pub(crate) empty: bool,
    pub(crate) mutability: Mutability,
    pub(crate) role: Role,
    clients: AskedByClients,
    /// The identities that some process may have read.
    ///
    /// A process that accepts only plaintext does not count, unless the cluster has clients.
    serves: Few,
    pub(crate) identity_on_disk: Option<usize>,
    pub(crate) trust_on_disk: Bundle,
    /// The anchors that the node trusted when it was observed, on disk or certainly loaded.
    pub(crate) known: Bundle,
    /// The anchors that some process may trust.
    pub(crate) possibly: Bundle,
    /// The anchors trusted by every process that dials TLS.
    pub(crate) as_client: Bundle,
    /// The anchors trusted by every process that may require client certificates.
    pub(crate) as_server: Bundle,
    /// The client authentication that the rule of safety assumes for a newly started process.
    auth_on_disk: ClientAuth,
    /// The client authentication in the settings on disk.
    pub(crate) auth_set: ClientAuth,
    pub(crate) demands: Demands,
    /// The stores that the running process still reads under their old path.
    moved: Moved,
    pub(crate) running: Running,
    pub(crate) mode_on_disk: InternodeMode,
    pub(crate) inside: Inside,
    /// The transports over which some process may dial.
    pub(crate) dials: Transports,
    /// The transports that every process accepts.
    pub(crate) accepts: Transports,
    /// The transports that some process may accept.
    pub(crate) may_accept: Transports,
}

/// The identities that the running process may serve, and the anchors it certainly trusts.
///
/// A crash is not considered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Running {
    pub(crate) serves: Few,
    pub(crate) trusts: Bundle,
}

/// Whether some process may require a certificate from its clients, and whether some may not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Demands {
    on: bool,
    off: bool,
}

impl Demands {
    pub(crate) fn is_certainly(self, client_auth: ClientAuth) -> bool {
        match client_auth {
            ClientAuth::On => !self.off,
            ClientAuth::Off => !self.on,
        }
    }

    /// Adds the client authentication of one process; `None` if it is unknown.
    fn add(&mut self, client_auth: Option<ClientAuth>) {
        self.on |= client_auth != Some(ClientAuth::Off);
        self.off |= client_auth != Some(ClientAuth::On);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transports {
    plain: bool,
    tls: bool,
}

impl Transports {
    fn dialled(mode: InternodeMode) -> Self {
        Self { plain: mode.dials() == Transport::Plaintext, tls: mode.dials() == Transport::Tls }
    }

    pub(crate) fn accepted(mode: InternodeMode) -> Self {
        Self { plain: mode.accepts(Transport::Plaintext), tls: mode.accepts(Transport::Tls) }
    }

    pub(crate) fn contains(self, transport: Transport) -> bool {
        match transport {
            Transport::Plaintext => self.plain,
            Transport::Tls => self.tls,
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Transport> {
        [Transport::Plaintext, Transport::Tls].into_iter().filter(move |transport| self.contains(*transport))
    }

    fn and(self, other: Self) -> Self {
        Self { plain: self.plain && other.plain, tls: self.tls && other.tls }
    }

    fn or(self, other: Self) -> Self {
        Self { plain: self.plain || other.plain, tls: self.tls || other.tls }
    }
}

/// The states of all nodes, and the numbers of their labels.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) model: Model,
    pub(crate) nodes: Table<NodeState>,
    /// The node of the last step; the search for the next step's node starts there.
    expected: usize,
}

impl State {
    pub(crate) fn observe(cluster: &Cluster) -> Result<Self, Error> {
        Self::observe_with(cluster, std::iter::empty())
    }

    /// The state of `cluster`, for a plan that stages the identities `coming`.
    ///
    /// Identities with several anchors must be known before truststores are intersected, otherwise the intersections are not
    /// exact.
    pub(crate) fn observe_with<'a, I: Iterator<Item = &'a Identity>>(
        cluster: &Cluster,
        coming: I,
    ) -> Result<Self, Error> {
        Self::observe_naming(cluster, coming, None)
    }

    /// Like [`observe_with`](Self::observe_with), for a goal that names anchors.
    ///
    /// A node whose loaded truststore is unknown may trust each of these anchors.
    pub(crate) fn observe_naming<'a, I: Iterator<Item = &'a Identity>>(
        cluster: &Cluster,
        coming: I,
        named: Option<&Trust>,
    ) -> Result<Self, Error> {
        let mut model = Model::new(cluster)?;
        for anchor in named.into_iter().flat_map(Trust::iter) {
            model.anchor(anchor);
        }
        for identity in coming.filter(|identity| identity.anchors().nth(1).is_some()) {
            model.identity(identity)?;
        }
        let clients = AskedByClients::of(cluster);
        let observe = |(number, (_, node))| observe_node(&mut model, cluster.semantics_of(node), clients, number, node);
        let nodes = cluster.nodes().enumerate().map(observe);
        let nodes = nodes.collect::<Result<_, _>>()?;
        Ok(Self { model, nodes, expected: 0 })
    }

    /// Counts the anchors on each node's disk in the `earlier` cluster as known to the node.
    pub(crate) fn know_trust_of(&mut self, earlier: &Cluster) {
        let Self { model, nodes, .. } = self;
        for (number, node) in nodes.0.iter_mut().enumerate() {
            let Some(before) = earlier.get(model.name(number)) else { continue };
            let trusted = model.bundle(before.observed().disk().trust());
            node.known = model.bundles.unite(node.known, trusted);
        }
    }

    pub(crate) fn expect_step_of(&mut self, node: usize) {
        self.expected = node;
    }

    /// The number of a step's node, and the node's state after the step.
    pub(crate) fn after(&mut self, step: &Step) -> Result<(usize, NodeState), Error> {
        let number = self.model.node_near(self.expected, step.node())?;
        self.expected = number;
        let mut node = self.nodes[number].clone();
        let process = if node.up { Process::Running } else { Process::Stopped };
        let effect = node.readings().effect(step.action(), process).ok_or_else(|| Error::not_applicable(step))?;
        match effect {
            Effect::Stage(Staged::Trust(trust)) => {
                node.moved.trust |= node.semantics.staging.trust == Placement::NewPath;
                node.stage_trust(&mut self.model, trust);
            }
            // The nodes are planned as if they did not verify a client that has no identity.
            Effect::Stage(Staged::Identity(_)) if node.is_client() && node.shown_or_on_disk().next().is_none() => {
                return Err(Error::not_applicable(step));
            }
            Effect::Stage(Staged::Identity(identity)) => {
                node.moved.identity |= node.semantics.staging.identity == Placement::NewPath;
                node.stage_identity(self.model.identity(identity)?);
            }
            Effect::Stage(Staged::Mode(mode)) => node.stage_mode(&mut self.model, mode),
            Effect::Stage(Staged::ClientAuth(auth)) => node.stage_auth(&mut self.model, auth),
            Effect::Start => node.start(),
            Effect::Stop => node.up = false,
            Effect::Reload(stores) => node.reload(stores),
        }
        if node.lacks_identity() { Err(Error::not_applicable(step)) } else { Ok((number, node)) }
    }
}

impl NodeState {
    /// The semantics of the running process.
    ///
    /// A store under a path that the process was not started with is read only at start.
    pub(crate) fn readings(&self) -> Semantics {
        self.semantics.where_moved(self.moved)
    }

    pub(crate) fn dials_with_trust_on_disk(&self) -> bool {
        self.readings().trust_as_client() == Reading::AtHandshake
    }

    pub(crate) fn verifies_with_trust_on_disk(&self) -> bool {
        self.readings().trust_as_server() == Reading::AtHandshake
    }

    pub(crate) fn offers_identity_on_disk(&self) -> bool {
        self.readings().identity_as_client() == Reading::AtHandshake
    }

    pub(crate) fn serves_identity_on_disk(&self) -> bool {
        self.readings().identity_as_server() == Reading::AtHandshake
    }

    /// The identities that some process may serve.
    pub(crate) fn served(&self) -> &[usize] {
        if self.serves_identity_on_disk() { self.identity_in_use() } else { &self.serves }
    }

    /// The identities that some process may offer to servers.
    pub(crate) fn offered(&self) -> &[usize] {
        if self.offers_identity_on_disk() { self.identity_in_use() } else { &self.serves }
    }

    /// The identities that some process may show, as a server or as a client.
    pub(crate) fn shown(&self) -> &[usize] {
        if self.uses_identity_at_once() { self.identity_in_use() } else { &self.serves }
    }

    pub(crate) fn shown_or_on_disk(&self) -> impl Iterator<Item = usize> {
        self.shown().iter().copied().chain(self.identity_on_disk)
    }

    /// Whether the node's inbound and outbound connections both open the keystore on its disk.
    pub(crate) fn uses_identity_at_once(&self) -> bool {
        self.serves_identity_on_disk() && self.offers_identity_on_disk()
    }

    fn identity_in_use(&self) -> &[usize] {
        if self.serves.is_empty() { &[] } else { self.identity_on_disk.as_slice() }
    }

    /// The activation that makes the node use a staged truststore; `None` if none is needed.
    ///
    /// Only the uses (as client, as server) in which the node verifies peers count. If the node verifies no peers, both uses
    /// count.
    pub(crate) fn trust_activation(&self) -> Option<Activation> {
        let readings = self.readings();
        let uses = [(self.as_client, readings.trust_as_client()), (self.as_server, readings.trust_as_server())];
        let verifying = uses.into_iter().filter(|(accepted, _)| *accepted != Bundle::EVERYTHING);
        verifying.map(|(_, reading)| reading.activation()).max().unwrap_or(readings.trust_activation())
    }

    /// Whether one use of a truststore needs a reload, and the other a restart.
    pub(crate) fn is_activated_in_parts(&self) -> bool {
        let readings = [self.readings().trust_as_client(), self.readings().trust_as_server()];
        let kinds = readings.map(Reading::activation);
        kinds.contains(&Some(Activation::Reload)) && kinds.contains(&Some(Activation::Restart))
    }

    pub(crate) fn identity_activation(&self) -> Option<Activation> {
        self.readings().identity_activation()
    }

    /// Whether a reload makes the node use a staged truststore or keystore.
    pub(crate) fn may_reload(&self) -> bool {
        [self.trust_activation(), self.identity_activation()].contains(&Some(Activation::Reload))
    }

    fn stage_trust(&mut self, model: &mut Model, trust: &Trust) {
        let bundle = model.bundle(trust);
        self.trust_on_disk = bundle;
        self.possibly = model.bundles.unite(self.possibly, bundle);
        self.disk_may_run(model);
    }

    fn stage_identity(&mut self, identity: usize) {
        self.identity_on_disk = Some(identity);
        self.disk_may_serve();
    }

    fn stage_mode(&mut self, model: &mut Model, mode: InternodeMode) {
        self.mode_on_disk = mode;
        self.disk_may_serve();
        self.dials = self.dials.or(Transports::dialled(mode));
        self.accepts = self.accepts.and(Transports::accepted(mode));
        self.may_accept = self.may_accept.or(Transports::accepted(mode));
        self.disk_may_run(model);
    }

    fn disk_may_serve(&mut self) {
        let [as_server, as_client] = [self.readings().identity_as_server(), self.readings().identity_as_client()];
        let by_process = [as_server, as_client].into_iter().any(Reading::is_before_restart);
        let is_shown = self.shows_identity(Transports::accepted(self.mode_on_disk))
            || by_process && self.shows_identity(self.may_accept);
        if let Some(identity) = self.identity_on_disk.filter(|_| is_shown) {
            self.serves.insert(identity);
        }
    }

    /// Whether a process that accepts these transports shows its identity to peers or clients.
    pub(crate) fn shows_identity(&self, accepts: Transports) -> bool {
        accepts.contains(Transport::Tls) || self.clients != AskedByClients::Nothing
    }

    /// Whether plans treat the node as verifying peers because a client has an identity.
    pub(crate) fn is_asked_by_clients(&self) -> bool {
        self.clients == AskedByClients::MutualTls
    }

    /// Whether plans treat the node as verifying peers only because a client has an identity.
    pub(crate) fn verifies_for_clients_alone(&self) -> bool {
        self.is_asked_by_clients() && self.auth_on_disk == ClientAuth::Off
    }

    /// Whether the node verifies clients, or may do so once it accepts TLS.
    pub(crate) fn may_verify_clients(&self) -> bool {
        !self.is_client() && (self.as_server != Bundle::EVERYTHING || !self.accepts.contains(Transport::Tls))
    }

    pub(crate) fn is_client(&self) -> bool {
        self.role == Role::Client
    }

    /// Whether the settings on disk accept TLS without a keystore, so that no process can start.
    fn lacks_identity(&self) -> bool {
        !self.is_client() && self.mode_on_disk.accepts(Transport::Tls) && self.identity_on_disk.is_none()
    }

    fn stage_auth(&mut self, model: &mut Model, auth: ClientAuth) {
        self.auth_on_disk = auth;
        self.auth_set = auth;
        self.demands.add(Some(auth));
        self.disk_may_run(model);
    }

    /// Limits the certainly trusted anchors to those that are also trusted after a crash.
    ///
    /// A running process that verifies peers may read the truststore on disk, too, even if the settings on disk verify none.
    fn disk_may_run(&mut self, model: &mut Model) {
        let (client, server) = self.disk_verifies();
        let readings = [self.readings().trust_as_client(), self.readings().trust_as_server()];
        for ((accepted, on_disk), reading) in
            [(&mut self.as_client, client), (&mut self.as_server, server)].into_iter().zip(readings)
        {
            *accepted = model.bundles.intersect(*accepted, on_disk);
            if *accepted != Bundle::EVERYTHING && reading.is_before_restart() {
                *accepted = model.bundles.intersect(*accepted, self.trust_on_disk);
            }
        }
    }

    fn disk_verifies(&self) -> (Bundle, Bundle) {
        let mode = self.mode_on_disk;
        let demands = mode.accepts(Transport::Tls) && self.auth_on_disk == ClientAuth::On || self.is_asked_by_clients();
        let verifier = |verifies: bool| if verifies { self.trust_on_disk } else { Bundle::EVERYTHING };
        (verifier(mode.dials() == Transport::Tls), verifier(demands))
    }

    pub(crate) fn activated(&self, kind: Activation) -> Self {
        let mut then = self.clone();
        match self.readings().effect(&Action::Activate(kind), Process::Running) {
            Some(Effect::Reload(stores)) => then.reload(stores),
            _ => then.start(),
        }
        then
    }

    fn start(&mut self) {
        self.up = true;
        self.serves = Few::NONE;
        self.may_accept = Transports::accepted(self.mode_on_disk);
        self.disk_may_serve();
        self.possibly = self.trust_on_disk;
        (self.as_client, self.as_server) = self.disk_verifies();
        self.dials = Transports::dialled(self.mode_on_disk);
        self.accepts = self.may_accept;
        self.demands = Demands::default();
        self.demands.add(Some(self.auth_set));
        self.moved = Moved::default();
        self.running = Running { serves: self.serves.clone(), trusts: self.trust_on_disk };
    }

    fn reload(&mut self, stores: Reloads) {
        let on_disk = self.trust_on_disk;
        let mut is_renewed = true;
        for (verifier, renews) in
            [(&mut self.as_client, stores.trust_as_client), (&mut self.as_server, stores.trust_as_server)]
        {
            if renews && *verifier != Bundle::EVERYTHING {
                *verifier = on_disk;
            }
            is_renewed &= renews || *verifier == Bundle::EVERYTHING;
        }
        if is_renewed {
            self.possibly = on_disk;
            self.running.trusts = on_disk;
        }
        if stores.identity() {
            let is_shown = self.shows_identity(self.may_accept);
            self.serves = self.identity_on_disk.filter(|_| is_shown).into_iter().collect();
            self.running.serves = self.serves.clone();
        }
    }
}

fn observe_node(
    model: &mut Model,
    semantics: Semantics,
    clients: AskedByClients,
    number: usize,
    node: &Node,
) -> Result<NodeState, Error> {
    let disk = node.observed().disk();
    let mut state = disk_state(model, semantics, disk)?;
    (state.mutability, state.role) = (node.mutability(), node.role());
    state.inside = model.transports.inside(&model.places, number);
    state.clients = if state.is_client() { AskedByClients::Nothing } else { clients };
    if state.lacks_identity() {
        return Err(Error::new(ErrorKind::NoIdentity(model.name(number).clone())));
    }
    state.start();
    let details = node.observed().details();
    state.empty = details.empty;
    state.moved = details.moved;
    match node.observed().loaded() {
        None => state.up = false,
        Some(loaded) => add_loaded(model, semantics, number, &mut state, loaded)?,
    }
    Ok(state)
}

fn disk_state(model: &mut Model, semantics: Semantics, disk: &TlsConfig) -> Result<NodeState, Error> {
    let nothing = Transports { plain: false, tls: false };
    Ok(NodeState {
        semantics,
        up: true,
        empty: false,
        mutability: Mutability::Changeable,
        role: Role::NonSeed,
        clients: AskedByClients::Nothing,
        serves: Few::NONE,
        identity_on_disk: disk.identity().map(|identity| model.identity(identity)).transpose()?,
        trust_on_disk: model.bundle(disk.trust()),
        known: model.bundle(disk.trust()),
        possibly: Bundle::NOTHING,
        as_client: Bundle::EVERYTHING,
        as_server: Bundle::EVERYTHING,
        auth_on_disk: disk.client_auth().unwrap_or_else(|| semantics.assumed_auth()),
        auth_set: disk.client_auth().unwrap_or_else(|| semantics.client_auth()),
        demands: Demands::default(),
        moved: Moved::default(),
        running: Running { serves: Few::NONE, trusts: Bundle::NOTHING },
        mode_on_disk: disk.mode(),
        inside: Inside::default(),
        dials: nothing,
        accepts: nothing,
        may_accept: nothing,
    })
}

fn add_loaded(
    model: &mut Model,
    semantics: Semantics,
    number: usize,
    state: &mut NodeState,
    loaded: &Loaded,
) -> Result<(), Error> {
    let is_shown = state.shows_identity(Transports::accepted(loaded.mode));
    // A `OneOf` without candidates contradicts itself and counts as unknown.
    if loaded.identity.candidates().is_empty() && is_shown {
        return Err(Error::new(ErrorKind::UnknownServedIdentity(model.name(number).clone())));
    }
    state.running.serves = Few::NONE;
    let serves = loaded.identity.candidates().iter().flatten();
    for identity in serves.filter(|_| is_shown) {
        let identity = model.identity(identity)?;
        state.serves.insert(identity);
        state.running.serves.insert(identity);
    }
    let (certainly, possibly) = loaded_trust(model, &loaded.trust);
    state.running.trusts = certainly;
    state.possibly = model.bundles.unite(state.possibly, possibly);
    state.known = model.bundles.unite(state.known, certainly);
    if loaded.mode.dials() == Transport::Tls {
        state.as_client = model.bundles.intersect(state.as_client, certainly);
    }
    let set = loaded.client_auth.candidates();
    for set in set {
        state.demands.add(Some(set.unwrap_or_else(|| semantics.client_auth())));
    }
    let may_demand = |set: &Option<ClientAuth>| set.unwrap_or_else(|| semantics.assumed_auth()) == ClientAuth::On;
    if set.is_empty() {
        state.demands.add(None);
    }
    if (set.is_empty() || set.iter().any(may_demand)) && loaded.mode.accepts(Transport::Tls)
        || state.is_asked_by_clients()
    {
        state.as_server = model.bundles.intersect(state.as_server, certainly);
    }
    state.dials = state.dials.or(Transports::dialled(loaded.mode));
    state.accepts = state.accepts.and(Transports::accepted(loaded.mode));
    state.may_accept = state.may_accept.or(Transports::accepted(loaded.mode));
    state.disk_may_serve();
    state.disk_may_run(model);
    Ok(())
}

/// The anchors that the loaded truststore certainly and possibly contains.
fn loaded_trust(model: &mut Model, trust: &Known<Trust>) -> (Bundle, Bundle) {
    if trust.candidates().is_empty() {
        return (Bundle::NOTHING, model.everything_met());
    }
    let bundles: Vec<Bundle> = trust.candidates().iter().map(|trust| model.bundle(trust)).collect();
    let certainly = bundles.iter().fold(Bundle::EVERYTHING, |all, bundle| model.bundles.intersect(all, *bundle));
    let possibly = bundles.iter().fold(Bundle::NOTHING, |all, bundle| model.bundles.unite(all, *bundle));
    (if certainly == Bundle::EVERYTHING { Bundle::NOTHING } else { certainly }, possibly)
}
