//! The effect of a step on a node.
//!
//! The effect is applied to the observed state ([`Cluster::apply`](crate::Cluster::apply)) and to the states that a crash may
//! cause ([`Checker::apply`](crate::Checker::apply)).

use crate::label::Identity;
use crate::mode::InternodeMode;
use crate::plan::Action;
use crate::semantics::{Activation, ClientAuth, Reading, Semantics};
use crate::trust::Trust;

#[derive(Clone, Copy)]
pub(crate) enum Effect<'a> {
    Stage(Staged<'a>),
    /// A process starts or restarts, and loads what is on disk.
    Start,
    Stop,
    Reload(Reloads),
}

#[derive(Clone, Copy)]
pub(crate) enum Staged<'a> {
    Trust(&'a Trust),
    Identity(&'a Identity),
    Mode(InternodeMode),
    ClientAuth(ClientAuth),
}

/// For each use of a store, whether the process uses the store on disk after a reload.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "one for each reading")]
pub(crate) struct Reloads {
    pub(crate) trust_as_client: bool,
    pub(crate) trust_as_server: bool,
    pub(crate) identity_as_client: bool,
    pub(crate) identity_as_server: bool,
}

impl Reloads {
    pub(crate) fn identity(self) -> bool {
        self.identity_as_client && self.identity_as_server
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Process {
    Running,
    Stopped,
}

impl Semantics {
    /// The effect of `action`; `None` if it cannot be applied.
    pub(crate) fn effect(self, action: &Action, process: Process) -> Option<Effect<'_>> {
        let running = process == Process::Running;
        match action {
            Action::StageTrust(trust) => Some(Effect::Stage(Staged::Trust(trust))),
            Action::StageIdentity(identity) => Some(Effect::Stage(Staged::Identity(identity))),
            Action::StageMode(mode) => Some(Effect::Stage(Staged::Mode(*mode))),
            Action::StageClientAuth(client_auth) => Some(Effect::Stage(Staged::ClientAuth(*client_auth))),
            Action::Activate(Activation::Reload) => self.reloads().filter(|_| running).map(Effect::Reload),
            Action::Activate(Activation::Restart) => running.then_some(Effect::Start),
            Action::Start => (!running).then_some(Effect::Start),
            Action::Stop => running.then_some(Effect::Stop),
        }
    }

    /// What a reload renews; `None` if no store is read at a reload.
    fn reloads(self) -> Option<Reloads> {
        let trust = [self.trust_as_client(), self.trust_as_server()];
        let identity = [self.identity_as_client(), self.identity_as_server()];
        let [trust_as_client, trust_as_server] = trust.map(Reading::is_renewed_by_reload);
        let [identity_as_client, identity_as_server] = identity.map(Reading::is_renewed_by_reload);
        let is_any = trust.into_iter().chain(identity).any(|reading| reading == Reading::AtReload);
        is_any.then_some(Reloads { trust_as_client, trust_as_server, identity_as_client, identity_as_server })
    }
}
