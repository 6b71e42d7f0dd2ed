//! What the four libraries say, in each other's words.
//!
//! No library depends on another, so nothing in them says that `internode_encryption: all` is TLS to the planner, or that
//! the first certificate of a keystore's chain is a node's identity. This crate does, once, for every program:
//!
//! - [`settings`]: Cassandra's settings and the planner's modes, both ways.
//! - [`Identity`] and [`Identities`]: a key and its certificate, the stores made of it, and the planner's label for it.
//! - [`Stores`]: what a node reads from its two stores.
//! - [`anchor_of`]: through which certificate a chain is trusted.

mod anchor;
mod error;
mod format;
mod identities;
mod identity;
mod password;
pub mod settings;
mod stores;
mod time;

pub use anchor::anchor_of;
pub use error::Error;
pub use format::Format;
pub use identities::Identities;
pub use identity::{Identity, Named, old_beside_new, truststore};
pub use password::random_password;
pub use stores::{Locked, Stores, open_keystore, open_truststore};
