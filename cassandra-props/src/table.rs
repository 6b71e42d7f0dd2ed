//! The TLS settings that Cassandra 2.1 to 5.0 know, as data.
//!
//! The table comes from the fields of `Config` and `EncryptionOptions` in the jars of 2.1.22, 2.2.19, 3.0.0, 3.11.19, 4.0.19,
//! 4.1.10 and 5.0.8. `tests/foreign` compares the table with the last four.

use crate::release::Release;

/// A TLS setting: its name, its kind, the releases that know it, and its defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    name: &'static str,
    kind: Kind,
    since: Release,
    until: Option<Release>,
    renamed_to: Option<&'static str>,
    excludes: &'static [&'static str],
    activation: Activation,
    defaults: &'static [(Release, DefaultValue)],
    null_since: Option<Release>,
    object_since: Option<Release>,
    class_since: Option<Release>,
}

/// The kind of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A text, such as a path, a password or a word.
    Text,
    /// `true` or `false`.
    Truth,
    /// A whole number.
    Number,
    /// A list of texts.
    List,
    /// A mapping, or the name of a class with its parameters.
    Mapping,
}

/// The value of an absent setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DefaultValue {
    /// No value.
    Unset,
    /// This value, as if the file had it.
    Value(&'static str),
    /// The JVM's default, such as its default cipher suites.
    Jvm,
}

/// The event at which a change takes effect in Cassandra.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activation {
    /// Only at the next start.
    Restart,
    /// At the next start; if only the content of the named file changes, also at a reload.
    ///
    /// Cassandra 4.0 and later can reload.
    ContentByReload,
}

impl Definition {
    /// The name in `cassandra.yaml`, such as `keystore_password`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The kind of the setting's value.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The first line of releases that knows the setting.
    ///
    /// For a setting that may be older than 2.1, this is [`Release::V2_1`].
    pub fn since(&self) -> Release {
        self.since
    }

    /// The first line of releases that dropped the setting; `None` if the latest line has it.
    pub fn until(&self) -> Option<Release> {
        self.until
    }

    /// The setting's newer name, if it has been renamed.
    ///
    /// From 4.1 on, releases that know both names accept either name. If a file has both, the last counts.
    pub fn renamed_to(&self) -> Option<&'static str> {
        self.renamed_to
    }

    /// The other names of this setting, of which at most one should be set.
    pub fn excludes(&self) -> &'static [&'static str] {
        self.excludes
    }

    /// The event at which a change takes effect in this release.
    pub fn activation_in(&self, release: Release) -> Activation {
        if release.is_at_least(Release::V4_0) { self.activation } else { Activation::Restart }
    }

    /// The value that this release uses if the setting is absent.
    pub fn default_in(&self, release: Release) -> DefaultValue {
        let mut known = self.defaults.iter().rev().filter(|(since, _)| release.is_at_least(*since));
        known.next().map_or(DefaultValue::Unset, |(_, value)| *value)
    }

    /// Whether this release knows the setting.
    ///
    /// If not, Cassandra refuses a `cassandra.yaml` with the setting, and does not start.
    pub fn is_known_to(&self, release: Release) -> bool {
        release.is_at_least(self.since) && self.until.is_none_or(|until| !release.is_at_least(until))
    }

    /// Whether this release accepts the setting without a value, or with `null`.
    pub(crate) fn may_be_null_in(&self, release: Release) -> bool {
        self.null_since.is_some_and(|since| release.is_at_least(since))
    }

    /// Whether a Boolean or a number is an object (`Boolean`, `Integer`) in this release.
    pub(crate) fn is_object_in(&self, release: Release) -> bool {
        self.object_since.is_some_and(|since| release.is_at_least(since))
    }

    /// Whether the value names a class in some release.
    pub(crate) fn is_class(&self) -> bool {
        self.class_since.is_some()
    }

    /// Whether the value is a class's name with parameters (`ParameterizedClass`) in a release.
    pub(crate) fn is_class_in(&self, release: Release) -> bool {
        self.class_since.is_some_and(|since| release.is_at_least(since))
    }

    /// Whether the value is one of the words of a Java enumeration.
    pub(crate) fn is_enumeration(&self) -> bool {
        self.name == "internode_encryption"
    }

    /// Whether two settings have the same Java type in this release.
    ///
    /// A primitive type counts as the type of its objects.
    pub(crate) fn has_type_of(&self, other: &Self, release: Release) -> bool {
        let kind = |own: &Self| if own.is_class() && !own.is_class_in(release) { Kind::Text } else { own.kind };
        kind(self) == kind(other) && self.is_enumeration() == other.is_enumeration()
    }

    /// A setting that names a class: a `ParameterizedClass` since a release, before that a text.
    const fn class(name: &'static str, since: Release) -> Self {
        Self { class_since: Some(since), ..Self::new(name, Kind::Mapping) }
    }

    const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            since: Release::V2_1,
            until: None,
            renamed_to: None,
            excludes: &[],
            activation: Activation::Restart,
            defaults: &[],
            null_since: None,
            object_since: None,
            class_since: None,
        }
    }

    const fn since_release(self, since: Release) -> Self {
        Self { since, ..self }
    }

    const fn until_release(self, until: Release) -> Self {
        Self { until: Some(until), ..self }
    }

    const fn without(self, excludes: &'static [&'static str]) -> Self {
        Self { excludes, ..self }
    }

    const fn with_default(self, defaults: &'static [(Release, DefaultValue)]) -> Self {
        Self { defaults, ..self }
    }

    const fn may_be_null_since(self, since: Release) -> Self {
        Self { null_since: Some(since), ..self }
    }

    const fn is_object_since(self, since: Release) -> Self {
        Self { object_since: Some(since), ..self }
    }

    const fn names_a_file(self) -> Self {
        Self { activation: Activation::ContentByReload, ..self }
    }
}

