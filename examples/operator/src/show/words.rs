//! What a step does, in the words of the settings file.

use cassandra_props::{Family, InternodeEncryption, Setting};
use rotation_planner::{
    Action, Activation, ClientAuth, Encryption, InternodeMode, OptionalSetting, OptionalSupport, Placement, Scope,
    Step, Trust,
};

use crate::description::{Build, StagingChoice};
use crate::input::Name;

/// Anchors are named up to this number.
const NAMED: usize = 6;

/// What a step does, in short.
pub(super) fn words(step: &Step) -> String {
    match step.action() {
        Action::StageTrust(trust) => format!("copy truststore with {}", anchors(trust)),
        Action::StageIdentity(identity) => format!("copy keystore with {identity}"),
        other => other.to_string(),
    }
}

fn anchors(trust: &Trust) -> String {
    if trust.len() > NAMED {
        return format!("{} certificates", trust.len());
    }
    trust.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// What the settings of a cluster are called, and where its stores are put.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// The build of Cassandra.
    pub build: &'a Build,
    /// Where new stores are put.
    pub staging: StagingChoice,
    /// Which pairs are encrypted.
    pub scope: Scope,
}

impl Words<'_> {
    /// Where each thing stands, for the head of a runbook.
    pub(super) fn legend(&self) -> Vec<String> {
        let prefixes = match self.build.release() {
            Ok(release) => format!("`{}`", Family::of_release(release).prefix()),
            // Edge, in a version that is not given.
            Err(_) => Family::ALL.map(|family| format!("`{}`", family.prefix())).join(" or "),
        };
        let yaml = if self.build.is_documented() {
            "`cassandra.yaml`, under `server_encryption_options`; on Apigee Edge in "
        } else {
            ""
        };
        let settings = format!("Settings are in {yaml}`cassandra.properties`, where each name begins with {prefixes}.");
        let stores = "`keystore` and `truststore` name the stores, `keystore_password` and `truststore_password` hold their \
                      passwords. Each store belongs to the user that runs Cassandra, with mode 0400.";
        vec![
            settings,
            stores.to_owned(),
            format!("New truststore: {}.", how(self.staging.staging().trust)),
            format!("New keystore: {}.", how(self.staging.staging().identity)),
        ]
    }

    /// The commands of a step on its node.
    pub(super) fn commands(&self, step: &Step) -> Vec<String> {
        // A command contains no text that a shell or Markdown interprets.
        let node = step.node().as_str();
        let node = if node.parse::<Name>().is_ok() { node } else { "NODE" };
        match step.action() {
            Action::StageTrust(_) => copy(Setting::Truststore, node, self.staging.staging().trust),
            Action::StageIdentity(_) => copy(Setting::Keystore, node, self.staging.staging().identity),
            Action::StageMode(mode) => self.mode(*mode),
            Action::StageClientAuth(ClientAuth::On) => vec![set(Setting::RequireClientAuth, "true")],
            Action::StageClientAuth(ClientAuth::Off) => vec![set(Setting::RequireClientAuth, "false")],
            Action::Activate(Activation::Reload) => vec!["nodetool reloadssl".to_owned()],
            Action::Activate(Activation::Restart) => vec!["nodetool drain".to_owned(), self.service("restart")],
            Action::Stop => vec!["nodetool drain".to_owned(), self.service("stop")],
            Action::Start => vec![self.service("start")],
            _ => Vec::new(),
        }
    }

    fn mode(&self, mode: InternodeMode) -> Vec<String> {
        let (encryption, optional) = mode.settings();
        let value = match encryption {
            Encryption::Off => InternodeEncryption::None,
            Encryption::On => bridge::settings::internode_encryption(self.scope),
        };
        let mut commands = vec![set(Setting::InternodeEncryption, value.as_str())];
        let is_known = |release| bridge::settings::optional(release) == OptionalSupport::Available;
        if self.build.release().is_ok_and(is_known) {
            let value = if optional == OptionalSetting::True { "true" } else { "false" };
            commands.push(set(Setting::Optional, value));
        }
        commands
    }

    fn service(&self, verb: &str) -> String {
        if self.build.is_documented() {
            format!("systemctl {verb} cassandra")
        } else {
            format!("/opt/apigee/apigee-service/bin/apigee-service apigee-cassandra {verb}")
        }
    }
}

const IN_PLACE: &str = "over the old one, in one step (copy beside it, then rename): same path, same password";
const NEW_PATH: &str =
    "under a new path; set its path and its password; the old file stays until the next restart is confirmed";

/// How a store is put there; a [`StagingChoice`] never changes a password in place.
fn how(placement: Placement) -> &'static str {
    if placement == Placement::NewPath { NEW_PATH } else { IN_PLACE }
}

fn copy(setting: Setting, node: &str, placement: Placement) -> Vec<String> {
    let kind = setting.name();
    if placement == Placement::NewPath {
        return vec![format!("install -m 0400 {kind}.{node} NEW_PATH"), set(setting, "NEW_PATH")];
    }
    vec![format!("install -m 0400 {kind}.{node} PATH  # PATH: what {kind} names")]
}

fn set(setting: Setting, value: &str) -> String {
    format!("{}: {value}  # in the settings", setting.name())
}
