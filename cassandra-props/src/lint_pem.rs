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

impl InternodeTls {
    /// Checks the PEM in the settings and in the files they name, as Cassandra's class reads it.
    ///
    /// `java` is the feature release of the JVM, such as 17. `read` returns the content of the file that a setting names:
    /// [`Keystore`](Setting::Keystore), [`Truststore`](Setting::Truststore) or, if it is set,
    /// [`OutboundKeystore`](Setting::OutboundKeystore). A file for which it returns `None` is not checked.
    ///
    /// Returns no findings unless `ssl_context_factory` names Cassandra's class for PEM. If the parameter `private_key` or
    /// `trusted_certificates` is set, that text is checked in place of a file.
    ///
    /// ```
    /// use cassandra_props::{CassandraYaml, Code, Family, InternodeTls, PemText, Setting};
    ///
    /// let file = CassandraYaml::parse(
    ///     b"server_encryption_options:\n  ssl_context_factory: {class_name: PEMBasedSslContextFactory}\n  keystore: /k.pem\n",
    /// )?;
    /// let keystore = "-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----\n";
    /// let read = |setting| (setting == Setting::Keystore).then(|| PemText::read(keystore));
    /// let findings = InternodeTls::new(Family::Legacy).lint_pem(&file, 17, read);
    /// let codes: Vec<Code> = findings.iter().map(|finding| finding.code()).collect();
    /// assert_eq!(codes, [Code::PemKey, Code::PemCertificates]); // PKCS#1, and no certificate for the key
    /// # Ok::<(), cassandra_props::Error>(())
    /// ```
    pub fn lint_pem<F: SettingsFile>(
        &self,
        file: &F,
        java: u32,
        mut read: impl FnMut(Setting) -> Option<PemText>,
    ) -> Vec<Finding> {
        if self.read(file).ssl_context_factory().as_deref() != Some(PEM_FACTORY) {
            return Vec::new();
        }
        let facts = Facts(file.source(self.family()));
        let at = |setting| move |code| Finding { code, setting: Some(setting), line: line_of(facts, setting) };
        let mut text = |inline: &str, setting| match parameter(facts, inline) {
            Some(inline) => (Setting::SslContextFactory, Some(PemText::read(&inline))),
            None => (setting, read(setting)),
        };
        let (key, trusted) =
            (text("private_key", Setting::Keystore), text("trusted_certificates", Setting::Truststore));
        let mut findings: Vec<Finding> = Vec::new();
        if let (setting, Some(key)) = key {
            findings.extend(of_key(&key, key_password(facts).as_deref(), java).map(at(setting)));
        }
        let outbound = Setting::OutboundKeystore;
        if parameter(facts, "private_key").is_none()
            && line_of(facts, outbound).is_some()
            && let Some(key) = read(outbound)
        {
            findings.extend(of_key(&key, outbound_password(facts).as_deref(), java).map(at(outbound)));
        }
        if let (setting, Some(trusted)) = trusted {
            findings.extend(of_certificates(&trusted).map(at(setting)));
        }
        findings
    }
}

/// Findings about the parameters of Cassandra's class for PEM, except the PEM in them.
pub(crate) fn parameters(facts: Facts<'_>) -> Vec<Finding> {
    let at = |code, setting| Finding { code, setting: Some(setting), line: line_of(facts, setting) };
    let mut findings = Vec::new();
    let has_key = parameter(facts, "private_key").is_some();
    let has_trusted = parameter(facts, "trusted_certificates").is_some();
    if has_key || has_trusted {
        findings.push(at(Code::InlinePem, Setting::SslContextFactory));
    }
    for (is_inline, setting) in
        [(has_key, Setting::Keystore), (has_key, Setting::OutboundKeystore), (has_trusted, Setting::Truststore)]
    {
        if is_inline && line_of(facts, setting).is_some() {
            findings.push(at(Code::InlineBesideFile, setting));
        }
    }
    if let (Some(own), Some(stores)) = (parameter(facts, KEY_PASSWORD), stores_password(facts))
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
    parameter(facts, KEY_PASSWORD).or_else(|| stores_password(facts))
}

/// The password of the key in `outbound_keystore`: the first that is set, also if empty.
fn outbound_password(facts: Facts<'_>) -> Option<Cow<'_, str>> {
    let inline = |name| facts.parameter(Section::Server, Setting::SslContextFactory.name(), name);
    let named = |setting: Setting| facts.value(Section::Server, setting.name());
    let first = inline("outbound_private_key_password")
        .or_else(|| named(Setting::OutboundKeystorePassword))
        .or_else(|| named(Setting::KeystorePassword));
    non_empty(first.or_else(|| inline(KEY_PASSWORD)))
}

fn stores_password(facts: Facts<'_>) -> Option<Cow<'_, str>> {
    non_empty(facts.value(Section::Server, Setting::KeystorePassword.name()))
}

fn non_empty(text: Option<Cow<'_, str>>) -> Option<Cow<'_, str>> {
    text.filter(|text| !text.is_empty())
}

/// A parameter of the class; Cassandra does not distinguish an empty one from an absent one.
fn parameter<'a>(facts: Facts<'a>, name: &str) -> Option<Cow<'a, str>> {
    non_empty(facts.parameter(Section::Server, Setting::SslContextFactory.name(), name))
}

fn line_of(facts: Facts<'_>, setting: Setting) -> Option<usize> {
    facts.line(Section::Server, setting.name())
}
