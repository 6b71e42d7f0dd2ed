//! The subcommands.

mod apply;
mod completions;
mod convert;
mod expiry;
mod inspect;
mod man;
mod nodes;
mod observe;
mod plan;
mod preflight;
mod prepare;
mod probe;

use std::path::Path;

use anstream::eprintln;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::description::Builds;
use crate::document::Form;
use crate::playbook::{self, Rendered};
use crate::status::Status;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Prepare(prepare::Arguments),
    Observe(observe::Arguments),
    Plan(plan::Arguments),
    Apply(apply::Arguments),
    Preflight(preflight::Arguments),
    Inspect(inspect::Arguments),
    Probe(probe::Arguments),
    Expiry(expiry::Arguments),
    Convert(convert::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

impl Command {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Prepare(_) => "prepare",
            Self::Observe(_) => "observe",
            Self::Plan(_) => "plan",
            Self::Apply(_) => "apply",
            Self::Preflight(_) => "preflight",
            Self::Inspect(_) => "inspect",
            Self::Probe(_) => "probe",
            Self::Expiry(_) => "expiry",
            Self::Convert(_) => "convert",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
        }
    }

    pub(crate) fn run(&self, form: Form) -> anyhow::Result<Status> {
        match self {
            Self::Prepare(arguments) => prepare::run(arguments, form),
            Self::Observe(arguments) => observe::run(arguments, form),
            Self::Plan(arguments) => plan::run(arguments, form),
            Self::Apply(arguments) => apply::run(arguments, form),
            Self::Preflight(arguments) => preflight::run(arguments, form),
            Self::Inspect(arguments) => inspect::run(arguments, form),
            Self::Probe(arguments) => probe::run(arguments, form),
            Self::Expiry(arguments) => expiry::run(arguments, form),
            Self::Convert(arguments) => convert::run(arguments, form),
            Self::Completions(arguments) => completions::run(arguments),
            Self::Man(arguments) => man::run(arguments),
        }
    }
}

/// Writes a playbook, and says if its new `site_vars.yml` does not fit packages.
fn install(files: &[Rendered], folder: &Path, builds: &Builds<'_>) -> anyhow::Result<()> {
    let hint = playbook::hint_for_packages(folder, builds);
    playbook::write(files, folder)?;
    if let Some(hint) = hint {
        eprintln!("{hint}");
    }
    Ok(())
}

fn bar(length: usize, what: &str) -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::with_draw_target(Some(u64::try_from(length)?), ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template(&format!("{{bar:40}} {{pos}}/{{len}} {what} {{elapsed}}"))?);
    Ok(bar)
}
