//! Enables and rotates internode TLS on three nodes inside one process.

pub mod lab;
pub mod quickstart;

/// Compiles and runs the examples in the project's README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct FrontPage;

/// Compiles and runs the examples in `docs/cases/read-stores-in-rust.md`.
#[cfg(doctest)]
#[doc = include_str!("../../docs/cases/read-stores-in-rust.md")]
struct ReadStores;
