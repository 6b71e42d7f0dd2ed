//! Enables and rotates internode TLS on three nodes, and checks the connections after every step.

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
