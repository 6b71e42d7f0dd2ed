//! The settings that a release of Cassandra reads in a section, including its defaults.

use std::borrow::Cow;

use super::cursor::error_at;
use super::file::CassandraYaml;
use super::tree::{Entry, Id, NodeKind};
use crate::error::{Error, ErrorKind};
use crate::release::Release;
use crate::section::Section;
use crate::table::{DefaultValue, Definition, Kind};

/// The settings of one section, as a release of Cassandra has them after loading the file.
///
/// `Debug` does not show values, since they may be passwords.
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptionOptions<'a> {
    values: Vec<(&'static str, OptionValue<'a>)>,
}

/// The value of a setting. `Debug` does not show it, since it may be a password.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionValue<'a> {
    /// The file has null, or neither the file nor the release gives a value.
    Unset,
    /// A text, or a number as it is written.
    Text(Cow<'a, str>),
    /// `true` or `false`.
    Truth(bool),
    /// The items of a list.
    List(Vec<Cow<'a, str>>),
    /// The name of a class, with its parameters.
    Class {
        /// `class_name`.
        name: Cow<'a, str>,
        /// `parameters`, in the order of the file.
        parameters: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    },
    /// The JVM's default.
    Jvm,
}

impl<'a> EncryptionOptions<'a> {
    /// The value of a setting; `None` if the release does not know this name in the section.
    ///
    /// From 4.1 on, a renamed setting is found only under its new name.
    pub fn value(&self, name: &str) -> Option<&OptionValue<'a>> {
        self.values.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// All settings that the release knows; from 4.1 on, renamed ones only under their new names.
    ///
    /// The settings are in the order of the section's [`definitions`](Section::definitions).
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &OptionValue<'a>)> {
        self.values.iter().map(|(name, value)| (*name, value))
    }
}

impl std::fmt::Debug for EncryptionOptions<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.values.iter().map(|(name, _)| name)).finish()
    }
}

impl std::fmt::Debug for OptionValue<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Unset => "Unset",
            Self::Text(_) => "Text",
            Self::Truth(_) => "Truth",
            Self::List(_) => "List",
            Self::Class { .. } => "Class",
            Self::Jvm => "Jvm",
        })
    }
}

