//! Plans as data for programs. The field `version` is 1; a truststore is written once, under `truststores`, and
//! steps name it by its position there.

use std::collections::HashMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::label::{Identity, NodeName, Trust};
use crate::mode::InternodeMode;
use crate::plan::{Action, Cost, Event, Gate, Optimality, Plan, Step, WaitsFor, Wave};
use crate::repair::Repair;
use crate::semantics::{Activation, ClientAuth};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct WrittenPlan {
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

impl<'de> Deserialize<'de> for Plan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = WrittenPlan::deserialize(deserializer)?;
        if written.version != VERSION {
            return Err(D::Error::custom(format!("plan format {} is not {VERSION}", written.version)));
        }
        let waves = written.waves.into_iter().map(|wave| read_wave(wave, &written.truststores));
        let waves = waves.collect::<Result<_, _>>().map_err(D::Error::custom)?;
        Ok(Self { waves, optimality: written.optimality, repairs: written.repairs })
    }
}

#[derive(Default)]
struct Truststores {
    met: Vec<Trust>,
    /// By address: `met` keeps each of them.
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
                format!("a step on {} names truststore {position} of {}", step.node, truststores.len())
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
    Ok(Step::new(step.node, action).because(step.purpose, step.waits_for))
}
