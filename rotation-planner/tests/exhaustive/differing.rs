//! Nodes that read their stores in different ways, and clients.
//!
//! A search covers every safe state of small clusters, with a table of readings for each node. The search shares no
//! code with the planner or with the search of `space`, which has one way of reading for all nodes.
//!
//! The search keeps, for each of four uses (the identity that a process serves, the one that it offers, its trust in servers, its
//! trust in clients), the set of values that it may have read, because a crash or a reload may come after any step. A use that
//! opens the file at each handshake has the value on disk.

use std::collections::HashMap;

use rotation_planner::{
    Action, Activation, AnchorId, ClientAuth, Cluster, Goal as Wanted, Identity, InternodeMode, Known, Mutability,
    Observed, Optimality, Plan, Preference, Reading, Readings, Role, Scope, Semantics, Staging, Step, TlsConfig, Trust,
    plan,
};

use crate::orders::moves;
use crate::space::{Goal, RESTART};

/// When a process reads a file for one of its uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Take {
    Start,
    Reload,
    Handshake,
}

/// A kind of node, as given to the planner and as the search models it.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    /// The semantics for the planner. `None`: made from the fields below.
    semantics: Option<fn() -> Semantics>,
    serves: Take,
    offers: Take,
    trusts_clients: Take,
    trusts_servers: Take,
    demands: bool,
}

use Take::{Handshake, Reload, Start};

const CONSERVATIVE: Kind = Kind {
    name: "conservative",
    semantics: Some(|| Semantics::conservative(ClientAuth::Off)),
    serves: Start,
    offers: Start,
    trusts_clients: Start,
    trusts_servers: Start,
    demands: true,
};

const V3: Kind = Kind {
    name: "3.11",
    semantics: Some(|| release(3, 11, 19, ClientAuth::Off)),
    offers: Handshake,
    trusts_servers: Handshake,
    demands: false,
    ..CONSERVATIVE
};

const V3_AUTH: Kind =
    Kind { name: "3.11, client auth", semantics: Some(|| release(3, 11, 19, ClientAuth::On)), demands: true, ..V3 };

const V4: Kind = Kind {
    name: "4.0",
    semantics: Some(|| release(4, 0, 17, ClientAuth::Off)),
    serves: Reload,
    offers: Reload,
    trusts_clients: Reload,
    trusts_servers: Reload,
    demands: false,
};

const V5_AUTH: Kind =
    Kind { name: "5.0, client auth", semantics: Some(|| release(5, 0, 6, ClientAuth::On)), demands: true, ..V4 };

/// etcd: identities at each handshake, trust at start.
const ETCD: Kind = product("identity at each handshake", [Handshake, Handshake], [Start, Start]);

/// The opposite of etcd: identities at start, trust at each handshake.
const TRUST_AT_HANDSHAKE: Kind = product("trust at each handshake", [Start, Start], [Handshake, Handshake]);

const ALL_AT_HANDSHAKE: Kind = product("all at each handshake", [Handshake, Handshake], [Handshake, Handshake]);

/// A server that reloads the stores of its listener but not those of its outbound connections.
const LISTENER_RELOADS: Kind = product("listener reloads", [Reload, Start], [Reload, Start]);

/// Identities are read at a reload, trust at each handshake.
const IDENTITY_RELOADS: Kind =
    product("identity reloads, trust at each handshake", [Reload, Reload], [Handshake, Handshake]);

/// A product that demands certificates. The planner gets the same table as the search.
const fn product(name: &'static str, [serves, offers]: [Take; 2], [trusts_clients, trusts_servers]: [Take; 2]) -> Kind {
    Kind { name, semantics: None, serves, offers, trusts_clients, trusts_servers, demands: true }
}

fn release(major: u32, minor: u32, patch: u32, client_auth: ClientAuth) -> Semantics {
    Semantics::cassandra(major, minor, patch, client_auth).unwrap().with_staging(Staging::IN_PLACE)
}

impl Kind {
    fn semantics(self) -> Semantics {
        self.semantics.map_or_else(|| self.table(), |semantics| semantics())
    }

