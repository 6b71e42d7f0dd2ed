//! Names of nodes, generations, certificates and files.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Digest, Refused, checked_text};

/// The name of a node, a generation, a certificate (its label) or a file of a bundle.
///
/// A name consists of at most 255 ASCII letters, digits, `.`, `_` and `-`, and does not begin with `.` or `-`. The name is
/// therefore a valid name of a file, cannot be mistaken for an option of a command, and is not a pattern of Ansible. `all` and
/// `ungrouped` are refused, because they are groups of Ansible.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

checked_text!(Name);

/// The maximum length of a file name, in bytes.
const LONGEST: usize = 255;

impl FromStr for Name {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let refused = |why| Err(Refused::because("name", text, why));
        let known = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-');
        if text.is_empty() || !text.chars().all(known) {
            return refused("is not made of letters, digits, `.`, `_` and `-`");
        }
        if text.starts_with(['.', '-']) {
            return refused("begins with `.` or `-`");
        }
        if matches!(text, "all" | "ungrouped") {
            return refused("is a group to Ansible");
        }
        if text.len() > LONGEST {
            return refused("is longer than 255 bytes");
        }
        Ok(Self(text.to_owned()))
    }
}

impl Digest {
    /// The first 12 digits, for people.
    pub fn brief(&self) -> Name {
        Name(self.to_string().chars().take(12).collect())
    }
}

/// Hexadecimal digits form a valid name.
impl From<Digest> for Name {
    fn from(digest: Digest) -> Self {
        Self(digest.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_host_and_one_file() {
        for name in ["node0", "10.0.0.11", "a", "Node_1-2.example.org", "0"] {
            assert_eq!(name.parse::<Name>().unwrap().as_str(), name);
        }
        for (name, why) in [
            ("", "is not made of letters, digits, `.`, `_` and `-`"),
            ("a b", "is not made of letters, digits, `.`, `_` and `-`"),
            ("a:!b", "is not made of letters, digits, `.`, `_` and `-`"),
            ("*", "is not made of letters, digits, `.`, `_` and `-`"),
            ("~web", "is not made of letters, digits, `.`, `_` and `-`"),
            ("node[0:9]", "is not made of letters, digits, `.`, `_` and `-`"),
            ("{{ lookup('pipe', 'id') }}", "is not made of letters, digits, `.`, `_` and `-`"),
            ("../../../evil", "is not made of letters, digits, `.`, `_` and `-`"),
            ("n\u{f6}de", "is not made of letters, digits, `.`, `_` and `-`"),
            ("..", "begins with `.` or `-`"),
            (".hidden", "begins with `.` or `-`"),
            ("-i", "begins with `.` or `-`"),
            ("all", "is a group to Ansible"),
            ("ungrouped", "is a group to Ansible"),
        ] {
            assert_eq!(name.parse::<Name>().unwrap_err().to_string(), format!("the name \"{name}\" {why}"));
        }
        let long = "a".repeat(LONGEST + 1).parse::<Name>().unwrap_err().to_string();
        assert!(long.ends_with("is longer than 255 bytes"), "{long}");
        let hidden = "a\n\u{202e}".parse::<Name>().unwrap_err().to_string();
        assert!(hidden.starts_with("the name \"a\\n\\u{202e}\" "), "{hidden}");
    }
}
