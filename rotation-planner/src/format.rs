//! The format in which plans and clusters are serialized.
//!
//! Truststores are written in the list `truststores`. Steps and nodes contain positions in that list.

use std::collections::HashMap;

use serde::{Deserialize, Serialize, Serializer};

use crate::label::{Identity, NodeName};
use crate::mode::InternodeMode;
use crate::plan::{Action, Cost, Event, Gate, Optimality, Plan, Step, WaitsFor, Wave};
use crate::repair::Repair;
use crate::semantics::{Activation, ClientAuth};
use crate::trust::Trust;

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
pub(crate) struct WrittenPlan {
    version: u32,
    optimality: Optimality,
    #[serde(default)]
    cost: Cost,
    truststores: Vec<Trust>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repairs: Option<Repair>,
    waves: Vec<WrittenWave>,
}

#[derive(Serialize, Deserialize)]
struct WrittenWave {
    steps: Vec<WrittenStep>,
    gates: Vec<Gate>,
}

#[derive(Serialize, Deserialize)]
struct WrittenStep {
    node: NodeName,
    action: WrittenAction,
    #[serde(default)]
    purpose: Vec<Event>,
    #[serde(default)]
    waits_for: Vec<WaitsFor>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenAction {
    /// The truststore's position.
    StageTrust(usize),
    StageIdentity(Identity),
    StageMode(InternodeMode),
    StageClientAuth(ClientAuth),
    Activate(Activation),
    Stop,
    Start,
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut truststores = Truststores::default();
        let waves = self.waves.iter().map(|wave| truststores.wave(wave)).collect();
        let (optimality, cost, repairs) = (self.optimality, self.cost(), self.repairs.clone());
        WrittenPlan { version: VERSION, optimality, cost, truststores: truststores.met, repairs, waves }
            .serialize(serializer)
    }
}

impl TryFrom<WrittenPlan> for Plan {
    type Error = String;

    fn try_from(written: WrittenPlan) -> Result<Self, String> {
        if written.version != VERSION {
            return Err(format!("unsupported plan format {}: only {VERSION} is supported", written.version));
        }
        let waves = written.waves.into_iter().map(|wave| read_wave(wave, &written.truststores));
        Ok(Self { waves: waves.collect::<Result<_, _>>()?, optimality: written.optimality, repairs: written.repairs })
    }
}

#[derive(Default)]
struct Truststores {
    met: Vec<Trust>,
    /// The positions of truststores in `met`, by address.
    ///
    /// The addresses stay valid because `met` keeps the truststores.
    positions: HashMap<usize, usize>,
}

impl Truststores {
    fn wave(&mut self, wave: &Wave) -> WrittenWave {
        WrittenWave { steps: wave.steps.iter().map(|step| self.step(step)).collect(), gates: wave.gates.clone() }
    }

    fn step(&mut self, step: &Step) -> WrittenStep {
        let action = match step.action() {
            Action::StageTrust(trust) => WrittenAction::StageTrust(self.position(trust)),
            Action::StageIdentity(identity) => WrittenAction::StageIdentity(identity.clone()),
            Action::StageMode(mode) => WrittenAction::StageMode(*mode),
            Action::StageClientAuth(client_auth) => WrittenAction::StageClientAuth(*client_auth),
            Action::Activate(kind) => WrittenAction::Activate(*kind),
            Action::Stop => WrittenAction::Stop,
            Action::Start => WrittenAction::Start,
        };
        let (purpose, waits_for) = (step.purpose().to_vec(), step.waits_for().to_vec());
        WrittenStep { node: step.node().clone(), action, purpose, waits_for }
    }

    fn position(&mut self, trust: &Trust) -> usize {
        *self.positions.entry(trust.address()).or_insert_with(|| {
            self.met.push(trust.clone());
            self.met.len() - 1
        })
    }
}

fn read_wave(wave: WrittenWave, truststores: &[Trust]) -> Result<Wave, String> {
    let steps = wave.steps.into_iter().map(|step| read_step(step, truststores)).collect::<Result<_, _>>()?;
    Ok(Wave { steps, gates: wave.gates })
}