    fn table(self) -> Semantics {
        let reading = |take| match take {
            Start => Reading::AtStart,
            Reload => Reading::AtReload,
            Handshake => Reading::AtHandshake,
        };
        let mut readings = Readings::all(reading(self.serves));
        readings.identity_as_client = reading(self.offers);
        readings.trust_as_server = reading(self.trusts_clients);
        readings.trust_as_client = reading(self.trusts_servers);
        Semantics::new(readings, ClientAuth::On)
    }
}

/// A member of the cluster.
#[derive(Clone, Copy)]
enum Member {
    Node(Kind),
    /// Dials every node with the stores that it read at start, and is not dialled.
    Client(Shows),
    /// The same, but it cannot be changed.
    Fixed(Trusts),
}

/// The identity that a client shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    Nothing,
    /// An identity that it keeps.
    Same,
    /// An identity that is rotated with those of the nodes.
    New,
}

/// The anchors that an unchangeable client trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trusts {
    Old,
    Both,
}

use Member::{Client, Fixed, Node};

impl Member {
    fn kind(self) -> Kind {
        match self {
            Node(kind) => kind,
            Client(_) | Fixed(_) => CONSERVATIVE,
        }
    }

    fn name(self) -> String {
        match self {
            Node(kind) => kind.name.to_owned(),
            Client(shows) => format!("client that shows {shows:?}"),
            Fixed(trusts) => format!("client that trusts {trusts:?} and stays"),
        }
    }

    fn is_client(self) -> bool {
        !matches!(self, Node(_))
    }

    fn is_fixed(self) -> bool {
        matches!(self, Fixed(_))
    }

    fn has_identity(self) -> bool {
        !matches!(self, Fixed(_) | Client(Shows::Nothing))
    }

    fn rotates(self) -> bool {
        matches!(self, Node(_) | Client(Shows::New))
    }
}

/// A set of anchors as bits: bit `2 * member` is a member's old one, bit `2 * member + 1` its new one.
type Anchors = u16;

/// The stores on a member's disk, and what its process may have read. Identities are represented by their anchors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Stores {
    /// 0: none.
    identity: Anchors,
    trust: Anchors,
    /// The identities that some process may serve, and those that it may offer.
    serves: Anchors,
    offers: Anchors,
    /// The anchors that every process trusts in servers, and in clients.
    servers: Anchors,
    clients: Anchors,
    /// The anchors that some process may trust in servers, and in clients.
    maybe_servers: Anchors,
    maybe_clients: Anchors,
}

impl Stores {
    fn settled(identity: Anchors, trust: Anchors) -> Self {
        Self {
            identity,
            trust,
            serves: identity,
            offers: identity,
            servers: trust,
            clients: trust,
            maybe_servers: trust,
            maybe_clients: trust,
        }
    }

    /// The state after files were written. Uses that read at each handshake have them, others may have them.
    fn written(mut self, kind: Kind) -> Self {
        let identity = |before: Anchors, take| if take == Handshake { self.identity } else { before | self.identity };
        (self.serves, self.offers) = (identity(self.serves, kind.serves), identity(self.offers, kind.offers));
        let sure = |before: Anchors, take| if take == Handshake { self.trust } else { before & self.trust };
        let maybe = |before: Anchors, take| if take == Handshake { self.trust } else { before | self.trust };
        self.maybe_servers = maybe(self.maybe_servers, kind.trusts_servers);
        self.maybe_clients = maybe(self.maybe_clients, kind.trusts_clients);
        self.servers = sure(self.servers, kind.trusts_servers);
        self.clients = sure(self.clients, kind.trusts_clients);
        self
    }

    fn reloaded(mut self, kind: Kind) -> Self {
        if kind.serves == Reload {
            self.serves = self.identity;
        }
        if kind.offers == Reload {
            self.offers = self.identity;
        }
        if kind.trusts_servers == Reload {
            (self.servers, self.maybe_servers) = (self.trust, self.trust);
        }
        if kind.trusts_clients == Reload {
            (self.clients, self.maybe_clients) = (self.trust, self.trust);
        }
        self
    }

    fn restarted(self) -> Self {
        Self::settled(self.identity, self.trust)
    }
}

type State = Vec<Stores>;

struct Search {
    members: Vec<Member>,
    /// Whether each member gets a new identity.
    rotates: Vec<bool>,
    places: Vec<Place>,
}

