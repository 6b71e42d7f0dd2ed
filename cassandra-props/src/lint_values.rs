//! Findings about values, and about several settings together.

use crate::client::ClientEncryption;
use crate::facts::Facts;
use crate::finding::{Code, Finding};
use crate::release::Release;
use crate::section::Section;
use crate::setting::Setting;
use crate::table::DefaultValue;
use crate::view::{DEFAULT_FACTORY, DISABLED_FACTORY, PEM_FACTORY, Source, TlsView};
use crate::{client, lint_pem, lint_protocols};

/// Types of store files that the JDK's own providers open.
const STORE_TYPES: [&str; 5] = ["JKS", "JCEKS", "PKCS12", "DKS", "CASEEXACTJKS"];

/// Algorithms for which the JDK has both key managers and trust managers.
///
/// For `NewSunX509`, `SunPKIX` and `X.509`, the JDK has only one of the two.
const MANAGERS: [&str; 2] = ["SunX509", "PKIX"];

/// Parts of the names of cipher suites that current updates of the JDK disable.
const DISABLED_SUITES: [&str; 8] = ["TLS_RSA_", "SSL_RSA_", "_RC4_", "_3DES_", "_anon_", "_NULL_", "_EXPORT_", "_DES_"];

const OWN_FACTORIES: [&str; 3] = [DEFAULT_FACTORY, PEM_FACTORY, DISABLED_FACTORY];

pub(crate) fn findings(facts: Facts<'_>, release: Release, from: Option<Release>) -> Vec<Finding> {
    let checks = Checks { facts, release };
    let mut findings = checks.texts();
    findings.extend(checks.types_and_protocols(Section::Server));
    if checks.may_serve_clients() {
        findings.extend(checks.types_and_protocols(Section::Client));
    }
    findings.extend(checks.scope());
    findings.extend(checks.legacy_port(from));
    findings.extend(checks.factory());
    findings.extend(checks.authenticator());
    findings.extend(checks.shared_files());
    findings
}

struct Checks<'a> {
    facts: Facts<'a>,
    release: Release,
}

