//! The progress of hosts in a plan, and whether the rest of the plan is still safe.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use rotation_planner::{
    Action, Activation, Checker, ClientAuth, Cluster, Known, Loaded, Observed, Plan, Semantics, Staging, Step,
    TlsConfig,
};
use serde::Deserialize;

use super::node::Kind;
use super::sequence::Load;
use super::{PLAN, PRINTED, STATE};
use crate::document::Schema;
use crate::input::{Digest, Name};
use crate::reading::read_text;
use crate::shown;
use crate::state::{State, process_id};

/// A plan in its folder, as `plan --playbook` wrote it.
pub(crate) struct Underway {
    plan: PlanFile,
    cluster: Cluster,
    /// The semantics of the nodes whose build differs from the cluster's.
    semantics: BTreeMap<Name, Semantics>,
    steps: Plan,
}

/// The fields of `playbook.json` that `apply` reads.
#[derive(Deserialize)]
struct PlanFile {
    plan: String,
    observation: Digest,
    steps: Digest,
    breaks: Option<String>,
    waves: Vec<WaveFile>,
}

#[derive(Deserialize)]
struct WaveFile {
    visits: Vec<VisitFile>,
}

#[derive(Deserialize)]
struct VisitFile {
    node: Name,
    puts: Vec<PutFile>,
    stage: usize,
    load: Option<Load>,
}

#[derive(Deserialize)]
struct PutFile {
    kind: Kind,
    stage: usize,
}

/// The content of `progress.json`, which `preflight.yml` writes.
#[derive(Deserialize)]
pub(crate) struct Progress {
    pub(crate) plan: String,
    /// The next wave, or the number of waves plus one if all waves are done.
    pub(crate) next: usize,
    /// Whether Ansible ran with `--check`, which changes nothing.
    pub(crate) dry: bool,
    hosts: BTreeMap<Name, Host>,
}

#[derive(Deserialize)]
struct Host {
    /// The stage of the host's files.
    stage: usize,
    /// The stage that the host has loaded, by its marker; `None` without a marker of this plan.
    loaded: Option<usize>,
    /// The output of `rot_process` during the preflight.
    process: String,
    /// The output of `rot_process` when the marker was written.
    marked: String,
}