/// The scope of a member, and its data centre.
pub(crate) type Place = (Scope, &'static str);

impl Search {
    fn new(members: &[Member], places: Option<&[Place]>) -> Self {
        let rotates = members.iter().map(|member| member.rotates()).collect();
        let apart = vec![(Scope::All, "dc"); members.len()];
        Self { members: members.to_vec(), rotates, places: places.map_or(apart, <[Place]>::to_vec) }
    }

    /// Whether one member connects to another over TLS: the one that connects decides.
    fn is_tls(&self, client: usize, server: usize) -> bool {
        let ((scope, own), (_, other)) = (self.places[client], self.places[server]);
        scope == Scope::All || own != other
    }

    /// Whether a member must accept the plaintext of another.
    fn meets_plaintext(&self, server: usize) -> bool {
        (0..self.len()).any(|client| client != server && !self.is_tls(client, server))
    }

    fn len(&self) -> usize {
        self.members.len()
    }

    fn target(&self, member: usize) -> Anchors {
        match (self.members[member].has_identity(), self.rotates[member]) {
            (false, _) => 0,
            (true, rotates) => 1 << (2 * member + usize::from(rotates)),
        }
    }

    fn old(&self, member: usize) -> Anchors {
        if self.members[member].has_identity() { 1 << (2 * member) } else { 0 }
    }

    fn dropped(&self) -> Anchors {
        (0..self.len()).filter(|member| self.rotates[*member]).map(|member| self.old(member)).sum()
    }

    /// Every member uses its old identity and trusts those of the others.
    ///
    /// A client with `Trusts::Both` trusts the new ones, too.
    fn clean(&self) -> State {
        let olds: Anchors = (0..self.len()).map(|member| self.old(member)).sum();
        let news: Anchors = (0..self.len()).map(|member| self.target(member)).sum();
        let trust = |member: usize| match self.members[member] {
            Fixed(Trusts::Both) => olds | news,
            _ => olds,
        };
        (0..self.len()).map(|member| Stores::settled(self.old(member), trust(member) & !self.own(member))).collect()
    }

    /// The anchors that a member need not trust: its own and, for a client, those of other clients.
    fn own(&self, member: usize) -> Anchors {
        let is_unseen =
            |other: &usize| *other == member || self.members[*other].is_client() && self.members[member].is_client();
        (0..self.len()).filter(is_unseen).map(|other| 0b11 << (2 * other)).sum()
    }

    fn offered_by_clients(&self) -> bool {
        self.members.iter().any(|member| member.is_client() && member.has_identity())
    }

    fn verifies_clients(&self, member: usize) -> bool {
        !self.members[member].is_client() && (self.members[member].kind().demands || self.offered_by_clients())
    }

    /// Normalizes parts of the state that have no effect, so that fewer states differ.
    fn normal(&self, member: usize, mut stores: Stores) -> Stores {
        if !self.verifies_clients(member) {
            (stores.clients, stores.maybe_clients) = (stores.trust, stores.trust);
        }
        if self.members[member].is_client() {
            stores.serves = stores.identity;
        }
        stores
    }

    /// Whether this state can be described to the planner exactly.
    ///
    /// An observation says what a process may have read, but not for which use.
    fn is_tellable(&self, state: &State) -> bool {
        state.iter().zip(&self.members).enumerate().all(|(number, (stores, member))| {
            let (kind, clients) = (member.kind(), self.verifies_clients(number));
            let identity = |take, shown| take == Handshake || shown == stores.serves | stores.offers;
            let trust = |take, surely: Anchors, maybe: Anchors| {
                take == Handshake
                    || surely == stores.servers & stores.clients && maybe == stores.maybe_servers | stores.maybe_clients
            };
            let is_dialled = !member.is_client();
            (!is_dialled || identity(kind.serves, stores.serves))
                && identity(kind.offers, stores.offers)
                && trust(kind.trusts_servers, stores.servers, stores.maybe_servers)
                && (!clients || trust(kind.trusts_clients, stores.clients, stores.maybe_clients))
        })
    }

    fn is_safe(&self, state: &State) -> bool {
        let pairs = (0..self.len()).flat_map(|a| (0..self.len()).map(move |b| (a, b)));
        let is_connected = |(a, b): &(usize, usize)| a != b && !self.members[*b].is_client() && self.is_tls(*a, *b);
        pairs.filter(is_connected).all(|(client, server)| {
            let (dials, serves) = (&state[client], &state[server]);
            // A client shows an identity only if the server demands one.
            let demands = self.members[server].kind().demands || self.members[client].is_client();
            serves.serves & !dials.servers == 0 && (!demands || dials.offers & !serves.clients == 0)
        })
    }

    fn is_goal(&self, state: &State, goal: Goal) -> bool {
        (0..self.len()).all(|member| {
            let stores = &state[member];
            let (target, is_client) = (self.target(member), self.members[member].is_client());
            let is_served = is_client || stores.serves == target;
            // The process must have read the file even if no peer demands its identity.
            let uses = stores.identity == target && is_served && stores.offers == target;
            let verifies_clients = self.verifies_clients(member);
            let trusts = stores.trust | stores.maybe_servers | if verifies_clients { stores.maybe_clients } else { 0 };
            uses && (goal == Goal::Switch || self.members[member].is_fixed() || trusts & self.dropped() == 0)
        })
    }

    /// The states that one step leads to, each with the cost of the step.
    fn moves(&self, state: &State) -> Vec<(State, u16)> {
        let mut moves = Vec::new();
        for member in (0..self.len()).filter(|member| !self.members[*member].is_fixed()) {
            let kind = self.members[member].kind();
            let mut add = |stores: Stores, cost| {
                let mut next = state.clone();
                next[member] = self.normal(member, stores);
                if next != *state && self.is_safe(&next) {
                    moves.push((next, cost));
                }
            };
            let stores = state[member];
            for other in (0..self.len()).filter(|other| 0b11 << (2 * other) & self.own(member) == 0) {
                for anchor in [self.old(other), if self.rotates[other] { self.target(other) } else { 0 }] {
                    add(Stores { trust: stores.trust ^ anchor, ..stores }.written(kind), 0);
                }
            }
            for identity in [self.old(member), self.target(member)] {
                add(Stores { identity, ..stores }.written(kind), 0);
            }
            add(stores.restarted(), RESTART);
            add(stores.reloaded(kind), 1);
        }
        moves
    }
}

/// Every reachable safe state, with its moves.
struct Space {
    states: Vec<State>,
    moves: Vec<Vec<(usize, u16)>>,
}

impl Space {
    fn of(search: &Search) -> Self {
        let mut space = Self { states: vec![search.clean()], moves: Vec::new() };
        let mut numbers = HashMap::from([(search.clean(), 0)]);
        while space.moves.len() < space.states.len() {
            let found = search.moves(&space.states[space.moves.len()]);
            let number = |(state, cost): (State, u16)| {
                let next = space.states.len();
                let number = *numbers.entry(state.clone()).or_insert(next);
                if number == next {
                    space.states.push(state);
                }
                (number, cost)
            };
            let moves = found.into_iter().map(number).collect();
            space.moves.push(moves);
        }
        space
    }

    /// The least cost from each state to the goal. Costs are lowered along every move until nothing changes.
    fn costs(&self, is_goal: impl Fn(&State) -> bool, price: impl Fn(u16) -> u16) -> Vec<u16> {
        let mut costs: Vec<u16> = self.states.iter().map(|state| if is_goal(state) { 0 } else { u16::MAX }).collect();
        let mut changed = true;
        while changed {
            changed = false;
            for (state, moves) in self.moves.iter().enumerate().rev() {
                let best = moves.iter().map(|(next, cost)| costs[*next].saturating_add(price(*cost))).min();
                if let Some(best) = best.filter(|best| *best < costs[state]) {
                    costs[state] = best;
                    changed = true;
                }
            }
        }
        costs
    }
}

fn anchor(number: u32) -> AnchorId {
    AnchorId::from(format!("anchor{number}"))
}

fn trust(anchors: Anchors) -> Trust {
    (0..Anchors::BITS).filter(|number| anchors >> number & 1 == 1).map(anchor).collect()
}

fn identity(anchors: Anchors) -> Identity {
    let number = anchors.trailing_zeros();
    Identity::new(format!("identity{number}"), anchor(number))
}

fn bits(trust: &Trust) -> Anchors {
    trust.iter().map(|anchor| 1 << number(anchor)).sum()
}

fn number(anchor: &AnchorId) -> u32 {
    anchor.as_str().strip_prefix("anchor").unwrap().parse().unwrap()
}

fn name(member: usize) -> String {
    format!("node{member}")
}

impl Search {
    /// The state as a cluster for the planner. Values that are not certain are given as one of several.
    fn cluster(&self, state: &State) -> Cluster {
        let mut cluster = Cluster::new(Scope::All, Semantics::conservative(ClientAuth::Off));
        for (member, stores) in state.iter().enumerate() {
            let config = |identity_: Anchors, anchors| match identity_ {
                0 => TlsConfig::client(trust(anchors)),
                _ if self.meets_plaintext(member) => {
                    TlsConfig::tls(identity(identity_), trust(anchors)).with_mode(InternodeMode::TlsAcceptingPlaintext)
                }
                _ => TlsConfig::tls(identity(identity_), trust(anchors)),
            };
            let disk = config(stores.identity, stores.trust);
            let mut loaded = rotation_planner::Loaded::from(disk.clone());
            let may_show = stores.serves | stores.offers;
            let each = (0..Anchors::BITS).map(|bit| may_show & 1 << bit).filter(|bit| *bit != 0);
            let shown: Vec<_> = each.map(|bit| Some(identity(bit))).collect();
            if shown.len() > 1 {
                loaded.identity = Known::OneOf(shown);
            }
            let (surely, maybe) = (stores.servers & stores.clients, stores.maybe_servers | stores.maybe_clients);
            if surely != maybe {
                loaded.trust = Known::OneOf(vec![trust(surely), trust(maybe)]);
            }
            let observed = Observed::running(loaded, disk);
            let (scope, dc) = self.places[member];
            cluster.add_node(name(member), dc, "r1", observed).unwrap();
            cluster.set_scope(name(member), scope).unwrap();
            match self.members[member] {
                Node(kind) => _ = cluster.set_semantics(name(member), kind.semantics()).unwrap(),
                Client(_) => _ = cluster.set_role(name(member), Role::Client).unwrap(),
                Fixed(_) => {
                    cluster.set_role(name(member), Role::Client).unwrap();
                    cluster.set_mutability(name(member), Mutability::Frozen).unwrap();
                }
            }
        }
        cluster
    }

    fn wanted(&self, goal: Goal) -> Wanted {
        let rotating = (0..self.len()).filter(|member| self.rotates[*member]);
        let wanted = Wanted::rotate(rotating.map(|member| (name(member), identity(self.target(member)))));
        if goal == Goal::Drop { wanted.dropping(trust(self.dropped())) } else { wanted }
    }

    fn after(&self, state: &State, step: &Step) -> State {
        let member: usize = step.node().as_str().strip_prefix("node").unwrap().parse().unwrap();
        assert!(!self.members[member].is_fixed(), "{step}");
        let (kind, stores) = (self.members[member].kind(), state[member]);
        let mut next = state.clone();
        let stores = match step.action() {
            Action::StageTrust(trust) => Stores { trust: bits(trust), ..stores }.written(kind),
            Action::StageIdentity(identity) => {
                Stores { identity: 1 << number(identity.anchor()), ..stores }.written(kind)
            }
            Action::Activate(Activation::Restart) => stores.restarted(),
            Action::Activate(Activation::Reload) => stores.reloaded(kind),
            other => panic!("a rotation does not {other}"),
        };
        next[member] = self.normal(member, stores);
        next
    }

    /// Whether `plan` is safe after every step, in every order within a wave, whatever crashes and reloads happen, and reaches
    /// the goal.
    fn carries_out(&self, state: &State, plan: &Plan, goal: Goal) -> bool {
        let mut now = state.clone();
        for wave in plan.waves() {
            for (_, after) in moves(&now, wave, |state, step| *state = self.after(state, step)) {
                if !self.is_safe(&after) {
                    return false;
                }
                now = after;
            }
        }
        self.is_goal(&now, goal)
    }
}

/// The results of planning from the states of one or more clusters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    states: usize,
    /// Plans that claim the least cost, and have it.
    minimal: usize,
    /// Plans that claim to be within some activations of the least, and are.
    within: usize,
    /// Of these, the plans that have the least cost.
    least: usize,
    /// Refusals, from states from which the search finds no way either.
    refused: usize,
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, one| Self {
            states: sum.states + one.states,
            minimal: sum.minimal + one.minimal,
            within: sum.within + one.within,
            least: sum.least + one.least,
            refused: sum.refused + one.refused,
        })
    }
}

