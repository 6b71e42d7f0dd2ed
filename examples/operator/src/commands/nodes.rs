//! The nodes of a cluster, from a description in TOML or from an Ansible inventory.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::description::{Build, Description, NAMELESS, Node};
use crate::inspect::{is_settings, is_text_with};
use crate::reading::read_text;
use crate::shown;

/// The options that describe a cluster.
#[derive(Args, Debug)]
pub(super) struct NodesSource {
    /// The cluster in TOML (`plan --explain-input` explains each field).
    #[arg(long, value_name = "FILE", group = "source")]
    pub(super) cluster: Option<PathBuf>,
    /// The cluster as `ansible-inventory --list` prints it; `--cassandra` gives the release.
    ///
    /// These variables of a host are read: `ansible_host`, `cassandra_dc`, `cassandra_rack`, `cassandra_seed`,
    /// `cassandra_addresses`, `cassandra_hostnames`, `cassandra_uri`, `cassandra_subject` and `cassandra_issued_by`.
    /// `plan --explain-input` explains these variables.
    #[arg(long, value_name = "FILE", group = "source", requires = "cassandra")]
    pub(super) inventory: Option<PathBuf>,
    /// The release, such as 4.0.17 or (for Edge) edge-4.53.01, if the cluster's file has none.
    ///
    /// Give `edge` if the version of Edge is unknown.
    #[arg(long, value_name = "RELEASE", conflicts_with = "cluster")]
    pub(super) cassandra: Option<Build>,
    /// With --inventory: the group of the nodes. By default, `cassandra`.
    #[arg(long, requires = "inventory")]
    group: Option<String>,
}

impl NodesSource {
    pub(super) fn description(&self) -> anyhow::Result<Description> {
        match (&self.cluster, &self.inventory, &self.cassandra) {
            (Some(file), ..) => describe(file),
            (None, Some(file), Some(release)) => {
                let group = self.group.as_deref().unwrap_or("cassandra");
                let described = Description::from_inventory(&read_text(file)?, group, release.clone());
                described.with_context(|| file.display().to_string())
            }
            _ => bail!("no cluster is given: use --cluster, or --inventory with --cassandra"),
        }
    }

    pub(super) fn arguments(&self) -> String {
        let option = |name: &str, value: &dyn std::fmt::Display| format!("--{name} {value}");
        let files = [("cluster", &self.cluster), ("inventory", &self.inventory)];
        let files = files.into_iter().filter_map(|(name, file)| Some(option(name, &shown::path(file.as_ref()?))));
        let release = self.cassandra.as_ref().map(|release| option("cassandra", release));
        let group = self.group.as_deref().map(|group| option("group", &shown::shown(group)));
        files.chain(release).chain(group).collect::<Vec<_>>().join(" ")
    }
}

pub(super) fn describe(cluster: &Path) -> anyhow::Result<Description> {
    let text = read_text(cluster)?;
    let described = Description::from_toml(&text);
    let described = match instead_of_toml(&text) {
        Some(hint) => described.context(hint),
        None => described,
    };
    described.with_context(|| cluster.display().to_string())
}

fn instead_of_toml(text: &str) -> Option<&'static str> {
    if text.parse::<toml::Table>().is_ok() {
        return None;
    }
    Some(if text.lines().any(|line| line.starts_with("Datacenter:") || line.starts_with("--  Address")) {
        "this is the output of `nodetool status`: give it to `plan` with --nodetool-status"
    } else if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        "this is JSON: give an inventory with --inventory, or a state to `plan` with --state"
    } else if is_text_with(text.as_bytes(), "ansible_") {
        "this is an inventory: `ansible-inventory -i INVENTORY --list > inventory.json` writes the file for --inventory"
    } else if is_settings(text.as_bytes()) {
        "these are a node's settings; a cluster is described in TOML, as `plan --explain-input` shows"
    } else {
        "not TOML; `plan --explain-input` shows how a cluster is described"
    })
}

pub(super) fn at_port(node: &Node, port: u16) -> anyhow::Result<String> {
    match node.address {
        Some(address) => Ok(SocketAddr::from((address, port)).to_string()),
        None => Ok(format!("{}:{port}", node.hostname().context(NAMELESS)?)),
    }
}