impl Underway {
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let text = |name: &str| {
            let file = folder.join(name);
            anyhow::Ok((read_text(&file)?, shown::path(&file)))
        };
        let (plan, place) = text(PLAN)?;
        let plan: PlanFile = Schema::PLAYBOOK.read(&plan).with_context(|| place.clone())?;
        let made_from = |name: &str, digest: Digest| {
            let (text, its_place) = text(name)?;
            ensure!(Digest::of(text.as_bytes()) == digest, "{its_place} is not the file from which {place} was made");
            anyhow::Ok((text, its_place))
        };
        let (state, of_state) = made_from(STATE, plan.observation)?;
        let state = State::parse(&state).context(of_state)?;
        let semantics = semantics_of_others(&state)?;
        let (printed, of_printed) = made_from(PRINTED, plan.steps)?;
        let Printed { plan: steps } = Schema::PLAN.read(&printed).context(of_printed)?;
        Ok(Self { plan, cluster: state.cluster, semantics, steps })
    }

    pub(crate) fn id(&self) -> &str {
        &self.plan.plan
    }

    pub(crate) fn breaks(&self) -> Option<&str> {
        self.plan.breaks.as_deref()
    }

    pub(crate) fn stops(&self) -> Vec<&Name> {
        let stopped = self.visits().filter(|(_, visit)| visit.load == Some(Load::Stop));
        stopped.map(|(_, visit)| &visit.node).collect()
    }

    pub(crate) fn waves(&self) -> usize {
        self.plan.waves.len()
    }

    /// The nodes of a wave; the first wave has the number 1.
    pub(crate) fn nodes(&self, wave: usize) -> impl Iterator<Item = &Name> {
        let wave = wave.checked_sub(1).and_then(|index| self.plan.waves.get(index));
        wave.into_iter().flat_map(|wave| &wave.visits).map(|visit| &visit.node)
    }

    /// Checks that the rest of the plan can begin in the hosts' current state.
    ///
    /// A node that the plan starts in a later wave must be down. The rest must be safe, unless the plan breaks connections,
    /// which the operator has accepted.
    pub(crate) fn verify(&self, progress: &Progress) -> anyhow::Result<()> {
        for (name, host) in &progress.hosts {
            let start = self.start_left(name, host);
            if self.runs_early(name, host)? && (start.is_some() || self.breaks().is_some()) {
                let until = start.map_or_else(String::new, |(index, _)| format!(" until wave {}", index + 1));
                bail!("{name} runs, but the plan expects it to be down{until}");
            }
        }
        if self.breaks().is_none() { self.verify_safety(progress) } else { Ok(()) }
    }

    /// Whether a node runs although it must be down, and its start has not begun.
    ///
    /// The plan found the node down, or has stopped it.
    fn runs_early(&self, name: &Name, host: &Host) -> anyhow::Result<bool> {
        let is_down = self.loaded_until(name, host.loaded)?.loaded().is_none();
        let begun = self.start_left(name, host).is_some_and(|(_, visit)| host.stage >= visit.stage);
        Ok(is_down && !begun && process_id(&host.process).is_some())
    }

    fn start_left(&self, name: &Name, host: &Host) -> Option<(usize, &VisitFile)> {
        let starts = |visit: &VisitFile| visit.node == *name && visit.load == Some(Load::Start);
        self.visits().find(|(_, visit)| starts(visit) && host.loaded < Some(visit.stage))
    }

    fn verify_safety(&self, progress: &Progress) -> anyhow::Result<()> {
        let mut cluster = self.cluster.clone();
        for (name, host) in &progress.hosts {
            cluster.observe(name.as_str(), self.observed(name, host)?)?;
        }
        let mut checker = Checker::never_worse(&cluster)?;
        for (index, wave) in self.plan.waves.iter().enumerate() {
            let visits = wave.visits.iter().filter(|visit| !progress.has_done(visit));
            let steps: Vec<&Step> = visits.flat_map(|visit| self.steps_of(index, visit)).collect();
            // The role puts all files of a wave first.
            let (puts, loads): (Vec<_>, Vec<_>) = steps.into_iter().partition(|step| kind(step.action()).is_some());
            puts.into_iter().chain(loads).try_for_each(|step| checker.apply(step))?;
        }
        Ok(())
    }

    /// The loaded state and the disk of a host, according to its files, marker and process.
    fn observed(&self, name: &Name, host: &Host) -> anyhow::Result<Observed> {
        let there = self.put_until(name, host.stage)?;
        let loaded = self.loaded_until(name, host.loaded)?;
        let marker = host.loaded.unwrap_or_default();
        let stages = marker.min(host.stage)..=marker.max(host.stage);
        let files = stages.map(|stage| Ok(self.put_until(name, stage)?.disk().clone()));
        let files = files.collect::<anyhow::Result<Vec<_>>>()?;
        let loaded = match loaded.loaded() {
            None if there.loaded().is_none() && !self.runs_early(name, host)? => return Ok(there),
            // The plan has stopped the node.
            None if process_id(&host.process).is_none() => return Ok(Observed::stopped(there.disk().clone())),
            Some(recorded) if !host.runs_another_process() => self.perhaps_reloaded(name, recorded, &files),
            _ => perhaps_started_with(there.disk(), &files),
        };
        Ok(Observed::running(loaded, there.disk().clone()))
    }

    /// Adds the files that a process may have loaded without an activation.
    ///
    /// Cassandra 4.0 and later check their stores every ten minutes, and load changed stores.
    fn perhaps_reloaded(&self, name: &Name, loaded: &Loaded, files: &[TlsConfig]) -> Loaded {
        let (mut perhaps, semantics) = (loaded.clone(), self.semantics_of(name));
        if semantics.trust_activation() == Some(Activation::Reload) {
            perhaps.trust = with(&loaded.trust, files.iter().map(|file| file.trust().clone()));
        }
        if semantics.identity_activation() == Some(Activation::Reload) {
            perhaps.identity = with(&loaded.identity, files.iter().map(|file| file.identity().cloned()));
        }
        perhaps
    }

    fn semantics_of(&self, name: &Name) -> Semantics {
        self.semantics.get(name).copied().unwrap_or(self.cluster.semantics())
    }

    /// The node with the files of this stage, and nothing of the plan loaded.
    fn put_until(&self, name: &Name, stage: usize) -> anyhow::Result<Observed> {
        self.alone(name, |visit, step| {
            let Some(kind) = kind(step.action()) else { return false };
            // A file that was there already is not among the puts: the node has it from the stage before the visit on.
            let before = visit.stage.saturating_sub(visit.puts.len());
            before <= stage && visit.puts.iter().all(|put| put.kind != kind || put.stage <= stage)
        })
    }

    /// The node after all visits up to this stage.
    fn loaded_until(&self, name: &Name, stage: Option<usize>) -> anyhow::Result<Observed> {
        self.alone(name, |visit, _| stage >= Some(visit.stage))
    }

    fn alone(&self, name: &Name, taken: impl Fn(&VisitFile, &Step) -> bool) -> anyhow::Result<Observed> {
        let label = name.as_str().into();
        let unknown = || format!("{name} is not a node of the plan");
        let node = self.cluster.get(&label).with_context(unknown)?;
        let mut cluster = Cluster::new(self.cluster.scope(), self.semantics_of(name));
        cluster.add_node(name.as_str(), node.dc(), node.rack(), node.observed().clone())?;
        for (wave, visit) in self.visits().filter(|(_, visit)| visit.node == *name) {
            let mut steps = self.steps_of(wave, visit).filter(|step| taken(visit, step));
            steps.try_for_each(|step| cluster.apply(step))?;
        }
        Ok(cluster.get(&label).with_context(unknown)?.observed().clone())
    }

    fn visits(&self) -> impl Iterator<Item = (usize, &VisitFile)> {
        let waves = self.plan.waves.iter().enumerate();
        waves.flat_map(|(index, wave)| wave.visits.iter().map(move |visit| (index, visit)))
    }

    fn steps_of<'a>(&'a self, wave: usize, visit: &'a VisitFile) -> impl Iterator<Item = &'a Step> {
        let steps = self.steps.waves().get(wave).into_iter().flat_map(rotation_planner::Wave::steps);
        steps.filter(|step| step.node().as_str() == visit.node.as_str())
    }
}