impl Checks<'_> {
    fn server(&self, setting: Setting) -> Option<String> {
        self.facts.value(Section::Server, setting.name()).map(String::from)
    }

    fn at(&self, code: Code, setting: Setting) -> Finding {
        Finding { code, setting: Some(setting), line: self.facts.line(Section::Server, setting.name()) }
    }

    fn encryption(&self) -> String {
        self.server(Setting::InternodeEncryption).unwrap_or_else(|| "none".to_owned())
    }

    fn is_encrypted(&self) -> bool {
        self.encryption() != "none"
    }

    fn texts(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for setting in Setting::ALL.iter().copied() {
            let ends_blank = self.server(setting).is_some_and(|value| value.ends_with([' ', '\t']));
            findings.extend(ends_blank.then(|| self.at(Code::TrailingBlank, setting)));
        }
        let Source::Properties(file, family) = self.facts.0 else { return findings };
        if file.as_bytes().starts_with("\u{feff}".as_bytes()) {
            findings.push(Finding { code: Code::ByteOrderMark, setting: None, line: Some(1) });
        }
        for setting in Setting::ALL.iter().copied() {
            let Some(value) = self.server(setting) else { continue };
            let has_comment = value.contains(" #") || value.contains(" //");
            let drops = file.entry(&family.key(setting)).is_some_and(|entry| drops_backslash(entry.bytes()));
            findings.extend(has_comment.then(|| self.at(Code::CommentInValue, setting)));
            findings.extend(drops.then(|| self.at(Code::Backslash, setting)));
        }
        findings
    }

    fn types_and_protocols(&self, section: Section) -> Vec<Finding> {
        let mut findings = Vec::new();
        let at = |code, setting: Setting| Finding {
            code,
            setting: Some(setting),
            line: self.facts.line(section, setting.name()),
        };
        let text = |setting: Setting| self.facts.value(section, setting.name());
        let is_one_of = |name: &str, known: &[&str]| known.iter().any(|own| own.eq_ignore_ascii_case(name));
        if text(Setting::StoreType).is_some_and(|kind| !is_one_of(&kind, &STORE_TYPES)) {
            findings.push(at(Code::StoreTypeNeedsProvider, Setting::StoreType));
        }
        if text(Setting::Algorithm).is_some_and(|name| !is_one_of(&name, &MANAGERS)) {
            findings.push(at(Code::UnknownAlgorithm, Setting::Algorithm));
        }
        let protocols = lint_protocols::findings(self.facts, section, self.release);
        findings.extend(protocols.into_iter().map(|(code, setting)| at(code, setting)));
        let suites = self.facts.list(section, Setting::CipherSuites.name());
        let is_disabled = |suite: &String| DISABLED_SUITES.iter().any(|part| suite.contains(part));
        if suites.iter().any(is_disabled) {
            findings.push(at(Code::DisabledCipherSuite, Setting::CipherSuites));
        }
        findings
    }

    fn scope(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let is_partial = matches!(self.encryption().as_str(), "dc" | "rack");
        if is_partial && self.facts.is_true(Section::Server, Setting::RequireClientAuth.name()) {
            findings.push(self.at(Code::ClientAuthBypassed, Setting::RequireClientAuth));
        }
        let snitch = self.facts.value(Section::TopLevel, "endpoint_snitch").unwrap_or_default();
        if is_partial && snitch.rsplit('.').next() == Some("SimpleSnitch") {
            findings.push(self.at(Code::OneDataCentre, Setting::InternodeEncryption));
        }
        let is_own = |setting: Setting| self.server(setting).is_some_and(|path| !path.starts_with("conf/."));
        let accepts = self.facts.is_true(Section::Server, Setting::Optional.name());
        if !self.is_encrypted() && !accepts && is_own(Setting::Keystore) && is_own(Setting::Truststore) {
            findings.push(self.at(Code::NothingEncrypted, Setting::Keystore));
        }
        findings
    }

    fn legacy_port(&self, from: Option<Release>) -> Vec<Finding> {
        if !self.release.is_at_least(Release::V4_0) {
            return Vec::new();
        }
        let (old, new) = (Setting::EnableLegacySslStoragePort, Setting::LegacySslStoragePortEnabled);
        let known: Vec<Setting> = [old, new].into_iter().filter(|setting| setting.is_known_to(self.release)).collect();
        let own = known.last().copied().unwrap_or(old);
        let last =
            self.facts.last_set(Section::Server, &known.iter().map(|setting| setting.name()).collect::<Vec<_>>());
        let is_on = last.and_then(Setting::of_name).filter(|set| self.facts.is_true(Section::Server, set.name()));
        let upgrades = from.is_some_and(|from| !from.is_at_least(Release::V4_0));
        let finding = match is_on {
            Some(setting) if !self.is_encrypted() => Some(self.at(Code::LegacyPortWithoutTls, setting)),
            Some(setting) if !upgrades => Some(self.at(Code::LegacyPortLeft, setting)),
            None if upgrades && self.is_encrypted() => Some(self.at(Code::LegacyPortMissing, own)),
            _ => None,
        };
        finding.into_iter().collect()
    }

    fn factory(&self) -> Vec<Finding> {
        let Some(class) = TlsView::new(self.facts.0).ssl_context_factory() else { return Vec::new() };
        let mut findings = Vec::new();
        if !OWN_FACTORIES.contains(&class.as_ref()) {
            findings.push(self.at(Code::ForeignFactory, Setting::SslContextFactory));
        }
        if class == PEM_FACTORY {
            findings.extend(lint_pem::parameters(self.facts));
        }
        findings
    }

    fn authenticator(&self) -> Vec<Finding> {
        let name = "internode_authenticator";
        let class = self.facts.class(Section::TopLevel, name).unwrap_or_default();
        if class.rsplit('.').next() != Some("MutualTlsInternodeAuthenticator") {
            return Vec::new();
        }
        let is_asked = self.facts.is_true(Section::Server, Setting::RequireClientAuth.name());
        let code = if self.is_encrypted() && is_asked { Code::IdentitiesReadAtStart } else { Code::IdentitiesNeedTls };
        vec![Finding { code, setting: None, line: self.facts.line(Section::TopLevel, name) }]
    }

    fn may_serve_clients(&self) -> bool {
        client::client_encryption(self.facts, self.release) != ClientEncryption::Off
    }

    fn shared_files(&self) -> Vec<Finding> {
        let is_on = self.may_serve_clients();
        let shared = [Setting::Keystore, Setting::Truststore].into_iter().filter(|setting| {
            let own = self.store(Section::Server, *setting);
            is_on && own.is_some() && own == self.store(Section::Client, *setting)
        });
        shared.map(|setting| self.at(Code::SharedFile, setting)).collect()
    }

    /// The store that a section names, otherwise the default.
    ///
    /// The default counts only in a `cassandra.yaml` with internode TLS by Cassandra's default class. For a file of
    /// Edge, the default is unknown, because Edge's template of `cassandra.yaml` may name a store.
    fn store(&self, section: Section, setting: Setting) -> Option<String> {
        let named = self.facts.value(section, setting.name()).map(String::from);
        let is_read = self.is_encrypted()
            && matches!(self.facts.0, Source::Yaml(_))
            && self.facts.factory(section).is_none_or(|class| class == DEFAULT_FACTORY);
        match section.definition(setting.name())?.default_in(self.release) {
            DefaultValue::Value(default) if is_read => named.or_else(|| Some(default.to_owned())),
            _ => named,
        }
    }
}

/// Whether Java drops a backslash before a letter or digit.
fn drops_backslash(line: &[u8]) -> bool {
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' && bytes.next().is_some_and(|next| next.is_ascii_alphanumeric() && !b"tnrfu".contains(&next)) {
            return true;
        }
    }
    false
}
