//! Checks the permissions of a file.

use std::fs::Metadata;

#[cfg(unix)]
use anyhow::anyhow;

use super::Gate;
#[cfg(unix)]
use super::report::Check;
#[cfg(unix)]
use crate::reading::MAX_SETTINGS;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrecy {
    /// A file for its owner alone.
    ///
    /// The group may read the file if Cassandra's user is known to be in the group.
    Key,
    /// A file that every user may read.
    Certificates,
}

#[cfg(unix)]
impl Gate<'_> {
    pub(super) fn readable(&mut self, place: &str, found: &Metadata, secrecy: Secrecy) {
        use std::os::unix::fs::MetadataExt as _;
        let mode = found.mode() & 0o7777;
        let groups = self.node.user.map(|user| self.groups_of(user));
        let is_group = groups.as_ref().is_some_and(|groups| groups.contains(&found.gid()));
        if secrecy == Secrecy::Key {
            // The file's group may read the file if Cassandra's user is in that group.
            let allowed = if is_group { 0o740 } else { 0o700 };
            let result = if mode & 0o777 & !allowed == 0 { Ok(()) } else { Err(anyhow!("its mode is {mode:04o}")) };
            let whom = if is_group && mode & 0o070 != 0 { "its owner and its group" } else { "its owner" };
            self.report.push(Check::of(format!("{place} is for {whom} alone"), result));
        }
        let Some(user) = self.node.user else {
            return self.report.not_checked("whether Cassandra's user can read the stores: --user says who that is");
        };
        let bit = match (found.uid() == user, is_group) {
            (true, _) => 0o400,
            (false, true) => 0o040,
            (false, false) => 0o004,
        };
        let wrong = || anyhow!("it belongs to {} and the group {}, mode {mode:04o}", found.uid(), found.gid());
        // Root reads every file.
        let result = if user == 0 || mode & bit != 0 { Ok(()) } else { Err(wrong()) };
        self.report.push(Check::of(format!("user {user} can read {place}"), result));
    }

    /// The groups of a user in `/etc/passwd` and `/etc/group` of the node or its copy.
    ///
    /// Directory services such as LDAP are not consulted.
    fn groups_of(&mut self, user: u32) -> Vec<u32> {
        let users = self.fields_of("/etc/passwd", user);
        let groups = self.fields_of("/etc/group", user);
        let number = |field: Option<&String>| field.and_then(|field| field.parse::<u32>().ok());
        let own = users.iter().find(|fields| number(fields.get(2)) == Some(user));
        let name = own.and_then(|fields| fields.first());
        let is_member = |fields: &&Vec<String>| {
            let members = fields.get(3).map(String::as_str).unwrap_or_default();
            name.is_some_and(|name| members.split(',').any(|member| member == name))
        };
        let others = groups.iter().filter(is_member).filter_map(|fields| number(fields.get(2)));
        own.and_then(|fields| number(fields.get(3))).into_iter().chain(others).collect()
    }

    /// The lines of a file, split at colons.
    ///
    /// If the file is missing or cannot be read, there are no lines, and the reason is reported.
    fn fields_of(&mut self, file: &str, user: u32) -> Vec<Vec<String>> {
        let why = match self.node.root.find(std::path::Path::new(file), MAX_SETTINGS) {
            Ok(Some(found)) => {
                let text = String::from_utf8_lossy(&found.bytes);
                return text.lines().map(|line| line.split(':').map(str::to_owned).collect()).collect();
            }
            Ok(None) => format!("{file} does not exist"),
            Err(error) => format!("{error:#}"),
        };
        self.report.not_checked(format!("the groups of user {user}: {why}"));
        Vec::new()
    }
}

#[cfg(not(unix))]
impl Gate<'_> {
    pub(super) fn readable(&mut self, place: &str, _: &Metadata, _: Secrecy) {
        self.report.not_checked(format!("who can read {place}"));
    }
}