impl Progress {
    fn has_done(&self, visit: &VisitFile) -> bool {
        self.hosts
            .get(&visit.node)
            .is_some_and(|host| host.stage >= visit.stage && (visit.load.is_none() || host.loaded >= Some(visit.stage)))
    }
}

impl Host {
    /// Whether the process has changed since the marker was written; false if that is unknown.
    fn runs_another_process(&self) -> bool {
        let processes = process_id(&self.marked).zip(process_id(&self.process));
        self.loaded.is_some() && processes.is_some_and(|(then, now)| then != now)
    }
}

/// The semantics of the nodes whose build differs from the cluster's.
///
/// They include in-place staging, because playbooks replace stores in place. `ClientAuth::On` applies only to a node whose
/// state does not say whether the node requires client certificates.
fn semantics_of_others(state: &State) -> anyhow::Result<BTreeMap<Name, Semantics>> {
    let others = state.disks.iter().filter_map(|(name, disk)| Some((name, disk.cassandra.as_ref()?)));
    others
        .map(|(name, build)| Ok((name.clone(), build.semantics(ClientAuth::On)?.with_staging(Staging::IN_PLACE))))
        .collect()
}

/// The state that a process may have loaded if it was started between the marker and now.
fn perhaps_started_with(disk: &TlsConfig, files: &[TlsConfig]) -> Loaded {
    let mut loaded = Loaded::from(disk.clone());
    loaded.trust = with(&loaded.trust, files.iter().map(|file| file.trust().clone()));
    loaded.identity = with(&loaded.identity, files.iter().map(|file| file.identity().cloned()));
    loaded.client_auth = with(&loaded.client_auth, files.iter().map(TlsConfig::client_auth));
    loaded
}

/// The candidates of `known`, and `others`; unknown if `known` is unknown.
fn with<T: Clone + PartialEq>(known: &Known<T>, others: impl Iterator<Item = T>) -> Known<T> {
    let mut candidates = known.candidates().to_vec();
    if candidates.is_empty() {
        return Known::Unknown;
    }
    for other in others {
        if !candidates.contains(&other) {
            candidates.push(other);
        }
    }
    match <[T; 1]>::try_from(candidates) {
        Ok([one]) => Known::Certain(one),
        Err(several) => Known::OneOf(several),
    }
}

fn kind(action: &Action) -> Option<Kind> {
    match action {
        Action::StageTrust(_) => Some(Kind::Truststore),
        Action::StageIdentity(_) => Some(Kind::Keystore),
        Action::StageMode(_) | Action::StageClientAuth(_) => Some(Kind::Settings),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Printed {
    plan: Plan,
}
