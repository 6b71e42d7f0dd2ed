//! Simulated nodes that speak real TLS over loopback.
//!
//! A [`Process`] is a node, which opens a port and can connect to other nodes. It reads `cassandra.properties` of its
//! [`Host`] at start, and the stores when a Cassandra node of its version would: at start, for each outbound connection, or
//! at a reload. A [`Client`] connects to nodes and opens no port. No other part of Cassandra is imitated: there is no gossip
//! and no data.

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
