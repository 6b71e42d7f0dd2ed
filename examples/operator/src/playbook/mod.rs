//! Writes a plan for Ansible.
//!
//! The playbooks and the role are static, so that people can read them; `playbook.json` contains the plan's data. The
//! SHA-256 of a node's TLS files and a marker that is written last show the node's progress. So the same command can continue
//! a run that stopped, and changes no host when all is done. The role does not overwrite a TLS file that is neither from
//! before the plan nor from the plan. Another playbook, which changes no host, collects the input of [`crate::state`].

mod collection;
mod cuts;
mod document;
mod node;
mod progress;
mod sequence;
mod settings;
mod site;
mod supply;

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bridge::settings::internode_encryption;
use cassandra_props::Family;
use rotation_planner::{Plan, TlsConfig, rollback};
use zeroize::Zeroizing;

use crate::document::Schema;
use crate::files::Access;
use crate::folders::{self, SharedFolder};
use crate::input::{Digest, HostPath, Name};
use crate::show;
use crate::state::{Loaded, OnDisk, State};
use cuts::Cuts;
use document::{Document, NodeEntry, WaveEntry};
use node::{Node, Paths, Source};
use sequence::{Placed, Sequence};
use settings::{Names, Settings};
use supply::Supply;

pub(crate) use progress::{Progress, Underway};
use site::SYSTEMD_SITE;
pub(crate) use site::hint_for_packages;
pub use site::{Program, SITE};

/// The input of a playbook.
#[derive(Debug)]
pub struct Order<'a> {
    /// The cluster in its current state.
    pub state: &'a State,
    /// The plan, which replaces stores in place.
    pub plan: &'a Plan,
    /// The plan's [`id`](crate::plan::id), which the plan's markers contain.
    pub id: Name,
    /// The plan as `plan --json` prints it, from which `apply` reads the steps.
    pub printed: String,
    /// The generations whose files the playbook may use, the new one first.
    pub generations: Vec<PathBuf>,
    /// The folder with copies of the nodes' trees, each under the node's name.
    ///
    /// A plan that changes settings needs the copies. The passwords in the settings must be those of the bundles.
    pub trees: Option<&'a Path>,
    /// The family of names in the settings; `None` if it is not given.
    pub family: Option<Family>,
    /// The folder on nodes for stores without a known path.
    ///
    /// The stores are `keystore.NODE` and `truststore.NODE`.
    pub stores: &'a HostPath,
    /// The path of the program that the playbook calls.
    pub program: Program,
}

/// One file of a playbook.
#[derive(Debug)]
pub struct Rendered {
    /// The name of the file in the playbook's folder.
    pub name: String,
    /// The content of the file.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The permissions of the file.
    pub access: Access,
}

impl Rendered {
    fn text(name: &str, text: String) -> Self {
        Self { name: name.to_owned(), bytes: Zeroizing::new(text.into_bytes()), access: Access::Editable }
    }
}

/// Renders the files of a playbook.
///
/// # Errors
/// If a generation or a tree cannot be read or does not fit the state, if the release of a node is unknown, if the plan needs
/// files that no generation has, or if a playbook cannot carry out the plan.
pub fn render(order: &Order<'_>) -> anyhow::Result<Vec<Rendered>> {
    let supply = Supply::new(&order.generations, &order.state.certificates)?;
    let paths = paths(order)?;
    let sequence = Sequence::of(order.plan, &order.state.cluster, nodes(order, &supply, &paths)?)?;
    let state = order.state.json()?;
    let mut files = vec![
        Rendered::text(PLAN, document(order, Digest::of(state.as_bytes()), &sequence, &paths)?),
        Rendered::text(PRINTED, order.printed.clone()),
        Rendered::text(STATE, state),
    ];
    files.extend(collection::EXECUTOR.iter().map(|(name, text)| Rendered::text(name, (*text).to_owned())));
    files.extend(observer(&order.state.disks.keys().collect::<Vec<_>>(), &order.program)?);
    let made = sequence.visits.iter().flat_map(|visit| visit.puts.iter().map(move |put| (visit, put)));
    files.extend(made.filter_map(|(visit, Placed { stage, put, .. })| match &put.source {
        Source::Made(bytes) => Some(Rendered {
            name: document::made_name(&visit.node, *stage, put.kind),
            bytes: bytes.clone(),
            access: Access::Owner,
        }),
        Source::Bundle(_) => None,
    }));
    Ok(files)
}

/// The file with the plan's data in a playbook's folder.
pub const PLAN: &str = "playbook.json";

const PRINTED: &str = "plan.json";

const STATE: &str = "state.json";

fn document(
    order: &Order<'_>,
    observation: Digest,
    sequence: &Sequence,
    paths: &BTreeMap<Name, Paths>,
) -> anyhow::Result<String> {
    // If a host was not observed, the site's variables say where stores are.
    let looked = order.state.disks.values().all(|disk| disk.settings.is_some());
    let cuts = Cuts::of(&order.state.cluster, order.plan)?;
    let trusts = sequence.trusts();
    let wave = |number| WaveEntry::new(number, way_back(order, number), sequence, &trusts);
    let port = |(name, disk)| anyhow::Ok((name, order.state.build_on(disk).tls_port()?));
    let ports = order.state.disks.iter().map(port).collect::<anyhow::Result<BTreeMap<&Name, u16>>>()?;
    let nodes = order.state.disks.iter().zip(ports.values()).map(|((name, disk), port)| {
        let paths = paths.get(name).filter(|_| looked);
        (name, NodeEntry::new(name, disk.address.map(as_java_writes), *port, paths, sequence))
    });
    Schema::PLAYBOOK.write(&Document {
        plan: order.id.clone(),
        title: order.plan.to_string().lines().next().unwrap_or_default().to_owned(),
        observation,
        steps: Digest::of(order.printed.as_bytes()),
        edits_settings: sequence.edits_settings(),
        breaks: cuts.breaks,
        ports: ports.values().copied().collect(),
        nodes: nodes.collect(),
        waves: (1..=order.plan.waves().len()).map(wave).collect::<anyhow::Result<_>>()?,
        cuts: &cuts.before,
        trusts: trusts.iter().map(|(trusts, name)| (name.clone(), *trusts)).collect(),
    })
}

