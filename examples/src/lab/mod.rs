//! Nodes inside one process that speak real TLS over loopback, with the files in their trees.
//!
//! A [`Process`] reads its host's `cassandra.properties` and stores when a Cassandra node of its version would: at
//! start, for each connection, or at a reload. Every process opens a port and connects to its peers. A [`Client`]
//! connects to nodes and opens no port. No other part of Cassandra is imitated: there is no gossip and no data.

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