/// Plans from each state of these members, or from a sample of at most `at_most` states.
fn judge(members: &[Member], places: Option<&[Place]>, goal: Goal, at_most: usize) -> Counts {
    let search = Search::new(members, places);
    let space = Space::of(&search);
    let is_goal = |state: &State| search.is_goal(state, goal);
    let costs = space.costs(is_goal, |cost| cost);
    let activations = space.costs(is_goal, |cost| cost.min(1));
    let starts: Vec<usize> =
        (0..space.states.len()).filter(|number| search.is_tellable(&space.states[*number])).collect();
    let mut counts = Counts { states: starts.len(), ..Counts::default() };
    for number in starts.iter().copied().step_by(starts.len().div_ceil(at_most)) {
        let state = &space.states[number];
        let cluster = search.cluster(state);
        let told = || format!("{:?}: {state:?}\n{cluster:?}", search.names());
        let found = match plan(&cluster, &search.wanted(goal), &Preference::default()) {
            Ok(found) => found,
            Err(refusal) => {
                assert_eq!(costs[number], u16::MAX, "{refusal}: {}", told());
                let witness = refusal.witness().unwrap();
                assert!(search.is_fixed(witness.client.as_str()), "{refusal}: {}", told());
                counts.refused += 1;
                continue;
            }
        };
        assert!(search.carries_out(state, &found, goal), "{}\n{found}", told());
        let (cost, least) = (found.cost(), usize::from(costs[number]));
        let planned = cost.restarts * usize::from(RESTART) + cost.reloads;
        match found.optimality() {
            Optimality::Minimum => {
                assert_eq!(planned, least, "{}\n{found}", told());
                counts.minimal += 1;
            }
            Optimality::Within(gap) => {
                let fewest = usize::from(activations[number]);
                assert!(cost.restarts + cost.reloads <= fewest + gap, "{fewest}: {}\n{found}", told());
                counts.within += 1;
                counts.least += usize::from(planned == least);
            }
            other => panic!("{other:?}"),
        }
    }
    counts
}

