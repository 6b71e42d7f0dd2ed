//! Benchmarks of the four libraries against rivals and limits.
//!
//! An [`Operation`] is one piece of work. Its contestants are our library and, where they exist, rivals and a limit. The
//! limit does only the part of the work that cannot be avoided, such as a digest over the same bytes or a key derivation.
//! For the growth of plans, the limit is the plan for a smaller cluster. Results that can be compared are asserted equal.
//! `cargo bench -p benches` measures the operations of [`Effort::Quick`] with criterion. The program `compare` runs the
//! contestants in turn and prints ratios.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a broken fixture must end the run"
)]

mod bcfks;
mod certificates;
mod fixture;
mod java;
mod jks;
mod keys;
mod lines;
mod measure;
mod operation;
mod pkcs12;
mod planner;
mod properties;
mod yaml;

pub use java::{java_rows, missing_rivals};
pub use measure::{Clock, Measured, measure};
pub use operation::{Contestant, Effort, Operation, Run, operations};
