#![doc = include_str!("../README.md")]

mod asn1;
mod authority;
mod chain;
mod error;
mod extension;
mod fingerprint;
mod import;
mod info;
mod issue;
mod key;
mod moment;
mod name;
mod node;
pub mod pem;
mod public_key;
mod serial;
mod signature;
mod validity;
mod verify;

pub use authority::{Authority, AuthorityCertificate};
pub use chain::verify_chain;
pub use error::{CertificatePart, ChainFlaw, Error, ErrorKind, KeyFlaw, NameFlaw, PemFlaw, Position};
pub use extension::{ExtendedKeyUsage, KeyUsage, SubjectAltName};
pub use fingerprint::Fingerprint;
pub use info::{BasicConstraints, CertificateInfo};
pub use key::{KeySize, RsaKeyPair};
pub use moment::Moment;
pub use name::DistinguishedName;
pub use node::NodeCertificate;
pub use public_key::{KeyAlgorithm, PublicKey};
pub use rand_core;
pub use rustls_pki_types;
pub use serial::SerialNumber;
pub use signature::SignatureAlgorithm;
pub use validity::Validity;
pub use verify::{SelfSigned, SignedWith};
