//! What the subcommands of `cassandra-tls` share.

pub mod bundle;
pub mod description;
pub mod files;
pub mod goal;
pub mod inspect;
pub mod playbook;
pub mod preflight;
pub mod probe;
pub mod secret;
pub mod show;
pub mod state;
