//! The modules of `cassandra-tls`: [`cli`], its subcommands, and the modules they share.

pub mod bundle;
pub mod cli;
mod commands;
pub mod description;
pub mod document;
pub mod files;
pub mod folders;
pub mod goal;
pub mod input;
pub mod inspect;
mod memory;
mod metrics;
mod named_stores;
mod pem_stores;
pub mod plan;
pub mod playbook;
pub mod preflight;
pub mod probe;
pub mod reading;
mod renewal;
pub mod secret;
pub mod settings;
pub mod show;
pub mod shown;
pub mod state;
pub mod status;
