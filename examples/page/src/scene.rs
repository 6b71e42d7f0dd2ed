//! One moment of a cluster: the state of each unit, and each cell as the checker judges it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::Context as _;
use rotation_planner::{Cluster, Identity, Judgement, Known, Node, NodeName, Transport, Trust, When, Witness};

use crate::data::{self, Cells, Disk, Rack, Runs, State, Sure, Why};
use crate::shown;
use crate::table::Table;
use crate::units::{Kind, Unit, Units};

/// The verdict on the connections from a client's unit to a server's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Client and server are the same node.
    Itself,
    /// No pair needs a connection over TLS.
    NotRequired,
    /// On at least one side, no node is running.
    Down,
    /// Every required connection between running nodes works, even if nodes crash.
    Works,
    /// A connection is cut after a restart or reload, or perhaps already.
    AtRisk,
    /// A connection is cut.
    Cut,
}

impl Verdict {
    pub(crate) fn sign(self) -> char {
        match self {
            Self::Itself => '.',
            Self::NotRequired => '-',
            Self::Down => 'd',
            Self::Works => '=',
            Self::AtRisk => '!',
            Self::Cut => 'x',
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Itself => "itself",
            Self::NotRequired => "not required",
            Self::Down => "down",
            Self::Works => "works",
            Self::AtRisk => "at risk",
            Self::Cut => "cut",
        }
    }

    fn of(witness: &Witness) -> Self {
        if witness.when == When::Now { Self::Cut } else { Self::AtRisk }
    }
}

/// The maximum number of witnesses that the page shows for one cell.
///
/// A cell of racks can have thousands.
const WITNESSES: usize = 12;

#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) identities: Table<Identity>,
    pub(crate) trusts: Table<Trust>,
    pub(crate) states: Table<State>,
    pub(crate) cells: Table<Cells>,
    pub(crate) texts: Table<String>,
    /// The identities that the plan introduces.
    pub(crate) new: BTreeSet<Identity>,
}

impl Names {
    fn text(&mut self, text: &impl ToString) -> usize {
        self.texts.number(shown(&text.to_string()).into_owned())
    }

    fn identity(&mut self, identity: &Identity) -> usize {
        self.identities.number(identity.clone())
    }

    fn trust(&mut self, trust: &Trust) -> usize {
        self.trusts.number(trust.clone())
    }

    /// Stores a unit's state in the table, and returns its number.
    pub(crate) fn state(
        &mut self,
        unit: &Unit,
        kind: Kind,
        judgement: &Judgement<'_>,
        cluster: &Cluster,
    ) -> anyhow::Result<usize> {
        let state = match (kind, unit.nodes.as_slice()) {
            (Kind::Node, [name]) => State::Node(Box::new(self.node(name, named(cluster, name)?, judgement))),
            (_, names) => {
                let mut rack = Rack::default();
                for name in names {
                    self.count(&mut rack, named(cluster, name)?);
                }
                State::Rack(rack)
            }
        };
        Ok(self.states.number(state))
    }

    fn node(&mut self, name: &NodeName, node: &Node, judgement: &Judgement<'_>) -> data::Node {
        let observed = node.observed();
        let runs = observed.loaded().map(|loaded| Runs {
            serves: loaded.identity.candidates().iter().map(|one| one.as_ref().map(|one| self.identity(one))).collect(),
            trusts: loaded.trust.candidates().iter().map(|trust| self.trust(trust)).collect(),
            mode: self.text(&loaded.mode),
        });
        let disk = Disk {
            serves: observed.disk().identity().map(|identity| self.identity(identity)),
            trusts: self.trust(observed.disk().trust()),
            mode: self.text(&observed.disk().mode()),
        };
        let sure = judgement.facts(name).map(|facts| Sure {
            dials: self.transports(&facts.dials),
            accepts: self.transports(&facts.accepts),
            serves: facts.serves.iter().map(|identity| self.identity(identity)).collect(),
            offers: facts.offers.iter().map(|identity| self.identity(identity)).collect(),
            trusts_servers: facts.trusts_servers.as_ref().map(|trust| self.trust(trust)),
            trusts_clients: facts.trusts_clients.as_ref().map(|trust| self.trust(trust)),
        });
        data::Node { runs, disk, sure }
    }

