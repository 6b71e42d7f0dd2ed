//! Carries out a plan, wave by wave, with Ansible.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anstream::eprintln;
use anyhow::{Context as _, ensure};
use clap::Args;
use serde::Serialize;

use crate::document::{Form, Schema};
use crate::folders;
use crate::input::Name;
use crate::playbook::{Progress, Underway};
use crate::reading::read_text;
use crate::shown;
use crate::status::Status;

/// Carries out the plan that `plan --playbook` wrote, wave by wave, with Ansible.
///
/// Before each wave, preflight.yml checks every host, and the rest of a safe plan is verified as with `plan --verify`. No node may
/// run that the plan starts in a later wave. Then apply.yml carries out the wave. After the last wave, preflight.yml checks every
/// host again. The first failure ends the run, and the output says how to continue. A dry run (--check) checks the hosts only once,
/// before its first wave.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The folder that `plan --playbook` wrote.
    folder: PathBuf,
    /// Carry out a plan that breaks connections, or that stops nodes until a later wave. PLAN is the plan's id in
    /// playbook.json.
    #[arg(long, value_name = "PLAN")]
    accept_outage: Option<String>,
    /// Stop after this wave. To continue, run the same command without this option, or with a later wave.
    #[arg(long, value_name = "WAVE")]
    until: Option<usize>,
    /// Arguments for `ansible-playbook`, after `--`, such as the inventory.
    #[arg(last = true)]
    ansible: Vec<String>,
}

const EXAMPLES: &str = "Examples:
  cassandra-tls apply play -- -i inventory --check --diff
  cassandra-tls apply play -- -i inventory --forks 20
  cassandra-tls apply play -- -i inventory -e rot_at_once=3
  cassandra-tls apply play --until 7 -- -i inventory       waves 1 to 7; the rest another day

Exit status: 0 if nothing failed, 2 if a check or a wave failed or the plan is no longer safe, 3 if the run could not begin or
continue, for example because the plan's outage is not accepted or ansible-playbook cannot be started.";

/// The output of `--json`.
#[derive(Serialize)]
struct Report {
    plan: String,
    waves: usize,
    done: Vec<usize>,
    /// The next wave; in a dry run, the wave with which a real run would begin.
    ///
    /// `None` if all waves are done, or if the next wave is unknown because preflight.yml failed.
    next: Option<usize>,
    /// The reason why waves are left although nothing failed.
    #[serde(skip)]
    pause: Option<Pause>,
    /// The playbook that failed, or `verification`.
    failed: Option<&'static str>,
    /// The reason for the failure; `None` if the playbook printed it, or nothing failed.
    reason: Option<String>,
    /// The wave in which apply.yml failed; `None` in a dry run.
    stopped_in: Option<Stopped>,
}

#[derive(Clone, Copy)]
enum Pause {
    DryRun,
    Until(usize),
}

#[derive(Serialize)]
struct Stopped {
    wave: usize,
    /// The nodes on which every step is done and every gate held.
    done: Vec<Name>,
    left: Vec<Name>,
}

const PREFLIGHT: &str = "preflight.yml";
const APPLY: &str = "apply.yml";
const VERIFICATION: &str = "verification";

pub(crate) fn run(arguments: &Arguments, form: Form) -> anyhow::Result<Status> {
    folders::is_ours(&arguments.folder)?;
    let plan = Underway::read(&arguments.folder)?;
    if let Some(outage) = outage(&plan) {
        ensure!(
            arguments.accept_outage.as_deref() == Some(plan.id()),
            "the plan {outage}: --accept-outage {} carries it out anyway",
            shown::shown(plan.id())
        );
    }
    if let Some(until) = arguments.until {
        ensure!((1..=plan.waves()).contains(&until), "--until {until}: the plan has waves 1 to {}", plan.waves());
    }
    let run = Run { arguments, form, plan: &plan };
    let report = run.carry_out()?;
    let status = if report.failed.is_none() { Status::Fine } else { Status::No };
    form.print(Schema::APPLY, &report, || summary(&report, run.hosts()))?;
    Ok(status)
}

fn outage(plan: &Underway) -> Option<String> {
    if let Some(why) = plan.breaks() {
        return Some(format!("breaks connections ({})", shown::shown(why)));
    }
    let stops: Vec<&str> = plan.stops().into_iter().map(Name::as_str).collect();
    (!stops.is_empty()).then(|| format!("stops {} until a later wave", stops.join(", ")))
}

struct Run<'a> {
    arguments: &'a Arguments,
    form: Form,
    plan: &'a Underway,
}

