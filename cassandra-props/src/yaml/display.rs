//! Lines for display, with secrets masked.

use super::file::CassandraYaml;
use super::lines::lines;
use super::tree::{Entry, Id};
use crate::redact;
use crate::slice::within_text;

pub(crate) struct DisplayLine<'a> {
    pub(crate) bytes: &'a [u8],
    visibility: Visibility,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visibility {
    Shown,
    Masked,
}

impl DisplayLine<'_> {
    pub(crate) fn shown(&self) -> String {
        match self.visibility {
            Visibility::Shown => redact::yaml_line(self.bytes),
            Visibility::Masked => redact::MASK.to_owned(),
        }
    }
}

impl CassandraYaml {
    pub(crate) fn display_lines(&self) -> Vec<DisplayLine<'_>> {
        let secrets = self.secrets();
        let shown = lines(&self.text, 0..self.text.len()).map(|line| {
            let is_secret = secrets.iter().any(|secret| secret.start < line.start && line.start < secret.end);
            let visibility = if is_secret { Visibility::Masked } else { Visibility::Shown };
            DisplayLine { bytes: within_text(&self.text, line).as_bytes(), visibility }
        });
        shown.collect()
    }

    /// The ranges of secrets that extend over several lines, including their keys.
    fn secrets(&self) -> Vec<std::ops::Range<usize>> {
        let all = (0..self.tree.nodes.len()).map(Id).flat_map(|id| self.tree.entries(id));
        let is_secret = |entry: &&Entry| self.tree.scalar(entry.key, &self.text).is_some_and(redact::is_secret_name);
        let places =
            all.filter(is_secret).map(|entry| self.tree.node(entry.key).at.start..self.tree.node(entry.value).at.end);
        places.filter(|at| within_text(&self.text, at.clone()).contains(['\n', '\r'])).collect()
    }
}
