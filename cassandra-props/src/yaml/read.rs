//! The settings that a release of Cassandra reads in a section, including its defaults.

use std::borrow::Cow;

use super::cursor::error_at;
use super::file::CassandraYaml;
use super::tree::{Entry, Id, NodeKind};
use crate::base64;
use crate::error::{Error, ErrorKind};
use crate::release::Release;
use crate::section::Section;
use crate::setting::InternodeEncryption;
use crate::table::{DefaultValue, Definition, Kind};
use crate::wiped::Wiped;

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
        let mapping = self.options_mapping(section)?;
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
            _ if is_null && definition.may_be_null_in(release) => Ok(()),
            _ => Err(self.unknown_value(id, definition.name())),
        }
    }

    fn options_mapping(&self, section: Section) -> Result<Option<Id>, Error> {
        let Some(mapping) = self.mapping(section) else { return Ok(None) };
        match self.tree.node(mapping).kind {
            NodeKind::Mapping(..) => Ok(Some(mapping)),
            _ => Err(self.unknown_value(mapping, section.name().unwrap_or("the file"))),
        }
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

    pub(crate) fn option(
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
        let value = match definition.kind() {
            Kind::Text | Kind::Number => self.option_text(id).map(OptionValue::Text),
            Kind::Truth => self.tree.scalar(id, &self.text).and_then(truth).map(OptionValue::Truth),
            Kind::List => self.option_list(id).map(OptionValue::List),
            Kind::Mapping => self.option_class(id),
        };
        let value = value.ok_or_else(unknown)?;
        match &value {
            OptionValue::Text(word) if definition.name() == "internode_encryption" => {
                if InternodeEncryption::of_word(word).is_some() { Ok(value) } else { Err(unknown()) }
            }
            _ => Ok(value),
        }
    }

    /// Reads a text: a scalar, a `!!binary`, or a list of one text.
    ///
    /// SnakeYAML passes the item of such a list to `new String(..)`.
    fn option_text(&self, id: Id) -> Option<Cow<'_, str>> {
        let mut id = self.tree.resolved(id);
        // An alias may make a list contain itself, so no more steps are taken than there are nodes.
        for _ in 0..self.tree.nodes.len() {
            match &self.tree.node(id).kind {
                NodeKind::Sequence(_, items) => match items.as_slice() {
                    [item] => id = self.tree.resolved(*item),
                    _ => return None,
                },
                _ => break,
            }
        }
        match self.tree.tag(id, &self.text) {
            Some("!!binary") => decoded(self.tree.scalar(id, &self.text)?).map(Cow::Owned),
            _ => self.tree.scalar(id, &self.text).map(Cow::Borrowed),
        }
    }

    fn option_list(&self, id: Id) -> Option<Vec<Cow<'_, str>>> {
        match &self.tree.node(id).kind {
            NodeKind::Sequence(_, items) => items.iter().map(|item| self.option_text(*item)).collect(),
            _ => None,
        }
    }

    fn option_class(&self, id: Id) -> Option<OptionValue<'_>> {
        if let Some(name) = self.tree.scalar(id, &self.text) {
            return Some(OptionValue::Class { name: Cow::Borrowed(name), parameters: Vec::new() });
        }
        let name = self.tree.read(id, "class_name", &self.text).and_then(|entry| self.option_text(entry.value))?;
        let parameters = match self.tree.read(id, "parameters", &self.text) {
            None => Vec::new(),
            Some(entry) => self.parameters(self.tree.resolved(entry.value))?,
        };
        Some(OptionValue::Class { name, parameters })
    }

    fn parameters(&self, id: Id) -> Option<Vec<(Cow<'_, str>, Cow<'_, str>)>> {
        if self.tree.is_null(id, &self.text) {
            return Some(Vec::new());
        }
        let NodeKind::Mapping(..) = self.tree.node(id).kind else { return None };
        let keys = self.tree.keys(id, &self.text).into_iter();
        keys.map(|key| {
            let entry = self.tree.read(id, key, &self.text)?;
            Some((Cow::Borrowed(key), self.option_text(entry.value)?))
        })
        .collect()
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

/// The Boolean that SnakeYAML reads from a word in any case; `None` for other words.
pub(crate) fn truth(text: &str) -> Option<bool> {
    let is_one_of = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match (is_one_of(["true", "yes", "on"]), is_one_of(["false", "no", "off"])) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// Decodes the Base64 of a `!!binary`, skipping all other characters.
///
/// `None` if the bytes are not UTF-8.
fn decoded(text: &str) -> Option<String> {
    let digits: Wiped<Vec<u8>> = Wiped::new(text.bytes().filter(|byte| base64::value(*byte).is_some()).collect());
    base64::decode(&digits).and_then(|bytes| str::from_utf8(&bytes).map(str::to_owned).ok())
}
