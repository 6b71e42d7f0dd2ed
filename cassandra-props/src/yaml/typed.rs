//! Values as the Java types of the settings, as SnakeYAML creates them.

use std::borrow::Cow;

use super::file::CassandraYaml;
use super::number;
use super::read::OptionValue;
use super::tree::{Id, NodeKind, is_null_word};
use crate::base64;
use crate::release::Release;
use crate::setting::InternodeEncryption;
use crate::table::{Definition, Kind};
use crate::wiped::Wiped;

impl CassandraYaml {
    /// The value of a node as a setting's type in this release.
    ///
    /// `None` for null, and if SnakeYAML refuses the node.
    ///
    /// The type of a list's item decides about a list in place of a text, so a plain item that may be a number is
    /// refused: SnakeYAML 1.26 and 2.1 differ there.
    pub(super) fn typed(&self, id: Id, definition: &Definition, release: Release) -> Option<OptionValue<'_>> {
        let id = self.tree.resolved(id);
        if self.tree.is_null(id, &self.text) {
            return None;
        }
        match definition.kind() {
            Kind::Text if definition.is_enumeration() => self.typed_word(id).map(OptionValue::Text),
            Kind::Text => self.typed_text(id).map(OptionValue::Text),
            Kind::Truth => self.typed_truth(id, definition, release).map(OptionValue::Truth),
            Kind::Number => self.typed_number(id, definition, release).map(OptionValue::Text),
            Kind::List => self.typed_list(id, release).map(OptionValue::List),
            Kind::Mapping if definition.is_class_in(release) => self.typed_class(id, release),
            Kind::Mapping => self.typed_text(id).map(|name| OptionValue::Class { name, parameters: Vec::new() }),
        }
    }

    fn untagged_scalar(&self, id: Id) -> Option<&str> {
        self.tree.scalar(id, &self.text).filter(|_| self.tree.named_tag(id, &self.text).is_none())
    }

    /// The items of a list, with which SnakeYAML calls a constructor.
    fn arguments(&self, id: Id) -> Option<&[Id]> {
        match &self.tree.node(id).kind {
            NodeKind::Sequence(_, items) if self.tree.named_tag(id, &self.text).is_none() => Some(items),
            _ => None,
        }
    }

    fn typed_word(&self, id: Id) -> Option<Cow<'_, str>> {
        let word = self.untagged_scalar(id)?;
        InternodeEncryption::of_word(word).map(|_| Cow::Borrowed(word))
    }

    /// A `String`: a scalar, or the arguments of a constructor of `String`.
    fn typed_text(&self, id: Id) -> Option<Cow<'_, str>> {
        let id = self.tree.resolved(id);
        match &self.tree.node(id).kind {
            NodeKind::Scalar(_) => match self.tree.named_tag(id, &self.text) {
                None if self.tree.is_null(id, &self.text) => None,
                None | Some("str") => self.tree.scalar(id, &self.text).map(Cow::Borrowed),
                Some("binary") => decoded(self.tree.scalar(id, &self.text)?).map(Cow::Owned),
                Some(_) => None,
            },
            NodeKind::Mapping(_, entries) => {
                (entries.is_empty() && self.tree.named_tag(id, &self.text).is_none()).then_some(Cow::Borrowed(""))
            }
            _ => match self.arguments(id)? {
                [] => Some(Cow::Borrowed("")),
                [item] => self.text_argument(*item).or_else(|| {
                    let bytes = self.tree.named_tag(*item, &self.text) == Some("binary");
                    bytes.then(|| self.typed_text(*item))?
                }),
                _ => None,
            },
        }
    }

    /// An item of a list that is a `String` without regard to the type that is wanted.
    fn text_argument(&self, id: Id) -> Option<Cow<'_, str>> {
        let text = self.tree.scalar(id, &self.text)?;
        let is_text = match self.tree.named_tag(id, &self.text) {
            None => !self.tree.is_implicit(id, &self.text) || is_text(text),
            Some(tag) => tag == "str",
        };
        is_text.then_some(Cow::Borrowed(text))
    }

    fn typed_truth(&self, id: Id, definition: &Definition, release: Release) -> Option<bool> {
        if let Some(word) = self.tree.scalar(id, &self.text) {
            return matches!(self.tree.named_tag(id, &self.text), None | Some("bool")).then(|| truth(word))?;
        }
        let [item] = self.arguments(id).filter(|_| definition.is_object_in(release))? else { return None };
        let word = self.tree.scalar(*item, &self.text)?;
        match self.tree.named_tag(*item, &self.text) {
            Some("bool") => truth(word),
            None if self.tree.is_implicit(*item, &self.text) && is_boolean(word) => truth(word),
            // `Boolean(String)` reads no other word as true.
            _ => self.text_argument(*item).map(|word| word.eq_ignore_ascii_case("true")),
        }
    }

    fn typed_number(&self, id: Id, definition: &Definition, release: Release) -> Option<Cow<'_, str>> {
        let is_number = |id| matches!(self.tree.named_tag(id, &self.text), None | Some("int"));
        if let Some(text) = self.tree.scalar(id, &self.text) {
            return (is_number(id) && number::is_int(text)).then_some(Cow::Borrowed(text));
        }
        let [item] = self.arguments(id).filter(|_| definition.is_object_in(release))? else { return None };
        let text = self.tree.scalar(*item, &self.text)?;
        let is_plain = is_number(*item) && self.tree.is_implicit(*item, &self.text) && number::is_int(text);
        let is_quoted = || self.text_argument(*item).is_some_and(|text| text.parse::<i32>().is_ok());
        (is_plain || is_quoted()).then_some(Cow::Borrowed(text))
    }

    fn typed_list(&self, id: Id, release: Release) -> Option<Vec<Cow<'_, str>>> {
        let NodeKind::Sequence(_, items) = &self.tree.node(id).kind else { return None };
        let is_list = match self.tree.named_tag(id, &self.text) {
            None => true,
            Some(tag) => tag == "seq" && release.is_at_least(Release::V4_0),
        };
        // The item of `[!!binary YQ==]` is an array of bytes, with which Cassandra does not start.
        let is_text = |item: &&Id| self.tree.named_tag(**item, &self.text) != Some("binary");
        let text = |item: &Id| Some(item).filter(is_text).and_then(|item| self.typed_text(*item));
        is_list.then(|| items.iter().map(text).collect())?
    }

    /// A `ParameterizedClass`: a mapping, the arguments of a constructor or, from 5.0 on, a name.
    fn typed_class(&self, id: Id, release: Release) -> Option<OptionValue<'_>> {
        let has_tag = self.tree.named_tag(id, &self.text).is_some();
        let takes_name = release.is_at_least(Release::V5_0);
        let class = |name, parameters| Some(OptionValue::Class { name, parameters });
        match &self.tree.node(id).kind {
            _ if has_tag => None,
            NodeKind::Scalar(_) => class(self.typed_text(id).filter(|_| takes_name)?, Vec::new()),
            NodeKind::Mapping(..) => {
                let is_known = |name: &&str| ["class_name", "parameters"].contains(name);
                let name = self.tree.read(id, "class_name", &self.text)?.value;
                let parameters = self.tree.read(id, "parameters", &self.text).map(|entry| entry.value);
                let is_odd = !self.tree.keys(id, &self.text).iter().all(is_known);
                (!is_odd).then(|| class(self.typed_text(name)?, self.parameters(parameters)?))?
            }
            _ => match self.arguments(id)? {
                [item] => match self.tree.read(*item, "class_name", &self.text) {
                    Some(name) => class(self.text_argument(name.value)?, self.listed_parameters(*item)?),
                    None => class(self.text_argument(*item).filter(|_| takes_name)?, Vec::new()),
                },
                [name, parameters] => class(self.typed_text(*name)?, self.parameters(Some(*parameters))?),
                _ => None,
            },
        }
    }

    /// The parameters of a class that is written like `seed_provider`: the first item of a list.
    fn listed_parameters(&self, class: Id) -> Option<Vec<(Cow<'_, str>, Cow<'_, str>)>> {
        let Some(entry) = self.tree.read(class, "parameters", &self.text) else { return Some(Vec::new()) };
        self.parameters(Some(*self.arguments(self.tree.resolved(entry.value))?.first()?))
    }

    fn parameters(&self, id: Option<Id>) -> Option<Vec<(Cow<'_, str>, Cow<'_, str>)>> {
        let Some(id) = id.map(|id| self.tree.resolved(id)).filter(|id| !self.tree.is_null(*id, &self.text)) else {
            return Some(Vec::new());
        };
        let NodeKind::Mapping(..) = self.tree.node(id).kind else { return None };
        let keys = self.tree.keys(id, &self.text).into_iter();
        keys.map(|key| {
            let entry = self.tree.read(id, key, &self.text)?;
            Some((Cow::Borrowed(key), self.typed_text(entry.value)?))
        })
        .collect()
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

/// Whether a plain scalar is a Boolean without regard to the type that is wanted.
fn is_boolean(text: &str) -> bool {
    let rest = text.get(1..).unwrap_or_default();
    truth(text).is_some() && (rest == rest.to_ascii_lowercase() || text == text.to_ascii_uppercase())
}

/// Whether a plain scalar is certainly a text without regard to the type that is wanted.
fn is_text(text: &str) -> bool {
    let begins_number = text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first));
    let lower = text.to_ascii_lowercase();
    let is_number = begins_number
        && (text.contains(|c: char| c.is_ascii_digit()) || lower.ends_with("inf") || lower.ends_with("nan"));
    !is_number && !is_null_word(Some(text)) && !is_boolean(text) && text != "<<"
}

/// Decodes the Base64 of a `!!binary`, as SnakeYAML's `Base64Coder` does.
fn decoded(text: &str) -> Option<String> {
    let mut digits = Wiped::new(text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<u8>>());
    if digits.len() % 4 != 0 {
        return None;
    }
    let padding = digits.iter().rev().take_while(|digit| **digit == b'=').count();
    let length = digits.len() - padding;
    digits.truncate(length);
    Some(String::from_utf8_lossy(&base64::decode(&digits)?).into_owned())
}
