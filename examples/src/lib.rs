//! What the programs of this project share.

pub mod bundle;
pub mod description;
pub mod files;
pub mod goal;
pub mod inspect;
pub mod lab;
#[cfg(all(feature = "live", target_os = "linux"))]
pub mod live;
pub mod material;
pub mod playbook;
pub mod preflight;
pub mod probe;
pub mod quickstart;
pub mod secret;
pub mod show;
pub mod state;
pub mod stores;
pub mod vault;

/// The examples on the project's front page compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct FrontPage;
