//! The results of a run.

use std::collections::BTreeSet;

use rotation_planner::{Action, Activation, AnchorId, Cost, Identity, Plan, Refusal, Step, Trust};
use serde::Serialize;

use super::check::Tally;
use super::page::Rotation;
use super::story::Options;

/// The steps of a run and their results.
#[derive(Debug, Serialize)]
pub struct Report {
    schema: &'static str,
    pub(super) cassandra: String,
    pub(super) client_auth: bool,
    pub(super) folder: String,
    pub(super) nodes: Vec<String>,
    pub(super) parts: Vec<Part>,
    pub(super) handshakes: usize,
    pub(super) plain: usize,
    pub(super) refused: usize,
    pub(super) restarts: usize,
    pub(super) reloads: usize,
    /// `None` with `wrong_order`, and before the rotation.
    #[serde(skip)]
    pub(super) rotation: Option<Rotation>,
    /// `None` with `client` or `wrong_order`, and before the rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) procedure: Option<Procedure>,
}

impl Report {
    pub(super) fn new(options: &Options, names: &[String]) -> Self {
        Self {
            schema: "quickstart/1",
            cassandra: options.cassandra.to_string(),
            client_auth: options.client_auth,
            folder: options.dir.display().to_string(),
            nodes: names.to_vec(),
            parts: Vec::new(),
            handshakes: 0,
            plain: 0,
            refused: 0,
            restarts: 0,
            reloads: 0,
            rotation: None,
            procedure: None,
        }
    }

    pub(super) fn push(&mut self, part: Part) {
        self.handshakes += part.rows.iter().map(|row| row.handshakes).sum::<usize>();
        self.plain += part.rows.iter().map(|row| row.plain).sum::<usize>();
        self.refused += part.rows.iter().map(|row| row.refused.len()).sum::<usize>();
        if part.goal == Goal::Rotate {
            self.restarts = part.rows.iter().map(|row| row.restarts).sum();
            self.reloads = part.rows.iter().map(|row| row.reloads).sum();
        }
        self.parts.push(part);
    }

    /// Whether every connection had the expected result.
    pub fn is_clean(&self) -> bool {
        self.refused == 0
    }

    /// The pairs that had a connection with an unexpected result, as `client -> server`.
    pub fn cut_pairs(&self) -> BTreeSet<String> {
        let refused = self.parts.iter().flat_map(|part| &part.rows).flat_map(|row| &row.refused);
        refused.map(|refused| format!("{} -> {}", refused.client, refused.server)).collect()
    }

    /// The report as JSON.
    ///
    /// # Errors
    /// If the report cannot be serialized.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Procedure {
    pub(super) restarts: usize,
    pub(super) restarts_with_clean_up: usize,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Costs {
    restarts: usize,
    reloads: usize,
    files: usize,
    waves: usize,
}

impl From<Cost> for Costs {
    fn from(Cost { restarts, reloads, files, waves, .. }: Cost) -> Self {
        Self { restarts, reloads, files, waves }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Goal {
    Enable,
    Rotate,
}

#[derive(Debug, Serialize)]
pub(super) struct Part {
    pub(super) goal: Goal,
    /// The reason why there is no safe plan, or why the checker refuses the steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refusal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cost: Option<Costs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) plan: Option<String>,
    pub(super) rows: Vec<Row>,
}

impl Part {
    pub(super) fn planned(goal: Goal, plan: &Plan) -> Self {
        Self { goal, refusal: None, cost: Some(plan.cost().into()), plan: Some(plan.to_string()), rows: Vec::new() }
    }

    pub(super) fn refused(goal: Goal, refusal: &Refusal, instead: Option<&Plan>) -> Self {
        Self {
            goal,
            refusal: Some(refusal.to_string()),
            cost: instead.map(|plan| plan.cost().into()),
            plan: instead.map(ToString::to_string),
            rows: Vec::new(),
        }
    }

    pub(super) fn against_the_rule(goal: Goal, why: String) -> Self {
        Self { goal, refusal: Some(why), cost: None, plan: None, rows: Vec::new() }
    }
}

/// Consecutive steps on one node.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) node: String,
    pub(super) actions: Vec<String>,
    pub(super) restarts: usize,
    pub(super) reloads: usize,
    /// For each node and client, the generation of its certificate; `-` for none.
    pub(super) serves: Vec<String>,
    /// For each node and client, the generations in the truststore on disk.
    pub(super) trusts: Vec<String>,
    pub(super) handshakes: usize,
    pub(super) plain: usize,
    pub(super) refused: Vec<Refused>,
}

#[derive(Debug, Serialize)]
pub(super) struct Refused {
    pub(super) client: String,
    pub(super) server: String,
    pub(super) moment: String,
    pub(super) why: String,
}

impl Row {
    pub(super) fn of(node: &str) -> Self {
        Self {
            node: node.to_owned(),
            actions: Vec::new(),
            restarts: 0,
            reloads: 0,
            serves: Vec::new(),
            trusts: Vec::new(),
            handshakes: 0,
            plain: 0,
            refused: Vec::new(),
        }
    }

    /// `nodes` includes the clients, `count` does not.
    pub(super) fn add(&mut self, step: &Step, tally: Tally, nodes: &[(Option<Identity>, Trust)], count: usize) {
        self.actions.push(words(step.action()));
        match step.action() {
            Action::Activate(Activation::Restart) | Action::Start => self.restarts += 1,
            Action::Activate(Activation::Reload) => self.reloads += 1,
            _ => {}
        }
        self.serves = nodes.iter().map(|(identity, _)| identity.as_ref().map_or("-".into(), served)).collect();
        self.trusts = nodes.iter().map(|(_, trust)| generations(trust, count)).collect();
        self.handshakes += tally.handshakes;
        self.plain += tally.plain;
        self.refused.extend(tally.cut.into_iter().map(|cut| Refused {
            client: cut.client.to_string(),
            server: cut.server.to_string(),
            moment: cut.moment.to_string(),
            why: cut.why,
        }));
    }
}

fn words(action: &Action) -> String {
    match action {
        Action::StageTrust(trust) => format!("truststore {}", generations(trust, usize::MAX)),
        Action::StageIdentity(identity) => format!("keystore {}", served(identity)),
        Action::StageMode(mode) => mode.to_string(),
        other => other.to_string(),
    }
}

fn served(identity: &Identity) -> String {
    generation(identity.anchor()).to_string()
}

/// The generations of the certificates in a truststore, such as `1+(2)`.
///
/// A generation with fewer than `nodes` certificates is in parentheses, except if `nodes` is `usize::MAX`.
fn generations(trust: &Trust, nodes: usize) -> String {
    let all: BTreeSet<u32> = trust.iter().map(generation).collect();
    let count = |wanted: u32| trust.iter().filter(|anchor| generation(anchor) == wanted).count();
    let shown = all.iter().map(|wanted| match count(*wanted) {
        some if some < nodes && nodes != usize::MAX => format!("({wanted})"),
        _ => wanted.to_string(),
    });
    let text = shown.collect::<Vec<_>>().join("+");
    if text.is_empty() { "-".to_owned() } else { text }
}

/// The generation of a certificate: 1 for `node1`, 2 for `node1-2`.
fn generation(anchor: &AnchorId) -> u32 {
    anchor.as_str().rsplit_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or(1)
}