impl Search {
    fn names(&self) -> Vec<String> {
        self.members.iter().map(|member| member.name()).collect()
    }

    fn is_fixed(&self, node: &str) -> bool {
        (0..self.len()).any(|member| name(member) == node && self.members[member].is_fixed())
    }
}

const KINDS: [Kind; 10] = [
    CONSERVATIVE,
    V3,
    V3_AUTH,
    V4,
    V5_AUTH,
    ETCD,
    TRUST_AT_HANDSHAKE,
    ALL_AT_HANDSHAKE,
    LISTENER_RELOADS,
    IDENTITY_RELOADS,
];

const CLIENTS: [Member; 5] =
    [Client(Shows::Nothing), Client(Shows::Same), Client(Shows::New), Fixed(Trusts::Old), Fixed(Trusts::Both)];

/// Judges each of these clusters for both goals, and returns the sums.
fn judge_all(clusters: impl Iterator<Item = Vec<Member>>, at_most: usize) -> [Counts; 2] {
    judge_in(None, clusters, at_most)
}

fn judge_in(places: Option<&[Place]>, clusters: impl Iterator<Item = Vec<Member>>, at_most: usize) -> [Counts; 2] {
    let clusters: Vec<Vec<Member>> = clusters.collect();
    [Goal::Switch, Goal::Drop].map(|goal| {
        let judged = clusters.iter().map(|members| {
            let counts = judge(members, places, goal, if cfg!(debug_assertions) { 20 } else { at_most });
            println!("{:?}, {places:?}, {goal:?}: {counts:?}", Search::new(members, places).names());
            counts
        });
        judged.sum()
    })
}

