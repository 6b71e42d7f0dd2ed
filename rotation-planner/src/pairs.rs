//! Counts the pairs of nodes that are or may be cut, without listing them.
//!
//! Nodes that accept with the same bundle are examined together.

use crate::anchor_set::AnchorSet;
use crate::bundle::{Bundle, Lacking, by_bundle};
use crate::few::Few;
use crate::model::Table;
use crate::safety::Relation;
use crate::state::State;
use crate::transports;

/// The pairs of nodes that are or may be cut at the start.
pub(crate) struct CutPairs {
    /// The first client that is or may be cut off from a server, and the first such server.
    pub(crate) first: (usize, usize),
    /// The number of pairs of a client and a server.
    pub(crate) count: usize,
}

impl CutPairs {
    pub(crate) fn of(state: &State) -> Option<Self> {
        let serving = Refused::of(state, Relation::Serving);
        let offering = Refused::of(state, Relation::Offering);
        let transport = Refused::of(state, Relation::Transport);
        let members = state.model.places.members();
        let mut found: Option<Self> = None;
        for client in 0..state.model.len() {
            let servers = serving.shown_to(client);
            let servers =
                [&offering, &transport].iter().fold(servers, |all, refused| refused.add_refusing(client, all));
            let own = &members[state.model.group(client)];
            let over_tls = servers.iter().find(|server| state.model.places.is_tls(client, *server));
            let inside = || own.iter().copied().filter(|server| refuses_inside(state, client, *server));
            if let Some(server) = over_tls.into_iter().chain(inside().next()).min() {
                let found = found.get_or_insert(Self { first: (client, server), count: 0 });
                let counted = servers.len() - own.iter().filter(|node| servers.contains(**node)).count();
                found.count += counted + inside().count();
            }
        }
        found
    }
}

/// Whether `server` may reject the plaintext of `client` inside their data centre or rack.
fn refuses_inside(state: &State, client: usize, server: usize) -> bool {
    let State { model, nodes, .. } = state;
    let accepted = Relation::Transport.accepted(model, &nodes[server]);
    let mut shown = Relation::Transport.shown(model, &nodes[client]).into_iter();
    shown.any(|what| transports::is_inside(what) && !model.bundles.contains(accepted, what))
}

/// For one relation, the nodes that may reject what other nodes may show.
///
/// Pairs that need not talk are included.
struct Refused {
    shown: Table<Few>,
    class_of: Table<usize>,
    classes: Table<Class>,
    /// For each shown anchor or transport, the classes whose bundle lacks it.
    lacking: Lacking,
}

/// Nodes that accept with the same bundle.
#[derive(Default)]
struct Class {
    members: Vec<usize>,
    /// The members as a set, if the class is large.
    member_set: AnchorSet,
    /// The nodes that may show what the members may reject.
    refused: AnchorSet,
}

impl Class {
    fn is_large(&self) -> bool {
        self.members.len() > 64
    }

    fn add_to(&self, mut nodes: AnchorSet) -> AnchorSet {
        // A few members are inserted in place, because a union visits every chunk of the sets.
        if self.is_large() {
            return nodes.or(&self.member_set);
        }
        self.members.iter().for_each(|member| nodes.insert(*member));
        nodes
    }
}

impl Refused {
    fn of(state: &State, relation: Relation) -> Self {
        let nodes = &state.nodes.0;
        // Plaintext inside a data centre or rack is counted by `refuses_inside`.
        let is_counted = |what: &usize| relation != Relation::Transport || !transports::is_inside(*what);
        let shown = |node| relation.shown(&state.model, node).into_iter().filter(is_counted).collect();
        let shown: Table<Few> = nodes.iter().map(shown).collect();
        let mut showing: Table<Few> = Table::default();
        for (node, shown) in shown.0.iter().enumerate() {
            shown.iter().for_each(|what| showing.row(*what).insert(node));
        }
        let is_shown = |(_, nodes): &(usize, &Few)| !nodes.is_empty();
        let all_shown: AnchorSet = showing.0.iter().enumerate().filter(is_shown).map(|(what, _)| what).collect();
        let accepting = nodes.iter().map(|node| relation.accepted(&state.model, node)).enumerate();
        let groups = by_bundle(accepting);
        let lacking = Lacking::of(&state.model.bundles, groups.iter().map(|(bundle, _)| *bundle), &all_shown);
        let mut class_of = Table(vec![0; nodes.len()]);
        for (number, (_, members)) in groups.iter().enumerate() {
            for node in members {
                class_of[*node] = number;
            }
        }
        let class = |(accepted, members): (Bundle, Vec<usize>)| {
            let missing = |bundle| all_shown.beyond(state.model.bundles.set(bundle));
            let missing = Some(accepted).filter(|bundle| *bundle != Bundle::EVERYTHING).into_iter().flat_map(missing);
            let refused = missing.flat_map(|what| showing[what].iter()).copied().collect();
            let mut class = Class { members, refused, ..Class::default() };
            if class.is_large() {
                class.member_set = class.members.iter().copied().collect();
            }
            class
        };
        let classes = groups.into_iter().map(class).collect();
        Self { shown, class_of, classes, lacking }
    }

    fn shown_to(&self, node: usize) -> AnchorSet {
        self.classes[self.class_of[node]].refused.clone()
    }

    /// Adds to `nodes` the nodes that may reject something `node` may show.
    fn add_refusing(&self, node: usize, nodes: AnchorSet) -> AnchorSet {
        let classes = self.shown[node].iter().flat_map(|what| self.lacking.at(*what));
        classes.fold(nodes, |nodes, class| self.classes[class].add_to(nodes))
    }
}
