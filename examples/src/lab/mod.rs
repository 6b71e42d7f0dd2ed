//! Nodes inside one process that speak real TLS over loopback, from the files in their trees.
//!
//! A [`Process`] reads its host's `cassandra.properties` and stores like a Cassandra node, at the moments at which that
//! version does: what it loads at start, what it reads for each connection, and what a reload renews. It opens a port
//! and dials its peers. A [`Client`] dials nodes and opens no port. Nothing else of Cassandra is imitated: no gossip, no
//! data.

mod client;
mod context;
mod dial;
mod host;
mod listener;
mod process;
mod release;
mod settings;
mod trust;

pub use client::Client;
pub use context::{Context, read_stores};
pub use dial::Outcome;
pub use host::{DATA, Host, PROPERTIES};
pub use process::Process;
pub use release::{FAMILY, RELEASES, has_one_port};
pub use settings::Settings;
pub use trust::JavaTrust;
