//! The cluster at every step of a plan.

use std::collections::{BTreeMap, BTreeSet};

use rotation_planner::{
    Action, Activation, AnchorId, Cluster, Identity, Judgement, Mutability, NodeName, Plan, Role, Rule, Step, rollback,
};

use crate::data::{self, Data, Moment};
use crate::scene::{Names, is_settled};
use crate::units::{Kind, Units};
use crate::{Page, cost, counted, shown, words};

#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) data: Data,
    /// The number of connections that must work.
    pub(crate) connections: usize,
}

impl Story {
    pub(crate) fn of(page: &Page<'_>) -> anyhow::Result<Self> {
        let start = Judgement::of(page.cluster)?;
        let units = Units::of(page.cluster, &start);
        let mut teller = Teller::new(page.plan, units);
        teller.moment(page.cluster, None)?;
        let mut now = page.cluster.clone();
        for (wave, step) in
            (1..).zip(page.plan.waves()).flat_map(|(number, wave)| wave.steps().iter().map(move |step| (number, step)))
        {
            now.apply(step)?;
            teller.moment(&now, Some((wave, step)))?;
        }
        let connections = page.cluster.nodes().map(|(one, _)| peers(page.cluster, &start, one)).sum();
        Ok(Self { connections, data: teller.data(page) })
    }
}

fn peers(cluster: &Cluster, judgement: &Judgement<'_>, one: &NodeName) -> usize {
    cluster.nodes().filter(|(other, _)| judgement.must_connect(one, other)).count()
}

struct Teller {
    units: Units,
    names: Names,
    /// The number of each unit's current state.
    now: BTreeMap<usize, usize>,
    moments: Vec<Moment>,
}

impl Teller {
    fn new(plan: &Plan, units: Units) -> Self {
        let staged = plan.steps().filter_map(|step| match step.action() {
            Action::StageIdentity(identity) => Some(identity.clone()),
            _ => None,
        });
        let names = Names { new: staged.collect(), ..Names::default() };
        Self { units, names, now: BTreeMap::new(), moments: Vec::new() }
    }

    fn moment(&mut self, cluster: &Cluster, taken: Option<(usize, &Step)>) -> anyhow::Result<()> {
        let judgement = Judgement::of(cluster)?;
        let broken = judgement.broken();
        let states = self.changed(cluster, &judgement, taken.map(|(_, step)| step))?;
        let cells = self.names.cells(&self.units, cluster, &broken)?;
        // If no pair is or may be cut, no crash changes a cell: that is the checker's rule.
        let crash = if broken.is_empty() { BTreeMap::new() } else { self.crashes(cluster, cells)? };
        let step = taken.map(|(wave, step)| self.step(wave, step)).transpose()?;
        self.moments.push(Moment { step, states, cells, crash });
        Ok(())
    }

    /// The units whose state is new, each with the number of its state.
    ///
    /// A step changes only its own node. At the start, the state of every unit is new.
    fn changed(
        &mut self,
        cluster: &Cluster,
        judgement: &Judgement<'_>,
        step: Option<&Step>,
    ) -> anyhow::Result<Vec<(usize, usize)>> {
        let touched = step.map(|step| self.units.of_node(step.node())).transpose()?;
        let mut changed = Vec::new();
        for (number, unit) in self.units.list.iter().enumerate() {
            if touched.is_some_and(|touched| touched != number) {
                continue;
            }
            let state = self.names.state(unit, self.units.kind, judgement, cluster)?;
            if self.now.insert(number, state) != Some(state) {
                changed.push((number, state));
            }
        }
        Ok(changed)
    }

    fn crashes(&mut self, cluster: &Cluster, now: usize) -> anyhow::Result<BTreeMap<usize, usize>> {
        let mut crashes = BTreeMap::new();
        for (number, unit) in self.units.list.iter().enumerate() {
            let runs = |name: &&_| cluster.get(name).is_some_and(|node| node.observed().loaded().is_some());
            let running: Vec<_> = unit.nodes.iter().filter(runs).collect();
            if running.iter().all(|name| cluster.get(name).is_some_and(is_settled)) {
                continue;
            }
            let mut restarted = cluster.clone();
            for name in running {
                restarted.apply(&Step::new(name, Action::Activate(Activation::Restart)))?;
            }
            let broken = Judgement::of(&restarted)?.broken();
            let cells = self.names.cells(&self.units, &restarted, &broken)?;
            if cells != now {
                crashes.insert(number, cells);
            }
        }
        Ok(crashes)
    }

