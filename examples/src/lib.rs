//! Enables and rotates internode TLS on three nodes inside one process. The four libraries make the files.

pub mod lab;
pub mod quickstart;

/// Compiles and runs the examples on the project's front page.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct FrontPage;

/// Compiles and runs the examples of the page for authors of Rust programs.
#[cfg(doctest)]
#[doc = include_str!("../../docs/cases/read-stores-in-rust.md")]
struct ReadStores;