impl Run<'_> {
    fn carry_out(&self) -> anyhow::Result<Report> {
        let waves = self.plan.waves();
        let until = self.arguments.until.unwrap_or(waves);
        let mut report = Report {
            plan: self.plan.id().to_owned(),
            waves,
            done: Vec::new(),
            next: None,
            pause: None,
            failed: None,
            reason: None,
            stopped_in: None,
        };
        loop {
            let Some(seen) = self.looks()? else {
                report.next = None;
                return Ok(report.failing(PREFLIGHT, None));
            };
            report.next = Some(seen.next).filter(|next| *next <= waves);
            let Some(wave) = report.next else { return Ok(report) };
            if wave > until {
                report.pause = Some(Pause::Until(until));
                return Ok(report);
            }
            if report.done.contains(&wave) {
                let why = format!("wave {wave} was carried out, but a host is not in the state after that wave");
                return Ok(report.failing(PREFLIGHT, Some(why)));
            }
            if let Err(why) = self.plan.verify(&seen) {
                return Ok(report.failing(VERIFICATION, Some(format!("{why:#}: observe the cluster and plan again"))));
            }
            let last = if seen.dry { until } else { wave };
            for wave in wave..=last {
                eprintln!("Wave {wave} of {waves}");
                if !self.carries_out(wave)? {
                    report.stopped_in = if seen.dry { None } else { Some(self.stopped_in(wave)?) };
                    return Ok(report.failing(APPLY, None));
                }
            }
            if seen.dry {
                report.pause = Some(Pause::DryRun);
                return Ok(report);
            }
            report.done.push(wave);
        }
    }

    /// Runs preflight.yml, and reads the result; returns `None` if the playbook fails.
    fn looks(&self) -> anyhow::Result<Option<Progress>> {
        let file = self.file("progress.json");
        remove(&file)?;
        if !self.plays(PREFLIGHT, &[])? {
            return Ok(None);
        }
        // Ansible exits with 0 if no host matches.
        let text = read_text(&file).context("preflight.yml checked no host: is this the right inventory?")?;
        let progress: Progress = serde_json::from_str(&text).with_context(|| shown::path(&file))?;
        ensure!(progress.plan == self.plan.id() && progress.next > 0, "{} belongs to another plan", shown::path(&file));
        Ok(Some(progress))
    }

    fn carries_out(&self, wave: usize) -> anyhow::Result<bool> {
        remove(&self.file(JOURNAL))?;
        self.plays(APPLY, &["-e", &format!("rot_wave={wave}")])
    }

    /// The nodes of a wave that are done, and those that are left.
    ///
    /// The role's journal does not exist until a node is done.
    fn stopped_in(&self, wave: usize) -> anyhow::Result<Stopped> {
        let file = self.file(JOURNAL);
        let journal = if file.exists() { Some(read_text(&file)?) } else { None };
        let noted: BTreeSet<&str> = journal.iter().flat_map(|text| text.lines()).collect();
        let (done, left) = self.plan.nodes(wave).cloned().partition(|node| noted.contains(node.as_str()));
        Ok(Stopped { wave, done, left })
    }

    fn hosts(&self) -> Hosts {
        let limits = |argument: &String| argument.starts_with("--limit") || argument.starts_with("-l");
        if self.arguments.ansible.iter().any(limits) { Hosts::Limited } else { Hosts::All }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.arguments.folder.join(name)
    }

    fn plays(&self, playbook: &str, more: &[&str]) -> anyhow::Result<bool> {
        let mut command = Command::new("ansible-playbook");
        command.arg(self.file(playbook)).args(more).args(&self.arguments.ansible);
        if self.form == Form::Json {
            // Standard output is for the report.
            command.stdout(std::io::stderr());
        }
        let status = command.status().context("ansible-playbook cannot be started")?;
        Ok(status.success())
    }
}

/// The file in which the role notes the nodes of a wave that are done, one per line.
const JOURNAL: &str = "done.txt";

fn remove(file: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).with_context(|| shown::path(file)),
        _ => Ok(()),
    }
}

impl Report {
    fn failing(self, what: &'static str, reason: Option<String>) -> Self {
        Self { failed: Some(what), reason, ..self }
    }
}

/// Whether the arguments limit Ansible to some hosts.
///
/// A plan can only be carried out with all of its hosts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hosts {
    All,
    Limited,
}

fn summary(report: &Report, hosts: Hosts) -> String {
    let Report { plan, waves, done, next, pause, failed, reason, stopped_in } = report;
    let did = match (done.first(), done.last()) {
        (Some(first), Some(last)) if first == last => format!("this run carried out wave {first}"),
        (Some(first), Some(last)) => format!("this run carried out waves {first} to {last}"),
        _ => "this run carried out no wave".to_owned(),
    };
    let next = next.map(|next| format!("wave {next} of {waves} is next"));
    let Some(failed) = failed else {
        return match (next, pause) {
            (Some(next), Some(Pause::Until(until))) => format!(
                "Plan {plan}: stopped by --until {until}; {did}; {next}.\nTo continue, run the same command without --until, \
                 or with a later wave."
            ),
            (Some(next), _) => format!("Plan {plan}: a dry run, nothing was changed; {next}."),
            (None, _) => format!("Plan {plan}: every wave is done; {did}."),
        };
    };
    let stopped = [format!("Plan {plan}: stopped in {failed}"), did];
    let mut lines = vec![stopped.into_iter().chain(next).collect::<Vec<_>>().join("; ") + "."];
    lines.extend(reason.as_ref().map(|reason| format!("Why: {}.", shown::shown(reason))));
    if let Some(Stopped { wave, done, left }) = stopped_in {
        let list = |nodes: &[Name]| match nodes {
            [] => "no node".to_owned(),
            nodes => nodes.iter().map(Name::to_string).collect::<Vec<_>>().join(", "),
        };
        lines.push(format!("Wave {wave}: done on {}; left on {}.", list(done), list(left)));
    }
    lines.extend(way_on(failed, reason.as_deref(), hosts).map(str::to_owned));
    lines.join("\n")
}

/// The advice after a run that failed in `failed`; `None` if the reason contains the advice.
fn way_on(failed: &str, reason: Option<&str>, hosts: Hosts) -> Option<&'static str> {
    match failed {
        VERIFICATION => None,
        _ if hosts == Hosts::Limited => {
            Some("Run the same command without --limit: a plan is carried out with all of its hosts.")
        }
        PREFLIGHT if reason.is_some() => Some("Observe the cluster and plan again."),
        PREFLIGHT => Some(
            "Nothing was changed after that check. If its output says to observe and plan again, do so; otherwise correct the \
             errors in it, and run the same command again.",
        ),
        _ => Some(
            "If the output of apply.yml says to observe and plan again, do so; otherwise repair what failed, and run the same \
             command again.",
        ),
    }
}