    fn step(&self, wave: usize, step: &Step) -> anyhow::Result<data::Step> {
        let why = step.waits_for().iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
        Ok(data::Step {
            node: shown(step.node().as_str()).into_owned(),
            unit: self.units.of_node(step.node())?,
            words: shown(&words(step)).into_owned(),
            why: shown(&why).into_owned(),
            wave,
        })
    }

    fn data(self, page: &Page<'_>) -> Data {
        let units = self.units.list.iter().map(|unit| data::Unit {
            name: shown(&unit.name).into_owned(),
            dc: shown(&unit.dc).into_owned(),
            rack: shown(&unit.rack).into_owned(),
            about: about(page, &unit.nodes, self.units.kind),
        });
        let Names { identities, trusts, states, cells, texts, new } = self.names;
        let identities = identities.iter().map(|identity| data::Identity {
            label: shown(identity.id().as_str()).into_owned(),
            sha256: page.certificates.get(identity.id().as_str()).map(|digits| shown(digits).into_owned()),
            through: through(identity),
            new: new.contains(identity),
        });
        Data {
            by: self.units.kind,
            units: units.collect(),
            identities: identities.collect(),
            trusts: trusts.iter().map(data::anchors).collect(),
            fresh: fresh(page.cluster, &new),
            states,
            cells,
            texts,
            rules: [Rule::ServerAcceptsTransport, Rule::ClientTrustsServer, Rule::ServerTrustsClient]
                .map(|rule| rule.to_string()),
            moments: self.moments,
            waves: waves(page),
        }
    }
}

fn through(identity: &Identity) -> Vec<String> {
    let anchors: Vec<String> = identity.anchors().map(|anchor| shown(anchor.as_str()).into_owned()).collect();
    if anchors == [identity.id().as_str()] { Vec::new() } else { anchors }
}

fn fresh(cluster: &Cluster, new: &BTreeSet<Identity>) -> BTreeSet<String> {
    let had = |anchor: &AnchorId| {
        cluster.nodes().any(|(_, node)| {
            let disk = node.observed().disk();
            disk.trust().contains(anchor)
                || disk.identity().is_some_and(|identity| identity.anchors().any(|own| own == anchor))
        })
    };
    let anchors = new.iter().flat_map(Identity::anchors).filter(|anchor| !had(anchor));
    anchors.map(|anchor| shown(anchor.as_str()).into_owned()).collect()
}

fn about(page: &Page<'_>, nodes: &[NodeName], kind: Kind) -> Vec<String> {
    let ([name], Kind::Node) = (nodes, kind) else { return vec![counted(nodes.len(), "node")] };
    let address = page.addresses.get(name.as_str()).map(|address| shown(address).into_owned());
    let node = page.cluster.get(name);
    let role = node.and_then(|node| match node.role() {
        Role::Seed => Some("seed".to_owned()),
        Role::Client => Some("application".to_owned()),
        _ => None,
    });
    let frozen = node.filter(|node| node.mutability() == Mutability::Frozen);
    address.into_iter().chain(role).chain(frozen.map(|_| "must not be changed".to_owned())).collect()
}

fn waves(page: &Page<'_>) -> Vec<data::Wave> {
    let mut end = 0;
    let waves = (1..).zip(page.plan.waves()).map(|(number, wave)| {
        end += wave.steps().len();
        data::Wave {
            end,
            gates: wave.gates().iter().map(|gate| shown(&gate.to_string()).into_owned()).collect(),
            rollback: back(page, number),
        }
    });
    waves.collect()
}

fn back(page: &Page<'_>, waves: usize) -> String {
    match rollback(page.cluster, page.plan, waves) {
        Ok(plan) => cost(plan.cost()),
        Err(refusal) => shown(&format!("none that is safe: {}", refusal.error())).into_owned(),
    }
}
