//! Checks a file's TLS settings.

use crate::error::{Error, ErrorKind};
use crate::facts::Facts;
use crate::finding::{Code, Finding};
use crate::internode_tls::InternodeTls;
use crate::release::Release;
use crate::section::Section;
use crate::setting::{InternodeEncryption, Setting};
use crate::settings_file::SettingsFile;
use crate::view::{DEFAULT_FACTORY, Source, TlsView};
use crate::{lint_names, lint_values};

impl InternodeTls {
    /// Returns the findings for a node of this release of Cassandra.
    ///
    /// The content of stores is not checked: see [`lint_store_type`](Self::lint_store_type) and
    /// [`lint_pem`](Self::lint_pem).
    ///
    /// ```
    /// use cassandra_props::{Release, Code, Family, InternodeTls, Properties};
    ///
    /// let file = Properties::parse(b"conf_cassandra_keystore=keystore.node0\n")?;
    /// let findings = InternodeTls::new(Family::ServerEncryption).lint(&file, Release::V3_11);
    /// assert_eq!(findings[0].code(), Code::OtherFamily);
    /// assert_eq!(findings[0].line(), Some(1));
    /// # Ok::<(), cassandra_props::Error>(())
    /// ```
    pub fn lint<F: SettingsFile>(&self, file: &F, release: Release) -> Vec<Finding> {
        findings(file.source(self.family()), file.source(self.family().other()), release, None)
    }

    /// Returns the findings for a node that is upgraded from one release to another.
    pub fn lint_upgrade<F: SettingsFile>(&self, file: &F, from: Release, to: Release) -> Vec<Finding> {
        findings(file.source(self.family()), file.source(self.family().other()), to, Some(from))
    }
}

fn findings(own: Source<'_>, other: Source<'_>, release: Release, from: Option<Release>) -> Vec<Finding> {
    let facts = Facts(own);
    let lint = Lint { own: TlsView::new(own), other: TlsView::new(other), source: own, release };
    let mut findings = malformed(own);
    findings.extend(Setting::ALL.iter().flat_map(|setting| lint.setting(*setting)));
    findings.extend(lint.stores());
    findings.extend(lint_names::findings(facts, release));
    findings.extend(lint_values::findings(facts, release, from));
    findings
}

struct Lint<'a> {
    own: TlsView<'a>,
    other: TlsView<'a>,
    source: Source<'a>,
    release: Release,
}

impl Lint<'_> {
    fn setting(&self, setting: Setting) -> Vec<Finding> {
        let line = self.own.line(setting);
        let is_set = line.is_some();
        // cassandra.yaml has no families.
        let other = self.other.line(setting).filter(|_| self.is_properties());
        let checks = [
            (other.is_some() && !is_set).then_some((Code::OtherFamily, other)),
            (other.is_some() && is_set).then_some((Code::BothFamilies, other)),
            self.conflicts(setting).then_some((Code::ConflictingDuplicate, line)),
            self.is_unknown(setting).then_some((Code::UnknownSetting, line)),
            self.is_meaningless(setting).then_some((Code::UnknownValue, line)),
            self.is_odd_password(setting).then_some((Code::PasswordCharacters, line)),
            self.is_relative(setting).then_some((Code::RelativePath, line)),
            (setting == Setting::Optional && self.is_properties() && is_set && !self.is_unknown(setting))
                .then_some((Code::OptionalMayBeIgnored, line)),
        ];
        let finding = |(code, line)| Finding { code, setting: Some(setting), line };
        checks.into_iter().flatten().map(finding).collect()
    }

    fn stores(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.same_store() {
            let setting = Some(Setting::Truststore);
            findings.push(Finding { code: Code::SameStore, setting, line: self.own.line(Setting::Truststore) });
        }
        if !self.encrypts() {
            return findings;
        }
        let needed = [Setting::Keystore, Setting::KeystorePassword, Setting::Truststore, Setting::TruststorePassword];
        if self.needs_stores() {
            let missing = needed.into_iter().filter(|setting| self.own.line(*setting).is_none());
            findings.extend(missing.map(|setting| {
                let is_gone = setting.is_secret() && self.release.is_at_least(Release::V4_1);
                let code = if is_gone { Code::PasswordDefaultGone } else { Code::MissingStore };
                Finding { code, setting: Some(setting), line: None }
            }));
        }
        let (client_auth, commented) =
            (self.own.line(Setting::RequireClientAuth), self.own.commented_out(Setting::RequireClientAuth));
        if let (None, Some(line)) = (client_auth, commented.last()) {
            let setting = Some(Setting::RequireClientAuth);
            findings.push(Finding { code: Code::ClientAuthCommentedOut, setting, line: Some(*line) });
        }
        findings
    }

    fn is_properties(&self) -> bool {
        matches!(self.source, Source::Properties(..))
    }

    /// Whether Cassandra's default class creates the TLS contexts.
    ///
    /// Another class may need no stores, or no passwords.
    fn needs_stores(&self) -> bool {
        self.own.ssl_context_factory().is_none_or(|class| class == DEFAULT_FACTORY)
    }

    fn text(&self, setting: Setting) -> Option<String> {
        self.own.value(setting).ok().flatten().map(String::from)
    }

    fn encrypts(&self) -> bool {
        self.own.internode_encryption().is_ok_and(|encryption| encryption != InternodeEncryption::None)
    }

    fn conflicts(&self, setting: Setting) -> bool {
        self.own.differs_among_duplicates(setting, self.release)
    }

    fn is_unknown(&self, setting: Setting) -> bool {
        !setting.is_known_to(self.release) && self.own.line(setting).is_some()
    }

    fn is_meaningless(&self, setting: Setting) -> bool {
        let result = match setting {
            _ if !self.is_properties() => {
                let is_refused = Facts(self.source).is_refused(Section::Server, setting.name(), self.release);
                return is_refused && !self.is_unknown(setting);
            }
            Setting::InternodeEncryption => self.own.internode_encryption().map(drop),
            Setting::Optional => self.own.optional().map(drop),
            Setting::RequireClientAuth => self.own.client_auth().map(drop),
            _ => return false,
        };
        // A malformed escape has a finding of its own.
        result.is_err_and(|error| error.kind() != &ErrorKind::MalformedUnicodeEscape)
    }

    fn is_odd_password(&self, setting: Setting) -> bool {
        let plain = |char: char| char.is_ascii_alphanumeric() || ".-_".contains(char);
        let odd = |error: &Error| error.kind() == &ErrorKind::LoneSurrogate;
        setting.is_secret()
            && self.is_properties()
            && match self.own.value(setting) {
                Ok(password) => password.is_some_and(|password| !password.chars().all(plain)),
                Err(error) => odd(&error),
            }
    }

    fn is_relative(&self, setting: Setting) -> bool {
        matches!(setting, Setting::Keystore | Setting::Truststore)
            && self.text(setting).is_some_and(|path| !path.starts_with('/'))
    }

    fn same_store(&self) -> bool {
        let keystore = self.text(Setting::Keystore);
        keystore.is_some() && keystore == self.text(Setting::Truststore)
    }
}

