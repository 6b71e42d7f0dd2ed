//! Numbers for the transports of outbound connections.
//!
//! A node of [`Scope::Dc`](crate::Scope::Dc) or [`Scope::Rack`](crate::Scope::Rack) connects to the nodes of its data
//! centre or rack in plaintext, whatever its mode. Only a node of [`Scope::All`](crate::Scope::All) in the same place may
//! refuse that plaintext. If a place has such a node, the plaintext inside the place has a number of its own, besides
//! plaintext and TLS. All nodes accept that number, except those that may refuse the plaintext.

use crate::anchor_set::AnchorSet;
use crate::bundle::{Bundle, Bundles};
use crate::mode::Transport;
use crate::number_map::NumberMap;
use crate::places::Places;
use crate::state::Transports;

const PLAIN: usize = 0;
const TLS: usize = 1;
/// Plaintext inside a group has this number plus the number of the group.
const INSIDE: usize = 2;

/// One more than the largest number of a transport.
pub(crate) fn count(places: &Places) -> usize {
    INSIDE + places.count()
}

/// What a node shows and accepts of plaintext inside data centres and racks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inside {
    /// The number of the plaintext in the node's own place, if some node may refuse it.
    shown: Option<usize>,
    /// The node's row in [`Accepted`].
    row: usize,
}

impl Inside {
    /// The numbers that a node shows if it may dial these transports.
    pub(crate) fn shown(self, dials: Transports) -> impl Iterator<Item = usize> {
        let number = |transport| match transport {
            Transport::Plaintext => PLAIN,
            Transport::Tls => TLS,
        };
        dials.iter().map(number).chain(self.shown)
    }
}

/// Whether `number` is plaintext inside a data centre or rack.
pub(crate) fn is_inside(number: usize) -> bool {
    number >= INSIDE
}

pub(crate) fn transport(number: usize) -> Transport {
    if number == TLS { Transport::Tls } else { Transport::Plaintext }
}

/// The transports that the nodes of a cluster accept.
#[derive(Clone)]
pub(crate) struct Accepted {
    /// The bundles of accepted numbers: for neither transport, plaintext, TLS, and both.
    ///
    /// The first row is for nodes that never refuse plaintext inside a place. Each other row is for one node that may
    /// refuse it.
    rows: Vec<[Bundle; 4]>,
    /// The rows of the nodes that may refuse plaintext inside a place, by node.
    row_of: NumberMap<usize, usize>,
    /// The numbers of plaintext inside places that some node may refuse.
    inside: AnchorSet,
}

impl Accepted {
    pub(crate) fn of(places: &Places, nodes: usize, bundles: &mut Bundles) -> Self {
        let nodes = if places.is_mixed() { 0..nodes } else { 0..0 };
        let refused_by = |node| -> AnchorSet { places.met_in_plaintext(node).map(|group| INSIDE + group).collect() };
        let refusing: Vec<(usize, AnchorSet)> = nodes
            .map(|node| (node, refused_by(node)))
            .filter(|(_, refused)| *refused != AnchorSet::default())
            .collect();
        let inside = refusing.iter().fold(AnchorSet::default(), |all, (_, refused)| all.or(refused));
        let mut row = |refused: &AnchorSet| {
            let all = inside.clone();
            let columns = [
                (&[][..], inside.without(refused)),
                (&[PLAIN], all.clone()),
                (&[TLS], inside.without(refused)),
                (&[PLAIN, TLS], all),
            ];
            columns.map(|(by_mode, inside)| bundles.intern(by_mode.iter().copied().collect::<AnchorSet>().or(&inside)))
        };
        let first = row(&AnchorSet::default());
        let row_of = refusing.iter().map(|(node, _)| *node).zip(1..).collect();
        let rows = std::iter::once(first).chain(refusing.iter().map(|(_, refused)| row(refused))).collect();
        Self { rows, row_of, inside }
    }

    pub(crate) fn inside(&self, places: &Places, node: usize) -> Inside {
        let shown = Some(INSIDE + places.group(node)).filter(|number| self.inside.contains(*number));
        Inside { shown, row: self.row_of.get(&node).copied().unwrap_or_default() }
    }

    /// The numbers that a node accepts, if all of its processes accept the transports `accepts`.
    pub(crate) fn accepted(&self, inside: Inside, accepts: Transports) -> Bundle {
        let [plain, tls] =
            [Transport::Plaintext, Transport::Tls].map(|transport| usize::from(accepts.contains(transport)));
        let row = self.rows.get(inside.row).and_then(|row| row.get(plain + 2 * tls));
        row.copied().unwrap_or(Bundle::NOTHING)
    }

    pub(crate) fn numbers(&self) -> AnchorSet {
        [PLAIN, TLS].into_iter().collect::<AnchorSet>().or(&self.inside)
    }
}
