//! Reads `cassandra.yaml` as SnakeYAML does, and edits single settings in it.

mod cursor;
mod decode;
mod display;
mod edit;
mod file;
mod lines;
mod number;
mod parser;
mod place;
mod quote;
mod read;
mod reread;
mod scalar;
mod scanner;
mod token;
mod tree;
mod typed;

pub(crate) use display::DisplayLine;
pub use file::CassandraYaml;
pub use read::{EncryptionOptions, OptionValue};
pub(crate) use typed::truth;