fn malformed(source: Source<'_>) -> Vec<Finding> {
    let Source::Properties(file, _) = source else { return Vec::new() };
    let finding = |error: Error| Finding {
        code: Code::MalformedEscape,
        setting: None,
        line: error.position().map(|position| position.line()),
    };
    file.check().err().map(finding).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::Family;
    use crate::properties::Properties;

    fn found(file: &str, family: Family, release: Release) -> Vec<(Code, Option<usize>)> {
        let file = Properties::parse(file.as_bytes()).unwrap();
        let findings = InternodeTls::new(family).lint(&file, release);
        findings.iter().map(|finding| (finding.code(), finding.line())).collect()
    }

    fn on_3_11(file: &str) -> Vec<(Code, Option<usize>)> {
        let file = file.replace("P_", "conf_cassandra_server_encryption_");
        found(&file, Family::ServerEncryption, Release::V3_11)
    }

    #[test]
    fn a_good_file_has_no_findings() {
        let good = "P_internode_encryption=all\nP_keystore=/k\nP_keystore_password=a1\nP_truststore=/t\n\
                    P_truststore_password=b.2-_\nP_require_client_auth=true\n";
        assert_eq!(on_3_11(good), []);
        assert_eq!(on_3_11(""), []);
    }

    #[test]
    fn each_kind_is_found_where_it_stands() {
        for (file, code, line) in [
            ("a=1\nb=\\u00zz\n", Code::MalformedEscape, Some(2)),
            ("conf_cassandra_keystore=/k", Code::OtherFamily, Some(1)),
            ("P_keystore=/k\nconf_cassandra_keystore=/k", Code::BothFamilies, Some(2)),
            ("P_keystore=/k\n\nP_keystore=/l", Code::ConflictingDuplicate, Some(3)),
            ("P_keystore_password=h\u{e9}", Code::PasswordCharacters, Some(1)),
            ("P_keystore_password=a b", Code::PasswordCharacters, Some(1)),
            ("P_keystore_password=a\\uD83D", Code::PasswordCharacters, Some(1)),
            ("P_internode_encryption=\\uD83D", Code::UnknownValue, Some(1)),
            ("P_truststore=conf/.truststore", Code::RelativePath, Some(1)),
            ("P_internode_encryption=ALL", Code::UnknownValue, Some(1)),
            ("P_require_client_auth=1", Code::UnknownValue, Some(1)),
            ("P_optional=true", Code::UnknownSetting, Some(1)),
        ] {
            assert_eq!(on_3_11(file), [(code, line)], "{file}");
        }
    }

    #[test]
    fn one_file_for_both_stores_and_for_nothing_is_found_twice() {
        let found = on_3_11("P_truststore=/s\nP_keystore=/s");
        assert_eq!(found, [(Code::SameStore, Some(1)), (Code::NothingEncrypted, Some(2))]);
    }

    #[test]
    fn the_same_value_twice_is_no_conflict() {
        assert_eq!(on_3_11("P_keystore=/k\nP_keystore : \\/k"), []);
    }

    #[test]
    fn encryption_needs_its_stores() {
        let missing = (Code::MissingStore, None);
        assert_eq!(on_3_11("P_internode_encryption=dc\nP_keystore=/k\nP_keystore_password=a"), [missing, missing]);
        let file = "P_internode_encryption=all\nP_keystore=/k\nP_keystore_password=a1\nP_truststore=/t\n\
                    P_truststore_password=b2\n# P_require_client_auth=true\n";
        assert_eq!(on_3_11(file), [(Code::ClientAuthCommentedOut, Some(6))]);
    }

    #[test]
    fn whether_optional_arrives_is_not_known_from_4_0_on() {
        let found = found("conf_cassandra_server_encryption_optional=false", Family::ServerEncryption, Release::V4_0);
        assert_eq!(found, [(Code::OptionalMayBeIgnored, Some(1))]);
    }

    #[test]
    fn no_finding_shows_a_password() {
        let file = Properties::parse(b"conf_cassandra_keystore_password=geheim geheim\n").unwrap();
        for finding in InternodeTls::new(Family::Legacy).lint(&file, Release::V2_1) {
            assert!(!format!("{finding} {finding:?}").contains("geheim"));
        }
    }
}
