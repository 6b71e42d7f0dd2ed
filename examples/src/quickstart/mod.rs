//! Enables and rotates internode TLS on three nodes, and checks all connections.

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
