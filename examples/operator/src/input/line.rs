//! Text on one line, such as the names of data centres, racks and hosts.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Refused, checked_text};
use crate::shown::is_hidden;

/// Text on one line, without control or invisible characters.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Line(String);

checked_text!(Line);

impl FromStr for Line {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        if text.contains(is_hidden) {
            return Err(Refused::because("name", text, "has invisible characters"));
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_seen_whole() {
        assert_eq!("Z\u{fc}rich 1 {{ x }}".parse::<Line>().unwrap().as_str(), "Z\u{fc}rich 1 {{ x }}");
        for (text, seen) in [("ra1\n", "ra1\\n"), ("\u{1b}[2J", "\\u{1b}[2J"), ("a\u{202e}b", "a\\u{202e}b")] {
            let said = format!("the name \"{seen}\" has invisible characters");
            assert_eq!(text.parse::<Line>().unwrap_err().to_string(), said);
        }
    }
}
