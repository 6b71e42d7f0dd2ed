//! Findings about names that are unknown, misspelt, old or repeated.

use crate::facts::Facts;
use crate::finding::{Code, Finding};
use crate::release::Release;
use crate::section::Section;
use crate::setting::Setting;
use crate::table::Definition;
use crate::view::Source;

pub(crate) fn findings(facts: Facts<'_>, release: Release) -> Vec<Finding> {
    let mut findings = Vec::new();
    for section in [Section::Server, Section::Client] {
        for (name, line) in facts.names(section) {
            findings.extend(finding(facts, section, &name, line, release));
        }
        findings.extend(duplicates(facts, section));
    }
    findings.extend(top_level(facts, release));
    findings
}

fn finding(facts: Facts<'_>, section: Section, name: &str, line: usize, release: Release) -> Option<Finding> {
    let setting = Setting::of_name(name);
    let found = |code, setting| Some(Finding { code, setting, line: Some(line) });
    let Some(definition) = section.definition(name) else {
        let near = nearest(name, section.definitions().iter().map(Definition::name));
        return match near.and_then(Setting::of_name) {
            Some(near) => found(Code::NearName, Some(near)),
            None => found(Code::UnknownName, setting),
        };
    };
    let newer = definition.renamed_to().filter(|_| release.is_at_least(Release::V4_1));
    match newer {
        Some(newer) if facts.line(section, newer).is_some() => found(Code::BothNames, setting),
        Some(_) => found(Code::OldName, setting),
        // For the server section, `Lint::setting` reports unknown settings and values.
        None if section == Section::Server => None,
        None if !definition.is_known_to(release) => found(Code::UnknownSetting, setting),
        None if facts.is_refused(section, name, release) => found(Code::UnknownValue, setting),
        None => None,
    }
}

fn duplicates(facts: Facts<'_>, section: Section) -> Vec<Finding> {
    let Source::Yaml(file) = facts.0 else { return Vec::new() };
    let twice = file.duplicate_lines(section).into_iter();
    twice
        .map(|(name, line)| Finding { code: Code::DuplicateKey, setting: Setting::of_name(&name), line: Some(line) })
        .collect()
}

fn top_level(facts: Facts<'_>, release: Release) -> Vec<Finding> {
    let Source::Yaml(file) = facts.0 else { return Vec::new() };
    let known =
        ["server_encryption_options", "client_encryption_options", "ssl_storage_port", "internode_authenticator"];
    let code = |name: &str| match Section::TopLevel.definition(name) {
        Some(definition) => (!definition.is_known_to(release)).then_some(Code::UnknownSetting),
        None => nearest(name, known.into_iter()).map(|_| Code::UnknownName),
    };
    let found = file.names(Section::TopLevel).into_iter().filter_map(|name| Some((code(name)?, name)));
    found.map(|(code, name)| Finding { code, setting: None, line: file.line(Section::TopLevel, name) }).collect()
}

/// The known name that is closest to `name`; `None` if even that name is too different.
///
/// At most two letters, and at most one per five characters of the known name, may be wrong, missing or extra. Only
/// ASCII letters and digits are compared, and their case does not count.
fn nearest(name: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let distances = known.map(|known| (distance(&letters(name), &letters(known)), known));
    let (distance, nearest) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= (nearest.len() / 5).min(2)).then_some(nearest)
}

fn letters(name: &str) -> Vec<u8> {
    name.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase()).take(80).collect()
}

/// The Levenshtein distance.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut last = b.len();
    for (above, own) in a.iter().enumerate() {
        let mut diagonal = above;
        let mut left = above + 1;
        let mut next = vec![left];
        for (old, other) in row.iter().skip(1).zip(b) {
            left = (diagonal + usize::from(own != other)).min(left + 1).min(old + 1);
            next.push(left);
            diagonal = *old;
        }
        (row, last) = (next, left);
    }
    last
}
