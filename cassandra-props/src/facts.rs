//! Looks up TLS settings in either kind of file.

use std::borrow::Cow;

use crate::family::Family;
use crate::properties::Properties;
use crate::release::Release;
use crate::section::Section;
use crate::setting::Setting;
use crate::view::Source;
use crate::yaml;

pub(crate) const CLIENT_PREFIX: &str = "conf_cassandra_client_encryption_";

#[derive(Clone, Copy)]
pub(crate) struct Facts<'a>(pub(crate) Source<'a>);

impl<'a> Facts<'a> {
    /// The text of a setting; `None` if the setting is absent, cannot be read, or has no text.
    pub(crate) fn value(&self, section: Section, name: &str) -> Option<Cow<'a, str>> {
        match self.0 {
            Source::Properties(file, family) => file.get(&key(family, section, name)).ok().flatten(),
            Source::Yaml(file) => file.value(section, name),
        }
    }

    pub(crate) fn line(&self, section: Section, name: &str) -> Option<usize> {
        match self.0 {
            Source::Properties(file, family) => file.entry(&key(family, section, name)).map(|entry| entry.line()),
            Source::Yaml(file) => file.line(section, name),
        }
    }

    /// The name among these that is set last; in a `.properties` file, the one on the last line.
    pub(crate) fn last_set<'n>(&self, section: Section, names: &[&'n str]) -> Option<&'n str> {
        match self.0 {
            Source::Properties(..) => {
                let set = names.iter().copied().filter_map(|name| Some((self.line(section, name)?, name)));
                set.max().map(|(_, name)| name)
            }
            Source::Yaml(file) => file.last_set(section, names),
        }
    }

    /// Whether this release refuses the value of a setting in a `cassandra.yaml`.
    pub(crate) fn is_refused(&self, section: Section, name: &str, release: Release) -> bool {
        match self.0 {
            Source::Properties(..) => false,
            Source::Yaml(file) => file.check(section, name, release).is_err(),
        }
    }

    pub(crate) fn truth(&self, section: Section, name: &str) -> Option<bool> {
        self.value(section, name).and_then(|value| yaml::truth(&value))
    }

    pub(crate) fn is_true(&self, section: Section, name: &str) -> bool {
        self.truth(section, name) == Some(true)
    }

    pub(crate) fn list(&self, section: Section, name: &str) -> Vec<String> {
        let text = self.value(section, name).unwrap_or_default();
        let items = text.trim_matches(['[', ']']).split(',').map(|item| item.trim_matches([' ', '\'', '"']).to_owned());
        items.filter(|item| !item.is_empty()).collect()
    }

    pub(crate) fn names(&self, section: Section) -> Vec<(String, usize)> {
        match self.0 {
            Source::Properties(file, family) => names_of_properties(file, family, section),
            Source::Yaml(file) => {
                let line = |name: &str| file.line(section, name).unwrap_or(1);
                file.names(section).into_iter().map(|name| (name.to_owned(), line(name))).collect()
            }
        }
    }

    pub(crate) fn class(&self, section: Section, name: &str) -> Option<Cow<'a, str>> {
        match self.0 {
            Source::Properties(..) => self.value(section, name),
            Source::Yaml(file) => file.value(section, name).or_else(|| file.nested(section, &[name, "class_name"])),
        }
    }

    /// The full name of the class in `ssl_context_factory`.
    pub(crate) fn factory(&self, section: Section) -> Option<Cow<'a, str>> {
        let class = self.class(section, Setting::SslContextFactory.name())?;
        let has_package = class.contains('.');
        Some(if has_package { class } else { ["org.apache.cassandra.security.", &class].concat().into() })
    }

    pub(crate) fn parameter(&self, section: Section, name: &str, parameter: &str) -> Option<Cow<'a, str>> {
        match self.0 {
            Source::Properties(..) => None,
            Source::Yaml(file) => file.nested(section, &[name, "parameters", parameter]),
        }
    }
}

fn key(family: Family, section: Section, name: &str) -> String {
    match section {
        Section::Server => [family.prefix(), name].concat(),
        Section::Client => [CLIENT_PREFIX, name].concat(),
        Section::TopLevel => ["conf_cassandra_", name].concat(),
    }
}

/// The names after the family's prefix, with their lines.
///
/// Empty for the legacy family, whose prefix all of Cassandra's settings share, and for any section except the
/// server's.
fn names_of_properties(file: &Properties, family: Family, section: Section) -> Vec<(String, usize)> {
    if section != Section::Server || family != Family::ServerEncryption {
        return Vec::new();
    }
    let own = file.entries().filter_map(|entry| {
        let key = entry.key().ok()?;
        Some((key.strip_prefix(family.prefix())?.to_owned(), entry.line()))
    });
    own.collect()
}
