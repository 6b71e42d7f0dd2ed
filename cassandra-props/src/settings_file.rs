//! The two kinds of files that hold Cassandra's settings, behind one interface.

use crate::diff::{self, ChangedLine};
use crate::error::Error;
use crate::family::Family;
use crate::operation::Step;
use crate::properties::Properties;
use crate::section::Section;
use crate::setting::Setting;
use crate::view::Source;
use crate::yaml::CassandraYaml;

/// A file with Cassandra's settings: [`Properties`], [`CassandraYaml`] or [`AnyFile`].
///
/// [`InternodeTls`](crate::InternodeTls) works on every such file. The trait is sealed.
pub trait SettingsFile: Clone + Sealed {}

/// The methods of [`SettingsFile`], sealed against other crates.
pub trait Sealed: Sized {
    #[doc(hidden)]
    fn source(&self, family: Family) -> Source<'_>;
    #[doc(hidden)]
    fn run(&mut self, family: Family, step: &Step) -> Result<(), Error>;
    #[doc(hidden)]
    fn changed_lines(&self, after: &Self) -> Vec<ChangedLine>;
}

impl SettingsFile for Properties {}

impl Sealed for Properties {
    fn source(&self, family: Family) -> Source<'_> {
        Source::Properties(self, family)
    }

    fn run(&mut self, family: Family, step: &Step) -> Result<(), Error> {
        step.run(family, self)
    }

    fn changed_lines(&self, after: &Self) -> Vec<ChangedLine> {
        diff::changed_lines(self, after)
    }
}

impl SettingsFile for CassandraYaml {}

impl Sealed for CassandraYaml {
    fn source(&self, _: Family) -> Source<'_> {
        Source::Yaml(self)
    }

    fn run(&mut self, _: Family, step: &Step) -> Result<(), Error> {
        match step {
            Step::Assign(setting, value) => self.set(Section::Server, setting.name(), value),
            Step::AssignIfSet(setting, value) if self.line(Section::Server, setting.name()).is_some() => {
                self.set(Section::Server, setting.name(), value)
            }
            Step::AssignIfSet(..) | Step::Migrate(_) => Ok(()),
            Step::Remove(setting) => self.remove(Section::Server, setting.name()).map(drop),
        }
    }

    fn changed_lines(&self, after: &Self) -> Vec<ChangedLine> {
        diff::changed_lines_of_yaml(self, after)
    }
}

/// A file whose kind is recognised by its content.
///
/// ```
/// use cassandra_props::{AnyFile, Family, InternodeTls, Store};
///
/// let new = Store::new("/keys/new.p12", "0123456789")?;
/// for file in [
///     &b"conf_cassandra_keystore=/keys/old\nconf_cassandra_keystore_password=old1\n"[..],
///     b"server_encryption_options:\n  keystore: /keys/old\n  keystore_password: old1\n",
/// ] {
///     let mut file = AnyFile::parse(file)?;
///     let change = InternodeTls::new(Family::Legacy).switch_keystore(&new).apply(&mut file)?;
///     assert_eq!(change.redacted_diff().lines().count(), 4);      // two lines removed, two added
/// }
/// # Ok::<(), cassandra_props::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnyFile {
    /// A `.properties` file, such as Edge's `cassandra.properties`.
    Properties(Properties),
    /// `cassandra.yaml`.
    Yaml(CassandraYaml),
}

impl AnyFile {
    /// Reads a file as `cassandra.yaml` or as `.properties`, depending on its content.
    ///
    /// A file is a `cassandra.yaml` if one of its lines begins with a well-known key, such as `cluster_name:`, or if the
    /// file begins with a byte order mark of UTF-16.
    ///
    /// # Errors
    /// As for [`CassandraYaml::parse`] and [`Properties::parse`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if is_yaml(bytes) {
            CassandraYaml::parse(bytes).map(Self::Yaml)
        } else {
            Properties::parse(bytes).map(Self::Properties)
        }
    }

    /// The bytes of the file.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Properties(file) => file.as_bytes(),
            Self::Yaml(file) => file.as_bytes(),
        }
    }
}

/// Top-level keys by which a `cassandra.yaml` is recognised.
const KEYS: [&[u8]; 8] = [
    b"cluster_name",
    b"partitioner",
    b"seed_provider",
    b"endpoint_snitch",
    b"listen_address",
    b"commitlog_sync",
    b"server_encryption_options",
    b"client_encryption_options",
];

fn is_yaml(bytes: &[u8]) -> bool {
    if bytes.starts_with(&[0xfe, 0xff]) || bytes.starts_with(&[0xff, 0xfe]) {
        return true;
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    bytes.split(|byte| matches!(byte, b'\n' | b'\r')).any(|line| {
        let key = KEYS.iter().find_map(|key| line.strip_prefix(*key));
        key.and_then(|rest| rest.trim_ascii_start().strip_prefix(b":")).is_some()
    })
}

impl SettingsFile for AnyFile {}

impl Sealed for AnyFile {
    fn source(&self, family: Family) -> Source<'_> {
        match self {
            Self::Properties(file) => file.source(family),
            Self::Yaml(file) => file.source(family),
        }
    }

    fn run(&mut self, family: Family, step: &Step) -> Result<(), Error> {
        match self {
            Self::Properties(file) => Sealed::run(file, family, step),
            Self::Yaml(file) => Sealed::run(file, family, step),
        }
    }

    fn changed_lines(&self, after: &Self) -> Vec<ChangedLine> {
        match (self, after) {
            (Self::Properties(before), Self::Properties(after)) => before.changed_lines(after),
            (Self::Yaml(before), Self::Yaml(after)) => before.changed_lines(after),
            // An operation does not change the kind of a file.
            _ => Vec::new(),
        }
    }
}

pub(crate) fn commented_out(source: Source<'_>, setting: Setting) -> Vec<usize> {
    match source {
        Source::Properties(file, family) => {
            file.commented_out(&family.key(setting)).iter().map(|commented| commented.line).collect()
        }
        Source::Yaml(file) => file.commented_out(Section::Server, setting.name()),
    }
}
