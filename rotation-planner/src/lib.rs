#![doc = include_str!("../README.md")]
// On docs.rs, items show the feature that they need.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod anchor_set;
mod bundle;
mod checker;
mod cluster;
mod effect;
mod error;
mod evidence;
mod few;
#[cfg(feature = "serde")]
mod format;
mod goal;
mod judgement;
mod keyspace;
mod label;
mod mode;
mod model;
mod moment;
mod number_map;
mod numbering;
mod origin;
mod pairs;
mod places;
mod plan;
mod planner;
mod preference;
mod refusal;
mod repair;
mod report;
mod rollback;
mod safety;
mod semantics;
mod state;
mod tally;
mod transports;
mod trust;

pub use checker::{Checker, check};
pub use cluster::{Cluster, Known, Loaded, Mutability, Node, Observed, Role, Scope, TlsConfig};
pub use error::{Error, ErrorKind, Unfinished};
pub use evidence::{Evidence, LoadRecord, ProcessId, SinceLoad};
pub use goal::{Goal, Plaintext};
pub use judgement::{Facts, Judgement};
pub use keyspace::{Consistency, Keyspace};
pub use label::{AnchorId, Identity, IdentityId, NodeName};
pub use mode::{InternodeMode, Transport};
pub use origin::Origin;
pub use plan::{Action, Cost, Event, Gate, Optimality, Plan, Step, Waiting, WaitsFor, Wave};
pub use planner::plan;
pub use preference::Preference;
pub use refusal::{Fallback, Impact, Refusal, Rule, Shown, When, Witness};
pub use repair::Repair;
pub use rollback::rollback;
pub use semantics::{Activation, ClientAuth, OptionalSupport, Placement, Reading, Readings, Semantics, Staging};
pub use trust::Trust;
