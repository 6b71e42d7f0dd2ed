//! Reads `cassandra.yaml` as SnakeYAML does, and edits single settings in it.

mod cursor;
mod decode;
mod display;
mod edit;
mod file;
mod lines;
mod parser;
mod place;
mod quote;
mod read;
mod reread;
mod scalar;
mod scanner;
mod token;
mod tree;

pub(crate) use display::DisplayLine;
pub use file::CassandraYaml;
pub(crate) use read::truth;
pub use read::{EncryptionOptions, OptionValue};
