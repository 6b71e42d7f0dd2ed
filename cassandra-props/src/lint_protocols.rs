//! Findings about the TLS protocols that the settings name.

use crate::facts::Facts;
use crate::finding::Code;
use crate::release::Release;
use crate::section::Section;
use crate::setting::Setting;

/// The protocols of the JDK's `SSLEngine`.
const PROTOCOLS: [&str; 6] = ["SSLv2Hello", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/// The names of the JDK's `SSLContext` for TLS.
const CONTEXTS: [&str; 7] = ["TLS", "SSL", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

const DISABLED: [&str; 4] = ["SSLv2Hello", "SSLv3", "TLSv1", "TLSv1.1"];

pub(crate) fn findings(facts: Facts<'_>, section: Section, release: Release) -> Vec<(Code, Setting)> {
    let protocol = facts.value(section, Setting::Protocol.name()).map(String::from);
    if !release.is_at_least(Release::V4_0) {
        return protocol.iter().filter_map(|name| Some((of_context(name)?, Setting::Protocol))).collect();
    }
    // Cassandra adds `protocol` to the list, except `TLS` in any case (`EncryptionOptions` of 4.0 and later).
    let own: Vec<String> = protocol.into_iter().filter(|name| !name.eq_ignore_ascii_case("TLS")).collect();
    let accepted = facts.list(section, Setting::AcceptedProtocols.name());
    of_lists(&[(Setting::Protocol, own), (Setting::AcceptedProtocols, accepted)])
}

/// Judges the argument of `SSLContext.getInstance`, which ignores case.
fn of_context(name: &str) -> Option<Code> {
    match CONTEXTS.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        None => Some(Code::UnknownProtocol),
        Some(known) => DISABLED.contains(known).then_some(Code::DisabledProtocol),
    }
}

/// Judges the arguments of `SSLEngine.setEnabledProtocols`.
///
/// That method refuses all protocols if one of them is unknown.
fn of_lists(lists: &[(Setting, Vec<String>)]) -> Vec<(Code, Setting)> {
    let is_one_of = |known: &'static [&str]| move |name: &String| known.contains(&name.as_str());
    let has_unknown = |names: &[String]| !names.iter().all(is_one_of(&PROTOCOLS));
    let unknown: Vec<_> = lists.iter().filter(|(_, names)| has_unknown(names)).collect();
    let is_disabled = unknown.is_empty() && lists.iter().flat_map(|(_, names)| names).all(is_one_of(&DISABLED));
    let disabled = lists.iter().filter(|(_, names)| is_disabled && !names.is_empty());
    let found = unknown.into_iter().map(|(setting, _)| (Code::UnknownProtocol, *setting));
    found.chain(disabled.map(|(setting, _)| (Code::DisabledProtocol, *setting))).collect()
}
