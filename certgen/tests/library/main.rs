//! The library, held against its own promises; what others make of its results is in `tests/foreign`.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod authority;
mod by_hand;
mod corpora;
mod extensions;
mod fleet;
mod golden;
mod judge;
mod keys;
mod lints;
#[cfg(all(feature = "ec", feature = "encrypted-keys"))]
mod messages;
mod names;
mod nodes;
mod odd_keys;
mod pem;
mod refusals;
mod replies;
mod reports;
mod requests;
mod windows;
#[path = "../workshop/mod.rs"]
mod workshop;
