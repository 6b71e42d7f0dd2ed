//! What a step does to a node: written once, for what is observed ([`Cluster::apply`](crate::Cluster::apply)) and for
//! what may be so whatever crashes come ([`Checker::apply`](crate::Checker::apply)).

use crate::label::{Identity, Trust};
use crate::mode::InternodeMode;
use crate::plan::Action;
use crate::semantics::{Activation, ClientAuth, Semantics};

/// What an action does to a node.
#[derive(Clone, Copy)]
pub(crate) enum Effect<'a> {
    /// This is on disk afterwards.
    Stage(Staged<'a>),
    /// A process starts, with what is on disk.
    Start,
    /// The process is gone.
    Stop,
    /// The running process takes these stores from the disk.
    Reload(Reloads),
}

/// The part of a node's files that is staged.
#[derive(Clone, Copy)]
pub(crate) enum Staged<'a> {
    Trust(&'a Trust),
    Identity(&'a Identity),
    Mode(InternodeMode),
    ClientAuth(ClientAuth),
}

/// The stores that a reload renews.
#[derive(Clone, Copy)]
pub(crate) struct Reloads {
    pub(crate) trust: bool,
    pub(crate) identity: bool,
}

/// Whether a node has a process.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Process {
    Running,
    Stopped,
}

impl Semantics {
    /// What `action` does to a node; `None` if it does not apply to it.
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

    /// The stores that a reload renews; `None` if it renews none.
    fn reloads(self) -> Option<Reloads> {
        let trust = self.trust_activation() == Activation::Reload;
        let identity = self.identity_activation() == Activation::Reload;
        (trust || identity).then_some(Reloads { trust, identity })
    }
}
