//! Internode TLS enabled and rotated on three nodes inside one process, from files that the four libraries make.

pub mod lab;
pub mod quickstart;

/// The examples on the project's front page compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct FrontPage;

/// The examples of a page for authors of Rust programs compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/cases/read-stores-in-rust.md")]
struct ReadStores;
