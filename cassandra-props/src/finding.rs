//! What is wrong with a file's TLS settings, as values.

use std::fmt;

use crate::setting::Setting;

/// How severe a finding is, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Likely to cause trouble later.
    Warning,
    /// The node does not start, or does not do what the file seems to say.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident: $severity:ident, $what:literal, $why:literal, $source:literal;)+) => {
        /// What was found.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $code,)+
        }

        impl Code {
            /// How severe it is.
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$code => Severity::$severity,)+
                }
            }

            /// What is wrong, such as `the path is relative`.
            pub fn what(self) -> &'static str {
                match self {
                    $(Self::$code => $what,)+
                }
            }

            /// Why it matters.
            pub fn why(self) -> &'static str {
                match self {
                    $(Self::$code => $why,)+
                }
            }

            /// Where that is known from.
            pub fn source(self) -> &'static str {
                match self {
                    $(Self::$code => $source,)+
                }
            }
        }
    };
}

codes! {
    /// A `\u` escape is malformed somewhere in the file.
    MalformedEscape: Error, "a \\u escape is malformed", "Java refuses the whole file", "java.util.Properties.load";
    /// The setting has only the name of the family that this Edge version does not read.
    OtherFamily: Error, "set under the other family's name only",
        "the version of Edge that ships this Cassandra does not read this name",
        "Apigee, Enable Cassandra internode encryption, by Edge version";
    /// The setting has the names of both families.
    BothFamilies: Warning, "set under both families' names",
        "Edge reads only one of the two; the other misleads the next editor of the file",
        "Apigee, Enable Cassandra internode encryption, by Edge version";
    /// The same key has several lines with different values.
    ConflictingDuplicate: Warning, "set on several lines with different values", "Java takes the last one",
        "java.util.Properties.load";
    /// A password has characters that readers of the file or of the store do not agree on.
    PasswordCharacters: Warning, "the password has characters other than letters, digits and .-_",
        "the escapes of this file, YAML and keystores read them differently",
        "keystore-core's differential tests; Edge's own reader is not documented";
    /// A store's path is not absolute.
    RelativePath: Warning, "the path is relative", "what it is relative to depends on how Cassandra is started",
        "Cassandra, FileUtils";
    /// Keystore and truststore are the same file.
    SameStore: Warning, "the truststore is the keystore",
        "a reader of the trust can read the key, too, and a new truststore replaces the key",
        "Apigee, Enable Cassandra internode encryption";
    /// Cassandra does not understand the value.
    UnknownValue: Error, "Cassandra does not understand the value",
        "it refuses its configuration and does not start", "EncryptionOptions, SnakeYAML";
    /// Encryption is on, and a keystore, a truststore or a password for one is not set.
    MissingStore: Error, "not set, and encryption is on",
        "Cassandra then looks for conf/.keystore or conf/.truststore with the password cassandra",
        "EncryptionOptions, defaults";
    /// Client authentication is commented out while encryption is on.
    ClientAuthCommentedOut: Note, "commented out, and encryption is on",
        "any client that reaches the port is accepted, with or without a certificate",
        "EncryptionOptions.require_client_auth";
    /// This release of Cassandra does not know the setting.
    UnknownSetting: Error, "this release of Cassandra does not know the setting",
        "it refuses a configuration with an unknown name and does not start", "Config, YamlConfigurationLoader";
    /// `optional` is set.
    OptionalMayBeIgnored: Note, "Edge may ignore it",
        "whether its template carries it over into cassandra.yaml is not documented: look there",
        "none: Apigee does not say";
}

/// One finding. It never shows a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub(crate) code: Code,
    pub(crate) setting: Option<Setting>,
    pub(crate) line: Option<usize>,
}

impl Finding {
    /// What was found.
    pub fn code(&self) -> Code {
        self.code
    }

    /// How severe it is.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// The setting concerned; `None` if it is the whole file.
    pub fn setting(&self) -> Option<Setting> {
        self.setting
    }

    /// The line, from 1; `None` if something is missing.
    pub fn line(&self) -> Option<usize> {
        self.line
    }
}

/// `error: keystore (line 1): set under the other family's name only: the version of Edge ...`
impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.severity())?;
        match (self.setting, self.line) {
            (Some(setting), Some(line)) => write!(formatter, "{} (line {line}): ", setting.name())?,
            (Some(setting), None) => write!(formatter, "{}: ", setting.name())?,
            (None, Some(line)) => write!(formatter, "line {line}: ")?,
            (None, None) => {}
        }
        write!(formatter, "{}: {}", self.code.what(), self.code.why())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_says_how_severe_where_what_and_why() {
        for (code, setting, line, text) in [
            (
                Code::OtherFamily,
                Some(Setting::Keystore),
                Some(3),
                "error: keystore (line 3): set under the other family's name only: the version of Edge that ships this \
                 Cassandra does not read this name",
            ),
            (
                Code::MissingStore,
                Some(Setting::Truststore),
                None,
                "error: truststore: not set, and encryption is on: Cassandra then looks for conf/.keystore or \
                 conf/.truststore with the password cassandra",
            ),
            (
                Code::MalformedEscape,
                None,
                Some(2),
                "error: line 2: a \\u escape is malformed: Java refuses the whole file",
            ),
        ] {
            assert_eq!(Finding { code, setting, line }.to_string(), text);
        }
    }

    #[test]
    fn severities_have_an_order_and_words() {
        let all = [Severity::Note, Severity::Warning, Severity::Error];
        assert!(all.is_sorted());
        assert_eq!(all.map(|severity| severity.to_string()), ["note", "warning", "error"]);
    }
}