    fn transports(&mut self, transports: &[Transport]) -> Vec<usize> {
        transports.iter().map(|transport| self.text(transport)).collect()
    }

    fn count(&mut self, rack: &mut Rack, node: &Node) {
        let observed = node.observed();
        let is_new = |identity: Option<&Identity>| identity.is_some_and(|identity| self.new.contains(identity));
        let (now, then) = (is_new(observed.serves()), is_new(observed.disk().identity()));
        rack.nodes += 1;
        rack.new += usize::from(now);
        rack.new_after_crash += usize::from(then && !now);
        *rack.trusts.entry(self.trust(observed.disk().trust())).or_default() += 1;
        if let Some(loaded) = observed.loaded() {
            rack.running += 1;
            *rack.modes.entry(self.text(&loaded.mode)).or_default() += 1;
        }
    }

    /// Stores the cells of a cluster in the table, and returns their number.
    pub(crate) fn cells(&mut self, units: &Units, cluster: &Cluster, broken: &[Witness]) -> anyhow::Result<usize> {
        let mut why: BTreeMap<usize, Vec<Why>> = BTreeMap::new();
        for witness in broken {
            let reasons = why.entry(units.cell_of(witness)?).or_default();
            if reasons.len() < WITNESSES {
                let Witness { client, server, shown, when, rule, .. } = witness;
                reasons.push(Why([
                    self.text(client),
                    self.text(server),
                    self.text(shown),
                    self.text(when),
                    self.text(rule),
                ]));
            }
        }
        let signs = runs(&verdicts(units, cluster, broken)?);
        Ok(self.cells.number(Cells { signs, why, cut: connections(broken) }))
    }
}

fn named<'a>(cluster: &'a Cluster, name: &NodeName) -> anyhow::Result<&'a Node> {
    cluster.get(name).with_context(|| format!("{name} is not in the cluster"))
}

/// The number of connections that are or may be cut.
///
/// A connection with several witnesses counts once.
pub(crate) fn connections(broken: &[Witness]) -> usize {
    broken.iter().map(|witness| (&witness.client, &witness.server)).collect::<BTreeSet<_>>().len()
}

pub(crate) fn verdicts(units: &Units, cluster: &Cluster, broken: &[Witness]) -> anyhow::Result<Vec<Verdict>> {
    let mut verdicts = untouched(units, cluster);
    for witness in broken {
        let verdict = verdicts.get_mut(units.cell_of(witness)?).context("a connection that is cut has no cell")?;
        *verdict = (*verdict).max(Verdict::of(witness));
    }
    Ok(verdicts)
}

/// The verdicts if no connection were cut.
fn untouched(units: &Units, cluster: &Cluster) -> Vec<Verdict> {
    let is_up = |node: &NodeName| cluster.get(node).is_some_and(|node| node.observed().loaded().is_some());
    let up: Vec<bool> = units.list.iter().map(|unit| unit.nodes.iter().any(is_up)).collect();
    let cell = |(client, client_up): (usize, &bool), (server, server_up): (usize, &bool)| {
        if !units.talk(client, server) {
            if client == server && units.kind == Kind::Node { Verdict::Itself } else { Verdict::NotRequired }
        } else if *client_up && *server_up {
            Verdict::Works
        } else {
            Verdict::Down
        }
    };
    let rows = up.iter().enumerate();
    rows.flat_map(|client| up.iter().enumerate().map(move |server| cell(client, server))).collect()
}

fn runs(verdicts: &[Verdict]) -> String {
    verdicts.chunk_by(|one, other| one == other).fold(String::new(), |mut text, run| {
        if let Some(verdict) = run.first() {
            let _ = write!(text, "{}{}", verdict.sign(), run.len());
        }
        text
    })
}

/// Whether a node has certainly loaded what is on its disk, so that a crash changes nothing.
pub(crate) fn is_settled(node: &Node) -> bool {
    let disk = node.observed().disk();
    node.observed().loaded().is_some_and(|loaded| {
        loaded.mode == disk.mode()
            && loaded.identity == Known::Certain(disk.identity().cloned())
            && loaded.trust == Known::Certain(disk.trust().clone())
            && loaded.client_auth == Known::Certain(disk.client_auth())
    })
}
