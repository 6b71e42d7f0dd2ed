//! Translates between the four libraries.
//!
//! No library depends on another, so none of them says that `internode_encryption: all` means TLS to the planner, or that
//! the first certificate of a keystore's chain is a node's identity. This crate defines such relations for all programs:
//!
//! - [`settings`]: translates Cassandra's settings into the planner's modes and back.
//! - [`NodeSettings`]: the settings of a node, from `cassandra.properties` or `cassandra.yaml`.
//! - [`Identity`] and [`Identities`]: keys with their certificates, the planner's labels for them, and stores made from them.
//! - [`Stores`]: the content of a node's keystore and truststore.
//! - [`convert()`]: copies a store into another format, or into the same format with another password.
//! - [`Peer`] and [`Judges`]: whether nodes accept each other, as their Java would decide.
//! - [`anchor_of`]: the certificate through which a chain is trusted.
//!
//! ```
//! use std::time::SystemTime;
//!
//! use bridge::{Format, Identities, Locked, Stores};
//! use keystore_core::Password;
//! use rotation_planner::Trust;
//!
//! let (now, rng, password) = (SystemTime::now(), &mut rand::rng(), Password::new("changeit"));
//! let mut identities = Identities::new(Format::Jks);
//! let label = identities.generate("node0", "192.0.2.11".parse()?, now, rng)?;   // what the planner calls it
//! let trust = Trust::from_iter([label.anchor()]);
//! let keystore = identities.keystore(&label, &password, now, rng)?;             // what the node reads
//! let truststore = identities.truststore(&trust, &password, now, rng)?;
//!
//! let locked = |bytes| Locked { bytes, password: &password };
//! let stores = Stores::open(locked(&keystore), locked(&truststore))?;
//! assert_eq!(identities.label_of(&stores.chain[0]), Some(label));               // and back again
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod acceptance;
mod anchor;
mod convert;
mod error;
mod format;
mod identities;
mod identity;
mod label;
mod node_settings;
mod password;
pub mod settings;
mod stores;

pub use acceptance::{Candidates, EndpointVerification, JavaRelease, Judges, Peer, Refused, Unaccepted};
pub use anchor::anchor_of;
pub use convert::{Carried, ConvertPasswords, Converted, convert};
pub use error::Error;
pub use format::{Format, Reader};
pub use identities::Identities;
pub use identity::{Identity, Named, old_beside_new, truststore};
pub use label::label;
pub use node_settings::NodeSettings;
pub use password::random_password;
pub use stores::{Locked, Stores, lint_store, only_key, open_keystore, open_truststore, owned};
