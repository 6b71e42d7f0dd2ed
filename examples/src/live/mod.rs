//! Real Cassandra nodes on this machine, enabled and rotated while a client works (Linux only).

mod artifacts;
mod carry_out;
mod configuration;
mod console;
mod gate;
mod host;
mod java;
mod load;
mod loader;
mod log;
mod marks;
mod node;
mod nodetool;
mod probe;
mod process;
mod reconnect;
mod release;
mod report;
mod rig;
mod run;
mod scenario;
mod sockets;

pub use load::{Load, LoadReport, load};
pub use release::Release;
pub use report::Report;
pub use run::{Options, Staging, fetch, run};
pub use scenario::Scenario;
