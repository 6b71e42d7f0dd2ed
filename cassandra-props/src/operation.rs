//! An operation on the settings, and the lines that it changes in a file.

use std::fmt;

use crate::diff::ChangedLine;
use crate::edit::Place;
use crate::error::Error;
use crate::family::Family;
use crate::properties::Properties;
use crate::setting::Setting;
use crate::settings_file::SettingsFile;
use crate::wiped::Wiped;

/// An operation on the TLS settings of a file.
///
/// `Debug` shows the names of the settings, but not their values.
#[derive(Clone)]
pub struct Operation {
    pub(crate) family: Family,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "not reachable from other crates; holds passwords")]
pub enum Step {
    Assign(Setting, Wiped<String>),
    /// Does nothing if the setting is absent: the value is Cassandra's default.
    AssignIfSet(Setting, &'static str),
    Remove(Setting),
    Migrate(Setting),
}

impl Operation {
    /// Returns the changes that the operation would make.
    ///
    /// # Errors
    /// As for [`apply`](Self::apply).
    pub fn preview<F: SettingsFile>(&self, file: &F) -> Result<Change, Error> {
        Ok(Change::between(file, &self.done_on(file)?))
    }

    /// Changes the file, and returns the changes.
    ///
    /// # Errors
    /// [`TooLarge`](crate::ErrorKind::TooLarge); for `cassandra.yaml`, the errors of [`CassandraYaml::set`] and
    /// [`CassandraYaml::remove`]. The file is then unchanged.
    ///
    /// [`CassandraYaml::set`]: crate::CassandraYaml::set
    /// [`CassandraYaml::remove`]: crate::CassandraYaml::remove
    pub fn apply<F: SettingsFile>(&self, file: &mut F) -> Result<Change, Error> {
        let done = self.done_on(file)?;
        let change = Change::between(file, &done);
        *file = done;
        Ok(change)
    }

    fn done_on<F: SettingsFile>(&self, file: &F) -> Result<F, Error> {
        let mut file = file.clone();
        for step in &self.steps {
            file.run(self.family, step)?;
        }
        Ok(file)
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = self.steps.iter().map(Step::setting);
        formatter.debug_struct("Operation").field("family", &self.family).field("settings", &Listed(settings)).finish()
    }
}

struct Listed<I>(I);

impl<I: Iterator<Item = Setting> + Clone> fmt::Debug for Listed<I> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.0.clone()).finish()
    }
}

impl Step {
    fn setting(&self) -> Setting {
        match self {
            Self::Assign(setting, _)
            | Self::AssignIfSet(setting, _)
            | Self::Remove(setting)
            | Self::Migrate(setting) => *setting,
        }
    }

    pub(crate) fn run(&self, family: Family, file: &mut Properties) -> Result<(), Error> {
        let key = family.key(self.setting());
        match self {
            Self::Assign(setting, value) => assign(family, *setting, value, file),
            Self::AssignIfSet(_, value) if file.entry(&key).is_some() => file.set(&key, value),
            Self::AssignIfSet(..) => Ok(()),
            Self::Remove(_) => {
                file.remove(&key);
                Ok(())
            }
            Self::Migrate(setting) => migrate(&family.other().key(*setting), &key, file),
        }
    }
}

fn migrate(from: &str, to: &str, file: &mut Properties) -> Result<(), Error> {
    if file.entry(to).is_some() {
        return file.comment_out(from).map(drop);
    }
    file.rename(from, to).map(drop)
}

fn assign(family: Family, setting: Setting, value: &str, file: &mut Properties) -> Result<(), Error> {
    let key = family.key(setting);
    if file.entry(&key).is_none() && !file.commented_out(&key).is_empty() {
        file.uncomment(&key)?;
    }
    if file.entry(&key).is_some() {
        return file.set(&key, value);
    }
    match sibling_of(family, setting, file) {
        Some(sibling) => file.insert(Place::After(&sibling), &key, value),
        None => file.insert(Place::End, &key, value),
    }
}

/// The key of the nearest setting that is in the file, preferably of an earlier setting.
///
/// The order is that of [`Setting::ALL`].
fn sibling_of(family: Family, setting: Setting, file: &Properties) -> Option<String> {
    let before = Setting::ALL.iter().rev().skip_while(|other| **other != setting);
    let after = Setting::ALL.iter().skip_while(|other| **other != setting);
    before.chain(after).map(|other| family.key(*other)).find(|key| file.entry(key).is_some())
}

/// The lines that an operation removes from a file and adds to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    lines: Vec<ChangedLine>,
}

impl Change {
    fn between<F: SettingsFile>(before: &F, after: &F) -> Self {
        Self { lines: before.changed_lines(after) }
    }

    /// Whether the operation changes nothing.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The changed lines, with `********` in place of passwords and other secrets.
    ///
    /// Removed lines have a `-` and their old numbers, added lines a `+` and their new numbers.
    pub fn redacted_diff(&self) -> String {
        self.lines.iter().map(ToString::to_string).collect()
    }
}
