//! Internode TLS enabled and rotated on three nodes inside one process, every step proven by handshakes.

mod check;
mod folder;
mod nodes;
mod page;
mod report;
mod show;
mod story;
mod tree;

pub use report::Report;
pub use story::{Options, run};
