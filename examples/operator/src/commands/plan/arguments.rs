//! The arguments of `plan`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::Args;

use crate::commands::nodes::NodesSource;
use crate::description::{Description, Protocol};
use crate::goal::{Switch, Wanted};
use crate::input::{Digest, HostPath};
use crate::preflight::Names;
use crate::reading::read_text;

use super::EXAMPLES;

/// Plans a change in steps that cut no connection, or explains why there is no safe plan.
///
/// A plan lists the files that each node gets, the restarts and reloads, the conditions for the next step, and the assumptions on
/// which the plan rests. A plan is safe after each step, even if nodes crash, unless --fallback gives an unsafe one.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(super) cluster: ClusterSource,
    #[command(subcommand)]
    pub(super) goal: Option<Wanted>,
    #[command(flatten)]
    pub(super) choice: Choice,
    #[command(flatten)]
    pub(super) generations: Generations,
    #[command(flatten)]
    pub(super) output: Output,
    /// Check a plan that --json printed against the state in --state. No plan is made.
    #[arg(long, value_name = "FILE", requires = "state")]
    pub(super) verify: Option<PathBuf>,
    /// Print the meaning and the default of each field of cluster.toml.
    #[arg(long)]
    pub(super) explain_input: bool,
}

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent flag")]
pub(super) struct Choice {
    /// Plan as in Apigee's documented procedure: restart every node once for each change.
    #[arg(long, global = true)]
    pub(super) as_documented: bool,
    /// Restart nodes of one data centre together, as far as every `[[keyspace]]` tolerates it.
    #[arg(long, global = true)]
    pub(super) racks_together: bool,
    /// With --racks-together: also restart nodes of different data centres together.
    #[arg(long, global = true, requires = "racks_together")]
    pub(super) data_centres_together: bool,
    /// If there is an unsafe plan but no safe plan, give the unsafe plan and its impact.
    #[arg(long, global = true, visible_alias = "least-bad")]
    pub(super) fallback: bool,
    /// Give the rollback of the plan after its first WAVES waves. If waves were carried out on hosts, observe the hosts instead,
    /// and plan the way back from their state.
    #[arg(long, global = true, value_name = "WAVES", conflicts_with = "fallback")]
    pub(super) back_from: Option<usize>,
}

#[derive(Args, Debug)]
pub(super) struct Output {
    /// Print the plan as a runbook in Markdown.
    #[arg(long, global = true)]
    pub(super) markdown: bool,
    /// Also write the plan as a page for a browser into this file. The page loads no other files.
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "back_from")]
    pub(super) html: Option<PathBuf>,
    /// Also draw the steps into this file, as SVG.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) svg: Option<PathBuf>,
    /// Also write a plan for `apply` and Ansible into this folder. Needs --trees if --state is given, otherwise --previous.
    #[arg(long, global = true, value_name = "FOLDER", conflicts_with = "back_from")]
    pub(super) playbook: Option<PathBuf>,
    /// With --playbook and --state: the folder of trees that `observe trees` read.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(super) trees: Option<PathBuf>,
    /// With --playbook: the family of the settings' names. By default, that of the files.
    #[arg(long, global = true)]
    pub(super) names: Option<Names>,
    /// With --playbook: the folder on a node for its first stores.
    ///
    /// The stores are `keystore.NODE` and `truststore.NODE`. The default is /opt/apigee/data/apigee-cassandra, or /etc/cassandra
    /// if a node's settings are a `cassandra.yaml`.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(super) stores: Option<HostPath>,
}

#[derive(Args, Debug)]
pub(super) struct ClusterSource {
    #[command(flatten)]
    nodes: NodesSource,
    /// The state of the cluster, as `observe trees` wrote it.
    #[arg(long, value_name = "FILE", group = "source", conflicts_with = "cassandra")]
    pub(super) state: Option<PathBuf>,
    /// The output of `nodetool status`, also with -r and -pp. `--cassandra` gives the release.
    #[arg(long, value_name = "FILE", group = "source", requires = "cassandra")]
    nodetool_status: Option<PathBuf>,
    /// With --nodetool-status or --inventory: whether servers require client certificates now.
    ///
    /// This is `require_client_auth` in the running processes. By default, plans are safe for both values.
    #[arg(long, value_name = "SWITCH", conflicts_with_all = ["cluster", "state"])]
    client_auth: Option<Switch>,
    /// With --nodetool-status or --inventory: the protocol that the nodes use now. `enable` and `disable` need it; other goals
    /// assume tls by default.
    #[arg(long, value_name = "PROTOCOL", conflicts_with_all = ["cluster", "state"])]
    speaks: Option<Protocol>,
}

