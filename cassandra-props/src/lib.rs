#![doc = include_str!("../README.md")]
// On docs.rs, items say which feature they need.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod base64;
mod comment;
mod diff;
mod edit;
mod encoding;
mod entry;
mod error;
mod escape;
mod facts;
mod family;
mod finding;
mod internode_tls;
mod line;
mod lint;
mod lint_names;
mod lint_pem;
mod lint_values;
mod logical;
mod operation;
mod pem;
mod properties;
mod quote;
mod redact;
mod release;
mod section;
mod setting;
mod settings_file;
mod slice;
mod splice;
mod store_type;
mod style;
mod table;
mod view;
mod wiped;
mod yaml;

pub use edit::Place;
pub use encoding::Encoding;
pub use entry::Entry;
pub use error::{Error, ErrorKind, Position, Refusal};
pub use family::Family;
pub use finding::{Code, Finding, Severity};
pub use internode_tls::InternodeTls;
pub use line::{Line, LineKind, Lines, lines};
pub use operation::{Change, Operation};
pub use pem::{KeyPassword, PemFault, PemKey, PemText};
pub use properties::Properties;
pub use release::Release;
pub use section::Section;
pub use setting::{InternodeEncryption, OptionalTls, RequireClientAuth, Setting, Store, TlsSettings};
pub use settings_file::{AnyFile, SettingsFile};
pub use store_type::StoreContent;
pub use table::{Activation, DefaultValue, Definition, Kind};
pub use view::TlsView;
pub use yaml::{CassandraYaml, EncryptionOptions, OptionValue};