const FALSE: &[(Release, DefaultValue)] = &[(Release::V2_1, DefaultValue::Value("false"))];
const FALSE_BEFORE_4_0: &[(Release, DefaultValue)] =
    &[(Release::V2_1, DefaultValue::Value("false")), (Release::V4_0, DefaultValue::Unset)];
const PASSWORD: &[(Release, DefaultValue)] =
    &[(Release::V2_1, DefaultValue::Value("cassandra")), (Release::V4_1, DefaultValue::Unset)];

const ENABLED: Definition = Definition::new("enabled", Kind::Truth).is_object_since(Release::V4_0);
const OPTIONAL: Definition = Definition::new("optional", Kind::Truth).is_object_since(Release::V4_1);
const SSL_CONTEXT_FACTORY: Definition = Definition::class("ssl_context_factory", Release::V4_1)
    .since_release(Release::V4_1)
    .with_default(&[(Release::V4_1, DefaultValue::Value("org.apache.cassandra.security.DefaultSslContextFactory"))]);
const KEYSTORE: Definition = Definition::new("keystore", Kind::Text)
    .with_default(&[(Release::V2_1, DefaultValue::Value("conf/.keystore"))])
    .names_a_file();
const KEYSTORE_PASSWORD: Definition =
    Definition::new("keystore_password", Kind::Text).with_default(PASSWORD).may_be_null_since(Release::V4_1);
const TRUSTSTORE: Definition = Definition::new("truststore", Kind::Text)
    .with_default(&[(Release::V2_1, DefaultValue::Value("conf/.truststore"))])
    .names_a_file();
const TRUSTSTORE_PASSWORD: Definition =
    Definition::new("truststore_password", Kind::Text).with_default(PASSWORD).may_be_null_since(Release::V4_1);
const REQUIRE_CLIENT_AUTH: Definition = Definition::new("require_client_auth", Kind::Truth).with_default(FALSE);
const REQUIRE_ENDPOINT_VERIFICATION: Definition =
    Definition::new("require_endpoint_verification", Kind::Truth).since_release(Release::V3_11).with_default(FALSE);
const PROTOCOL: Definition = Definition::new("protocol", Kind::Text)
    .with_default(&[(Release::V2_1, DefaultValue::Value("TLS")), (Release::V4_0, DefaultValue::Unset)])
    .may_be_null_since(Release::V4_1);
const ACCEPTED_PROTOCOLS: Definition =
    Definition::new("accepted_protocols", Kind::List).since_release(Release::V4_0).may_be_null_since(Release::V4_1);
const STORE_TYPE: Definition =
    Definition::new("store_type", Kind::Text).with_default(&[(Release::V2_1, DefaultValue::Value("JKS"))]);
const CIPHER_SUITES: Definition = Definition::new("cipher_suites", Kind::List)
    .with_default(&[(Release::V2_1, DefaultValue::Jvm), (Release::V4_0, DefaultValue::Unset)])
    .may_be_null_since(Release::V4_0);
const ALGORITHM: Definition = Definition::new("algorithm", Kind::Text)
    .with_default(&[(Release::V2_1, DefaultValue::Value("SunX509")), (Release::V4_0, DefaultValue::Unset)])
    .may_be_null_since(Release::V4_0);