/// Bundles that `prepare` made.
#[derive(Args, Debug)]
pub(super) struct Generations {
    /// The generation that the nodes are to have.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(super) bundles: Option<PathBuf>,
    /// The generation that the nodes have. Without --state, the plan assumes that every node has loaded its bundle.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(super) previous: Option<PathBuf>,
    /// The full SHA-256 of a further certificate that nodes may come to trust.
    ///
    /// Neither generation was made with this certificate. `observe` shows the SHA-256. Can be given several times.
    #[arg(long, global = true, value_name = "SHA256")]
    pub(super) trust: Vec<Digest>,
}

impl Arguments {
    pub(super) fn refuse_unused(&self) -> anyhow::Result<()> {
        let Generations { bundles, previous, trust } = &self.generations;
        if self.cluster.state.is_none() && previous.is_none() {
            ensure!(
                bundles.is_none(),
                "--bundles needs --state, or --previous with the nodes' present generation: a description has labels, but no \
                 certificates"
            );
            ensure!(
                trust.is_empty(),
                "--trust needs --state or --previous: a description has labels, but no certificates"
            );
        }
        let Output { playbook, trees, names, stores, .. } = &self.output;
        ensure!(
            playbook.is_some() || (trees.is_none() && names.is_none() && stores.is_none()),
            "--trees, --names and --stores need --playbook"
        );
        ensure!(trees.is_none() || self.cluster.state.is_some(), "--trees needs --state");
        Ok(())
    }

    pub(super) fn refuse_options_of_plans(&self, what: &str) -> anyhow::Result<()> {
        let Choice { as_documented, racks_together, data_centres_together, fallback, back_from } = &self.choice;
        let Generations { bundles, previous, trust } = &self.generations;
        let Output { markdown, html, svg, playbook, trees, names, stores } = &self.output;
        let given = [
            ("--as-documented", *as_documented),
            ("--racks-together", *racks_together),
            ("--data-centres-together", *data_centres_together),
            ("--fallback", *fallback),
            ("--back-from", back_from.is_some()),
            ("--bundles", bundles.is_some()),
            ("--previous", previous.is_some()),
            ("--trust", !trust.is_empty()),
            ("--markdown", *markdown),
            ("--html", html.is_some()),
            ("--svg", svg.is_some()),
            ("--playbook", playbook.is_some()),
            ("--trees", trees.is_some()),
            ("--names", names.is_some()),
            ("--stores", stores.is_some()),
        ];
        match given.iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => bail!("{what} makes no plan, and does not use {option}"),
            None => Ok(()),
        }
    }

    pub(super) fn goal(&self) -> anyhow::Result<&Wanted> {
        self.goal.as_ref().context(
            "no goal is given: use rotate, compare, enable, disable, client-auth, distrust, --verify or \
             --explain-input",
        )
    }
}

impl ClusterSource {
    pub(super) fn file(&self) -> anyhow::Result<&Path> {
        let NodesSource { cluster, inventory, .. } = &self.nodes;
        let file = [cluster, &self.state, &self.nodetool_status, inventory].into_iter().flatten().next();
        Ok(file.context("no cluster is given: use --cluster, --state, --nodetool-status or --inventory")?)
    }

    pub(super) fn description(&self) -> anyhow::Result<Description> {
        let file = self.file()?;
        ensure!(self.state.is_none(), "{} is not a description of a cluster: give one with --cluster", file.display());
        let mut description = match (&self.nodetool_status, &self.nodes.cassandra) {
            (Some(file), Some(release)) => Description::from_nodetool_status(&read_text(file)?, release.clone())
                .with_context(|| file.display().to_string())?,
            _ => self.nodes.description()?,
        };
        if self.nodes.cluster.is_some() {
            return Ok(description);
        }
        description.client_auth = self.client_auth.map(|switch| switch == Switch::On);
        for node in &mut description.nodes {
            node.speaks = self.speaks;
        }
        Ok(description)
    }
}
