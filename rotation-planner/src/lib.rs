#![doc = include_str!("../README.md")]

mod anchor_set;
mod back;
mod checker;
mod cluster;
mod error;
mod evidence;
#[cfg(feature = "serde")]
mod format;
mod goal;
mod keyspace;
mod label;
mod mending;
mod mode;
mod model;
mod plan;
mod planner;
mod preference;
mod refusal;
mod report;
mod safety;
mod semantics;
mod state;
mod tally;

pub use back::way_back;
pub use checker::{Checker, check};
pub use cluster::{Change, Cluster, Known, Loaded, Node, Observed, Role, Scope, Setup};
pub use error::{Error, ErrorKind, Unfinished};
pub use evidence::{Evidence, Mark, ProcessId, SinceMark};
pub use goal::{Goal, Plaintext};
pub use keyspace::{Consistency, Keyspace};
pub use label::{AnchorId, Identity, IdentityId, NodeName, Trust};
pub use mending::Mending;
pub use mode::{InternodeEncryption, InternodeMode, Keystore, Optional, Wire};
pub use plan::{Action, Cost, Event, Gate, Optimality, Plan, Step, Waiting, WaitsFor, Wave};
pub use planner::plan;
pub use preference::{Order, Preference};
pub use refusal::{LeastBad, Price, Refusal, Rule, Shown, When, Witness};
pub use semantics::{ClientAuth, LoadKind, OptionalTls, Placement, Semantics, Staging, StoreLocation, Version};