impl CassandraYaml {
    /// Returns the settings that this release of Cassandra reads in a section.
    ///
    /// Defaults are included, but not the values that Cassandra derives from other settings. At the top level, settings
    /// whose value is neither a scalar nor a class are left out, such as `server_encryption_options`.
    ///
    /// ```
    /// use cassandra_props::{CassandraYaml, OptionValue, Release, Section};
    ///
    /// let file = CassandraYaml::parse(b"server_encryption_options:\n    internode_encryption: all\n    require_client_auth: yes\n")?;
    /// let options = file.options(Section::Server, Release::V4_0)?;
    /// assert_eq!(options.value("require_client_auth"), Some(&OptionValue::Truth(true)));
    /// assert_eq!(options.value("keystore"), Some(&OptionValue::Text("conf/.keystore".into())));
    /// assert_eq!(options.value("outbound_keystore"), None);       // not a setting of 4.0
    /// # Ok::<(), cassandra_props::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownSetting`](ErrorKind::UnknownSetting) for a name that this release does not know in an encryption section;
    /// [`UnknownValue`](ErrorKind::UnknownValue) for a section that is null or not a mapping, or for a value that this
    /// release does not understand. Cassandra does not start with such a file. The error has a line and a column.
    pub fn options(&self, section: Section, release: Release) -> Result<EncryptionOptions<'_>, Error> {
        let mapping = self.options_mapping(section, release)?;
        let section = mapping.map_or(section, |mapping| self.names_from(section, mapping));
        let known = section.definitions().iter().filter(|definition| definition.is_known_to(release));
        if let Some(mapping) = mapping {
            self.check_names(section, mapping, release)?;
        }
        let mut values = Vec::new();
        for definition in
            known.filter(|definition| definition.renamed_to().is_none_or(|_| !release.is_at_least(Release::V4_1)))
        {
            let entry = mapping.and_then(|mapping| self.entry_of(section, mapping, definition, release));
            if definition.kind() == Kind::Mapping && !definition.is_class() {
                self.check_mapping(definition, entry, release)?;
            } else {
                values.push((definition.name(), self.option(definition, entry, release)?));
            }
        }
        Ok(EncryptionOptions { values })
    }

    /// The entry of a setting under its name or, if the release knows it, its older name.
    ///
    /// If the section has both names, the last entry counts.
    fn entry_of(&self, section: Section, mapping: Id, definition: &Definition, release: Release) -> Option<Entry> {
        let is_older = |older: &&Definition| {
            release.is_at_least(Release::V4_1)
                && older.is_known_to(release)
                && older.renamed_to() == Some(definition.name())
        };
        let older = section.definitions().iter().find(is_older);
        let names: Vec<&str> = older.into_iter().chain([definition]).map(Definition::name).collect();
        let name = self.tree.last_key(mapping, &names, &self.text)?;
        self.tree.read(mapping, name, &self.text)
    }

    fn check_mapping(&self, definition: &Definition, entry: Option<Entry>, release: Release) -> Result<(), Error> {
        let Some(entry) = entry else { return Ok(()) };
        let id = self.tree.resolved(entry.value);
        let is_null = self.tree.is_null(id, &self.text);
        match self.tree.node(id).kind {
            NodeKind::Mapping(..) => Ok(()),
            _ if self.is_empty_list(id) => Ok(()),
            _ if is_null && definition.may_be_null_in(release) => Ok(()),
            _ => Err(self.unknown_value(id, definition.name())),
        }
    }

    /// The mapping of a section; `None` if the section is absent or an empty list (the defaults).
    fn options_mapping(&self, section: Section, release: Release) -> Result<Option<Id>, Error> {
        let Some(mapping) = self.mapping(section) else { return Ok(None) };
        let is_read = match self.tree.node(mapping).kind {
            NodeKind::Mapping(..) => {
                !self.tree.has_odd_merge(mapping, &self.text) && self.has_own_type(section, mapping, release)
            }
            _ => self.is_empty_list(mapping),
        };
        if !is_read {
            return Err(self.unknown_value(mapping, section.name().unwrap_or("the file")));
        }
        Ok(Some(mapping).filter(|mapping| matches!(self.tree.node(*mapping).kind, NodeKind::Mapping(..))))
    }

    fn is_empty_list(&self, id: Id) -> bool {
        let is_tagged = self.tree.named_tag(id, &self.text).is_some();
        matches!(&self.tree.node(id).kind, NodeKind::Sequence(_, items) if items.is_empty() && !is_tagged)
    }

    /// Whether SnakeYAML creates the section's Java type from a mapping.
    ///
    /// The mapping may have the tag of this type before 5.0. If the mapping belongs to another key, SnakeYAML creates the
    /// type of that key.
    fn has_own_type(&self, section: Section, mapping: Id, release: Release) -> bool {
        let is_at_least = |since| release.is_at_least(since);
        let class = match section {
            Section::TopLevel => return true,
            Section::Server => "EncryptionOptions$ServerEncryptionOptions",
            Section::Client if is_at_least(Release::V4_0) => "EncryptionOptions",
            Section::Client => "EncryptionOptions$ClientEncryptionOptions",
        };
        let has_own_tag = match self.tree.named_tag(mapping, &self.text) {
            None => true,
            Some(tag) => !is_at_least(Release::V5_0) && tag.strip_prefix("org.apache.cassandra.config.") == Some(class),
        };
        let belongs_to = |section: Section| {
            let entry = self.tree.root.and_then(|root| self.tree.read(root, section.name()?, &self.text));
            entry.is_some_and(|entry| entry.value == mapping)
        };
        // From 4.0 on, the type of the server's section is a subclass of that of the client's.
        let has_subclass = section == Section::Client && is_at_least(Release::V4_0) && belongs_to(Section::Server);
        has_own_tag && (belongs_to(section) || has_subclass)
    }

    /// The section that determines the known names.
    ///
    /// If the client's section is an alias of the server's, Cassandra 4.0 and later create one object for both, a
    /// `ServerEncryptionOptions`.
    fn names_from(&self, section: Section, mapping: Id) -> Section {
        if section == Section::Client && self.mapping(Section::Server) == Some(mapping) {
            Section::Server
        } else {
            section
        }
    }

    fn check_names(&self, section: Section, mapping: Id, release: Release) -> Result<(), Error> {
        for name in self.tree.keys(mapping, &self.text) {
            let is_known = section.definition(name).is_some_and(|definition| definition.is_known_to(release));
            if !is_known && section != Section::TopLevel {
                let at =
                    self.tree.read(mapping, name, &self.text).map_or(0, |entry| self.tree.node(entry.key).at.start);
                let kind = ErrorKind::UnknownSetting { section, name: name.to_owned() };
                return Err(error_at(&self.text, at, kind));
            }
        }
        Ok(())
    }

    /// Checks that this release reads the value of a setting, if the section has the setting.
    pub(crate) fn check(&self, section: Section, name: &str, release: Release) -> Result<(), Error> {
        let Some(definition) = section.definition(name) else { return Ok(()) };
        self.option(definition, self.found(section, name), release).map(drop)
    }

    /// Whether the section has the setting several times, with values that differ in a release.
    pub(crate) fn differs_among_duplicates(
        &self,
        section: Section,
        definition: &'static Definition,
        release: Release,
    ) -> bool {
        let Some(mapping) = self.mapping(section) else { return false };
        let entries = self.tree.entries_of(mapping, definition.name(), &self.text);
        let mut values = entries.map(|entry| self.option(definition, Some(entry), release).ok());
        let first = values.next();
        values.any(|value| value.is_none() || Some(value) != first)
    }

    fn option(
        &self,
        definition: &'static Definition,
        entry: Option<Entry>,
        release: Release,
    ) -> Result<OptionValue<'_>, Error> {
        let Some(entry) = entry else { return Ok(default_of(definition, release)) };
        let id = self.tree.resolved(entry.value);
        let unknown = || self.unknown_value(id, definition.name());
        if self.tree.is_null(id, &self.text) {
            return if definition.may_be_null_in(release) { Ok(OptionValue::Unset) } else { Err(unknown()) };
        }
        let typed = Some(id).filter(|id| !self.is_of_other_type(entry.value, *id, (definition, release)));
        typed.and_then(|id| self.typed(id, definition, release)).ok_or_else(unknown)
    }

    /// Whether a value is an alias of the value of a setting with another Java type.
    ///
    /// SnakeYAML creates the value once, for the first of the two settings.
    fn is_of_other_type(&self, value: Id, target: Id, (definition, release): (&Definition, Release)) -> bool {
        let first = Section::ALL.into_iter().find_map(|section| {
            let entries = self.tree.entries(self.mapping(section)?).iter();
            let mut owners = entries.filter(|entry| entry.value == target);
            section.definition(self.tree.scalar(owners.next()?.key, &self.text)?)
        });
        let is_alias = matches!(self.tree.node(value).kind, NodeKind::Alias(_));
        is_alias && first.is_some_and(|first| !first.has_type_of(definition, release))
    }

    fn unknown_value(&self, id: Id, setting: &'static str) -> Error {
        error_at(&self.text, self.tree.node(id).at.start, ErrorKind::UnknownValue { setting })
    }
}

fn default_of(definition: &'static Definition, release: Release) -> OptionValue<'static> {
    match (definition.default_in(release), definition.kind()) {
        (DefaultValue::Unset, _) => OptionValue::Unset,
        (DefaultValue::Jvm, _) => OptionValue::Jvm,
        (DefaultValue::Value(value), Kind::Truth) => OptionValue::Truth(value == "true"),
        (DefaultValue::Value(value), Kind::Mapping) => {
            OptionValue::Class { name: Cow::Borrowed(value), parameters: Vec::new() }
        }
        (DefaultValue::Value(value), _) => OptionValue::Text(Cow::Borrowed(value)),
    }
}