/// For the goals `Switch` and `Drop`: states, minimal, within, of these least, refused. Compared in a release build only.
type Pins = [[usize; 5]; 2];

fn assert_pinned(counts: [Counts; 2], pins: Pins) {
    let counted = counts.map(|of| [of.states, of.minimal, of.within, of.least, of.refused]);
    println!("{counted:?}");
    assert!(cfg!(debug_assertions) || counted == pins);
}

fn two_kinds() -> impl Iterator<Item = (Kind, Kind)> {
    KINDS.into_iter().enumerate().flat_map(|(first, one)| KINDS.into_iter().skip(first).map(move |other| (one, other)))
}

#[test]
fn every_two_ways_of_reading_in_one_cluster() {
    let counts = judge_all(two_kinds().map(|(one, other)| vec![Node(one), Node(other)]), usize::MAX);
    assert_pinned(counts, [[3_560, 3_506, 54, 36, 0], [3_560, 3_344, 216, 198, 0]]);
}

/// Ignored in a debug build, which would take too long.
#[test]
#[cfg_attr(debug_assertions, ignore = "large spaces")]
fn three_nodes_of_two_ways_of_reading() {
    let mixed =
        [(V3_AUTH, V4), (V4, V3_AUTH), (CONSERVATIVE, V5_AUTH), (ETCD, V5_AUTH), (V5_AUTH, ETCD), (V4, V5_AUTH)];
    let counts = judge_all(mixed.into_iter().map(|(one, two)| vec![Node(one), Node(two), Node(two)]), 20_000);
    assert_pinned(counts, [[229_024, 100_868, 13_644, 9_208, 0], [229_024, 90_236, 24_276, 23_007, 0]]);
}

