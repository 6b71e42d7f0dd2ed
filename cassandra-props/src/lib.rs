#![doc = include_str!("../README.md")]

mod comment;
mod diff;
mod edit;
mod encoding;
mod entry;
mod error;
mod escape;
mod family;
mod finding;
mod internode_tls;
mod line;
mod lint;
mod logical;
mod operation;
mod properties;
mod quote;
mod redact;
mod release;
mod setting;
mod slice;
mod splice;
mod style;
mod view;

pub use edit::Place;
pub use encoding::Encoding;
pub use entry::Entry;
pub use error::{Error, ErrorKind, Position};
pub use family::Family;
pub use finding::{Code, Finding, Severity};
pub use internode_tls::InternodeTls;
pub use line::{Line, LineKind, Lines, lines};
pub use operation::{Change, Operation};
pub use properties::Properties;
pub use release::Release;
pub use setting::{InternodeEncryption, OptionalTls, RequireClientAuth, Setting, Store, TlsSettings};
pub use view::TlsView;
