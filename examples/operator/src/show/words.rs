//! The commands of a plan's steps and gates, with the names of the settings.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use cassandra_props::{Family, InternodeEncryption, OptionalTls, Setting};
use rotation_planner::{
    Action, Activation, ClientAuth, Cluster, Gate, Identity, InternodeMode, NodeName, OptionalSupport, Placement,
    Scope, Step, Transport, Wave,
};

use super::sources::{Copied, Sources};
use crate::description::{Build, Builds, StagingChoice};
use crate::input::Name;

/// The facts from which the commands of steps and gates are written.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// The builds that the nodes run.
    pub builds: &'a Builds<'a>,
    /// The placement of new stores.
    pub staging: StagingChoice,
    /// The cluster, which gives the scope of each node's encryption.
    pub cluster: &'a Cluster,
    /// The state of the cluster, and the generation for its nodes, as far as they are known.
    pub sources: Sources<'a>,
}

/// The command for a reload, and the proof of its success.
///
/// From Cassandra 4.1.4 on, a failed reload also ends with status 0. A probe does not show what the node trusts.
const RELOAD: &str = "nodetool reloadssl  # then system.log must say \"SSL certificates have been updated\", and not \
                      \"Failed to hot reload\"; the exit status proves nothing";

impl Words<'_> {
    pub(super) fn legend(&self) -> Vec<String> {
        // For a build of Edge without a version, these are the releases of all versions.
        let releases = self.builds.different().flat_map(Build::releases);
        let prefixes: BTreeSet<String> =
            releases.map(|release| format!("`{}`", Family::of_release(release).prefix())).collect();
        let prefixes = prefixes.into_iter().collect::<Vec<_>>().join(" or ");
        let yaml = "`cassandra.yaml`, under `server_encryption_options`";
        let properties = format!("`cassandra.properties`, where each name begins with {prefixes}");
        let settings = if self.sources.is_yaml() {
            format!("Settings are in {yaml}.")
        } else if self.builds.different().all(Build::is_documented) && !self.sources.is_edge() {
            format!("Settings are in {yaml}; on Apigee Edge in {properties}.")
        } else {
            format!("Settings are in {properties}.")
        };
        let stores = "`keystore` and `truststore` name the stores, `keystore_password` and `truststore_password` hold their \
                      passwords. Each store belongs to the user that runs Cassandra, with mode 0400.";
        vec![
            settings,
            stores.to_owned(),
            format!("New truststore: {}.", how(self.staging.staging().trust)),
            format!("New keystore: {}.", how(self.staging.staging().identity)),
        ]
    }

    /// The commands for a step.
    ///
    /// A store that is replaced at a known path is kept under a name with the plan's id.
    pub(super) fn commands(&self, step: &Step, plan: &str) -> Vec<String> {
        match step.action() {
            Action::StageTrust(_) => self.copy(step, Setting::Truststore, self.staging.staging().trust, plan),
            Action::StageIdentity(_) => self.copy(step, Setting::Keystore, self.staging.staging().identity, plan),
            Action::StageMode(mode) => self.mode(step.node(), *mode),
            Action::StageClientAuth(ClientAuth::On) => vec![set(Setting::RequireClientAuth, "true")],
            Action::StageClientAuth(ClientAuth::Off) => vec![set(Setting::RequireClientAuth, "false")],
            Action::Activate(Activation::Reload) => vec![self.touch(step), RELOAD.to_owned()],
            Action::Activate(Activation::Restart) => {
                vec!["nodetool drain".to_owned(), self.service(step.node(), "restart")]
            }
            Action::Stop => vec!["nodetool drain".to_owned(), self.service(step.node(), "stop")],
            Action::Start => vec![self.service(step.node(), "start")],
            _ => Vec::new(),
        }
    }

    pub(super) fn gate(&self, gate: &Gate, wave: &Wave, address: impl Fn(&str) -> Option<IpAddr>) -> Vec<String> {
        match gate {
            Gate::Staged => wave.steps().iter().filter_map(|step| self.digest(step)).collect(),
            Gate::Handshakes { node, serves } => {
                let name = plain(node);
                let down = if self.has_stopped() { " or has not started it yet" } else { "" };
                let up = format!(
                    "nodetool status  # on {name} and on another node: every node is UN, unless the plan stopped it{down}"
                );
                let probe = serves.as_ref().map(|identity| self.probe(node, identity, address(node.as_str())));
                std::iter::once(up).chain(probe).collect()
            }
            Gate::Stopped(node) => vec![format!("nodetool status  # on another node: {} is DN", plain(node))],
            _ => Vec::new(),
        }
    }

    /// Whether a node is down before the plan.
    fn has_stopped(&self) -> bool {
        self.cluster.nodes().any(|(_, node)| node.observed().loaded().is_none())
    }

    fn build(&self, node: &NodeName) -> &Build {
        self.builds.of(node.as_str())
    }

    fn scope(&self, node: &NodeName) -> Scope {
        self.cluster.get(node).map_or(self.cluster.scope(), |node| self.cluster.scope_of(node))
    }

    fn digest(&self, step: &Step) -> Option<String> {
        let store = match step.action() {
            Action::StageTrust(_) => Setting::Truststore,
            Action::StageIdentity(_) => Setting::Keystore,
            _ => return None,
        };
        let node = plain(step.node());
        let path = self.sources.path(step.node().as_str(), store).unwrap_or("PATH");
        let expected =
            self.sources.file(step).map_or_else(|| "that of the new file".to_owned(), |file| file.sha256.to_string());
        Some(format!("sha256sum {path}  # on {node}: {expected}"))
    }

    fn probe(&self, node: &NodeName, identity: &Identity, address: Option<IpAddr>) -> String {
        let expected = self.sources.certificate(identity).map(|digest| format!("--expect {digest} "));
        let server = match (address, self.build(node).tls_port()) {
            (Some(address), Ok(port)) => SocketAddr::from((address, port)).to_string(),
            _ => "ADDRESS:PORT".to_owned(),
        };
        format!("cassandra-tls probe {}{server}  # the port of TLS in the settings", expected.unwrap_or_default())
    }

    fn copy(&self, step: &Step, setting: Setting, placement: Placement, plan: &str) -> Vec<String> {
        let kind = setting.name();
        let file = self.sources.file(step);
        let path = self.sources.path(step.node().as_str(), setting);
        let (name, source) = match (file, self.sources.generation) {
            (Some(Copied { from, name, sha256 }), _) => (name, Some(format!("# {from}, SHA-256 {sha256}"))),
            // Without a generation, the file has the name that it would have in a bundle.
            (None, None) => (format!("{kind}.{}", plain(step.node())), None),
            (None, Some(_)) => {
                let kept = path.map_or_else(String::new, |path| {
                    format!("; look among those that plans replaced: {path}.before-*")
                });
                let what = format!(
                    "# FILE: a {kind} with the certificates of this step, which the generation does not have{kept}"
                );
                ("FILE".to_owned(), Some(what))
            }
        };
        let commands = match (placement, path) {
            (Placement::NewPath, now) => vec![
                format!("install -m 0400 {name} NEW_PATH"),
                match now {
                    Some(now) => format!("chown --reference={now} NEW_PATH"),
                    None => "chown USER: NEW_PATH  # USER runs Cassandra".to_owned(),
                },
                set(setting, "NEW_PATH"),
            ],
            (_, None) => vec![
                format!("install -m 0400 {name} PATH.new  # PATH: the value of {kind}"),
                format!("chown USER: PATH.new && mv PATH.new PATH  # USER runs Cassandra; PATH: the value of {kind}"),
            ],
            (_, Some(path)) => vec![
                format!("cp -np {path} {path}.before-{plan}"),
                format!("install -m 0400 {name} {path}.new"),
                format!("chown --reference={path} {path}.new && mv {path}.new {path}"),
            ],
        };
        source.into_iter().chain(commands).collect()
    }

    /// A command that gives the stores a new modification time.
    ///
    /// Before Cassandra 4.1.4, a reload loads nothing if no store has a new modification time, and a copy can keep the old time.
    /// In later releases, the command does no harm. Source: `HotReloadableFile.shouldReload`.
    fn touch(&self, step: &Step) -> String {
        let path = |store| self.sources.path(step.node().as_str(), store);
        match (path(Setting::Keystore), path(Setting::Truststore)) {
            (Some(keystore), Some(truststore)) => format!("touch {keystore} {truststore}"),
            _ => "touch PATH PATH  # the values of keystore and truststore".to_owned(),
        }
    }

    fn mode(&self, node: &NodeName, mode: InternodeMode) -> Vec<String> {
        let value = match mode.dials() {
            Transport::Plaintext => InternodeEncryption::None,
            Transport::Tls => bridge::settings::internode_encryption(self.scope(node)),
        };
        let mut commands = vec![set(Setting::InternodeEncryption, value.as_str())];
        let is_known = |release| bridge::settings::optional(release) == OptionalSupport::Available;
        if self.build(node).release().is_ok_and(is_known) {
            let is_accepted = bridge::settings::optional_tls(mode) == OptionalTls::Accepted;
            let value = if is_accepted { "true" } else { "false" };
            commands.push(set(Setting::Optional, value));
        }
        commands
    }

    fn service(&self, node: &NodeName, verb: &str) -> String {
        if self.build(node).is_documented() && !self.sources.is_edge() {
            format!("systemctl {verb} cassandra")
        } else {
            format!("/opt/apigee/apigee-service/bin/apigee-service apigee-cassandra {verb}")
        }
    }
}

const IN_PLACE: &str = "over the old one, in one step (copy beside it, then rename): same path, same password";
const NEW_PATH: &str =
    "under a new path; set its path and its password; the old file stays until the next restart is confirmed";

/// The instruction for a placement.
///
/// Only two placements are possible: no [`StagingChoice`] changes a password in place.
fn how(placement: Placement) -> &'static str {
    if placement == Placement::NewPath { NEW_PATH } else { IN_PLACE }
}

/// A node's name if a shell and Markdown read it literally, otherwise `NODE`.
fn plain(node: &NodeName) -> &str {
    if node.as_str().parse::<Name>().is_ok() { node.as_str() } else { "NODE" }
}

fn set(setting: Setting, value: &str) -> String {
    format!("{}: {value}  # in the settings", setting.name())
}