#[test]
fn one_node_and_a_client() {
    let clusters = KINDS.into_iter().flat_map(|kind| CLIENTS.map(|client| vec![Node(kind), client]));
    let counts = judge_all(clusters, usize::MAX);
    assert_pinned(counts, [[1_086, 962, 114, 75, 10], [1_086, 803, 273, 216, 10]]);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "large spaces")]
fn two_nodes_and_a_client() {
    let kinds =
        [(CONSERVATIVE, CONSERVATIVE), (V3_AUTH, V3_AUTH), (V4, V4), (V5_AUTH, V5_AUTH), (ETCD, ETCD), (V3_AUTH, V4)];
    let clusters =
        kinds.into_iter().flat_map(|(one, other)| CLIENTS.map(|client| vec![Node(one), Node(other), client]));
    let counts = judge_all(clusters, 20_000);
    assert_pinned(counts, [[245_604, 113_265, 16_575, 8_584, 96], [245_604, 86_893, 42_947, 39_723, 96]]);
}

fn same_kinds() -> impl Iterator<Item = Vec<Member>> {
    [CONSERVATIVE, V4, V5_AUTH].into_iter().map(|kind| vec![Node(kind), Node(kind)])
}

/// The two connect over TLS in both directions, so their scopes make no difference.
#[test]
fn two_scopes_in_two_data_centres_are_as_one() {
    let apart = judge_in(None, same_kinds(), usize::MAX);
    for scopes in [[Scope::Dc, Scope::All], [Scope::Rack, Scope::Dc]] {
        let places = [(scopes[0], "dc1"), (scopes[1], "dc2")];
        assert_eq!(judge_in(Some(&places), same_kinds(), usize::MAX), apart);
    }
}

/// One connects over TLS, the other in plaintext.
#[test]
fn two_scopes_in_one_data_centre() {
    let places = [(Scope::All, "dc1"), (Scope::Dc, "dc1")];
    let counts = judge_in(Some(&places), same_kinds(), usize::MAX);
    assert_pinned(counts, [[840, 726, 114, 114, 0], [840, 420, 420, 312, 0]]);
}

/// A third node, in another data centre, connects to both over TLS.
#[test]
#[cfg_attr(debug_assertions, ignore = "large spaces")]
fn three_nodes_of_two_scopes() {
    let three = |kind| vec![Node(kind), Node(kind), Node(kind)];
    let places = [(Scope::All, "dc1"), (Scope::Dc, "dc1"), (Scope::Dc, "dc2")];
    let counts = judge_in(Some(&places), [V4, V5_AUTH].into_iter().map(three), 20_000);
    assert_pinned(counts, [[224_264, 10_331, 27_817, 27_455, 0], [224_264, 6_759, 31_389, 29_789, 0]]);
}