/// An address as Java prints it (`InetAddress.getHostAddress`).
///
/// IPv6 has no `::`, and an IPv4-mapped address is printed as IPv4.
fn as_java_writes(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => address.segments().map(|segment| format!("{segment:x}")).join(":"),
    }
}

/// The files of the playbook that observes hosts.
///
/// # Errors
/// None in practice.
pub fn observer(nodes: &[&Name], program: &Program) -> anyhow::Result<Vec<Rendered>> {
    let hosts = BTreeMap::from([("rot_hosts", nodes)]);
    let fixed = collection::OBSERVER.iter().chain(collection::COLLECTION);
    let mut files: Vec<_> = fixed.map(|(name, text)| Rendered::text(name, (*text).to_owned())).collect();
    files.extend([
        Rendered::text("hosts.json", serde_json::to_string_pretty(&hosts)? + "\n"),
        Rendered::text(SITE, site::apigee(program)),
        Rendered::text(SYSTEMD_SITE, site::systemd(program)),
    ]);
    Ok(files)
}

/// Writes a playbook into a folder, and replaces an earlier playbook there.
///
/// An existing [`SITE`] belongs to the operator and is not overwritten.
///
/// # Errors
/// If others can change the folder or [`SITE`], if another of the files exists but was not written by this program, if the
/// name of a file leads through a symbolic link, or if something cannot be read or written.
pub fn write(files: &[Rendered], folder: &Path) -> anyhow::Result<()> {
    let mut target = SharedFolder::take(folder)?;
    // The files that were made for an earlier plan contain keys and passwords.
    target.remove_below(document::MADE)?;
    let site = folder.join(SITE);
    let keeps_site = fs::symlink_metadata(&site).is_ok();
    if keeps_site {
        folders::file_is_ours(&site)?;
    }
    let (sites, ours): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.name == SITE);
    target.claim(&ours.iter().map(|file| file.name.as_str()).collect::<Vec<_>>())?;
    for Rendered { name, bytes, access } in ours.into_iter().chain(sites.into_iter().filter(|_| !keeps_site)) {
        target.install(name, bytes, *access)?;
    }
    Ok(())
}

fn nodes<'a>(
    order: &'a Order<'_>,
    supply: &'a Supply<'_>,
    paths: &BTreeMap<Name, Paths>,
) -> anyhow::Result<BTreeMap<Name, Node<'a>>> {
    let cluster = &order.state.cluster;
    let mut nodes = BTreeMap::new();
    for (name, disk) in &order.state.disks {
        let seen = cluster.get(&name.as_str().into()).with_context(|| format!("{name} is not in the cluster"))?;
        let pairs = internode_encryption(cluster.scope_of(seen));
        let names = Names { family: order.family, pairs, release: order.state.build_on(disk).release()? };
        let settings = match (order.trees, &disk.settings) {
            (Some(trees), Some(seen)) => Some(Settings::read(&trees.join(name.as_str()), seen, names)?),
            _ => None,
        };
        let load = load(seen.observed().disk(), supply)?;
        let paths = paths.get(name).context("a node without paths")?.clone();
        nodes.insert(name.clone(), Node::new(name.as_str(), supply, disk, settings, paths, load));
    }
    Ok(nodes)
}

fn paths(order: &Order<'_>) -> anyhow::Result<BTreeMap<Name, Paths>> {
    let place = |file: &Option<OnDisk>, kind: &str, node: &Name| match file.as_ref().and_then(|file| file.path.clone())
    {
        Some(path) => Ok(path),
        None => order.stores.join(&format!("{kind}.{node}")),
    };
    let paths = order.state.disks.iter().map(|(node, disk)| {
        let keystore = place(&disk.keystore, "keystore", node)?;
        Ok((node.clone(), Paths { keystore, truststore: place(&disk.truststore, "truststore", node)? }))
    });
    paths.collect()
}

fn load(setup: &TlsConfig, supply: &Supply<'_>) -> anyhow::Result<Loaded> {
    let identity = setup.identity().map(|identity| supply.digests_of(identity)).transpose()?;
    let trusts = supply.certificates_of(setup.trust())?;
    Ok(Loaded {
        mode: setup.mode(),
        identity,
        trusts: trusts.iter().map(|(digest, _)| *digest).collect(),
        client_auth: setup.client_auth(),
    })
}

fn way_back(order: &Order<'_>, wave: usize) -> String {
    match rollback(&order.state.cluster, order.plan, wave) {
        Ok(back) => show::cost(back.cost()),
        Err(refusal) => format!("none ({refusal})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_nodetool() {
        for (address, written) in
            [("192.0.2.11", "192.0.2.11"), ("2001:db8::1", "2001:db8:0:0:0:0:0:1"), ("::ffff:192.0.2.11", "192.0.2.11")]
        {
            assert_eq!(as_java_writes(address.parse().unwrap()), written);
        }
    }
}
