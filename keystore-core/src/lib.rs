#![doc = include_str!("../README.md")]
// On docs.rs, items say which feature they need.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(feature = "bcfks"),
    allow(dead_code, unused_imports, reason = "some shared items are only used by BCFKS")
)]

mod alias;
mod asn1;
#[cfg(feature = "bcfks")]
pub mod bcfks;
pub mod bks;
mod budget;
mod change_password;
mod detect;
mod entry;
mod error;
mod integrity;
mod invariant;
mod java;
mod java_order;
pub mod jks;
mod key_match;
mod keystore;
mod limits;
pub mod lint;
mod managers;
mod password;
pub mod pkcs12;
mod private_key;
mod public_half;
mod reader;
mod sealed_key;
mod secret_key;
mod store;
mod timestamp;
mod x509;

#[cfg(feature = "bcfks")]
pub use bcfks::Bcfks;
pub use bks::Bks;
pub use entry::{Content, Entry, Visibility};
pub use error::{CertificateDefect, Defect, EncodeDefect, EntryType, Error, ErrorKind, Format, KeyForm, Limit, Part};
pub use integrity::Integrity;
pub use java::{Java, loads, loads_keys};
pub use jks::Jks;
pub use key_match::{KeyMatch, key_match};
pub use keystore::KeyStore;
pub use limits::{Limits, MissingMac};
pub use managers::{Anchor, KeyEntry};
pub use password::Password;
pub use pkcs12::{Pfx, Profile};
pub use private_key::PrivateKey;
pub use sealed_key::{Protection, SealedKey};
pub use secret_key::{SealedSecretKey, SecretKey};
pub use store::{Store, decode, decode_unverified, decode_unverified_within, decode_within};
pub use timestamp::Timestamp;

pub use rand_core;
pub use rustls_pki_types;
