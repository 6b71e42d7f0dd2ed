//! The library, held against its own promises; what others make of its results is in `tests/foreign`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it expects by panicking")]

mod authority;
mod corpora;
mod fleet;
mod keys;
mod names;
mod nodes;
mod odd_keys;
mod pem;
mod reports;
#[path = "../workshop/mod.rs"]
mod workshop;
