//! Carries out a plan, wave by wave, by Ansible.

use std::path::PathBuf;
use std::process::Command;

use anstream::eprintln;
use anyhow::{Context as _, ensure};
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::document::{Form, Schema};
use crate::folders;
use crate::playbook::PLAN;
use crate::reading::read_text;
use crate::shown;
use crate::status::Status;

/// Carries out the plan that `plan --playbook` wrote, wave by wave, with Ansible.
///
/// It first checks every host (preflight.yml), then runs apply.yml once for each remaining wave, and finally checks every host
/// again. The first failure ends the run. The same command then continues from there.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The folder that `plan --playbook` wrote.
    folder: PathBuf,
    /// Go on although the plan breaks connections, as `plan --fallback` said: the plan's id, from playbook.json.
    #[arg(long, value_name = "PLAN")]
    accept_outage: Option<String>,
    /// Arguments of `ansible-playbook`, after `--`: the inventory, and any others.
    #[arg(last = true)]
    ansible: Vec<String>,
}

const EXAMPLES: &str = "Examples:
  cassandra-tls apply play -- -i inventory --check --diff
  cassandra-tls apply play -- -i inventory --forks 20
  cassandra-tls apply play -- -i inventory -e rot_at_once=3

Exit status: 0 if all waves are done, 2 if a run of ansible-playbook failed, 3 if the plan cannot be read or ansible-playbook
cannot be started.";

/// What is needed of the plan.
#[derive(Deserialize)]
struct PlanFile {
    plan: String,
    breaks: Option<String>,
    waves: Vec<serde::de::IgnoredAny>,
}

/// What preflight.yml writes.
#[derive(Deserialize)]
struct Progress {
    plan: String,
    next: usize,
    /// Whether Ansible was told to change nothing (`--check`).
    dry: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    plan: String,
    waves: usize,
    /// The waves that this run carried out.
    done: Vec<usize>,
    /// The wave that is next; in a dry run, the one with which a real run would begin; none: all are done, or the last
    /// preflight.yml failed and it is not known.
    next: Option<usize>,
    /// The playbook that failed.
    failed: Option<&'static str>,
}

pub(crate) fn run(arguments: &Arguments, form: Form) -> anyhow::Result<Status> {
    folders::is_ours(&arguments.folder)?;
    let file = arguments.folder.join(PLAN);
    let plan: PlanFile = Schema::PLAYBOOK.read(&read_text(&file)?).with_context(|| shown::path(&file))?;
    if let Some(why) = &plan.breaks {
        ensure!(
            arguments.accept_outage.as_ref() == Some(&plan.plan),
            "the plan breaks connections ({}): --accept-outage {} carries it out all the same",
            shown::shown(why),
            shown::shown(&plan.plan)
        );
    }
    let run = Run { arguments, form };
    let report = run.carry_out(&plan)?;
    let status = if report.failed.is_none() { Status::Fine } else { Status::No };
    form.print(Schema::APPLY, &report, || summary(&report))?;
    Ok(status)
}

struct Run<'a> {
    arguments: &'a Arguments,
    form: Form,
}

impl Run<'_> {
    fn carry_out(&self, plan: &PlanFile) -> anyhow::Result<Report> {
        let waves = plan.waves.len();
        let report = |done, next: Option<usize>, failed| Report {
            plan: plan.plan.clone(),
            waves,
            done,
            next: next.filter(|next| *next <= waves),
            failed,
        };
        let mut done = Vec::new();
        let Some(first) = self.looks(&plan.plan)? else { return Ok(report(done, Some(1), Some("preflight.yml"))) };
        for wave in first.next..=waves {
            eprintln!("Wave {wave} of {waves}");
            if !self.plays("apply.yml", &["-e", &format!("rot_wave={wave}")])? {
                let next = if first.dry { first.next } else { wave };
                return Ok(report(done, Some(next), Some("apply.yml")));
            }
            if !first.dry {
                done.push(wave);
            }
        }
        if done.is_empty() {
            return Ok(report(done, Some(first.next), None));
        }
        // Each wave checked its own nodes; now all of them are checked once more.
        let last = self.looks(&plan.plan)?.map(|progress| progress.next);
        let failed = last.is_none_or(|next| next <= waves).then_some("preflight.yml");
        Ok(report(done, last, failed))
    }

    /// Looks at every host. `None` if something is not as it should be.
    fn looks(&self, plan: &str) -> anyhow::Result<Option<Progress>> {
        let file = self.arguments.folder.join("progress.json");
        if file.exists() {
            std::fs::remove_file(&file).with_context(|| shown::path(&file))?;
        }
        if !self.plays("preflight.yml", &[])? {
            return Ok(None);
        }
        // Ansible exits with 0 if no host matches.
        let text = read_text(&file).context("preflight.yml looked at no host: is this the inventory?")?;
        let progress: Progress = serde_json::from_str(&text).with_context(|| shown::path(&file))?;
        ensure!(progress.plan == plan && progress.next > 0, "{} is of another plan", shown::path(&file));
        Ok(Some(progress))
    }

    fn plays(&self, playbook: &str, more: &[&str]) -> anyhow::Result<bool> {
        let mut command = Command::new("ansible-playbook");
        command.arg(self.arguments.folder.join(playbook)).args(more).args(&self.arguments.ansible);
        if self.form == Form::Json {
            // Standard output is the report's.
            command.stdout(std::io::stderr());
        }
        let status = command.status().context("ansible-playbook cannot be started")?;
        Ok(status.success())
    }
}

fn summary(report: &Report) -> String {
    let Report { plan, waves, done, next, failed } = report;
    let did = match (done.first(), done.last()) {
        (Some(first), Some(last)) => format!("this run carried out waves {first} to {last}"),
        _ => "this run carried out no wave".to_owned(),
    };
    match (failed, next) {
        (None, None) => format!("Plan {plan}: all {waves} waves are done; {did}."),
        (None, Some(next)) => format!("Plan {plan}: a dry run, nothing was changed; wave {next} of {waves} is next."),
        (Some(playbook), _) if *playbook == "preflight.yml" && done.is_empty() => {
            format!("Plan {plan}: stopped in {playbook}; {did}. The same command goes on.")
        }
        (Some(playbook), Some(next)) => {
            format!(
                "Plan {plan}: stopped in {playbook}; {did}; wave {next} of {waves} is next. The same command goes on."
            )
        }
        (Some(playbook), None) => format!("Plan {plan}: {did}, but {playbook} failed after the last one."),
    }
}