/// The fields of `ServerEncryptionOptions`.
pub(crate) const SERVER: &[Definition] = &[
    Definition::new("internode_encryption", Kind::Text).with_default(&[(Release::V2_1, DefaultValue::Value("none"))]),
    ENABLED.since_release(Release::V4_0),
    OPTIONAL.since_release(Release::V4_0),
    Definition {
        renamed_to: Some("legacy_ssl_storage_port_enabled"),
        ..Definition::new("enable_legacy_ssl_storage_port", Kind::Truth)
            .since_release(Release::V4_0)
            .without(&["legacy_ssl_storage_port_enabled"])
            .with_default(FALSE)
    },
    Definition::new("legacy_ssl_storage_port_enabled", Kind::Truth)
        .since_release(Release::V4_1)
        .without(&["enable_legacy_ssl_storage_port"])
        .with_default(FALSE),
    SSL_CONTEXT_FACTORY,
    KEYSTORE,
    KEYSTORE_PASSWORD,
    Definition::new("outbound_keystore", Kind::Text)
        .since_release(Release::V5_0)
        .names_a_file()
        .may_be_null_since(Release::V5_0),
    Definition::new("outbound_keystore_password", Kind::Text)
        .since_release(Release::V5_0)
        .may_be_null_since(Release::V5_0),
    TRUSTSTORE,
    TRUSTSTORE_PASSWORD,
    REQUIRE_CLIENT_AUTH,
    REQUIRE_ENDPOINT_VERIFICATION,
    PROTOCOL,
    ACCEPTED_PROTOCOLS,
    STORE_TYPE,
    CIPHER_SUITES,
    ALGORITHM,
];

/// The fields of `ClientEncryptionOptions`, or of `EncryptionOptions` from 4.0 on.
pub(crate) const CLIENT: &[Definition] = &[
    ENABLED.with_default(FALSE_BEFORE_4_0),
    OPTIONAL.with_default(FALSE_BEFORE_4_0),
    SSL_CONTEXT_FACTORY,
    KEYSTORE,
    KEYSTORE_PASSWORD,
    TRUSTSTORE,
    TRUSTSTORE_PASSWORD,
    REQUIRE_CLIENT_AUTH,
    REQUIRE_ENDPOINT_VERIFICATION,
    PROTOCOL,
    ACCEPTED_PROTOCOLS,
    STORE_TYPE,
    CIPHER_SUITES,
    ALGORITHM,
];

/// The fields of `Config` that concern TLS, encryption or authentication.
pub(crate) const TOP_LEVEL: &[Definition] = &[
    Definition::class("authenticator", Release::V5_0).may_be_null_since(Release::V2_1),
    Definition::class("internode_authenticator", Release::V5_0).may_be_null_since(Release::V2_1),
    Definition::new("ssl_storage_port", Kind::Number).with_default(&[(Release::V2_1, DefaultValue::Value("7001"))]),
    Definition::new("native_transport_port_ssl", Kind::Number)
        .since_release(Release::V3_0)
        .may_be_null_since(Release::V3_0)
        .is_object_since(Release::V3_0),
    Definition {
        renamed_to: Some("server_encryption_options"),
        ..Definition::new("encryption_options", Kind::Mapping)
            .until_release(Release::V4_0)
            .without(&["server_encryption_options"])
            .may_be_null_since(Release::V2_1)
    },
    Definition::new("server_encryption_options", Kind::Mapping),
    Definition::new("client_encryption_options", Kind::Mapping),
    Definition::new("transparent_data_encryption_options", Kind::Mapping).since_release(Release::V3_11),
    Definition::new("internode_error_reporting_exclusions", Kind::Mapping).since_release(Release::V4_1),
    Definition::new("client_error_reporting_exclusions", Kind::Mapping).since_release(Release::V4_1),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::section::Section;
    use crate::setting::Setting;

    #[test]
    fn a_name_stands_once_in_its_section_and_is_known_to_some_line() {
        for section in Section::ALL {
            for definition in section.definitions() {
                let same = section.definitions().iter().filter(|other| other.name() == definition.name());
                assert_eq!(same.count(), 1, "{}", definition.name());
                assert!(Release::LINES.iter().any(|line| definition.is_known_to(*line)), "{}", definition.name());
                let others = definition.excludes().iter().copied().chain(definition.renamed_to());
                others.for_each(|other| assert!(section.definition(other).is_some(), "{other}"));
                assert!(definition.defaults.is_sorted_by_key(|(since, _)| *since));
            }
        }
    }

    #[test]
    fn settings_and_definitions_of_the_server_section_are_the_same_in_the_same_order() {
        let names = Setting::ALL.iter().map(|setting| setting.name());
        assert!(names.eq(Section::Server.definitions().iter().map(Definition::name)));
        for definition in Section::Client.definitions() {
            assert!(Section::Server.definition(definition.name()).is_some(), "{}", definition.name());
        }
    }

    #[test]
    fn files_are_read_again_from_4_0_on() {
        let keystore = Section::Server.definition("keystore").unwrap();
        assert_eq!(keystore.activation_in(Release::V3_11), Activation::Restart);
        assert_eq!(keystore.activation_in(Release::V4_0), Activation::ContentByReload);
        let password = Section::Server.definition("keystore_password").unwrap();
        assert_eq!(password.activation_in(Release::V5_0), Activation::Restart);
    }
}
