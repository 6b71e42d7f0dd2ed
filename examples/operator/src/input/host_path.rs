//! Paths of files on hosts.

use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Refused, checked_text};
use crate::shown::is_hidden;

/// The absolute path of a file on a host.
///
/// The path contains no template, pattern, variable, `..` or invisible character, so Ansible uses the path literally.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostPath(String);

checked_text!(HostPath);

/// `PATH_MAX` of Linux, without the terminating NUL.
const LONGEST: usize = 4095;

impl HostPath {
    /// The path of a file in this folder.
    ///
    /// # Errors
    /// If the result is not a valid path.
    pub fn join(&self, file: &str) -> Result<Self, Refused> {
        format!("{}/{file}", self.0).parse()
    }

    /// The path, for the functions of the standard library.
    pub fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl FromStr for HostPath {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let refused = |why| Err(Refused::because("path", text, why));
        if text.contains(is_hidden) {
            return refused("has invisible characters");
        }
        if ["{{", "{%", "{#"].iter().any(|template| text.contains(template)) {
            return refused("has the beginning of a template");
        }
        if text.contains(['*', '?', '[', '$']) {
            return refused("has `*`, `?`, `[` or `$`, which have another meaning in a playbook");
        }
        let Some(relative) = text.strip_prefix('/') else { return refused("is not absolute") };
        if relative.split('/').any(|part| part == "..") {
            return refused("leads upwards by `..`");
        }
        if text.ends_with('/') {
            return refused("ends in `/`, and should name a file");
        }
        if text.len() > LONGEST {
            return refused("is longer than 4095 bytes");
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_one_file() {
        for path in ["/opt/apigee/data/apigee-cassandra/keystore.node0", "/k", "/a b/'c'/\"d\"/{e}/..f/g..", "/\u{fc}"]
        {
            assert_eq!(path.parse::<HostPath>().unwrap().as_str(), path);
        }
        for (path, why) in [
            ("", "is not absolute"),
            ("conf/.keystore", "is not absolute"),
            ("-rf", "is not absolute"),
            ("/a/../b", "leads upwards by `..`"),
            ("/..", "leads upwards by `..`"),
            ("/a/", "ends in `/`, and should name a file"),
            ("/opt/{{ lookup('pipe', 'id >PWNED') }}/k", "has the beginning of a template"),
            ("/{% raw %}", "has the beginning of a template"),
            ("/{# x", "has the beginning of a template"),
            ("/data/*", "has `*`, `?`, `[` or `$`, which have another meaning in a playbook"),
            ("/$HOME/k", "has `*`, `?`, `[` or `$`, which have another meaning in a playbook"),
        ] {
            assert_eq!(path.parse::<HostPath>().unwrap_err().to_string(), format!("the path \"{path}\" {why}"));
        }
        let hidden = "/k\r\nok".parse::<HostPath>().unwrap_err().to_string();
        assert_eq!(hidden, "the path \"/k\\r\\nok\" has invisible characters");
        assert!(format!("/{}", "a".repeat(LONGEST)).parse::<HostPath>().is_err());
        let folder: HostPath = "/stores".parse().unwrap();
        assert_eq!(folder.join("keystore.node0").unwrap().as_str(), "/stores/keystore.node0");
    }
}
