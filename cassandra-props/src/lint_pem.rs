//! Findings about PEM, in the settings or in files that the settings name.

use std::borrow::Cow;

use crate::facts::Facts;
use crate::finding::{Code, Finding};
use crate::internode_tls::InternodeTls;
use crate::pem::{KeyPassword, PemFault, PemText};
use crate::section::Section;
use crate::setting::Setting;
use crate::settings_file::SettingsFile;
use crate::view::PEM_FACTORY;

/// The newest feature release of Java that Apache Cassandra 5.0 supports.
const NEWEST_JAVA: u32 = 17;

impl InternodeTls {
    /// Checks the content of the PEM files that the settings `keystore` and `truststore` name.
    ///
    /// `java` is the feature release of the JVM, such as 17.
    ///
    /// Returns no findings unless `ssl_context_factory` names Cassandra's class for PEM. Does not check `keystore` if the
    /// parameter `private_key` is set, nor `truststore` if `trusted_certificates` is set: [`lint`](Self::lint) checks
    /// these parameters.
    ///
    /// ```
    /// use cassandra_props::{CassandraYaml, Code, Family, InternodeTls, PemText};
    ///
    /// let file = CassandraYaml::parse(
    ///     b"server_encryption_options:\n  ssl_context_factory: {class_name: PEMBasedSslContextFactory}\n  keystore: /k.pem\n",
    /// )?;
    /// let keystore = PemText::read("-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----\n");
    /// let truststore = PemText::read("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
    /// let findings = InternodeTls::new(Family::Legacy).lint_pem(&file, &keystore, &truststore, 17);
    /// let codes: Vec<Code> = findings.iter().map(|finding| finding.code()).collect();
    /// assert_eq!(codes, [Code::PemKey, Code::PemCertificates]); // PKCS#1, and no certificate for the key
    /// # Ok::<(), cassandra_props::Error>(())
    /// ```
    pub fn lint_pem<F: SettingsFile>(
        &self,
        file: &F,
        keystore: &PemText,
        truststore: &PemText,
        java: u32,
    ) -> Vec<Finding> {
        let view = self.read(file);
        if view.ssl_context_factory().as_deref() != Some(PEM_FACTORY) {
            return Vec::new();
        }
        let facts = Facts(file.source(self.family()));
        let password = key_password(facts);
        let at = |setting| move |code| Finding { code, setting: Some(setting), line: line_of(facts, setting) };
        let mut findings = Vec::new();
        if parameter(facts, "private_key").is_none() {
            findings.extend(of_key(keystore, password.as_deref(), java).map(at(Setting::Keystore)));
        }
        if parameter(facts, "trusted_certificates").is_none() {
            findings.extend(of_certificates(truststore).map(at(Setting::Truststore)));
        }
        findings
    }
}

/// Findings about the parameters of Cassandra's class for PEM.
///
/// Assumes that the node runs on [`NEWEST_JAVA`].
pub(crate) fn inline(facts: Facts<'_>) -> Vec<Finding> {
    let at = |code, setting| Finding { code, setting: Some(setting), line: line_of(facts, setting) };
    let mut findings = Vec::new();
    let key = parameter(facts, "private_key");
    let trusted = parameter(facts, "trusted_certificates");
    if key.is_some() || trusted.is_some() {
        findings.push(at(Code::InlinePem, Setting::SslContextFactory));
    }
    let password = key_password(facts);
    let of_key = key.iter().flat_map(|key| of_key(&PemText::read(key), password.as_deref(), NEWEST_JAVA));
    let of_trusted = trusted.iter().filter_map(|trusted| of_certificates(&PemText::read(trusted)));
    findings.extend(of_key.chain(of_trusted).map(|code| at(code, Setting::SslContextFactory)));
    for (inline, setting) in [(key, Setting::Keystore), (trusted, Setting::Truststore)] {
        if inline.is_some() && line_of(facts, setting).is_some() {
            findings.push(at(Code::InlineBesideFile, setting));
        }
    }
    if let (Some(own), Some(stores)) = (non_empty(parameter(facts, KEY_PASSWORD)), stores_password(facts))
        && own != stores
    {
        findings.push(at(Code::KeyPasswordsDiffer, Setting::KeystorePassword));
    }
    if parameter(facts, "outbound_private_key").is_some() {
        findings.push(at(Code::UnusedOutboundKey, Setting::SslContextFactory));
    }
    findings
}

fn of_key(text: &PemText, password: Option<&str>, java: u32) -> impl Iterator<Item = Code> + use<> {
    let password = if password.is_some() { KeyPassword::Set } else { KeyPassword::Unset };
    let key = match text.check_key(password, java) {
        Ok(()) => None,
        Err(PemFault::Pbes2) => Some(Code::PemKeyNeedsJava25),
        Err(_) => Some(Code::PemKey),
    };
    key.into_iter().chain(of_certificates(text))
}

fn of_certificates(text: &PemText) -> Option<Code> {
    text.certificates().is_err().then_some(Code::PemCertificates)
}

const KEY_PASSWORD: &str = "private_key_password";

fn key_password(facts: Facts<'_>) -> Option<Cow<'_, str>> {
    non_empty(parameter(facts, KEY_PASSWORD)).or_else(|| stores_password(facts))
}

fn stores_password(facts: Facts<'_>) -> Option<Cow<'_, str>> {
    non_empty(facts.value(Section::Server, Setting::KeystorePassword.name()))
}

fn non_empty(password: Option<Cow<'_, str>>) -> Option<Cow<'_, str>> {
    password.filter(|password| !password.is_empty())
}

fn parameter<'a>(facts: Facts<'a>, name: &str) -> Option<Cow<'a, str>> {
    facts.parameter(Section::Server, Setting::SslContextFactory.name(), name)
}

fn line_of(facts: Facts<'_>, setting: Setting) -> Option<usize> {
    facts.line(Section::Server, setting.name())
}
