//! Enables and rotates internode TLS on three nodes inside one process.

pub mod lab;
pub mod quickstart;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct FrontPage;

#[cfg(doctest)]
#[doc = include_str!("../../docs/cases/read-stores-in-rust.md")]
struct ReadStores;