fn read_step(step: WrittenStep, truststores: &[Trust]) -> Result<Step, String> {
    let action = match step.action {
        WrittenAction::StageTrust(position) => {
            let trust = truststores.get(position).ok_or_else(|| {
                format!("a step on {} has truststore {position}, but there are only {}", step.node, truststores.len())
            })?;
            Action::StageTrust(trust.clone())
        }
        WrittenAction::StageIdentity(identity) => Action::StageIdentity(identity),
        WrittenAction::StageMode(mode) => Action::StageMode(mode),
        WrittenAction::StageClientAuth(client_auth) => Action::StageClientAuth(client_auth),
        WrittenAction::Activate(kind) => Action::Activate(kind),
        WrittenAction::Stop => Action::Stop,
        WrittenAction::Start => Action::Start,
    };
    Ok(Step::new(step.node, action).because(step.purpose.into(), step.waits_for.into()))
}

pub(crate) mod nodes {
    use std::collections::{BTreeMap, HashMap};

    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::cluster::{Node, Observed};
    use crate::label::NodeName;
    use crate::trust::Trust;

    #[derive(Serialize, Deserialize)]
    struct Written {
        truststores: Vec<WrittenTrust>,
        /// The nodes, with one anchor in place of each truststore.
        ///
        /// The label of this anchor is the position of the truststore in `truststores`.
        by_name: BTreeMap<NodeName, Node>,
    }

    #[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(untagged)]
    enum WrittenTrust {
        Whole(Trust),
        /// The difference from the earlier truststore at position `like`.
        Like {
            like: usize,
            without: Trust,
            with: Trust,
        },
    }

    pub(crate) fn serialize<S: Serializer>(nodes: &BTreeMap<NodeName, Node>, serializer: S) -> Result<S::Ok, S::Error> {
        let mut table = Table::default();
        let mut by_name = nodes.clone();
        let observed = by_name.values_mut().map(Node::observed_mut);
        observed.flat_map(Observed::truststores_mut).for_each(|trust| *trust = table.position(trust));
        Written { truststores: table.written, by_name }.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<NodeName, Node>, D::Error> {
        let Written { truststores: written, mut by_name } = Written::deserialize(deserializer)?;
        let mut truststores: Vec<Trust> = Vec::new();
        for written in written {
            let next = match written {
                WrittenTrust::Whole(trust) => trust,
                WrittenTrust::Like { like, without, with } => {
                    let missing = || {
                        D::Error::custom(format!(
                            "truststore {} is written as a difference from {like}, which is not before it",
                            truststores.len()
                        ))
                    };
                    truststores.get(like).ok_or_else(missing)?.changed(without.iter(), with.iter())
                }
            };
            truststores.push(next);
        }
        for (name, node) in &mut by_name {
            for trust in node.observed_mut().truststores_mut() {
                *trust =
                    truststores.get(position(name, trust).map_err(D::Error::custom)?).cloned().ok_or_else(|| {
                        D::Error::custom(format!(
                            "{name} has truststore {trust:?}, but there are only {}",
                            truststores.len()
                        ))
                    })?;
            }
        }
        Ok(by_name)
    }

    /// The position that is written in place of a truststore.
    fn position(node: &NodeName, trust: &Trust) -> Result<usize, String> {
        let only = trust.iter().next().filter(|_| trust.len() == 1);
        let position = only.and_then(|position| position.as_str().parse().ok());
        position.ok_or_else(|| {
            format!(
                "{node} has truststore {trust:?}, which is not a position in the list of truststores, as [\"0\"] is"
            )
        })
    }

    #[derive(Default)]
    struct Table {
        written: Vec<WrittenTrust>,
        /// The positions of truststores in `written`, by address.
        ///
        /// The addresses stay valid because the nodes keep the truststores.
        by_address: HashMap<usize, usize>,
        by_content: HashMap<WrittenTrust, usize>,
        base: Option<(usize, Trust)>,
    }

    impl Table {
        fn position(&mut self, trust: &Trust) -> Trust {
            let position = match self.by_address.get(&trust.address()) {
                Some(position) => *position,
                None => self.write(trust),
            };
            self.by_address.insert(trust.address(), position);
            [position.to_string()].into_iter().collect()
        }

        fn write(&mut self, trust: &Trust) -> usize {
            let written = self.like_base(trust).unwrap_or_else(|| WrittenTrust::Whole(trust.clone()));
            let next = self.written.len();
            let position = *self.by_content.entry(written.clone()).or_insert(next);
            if position == next {
                self.written.push(written);
                if self.base.is_none() && trust.is_large() {
                    self.base = Some((next, trust.clone()));
                }
            }
            position
        }

        fn like_base(&self, trust: &Trust) -> Option<WrittenTrust> {
            let (like, base) = self.base.as_ref()?;
            let (without, with) = trust.difference(base);
            let is_near = (without.len() + with.len()) * 4 < trust.len();
            is_near.then_some(WrittenTrust::Like { like: *like, without, with })
        }
    }
}
